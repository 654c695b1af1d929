package org.capemu.nativestubs.freebsd;

/** Error numbers of FreeBSD that starting or attaching can meet: errno(2). */
public final class FreeBsdErrno {
  static final int EPERM = 1;
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int ENOMEM = 12;
  static final int EBUSY = 16;
  static final int EINVAL = 22;

  /** execve(2) of a file that no image activator knows: a script without {@code #!}. */
  public static final int ENOEXEC = 8;

  static final int ENOSYS = 78;

  private FreeBsdErrno() {}

  /** strerror(3). */
  public static String message(int errno) {
    return switch (errno) {
      case EPERM -> "Operation not permitted";
      case 2 -> "No such file or directory";
      case ESRCH -> "No such process";
      case EINTR -> "Interrupted system call";
      case 7 -> "Argument list too long";
      case ENOEXEC -> "Exec format error";
      case ENOMEM -> "Cannot allocate memory";
      case 13 -> "Permission denied";
      case EBUSY -> "Device busy";
      case 20 -> "Not a directory";
      case 21 -> "Is a directory";
      case EINVAL -> "Invalid argument";
      case 26 -> "Text file busy";
      case 35 -> "Resource temporarily unavailable";
      case 62 -> "Too many levels of symbolic links";
      case 63 -> "File name too long";
      case ENOSYS -> "Function not implemented";
      default -> "error " + errno;
    };
  }
}
