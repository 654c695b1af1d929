package org.capemu.tracer.elf;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An executable file or shared object, as elf(5) has it.
 *
 * <p>The file is not trusted. What is broken in it is as if it were not there: nothing throws, and
 * nothing is read or kept without bound. The limits are those of the kernels where they have one
 * (64 KiB of program headers, 4096 bytes of PT_INTERP); else 65,536 sections, 64 KiB of a note
 * segment, 128 MiB of a symbol table and as much of its names, 64 KiB of one name. A question about
 * symbols reads through the table in constant memory.
 *
 * <p>Addresses are as linked: what runs has them at another place, by the load bias of {@link
 * ProgramStart}. They are unsigned, as are offsets and sizes.
 */
public final class ElfFile {
  private static final int MAX_INTERPRETER = 4096;
  private static final int MAX_NOTES = 1 << 16;
  private static final int MAX_TABLE = 1 << 27;

  /** e_type. */
  public enum Type {
    /** ET_EXEC: has to be loaded at the addresses it was linked for. */
    EXECUTABLE,
    /** ET_DYN: a shared object or a position-independent executable. */
    SHARED
  }

  /** e_machine, with the class that goes with it. */
  public enum Machine {
    AMD64(62, Layout.ELF64),
    ARM64(183, Layout.ELF64),
    I386(3, Layout.ELF32);

    final int number;
    final Layout layout;

    Machine(int number, Layout layout) {
      this.number = number;
      this.layout = layout;
    }
  }

  private final BoundedReader reader;
  private final ElfHeader header;
  private final List<ProgramHeader> programHeaders;
  private final List<Section> sections;

  private ElfFile(BoundedReader reader, ElfHeader header) {
    this.reader = reader;
    this.header = header;
    this.programHeaders = header.programHeaders();
    this.sections = header.sections();
  }

  /** Empty if it is no file of these types and machines. */
  public static Optional<ElfFile> read(ByteSource source) {
    BoundedReader reader = new BoundedReader(source);
    return ElfHeader.read(reader).map(header -> new ElfFile(reader, header));
  }

  public Type type() {
    return header.type();
  }

  public Machine machine() {
    return header.machine();
  }

  /** e_entry: where the program begins, or 0 if it is none. */
  public long entry() {
    return header.entry();
  }

  public List<ProgramHeader> programHeaders() {
    return programHeaders;
  }

  /** The first section of a name. */
  public Optional<Section> section(String name) {
    return sections.stream().filter(section -> section.name().equals(name)).findFirst();
  }

  /** PT_INTERP: the path of the run-time linker, one char a byte. Static programs have none. */
  public Optional<String> interpreter() {
    return segment(ProgramHeader.PT_INTERP)
        .filter(segment -> Long.compareUnsigned(segment.fileSize(), MAX_INTERPRETER) <= 0)
        .map(segment -> reader.name(segment.offset(), segment.fileSize()))
        .filter(path -> !path.isEmpty());
  }

  /** The NT_GNU_BUILD_ID note, in lower case hexadecimal digits. */
  public Optional<String> buildId() {
    for (ProgramHeader segment : programHeaders) {
      if (segment.type() == ProgramHeader.PT_NOTE) {
        Optional<String> id =
            BuildId.find(reader.all(segment.offset(), segment.fileSize(), MAX_NOTES));
        if (id.isPresent()) {
          return id;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The function of a name that this file has: .symtab, then .dynsym. Where there are several, one
   * that other files may call comes first.
   *
   * @param name as in the file: mangled, one char a byte
   */
  public Optional<Function> function(String name) {
    if (name.isEmpty() || name.chars().anyMatch(c -> c == 0 || c > 0xff)) {
      return Optional.empty();
    }
    return symbols(Section.SHT_SYMTAB)
        .flatMap(table -> table.named(name))
        .or(() -> symbols(Section.SHT_DYNSYM).flatMap(table -> table.named(name)));
  }

  /** The address of a variable in .symtab. */
  OptionalLong variable(String name) {
    return symbols(Section.SHT_SYMTAB)
        .map(table -> table.variable(name))
        .orElse(OptionalLong.empty());
  }

  /** The function whose code is at an address, by the same tables; empty where none reaches it. */
  public Optional<Function> functionAt(long address) {
    return symbols(Section.SHT_SYMTAB)
        .flatMap(table -> table.covering(address))
        .or(() -> symbols(Section.SHT_DYNSYM).flatMap(table -> table.covering(address)));
  }

  /** Whether an address is in a segment that is mapped to be executed. */
  boolean isCode(long address) {
    return programHeaders.stream().anyMatch(segment -> segment.isCode(address));
  }

  /** The code at an address; shorter where its segment ends before. */
  ByteBuffer code(long address, int length) {
    return programHeaders.stream()
        .filter(segment -> segment.isCode(address))
        .findFirst()
        .map(
            segment -> {
              long into = address - segment.address();
              long there = Math.min(length, segment.fileSize() - into);
              return reader.all(segment.offset() + into, there, length);
            })
        .orElse(ByteBuffer.allocate(0));
  }

  private Optional<ProgramHeader> segment(int type) {
    return programHeaders.stream().filter(segment -> segment.type() == type).findFirst();
  }

  private Optional<SymbolTable> symbols(int type) {
    return sections.stream()
        .filter(section -> section.type() == type)
        .findFirst()
        .filter(table -> table.link() >= 0 && table.link() < sections.size())
        .filter(table -> isReadable(table) && isReadable(sections.get(table.link())))
        .map(
            table ->
                new SymbolTable(
                    reader,
                    header.machine().layout,
                    table,
                    new StringTable(reader, sections.get(table.link())),
                    sections));
  }

  private static boolean isReadable(Section table) {
    return Long.compareUnsigned(table.size(), MAX_TABLE) <= 0;
  }
}
