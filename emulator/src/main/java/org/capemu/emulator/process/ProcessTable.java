package org.capemu.emulator.process;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.capemu.policy.Descriptor;

/** All processes that are followed, by their ids. */
public final class ProcessTable {
  /** More than any system runs at once: a trace that names more is none. */
  private static final int MOST = 1 << 16;

  private final Map<Integer, EmulatedProcess> processes = new HashMap<>();

  /** fork(2) and its like that have not returned yet, the latest last. */
  private final List<CallInProgress> forking = new ArrayList<>();

  private int started;

  /** The process, or null if nothing was heard of it yet. */
  public EmulatedProcess find(int pid) {
    return processes.get(pid);
  }

  /** A process whose past is not known: nothing is known of its descriptors. */
  public EmulatedProcess start(int pid) {
    DescriptorTable table = new DescriptorTable();
    table.startedBefore();
    // no directory of the file system has such a name
    return put(new EmulatedProcess(pid, table, "\u0001cwd" + started++));
  }

  /**
   * A process appears before the fork(2) that made it returned to its parent, as a vfork(2)ed child
   * always does. It is as its parent is now; if several could be its parent, its limited
   * descriptors are not known.
   */
  public EmulatedProcess appear(int pid) {
    CallInProgress fork = null;
    int candidates = 0;
    for (CallInProgress call : forking) {
      if (call.child == 0 && call.process.pid() != pid) {
        fork = call;
        candidates++;
      }
    }
    if (fork == null) {
      return start(pid);
    }
    fork.child = pid;
    EmulatedProcess child = fork(fork, pid);
    if (candidates > 1) {
      child.descriptors().forgetLimits();
    }
    return child;
  }

  /** The process is gone. */
  public void end(int pid) {
    EmulatedProcess gone = processes.remove(pid);
    if (gone != null) {
      gone.descriptors().released();
      forking.removeIf(call -> call.process == gone);
    }
  }

  void forkEntered(CallInProgress call) {
    forking.remove(call);
    forking.add(call);
  }

  /**
   * @param pid 0 if the fork failed
   */
  void forkReturned(CallInProgress call, int pid) {
    forking.remove(call);
    if (pid > 0 && call.child != pid) {
      fork(call, pid);
    }
  }

  private EmulatedProcess fork(CallInProgress call, int pid) {
    EmulatedProcess parent = call.process;
    int flags = ForkFlags.of(call);
    DescriptorTable table = parent.descriptors();
    if ((flags & ForkFlags.RFCFDG) != 0) {
      table = DescriptorTable.empty();
    } else if ((flags & ForkFlags.RFFDG) != 0) {
      table = table.copy();
    } else {
      table.shared();
    }
    if ((flags & ForkFlags.RFPROCDESC) != 0) {
      // it is made before the table is copied, but cannot be copied yet
      boolean closeOnExec = (call.intAt(1) & ForkFlags.PD_CLOEXEC) != 0;
      parent
          .descriptors()
          .allocatedUnseen(Descriptor.unlimited(Descriptor.Kind.SPECIAL), closeOnExec, false);
    }
    return put(parent.forked(pid, table));
  }

  private EmulatedProcess put(EmulatedProcess process) {
    if (processes.size() >= MOST) {
      processes.clear();
      forking.clear();
    }
    end(process.pid());
    processes.put(process.pid(), process);
    return process;
  }
}
