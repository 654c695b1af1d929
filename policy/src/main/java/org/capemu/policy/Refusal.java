package org.capemu.policy;

import org.jspecify.annotations.Nullable;

/**
 * What a system call fails with in capability mode: the first that it violates, or nothing.
 *
 * @param violation null where the call passes, or that is not known
 * @param undecided what could not be known; null if everything was. A violation that was found
 *     before stands all the same
 */
public record Refusal(@Nullable Violation violation, @Nullable Undecided undecided) {
  /** False if the call may or may not be refused. */
  public boolean isKnown() {
    return violation != null || undecided == null;
  }

  /** What the call fails with, in FreeBSD's numbers; 0 where nothing is known to refuse it. */
  public int errno() {
    return violation == null ? 0 : violation.errno();
  }

  /** Keeps the first violation: the kernel's call ends there. */
  static final class First implements Findings {
    private @Nullable Violation violation;

    @Override
    public void namei(String path) {
      // a lookup refuses nothing of itself
    }

    @Override
    public void violation(Violation found) {
      violation = violation == null ? found : violation;
    }

    Refusal with(@Nullable Undecided undecided) {
      return new Refusal(violation, undecided);
    }
  }
}
