package org.capemu.tracer.ktrace;

/** The kinds of records, {@code ktr_type} without its flag bits: {@code KTR_*} of sys/ktrace.h. */
public final class RecordType {
  public static final int SYSCALL = 1;
  public static final int SYSRET = 2;
  public static final int NAMEI = 3;
  public static final int GENIO = 4;
  public static final int PSIG = 5;
  public static final int CSW = 6;
  public static final int USER = 7;
  public static final int STRUCT = 8;
  public static final int SYSCTL = 9;
  public static final int PROCCTOR = 10;
  public static final int PROCDTOR = 11;
  public static final int CAPFAIL = 12;
  public static final int FAULT = 13;
  public static final int FAULTEND = 14;
  public static final int STRUCT_ARRAY = 15;
  public static final int ARGS = 16;
  public static final int ENVS = 17;
  public static final int EXTERR = 18;

  private RecordType() {}
}
