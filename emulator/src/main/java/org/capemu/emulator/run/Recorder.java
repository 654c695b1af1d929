package org.capemu.emulator.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.capemu.emulator.dump.SyscallAbi;
import org.capemu.policy.Abi;
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
import org.capemu.tracer.ktrace.StartNote;
import org.capemu.tracer.ktrace.TracePoints;
import org.capemu.tracer.linux.LinuxOnly;
import org.capemu.tracer.linux.LinuxSyscalls;

/**
 * Turns the events of a running program into records, in the kernel's order: KTR_SYSCALL, what the
 * policy finds, KTR_STRUCT, KTR_SYSRET; KTR_PSIG. When the trace cannot be written any more, the
 * program still runs to its end.
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
  private final LiveLimits limits;
  private final LiveCaller caller;
  private final Decision decision = new Decision();
  private final SystemCall asked;
  private final boolean recordsCalls;
  private final boolean recordsNamei;
  private final boolean recordsViolations;
  private final boolean recordsSignals;
  private final boolean recordsUser;
  private final CallSubjects subjects;

  /** Null if structures are not recorded. */
  private final CallStructures structures;

  private final Summary summary = new Summary();
  private final CallFindings findings = new CallFindings();
  private final From from;
  private final Clock clock = Clock.systemUTC();
  private final KtraceHeader header = new KtraceHeader();

  /** The processes that the trace knows of, and as what. */
  private final Map<Integer, Abi> introduced = new HashMap<>();

  /** The process that was started or attached to; 0 until its first event. */
  private int root;

  /** By thread id: the calls whose returns will be looked at. */
  private final Map<Integer, Entry> entries = new HashMap<>();

  private IOException failure;

  /** Some process has come to where its violations are its own. */
  private boolean wasReached;

  /** What the policy makes of a call, and how far its process has come. */
  private record Answer(Decision decision, Progress progress) {}

  /**
   * @param release the kernel to stand for, whose records these are
   * @param from where start-up ends
   */
  Recorder(
      Release release,
      Mode mode,
      TracePoints points,
      From from,
      KtraceWriter writer,
      Tracer tracer) {
    this.from = from;
    this.policy = Policy.of(release, mode);
    this.calls = SyscallTable.of(release);
    this.subjects = new CallSubjects(calls);
    this.asked = new SystemCall(calls);
    this.format = CapFail.Format.of(release);
    this.header.versioned(release.versionsTraceHeaders());
    this.utrace = calls.named("utrace").number();
    this.writer = writer;
    this.tracer = tracer;
    this.limits = new LiveLimits(calls, tracer.tellsAllLimits());
    this.caller = new LiveCaller(tracer, limits);
    this.recordsCalls = points.contains(RecordType.SYSCALL);
    this.recordsNamei = points.contains(RecordType.NAMEI);
    this.recordsViolations = points.contains(RecordType.CAPFAIL);
    this.recordsSignals = points.contains(RecordType.PSIG);
    this.recordsUser = points.contains(RecordType.USER);
    this.structures = points.contains(RecordType.STRUCT) ? new CallStructures(calls) : null;
    if (!recordsCalls) {
      tracer.passOver(
          number ->
              number != utrace
                  && !from.isCallOf(calls.name(number))
                  && !looksAtEntry(Abi.FREEBSD64, number)
                  && !looksAtReturn(Abi.FREEBSD64, number)
                  && policy.isOnlyAboutLimits(Abi.FREEBSD64, number));
    }
  }

  Summary summary() {
    if (failure != null) {
      summary.incomplete();
    }
    return summary;
  }

  /** The process that is attached to: others are its children. */
  void attachedTo(int pid) {
    root = pid;
  }

  /** False if all that was found is start-up's, as no process came to where that ends. */
  boolean wasReached() {
    return wasReached;
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
    if (root == 0) {
      root = event.pid();
    }
    if (event instanceof TraceEvent.SyscallEntered entered) {
      entered(entered);
    } else if (event instanceof TraceEvent.SyscallReturned returned) {
      returned(returned);
    } else if (event instanceof TraceEvent.SignalTaken taken) {
      taken(taken);
    } else if (event instanceof TraceEvent.Executed executed) {
      executed(executed.thread());
    } else if (event instanceof TraceEvent.Started started) {
      started(started);
    } else if (event instanceof TraceEvent.Exited exited) {
      entries.remove(exited.tid());
      limits.exited(exited);
      if (exited.lastOfProcess()) {
        exited(exited);
      }
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

  /** What a call's return is read with. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(long[] args, CallStructures.Room room) {
    RecordedStructure read(CallStructures structures, TraceEvent.SyscallReturned returned) {
      return structures.atReturn(
          returned.number(),
          new CallStructures.Stop(returned.abi(), args, returned.thread()),
          returned.retval(),
          room);
    }
  }

  private boolean isRecording() {
    return failure == null;
  }

  /** A new program: its start-up begins, if it can be told apart. */
  private void executed(StoppedThread thread) {
    Progress before = (Progress) thread.kept();
    thread.ask(
        () -> Progress.executed(thread, from, before),
        Progress.unknown(from),
        progress -> {
          introduce(thread, thread.abi());
          if (progress.isKnown()) {
            note(thread, new StartNote(StartNote.Event.BEGINS));
          }
          reach(thread, before, progress);
          thread.resume();
        });
  }

  private void entered(TraceEvent.SyscallEntered entered) {
    StoppedThread thread = entered.thread();
    Progress progress = (Progress) thread.kept();
    if (!isRecording()) {
      thread.resume();
    } else if ((mayLookAt(entered) || looks(thread, progress)) && thread.mayWait()) {
      thread.ask(
          () ->
              new Answer(
                  decide(
                      new Decision(),
                      new SystemCall(calls),
                      entered,
                      new LiveCaller(tracer, limits)),
                  look(thread, progress)),
          new Answer(Decision.unanswered(), progress),
          answer -> entered(entered, answer.decision(), progress, answer.progress()));
    } else {
      entered(entered, decide(decision, asked, entered, caller), progress, look(thread, progress));
    }
  }

  private boolean looks(StoppedThread thread, Progress progress) {
    return progress == null ? thread.command() != null : progress.looks();
  }

  /** How far a process has come with a call; null for the launcher. */
  private Progress look(StoppedThread thread, Progress progress) {
    if (progress == null) {
      return thread.command() == null ? null : Progress.attached(thread, from);
    }
    return progress.looks() ? progress.look(thread) : progress;
  }

  /**
   * Takes note of how far a process has come, unless another thread of it has done so meanwhile.
   */
  private void reach(StoppedThread thread, Progress before, Progress now) {
    if (now == before || thread.kept() != before) {
      return;
    }
    thread.keep(now);
    if (now.isOver()) {
      // Without a note nothing is start-up's: one of what is not known is for what was before.
      if (now.isKnown() || before != null && !before.isOver()) {
        note(thread, now.note());
      }
      wasReached = true;
    }
  }

  private void note(StoppedThread thread, StartNote note) {
    if (isRecording()) {
      stamp(thread);
      try {
        writer.note(header, note);
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  /** Whether the process may have to be looked at when a call is entered. */
  private boolean mayLookAt(TraceEvent.SyscallEntered call) {
    return (!call.abi().isLinux() && !policy.isOnlyAboutLimits(call.abi(), call.number()))
        || looksAtEntry(call.abi(), call.number());
  }

  private boolean looksAtEntry(Abi abi, int number) {
    return structures != null && structures.looksAtEntry(abi, number);
  }

  private boolean looksAtReturn(Abi abi, int number) {
    return structures != null && structures.looksAtReturn(abi, number);
  }

  private Decision decide(
      Decision into, SystemCall as, TraceEvent.SyscallEntered call, LiveCaller by) {
    as.set(call.abi(), call.number(), call.args());
    boolean notes = structures != null && mayLookAt(call);
    LiveCaller caller = notes ? by.notingAt(call.thread()) : by.at(call.thread());
    into.decide(policy, as, caller);
    into.note(caller.note());
    if (into.violates()) {
      into.names(subjects.of(call, caller));
    }
    if (looksAtEntry(call.abi(), call.number())) {
      into.read(
          structures,
          call.number(),
          new CallStructures.Stop(call.abi(), call.args(), call.thread()));
    }
    return into;
  }

  private void entered(
      TraceEvent.SyscallEntered entered, Decision decided, Progress before, Progress now) {
    StoppedThread thread = entered.thread();
    reach(thread, before, now);
    Progress progress = (Progress) thread.kept();
    if (introduced.get(thread.pid()) != entered.abi()) {
      introduce(thread, entered.abi());
    }
    if (isRecording()) {
      stamp(thread);
      findings.call = entered;
      findings.subject = decided.subject();
      try {
        if (recordsCalls) {
          writer.syscall(header, entered.number(), entered.args(), entered.argCount());
        }
        decided.replay(findings);
        byte[] text =
            recordsUser && isUtrace(entered)
                ? userText(thread, entered.args()[0], entered.args()[1])
                : null;
        if (text != null) {
          writer.record(header, RecordType.USER, text, 0, text.length);
        }
      } catch (IOException e) {
        failure = e;
      }
      findings.count(progress == null ? Phase.START_UP : progress.phase());
      if (progress != null && !progress.isOver()) {
        reach(thread, progress, after(entered, decided, progress));
      }
      if (decided.undecided() != null) {
        summary.undecided(decided.undecided());
      }
    }
    boolean looksAtReturn = looksAtReturn(entered.abi(), entered.number());
    if (looksAtReturn) {
      entries.put(thread.tid(), new Entry(entered.args(), decided.room()));
    }
    if (limits.entered(entered, caller.at(thread)) || recordsCalls || looksAtReturn) {
      thread.resumeToReturn();
    } else {
      thread.resume();
    }
  }

  /** How far a call has brought a process. */
  private Progress after(TraceEvent.SyscallEntered call, Decision decided, Progress progress) {
    Progress after = progress.called(nameOf(call));
    for (String path : decided.lookedUp()) {
      after = after.lookedUp(path);
    }
    if (isUtrace(call)) {
      byte[] text = userText(call.thread(), call.args()[0], call.args()[1]);
      String said = text == null ? "" : new String(text, StandardCharsets.ISO_8859_1);
      int end = said.indexOf(0);
      after = after.traced(end < 0 ? said : said.substring(0, end));
    }
    return after;
  }

  private boolean isUtrace(TraceEvent.SyscallEntered call) {
    return call.number() == utrace && !call.abi().isLinux();
  }

  /** What utrace(2) records; null if it fails. */
  private static byte[] userText(StoppedThread thread, long address, long length) {
    if (length < 0 || length > USER_MAX) {
      return null; // EINVAL
    }
    byte[] bytes = new byte[(int) length];
    return thread.read(address, bytes, 0, bytes.length) == bytes.length ? bytes : null;
  }

  private void returned(TraceEvent.SyscallReturned returned) {
    limits.returned(returned, caller.at(returned.thread()));
    Entry entry = entries.remove(returned.tid());
    if (entry == null || returned.errno() != 0 || !isRecording()) {
      returned(returned, null);
    } else if (returned.thread().mayWait()) {
      returned
          .thread()
          .ask(() -> entry.read(structures, returned), null, found -> returned(returned, found));
    } else {
      returned(returned, entry.read(structures, returned));
    }
  }

  private void returned(TraceEvent.SyscallReturned returned, RecordedStructure structure) {
    if (structure != null && isRecording()) {
      stamp(returned.thread());
      record(structure);
    }
    if (recordsCalls) {
      sysret(returned.thread(), returned.number(), returned.errno(), returned.retval());
    }
    returned.thread().resume();
  }

  private void record(RecordedStructure structure) {
    try {
      if (structure.elementSize() == 0) {
        writer.struct(header, structure.name(), structure.bytes());
      } else {
        writer.structArray(header, structure.name(), structure.elementSize(), structure.bytes());
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  /** A new process, or a new thread, begins by returning from fork(2): fork_return(9). */
  private void started(TraceEvent.Started started) {
    if (started.newProcess()) {
      limits.started(started.pid());
      introduce(started.thread(), started.thread().abi());
      Progress inherited = (Progress) started.thread().kept();
      if (inherited != null && inherited.isOver() && inherited.isKnown()) {
        note(started.thread(), new StartNote(StartNote.Event.FORK));
      }
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
    Progress progress = (Progress) taken.thread().kept();
    if (progress != null) {
      reach(taken.thread(), progress, progress.signalled(taken.signo()));
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

  /** The name that dump prints of the same call. */
  private String nameOf(TraceEvent.SyscallEntered call) {
    return switch (call.abi()) {
      case FREEBSD64, FREEBSD32 -> calls.name(call.number());
      case LINUX64 -> SyscallAbi.LINUX64.shownNameOf(call.number());
      case LINUX32 -> SyscallAbi.LINUX32.shownNameOf(call.number());
    };
  }

  /**
   * Writes what one call violates as it is found, and keeps it until the call's paths are known.
   */
  private final class CallFindings implements Decision.Sink {
    private TraceEvent.SyscallEntered call;
    private Subject subject;
    private String lastPath;
    private Violation[] violations = new Violation[4];

    /** What each is about, if it is a lookup. */
    private String[] paths = new String[4];

    private int count;

    /** The gate finds its violation before the path is read, a lookup after it. */
    @Override
    public void namei(String looked) {
      lastPath = looked;
      for (int i = 0; i < count; i++) {
        paths[i] = paths[i] == null ? looked : paths[i];
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
    public void structure(RecordedStructure structure) {
      if (failure == null) {
        record(structure);
      }
    }

    @Override
    public void note(byte[] note) {
      if (failure == null) {
        try {
          writer.record(header, RecordType.USER, note, 0, note.length);
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
        paths = Arrays.copyOf(paths, 2 * count);
      }
      violations[count] = violation;
      paths[count++] = violation instanceof Violation.Syscall ? null : lastPath;
      if (recordsViolations && failure == null) {
        try {
          writer.capFail(header, format, violation, call.number(), call.abi().svFlags());
        } catch (IOException e) {
          failure = e;
        }
      }
    }

    /** The call is decided: its violations go into the summary. */
    private void count(Phase phase) {
      for (int i = 0; i < count; i++) {
        summary.add(
            placeOf(call, phase, violations[i], paths[i]),
            CallSubjects.of(violations[i], subject, paths[i]));
        violations[i] = null;
        paths[i] = null;
      }
      count = 0;
      lastPath = null;
    }
  }

  private Place placeOf(
      TraceEvent.SyscallEntered call, Phase phase, Violation violation, String path) {
    String name = nameOf(call);
    String linuxName = call.abi().isLinux() ? LinuxSyscalls.name(call.number()) : name;
    String instead = LinuxOnly.instead(call.abi(), linuxName, path).orElse(null);
    Place.Part part =
        phase == Phase.START_UP
            ? Place.Part.START_UP
            : instead == null ? Place.Part.OWN : Place.Part.LINUX_ONLY;
    return new Place(
        part,
        nameOf(call.thread().command()),
        call.pid() != root,
        name,
        Kinds.kind(violation),
        Kinds.detail(violation),
        violation.errno(),
        part == Place.Part.LINUX_ONLY ? instead : null);
  }
}
