package org.capemu.nativestubs.freebsd;

/** Numbers of ptrace(2), from sys/ptrace.h; the same on every architecture. */
public final class Ptrace {
  private Ptrace() {}

  public static final int PT_CONTINUE = 7;
  public static final int PT_ATTACH = 10;
  public static final int PT_DETACH = 11;
  public static final int PT_IO = 12;
  public static final int PT_LWPINFO = 13;

  /** PT_CONTINUE that adds {@link #PTRACE_SCX} to the process's events. */
  public static final int PT_TO_SCX = 21;

  public static final int PT_SET_EVENT_MASK = 26;
  public static final int PT_GET_SC_ARGS = 27;
  public static final int PT_GET_SC_RET = 28;

  /** piod_op: read data. */
  public static final int PIOD_READ_D = 1;

  /** Events: the end of execve(2). */
  public static final int PTRACE_EXEC = 0x01;

  /** Events: the entry of every system call. */
  public static final int PTRACE_SCE = 0x02;

  /** Events: the return of every system call. */
  public static final int PTRACE_SCX = 0x04;

  /** Events: children, which are traced from their beginning. */
  public static final int PTRACE_FORK = 0x08;

  /** Events: threads that begin and end. */
  public static final int PTRACE_LWP = 0x10;

  /** pl_flags: at the entry of a system call. */
  public static final int PL_FLAG_SCE = 0x04;

  /** pl_flags: at the return of a system call. */
  public static final int PL_FLAG_SCX = 0x08;

  /** pl_flags: execve(2) succeeded. */
  public static final int PL_FLAG_EXEC = 0x10;

  /** pl_flags: a signal is about to be delivered, pl_siginfo tells which. */
  public static final int PL_FLAG_SI = 0x20;

  /** pl_flags: a child was made. */
  public static final int PL_FLAG_FORKED = 0x40;

  /** pl_flags: the first stop of a child. */
  public static final int PL_FLAG_CHILD = 0x80;

  /** pl_flags: the first stop of a thread. */
  public static final int PL_FLAG_BORN = 0x100;

  /** pl_flags: the last stop of a thread. */
  public static final int PL_FLAG_EXITED = 0x200;

  /** SIGTRAP: what a thread stops with for anything but a signal. */
  public static final int SIGTRAP = 5;

  public static final int SIGKILL = 9;
  public static final int SIGSTOP = 17;
}
