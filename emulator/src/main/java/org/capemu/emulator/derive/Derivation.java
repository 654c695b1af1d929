package org.capemu.emulator.derive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.capemu.emulator.derive.RecordedCall.Finding;
import org.capemu.emulator.derive.RecordedCall.KernelFinding;
import org.capemu.emulator.derive.RecordedCall.Struct;
import org.capemu.emulator.process.EmulatedProcess;
import org.capemu.emulator.process.ProcessTable;
import org.capemu.emulator.process.SyscallEffects;
import org.capemu.policy.Abi;
import org.capemu.policy.Findings;
import org.capemu.policy.Mode;
import org.capemu.policy.Policy;
import org.capemu.policy.Refusal;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.SystemCall;
import org.capemu.policy.Undecided;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.LookupNote;
import org.capemu.tracer.ktrace.RecordType;

/**
 * Follows a trace record by record and decides every call in it. The trace's own KTR_CAPFAIL
 * records are kept beside what is found, and used for nothing.
 */
public final class Derivation {
  /** {@code ktr_code}, {@code ktr_error} and {@code ktr_retval} of {@code struct ktr_sysret}. */
  private static final int RET_CODE = 0;

  private static final int RET_ERROR = 4;
  private static final int RET_VALUE = 8;

  /** Before the name in a KTR_STRUCT_ARRAY record: the size of an element. */
  private static final int STRUCT_SIZE_LENGTH = 8;

  private static final int SIGKILL = 9;

  private static final Set<String> FORKS = Set.of("fork", "vfork", "rfork", "pdfork");

  /** More than any system runs at once: a trace that names more is none. */
  private static final int MOST_THREADS = 1 << 16;

  /** What is recorded where {@link #kernelLooksUp}. */
  public static final Violation KERNEL_LOOKUP = new Violation.Namei(Violation.Namei.AT_FDCWD);

  private final Policy policy;
  private final Mode mode;
  private final CallListener listener;
  private final ProcessTable processes = new ProcessTable();
  private final RecordedFiles files = new RecordedFiles();
  private final RecordedCaller caller = new RecordedCaller(files);
  private final SyscallEffects effects;
  private final FileLearner learner;
  private final SyscallTable calls;

  /** By number: calls whose KTR_SYSCALL records are never without arguments. */
  private final boolean[] takesArguments;

  private final SystemCall beyondTheTable;
  private final Map<Long, RecordedCall> threads = new HashMap<>();
  private final Collector collector = new Collector();
  private RecordedCall lastCall;
  private long recordNumber;
  private boolean callsSeen;
  private long outsideCalls;
  private long unreached;

  /** Keeps what the policy finds. */
  private static final class Collector implements Findings {
    private RecordedCall call;
    private int lookups;

    @Override
    public void namei(String path) {
      lookups++;
    }

    @Override
    public void violation(Violation violation) {
      call.findings.add(new Finding(violation, lookups));
    }
  }

  public Derivation(Release release, Mode mode, CallListener listener) {
    this.policy = Policy.of(release, mode);
    this.mode = mode;
    this.listener = listener;
    this.calls = SyscallTable.of(release);
    this.takesArguments = new boolean[calls.size()];
    for (int number = 0; number < takesArguments.length; number++) {
      SyscallTable.Syscall info = calls.info(number);
      takesArguments[number] =
          info != null && info.kind().startsWith("STD") && !info.arguments().isEmpty();
    }
    this.beyondTheTable = new SystemCall(calls);
    this.effects = new SyscallEffects(calls, processes);
    this.learner = new FileLearner(calls, files);
  }

  /** True if the trace has calls: without {@code -t c} nothing can be derived. */
  public boolean callsSeen() {
    return callsSeen;
  }

  /**
   * How many KTR_CAPFAIL records belong to no call that the trace shows: what a core dump looks up,
   * and the call during which tracing began.
   */
  public long outsideCalls() {
    return outsideCalls;
  }

  /** How many violations the returns of their calls tell that they were not reached. */
  public long unreached() {
    return unreached;
  }

  /** The number of the record that was taken last, counted from 1. */
  public long recordNumber() {
    return recordNumber;
  }

