package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.capemu.tracer.ktrace.KtraceHeader;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is thrown ends in one line and exit status 2: 1 would be a difference. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ThrowableTest {
  @TempDir Path directory;

  private Launched capemu(String heap, String withoutJar, String... arguments)
      throws IOException, InterruptedException {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !Path.of(entry).getFileName().toString().startsWith(withoutJar))
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                "org.capemu.emulator.Capemu"));
    command.addAll(List.of(arguments));
    return Launched.command(directory, command);
  }

  @Test
  void aHeapThatIsTooSmallIsALine() throws IOException, InterruptedException {
    try (KtraceWriter writer =
        KtraceWriter.to(
            new BufferedOutputStream(Files.newOutputStream(directory.resolve("many"))))) {
      KtraceHeader header = new KtraceHeader().comm("sh");
      for (int pid = 1; pid <= 300_000; pid++) {
        writer.namei(header.thread(pid, pid), "/etc/passwd");
      }
    }
    assertEquals(
        new Launched(2, "", "capemu: out of memory: this takes more than the heap of the JVM\n"),
        capemu("8m", "none", "diff", "many", "many"));
  }

  @Test
  void aClassThatIsNotThereIsALine() throws IOException, InterruptedException {
    Launched run = capemu("64m", "jnr-ffi", "run", "/bin/true");
    assertEquals(2, run.status());
    assertTrue(
        run.err().matches("capemu: a part of capemu cannot be loaded: .*jnr.*\n"), run.err());
  }
}
