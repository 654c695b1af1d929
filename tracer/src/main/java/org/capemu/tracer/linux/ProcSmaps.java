package org.capemu.tracer.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** /proc/PID/smaps, proc_pid_smaps(5). */
final class ProcSmaps {
  private ProcSmaps() {}

  /** True if userfaultfd(2) has some of the process's pages filled by a process. */
  static boolean pagesAreServed(int pid) {
    Path file = Path.of("/proc/" + pid + "/smaps");
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(line -> line.matches("VmFlags:.* u[mwi]( .*)?"));
    } catch (IOException | UncheckedIOException unreadable) {
      return false;
    }
  }
}
