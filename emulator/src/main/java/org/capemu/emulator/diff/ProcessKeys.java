package org.capemu.emulator.diff;

import com.carrotsearch.hppc.IntHashSet;
import com.carrotsearch.hppc.IntObjectHashMap;
import com.carrotsearch.hppc.LongIntHashMap;
import java.util.Set;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;

/**
 * Names the threads of a trace so that those of another trace of the same program have the same
 * names: a process after its parent and the number of its fork, a thread after the order in which
 * the threads of its process appear. A process that no known one made is a root: roots are numbered
 * in the order in which they appear, or as {@link RootPairs} says.
 */
final class ProcessKeys {
  /** In the tables of FreeBSD and of Linux, whose clone(2) makes threads as well. */
  private static final Set<String> FORKS =
      Set.of("fork", "vfork", "rfork", "pdfork", "clone", "clone3");

  private static final int RET_ERROR = 4;
  private static final int RET_VALUE = 8;

  private final ProcessRows processes = new ProcessRows();

  /** Between the entry and the return of a fork that made no child known yet: rows. */
  private final IntHashSet forking = new IntHashSet();

  /** The threads of processes that have more than one, by row: their numbers by their ids. */
  private final IntObjectHashMap<LongIntHashMap> threads = new IntObjectHashMap<>();

  private final CallNames calls;

  /** The numbers of roots, in the order in which they appear; null for this order itself. */
  private final int[] numbers;

  private int roots;

  /**
   * @param numbers null for the order in which roots appear
   */
  ProcessKeys(CallNames calls, int[] numbers) {
    this.calls = calls;
    this.numbers = numbers;
  }

  /** The number of the root that a thread's process, or an ancestor of it, is. */
  static int rootOf(String thread) {
    return Integer.parseInt(thread, 0, thread.indexOf(ProcessRows.AFTER_ROOT), 10);
  }

  /** What of a thread's name comes after its root. */
  static String withinRoot(String thread) {
    return thread.substring(thread.indexOf(ProcessRows.AFTER_ROOT));
  }

  private int nextRoot() {
    int root = roots++;
    return numbers != null && root < numbers.length ? numbers[root] : root;
  }

  /** The name of the thread that wrote a record. */
  String of(KtraceRecord record) {
    int row = living(record.pid());
    return threadName(row, numberOf(row, record.tid()));
  }

  private int numberOf(int row, long tid) {
    if (!processes.hasThread(row)) {
      processes.firstThread(row, tid);
      return 0;
    }
    if (processes.firstThread(row) == tid) {
      return 0;
    }
    LongIntHashMap others = threads.get(row);
    if (others == null) {
      others = new LongIntHashMap();
      threads.put(row, others);
    }
    int number = others.getOrDefault(tid, others.size() + 1);
    others.put(tid, number);
    return number;
  }

  private String threadName(int row, int number) {
    return processes.name(row) + "/" + number;
  }

  /** The row of a process that is there: it begins now if it did not before. */
  private int living(int pid) {
    int row = processes.row(pid);
    if (row < 0 || processes.isGone(row)) {
      row = beginUnannounced(pid);
    }
    processes.live(row);
    return row;
  }

  /** The name of a thread by its id; null for an id that is none here. */
  String ofThread(int pid, long tid) {
    int row = processes.row(pid);
    if (row < 0 || !processes.isLive(row) || !processes.hasThread(row)) {
      return null;
    }
    if (processes.firstThread(row) == tid) {
      return threadName(row, 0);
    }
    LongIntHashMap others = threads.get(row);
    int number = others == null ? 0 : others.getOrDefault(tid, 0);
    return number == 0 ? null : threadName(row, number);
  }

  /**
   * The name of a process by its id, for ids that a call names; null for an id that is none here.
   * It is that of the latest process of the id, also when that is gone.
   */
  String ofProcess(int pid) {
    int row = processes.row(pid);
    return row < 0 ? null : processes.name(row);
  }

  /**
   * The only one that is in a fork is the parent; if there are more, that one will tell too late.
   */
  private int beginUnannounced(int pid) {
    if (forking.size() != 1) {
      return processes.beginRoot(pid, nextRoot());
    }
    int parent = forking.iterator().next().value;
    forking.clear();
    return processes.beginChild(pid, parent);
  }

  /** Takes what a record tells of processes that begin or end: every record, before it is named. */
  void note(KtraceRecord record) {
    switch (record.type()) {
      case RecordType.SYSCALL -> {
        if (FORKS.contains(calls.of(record))) {
          forking.add(living(record.pid()));
        }
      }
      case RecordType.SYSRET -> {
        if (FORKS.contains(calls.of(record))) {
          forked(record);
        }
      }
      case RecordType.PROCDTOR -> end(processes.row(record.pid()));
      default -> {}
    }
  }

  private void forked(KtraceRecord record) {
    int child = (int) record.getLong(RET_VALUE);
    boolean failed = record.getInt(RET_ERROR) != 0;
    int row = processes.row(record.pid());
    if ((child != 0 || failed) && forking.remove(row) && !failed) {
      end(processes.row(child));
      processes.beginChild(child, row);
    }
  }

  private void end(int row) {
    if (row >= 0) {
      processes.gone(row);
      threads.remove(row);
      forking.remove(row);
    }
  }
}
