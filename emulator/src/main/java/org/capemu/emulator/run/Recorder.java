package org.capemu.emulator.run;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.capemu.policy.Abi;
import org.capemu.policy.Findings;
import org.capemu.policy.Mode;
import org.capemu.policy.Policy;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.SystemCall;
import org.capemu.policy.Violation;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.TraceEvent;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.KtraceHeader;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.ktrace.TracePoints;
import org.capemu.tracer.linux.LinuxSyscalls;

/**
 * Turns the events of a running program into records, in the kernel's order: KTR_SYSCALL, what the
 * policy finds, KTR_SYSRET; KTR_PSIG. * When the trace cannot be written any more, the program
 * still runs to its end.
 */
final class Recorder {
  /** KTR_USER_MAXLEN. */
  private static final int USER_MAX = 2048;

  /** The name under which the execve(2) that starts a program is recorded, as ktrace's own is. */
  private static final String LAUNCHER = "capemu";

  private final Policy policy;
  private final SyscallTable calls;
  private final int utrace;
  private final CapFail.Format format;
  private final KtraceWriter writer;
  private final Tracer tracer;
  private final LiveCaller caller;
  private final Decision decision = new Decision();
  private final SystemCall asked;
  private final boolean recordsCalls;
  private final boolean recordsNamei;
  private final boolean recordsViolations;
  private final boolean recordsSignals;
  private final boolean recordsUser;
  private final Summary summary = new Summary();
  private final CallFindings findings = new CallFindings();
  private final Clock clock = Clock.systemUTC();
  private final KtraceHeader header = new KtraceHeader();

  /** The processes that the trace knows of, and as what. */
  private final Map<Integer, Abi> introduced = new HashMap<>();

  private IOException failure;

  /**
   * @param release the kernel to stand for, whose records these are
   */
  Recorder(Release release, Mode mode, TracePoints points, KtraceWriter writer, Tracer tracer) {
    this.policy = Policy.of(release, mode);
    this.calls = SyscallTable.of(release);
    this.asked = new SystemCall(calls);
    this.format = CapFail.Format.of(release);
    this.header.versioned(release.versionsTraceHeaders());
    this.utrace = calls.named("utrace").number();
    this.writer = writer;
    this.tracer = tracer;
    this.caller = new LiveCaller(tracer);
    this.recordsCalls = points.contains(RecordType.SYSCALL);
    this.recordsNamei = points.contains(RecordType.NAMEI);
    this.recordsViolations = points.contains(RecordType.CAPFAIL);
    this.recordsSignals = points.contains(RecordType.PSIG);
    this.recordsUser = points.contains(RecordType.USER);
    if (!recordsCalls) {
      tracer.passOver(
          number -> number != utrace && policy.isOnlyAboutLimits(Abi.FREEBSD64, number));
    }
  }

  Summary summary() {
    return summary;
  }

  /** Why nothing is recorded any more; null as long as all is well. */
  IOException failure() {
    return failure;
  }

  /**
   * Records one event and lets its thread go on: at once, or when it is known what the policy makes
   * of its call.
   */
  void handle(TraceEvent event) {
    if (event instanceof TraceEvent.SyscallEntered entered) {
      entered(entered);
    } else if (event instanceof TraceEvent.SyscallReturned returned) {
      returned(returned);
    } else if (event instanceof TraceEvent.SignalTaken taken) {
      taken(taken);
    } else if (event instanceof TraceEvent.Executed executed) {
      introduce(executed.thread(), executed.thread().abi());
      executed.thread().resume();
    } else if (event instanceof TraceEvent.Started started) {
      started(started);
    } else if (event instanceof TraceEvent.Exited exited && exited.lastOfProcess()) {
      exited(exited);
    }
  }

