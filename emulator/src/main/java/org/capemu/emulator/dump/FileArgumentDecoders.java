package org.capemu.emulator.dump;

import static org.capemu.emulator.dump.Constants.table;

import java.util.Map;

/** Decoders of calls on files and descriptors. */
final class FileArgumentDecoders {
  private static final int AT_FDCWD = -100;

  private static final int O_ACCMODE = 3;
  private static final int O_NOFOLLOW = 0x100;
  private static final int O_CREAT = 0x200;
  private static final int FRDAHEAD = 0x200;
  private static final int O_EXEC = 0x40000;

  private static final int F_GETFD = 1;
  private static final int F_SETFD = 2;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_GETOWN = 5;
  private static final int F_GETLK = 11;
  private static final int F_SETLK = 12;
  private static final int F_SETLKW = 13;

  private static final NameTable OPEN_FLAGS = table("openflags");
  private static final NameTable FCNTL_COMMANDS = table("fcntlcmd");
  private static final NameTable DESCRIPTOR_FLAGS = table("fcntl_fd_arg");

  /** By the names that {@code arguments.tsv} gives them. */
  static final Map<String, ArgumentDecoder> BY_NAME =
      Map.of(
          "atfd", FileArgumentDecoders::putDirectory,
          "openflags", a -> putOpenFlags(a.text(), (int) a.take()),
          "creation-mode", a -> putCreationMode(a, O_CREAT),
          "ioctl", FileArgumentDecoders::putIoctl,
          "fcntl", FileArgumentDecoders::putFcntl);

  private FileArgumentDecoders() {}

  private static void putDirectory(CallArguments a) {
    int fd = (int) a.take();
    if (fd == AT_FDCWD) {
      a.text().put("AT_FDCWD");
    } else {
      Values.putNumber(a.text(), fd, a.decimal());
    }
  }

  private static void putIoctl(CallArguments a) {
    long request = a.take();
    byte[] name = Constants.ioctls().nameOf(request);
    if (name != null) {
      a.text().put(name);
    } else if (a.decimal()) {
      a.text().unsigned(request);
    } else {
      a.text().hex(request);
    }
  }

  private static void putOpenFlags(Text text, int flags) {
    text.hex(flags).put('<');
    long rest = putOpenFlagNames(text, flags);
    Values.closeMask(text, openFlagsNamed(flags, rest), rest);
  }

  /**
   * O_RDONLY and its like are a number among the bits; O_EXEC stands in O_RDONLY's place.
   *
   * @return the bits without a name
   */
  private static long putOpenFlagNames(Text text, int flags) {
    int mode = flags & O_ACCMODE;
    int bits = flags & ~O_ACCMODE;
    switch (mode) {
      case 0 -> {
        text.put((bits & O_EXEC) != 0 ? "O_EXEC" : "O_RDONLY");
        bits &= ~O_EXEC;
      }
      case 1 -> text.put("O_WRONLY");
      case 2 -> text.put("O_RDWR");
      default -> {
        return OPEN_FLAGS.putMask(text, bits & 0xffff_ffffL, false) | mode;
      }
    }
    return OPEN_FLAGS.putMask(text, bits & 0xffff_ffffL, true);
  }

  private static boolean openFlagsNamed(int flags, long rest) {
    return (flags & O_ACCMODE) != O_ACCMODE || rest != (flags & 0xffff_ffffL);
  }

  /** The mode of a file that may be made: an argument that is not printed without O_CREAT. */
  static void putCreationMode(CallArguments a, int create) {
    if (((int) a.previous() & create) == create) {
      Values.putMode(a.text(), (int) a.take());
    } else {
      a.skip();
    }
  }

  private static void putFcntl(CallArguments a) {
    int command = (int) a.take();
    Values.putNamed(a.text(), FCNTL_COMMANDS, command, a.decimal());
    switch (command) {
      case F_GETFD, F_GETFL, F_GETOWN -> a.skip();
      case F_SETFD -> putDescriptorFlags(a);
      case F_SETFL -> putFileStatusFlags(a.text(), (int) a.take());
      case F_GETLK, F_SETLK, F_SETLKW -> a.text().pointer(a.take());
      default -> Values.putInteger(a.text(), (int) a.take(), a.decimal());
    }
  }

  private static void putDescriptorFlags(CallArguments a) {
    long flags = a.take();
    byte[] name = DESCRIPTOR_FLAGS.nameOf(flags);
    if (name != null) {
      a.text().put(name);
    } else {
      Values.putInteger(a.text(), (int) flags, a.decimal());
    }
  }

  /** Two of open(2)'s bits mean something else to fcntl(2). */
  private static void putFileStatusFlags(Text text, int flags) {
    text.hex(flags).put('<');
    int shared = flags & ~(O_NOFOLLOW | FRDAHEAD);
    long rest = putOpenFlagNames(text, shared);
    boolean known = openFlagsNamed(shared, rest);
    if ((flags & O_NOFOLLOW) != 0) {
      text.put(known ? "|FPOIXSHM" : "FPOIXSHM");
      known = true;
    }
    if ((flags & FRDAHEAD) != 0) {
      text.put(known ? "|FRDAHEAD" : "FRDAHEAD");
      known = true;
    }
    Values.closeMask(text, known, rest);
  }
}
