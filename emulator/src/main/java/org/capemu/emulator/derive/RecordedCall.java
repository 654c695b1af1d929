package org.capemu.emulator.derive;

import java.util.ArrayList;
import java.util.List;
import org.capemu.emulator.process.CallInProgress;
import org.capemu.emulator.process.EmulatedProcess;
import org.capemu.policy.Abi;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.LookupNote;

/** A thread's present call: all that the trace says of it, and what was derived from that. */
public final class RecordedCall extends CallInProgress {
  /** {@code ktr_code} and {@code ktr_narg}, before the arguments. */
  private static final int SYSCALL_HEADER = 8;

  /**
   * A KTR_CAPFAIL record of the kernel.
   *
   * @param path what the call looked up last before it; null if that was nothing
   * @param number of the record in its file, counted from 1
   * @param offset of the record in its file
   */
  public record KernelFinding(CapFail capFail, String path, long number, long offset) {}

  /**
   * A violation that was derived.
   *
   * @param lookups how many KTR_NAMEI records of the call come before it
   */
  public record Finding(Violation violation, int lookups) {}

  /** KTR_STRUCT, KTR_STRUCT_ARRAY: a structure that the kernel copied in or out. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Struct(String name, byte[] bytes) {}

  final long tid;
  final List<String> paths = new ArrayList<>();
  final List<Struct> structs = new ArrayList<>();

  /** What its lookups met; null if that is not noted. */
  LookupNote lookups;

  final List<KernelFinding> kernelFindings = new ArrayList<>();
  final List<Finding> findings = new ArrayList<>();
  final List<String> undecided = new ArrayList<>(1);

  /** Between a KTR_SYSCALL and its KTR_SYSRET. */
  boolean active;

  /** {@link #findings} are final. */
  boolean decided;

  /** How many lookups the policy found in it, once {@link #decided}. */
  int lookupsDecided;

  boolean returned;
  boolean cut;

  /** Records of its process were lost while it ran. */
  boolean lost;

  int errno;
  long result;
  int argCount;

  /** Whether its process was in capability mode when it was entered. */
  boolean inCapabilityMode;

  /** What it is refused with in capability mode; null if it is not, or that is not known. */
  Violation refusal;

  boolean refusalKnown;
  private long recordNumber;
  private long recordOffset;

  RecordedCall(long tid, SyscallTable calls) {
    super(calls);
    this.tid = tid;
  }

  /** A call is entered. */
  void begin(EmulatedProcess process, Abi abi, KtraceRecord record, long number, long offset) {
    begin(process, abi, record.getShort(0));
    recordNumber = number;
    recordOffset = offset;
    argCount = Math.max(0, Math.min(record.getShort(2), MAX_ARGS));
    long[] args = args();
    for (int i = 0; i < MAX_ARGS; i++) {
      args[i] = i < argCount ? record.getLong(SYSCALL_HEADER + i * Long.BYTES) : 0;
    }
    forget();
    active = true;
  }

  private void forget() {
    inCapabilityMode = process().inCapabilityMode();
    refusal = null;
    refusalKnown = false;
    paths.clear();
    structs.clear();
    lookups = null;
    kernelFindings.clear();
    findings.clear();
    undecided.clear();
    decided = false;
    lookupsDecided = 0;
    returned = false;
    cut = false;
    lost = false;
    errno = 0;
    result = 0;
  }

  /** The thread that makes the call. */
  public long tid() {
    return tid;
  }

  /** Where its KTR_SYSCALL record is: counted from 1. */
  public long recordNumber() {
    return recordNumber;
  }

  /** Where its KTR_SYSCALL record begins: bytes from the start of the file. */
  public long recordOffset() {
    return recordOffset;
  }

  /** What the kernel recorded, in its order. */
  public List<KernelFinding> kernelFindings() {
    return kernelFindings;
  }

  /** What was derived, in the kernel's order. */
  public List<Finding> findings() {
    return findings;
  }

  /** What the trace does not tell; empty if everything could be derived. */
  public List<String> undecided() {
    return undecided;
  }

  /** False if the trace has no return of the call. */
  public boolean returned() {
    return returned;
  }

  /** The error it returned with; 0 for success, -1 ERESTART, -2 EJUSTRETURN. */
  public int errno() {
    return errno;
  }

  /** True if the trace ends before the call does: the kernel may not have recorded all of it. */
  public boolean cut() {
    return cut;
  }

  /** True if its process really was in capability mode, so that what is found has failed. */
  public boolean inCapabilityMode() {
    return inCapabilityMode;
  }

  /** True if {@link #refusal} could be derived, for a process in capability mode. */
  public boolean refusalKnown() {
    return refusalKnown;
  }

  /**
   * What capability mode refuses the call for, decided by all rules, also those that leave no
   * record; null if it lets the call pass.
   */
  public Violation refusal() {
    return refusal;
  }

  /** True if a violation was found that makes the call fail wherever it is made. */
  boolean lacksRights() {
    for (int i = 0; i < findings.size(); i++) {
      if (findings.get(i).violation().kind().isAboutRights()) {
        return true;
      }
    }
    return false;
  }

  /** What was looked up last; null if nothing was. */
  String lastPath() {
    return paths.isEmpty() ? null : paths.get(paths.size() - 1);
  }

  /** The first structure of a name; null if there is none. */
  byte[] struct(String name) {
    for (int i = 0; i < structs.size(); i++) {
      if (structs.get(i).name.equals(name)) {
        return structs.get(i).bytes;
      }
    }
    return null;
  }
}
