package org.capemu.nativestubs.posix;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * Functions for capemu's own files. They return what C's return; after a failure {@link #errno()}
 * has the reason, until the calling thread makes its next call. Paths are bytes that end with NUL.
 */
public interface PosixLibc {
  /**
   * Loads libc once for the whole process.
   *
   * @throws LinkageError if JNR-FFI has no native part for this system
   */
  static PosixLibc get() {
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

  /** open(2). Variadic in C, with the mode always passed. */
  int open(@In byte[] path, int flags, int mode);

  @ssize_t
  long read(int fd, @Out byte[] bytes, @size_t long length);

  @ssize_t
  long write(int fd, @In byte[] bytes, @size_t long length);

  int ftruncate(int fd, @off_t long length);

  int fchmod(int fd, int mode);

  int unlink(@In byte[] path);

  int close(int fd);

  int geteuid();

  int isatty(int fd);

  /** statx(2), of Linux alone: its structure is the same on every machine. */
  int statx(int dirfd, @In byte[] path, int flags, int mask, Pointer status);

  /** fstatat(2), of FreeBSD: its structure is that of 12.0 and later. */
  int fstatat(int dirfd, @In byte[] path, Pointer status, int flags);

  /** fstat(2), of FreeBSD: its structure is that of 12.0 and later. */
  int fstat(int fd, Pointer status);

  /** strerror(3). */
  String strerror(int errno);

  /** Loads the library on first use. */
  final class Holder {
    private static final PosixLibc LIBC = LibraryLoader.create(PosixLibc.class).load("c");

    private Holder() {}
  }
}
