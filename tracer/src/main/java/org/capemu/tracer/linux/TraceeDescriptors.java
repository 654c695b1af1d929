package org.capemu.tracer.linux;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Statx;
import org.capemu.policy.Descriptor.Kind;
import org.capemu.policy.Undecided;

/**
 * What the descriptors of a stopped process refer to: /proc/PID/fd, and the socket itself. Any
 * thread may call, each has buffers of its own.
 */
final class TraceeDescriptors {
  private static final int EACCES = 13;
  private static final int PIDFD_OPEN = 434;
  private static final int PIDFD_GETFD = 438;
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_DOMAIN = 39;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;

  private static final ThreadLocal<TraceeDescriptors> OF_THREAD =
      ThreadLocal.withInitial(TraceeDescriptors::new);

  private final LinuxLibc libc = LinuxLibc.get();
  private final Pointer value = Memory.allocateDirect(LinuxLibc.runtime(), 4);
  private final Pointer length = Memory.allocateDirect(LinuxLibc.runtime(), 4);

  private TraceeDescriptors() {}

  static TraceeDescriptors get() {
    return OF_THREAD.get();
  }

  /**
   * @throws Undecided if ptrace(2)'s access check forbids to look: prctl(PR_SET_DUMPABLE)
   */
  Kind kindOf(int pid, int fd) {
    String link = "/proc/" + pid + "/fd/" + fd;
    String target = Names.get().readlink(link);
    if (target == null) {
      if (LinuxLibc.errno() == EACCES) {
        throw new Undecided("descriptors of a process that may not be read");
      }
      return Kind.NOT_OPEN;
    }
    if (target.startsWith("socket:")) {
      return kindOfSocket(pid, fd);
    }
    return switch (Names.get().typeOf(link, true)) {
      case Statx.S_IFDIR -> Kind.DIRECTORY;
      case Statx.S_IFREG -> Kind.FILE;
      default -> Kind.OTHER;
    };
  }

  /** A descriptor of our own for the same socket tells what it is; the tracee does not notice. */
  private Kind kindOfSocket(int pid, int fd) {
    int pidfd = (int) libc.syscall(PIDFD_OPEN, pid, 0, 0);
    if (pidfd < 0) {
      return Kind.OTHER_SOCKET;
    }
    int socket = (int) libc.syscall(PIDFD_GETFD, pidfd, fd, 0);
    libc.close(pidfd);
    if (socket < 0) {
      return Kind.OTHER_SOCKET;
    }
    try {
      return switch (option(socket, SO_DOMAIN)) {
        case AF_UNIX ->
            option(socket, SO_TYPE) == SOCK_DGRAM ? Kind.UNIX_DATAGRAM_SOCKET : Kind.UNIX_SOCKET;
        case AF_INET, AF_INET6 -> Kind.INET_SOCKET;
        default -> Kind.OTHER_SOCKET;
      };
    } finally {
      libc.close(socket);
    }
  }

  private int option(int socket, int option) {
    length.putInt(0, 4);
    return libc.getsockopt(socket, SOL_SOCKET, option, value, length) == 0 ? value.getInt(0) : -1;
  }
}
