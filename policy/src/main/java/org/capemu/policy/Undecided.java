package org.capemu.policy;

/**
 * A caller that is known only from a record cannot tell what a rule asks. Carries no stack trace:
 * it is an answer, not a failure.
 */
public final class Undecided extends RuntimeException {
  /**
   * @param reason what could not be known, in a few words fit for a count by reason
   */
  public Undecided(String reason) {
    super(reason, null, false, false);
  }
}
