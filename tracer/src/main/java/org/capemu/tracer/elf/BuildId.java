package org.capemu.tracer.elf;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The note by which a linker tells one build of a file from another: {@code --build-id} of ld(1).
 */
final class BuildId {
  private static final int NT_GNU_BUILD_ID = 3;
  private static final int GNU = 'G' | 'N' << 8 | 'U' << 16;
  private static final int MAX_LENGTH = 64;

  private BuildId() {}

  /** Elf_Nhdr of elf(5): lengths of name and descriptor, a type, and both, each padded to four. */
  static Optional<String> find(ByteBuffer notes) {
    long at = 0;
    while (at + 12 <= notes.limit()) {
      int header = (int) at;
      long nameSize = Integer.toUnsignedLong(notes.getInt(header));
      long size = Integer.toUnsignedLong(notes.getInt(header + 4));
      long descriptor = padded(at + 12 + nameSize);
      if (descriptor + size > notes.limit()) {
        break;
      }
      if (notes.getInt(header + 8) == NT_GNU_BUILD_ID
          && nameSize == 4
          && notes.getInt(header + 12) == GNU
          && size > 0
          && size <= MAX_LENGTH) {
        int from = (int) descriptor;
        return Optional.of(HexFormat.of().formatHex(notes.array(), from, from + (int) size));
      }
      at = padded(descriptor + size);
    }
    return Optional.empty();
  }

  private static long padded(long offset) {
    return (offset + 3) & ~3L;
  }
}
