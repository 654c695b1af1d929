package org.capemu.nativestubs.freebsd;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * Functions of FreeBSD's libc. They return what C's return; after a failure the runtime's last
 * error has the reason, until the calling thread makes its next call. Paths are bytes that end with
 * NUL.
 */
public interface FreeBsdLibc {
  /**
   * Loads libc once for the whole process.
   *
   * @throws LinkageError if JNR-FFI has no native part for this system
   */
  static FreeBsdLibc get() {
    return Holder.LIBC;
  }

  /** ptrace(2). */
  int ptrace(int request, int pid, Pointer address, int data);

  /** wait4(2). */
  int wait4(int pid, Pointer status, int options, Pointer rusage);

  int kill(int pid, int signal);

  /** sysctl(3). */
  int sysctl(
      int[] name,
      int nameLength,
      Pointer old,
      Pointer oldLength,
      Pointer replacement,
      @size_t long replacementLength);

  /** sysctlbyname(3). */
  int sysctlbyname(
      String name,
      Pointer old,
      Pointer oldLength,
      Pointer replacement,
      @size_t long replacementLength);

  int lstat(byte[] path, Pointer status);

  int stat(byte[] path, Pointer status);

  @ssize_t
  long readlink(byte[] path, byte[] target, @size_t long size);

  int open(byte[] path, int flags);

  int open(byte[] path, int flags, int mode);

  int fchmod(int fd, int mode);

  int unlink(byte[] path);

  @ssize_t
  long read(int fd, byte[] bytes, @size_t long length);

  @ssize_t
  long write(int fd, byte[] bytes, @size_t long length);

  @ssize_t
  long pread(int fd, byte[] bytes, @size_t long length, @off_t long offset);

  @ssize_t
  long getdirentries(int fd, byte[] entries, @size_t long length, Pointer position);

  int close(int fd);

  int getpid();

  int geteuid();

  /** signal(3); the handler is an address, 1 being SIG_IGN. */
  long signal(int signal, long handler);

  /** sigaction(2). */
  int sigaction(int signal, Pointer action, Pointer old);

  /** posix_spawn(3): returns the error itself, not through errno. */
  int posix_spawn(
      Pointer pid,
      byte[] path,
      Pointer fileActions,
      Pointer attributes,
      Pointer argv,
      Pointer envp);

  int posix_spawn_file_actions_init(Pointer actions);

  int posix_spawn_file_actions_destroy(Pointer actions);

  int posix_spawn_file_actions_addclose(Pointer actions, int fd);

  int posix_spawn_file_actions_addfchdir_np(Pointer actions, int fd);

  int posix_spawnattr_init(Pointer attributes);

  int posix_spawnattr_destroy(Pointer attributes);

  int posix_spawnattr_setsigmask(Pointer attributes, Pointer mask);

  int posix_spawnattr_setflags(Pointer attributes, short flags);

  /** Loads the library on first use. */
  final class Holder {
    private static final FreeBsdLibc LIBC =
        LibraryLoader.create(FreeBsdLibc.class).load("libc.so.7");

    private Holder() {}
  }
}