  /**
   * Takes the next record.
   *
   * @param offset where it begins in its file
   */
  public void accept(KtraceRecord record, long offset) throws IOException {
    recordNumber++;
    if (record.dropped()) {
      lost(record.pid());
    }
    switch (record.type()) {
      case RecordType.SYSCALL -> entered(record, offset);
      case RecordType.SYSRET -> returned(record);
      case RecordType.NAMEI -> {
        caller.pathsAreTraced();
        RecordedCall call = activeCall(record);
        if (call != null) {
          call.paths.add(record.getString(0));
        }
      }
      case RecordType.STRUCT -> struct(record, 0);
      case RecordType.STRUCT_ARRAY -> struct(record, STRUCT_SIZE_LENGTH);
      case RecordType.SYSCTL -> {
        RecordedCall call = activeCall(record);
        if (call != null) {
          String name = record.getString(0);
          call.structs.add(new Struct("sysctl", name.getBytes(StandardCharsets.ISO_8859_1)));
        }
      }
      case RecordType.USER -> {
        if (CapemuNote.read(record) instanceof LookupNote note) {
          RecordedCall call = activeCall(record);
          if (call != null) {
            caller.lookupsAreNoted();
            call.lookups = note;
          }
        }
      }
      case RecordType.CAPFAIL -> {
        RecordedCall call = activeCall(record);
        if (call == null) {
          outsideCalls++;
        } else {
          call.kernelFindings.add(
              new KernelFinding(CapFail.decode(record), call.lastPath(), recordNumber, offset));
        }
      }
      case RecordType.PROCCTOR -> constructed(record);
      case RecordType.PROCDTOR -> ended(record.pid(), record.tid());
      case RecordType.PSIG -> {
        boolean deadly = record.getInt(0) == SIGKILL;
        if (deadly) {
          ended(record.pid(), record.tid());
        }
      }
      default -> {}
    }
  }

  /** The trace is at its end: calls that have not returned are finished. */
  public void end() throws IOException {
    for (RecordedCall call : threads.values()) {
      call.cut = true;
      finish(call);
    }
  }

  private void entered(KtraceRecord record, long offset) throws IOException {
    callsSeen = true;
    RecordedCall call = thread(record.tid());
    finish(call);
    EmulatedProcess process = processes.find(record.pid());
    if (process == null) {
      process = processes.start(record.pid());
    }
    if (!process.hasMadeCalls() && calls.name(record.getShort(0)).equals("execve")) {
      process.descriptors().startedFresh(); // by a launcher
    }
    process.madeCall();
    call.begin(process, process.abi(), record, recordNumber, offset);
    effects.entered(call);
    decide(call, true);
    listener.entered(call, call.decided);
    if (call.is("_exit")) {
      ended(record.pid(), record.tid());
    } else if (call.is("thr_exit")) {
      finish(call);
      threads.remove(record.tid());
      lastCall = null;
    }
  }

  private void returned(KtraceRecord record) throws IOException {
    int code = record.getShort(RET_CODE);
    int errno = record.getInt(RET_ERROR);
    RecordedCall call = activeCall(record);
    if (call == null) {
      String name = calls.name(code);
      if (name.equals("ktrace")) {
        // a launcher's: it has just begun to be traced
        processes.start(record.pid()).descriptors().startedFresh();
      }
      if (FORKS.contains(name) && errno == 0 && processes.find(record.pid()) == null) {
        processes.appear(record.pid());
      }
      return;
    }
    if (call.number() == code) {
      call.returned = true;
      call.errno = errno;
      call.result = record.getLong(RET_VALUE);
    }
    finish(call);
  }

  /** KTR_DROP: what the process did meanwhile is not known. */
  private void lost(int pid) {
    EmulatedProcess process = processes.find(pid);
    if (process == null) {
      return;
    }
    process.descriptors().forget();
    for (RecordedCall call : threads.values()) {
      call.lost |= call.active && call.process() == process;
    }
  }

  /** The call's records are complete. */
  private void finish(RecordedCall call) throws IOException {
    if (!call.active) {
      return;
    }
    call.active = false;
    if (call.lost) {
      call.findings.clear();
      call.undecided.add("records that were lost");
      call.decided = true;
    } else if ((call.errno == Violation.ENOTCAPABLE) != call.lacksRights()) {
      // limits that are not known, or that another thread has changed meanwhile
      call.rememberDescriptors();
      call.decided = false;
    }
    if (call.errno == Violation.ECAPMODE && !call.inCapabilityMode && !call.lost) {
      // it was entered before the trace began
      call.process().enterCapabilityMode();
      call.inCapabilityMode = true;
      call.decided = false;
    }
    decide(call, false);
    findKernelLookups(call);
    forgetUnreached(call);
    if (call.inCapabilityMode && call.returned && !call.lost) {
      decideRefusal(call);
    }
    if (call.returned) {
      effects.returned(call, call.errno, call.result, caller.at(call, false));
      if (!call.abi().isLinux()) {
        learner.returned(call);
      }
    }
    listener.finished(call);
  }

  /**
   * Whether the lookups of a call are such as the kernel makes of itself, and none of the rules is
   * about: for sysctl(3) of kern.proc.pathname, for an ioctl(2) that opens a file. They begin at
   * the working directory, and are recorded if the call is enabled.
   */
  public boolean kernelLooksUp(RecordedCall call) {
    SyscallTable.Syscall info = asked(call).info();
    return call.decided
        && !call.lost
        && call.lookupsDecided == 0
        && call.undecided.isEmpty()
        && !call.abi().isLinux()
        && info != null
        && info.enabled();
  }

