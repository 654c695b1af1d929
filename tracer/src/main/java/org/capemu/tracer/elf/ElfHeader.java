package org.capemu.tracer.elf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Elf64_Ehdr or Elf32_Ehdr of elf(5), and the two tables that it leads to. */
final class ElfHeader {
  private static final int IDENT = 16;
  private static final int ELFMAG = 0x7f | 'E' << 8 | 'L' << 16 | 'F' << 24;
  private static final int EI_CLASS = 4;
  private static final int EI_DATA = 5;
  private static final int ELFCLASS32 = 1;
  private static final int ELFCLASS64 = 2;
  private static final int ELFDATA2LSB = 1;

  private static final int E_TYPE = 16;
  private static final int E_MACHINE = 18;
  private static final int E_ENTRY = 24;
  private static final int ET_EXEC = 2;
  private static final int ET_DYN = 3;

  private static final int SHN_XINDEX = 0xffff;

  /** load_elf_phdrs of Linux; FreeBSD wants them all in the first page. */
  private static final int MAX_PROGRAM_HEADERS = 1 << 16;

  private static final int MAX_SECTIONS = 1 << 16;
  private static final int MAX_SECTION_NAMES = 1 << 20;
  private static final int MAX_SECTION_NAME = 256;

  private final BoundedReader reader;
  private final Layout layout;
  private final ElfFile.Type type;
  private final ElfFile.Machine machine;
  private final ByteBuffer fields;

  private ElfHeader(
      BoundedReader reader, ElfFile.Type type, ElfFile.Machine machine, ByteBuffer fields) {
    this.reader = reader;
    this.layout = machine.layout;
    this.type = type;
    this.machine = machine;
    this.fields = fields;
  }

  static Optional<ElfHeader> read(BoundedReader reader) {
    ByteBuffer ident = reader.all(0, IDENT, IDENT);
    if (ident.limit() == 0 || ident.getInt(0) != ELFMAG || ident.get(EI_DATA) != ELFDATA2LSB) {
      return Optional.empty();
    }
    for (ElfFile.Machine machine : ElfFile.Machine.values()) {
      Layout layout = machine.layout;
      ByteBuffer fields = reader.all(0, layout.header(), layout.header());
      if (ident.get(EI_CLASS) == (layout == Layout.ELF64 ? ELFCLASS64 : ELFCLASS32)
          && fields.limit() > 0
          && fields.getShort(E_MACHINE) == machine.number) {
        return type(fields).map(type -> new ElfHeader(reader, type, machine, fields));
      }
    }
    return Optional.empty();
  }

  private static Optional<ElfFile.Type> type(ByteBuffer fields) {
    return switch (fields.getShort(E_TYPE)) {
      case ET_EXEC -> Optional.of(ElfFile.Type.EXECUTABLE);
      case ET_DYN -> Optional.of(ElfFile.Type.SHARED);
      default -> Optional.empty();
    };
  }

  ElfFile.Type type() {
    return type;
  }

  ElfFile.Machine machine() {
    return machine;
  }

  long entry() {
    return layout.word(fields, E_ENTRY);
  }

  List<ProgramHeader> programHeaders() {
    int size = fields.getShort(layout.afterWords() + 6) & 0xffff;
    int count = fields.getShort(layout.afterWords() + 8) & 0xffff;
    if (size != layout.programHeader) {
      return List.of();
    }
    ByteBuffer table =
        reader.all(layout.word(fields, E_ENTRY, 1), (long) size * count, MAX_PROGRAM_HEADERS);
    List<ProgramHeader> result = new ArrayList<>();
    for (int at = 0; at < table.limit(); at += size) {
      boolean is64 = layout == Layout.ELF64;
      int words = at + (is64 ? 8 : 4);
      result.add(
          new ProgramHeader(
              table.getInt(at),
              table.getInt(at + (is64 ? 4 : 24)),
              layout.word(table, words),
              layout.word(table, words, 1),
              layout.word(table, words, 3),
              layout.word(table, words, 4)));
    }
    return List.copyOf(result);
  }

  List<Section> sections() {
    long offset = layout.word(fields, E_ENTRY, 2);
    int size = fields.getShort(layout.afterWords() + 10) & 0xffff;
    long count = fields.getShort(layout.afterWords() + 12) & 0xffff;
    int names = fields.getShort(layout.afterWords() + 14) & 0xffff;
    if (offset == 0 || size != layout.sectionHeader) {
      return List.of();
    }
    ByteBuffer first = reader.all(offset, size, size);
    if (first.limit() == 0) {
      return List.of();
    }
    // Numbers that are too large for the header are in the first section's, which has no other use.
    if (count == 0) {
      count = layout.word(first, 8, 3);
    }
    if (names == SHN_XINDEX) {
      names = first.getInt(8 + 4 * layout.word);
    }
    if (Long.compareUnsigned(count, MAX_SECTIONS) > 0) {
      return List.of();
    }
    ByteBuffer table = reader.all(offset, count * size, MAX_SECTIONS * size);
    ByteBuffer text = ByteBuffer.allocate(0);
    if (names >= 0 && (long) names * size < table.limit()) {
      text =
          reader.all(
              layout.word(table, names * size + 8, 2),
              layout.word(table, names * size + 8, 3),
              MAX_SECTION_NAMES);
    }
    List<Section> result = new ArrayList<>();
    for (int at = 0; at < table.limit(); at += size) {
      result.add(
          new Section(
              sectionName(text, table.getInt(at)),
              table.getInt(at + 4),
              layout.word(table, at + 8),
              layout.word(table, at + 8, 1),
              layout.word(table, at + 8, 2),
              layout.word(table, at + 8, 3),
              table.getInt(at + 8 + 4 * layout.word)));
    }
    return List.copyOf(result);
  }

  private static String sectionName(ByteBuffer names, int at) {
    for (int end = at; at >= 0 && end < names.limit() && end < at + MAX_SECTION_NAME; end++) {
      if (names.get(end) == 0) {
        return new String(names.array(), at, end - at, StandardCharsets.ISO_8859_1);
      }
    }
    return "";
  }
}
