package org.capemu.emulator.dump;

import static org.capemu.emulator.dump.Constants.table;

import java.util.HashMap;
import java.util.Map;

/**
 * The decoders that {@code arguments.tsv} names: those of general use, and the way to all others.
 */
final class ArgumentDecoders {
  private static final int WEXITED = 16;
  private static final int WTRAPPED = 32;

  private static final int UMTX_OP_CV_WAIT = 8;
  private static final int UMTX_OP_RW_RDLOCK = 12;

  /** RB_HALT, RB_POWEROFF, RB_REROOT, RB_POWERCYCLE: what to do instead of a plain reboot. */
  private static final int RB_NOT_AUTOBOOT = 0x8 | 0x4000 | 0x20_0000 | 0x40_0000;

  private static final int SUBCMDSHIFT = 8;
  private static final int SUBCMDMASK = 0xff;

  private static final NameTable WAIT_OPTIONS = table("wait6opt");
  private static final NameTable QUOTA_COMMANDS = table("quotactlcmds");
  private static final NameTable QUOTA_TYPES = table("quotatypes");
  private static final NameTable REBOOT_FLAGS = table("rebootopt");
  private static final NameTable UMTX_OPERATIONS = table("umtxop");
  private static final NameTable UMTX_FLAGS = table("umtxopflags");
  private static final NameTable UMTX_CV_FLAGS = table("umtxcvwaitflags");
  private static final NameTable UMTX_RW_FLAGS = table("umtxrwlockflags");

  private static final Map<String, ArgumentDecoder> BY_NAME = new HashMap<>();

  static {
    BY_NAME.put("number", CallArguments::putNumber);
    BY_NAME.put("decimal", a -> a.text().decimal(a.take()));
    BY_NAME.put("pid", a -> a.text().decimal((int) a.take()));
    BY_NAME.put("quad", a -> a.putNumber(a.takeQuad()));
    BY_NAME.put("decimal-quad", a -> a.text().decimal(a.takeQuad()));
    BY_NAME.put("skip", CallArguments::skip);
    BY_NAME.put("reopen", CallArguments::reopen);
    BY_NAME.put("unnamed", a -> Values.putInvalid(a.text(), (int) a.take(), a.decimal()));
    BY_NAME.put("mode", a -> Values.putMode(a.text(), (int) a.take()));
    BY_NAME.put(
        "fileflags", a -> Values.putMaskOrZero(a.text(), Values.FILE_FLAGS, (int) a.take()));
    BY_NAME.put("signal", a -> Values.putSignal(a.text(), Values.SIGNALS, (int) a.take()));
    BY_NAME.put("wait4options", a -> putWait4Options(a.text(), (int) a.take()));
    BY_NAME.put("quotactl", a -> putQuotactl(a.text(), (int) a.take(), a.decimal()));
    BY_NAME.put("reboot", a -> putReboot(a.text(), (int) a.take()));
    BY_NAME.put("umtx", ArgumentDecoders::putUmtx);
    BY_NAME.putAll(FileArgumentDecoders.BY_NAME);
    BY_NAME.putAll(MemoryArgumentDecoders.BY_NAME);
    BY_NAME.putAll(SocketArgumentDecoders.BY_NAME);
    BY_NAME.putAll(LinuxArgumentDecoders.BY_NAME);
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

  /** wait4(2) waits for exits and traps in any case: these bits are not for it. */
  private static void putWait4Options(Text text, int options) {
    if (options == 0) {
      text.put('0');
      return;
    }
    text.hex(options).put('<');
    int implied = options & (WEXITED | WTRAPPED);
    long bits = options & ~implied & 0xffff_ffffL;
    long rest = WAIT_OPTIONS.putMask(text, bits, false);
    Values.closeMask(text, WAIT_OPTIONS.named(bits, rest), rest | implied);
  }

  private static void putQuotactl(Text text, int command, boolean decimal) {
    byte[] primary = QUOTA_COMMANDS.nameOf(command >> SUBCMDSHIFT);
    if (primary == null) {
      Values.putInvalid(text, command, decimal);
      return;
    }
    int type = command & SUBCMDMASK;
    text.put("QCMD(").put(primary).put(',');
    byte[] name = QUOTA_TYPES.nameOf(type);
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
    long rest = REBOOT_FLAGS.putMask(text, bits, false);
    Values.closeMask(text, implied || REBOOT_FLAGS.named(bits, rest), rest);
  }

  private static void putUmtx(CallArguments a) {
    long operation = a.take();
    Text text = a.text();
    text.hex((int) operation).put('<');
    long bits = operation & 0xffff_ffffL;
    long bare = UMTX_FLAGS.putMask(text, bits, false);
    if (bare != bits) {
      text.put('|');
    }
    Values.putNamed(text, UMTX_OPERATIONS, (int) bare, a.decimal());
    text.put('>');
    if (operation == UMTX_OP_CV_WAIT) {
      putLongMask(text, UMTX_CV_FLAGS, a.take());
    } else if (operation == UMTX_OP_RW_RDLOCK) {
      putLongMask(text, UMTX_RW_FLAGS, a.take());
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