  /**
   * KTR_PROCCTOR, from which kdump(1) knows whose calls the process makes: when it is first seen,
   * at execve(2), and around a call of Linux's own.
   */
  private void introduce(StoppedThread thread, Abi abi) {
    if (isRecording()) {
      stamp(thread);
      introduced.put(thread.pid(), abi);
      try {
        writer.procCtor(header, abi.svFlags());
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  /** KTR_PROCDTOR. */
  private void exited(TraceEvent.Exited exited) {
    if (introduced.remove(exited.pid()) != null && isRecording()) {
      stamp(exited.pid(), exited.tid(), exited.command(), 0);
      try {
        writer.record(header, RecordType.PROCDTOR, new byte[0], 0, 0);
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  private boolean isRecording() {
    return failure == null;
  }

  private void entered(TraceEvent.SyscallEntered entered) {
    StoppedThread thread = entered.thread();
    if (!isRecording()) {
      thread.resume();
    } else if (mayLookAt(entered) && thread.mayWait()) {
      thread.ask(
          () -> decide(new Decision(), new SystemCall(calls), entered, new LiveCaller(tracer)),
          Decision.unanswered(),
          found -> entered(entered, found));
    } else {
      entered(entered, decide(decision, asked, entered, caller));
    }
  }

  /** Whether the policy may have to look at the process to decide a call. */
  private boolean mayLookAt(TraceEvent.SyscallEntered call) {
    return !call.abi().isLinux() && !policy.isOnlyAboutLimits(call.abi(), call.number());
  }

  private Decision decide(
      Decision into, SystemCall as, TraceEvent.SyscallEntered call, LiveCaller by) {
    as.set(call.abi(), call.number(), call.args());
    return into.decide(policy, as, by.at(call.thread()));
  }

  private void entered(TraceEvent.SyscallEntered entered, Decision decided) {
    StoppedThread thread = entered.thread();
    if (introduced.get(thread.pid()) != entered.abi()) {
      introduce(thread, entered.abi());
    }
    if (isRecording()) {
      stamp(thread);
      findings.call = entered;
      try {
        if (recordsCalls) {
          writer.syscall(header, entered.number(), entered.args(), entered.argCount());
        }
        decided.replay(findings);
        if (recordsUser && entered.number() == utrace && !entered.abi().isLinux()) {
          user(thread, entered.args()[0], entered.args()[1]);
        }
      } catch (IOException e) {
        failure = e;
      }
      findings.count();
      if (decided.undecided() != null) {
        summary.undecided(decided.undecided());
      }
    }
    if (recordsCalls) {
      thread.resumeToReturn();
    } else {
      thread.resume();
    }
  }

  /** utrace(2): KTR_USER. */
  private void user(StoppedThread thread, long address, long length) throws IOException {
    if (length < 0 || length > USER_MAX) {
      return; // EINVAL
    }
    byte[] bytes = new byte[(int) length];
    if (thread.read(address, bytes, 0, bytes.length) == bytes.length) {
      writer.record(header, RecordType.USER, bytes, 0, bytes.length);
    }
  }

  private void returned(TraceEvent.SyscallReturned returned) {
    if (recordsCalls) {
      sysret(returned.thread(), returned.number(), returned.errno(), returned.retval());
    }
    returned.thread().resume();
  }

  /** A new process, or a new thread, begins by returning from fork(2): fork_return(9). */
  private void started(TraceEvent.Started started) {
    if (started.newProcess()) {
      introduce(started.thread(), started.thread().abi());
    }
    if (recordsCalls) {
      sysret(started.thread(), started.number(), 0, 0);
    }
    started.thread().resume();
  }

  private void sysret(StoppedThread thread, int number, int errno, long retval) {
    if (isRecording()) {
      stamp(thread);
      try {
        writer.sysret(header, number, errno, retval);
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  private void taken(TraceEvent.SignalTaken taken) {
    if (isRecording() && recordsSignals) {
      stamp(taken.thread());
      try {
        writer.psig(
            header, taken.signo(), taken.action(), taken.code(), taken.maskLow(), taken.maskHigh());
      } catch (IOException e) {
        failure = e;
      }
    }
    taken.thread().resume();
  }

  private void stamp(StoppedThread thread) {
    stamp(thread.pid(), thread.tid(), thread.command(), thread.cpu());
  }

  private void stamp(int pid, int tid, String command, int cpu) {
    Instant now = clock.instant();
    header
        .thread(pid, tid)
        .comm(nameOf(command))
        .time(now.getEpochSecond(), now.getNano())
        .cpu(cpu);
  }

  private static String nameOf(String command) {
    return command == null ? LAUNCHER : command;
  }

  private String nameOf(TraceEvent.SyscallEntered call) {
    return switch (call.abi()) {
      case FREEBSD64, FREEBSD32 -> calls.name(call.number());
      case LINUX64 -> LinuxSyscalls.name(call.number());
      case LINUX32 -> "#" + call.number();
    };
  }

  /** Writes what one call violates as it is found, and keeps it until the call's path is known. */
  private final class CallFindings implements Findings {
    private TraceEvent.SyscallEntered call;
    private String path;
    private Violation[] violations = new Violation[4];
    private int count;

    @Override
    public void namei(String looked) {
      if (path == null) {
        path = looked;
      }
      if (recordsNamei && failure == null) {
        try {
          writer.namei(header, looked);
        } catch (IOException e) {
          failure = e;
        }
      }
    }

    @Override
    public void violation(Violation violation) {
      if (!format.writes(violation)) {
        return;
      }
      if (count == violations.length) {
        violations = Arrays.copyOf(violations, 2 * count);
      }
      violations[count++] = violation;
      if (recordsViolations && failure == null) {
        try {
          writer.capFail(header, format, violation, call.number(), call.abi().svFlags());
        } catch (IOException e) {
          failure = e;
        }
      }
    }

    /** The call is decided: its violations go into the summary. */
    private void count() {
      if (count > 0) {
        String command = nameOf(call.thread().command());
        String name = nameOf(call);
        for (int i = 0; i < count; i++) {
          boolean ofProgram = call.thread().command() != null;
          summary.add(command, name, violations[i], path, ofProgram);
          violations[i] = null;
        }
      }
      count = 0;
      path = null;
    }
  }
}
