package org.capemu.tracer.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** /proc/PID/maps, proc_pid_maps(5). */
final class ProcMaps {
  private ProcMaps() {}

  /** True if all of these bytes are in one mapping that is writable and not shared. */
  static boolean isPrivateAndWritable(int pid, long address, int length) throws IOException {
    Path file = Path.of("/proc/" + pid + "/maps");
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int dash = line.indexOf('-');
        int blank = line.indexOf(' ', dash);
        long from = Long.parseUnsignedLong(line, 0, dash, 16);
        long to = Long.parseUnsignedLong(line, dash + 1, blank, 16);
        if (address >= from && address < to) {
          String permissions = line.substring(blank + 1, blank + 5);
          return address + length <= to
              && permissions.startsWith("rw")
              && permissions.endsWith("p");
        }
      }
      return false;
    }
  }
}
