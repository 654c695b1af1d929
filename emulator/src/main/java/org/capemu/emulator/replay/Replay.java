package org.capemu.emulator.replay;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.capemu.emulator.derive.CallListener;
import org.capemu.emulator.derive.Derivation;
import org.capemu.emulator.derive.RecordedCall;
import org.capemu.emulator.derive.RecordedCall.Finding;
import org.capemu.policy.Mode;
import org.capemu.policy.Release;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.KtraceHeader;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.ktrace.ViolationRecord;

/**
 * Copies a trace and puts what is derived where the kernel would have written it. Most calls are
 * decided when they are entered; the records after one that is not are held back until it is.
 */
final class Replay implements CallListener {
  /** More is not held back: a call that blocks for so long is decided without its return. */
  private static final int MOST_HELD = 8 << 20;

  private static final int RECORD_OVERHEAD = 128;

  /** Calls that record a structure before their checks. */
  private static final Set<Integer> STRUCT_FIRST =
      Set.of(363, 488, 533, 560); // kevent, cpuset_setaffinity, cap_rights_limit, kevent

  /** A violation and the call that it is written under. */
  private record Found(Violation violation, int code, int svFlags) {
    private static Found of(Finding finding, RecordedCall call) {
      return new Found(finding.violation(), call.number(), call.abi().svFlags());
    }
  }

  /** A record that waits to be written. */
  private static final class Held {
    private final KtraceRecord record;

    /** The call that this record enters, while it is not decided. */
    private RecordedCall undecided;

    /** What comes after it. */
    private List<Found> found = List.of();

    private Held(KtraceRecord record) {
      this.record = record;
    }
  }

  private final Derivation derivation;
  private final KtraceWriter writer;
  private final CapFail.Format format;
  private final KtraceHeader header = new KtraceHeader();
  private final Deque<Held> held = new ArrayDeque<>();

  /** The held records of the calls that are not decided, the call's entry first. */
  private final Map<RecordedCall, List<Held>> waiting = new HashMap<>();

  private final Map<String, Long> undecided = new TreeMap<>();
  private KtraceRecord current;
  private int heldBytes;
  private long written;

  Replay(Release release, Mode mode, KtraceWriter writer) {
    this.writer = writer;
    this.format = CapFail.Format.of(release);
    this.derivation = new Derivation(release, mode, this);
  }

  boolean hasCalls() {
    return derivation.callsSeen();
  }

  void accept(KtraceRecord record, long offset) throws IOException {
    if (ViolationRecord.read(record) != null) {
      return;
    }
    current = record;
    derivation.accept(record, offset);
    if (current != null) {
      pass(record, derivation.activeCall(record));
    }
  }

  void end() throws IOException {
    derivation.end();
    for (Held record : held) {
      record.undecided = null;
    }
    writeDecided();
  }

  /** Writes a record, or holds it back after a call that is not decided. */
  private void pass(KtraceRecord record, RecordedCall call) throws IOException {
    List<Found> found = kernelLookup(record, call);
    if (held.isEmpty()) {
      writer.record(record);
      for (Found of : found) {
        write(record, of);
      }
      return;
    }
    Held copy = hold(record);
    copy.found = found;
    List<Held> ofCall = call == null ? null : waiting.get(call);
    if (ofCall != null) {
      ofCall.add(copy);
    }
    while (heldBytes > MOST_HELD) {
      giveUpFirst();
    }
  }

  /** Of a call that was decided before the kernel looked something up in it. */
  private List<Found> kernelLookup(KtraceRecord record, RecordedCall call) {
    boolean late =
        record.type() == RecordType.NAMEI
            && call != null
            && !waiting.containsKey(call)
            && derivation.kernelLooksUp(call);
    return late ? List.of(Found.of(new Finding(Derivation.KERNEL_LOOKUP, 1), call)) : List.of();
  }

  private Held hold(KtraceRecord record) {
    Held copy = new Held(record.copy());
    held.add(copy);
    heldBytes += RECORD_OVERHEAD + record.length();
    return copy;
  }

  @Override
  public void entered(RecordedCall call, boolean decided) throws IOException {
    boolean nothing = decided && call.findings().isEmpty();
    if (nothing || (decided && !STRUCT_FIRST.contains(call.number()))) {
      if (held.isEmpty()) {
        writer.record(current);
        for (Finding finding : call.findings()) {
          write(current, Found.of(finding, call));
        }
      } else {
        hold(current).found = call.findings().stream().map(f -> Found.of(f, call)).toList();
      }
    } else {
      Held entry = hold(current);
      entry.undecided = call;
      List<Held> ofCall = new ArrayList<>();
      ofCall.add(entry);
      waiting.put(call, ofCall);
    }
    current = null;
  }

  @Override
  public void finished(RecordedCall call) throws IOException {
    List<Held> records = waiting.remove(call);
    if (records != null) {
      place(call, records);
      writeDecided();
    } else {
      count(call);
    }
  }

  private void giveUpFirst() throws IOException {
    Held first = held.peek();
    RecordedCall call = first.undecided;
    derivation.decideNow(call);
    place(call, waiting.remove(call));
    writeDecided();
  }

  /** Puts what was found after the lookup that it belongs to. */
  private void place(RecordedCall call, List<Held> records) {
    records.get(0).undecided = null;
    for (Finding finding : call.findings()) {
      Held place = records.get(0);
      int lookups = finding.lookups();
      boolean structFirst = STRUCT_FIRST.contains(call.number());
      for (Held record : records) {
        if (lookups > 0 && record.record.type() == RecordType.NAMEI) {
          place = record;
          lookups--;
        } else if (structFirst && isStruct(record.record)) {
          place = record;
          structFirst = false;
        }
      }
      if (place.found.isEmpty()) {
        place.found = new ArrayList<>(2);
      }
      place.found.add(Found.of(finding, call));
    }
    count(call);
  }

  private static boolean isStruct(KtraceRecord record) {
    return record.type() == RecordType.STRUCT || record.type() == RecordType.STRUCT_ARRAY;
  }

  /** Writes what waits for nothing any more. */
  private void writeDecided() throws IOException {
    while (!held.isEmpty() && held.peek().undecided == null) {
      Held next = held.poll();
      heldBytes -= RECORD_OVERHEAD + next.record.length();
      writer.record(next.record);
      for (Found found : next.found) {
        write(next.record, found);
      }
    }
  }

  /** At the time of the record before it, which is of the same thread. */
  private void write(KtraceRecord before, Found found) throws IOException {
    if (format.writes(found.violation)) {
      writer.capFail(header.from(before), format, found.violation, found.code, found.svFlags);
      written++;
    }
  }

  private void count(RecordedCall call) {
    for (String reason : call.undecided()) {
      undecided.merge(reason, 1L, Long::sum);
    }
  }

  /** What was done, in a line. */
  String summary() {
    StringBuilder text = new StringBuilder();
    text.append(written).append(" violations");
    if (!undecided.isEmpty()) {
      long calls = undecided.values().stream().mapToLong(Long::longValue).sum();
      StringJoiner reasons = new StringJoiner(", ", " (", ")");
      undecided.forEach((reason, count) -> reasons.add(reason + ": " + count));
      text.append("; ").append(calls).append(" calls undecided").append(reasons);
    }
    return text.toString();
  }
}
