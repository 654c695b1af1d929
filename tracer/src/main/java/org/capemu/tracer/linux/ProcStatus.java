package org.capemu.tracer.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** /proc/PID/task/TID/status, proc_pid_status(5). Of a thread that is gone every number is 0. */
final class ProcStatus {
  private final Map<String, String> fields = new HashMap<>();

  private ProcStatus(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return;
    }
    for (String line : text.split("\n")) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
  }

  /** capemu's own process id. */
  static int self() {
    return (int) ProcessHandle.current().pid();
  }

  /** The status of any thread by its id alone. */
  static ProcStatus ofThread(int tid) {
    return new ProcStatus(Path.of("/proc/" + tid + "/status"));
  }

  static ProcStatus ofThread(int pid, int tid) {
    return new ProcStatus(Path.of("/proc/" + pid + "/task/" + tid + "/status"));
  }

  /** The command name; of a thread that is gone the empty one. */
  String name() {
    return fields.getOrDefault("Name", "");
  }

  int threadGroup() {
    return number("Tgid");
  }

  int parent() {
    return number("PPid");
  }

  /** The second of Uid: real, effective, saved, of the file system. */
  int effectiveUser() {
    String[] users = fields.getOrDefault("Uid", "0 0").split("\\s+");
    return Integer.parseUnsignedInt(users[1]);
  }

  /** SigBlk: bit n-1 is signal n. */
  long blockedSignals() {
    return mask("SigBlk");
  }

  /** SigIgn. */
  long ignoredSignals() {
    return mask("SigIgn");
  }

  /** SigCgt. */
  long caughtSignals() {
    return mask("SigCgt");
  }

  private int number(String field) {
    return Integer.parseInt(fields.getOrDefault(field, "0"));
  }

  private long mask(String field) {
    return Long.parseUnsignedLong(fields.getOrDefault(field, "0"), 16);
  }
}
