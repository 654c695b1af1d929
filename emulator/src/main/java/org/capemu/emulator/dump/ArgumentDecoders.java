package org.capemu.emulator.dump;

import static org.capemu.emulator.dump.Constants.table;

import java.util.HashMap;
import java.util.Map;

/** The decoders that {@code arguments.tsv} names. */
final class ArgumentDecoders {
  private static final int AT_FDCWD = -100;
  private static final long SHM_ANON = 1;

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

  private static final int PF_INET = 2;
  private static final int PF_INET6 = 28;
  private static final int SOL_SOCKET = 0xffff;

  private static final int MAP_ALIGNMENT_MASK = 0xff00_0000;
  private static final int MAP_ALIGNMENT_SHIFT = 24;
  private static final int MAP_ALIGNED_SUPER = 1 << MAP_ALIGNMENT_SHIFT;
  private static final int PROT_MAX_SHIFT = 16;
  private static final int PROT_BITS = 7;

  private static final int WEXITED = 16;
  private static final int WTRAPPED = 32;

  private static final int UMTX_OP_CV_WAIT = 8;
  private static final int UMTX_OP_RW_RDLOCK = 12;

  /** RB_HALT, RB_POWEROFF, RB_REROOT, RB_POWERCYCLE: what to do instead of a plain reboot. */
  private static final int RB_NOT_AUTOBOOT = 0x8 | 0x4000 | 0x20_0000 | 0x40_0000;

  private static final int SUBCMDSHIFT = 8;
  private static final int SUBCMDMASK = 0xff;

  private static final Map<String, ArgumentDecoder> BY_NAME = new HashMap<>();

  static {
    BY_NAME.put("number", CallArguments::putNumber);
    BY_NAME.put("decimal", a -> a.text().decimal(a.take()));
    BY_NAME.put("pid", a -> a.text().decimal((int) a.take()));
    BY_NAME.put("quad", a -> a.putNumber(a.takeQuad()));
    BY_NAME.put("decimal-quad", a -> a.text().decimal(a.takeQuad()));
    BY_NAME.put("unnamed", a -> Values.putInvalid(a.text(), (int) a.take(), a.decimal()));
    BY_NAME.put("atfd", ArgumentDecoders::putDirectory);
    BY_NAME.put("mode", a -> Values.putMode(a.text(), (int) a.take()));
    BY_NAME.put(
        "fileflags", a -> Values.putMaskOrZero(a.text(), Values.FILE_FLAGS, (int) a.take()));
    BY_NAME.put("openflags", a -> putOpenFlags(a.text(), (int) a.take()));
    BY_NAME.put("creation-mode", a -> putCreationMode(a, O_CREAT));
    BY_NAME.put("signal", a -> Values.putSignal(a.text(), Values.SIGNALS, (int) a.take()));
    BY_NAME.put("ioctl", ArgumentDecoders::putIoctl);
    BY_NAME.put("fcntl", ArgumentDecoders::putFcntl);
    BY_NAME.put("mmapprot", a -> putProtection(a.text(), (int) a.take()));
    BY_NAME.put("mmapflags", a -> putMmapFlags(a.text(), (int) a.take()));
    BY_NAME.put("shm-path", ArgumentDecoders::putShmPath);
    BY_NAME.put(
        "socketdomain",
        a -> Values.putNamed(a.text(), Tables.SOCKET_DOMAINS, (int) a.take(), a.decimal()));
    BY_NAME.put("sockettype", a -> putSocketType(a.text(), (int) a.take()));
    BY_NAME.put("protocol", ArgumentDecoders::putProtocol);
    BY_NAME.put("sockopt", ArgumentDecoders::putSocketOption);
    BY_NAME.put("wait4options", a -> putWait4Options(a.text(), (int) a.take()));
    BY_NAME.put("quotactl", a -> putQuotactl(a.text(), (int) a.take(), a.decimal()));
    BY_NAME.put("reboot", a -> putReboot(a.text(), (int) a.take()));
    BY_NAME.put("umtx", ArgumentDecoders::putUmtx);
    BY_NAME.putAll(LinuxArgumentDecoders.BY_NAME);
  }

