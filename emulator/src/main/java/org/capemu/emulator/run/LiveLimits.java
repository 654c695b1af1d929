package org.capemu.emulator.run;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.capemu.emulator.process.CallInProgress;
import org.capemu.emulator.process.DescriptorTable;
import org.capemu.emulator.process.EmulatedProcess;
import org.capemu.emulator.process.ProcessTable;
import org.capemu.emulator.process.SyscallEffects;
import org.capemu.policy.Abi;
import org.capemu.policy.Caller;
import org.capemu.policy.Descriptor;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Undecided;
import org.capemu.tracer.TraceEvent;

/**
 * Limits of descriptors that no kernel tells, kinfo_file having none: those of cap_fcntls_limit(2)
 * and cap_ioctls_limit(2), and FD_RESOLVE_BENEATH. They are kept from the calls that set and carry
 * them. Until the first that sets one there is nothing to follow.
 */
final class LiveLimits {
  private static final int F_SETFD = 2;
  private static final int FD_RESOLVE_BENEATH = 2;

  /** {@code msg_control} of struct msghdr, 64 bits wide. */
  private static final int MSG_CONTROL = 32;

  private final ProcessTable processes = new ProcessTable();
  private final SyscallEffects effects;
  private final Map<Integer, Call> calls = new HashMap<>();
  private final boolean allAreTold;
  private final int fcntlsLimit;
  private final SyscallTable table;
  private final int ioctlsLimit;
  private final int fcntl;
  private final int sendmsg;

  /** Some descriptor may have such limits. */
  private boolean following;

  /** One that has them may have gone to another process in a message. */
  private boolean passed;

  /**
   * @param allAreTold by the tracer: then there is nothing to follow, ever
   */
  LiveLimits(SyscallTable table, boolean allAreTold) {
    this.table = table;
    this.allAreTold = allAreTold;
    effects = new SyscallEffects(table, processes);
    fcntlsLimit = table.named("cap_fcntls_limit").number();
    ioctlsLimit = table.named("cap_ioctls_limit").number();
    fcntl = table.named("fcntl").number();
    sendmsg = table.named("sendmsg").number();
  }

  /** A thread's call. */
  private static final class Call extends CallInProgress {
    Call(SyscallTable table) {
      super(table);
    }

    void enter(EmulatedProcess process, TraceEvent.SyscallEntered entered) {
      begin(process, entered.abi(), entered.number());
      System.arraycopy(entered.args(), 0, args(), 0, MAX_ARGS);
    }
  }

  /**
   * A call is entered.
   *
   * @param caller answers for its thread
   * @return true if its return is to be reported to {@link #returned}
   */
  boolean entered(TraceEvent.SyscallEntered entered, Caller caller) {
    if (entered.abi().isLinux()) {
      return false;
    }
    following |= !allAreTold && setsLimits(entered);
    if (!following || !effects.hasEffect(entered.number())) {
      passed |= following && entered.number() == sendmsg && mayPass(entered, caller);
      return false;
    }
    EmulatedProcess process = process(entered.pid());
    for (int i = 0; i < 2; i++) {
      learn(process.descriptors(), (int) entered.args()[i], caller);
    }
    Call call = calls.computeIfAbsent(entered.tid(), tid -> new Call(table));
    call.enter(process, entered);
    effects.entered(call);
    return true;
  }

  private boolean setsLimits(TraceEvent.SyscallEntered entered) {
    int number = entered.number();
    long[] args = entered.args();
    return number == fcntlsLimit
        || number == ioctlsLimit
        || number == fcntl && (int) args[1] == F_SETFD && ((int) args[2] & FD_RESOLVE_BENEATH) != 0;
  }

  /** Which descriptors go with a message is not looked at. */
  private boolean mayPass(TraceEvent.SyscallEntered entered, Caller caller) {
    EmulatedProcess process = processes.find(entered.pid());
    if (process == null || !process.descriptors().hasLimited()) {
      return false;
    }
    byte[] control = new byte[Long.BYTES];
    return entered.abi() != Abi.FREEBSD64
        || caller.read(entered.args()[1] + MSG_CONTROL, control, control.length)
            && !Arrays.equals(control, new byte[Long.BYTES]);
  }

  private EmulatedProcess process(int pid) {
    EmulatedProcess process = processes.find(pid);
    return process == null ? processes.start(pid) : process;
  }

  /** What the kernel tells of a descriptor that was not heard of: it has no limits of these. */
  private static void learn(DescriptorTable table, int fd, Caller caller) {
    if (fd < 0 || table.get(fd) != null) {
      return;
    }
    try {
      Descriptor told = caller.descriptor(fd);
      if (told.isOpen()) {
        table.know(fd, told);
      }
    } catch (Undecided unknown) {
      // then nothing is known of it
    }
  }

  /** A call returned whose return was asked for. */
  void returned(TraceEvent.SyscallReturned returned, Caller caller) {
    Call call = calls.remove(returned.tid());
    if (call != null && call.number() == returned.number()) {
      effects.returned(call, returned.errno(), returned.retval(), caller);
    }
  }

  /** A process begins. */
  void started(int pid) {
    if (following) {
      processes.appear(pid);
    }
  }

  /** A process is gone, or a thread of it. */
  void exited(TraceEvent.Exited exited) {
    calls.remove(exited.tid());
    if (exited.lastOfProcess()) {
      processes.end(exited.pid());
    }
  }

  /** True if a descriptor of the process is known to have limits. */
  boolean hasLimited(int pid) {
    EmulatedProcess process = following ? processes.find(pid) : null;
    return process != null && (passed || process.descriptors().hasLimited());
  }

  /**
   * A descriptor with all of its limits.
   *
   * @param told what the kernel tells of it
   * @throws Undecided if it may have come, with its limits, in a message
   */
  Descriptor limited(int pid, int fd, Descriptor told) {
    EmulatedProcess process = following && told.isOpen() ? processes.find(pid) : null;
    if (process == null) {
      return told;
    }
    Descriptor known = process.descriptors().get(fd);
    if (known == null && passed) {
      throw new Undecided("limits of a descriptor that came in a message");
    }
    if (known == null || !known.isOpen()) {
      return told;
    }
    return told.withFcntls(told.fcntls() & known.fcntls())
        .withIoctls(known.ioctls() == null ? told.ioctls() : known.ioctls())
        .withResolveBeneath(known.resolveBeneath());
  }
}
