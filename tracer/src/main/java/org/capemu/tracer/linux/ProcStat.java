package org.capemu.tracer.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** /proc/PID/stat, proc_pid_stat(5). */
final class ProcStat {
  /** Fields after the command's name, counted from the state. */
  private static final int PROCESSOR = 36;

  private ProcStat() {}

  /** R, S, D, Z, T, t, X. */
  static char state(int pid) throws IOException {
    return fields(Path.of("/proc/" + pid + "/stat"))[0].charAt(0);
  }

  /** The cpu that a thread last ran on; {@code otherwise} if it is gone. */
  static int cpu(int pid, int tid, int otherwise) {
    try {
      String[] fields = fields(Path.of("/proc/" + pid + "/task/" + tid + "/stat"));
      return Integer.parseInt(fields[PROCESSOR]);
    } catch (IOException gone) {
      return otherwise;
    }
  }

  private static String[] fields(Path file) throws IOException {
    String stat = Files.readString(file, StandardCharsets.ISO_8859_1);
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
  }
}
