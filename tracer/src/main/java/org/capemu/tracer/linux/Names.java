package org.capemu.tracer.linux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.Dirent;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Statx;

/**
 * The calls that take or give names of files, with names of one char a byte: the JVM's own would
 * turn them into its locale's characters and lose what is none. Any thread may call, each has
 * buffers of its own.
 */
final class Names {
  private static final int PATH_MAX = 4096;
  private static final int X_OK = 1;
  private static final int O_RDONLY = 0;
  private static final int O_NONBLOCK = 04000;
  private static final int O_NOCTTY = 0400;
  private static final int O_CLOEXEC = 02000000;

  private static final ThreadLocal<Names> OF_THREAD = ThreadLocal.withInitial(Names::new);

  private final LinuxLibc libc = LinuxLibc.get();
  private final Pointer path = Memory.allocateDirect(LinuxLibc.runtime(), PATH_MAX);
  private final Pointer buffer = Memory.allocateDirect(LinuxLibc.runtime(), PATH_MAX);
  private final byte[] bytes = new byte[PATH_MAX];

  private Names() {}

  static Names get() {
    return OF_THREAD.get();
  }

  /**
   * The type of what a name is, {@code st_mode} and S_IFMT of stat(2) or lstat(2).
   *
   * @return 0 if there is nothing, or it cannot be reached
   */
  int typeOf(String name, boolean follow) {
    int flags = Statx.AT_STATX_DONT_SYNC | Statx.AT_NO_AUTOMOUNT;
    if (!follow) {
      flags |= Statx.AT_SYMLINK_NOFOLLOW;
    }
    return stat(name, flags, Statx.TYPE) ? buffer.getShort(Statx.MODE) & Statx.S_IFMT : 0;
  }

  private boolean stat(String name, int flags, int mask) {
    byte[] terminated = terminated(name);
    if (terminated.length > PATH_MAX) {
      return false;
    }
    path.put(0, terminated, 0, terminated.length);
    return libc.syscall(Statx.NUMBER, Statx.AT_FDCWD, path, flags, mask, buffer) >= 0;
  }

  /** readlink(2); null if it fails, {@link LinuxLibc#errno()} has the reason then. */
  String readlink(String name) {
    long length = libc.readlink(terminated(name), buffer, PATH_MAX);
    if (length < 0) {
      return null;
    }
    buffer.get(0, bytes, 0, (int) length);
    return new String(bytes, 0, (int) length, StandardCharsets.ISO_8859_1);
  }

  /** The names in a directory but {@code .} and {@code ..}; none if it cannot be read. */
  List<String> entries(String directory) {
    Pointer stream = libc.opendir(terminated(directory));
    if (stream == null) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try {
      Pointer entry;
      while ((entry = libc.readdir(stream)) != null) {
        String name = nameOf(entry);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
        }
      }
    } finally {
      libc.closedir(stream);
    }
    return names;
  }

  private String nameOf(Pointer entry) {
    int length = 0;
    byte b;
    while ((b = entry.getByte(Dirent.NAME + length)) != 0) {
      bytes[length++] = b;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** rmdir(2) leaves an open directory without links, and proc(5) with a name that is none. */
  boolean isRemoved(String directory) {
    return stat(directory, Statx.AT_STATX_DONT_SYNC, Statx.NLINK)
        && buffer.getInt(Statx.LINKS) == 0;
  }

  /** access(2) of X_OK. */
  boolean isExecutable(String file) {
    return libc.access(terminated(file), X_OK) == 0;
  }

  /** The first bytes of a regular file, at most 4096; none of anything else. */
  byte[] head(String file, int length) {
    // A fifo or device that a program tries to run must not be opened: that could wait.
    if (typeOf(file, true) != Statx.S_IFREG) {
      return new byte[0];
    }
    int fd = libc.open(terminated(file), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0) {
      return new byte[0];
    }
    try {
      int read = (int) Math.max(0, libc.pread(fd, buffer, Math.min(length, PATH_MAX), 0));
      byte[] head = new byte[read];
      buffer.get(0, head, 0, read);
      return head;
    } finally {
      libc.close(fd);
    }
  }

  private static byte[] terminated(String name) {
    return (name + '\0').getBytes(StandardCharsets.ISO_8859_1);
  }
}
