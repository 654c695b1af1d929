package org.capemu.tracer.linux;

/** Constants of one kind, Linux's and FreeBSD's side by side: a table of constants.txt. */
interface ConstantTable {
  long toFreeBsd(long linux);

  /** False for a value that FreeBSD does not have. */
  boolean hasCounterpart(long linux);
}
