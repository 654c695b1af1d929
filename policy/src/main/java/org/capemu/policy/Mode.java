package org.capemu.policy;

/** What the policy answers. */
public enum Mode {
  /** What {@code ktrace -t p} of the kernel records, its blind spots included. */
  KERNEL,
  /** What capability mode would really refuse. */
  STRICT
}
