package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The left side of constants.txt against this machine's headers. */
class LinuxConstantsTest {
  private static final List<String> HEADERS =
      List.of(
          "errno.h",
          "fcntl.h",
          "sched.h",
          "signal.h",
          "time.h",
          "asm/prctl.h",
          "linux/close_range.h",
          "linux/falloc.h",
          "linux/futex.h",
          "linux/mempolicy.h",
          "linux/openat2.h",
          "linux/reboot.h",
          "netinet/in.h",
          "netinet/tcp.h",
          "poll.h",
          "sys/ioctl.h",
          "sys/ipc.h",
          "sys/mman.h",
          "sys/mount.h",
          "sys/msg.h",
          "sys/prctl.h",
          "sys/ptrace.h",
          "sys/quota.h",
          "sys/resource.h",
          "sys/sem.h",
          "sys/shm.h",
          "sys/socket.h",
          "sys/wait.h",
          "unistd.h");

  /** They need struct termios2, which no header of the C library has. */
  private static final Set<String> INCOMPLETE =
      Set.of("TCGETS2", "TCSETS2", "TCSETSW2", "TCSETSF2");

  /** Where the C library's number is not the kernel's. */
  private static final Set<String> DIFFERENT = Set.of("O_LARGEFILE");

  @TempDir Path directory;

  @Test
  void theLinuxValuesAreThoseThatTheCompilerHas() throws Exception {
    Map<String, Long> written = written();
    Map<String, Long> compiled = compiled(written.keySet());
    for (Map.Entry<String, Long> constant : compiled.entrySet()) {
      long expected = constant.getValue();
      assertEquals((int) expected, written.get(constant.getKey()).intValue(), constant.getKey());
    }
    assertTrue(compiled.size() > 450, compiled.size() + " of " + written.size());
  }

  /** The left constants whose names a C preprocessor can know. */
  private static Map<String, Long> written() {
    Map<String, Long> values = new TreeMap<>();
    boolean linux = true;
    for (String line : TextResource.lines(ConstantTables.class, "constants.txt")) {
      String[] words = TextResource.words(line);
      if (!line.startsWith(" ")) {
        linux = !words[0].equals("freebsd");
      } else if (linux && words[0].matches("_*[A-Z]\\w+")) {
        values.put(words[0], Long.decode(words[1]));
      }
    }
    values.keySet().removeAll(INCOMPLETE);
    values.keySet().removeAll(DIFFERENT);
    return values;
  }

  private Map<String, Long> compiled(Set<String> names) throws IOException, InterruptedException {
    StringBuilder program = new StringBuilder("#define _GNU_SOURCE\n");
    for (String header : HEADERS) {
      program.append("#if __has_include(<%1$s>)\n#include <%1$s>\n#endif\n".formatted(header));
    }
    program.append("#include <stdio.h>\nint main(void) {\n");
    for (String name : names) {
      program.append(
          "#ifdef %1$s\nprintf(\"%1$s %%lld\\n\", (long long)%1$s);\n#endif\n".formatted(name));
    }
    program.append("return 0;\n}\n");
    Path source = Files.writeString(directory.resolve("constants.c"), program);
    Path binary = directory.resolve("constants");
    try {
      run("cc", "-o", binary.toString(), source.toString());
    } catch (IOException none) {
      assumeTrue(false, "no C compiler");
    }
    Map<String, Long> values = new TreeMap<>();
    for (String line : run(binary.toString()).split("\n")) {
      String[] words = line.split(" ");
      values.put(words[0], Long.valueOf(words[1]));
    }
    return values;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
