package org.capemu.policy;

/** Decides system calls as one kernel release does, in one mode. */
public final class Policy {
  private final Release release;
  private final Mode mode;

  private Policy(Release release, Mode mode) {
    this.release = release;
    this.mode = mode;
  }

  public static Policy of(Release release, Mode mode) {
    return new Policy(release, mode);
  }

  /**
   * Decides one system call at its entry: syscallenter and what it calls.
   *
   * @param abi the caller's system call interface
   * @param number the number in that interface's table; any value
   * @param args the arguments in their registers' order, eight of them, unused ones 0
   * @throws Undecided if the caller cannot tell what a rule asks; what was found before stands
   */
  public void decide(Abi abi, int number, long[] args, Caller caller, Findings findings) {
    throw new UnsupportedOperationException("not written yet");
  }
}
