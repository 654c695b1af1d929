package org.capemu.emulator.verify;

import static org.capemu.policy.abi.Errno.EISDIR;
import static org.capemu.policy.abi.Errno.ENOENT;
import static org.capemu.policy.abi.Errno.ENOTDIR;
import static org.capemu.policy.abi.Errno.EPERM;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.capemu.emulator.cli.Escape;
import org.capemu.emulator.derive.CallListener;
import org.capemu.emulator.derive.Derivation;
import org.capemu.emulator.derive.RecordedCall;
import org.capemu.emulator.derive.RecordedCall.Finding;
import org.capemu.emulator.derive.RecordedCall.KernelFinding;
import org.capemu.emulator.derive.ViolationText;
import org.capemu.policy.Abi;
import org.capemu.policy.Mode;
import org.capemu.policy.Policy;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Violation;
import org.capemu.policy.ViolationKind;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.KtraceRecord;

/** The comparison of one trace, and its counts. Differences are printed as they are found. */
final class Verification implements CallListener {

  /** What sysctl(3) says before it looks at permissions. */
  private static final Set<Integer> NO_SUCH_NODE = Set.of(ENOENT, ENOTDIR, EISDIR);

  private final String trace;
  private final Policy policy;
  private final SyscallTable calls;

  /** That of the records, once one was seen. */
  private CapFail.Format format;

  private final PrintStream out;
  private final boolean showUndecided;
  private final Derivation derivation;

  /** Records that could not be derived, by reason. */
  private final Map<String, Long> undecided = new TreeMap<>();

  /** Calls of which it could not be told that they leave no more records than they left. */
  private final Map<String, Long> open = new TreeMap<>();

  /** What is recorded is what capability mode would refuse, in a format that is older than that. */
  private boolean emulated;

  private final List<Violation> derived = new ArrayList<>();
  private long recorded;
  private long equal;
  private long missing;
  private long extra;
  private long other;
  private long refusals;
  private long refusalsDiffer;
  private long untraced;

  /**
   * @param showUndecided print what is undecided too
   */
  Verification(String trace, Release release, Mode mode, boolean showUndecided, PrintStream out) {
    this.trace = trace;
    this.policy = Policy.of(release, mode);
    this.calls = SyscallTable.of(release);
    this.format = CapFail.Format.of(release);
    this.out = out;
    this.showUndecided = showUndecided;
    this.derivation = new Derivation(release, mode, this);
  }

  void accept(KtraceRecord record, long offset) throws IOException {
    derivation.accept(record, offset);
  }

  void end() throws IOException {
    derivation.end();
  }

  boolean hasCalls() {
    return derivation.callsSeen();
  }

  boolean differs() {
    return missing + extra + other + refusalsDiffer > 0;
  }

  @Override
  public void finished(RecordedCall call) {
    List<KernelFinding> kernel = call.kernelFindings();
    if (!call.findings().isEmpty() || !kernel.isEmpty() || !call.undecided().isEmpty()) {
      if (!kernel.isEmpty()) {
        format = kernel.get(0).capFail().format();
        emulated |= isOfNoKernel(call);
      }
      recorded += kernel.size();
      derived.clear();
      for (Finding finding : call.findings()) {
        if (isRecorded(call, finding.violation())) {
          derived.add(finding.violation());
        }
      }
      if (call.undecided().isEmpty()) {
        compare(call, kernel);
      } else {
        compareUndecided(call, kernel);
      }
    }
    if (call.refusalKnown()) {
      compareRefusal(call);
    }
  }

  /**
   * Before CAP_TRACING a kernel told only what it refused: a record of anything else is one that
   * capemu wrote, in that kernel's format.
   */
  private boolean isOfNoKernel(RecordedCall call) {
    boolean refused = call.errno() == Violation.ENOTCAPABLE || call.errno() == Violation.ECAPMODE;
    return format != CapFail.Format.FREEBSD_15
        && call.returned()
        && !call.inCapabilityMode()
        && !refused;
  }

  /** Whether a kernel of this release has a record for it, and makes it. */
  private boolean isRecorded(RecordedCall call, Violation violation) {
    if (violation.kind() == ViolationKind.UNTRACED) {
      untraced++;
      return false;
    }
    return format == CapFail.Format.FREEBSD_15
        || (format.has(violation)
            && (emulated
                || call.inCapabilityMode()
                || violation.kind().isAboutRights()
                || (violation.kind() == ViolationKind.NAMEI
                    && violation.errno() == Violation.ENOTCAPABLE
                    && call.errno() == Violation.ENOTCAPABLE)));
  }

  /** Record by record; where they differ, whatever lets the rest agree soonest. */
  private void compare(RecordedCall call, List<KernelFinding> kernel) {
    int i = 0;
    int j = 0;
    while (i < derived.size() || j < kernel.size()) {
      if (i == derived.size()) {
        missing(call, kernel.get(j++));
      } else if (j == kernel.size()) {
        extra(call, derived.get(i++));
      } else if (matches(call, kernel.get(j), derived.get(i))) {
        equal++;
        i++;
        j++;
      } else {
        int left = derived.size() - i;
        int right = kernel.size() - j;
        if (right > left && kernelHas(call, kernel, j + 1, derived.get(i))) {
          missing(call, kernel.get(j++));
        } else if (left > right && derivedHas(call, i + 1, kernel.get(j))) {
          extra(call, derived.get(i++));
        } else {
          other(call, kernel.get(j++), derived.get(i++));
        }
      }
    }
  }

  private boolean kernelHas(
      RecordedCall call, List<KernelFinding> kernel, int from, Violation violation) {
    for (int j = from; j < kernel.size(); j++) {
      if (matches(call, kernel.get(j), violation)) {
        return true;
      }
    }
    return false;
  }