  /** Tables that a decoder of its own uses. */
  private static final class Tables {
    static final NameTable OPEN_FLAGS = table("openflags");
    static final NameTable FCNTL_COMMANDS = table("fcntlcmd");
    static final NameTable DESCRIPTOR_FLAGS = table("fcntl_fd_arg");
    static final NameTable PROTECTIONS = table("mmapprot");
    static final NameTable MMAP_FLAGS = table("mmapflags");
    static final NameTable SOCKET_DOMAINS = table("sockdomain");
    static final NameTable SOCKET_TYPES = table("socktype");
    static final NameTable SOCKET_FLAGS = table("sockflags");
    static final NameTable PROTOCOLS = table("sockipproto");
    static final NameTable BLUETOOTH_LEVELS = table("ngbtsolevel");
    static final NameTable WAIT_OPTIONS = table("wait6opt");
    static final NameTable QUOTA_COMMANDS = table("quotactlcmds");
    static final NameTable QUOTA_TYPES = table("quotatypes");
    static final NameTable REBOOT_FLAGS = table("rebootopt");
    static final NameTable UMTX_OPERATIONS = table("umtxop");
    static final NameTable UMTX_FLAGS = table("umtxopflags");
    static final NameTable UMTX_CV_FLAGS = table("umtxcvwaitflags");
    static final NameTable UMTX_RW_FLAGS = table("umtxrwlockflags");

    /** Names of socket options by their level. */
    static final Map<Integer, NameTable> SOCKET_OPTIONS =
        Map.of(
            SOL_SOCKET,
            table("sockopt"),
            0,
            table("sockoptip"),
            41,
            table("sockoptipv6"),
            132,
            table("sockoptsctp"),
            6,
            table("sockopttcp"),
            17,
            table("sockoptudp"),
            136,
            table("sockoptudplite"));
  }

  private ArgumentDecoders() {}

  /** The decoder for a word of the table: a name, or a way of printing and a table of names. */
  static ArgumentDecoder named(String word) {
    int colon = word.indexOf(':');
    if (colon < 0) {
      ArgumentDecoder decoder = BY_NAME.get(word);
      if (decoder == null) {
        throw new IllegalArgumentException("no argument decoder " + word);
      }
      return decoder;
    }
    NameTable names = table(word.substring(colon + 1));
    return switch (word.substring(0, colon)) {
      case "enum" -> a -> Values.putNamed(a.text(), names, (int) a.take(), a.decimal());
      case "mask" -> a -> Values.putMask(a.text(), names, (int) a.take());
      case "flags" -> a -> Values.putMaskOrZero(a.text(), names, (int) a.take());
      case "mask-or-zero" -> a -> putMaskNamingZero(a.text(), names, (int) a.take());
      default -> throw new IllegalArgumentException("no argument decoder " + word);
    };
  }

