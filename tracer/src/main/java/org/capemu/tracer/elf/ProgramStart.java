package org.capemu.tracer.elf;

import java.util.Optional;
import java.util.OptionalLong;
import org.capemu.tracer.elf.AuxiliaryVector.Entry;

/** Where the code of a running program begins, at the addresses it has in its memory. */
public final class ProgramStart {
  private static final long PAGE = 4096;

  /** Which beginning was found. */
  public enum Kind {
    /** {@code main}, or Go's {@code main.main}, by its symbol. */
    MAIN,
    /** {@code main} of a program without that symbol, as its code at the entry point calls it. */
    MAIN_BY_START_CODE,
    /**
     * The image's entry point: the program has no {@code main}, or no symbol for it and start code
     * that is not known (that of musl, of older FreeBSD releases, of i386 and arm64).
     */
    ENTRY
  }

  /**
   * The first instruction of the program's own code, as far as it can be told.
   *
   * @param address in the program's memory, unsigned
   */
  public record Start(long address, Kind kind) {}

  private final ElfFile file;
  private final long loadBias;

  private ProgramStart(ElfFile file, long loadBias) {
    this.file = file;
    this.loadBias = loadBias;
  }

  /**
   * Empty if the vector cannot be that of a program which runs from this file: it has another
   * number of program headers, or its entry point is where this file's could not be loaded.
   */
  public static Optional<ProgramStart> of(ElfFile file, AuxiliaryVector vector) {
    OptionalLong entry = vector.get(Entry.ENTRY);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    ProgramStart start = new ProgramStart(file, entry.getAsLong() - file.entry());
    return start.isImageOf(vector) ? Optional.of(start) : Optional.empty();
  }

  /** What is added to an address in the file. */
  public long loadBias() {
    return loadBias;
  }

  /** The image's entry point, to which the run-time linker jumps when it is done. */
  public long entry() {
    return inMemory(file.entry());
  }

  /** Where start-up ends. Go's comes first: its programs may have a C {@code main} as well. */
  public Start main() {
    OptionalLong bySymbol = function("main.main");
    if (bySymbol.isEmpty()) {
      bySymbol = function("main");
    }
    if (bySymbol.isPresent()) {
      return new Start(bySymbol.getAsLong(), Kind.MAIN);
    }
    OptionalLong byCode = StartCode.main(file);
    return byCode.isPresent()
        ? new Start(inMemory(byCode.getAsLong()), Kind.MAIN_BY_START_CODE)
        : new Start(entry(), Kind.ENTRY);
  }

  /**
   * A function of the program's own file; empty where it has no symbol, or one that is not code.
   *
   * @param name as in the file: mangled, one char a byte
   */
  public OptionalLong function(String name) {
    return file.function(name).stream()
        .mapToLong(Function::address)
        .filter(file::isCode)
        .map(this::inMemory)
        .findFirst();
  }

  private boolean isImageOf(AuxiliaryVector vector) {
    boolean isPossible = file.type() == ElfFile.Type.SHARED ? loadBias % PAGE == 0 : loadBias == 0;
    return isPossible
        && vector
            .get(Entry.PROGRAM_HEADER_COUNT)
            .equals(OptionalLong.of(file.programHeaders().size()));
  }

  private long inMemory(long address) {
    long moved = address + loadBias;
    return file.machine().layout == Layout.ELF32 ? moved & 0xffff_ffffL : moved;
  }
}
