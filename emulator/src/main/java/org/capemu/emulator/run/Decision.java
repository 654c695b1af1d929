package org.capemu.emulator.run;

import java.util.Arrays;
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
  /** A looked-up path, or a {@link Violation}. */
  private Object[] found = new Object[4];

  private int count;
  private String undecided;

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
    undecided = null;
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
    add(violation);
  }

  private void add(Object what) {
    if (count == found.length) {
      found = Arrays.copyOf(found, 2 * count);
    }
    found[count++] = what;
  }

  /** Hands out what was found, in order. */
  void replay(Findings findings) {
    for (int i = 0; i < count; i++) {
      if (found[i] instanceof Violation violation) {
        findings.violation(violation);
      } else {
        findings.namei((String) found[i]);
      }
    }
  }

  /** What could not be known, in a few words; null if the call is decided. */
  String undecided() {
    return undecided;
  }
}