  private static void putMaskNamingZero(Text text, NameTable names, int mask) {
    if (mask == 0) {
      text.put("0<0>");
    } else {
      Values.putMask(text, names, mask);
    }
  }

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
        return Tables.OPEN_FLAGS.putMask(text, bits & 0xffff_ffffL, false) | mode;
      }
    }
    return Tables.OPEN_FLAGS.putMask(text, bits & 0xffff_ffffL, true);
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
    Values.putNamed(a.text(), Tables.FCNTL_COMMANDS, command, a.decimal());
    switch (command) {
      case F_GETFD, F_GETFL, F_GETOWN -> a.skip();
      case F_SETFD -> putDescriptorFlags(a);
      case F_SETFL -> putFileStatusFlags(a.text(), (int) a.take());
      case F_GETLK, F_SETLK, F_SETLKW -> a.text().pointer(a.take());
      default -> putInteger(a.text(), (int) a.take(), a.decimal());
    }
  }

  private static void putDescriptorFlags(CallArguments a) {
    long flags = a.take();
    byte[] name = Tables.DESCRIPTOR_FLAGS.nameOf(flags);
    if (name != null) {
      a.text().put(name);
    } else {
      putInteger(a.text(), (int) flags, a.decimal());
    }
  }

  /** A number that has its 0x even if it is zero. */
  static void putInteger(Text text, int value, boolean decimal) {
    if (decimal) {
      text.decimal(value);
    } else {
      text.pointer(value & 0xffff_ffffL);
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

  private static void putProtection(Text text, int protection) {
    text.hex(protection).put('<');
    NameTable names = Tables.PROTECTIONS;
    long max = protection >> PROT_MAX_SHIFT & PROT_BITS;
    long bits = protection & 0xffff_ffffL & ~(max << PROT_MAX_SHIFT);
    if (max != 0) {
      text.put("PROT_MAX(");
      names.putMask(text, max, false);
      text.put(")|");
    }
    long rest = names.putMask(text, bits, false);
    Values.closeMask(text, max != 0 || names.named(bits, rest), rest);
  }

  /** The uppermost byte is an alignment: a power of two, or 1 for a superpage. */
  private static void putMmapFlags(Text text, int flags) {
    text.hex(flags).put('<');
    int alignment = flags & MAP_ALIGNMENT_MASK;
    long bits = flags & ~MAP_ALIGNMENT_MASK;
    NameTable names = Tables.MMAP_FLAGS;
    long rest = names.putMask(text, bits, false);
    boolean known = names.named(bits, rest);
    if (alignment != 0) {
      if (known) {
        text.put('|');
      }
      if (alignment == MAP_ALIGNED_SUPER) {
        text.put("MAP_ALIGNED_SUPER");
      } else {
        text.put("MAP_ALIGNED(").decimal(alignment >> MAP_ALIGNMENT_SHIFT).put(')');
      }
      known = true;
    }
    Values.closeMask(text, known, rest);
  }

  private static void putShmPath(CallArguments a) {
    if (a.peek() == SHM_ANON) {
      a.putShmAnon();
    } else {
      a.putNumber();
    }
  }

  private static void putSocketType(Text text, int type) {
    text.hex(type).put('<');
    int flagBits = 0;
    for (int i = 0; i < Tables.SOCKET_FLAGS.size(); i++) {
      flagBits |= (int) Tables.SOCKET_FLAGS.valueAt(i);
    }
    int bare = type & ~flagBits;
    byte[] name = Tables.SOCKET_TYPES.nameOf(bare);
    if (name != null) {
      text.put(name);
    }
    boolean known = name != null;
    long flags = type & flagBits;
    if (flags != 0) {
      Tables.SOCKET_FLAGS.putMask(text, flags, known);
      known = true;
    }
    Values.closeMask(text, known, bare & 0xffff_ffffL);
  }

  /** Only internet domains have protocols with names; the domain is two arguments back. */
  private static void putProtocol(CallArguments a) {
    int domain = (int) a.beforePrevious();
    if (domain == PF_INET || domain == PF_INET6) {
      Values.putNamed(a.text(), Tables.PROTOCOLS, (int) a.take(), a.decimal());
    }
  }

  private static void putSocketOption(CallArguments a) {
    int level = (int) a.take();
    byte[] name = Tables.BLUETOOTH_LEVELS.nameOf(level);
    if (level == SOL_SOCKET) {
      a.text().put("SOL_SOCKET");
    } else if (name != null) {
      a.text().put(name);
    } else {
      Values.putNamedOrNumber(a.text(), Tables.PROTOCOLS, level, a.decimal());
    }
    NameTable options = Tables.SOCKET_OPTIONS.get(level);
    byte[] option = options == null ? null : options.nameOf((int) a.peek());
    if (option != null) {
      a.take();
      a.text().put(option);
    }
  }

  /** wait4(2) waits for exits and traps in any case: these bits are not for it. */
  private static void putWait4Options(Text text, int options) {
    if (options == 0) {
      text.put('0');
      return;
    }
    text.hex(options).put('<');
    int implied = options & (WEXITED | WTRAPPED);
    long bits = options & ~implied & 0xffff_ffffL;
    long rest = Tables.WAIT_OPTIONS.putMask(text, bits, false);
    Values.closeMask(text, Tables.WAIT_OPTIONS.named(bits, rest), rest | implied);
  }

  private static void putQuotactl(Text text, int command, boolean decimal) {
    byte[] primary = Tables.QUOTA_COMMANDS.nameOf(command >> SUBCMDSHIFT);
    if (primary == null) {
      Values.putInvalid(text, command, decimal);
      return;
    }
    int type = command & SUBCMDMASK;
    text.put("QCMD(").put(primary).put(',');
    byte[] name = Tables.QUOTA_TYPES.nameOf(type);
    if (name != null) {
      text.put(name);
    } else {
      text.hex(type);
    }
    text.put(')');
  }

  private static void putReboot(Text text, int how) {
    text.hex(how).put('<');
    boolean implied = how != 0 && (how & RB_NOT_AUTOBOOT) == 0;
    if (implied) {
      text.put("RB_AUTOBOOT|");
    }
    long bits = how & 0xffff_ffffL;
    long rest = Tables.REBOOT_FLAGS.putMask(text, bits, false);
    Values.closeMask(text, implied || Tables.REBOOT_FLAGS.named(bits, rest), rest);
  }

  private static void putUmtx(CallArguments a) {
    long operation = a.take();
    Text text = a.text();
    text.hex((int) operation).put('<');
    long bits = operation & 0xffff_ffffL;
    long bare = Tables.UMTX_FLAGS.putMask(text, bits, false);
    if (bare != bits) {
      text.put('|');
    }
    Values.putNamed(text, Tables.UMTX_OPERATIONS, (int) bare, a.decimal());
    text.put('>');
    if (operation == UMTX_OP_CV_WAIT) {
      putLongMask(text, Tables.UMTX_CV_FLAGS, a.take());
    } else if (operation == UMTX_OP_RW_RDLOCK) {
      putLongMask(text, Tables.UMTX_RW_FLAGS, a.take());
    }
  }

  private static void putLongMask(Text text, NameTable names, long mask) {
    if (mask == 0) {
      text.put('0');
      return;
    }
    text.hex(mask).put('<');
    long rest = names.putMask(text, mask, false);
    Values.closeMask(text, names.named(mask, rest), rest);
  }
}
