package org.capemu.nativestubs.posix;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** Flags of open(2), and stat(2), as one system has them. */
public enum FileNumbers {
  /** x86-64: {@code asm-generic/fcntl.h}, {@code struct statx}. */
  LINUX(01, 02, 0100, 0200, 02000, 04000, 0400000, 02000000) {
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final byte[] EMPTY = {0};

    @Override
    public FileStatus stat(PosixLibc libc, byte[] path, boolean follow) {
      return statx(libc, AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW);
    }

    @Override
    public FileStatus fstat(PosixLibc libc, int fd) {
      return statx(libc, fd, EMPTY, AT_EMPTY_PATH);
    }

    private FileStatus statx(PosixLibc libc, int dirfd, byte[] path, int flags) {
      Pointer s = Memory.allocateDirect(PosixLibc.runtime(), 256, true);
      if (libc.statx(dirfd, path, flags, STATX_BASIC_STATS, s) != 0) {
        return null;
      }
      long device = (long) s.getInt(136) << Integer.SIZE | s.getInt(140) & 0xffff_ffffL;
      return new FileStatus(
          s.getShort(28) & 0xffff, s.getInt(20), device, s.getLong(32), s.getLong(40));
    }
  },

  /** amd64 and arm64: {@code sys/fcntl.h}, {@code struct stat} of 64-bit inode numbers. */
  FREEBSD(0x1, 0x2, 0x200, 0x800, 0x8, 0x4, 0x100, 0x100000) {
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x200;

    @Override
    public FileStatus stat(PosixLibc libc, byte[] path, boolean follow) {
      Pointer s = memory();
      int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
      return libc.fstatat(AT_FDCWD, path, s, flags) == 0 ? status(s) : null;
    }

    @Override
    public FileStatus fstat(PosixLibc libc, int fd) {
      Pointer s = memory();
      return libc.fstat(fd, s) == 0 ? status(s) : null;
    }

    private Pointer memory() {
      return Memory.allocateDirect(PosixLibc.runtime(), 224, true);
    }

    private FileStatus status(Pointer s) {
      return new FileStatus(
          s.getShort(24) & 0xffff, s.getInt(28), s.getLong(0), s.getLong(8), s.getLong(112));
    }
  };

  /** The same everywhere. */
  public static final int O_RDONLY = 0;

  public static final int ENOENT = 2;
  public static final int EINTR = 4;

  public final int writeOnly;
  public final int readWrite;
  public final int create;
  public final int exclusive;
  public final int append;
  public final int nonBlocking;
  public final int noFollow;
  public final int closeOnExec;

  FileNumbers(
      int writeOnly,
      int readWrite,
      int create,
      int exclusive,
      int append,
      int nonBlocking,
      int noFollow,
      int closeOnExec) {
    this.writeOnly = writeOnly;
    this.readWrite = readWrite;
    this.create = create;
    this.exclusive = exclusive;
    this.append = append;
    this.nonBlocking = nonBlocking;
    this.noFollow = noFollow;
    this.closeOnExec = closeOnExec;
  }

  /** Those of the system that this runs on; null where they are not known. */
  public static FileNumbers ofThisSystem() {
    return switch (System.getProperty("os.name") + " " + System.getProperty("os.arch")) {
      case "Linux amd64" -> LINUX;
      case "FreeBSD amd64", "FreeBSD aarch64" -> FREEBSD;
      default -> null;
    };
  }

  /**
   * stat(2), or lstat(2) if the last link is not to be followed.
   *
   * @return null if it fails: {@link PosixLibc#errno()}
   */
  public abstract FileStatus stat(PosixLibc libc, byte[] path, boolean follow);

  /**
   * fstat(2).
   *
   * @return null if it fails: {@link PosixLibc#errno()}
   */
  public abstract FileStatus fstat(PosixLibc libc, int fd);
}
