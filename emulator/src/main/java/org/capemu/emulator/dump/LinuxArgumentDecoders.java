package org.capemu.emulator.dump;

import static org.capemu.emulator.dump.Constants.table;

import java.util.Map;

/** Decoders for what Linux binaries pass: their own numbers of flags, signals and clocks. */
final class LinuxArgumentDecoders {
  private static final int O_ACCMODE = 3;
  private static final int O_CREAT = 0x40;

  private static final int CSIGNAL = 0xff;

  private static final int CLOCKFD_MASK = 7;
  private static final int CPUCLOCK_PERTHREAD = 4;
  private static final int CPUCLOCK_WHICH_MASK = 3;
  private static final int CLOCKFD = 3;

  private static final NameTable OPEN_FLAGS = table("linux_openflags");
  private static final NameTable SIGNALS = table("linux_signal");
  private static final NameTable CLOCKS = table("linux_clockids");
  private static final NameTable CPU_CLOCKS = table("linux_clockcpuids");
  private static final NameTable CLONE_FLAGS = table("linux_cloneflags");

  /** By the names that {@code arguments.tsv} gives them. */
  static final Map<String, ArgumentDecoder> BY_NAME =
      Map.of(
          "linux-openflags", a -> putOpenFlags(a.text(), (int) a.take()),
          "linux-creation-mode", a -> FileArgumentDecoders.putCreationMode(a, O_CREAT),
          "linux-signal", a -> Values.putSignal(a.text(), SIGNALS, (int) a.take()),
          "linux-clockid", a -> putClock(a.text(), (int) a.take()),
          "linux-cloneflags", a -> putCloneFlags(a.text(), (int) a.take()));

  private LinuxArgumentDecoders() {}

  private static void putOpenFlags(Text text, int flags) {
    text.hex(flags).put('<');
    int mode = flags & O_ACCMODE;
    boolean known = mode != O_ACCMODE;
    if (known) {
      text.put(mode == 0 ? "O_RDONLY" : mode == 1 ? "O_WRONLY" : "O_RDWR");
    }
    long bits = flags & ~O_ACCMODE & 0xffff_ffffL;
    long rest = OPEN_FLAGS.putMask(text, bits, known);
    Values.closeMask(text, known || rest != bits, known ? rest : rest | mode);
  }

  private static void putClock(Text text, int clock) {
    if (clock >= 0) {
      byte[] name = CLOCKS.nameOf(clock);
      if (name != null) {
        text.put(name);
      } else {
        text.put("UNKNOWN(").decimal(clock).put(')');
      }
      return;
    }
    if ((clock & CLOCKFD_MASK) == CLOCKFD_MASK) {
      text.put("INVALID PERTHREAD|CLOCKFD");
    } else {
      text.put((clock & CPUCLOCK_PERTHREAD) != 0 ? "THREAD|" : "PROCESS|");
      int which = clock & CPUCLOCK_WHICH_MASK;
      byte[] name = CPU_CLOCKS.nameOf(which);
      if (name != null) {
        text.put(name);
      } else if (which == CLOCKFD) {
        text.put("CLOCKFD");
      } else {
        text.put("UNKNOWN(").decimal(clock).put(')');
      }
    }
    text.put('(').decimal(~(clock >> 3)).put(')');
  }

  private static void putCloneFlags(Text text, int flags) {
    text.hex(flags).put('<');
    int signal = flags & CSIGNAL;
    if (signal != 0) {
      byte[] name = SIGNALS.nameOf(signal);
      text.put('(');
      if (name != null) {
        text.put(name);
      } else {
        text.put("(null)");
      }
      text.put(')');
    }
    long bits = flags & ~CSIGNAL & 0xffff_ffffL;
    long rest = CLONE_FLAGS.putMask(text, bits, false);
    Values.closeMask(text, rest != bits, rest);
  }
}
