package org.capemu.nativestubs.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
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

  /** {@link Statx}, by syscall(2). */
  long syscall(long number, long dirfd, Pointer path, long flags, long mask, Pointer buffer);

  /**
   * readlink(2).
   *
   * @param path with its NUL
   */
  @ssize_t
  long readlink(@In byte[] path, Pointer buffer, @size_t long size);

  /**
   * access(2).
   *
   * @param path with its NUL
   */
  int access(@In byte[] path, int mode);

  /**
   * open(2) without O_CREAT.
   *
   * @param path with its NUL
   */
  int open(@In byte[] path, int flags, int mode);

  /** pread(2). */
  @ssize_t
  long pread(int fd, Pointer buffer, @size_t long length, long offset);

  /** opendir(3): null if it fails. */
  Pointer opendir(@In byte[] path);

  /** readdir(3): null at the end; see {@link Dirent}. */
  Pointer readdir(Pointer directory);

  int closedir(Pointer directory);

  /** fchdir(2). */
  int fchdir(int fd);

  /** poll(2). */
  int poll(Pointer descriptors, long count, int timeoutMilliseconds);

  /** siginterrupt(3): whether a call that the signal interrupts fails with EINTR. */
  int siginterrupt(int signal, int interrupts);

  /** pthread_sigmask(3) of the calling thread. */
  int pthread_sigmask(int how, Pointer set, Pointer former);

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
