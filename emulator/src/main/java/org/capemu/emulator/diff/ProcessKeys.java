package org.capemu.emulator.diff;

import java.util.HashMap;
import java.util.Map;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;

/**
 * Names the threads of a trace so that those of another trace of the same program have the same
 * names: a process after its parent and the number of its fork, a thread after the order in which
 * the threads of its process appear. A process that no known one made is a root: roots are numbered
 * in the order in which they appear, or as {@link RootPairs} says.
 */
final class ProcessKeys {
  private static final int SYS_FORK = 2;
  private static final int SYS_VFORK = 66;
  private static final int SYS_RFORK = 251;
  private static final int SYS_PDFORK = 518;
  private static final int RET_ERROR = 4;
  private static final int RET_VALUE = 8;

  /** One life of a process id. */
  private static final class Life {
    private final String key;
    private final Map<Long, String> threads = new HashMap<>();
    private int forks;

    /** Between the entry and the return of a fork that made no child known yet. */
    private boolean forking;

    private Life(String key) {
      this.key = key;
    }
  }

  private final Map<Integer, Life> lives = new HashMap<>();

  /** The children that are known by their parents' returns alone. */
  private final Map<Integer, String> announced = new HashMap<>();

  /** The latest process of each id, also when it is gone. */
  private final Map<Integer, String> names = new HashMap<>();

  /** The numbers of roots, in the order in which they appear; null for this order itself. */
  private final int[] numbers;

  private int roots;

  ProcessKeys(int[] numbers) {
    this.numbers = numbers;
  }

  /** The number of the root that a thread's process, or an ancestor of it, is. */
  static int rootOf(String thread) {
    return Integer.parseInt(thread, 1, thread.length() - withinRoot(thread).length(), 10);
  }

  /** What of a thread's name comes after its root. */
  static String withinRoot(String thread) {
    int end = 1;
    while (end < thread.length() && Character.isDigit(thread.charAt(end))) {
      end++;
    }
    return thread.substring(end);
  }

  private String nextRoot() {
    int root = roots++;
    return "#" + (numbers != null && root < numbers.length ? numbers[root] : root);
  }

  /** The name of the thread that wrote a record. */
  String of(KtraceRecord record) {
    Life life = life(record.pid());
    String thread = life.threads.get(record.tid());
    if (thread == null) {
      thread = life.key + "/" + life.threads.size();
      life.threads.put(record.tid(), thread);
    }
    return thread;
  }

  private Life life(int pid) {
    Life life = lives.get(pid);
    if (life == null) {
      life = new Life(keyOf(pid));
      lives.put(pid, life);
      names.put(pid, life.key);
    }
    return life;
  }

  /** The name of a thread by its id; null for an id that is none here. */
  String ofThread(int pid, long tid) {
    Life life = lives.get(pid);
    return life == null ? null : life.threads.get(tid);
  }

  /**
   * The name of a process by its id, for ids that a call names; null for an id that is none here.
   */
  String ofProcess(int pid) {
    return names.get(pid);
  }

  private String keyOf(int pid) {
    String key = announced.remove(pid);
    if (key != null) {
      return key;
    }
    Life parent = null;
    for (Life life : lives.values()) {
      if (life.forking) {
        if (parent != null) {
          return nextRoot(); // whose child it is its parent will tell, too late
        }
        parent = life;
      }
    }
    if (parent == null) {
      return nextRoot();
    }
    parent.forking = false;
    return parent.key + "." + ++parent.forks;
  }

  /** Takes what a record tells of processes that begin or end: every record, before it is named. */
  void note(KtraceRecord record) {
    switch (record.type()) {
      case RecordType.SYSCALL -> {
        if (isFork(record.getShort(0))) {
          life(record.pid()).forking = true;
        }
      }
      case RecordType.SYSRET -> {
        Life life = isFork(record.getShort(0)) ? lives.get(record.pid()) : null;
        int child = (int) record.getLong(RET_VALUE);
        if (life != null && life.forking && (child != 0 || record.getInt(RET_ERROR) != 0)) {
          life.forking = false;
          if (record.getInt(RET_ERROR) == 0) {
            lives.remove(child);
            String key = life.key + "." + ++life.forks;
            announced.put(child, key);
            names.put(child, key);
          }
        }
      }
      case RecordType.PROCDTOR -> lives.remove(record.pid());
      default -> {}
    }
  }

  private static boolean isFork(int code) {
    return code == SYS_FORK || code == SYS_VFORK || code == SYS_RFORK || code == SYS_PDFORK;
  }
}
