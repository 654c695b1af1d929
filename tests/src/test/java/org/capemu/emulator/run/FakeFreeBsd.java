package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.RemoteFreeBsdKernel;

/**
 * capemu-stub as it is on FreeBSD, on a kernel that a transcript plays: src/test/c/fake_freebsd.
 */
final class FakeFreeBsd {
  private static final String SOURCES = "src/test/c/fake_freebsd/";
  private static final Path BUILT = Path.of("target/fake_freebsd");

  private static boolean isBuilt;

  private FakeFreeBsd() {}

  /** A stub; the directory's file {@code count} says afterwards what was asked of the kernel. */
  static FreeBsdKernel connect(Path transcript, Path directory)
      throws IOException, InterruptedException {
    Process process = start(transcript, directory, ProcessBuilder.Redirect.INHERIT);
    return kernel(
        process,
        () -> {
          try {
            assertEquals(true, process.waitFor(20, TimeUnit.SECONDS), "the stub does not end");
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          assertEquals(0, process.exitValue(), "the stub's exit status");
        });
  }

  static FreeBsdKernel kernel(Process stub, Closeable connection) throws IOException {
    return new RemoteFreeBsdKernel(stub.getInputStream(), stub.getOutputStream(), connection);
  }

  /** The same; what is sent to the stub is also written down. */
  static FreeBsdKernel kernel(Process stub, OutputStream sent) throws IOException {
    OutputStream both =
        new FilterOutputStream(stub.getOutputStream()) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            sent.write(bytes, offset, length);
          }
        };
    return new RemoteFreeBsdKernel(stub.getInputStream(), both, () -> {});
  }

  static Process start(Path transcript, Path directory, ProcessBuilder.Redirect errors)
      throws IOException, InterruptedException {
    return builder(transcript, directory).redirectError(errors).start();
  }

  /** The same; the kernel takes whatever is asked of it. */
  static Process startLenient(Path transcript, Path directory, ProcessBuilder.Redirect errors)
      throws IOException, InterruptedException {
    ProcessBuilder builder = builder(transcript, directory);
    builder.environment().put("FAKE_LENIENT", "1");
    return builder.redirectError(errors).start();
  }

  /** The same; from a stop on, nothing may be traced any more. */
  static Process startRefusing(Path transcript, Path directory, int stop)
      throws IOException, InterruptedException {
    ProcessBuilder builder = builder(transcript, directory);
    builder.environment().put("FAKE_REFUSED", Integer.toString(stop));
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static ProcessBuilder builder(Path transcript, Path directory)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(executable().toString());
    builder.environment().put("FAKE_TRANSCRIPT", transcript.toString());
    builder.environment().put("FAKE_COUNT", directory.resolve("count").toString());
    builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
    return builder;
  }

  /** The same for a shell. */
  static String command(Path transcript, Path directory) throws IOException, InterruptedException {
    return "FAKE_TRANSCRIPT='%s' FAKE_COUNT='%s' ASAN_OPTIONS=detect_leaks=0 '%s'"
        .formatted(transcript, directory.resolve("count"), executable());
  }

  /** The same on a terminal line, which is the console's. */
  static String commandOnTerminal(Path transcript, Path directory)
      throws IOException, InterruptedException {
    Path helper = BUILT.resolve("on_terminal").toAbsolutePath();
    Files.createDirectories(helper.getParent());
    compile("-pthread", "-o", helper.toString(), "../native-stubs/src/test/c/on_terminal.c");
    String command = command(transcript, directory);
    int stub = command.lastIndexOf(" '");
    return command.substring(0, stub) + " '" + helper + "' blocking" + command.substring(stub);
  }

  static synchronized Path executable() throws IOException, InterruptedException {
    Path built = BUILT.resolve("capemu-stub").toAbsolutePath();
    if (!isBuilt) {
      Files.createDirectories(built.getParent());
      compile(
          "-std=gnu99",
          "-g",
          "-Wall",
          "-Wextra",
          "-Werror",
          "-fsanitize=address,undefined",
          "-I" + SOURCES,
          "-include",
          SOURCES + "freebsd.h",
          "-o",
          built.toString(),
          SOURCES + "fake_kernel.c",
          "../native-stubs/src/main/c/capemu_stub.c");
      isBuilt = true;
    }
    return built;
  }

  private static void compile(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("cc"));
    command.addAll(List.of(options));
    Process cc;
    try {
      cc = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException none) {
      assumeTrue(false, "no C compiler");
      throw none;
    }
    assertEquals(0, cc.waitFor(), "cc");
  }
}
