package org.capemu.emulator.run;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.capemu.policy.Caller;
import org.capemu.policy.Findings;
import org.capemu.policy.Policy;
import org.capemu.policy.SystemCall;
import org.capemu.policy.Undecided;
import org.capemu.policy.Violation;

/**
 * What the policy found in one call, in the order of the finding, to be recorded when all is known.
 * Used again for the next call.
 */
final class Decision implements Findings {
  /** Takes what was found, in order. */
  interface Sink extends Findings {
    void structure(RecordedStructure structure);

    /** What lookups met: the payload of a {@link org.capemu.tracer.ktrace.LookupNote}. */
    void note(byte[] note);
  }

  /** A looked-up path, a {@link Violation}, or a {@link RecordedStructure}. */
  private Object[] found = new Object[4];

  private int count;
  private boolean violates;
  private String undecided;
  private Subject subject = Subject.NONE;
  private CallStructures.Room room;
  private byte[] note;

  /** Nothing is known of the call. */
  static Decision unanswered() {
    Decision decision = new Decision();
    decision.undecided = "no answer within a second";
    return decision;
  }

  /** Decides a call anew. */
  Decision decide(Policy policy, SystemCall call, Caller caller) {
    Arrays.fill(found, 0, count, null);
    count = 0;
    violates = false;
    undecided = null;
    subject = Subject.NONE;
    room = null;
    note = null;
    try {
      policy.decide(call, caller, this);
    } catch (Undecided unknown) {
      undecided = unknown.getMessage(); // what was found before stands
    }
    return this;
  }

  @Override
  public void namei(String path) {
    add(path);
  }

  @Override
  public void violation(Violation violation) {
    violates = true;
    add(violation);
  }

  private void add(Object what) {
    if (count == found.length) {
      found = Arrays.copyOf(found, 2 * count);
    }
    found[count++] = what;
  }

  /** Reads what is recorded of the call's arguments and puts it where a kernel records it. */
  void read(CallStructures structures, int number, CallStructures.Stop stop) {
    room = structures.room(number, stop);
    RecordedStructure structure = structures.atEntry(number, stop);
    if (structure != null) {
      int place = structures.isBeforeChecks(stop.abi(), number) ? 0 : firstLookup();
      add(structure);
      System.arraycopy(found, place, found, place + 1, count - 1 - place);
      found[place] = structure;
    }
  }

  private int firstLookup() {
    int lookup = 0;
    while (lookup < count && !(found[lookup] instanceof String)) {
      lookup++;
    }
    return lookup;
  }

  /**
   * @param lookups what they met; null for nothing
   */
  void note(byte[] lookups) {
    note = lookups;
  }

  /** Where the call's result is to go; null where that does not matter. */
  CallStructures.Room room() {
    return room;
  }

  /** Hands out what was found, in order. */
  void replay(Sink sink) {
    for (int i = 0; i < count; i++) {
      if (found[i] instanceof Violation violation) {
        sink.violation(violation);
      } else if (found[i] instanceof RecordedStructure structure) {
        sink.structure(structure);
      } else {
        sink.namei((String) found[i]);
      }
    }
    if (note != null) {
      sink.note(note);
    }
  }

  /** Whether anything is violated. */
  boolean violates() {
    return violates;
  }

  /** What the call names by its arguments: for a call that violates. */
  void names(Subject subject) {
    this.subject = subject;
  }

  Subject subject() {
    return subject;
  }

  /** The paths that the call looks up. */
  List<String> lookedUp() {
    return Stream.of(found)
        .limit(count)
        .filter(String.class::isInstance)
        .map(String.class::cast)
        .toList();
  }

  /** What could not be known, in a few words; null if the call is decided. */
  String undecided() {
    return undecided;
  }
}
