package org.capemu.nativestubs.freebsd;

/**
 * Where FreeBSD keeps what, on amd64 and arm64 alike (LP64, little endian), from 13.2 to 15: one
 * class for each struct, offsets in bytes.
 */
final class Layouts {
  private Layouts() {}

  /** struct ptrace_lwpinfo of sys/ptrace.h. */
  static final class LwpInfo {
    private LwpInfo() {}

    static final int SIZE = 160;
    static final int LWPID = 0;
    static final int FLAGS = 8;
    static final int SIGMASK = 12;
    static final int SIGINFO = 48;
    static final int TDNAME = 128;
    static final int TDNAME_SIZE = 20;
    static final int CHILD_PID = 148;
    static final int SYSCALL_CODE = 152;
    static final int SYSCALL_NARG = 156;
  }

  /** struct __siginfo of sys/signal.h. */
  static final class SigInfo {
    private SigInfo() {}

    static final int SIGNO = 0;
    static final int CODE = 8;
    static final int PID = 12;
  }

  /** struct ptrace_sc_ret of sys/ptrace.h. */
  static final class ScRet {
    private ScRet() {}

    static final int SIZE = 24;
    static final int RETVAL = 0;
    static final int ERROR = 16;
  }

  /** struct ptrace_io_desc of sys/ptrace.h. */
  static final class IoDesc {
    private IoDesc() {}

    static final int SIZE = 32;
    static final int OP = 0;
    static final int OFFS = 8;
    static final int ADDR = 16;
    static final int LEN = 24;
  }

  /** struct kinfo_proc of sys/user.h. */
  static final class KinfoProc {
    private KinfoProc() {}

    static final int SIZE = 1088;
    static final int PID = 72;
    static final int PPID = 76;
    static final int SIGIGNORE = 136;
    static final int SIGCATCH = 152;
    static final int UID = 168;
    static final int COMM = 447;
    static final int COMM_SIZE = 20;
    static final int EMUL = 467;
    static final int EMUL_SIZE = 17;
    static final int CR_FLAGS = 588;
  }

  /** struct kinfo_file of sys/user.h; each one in a list is cut after its path. */
  static final class KinfoFile {
    private KinfoFile() {}

    static final int STRUCTSIZE = 0;
    static final int TYPE = 4;
    static final int FD = 8;
    static final int FILE_TYPE = 32;
    static final int SOCK_DOMAIN = 36;
    static final int SOCK_TYPE = 40;
    static final int SA_LOCAL = 48;
    static final int SOCK_UNPCONN = 320;
    static final int CAP_RIGHTS = 344;
    static final int PATH = 368;
    static final int PATH_SIZE = 1024;
  }

  /** struct sockaddr_un of sys/un.h. */
  static final class SockaddrUn {
    private SockaddrUn() {}

    static final int PATH = 2;
  }

  /** struct stat of sys/stat.h. */
  static final class Stat {
    private Stat() {}

    static final int SIZE = 224;
    static final int MODE = 24;
  }

  /** struct dirent of sys/dirent.h. */
  static final class Dirent {
    private Dirent() {}

    static final int RECLEN = 16;
    static final int NAMLEN = 20;
    static final int NAME = 24;
  }
}
