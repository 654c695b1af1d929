package org.capemu.tracer.elf;

import java.nio.ByteBuffer;

/**
 * The two classes of ELF files: sizes of the structures of elf(5), and of a word in them. Where the
 * order of fields is the same in both, a field's place follows from the word.
 */
enum Layout {
  ELF32(4, 32, 40, 16),
  ELF64(8, 56, 64, 24);

  /** An address, offset or size: ElfN_Addr, ElfN_Off. */
  final int word;

  final int programHeader;
  final int sectionHeader;
  final int symbol;

  Layout(int word, int programHeader, int sectionHeader, int symbol) {
    this.word = word;
    this.programHeader = programHeader;
    this.sectionHeader = sectionHeader;
    this.symbol = symbol;
  }

  /** Where the fields after {@code e_shoff} begin; the header ends 16 bytes later. */
  int afterWords() {
    return 24 + 3 * word;
  }

  int header() {
    return afterWords() + 16;
  }

  long word(ByteBuffer from, int at) {
    return this == ELF64 ? from.getLong(at) : from.getInt(at) & 0xffff_ffffL;
  }

  /** The i-th word after an offset. */
  long word(ByteBuffer from, int at, int i) {
    return word(from, at + i * word);
  }
}
