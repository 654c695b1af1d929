package org.capemu.nativestubs.linux;

/** Numbers of ptrace(2), from linux/ptrace.h and asm/ptrace-abi.h. */
public final class Ptrace {
  private Ptrace() {}

  public static final int CONT = 7;
  public static final int DETACH = 17;
  public static final int SYSCALL = 24;
  public static final int GETEVENTMSG = 0x4201;
  public static final int GETSIGINFO = 0x4202;
  public static final int GETREGSET = 0x4204;
  public static final int SETREGSET = 0x4205;
  public static final int SEIZE = 0x4206;
  public static final int INTERRUPT = 0x4207;
  public static final int LISTEN = 0x4208;
  public static final int GETSIGMASK = 0x420a;
  public static final int GET_SYSCALL_INFO = 0x420e;

  public static final int O_TRACESYSGOOD = 0x1;
  public static final int O_TRACEFORK = 0x2;
  public static final int O_TRACEVFORK = 0x4;
  public static final int O_TRACECLONE = 0x8;
  public static final int O_TRACEEXEC = 0x10;

  public static final int EVENT_FORK = 1;
  public static final int EVENT_VFORK = 2;
  public static final int EVENT_CLONE = 3;
  public static final int EVENT_EXEC = 4;
  public static final int EVENT_STOP = 128;

  public static final int SYSCALL_INFO_ENTRY = 1;

  /** NT_PRSTATUS of elf.h: the general registers, for GETREGSET and SETREGSET. */
  public static final int NT_PRSTATUS = 1;

  /** struct ptrace_syscall_info of linux/ptrace.h. */
  public static final class SyscallInfo {
    private SyscallInfo() {}

    public static final int SIZE = 88;
    public static final int OP = 0;
    public static final int ARCH = 4;
    public static final int INSTRUCTION_POINTER = 8;
    public static final int STACK_POINTER = 16;
    public static final int ENTRY_NR = 24;
    public static final int ENTRY_ARGS = 32;
    public static final int EXIT_RVAL = 24;
    public static final int EXIT_IS_ERROR = 32;
  }

  /** struct user_regs_struct of sys/user.h on x86-64. */
  public static final class UserRegs {
    private UserRegs() {}

    public static final int SIZE = 216;
    public static final int ORIG_RAX = 120;
    public static final int RIP = 128;
  }

  /** siginfo_t as far as every signal has it. */
  public static final class SigInfo {
    private SigInfo() {}

    public static final int SIZE = 128;
    public static final int SI_CODE = 8;
  }

  /** struct iovec of sys/uio.h. */
  public static final class IoVec {
    private IoVec() {}

    public static final int SIZE = 16;
    public static final int BASE = 0;
    public static final int LEN = 8;
  }
}
