package org.capemu.tracer.freebsd;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.capemu.nativestubs.freebsd.OpenFile;
import org.capemu.nativestubs.freebsd.ProcessFacts;
import org.capemu.policy.Abi;

/** What the threads of one process share. All of them stand still when one does: ptrace(2). */
final class TracedProcess {
  private static final int SIGNALS = 129;
  static final long SIG_DFL = 0;
  static final long SIG_IGN = 1;

  /** A handler whose address is not known: it was set before the process was followed. */
  private static final long UNKNOWN_HANDLER = 2;

  final int pid;
  final Map<Integer, TracedThread> threads = new HashMap<>();
  final FreeBsdFileTree files;

  /** Counts stops, so that a StoppedThread of an earlier one is known to be spent. */
  long stops;

  /** The present stop is the entry of a call. */
  boolean atEntry;

  /** What the present stop is left with: a signal that is being delivered. */
  int signal;

  /** How many threads are to be stopped at the return of their call. */
  int returnsWanted;

  /** PTRACE_SCX is among the process's events. */
  boolean stopsAtReturns;

  Abi abi = Abi.FREEBSD64;

  /** The thread that stopped last: of a process that has ended, that which called exit(2). */
  TracedThread lastStopped;

  /** Calls whose entries are not reported. */
  BitSet quiet = new BitSet();

  /** The table may be shared with another process, whose calls change it too: rfork(2). */
  boolean sharesDescriptors;

  /** cap_enter(2) was called, or the process began in capability mode. */
  boolean mayBeInCapabilityMode;

  /** Known for good: there is no way out. */
  boolean inCapabilityMode;

  /** Null if it is to be asked for. */
  List<OpenFile> descriptors;

  /** What capemu keeps with the process: {@link org.capemu.tracer.StoppedThread#keep}. */
  Object kept;

  private final long[] handlers = new long[SIGNALS];

  TracedProcess(int pid, FreeBsdFileTree files) {
    this.pid = pid;
    this.files = files;
  }

  TracedThread thread(int tid) {
    return threads.computeIfAbsent(tid, unused -> new TracedThread(this, tid));
  }

  void remove(TracedThread thread) {
    threads.remove(thread.tid);
    wantReturn(thread, false);
  }

  void wantReturn(TracedThread thread, boolean wanted) {
    if (thread.returnWanted != wanted) {
      thread.returnWanted = wanted;
      returnsWanted += wanted ? 1 : -1;
    }
  }

  /** The image that runs. */
  void learn(ProcessFacts facts) {
    abi =
        switch (facts.emulation()) {
          case "FreeBSD ELF32", "FreeBSD a.out" -> Abi.FREEBSD32;
          case "Linux ELF64", "Linux ELF" -> Abi.LINUX64;
          case "Linux ELF32" -> Abi.LINUX32;
          default -> Abi.FREEBSD64;
        };
    inCapabilityMode |= facts.inCapabilityMode();
    mayBeInCapabilityMode |= inCapabilityMode;
  }

  /** The actions that the process had before it was followed; addresses are not told. */
  void learnActions(ProcessFacts facts) {
    for (int signal = 1; signal <= Long.SIZE; signal++) {
      long bit = 1L << signal - 1;
      if ((facts.caught() & bit) != 0) {
        handlers[signal] = UNKNOWN_HANDLER;
      } else if ((facts.ignored() & bit) != 0 && !SignalActions.isIgnoredByDefault(signal)) {
        handlers[signal] = SIG_IGN;
      }
    }
  }

  /** fork(2): a child as its parent is at this moment. */
  void inherit(TracedProcess parent) {
    abi = parent.abi;
    kept = parent.kept;
    inCapabilityMode = parent.inCapabilityMode;
    mayBeInCapabilityMode = parent.mayBeInCapabilityMode;
    sharesDescriptors = parent.sharesDescriptors;
    System.arraycopy(parent.handlers, 0, handlers, 0, SIGNALS);
  }

  /** execve(2): caught signals have their default action again, the other threads are gone. */
  void executed(TracedThread thread) {
    threads.clear();
    threads.put(thread.tid, thread);
    returnsWanted = thread.returnWanted ? 1 : 0;
    sharesDescriptors = false; // fdunshare
    for (int i = 0; i < SIGNALS; i++) {
      if (handlers[i] != SIG_IGN) {
        handlers[i] = SIG_DFL;
      }
    }
  }

  /** sigaction(2). */
  void setHandler(int signal, long address) {
    if (signal > 0 && signal < SIGNALS) {
      handlers[signal] = address;
    }
  }

  /** SIG_DFL, SIG_IGN or the address of the handler. */
  long handler(int signal) {
    return signal > 0 && signal < SIGNALS ? handlers[signal] : SIG_DFL;
  }
}