  private void findKernelLookups(RecordedCall call) {
    boolean found = kernelLooksUp(call);
    for (int lookup = 1; found && lookup <= call.paths.size(); lookup++) {
      call.findings.add(new Finding(KERNEL_LOOKUP, lookup));
    }
  }

  /**
   * A call that failed, but not for rights, did not reach the check of a right that it lacks: there
   * are reasons to fail before that no record shows, as what a descriptor refers to.
   */
  private void forgetUnreached(RecordedCall call) {
    if (failedOtherwise(call)
        && call.lacksRights()
        && !caller.at(call, false).succeedsAllTheSame()) {
      int reached = 0;
      while (!call.findings.get(reached).violation().kind().isAboutRights()) {
        reached++;
      }
      unreached += call.findings.size() - reached;
      call.findings.subList(reached, call.findings.size()).clear();
    }
  }

  private static boolean failedOtherwise(RecordedCall call) {
    return call.returned && call.errno > 0 && call.errno != Violation.ENOTCAPABLE;
  }

  /**
   * Decides a call that has not returned by the records that there are: what it turns on will not
   * be waited for.
   */
  public void decideNow(RecordedCall call) {
    decide(call, false);
  }

  private void decide(RecordedCall call, boolean atEntry) {
    if (call.decided) {
      return;
    }
    collector.call = call;
    collector.lookups = 0;
    call.findings.clear();
    try {
      policy.decide(asked(call), caller.at(call, atEntry), collector);
    } catch (Undecided e) {
      if (e != RecordedCaller.LATER && e != RecordedCaller.SETTLED && mayFindMore(call)) {
        call.undecided.add(e.getMessage());
      }
    }
    boolean refusedAtOnce = atEntry && call.lacksRights(); // its return will tell
    if (caller.askedLater() || refusedAtOnce) {
      call.findings.clear();
      call.undecided.clear();
    } else {
      call.decided = true;
      call.lookupsDecided = collector.lookups;
    }
  }

  /**
   * The call that a record stands for. {@code ktr_code} is a short: 65536 and more beyond a number
   * of the table looks like it, but has no arguments, as what stands for all numbers beyond the
   * table has none.
   */
  private SystemCall asked(RecordedCall call) {
    int number = call.number();
    boolean beyond =
        call.argCount == 0
            && call.abi() == Abi.FREEBSD64
            && number >= 0
            && number < takesArguments.length
            && takesArguments[number];
    return beyond ? beyondTheTable : call;
  }

  /** False for a call of which nothing but its first violation is ever recorded. */
  private boolean mayFindMore(RecordedCall call) {
    SyscallTable.Syscall info = asked(call).info();
    return mode == Mode.STRICT || info == null || info.enabled();
  }

  /** Decides by all rules, also those that leave no record, what refuses the call. */
  private void decideRefusal(RecordedCall call) {
    Refusal refusal = policy.refusal(asked(call), caller.at(call, false));
    call.refusal = refusal.violation();
    call.refusalKnown = refusal.isKnown() || refusal.undecided() == RecordedCaller.SETTLED;
    boolean refusesOnlyAPart = call.errno() == 0 && caller.at(call, false).succeedsAllTheSame();
    if (call.refusal != null
        && call.refusal.kind().isAboutRights()
        && (failedOtherwise(call) || refusesOnlyAPart)) {
      call.refusalKnown = false;
    }
  }

  private void struct(KtraceRecord record, int at) {
    caller.structsAreTraced();
    RecordedCall call = activeCall(record);
    if (call == null) {
      return;
    }
    String name = record.getString(at);
    int data = at + name.length() + 1;
    byte[] bytes = new byte[Math.max(0, record.length() - data)];
    System.arraycopy(
        record.array(),
        record.payloadOffset() + record.length() - bytes.length,
        bytes,
        0,
        bytes.length);
    call.structs.add(new Struct(name, bytes));
  }

  /** A process begins, or runs another program: the ABI of what it runs. */
  private void constructed(KtraceRecord record) {
    EmulatedProcess process = processes.find(record.pid());
    if (process == null) {
      process = processes.appear(record.pid());
    }
    process.abi(Abi.ofSvFlags(record.getInt(0)));
  }

  private void ended(int pid, long tid) throws IOException {
    RecordedCall call = threads.remove(tid);
    if (call != null) {
      finish(call);
    }
    lastCall = null;
    processes.end(pid);
  }

  /** The call of the record's thread that has not returned; null if there is none. */
  public RecordedCall activeCall(KtraceRecord record) {
    RecordedCall call = thread(record.tid());
    return call.active && call.process().pid() == record.pid() ? call : null;
  }

  private RecordedCall thread(long tid) {
    if (lastCall == null || lastCall.tid != tid) {
      if (threads.size() >= MOST_THREADS) {
        threads.clear();
      }
      lastCall = threads.computeIfAbsent(tid, id -> new RecordedCall(id, calls));
    }
    return lastCall;
  }
}
