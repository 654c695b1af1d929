package org.capemu.emulator.dump;

import java.util.HashMap;
import java.util.Map;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;

/** The ABI of each process: {@code sv_flags}, from KTR_PROCCTOR until KTR_PROCDTOR. */
public final class ProcessAbis {
  private final Map<Integer, Integer> flagsByPid = new HashMap<>();
  // Records of one process come in long runs.
  private int lastPid = -1;
  private int lastFlags;

  /** Takes note of a record; true if it was one of the two kinds. */
  public boolean note(KtraceRecord record) {
    switch (record.type()) {
      case RecordType.PROCCTOR -> flagsByPid.put(record.pid(), record.getInt(0));
      case RecordType.PROCDTOR -> flagsByPid.remove(record.pid());
      default -> {
        return false;
      }
    }
    lastPid = -1;
    return true;
  }

  /** {@code sv_flags}; 0 for a process that the trace does not introduce. */
  public int svFlags(int pid) {
    if (pid != lastPid || pid == -1) {
      lastPid = pid;
      lastFlags = flagsByPid.getOrDefault(pid, 0);
    }
    return lastFlags;
  }
}
