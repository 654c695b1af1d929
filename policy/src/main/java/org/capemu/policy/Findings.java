package org.capemu.policy;

/** Takes what the policy finds in one system call, in the order in which the kernel records it. */
public interface Findings {
  /**
   * A path is looked up: KTR_NAMEI, from namei(9).
   *
   * @param path one char a byte (ISO-8859-1)
   */
  void namei(String path);

  /** Capability mode would refuse this: KTR_CAPFAIL, from ktrcapfail(9). */
  void violation(Violation violation);
}
