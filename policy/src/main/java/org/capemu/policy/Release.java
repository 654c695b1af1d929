package org.capemu.policy;

/** The kernel that the model stands for. */
public enum Release {
  FREEBSD_13,
  FREEBSD_14,
  FREEBSD_15
}