  private boolean derivedHas(RecordedCall call, int from, KernelFinding finding) {
    for (int i = from; i < derived.size(); i++) {
      if (matches(call, finding, derived.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** What was derived must be there, in its order; the rest is what could not be derived. */
  private void compareUndecided(RecordedCall call, List<KernelFinding> kernel) {
    int j = 0;
    int rest = kernel.size();
    for (Violation violation : derived) {
      int found = j;
      while (found < kernel.size() && !matches(call, kernel.get(found), violation)) {
        found++;
      }
      if (found == kernel.size()) {
        extra(call, violation);
      } else {
        equal++;
        rest--;
        j = found + 1;
      }
    }
    for (String reason : call.undecided()) {
      if (rest > 0) {
        undecided.merge(reason, (long) rest, Long::sum);
      } else {
        open.merge(reason, 1L, Long::sum);
      }
      if (showUndecided) {
        difference(call, call.recordNumber(), call.recordOffset(), "undecided: " + reason);
      }
    }
  }

  private boolean matches(RecordedCall call, KernelFinding finding, Violation violation) {
    CapFail capFail = finding.capFail();
    if (capFail.format() == CapFail.Format.FREEBSD_13) {
      // it has neither call nor path
      return capFail.violation() != null
          && capFail.violation().kind() == violation.kind()
          && (!violation.kind().isAboutRights() || violation.equals(capFail.violation()));
    }
    return violation.equals(capFail.violation())
        && (short) capFail.code() == (short) call.number()
        && capFail.svFlags() == call.abi().svFlags();
  }

  /** For a process in capability mode: what the model refuses against what the call returned. */
  private void compareRefusal(RecordedCall call) {
    int expected = call.refusal() == null ? 0 : call.refusal().errno();
    boolean refused = call.errno() == Violation.ENOTCAPABLE || call.errno() == Violation.ECAPMODE;
    refusals += expected != 0 || refused ? 1 : 0;
    boolean noSuchNode = expected == EPERM && NO_SUCH_NODE.contains(call.errno());
    if (noSuchNode || (expected == 0 ? !refused : expected == call.errno())) {
      return;
    }
    refusalsDiffer++;
    String model =
        expected == 0
            ? "the model lets it pass"
            : "the model refuses it with errno " + expected + ": " + call.refusal().describe();
    difference(
        call,
        call.recordNumber(),
        call.recordOffset(),
        "refusal: returned "
            + (call.errno() == 0 ? "without error" : "errno " + call.errno())
            + "; "
            + model);
  }

  private void missing(RecordedCall call, KernelFinding finding) {
    missing++;
    difference(
        call,
        finding.number(),
        finding.offset(),
        "missing: the kernel recorded " + ViolationText.of(finding.capFail()));
  }

  private void extra(RecordedCall call, Violation violation) {
    if (call.cut()) {
      return;
    }
    extra++;
    difference(
        call,
        call.recordNumber(),
        call.recordOffset(),
        "extra: the model found " + violation.describe());
  }

  private void other(RecordedCall call, KernelFinding finding, Violation violation) {
    other++;
    difference(
        call,
        finding.number(),
        finding.offset(),
        "other: the kernel recorded "
            + ViolationText.of(finding.capFail())
            + "; the model found "
            + violation.describe());
  }

  private void difference(RecordedCall call, long number, long offset, String what) {
    Abi abi = call.abi();
    List<String> rules = policy.rulesOf(abi, call.number());
    SyscallTable.Syscall info = calls.info(call.number());
    boolean enabled = !abi.isLinux() && (info == null || info.enabled());
    String rule =
        (enabled ? "" : "not enabled in capability mode" + (rules.isEmpty() ? "" : "; "))
            + (enabled && rules.isEmpty() ? "nothing to check" : String.join("; ", rules));
    out.println(
        Escape.of(
            trace
                + ": record "
                + number
                + " at offset "
                + offset
                + ": pid "
                + call.process().pid()
                + ": "
                + ViolationText.call(call, calls)
                + ": "
                + what
                + "; rule: "
                + rule));
  }

  /** The last line. */
  String summary() {
    StringBuilder text = new StringBuilder(trace);
    text.append(": ").append(recorded).append(" CAP records: ").append(equal).append(" equal, ");
    text.append(missing).append(" missing, ");
    text.append(extra).append(" extra, ");
    text.append(other).append(" other, ");
    append(text, undecided, " undecided");
    if (!open.isEmpty()) {
      append(text.append("; "), open, " calls that might have left a record");
    }
    if (refusals > 0) {
      text.append("; ").append(refusals).append(" calls refused in capability mode, ");
      text.append(refusalsDiffer).append(" otherwise than derived");
    }
    if (derivation.unreached() > 0) {
      text.append("; ").append(derivation.unreached());
      text.append(" found in calls that failed before");
    }
    if (derivation.outsideCalls() > 0) {
      text.append("; ").append(derivation.outsideCalls()).append(" outside calls not compared");
    }
    if (untraced > 0) {
      text.append("; ").append(untraced).append(" that no kernel records");
    }
    return text.toString();
  }

  /** The sum, a text, and the parts by reason. */
  private static void append(StringBuilder text, Map<String, Long> counts, String what) {
    text.append(counts.values().stream().mapToLong(Long::longValue).sum()).append(what);
    if (!counts.isEmpty()) {
      StringJoiner reasons = new StringJoiner(", ", " (", ")");
      counts.forEach((reason, count) -> reasons.add(reason + ": " + count));
      text.append(reasons);
    }
  }
}
