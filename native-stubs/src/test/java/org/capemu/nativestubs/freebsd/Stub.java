package org.capemu.nativestubs.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/**
 * capemu-stub, built for the system of the tests with a sanitizer, which makes what it finds the
 * stub's exit status 66.
 */
final class Stub implements AutoCloseable {
  private static final Path SOURCE = Path.of("src/main/c/capemu_stub.c");
  private static final Path BUILT = Path.of("target/stub");
  private static final byte[] MAGIC = {'c', 'a', 'p', 'e', 'm', 'u', 0, 2};

  final Process process;
  private final Path errors;

  private Stub(List<String> command) throws IOException {
    errors = Files.createTempFile("stub", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("ASAN_OPTIONS", "exitcode=66:detect_leaks=0");
    builder.environment().put("UBSAN_OPTIONS", "halt_on_error=1:exitcode=66");
    process = builder.start();
  }

  static Stub start(String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(executable().toString()));
    command.addAll(List.of(options));
    return new Stub(command);
  }

  /**
   * On a terminal instead of pipes.
   *
   * @param option {@code blocking} or {@code nonblocking}, as somebody else left it
   */
  static Stub startOnTerminal(String option) throws IOException {
    Path helper = build(Path.of("src/test/c/on_terminal.c"), "on_terminal", "-pthread");
    return new Stub(List.of(helper.toString(), option, executable().toString()));
  }

  /** With standard error in the stream, as on a terminal or a socket. */
  static Process startWithErrorsInTheStream() throws IOException {
    return new ProcessBuilder(executable().toString()).redirectErrorStream(true).start();
  }

  static Path executable() throws IOException {
    return build(SOURCE, "capemu-stub", "-fsanitize=address,undefined");
  }

  private static synchronized Path build(Path source, String name, String option)
      throws IOException {
    Path built = BUILT.resolve(name).toAbsolutePath();
    if (Files.exists(built)
        && Files.getLastModifiedTime(built).compareTo(Files.getLastModifiedTime(source)) > 0) {
      return built;
    }
    assumeTrue(isCompilerThere(), "no C compiler");
    Files.createDirectories(BUILT);
    Process cc =
        new ProcessBuilder(
                "cc",
                "-std=gnu99",
                "-O1",
                "-g",
                "-Wall",
                "-Wextra",
                "-Werror",
                option,
                "-o",
                built.toString(),
                source.toString())
            .inheritIO()
            .start();
    try {
      assertEquals(0, cc.waitFor(), "cc");
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return built;
  }

  /** For properties whose every try starts the stub: jqwik fails one whose tries all abort. */
  static final class NeedsCompiler implements SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      return isCompilerThere() ? SkipResult.doNotSkip() : SkipResult.skip("no C compiler");
    }
  }

  private static boolean isCompilerThere() {
    try {
      return new ProcessBuilder("cc", "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException none) {
      return false;
    }
  }

  RemoteFreeBsdKernel connect() throws IOException {
    return new RemoteFreeBsdKernel(process.getInputStream(), process.getOutputStream(), () -> {});
  }

  /** Sends bytes, and the end of the stream, and takes the exit status. */
  int feed(boolean greet, byte[] bytes) throws IOException, InterruptedException {
    Thread drain = new Thread(this::drain);
    drain.start();
    try (OutputStream out = process.getOutputStream()) {
      if (greet) {
        out.write(MAGIC);
      }
      out.write(bytes);
    } catch (IOException ended) {
      // It has seen enough.
    }
    int status = status();
    drain.join();
    return status;
  }

  private void drain() {
    try {
      process.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException ended) {
      // as expected
    }
  }

  int status() throws InterruptedException {
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), "the stub does not end");
    return process.exitValue();
  }

  String error() throws IOException {
    return Files.readString(errors).strip();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(errors);
  }
}
