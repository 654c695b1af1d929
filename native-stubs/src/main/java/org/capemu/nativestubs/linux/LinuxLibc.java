package org.capemu.nativestubs.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * Functions of glibc or musl. They return what C's return; after a failure {@link #errno()} has the
 * reason, until the calling thread makes its next call.
 */
public interface LinuxLibc {
  /** Loads libc once for the whole process. */
  static LinuxLibc get() {
    return Holder.LIBC;
  }

  /** The runtime that allocates memory for these functions. */
  static Runtime runtime() {
    return Runtime.getRuntime(get());
  }

  /** errno of this thread's last call. */
  static int errno() {
    return runtime().getLastError();
  }

  /**
   * ptrace(2). Variadic in C, with all four arguments always passed as long.
   *
   * @param request one of {@link Ptrace}
   */
  long ptrace(long request, long pid, long address, long data);

  /** wait4(2). */
  int wait4(int pid, Pointer status, int options, Pointer rusage);

  /** process_vm_readv(2). */
  @ssize_t
  long process_vm_readv(
      int pid,
      Pointer local,
      @size_t long localCount,
      Pointer remote,
      @size_t long remoteCount,
      @size_t long flags);

  /** memfd_create(2). */
  int memfd_create(String name, int flags);

  @ssize_t
  long write(int fd, byte[] bytes, @size_t long length);

  int close(int fd);

  /** fcntl(2) of a command that takes an int. */
  int fcntl(int fd, int command, int argument);

  int kill(int pid, int signal);

  /** syscall(2): for calls that older C libraries have no function for. */
  long syscall(long number, long first, long second, long third);

  /** getsockopt(2) of an option that is an int. */
  int getsockopt(int fd, int level, int option, Pointer value, Pointer length);

  int getpid();

  /** signal(2); the handler is an address, 1 being SIG_IGN. */
  long signal(int signal, long handler);

  /** posix_spawn(3): returns the error itself, not through errno. */
  int posix_spawn(
      Pointer pid,
      String path,
      Pointer fileActions,
      Pointer attributes,
      Pointer argv,
      Pointer envp);

  int posix_spawnattr_init(Pointer attributes);

  int posix_spawnattr_destroy(Pointer attributes);

  int posix_spawnattr_setsigmask(Pointer attributes, Pointer mask);

  int posix_spawnattr_setflags(Pointer attributes, short flags);

  /** strerror(3) in the C locale. */
  String strerror(int errno);

  /** Loads the library on first use. */
  final class Holder {
    private static final LinuxLibc LIBC = LibraryLoader.create(LinuxLibc.class).load("c");

    private Holder() {}
  }
}
