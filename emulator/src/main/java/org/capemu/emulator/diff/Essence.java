package org.capemu.emulator.diff;

import java.util.Map;
import java.util.Set;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;

/**
 * What of a record has to be the same in both traces, as text that is compared and never shown:
 * everything but ids, times, the processor and what a kernel leaves unset.
 */
final class Essence {
  private static final int SYSCALL_HEADER = 8;
  private static final int RET_ERROR = 4;
  private static final int RET_VALUE = 8;
  private static final int SYS_KTRACE = 45;

  /** Where calls name processes: arguments, counted from 0. */
  private static final Map<String, int[]> PROCESS_ARGS =
      Map.ofEntries(
          Map.entry("kill", new int[] {0}),
          Map.entry("wait4", new int[] {0}),
          Map.entry("wait6", new int[] {1}),
          Map.entry("getpgid", new int[] {0}),
          Map.entry("getsid", new int[] {0}),
          Map.entry("setpgid", new int[] {0, 1}),
          Map.entry("sigqueue", new int[] {0}),
          Map.entry("procctl", new int[] {1}),
          Map.entry("ptrace", new int[] {1}),
          Map.entry("ktrace", new int[] {3}),
          Map.entry("thr_kill2", new int[] {0}),
          Map.entry("rtprio", new int[] {1}),
          Map.entry("cpuset_getaffinity", new int[] {2}),
          Map.entry("cpuset_setaffinity", new int[] {2}),
          Map.entry("cpuset_getdomain", new int[] {2}),
          Map.entry("cpuset_setdomain", new int[] {2}));

  /** Where calls name threads of the caller's process. */
  private static final Map<String, int[]> THREAD_ARGS =
      Map.of(
          "thr_kill", new int[] {0},
          "rtprio_thread", new int[] {1},
          "thr_set_name", new int[] {0},
          "cpuset_getaffinity", new int[] {2},
          "cpuset_setaffinity", new int[] {2});

  /** Calls that return a process id. */
  private static final Set<String> RETURN_PROCESS =
      Set.of(
          "fork", "vfork", "rfork", "pdfork", "clone", "clone3", "getpid", "getppid", "getpgrp",
          "getpgid", "getsid", "setsid", "wait4");

  /** Where programs have what moves from run to run, with 64-bit addresses. */
  private static final long FIRST_ADDRESS = 1L << 32;

  private static final long LAST_ADDRESS = (1L << 47) - 1;

  private final CallNames names;
  private final ProcessKeys keys;
  private final boolean withAddresses;

  /** The command name and the process of the first record. */
  private String launcher;

  private String launcherProcess;
  private boolean callSeen;

  Essence(CallNames names, ProcessKeys keys, boolean withAddresses) {
    this.names = names;
    this.keys = keys;
    this.withAddresses = withAddresses;
  }

  /**
   * @return null for a record that is about the launcher alone: the return of its own ktrace(2);
   */
  String of(KtraceRecord record) {
    int type = record.type();
    callSeen |= type == RecordType.SYSCALL;
    if (type == RecordType.SYSRET && !callSeen && record.getShort(0) == SYS_KTRACE) {
      return null;
    }
    StringBuilder text = new StringBuilder(64);
    text.append((char) type).append(comm(record)).append('\n');
    switch (type) {
      case RecordType.SYSCALL -> appendCall(record, text);
      case RecordType.SYSRET -> appendReturn(record, text);
      case RecordType.CAPFAIL -> appendViolation(record, text);
      case RecordType.PSIG -> appendSignal(record, text);
      default -> {
        for (int i = 0; i < record.length(); i++) {
          text.append((char) (record.getByte(i) & 0xff));
        }
      }
    }
    return text.toString();
  }

  /** The command name; none as long as the first process still runs its launcher. */
  private String comm(KtraceRecord record) {
    String comm = record.comm();
    String process = keys.ofProcess(record.pid());
    if (launcher == null) {
      launcher = comm;
      launcherProcess = process;
    }
    return comm.equals(launcher) && process.equals(launcherProcess) ? "" : comm;
  }

  private void appendCall(KtraceRecord record, StringBuilder text) {
    int code = record.getShort(0);
    int count = Math.max(0, record.getShort(2));
    String name = names.of(record);
    text.append(code);
    for (int i = 0; i < count && SYSCALL_HEADER + i * Long.BYTES < record.length(); i++) {
      long value = record.getLong(SYSCALL_HEADER + i * Long.BYTES);
      text.append(',').append(argument(record, name, i, value));
    }
  }

  private String argument(KtraceRecord record, String call, int index, long value) {
    if (contains(PROCESS_ARGS.get(call), index)) {
      String process = keys.ofProcess(Math.abs((int) value));
      if (process != null) {
        return ((int) value < 0 ? "-" : "") + process;
      }
    }
    if (contains(THREAD_ARGS.get(call), index)) {
      String thread = keys.ofThread(record.pid(), value);
      if (thread != null) {
        return thread;
      }
    }
    return hex(value);
  }

  private static boolean contains(int[] indexes, int index) {
    if (indexes != null) {
      for (int i : indexes) {
        if (i == index) {
          return true;
        }
      }
    }
    return false;
  }

  private void appendReturn(KtraceRecord record, StringBuilder text) {
    int code = record.getShort(0);
    int error = record.getInt(RET_ERROR);
    long value = record.getLong(RET_VALUE);
    text.append(code).append(',').append(error);
    if (error == 0) {
      text.append(',')
          .append(RETURN_PROCESS.contains(names.of(record)) ? process(value) : hex(value));
    }
  }

  /** 0 is a child's own return; what no record names runs outside the trace. */
  private String process(long pid) {
    String process = pid == 0 ? "0" : keys.ofProcess((int) pid);
    return process == null ? "outside" : process;
  }

  private String hex(long value) {
    return !withAddresses && value >= FIRST_ADDRESS && value <= LAST_ADDRESS
        ? "address"
        : Long.toHexString(value);
  }

  private static void appendViolation(KtraceRecord record, StringBuilder text) {
    CapFail capFail = CapFail.decode(record);
    text.append(capFail.kind()).append(',').append(capFail.violation());
    text.append(',').append((short) capFail.code()).append(',').append(capFail.svFlags());
  }

  private void appendSignal(KtraceRecord record, StringBuilder text) {
    int action = 8;
    int code = 16;
    int mask = 20;
    text.append(record.getInt(0)).append(',').append(hex(record.getLong(action))).append(',');
    text.append(record.getInt(code)).append(',').append(record.getLong(mask)).append(',');
    text.append(record.getLong(mask + Long.BYTES));
  }
}
