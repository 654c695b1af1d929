package org.capemu.emulator.dump;

import static org.capemu.emulator.dump.Constants.table;

import java.util.Map;

/** Decoders of mmap(2), mprotect(2) and shm_open(2). */
final class MemoryArgumentDecoders {
  private static final long SHM_ANON = 1;

  private static final int MAP_ALIGNMENT_MASK = 0xff00_0000;
  private static final int MAP_ALIGNMENT_SHIFT = 24;
  private static final int MAP_ALIGNED_SUPER = 1 << MAP_ALIGNMENT_SHIFT;
  private static final int PROT_MAX_SHIFT = 16;
  private static final int PROT_BITS = 7;

  private static final NameTable PROTECTIONS = table("mmapprot");
  private static final NameTable MMAP_FLAGS = table("mmapflags");

  /** By the names that {@code arguments.tsv} gives them. */
  static final Map<String, ArgumentDecoder> BY_NAME =
      Map.of(
          "mmapprot", a -> putProtection(a.text(), (int) a.take()),
          "mmapflags", a -> putMmapFlags(a.text(), (int) a.take()),
          "shm-path", MemoryArgumentDecoders::putShmPath);

  private MemoryArgumentDecoders() {}

  private static void putProtection(Text text, int protection) {
    text.hex(protection).put('<');
    NameTable names = PROTECTIONS;
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
    NameTable names = MMAP_FLAGS;
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
}
