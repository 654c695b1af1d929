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

  /** The name of {@code main} in Go's programs. */
  static final String GO_MAIN = "main.main";

  /**
   * The program's own code, as far as it can be told.
   *
   * @param function with its address in the program's memory, unsigned; of size 0 where that is not
   *     known
   */
  public record Start(Function function, Kind kind) {
    /** Whether it is called by Go's runtime, on a stack that is not the process's first. */
    public boolean isGo() {
      return function.name().equals(GO_MAIN);
    }
  }

  private final ProgramCode code;
  private final long loadBias;

  private ProgramStart(ProgramCode code, long loadBias) {
    this.code = code;
    this.loadBias = loadBias;
  }

  /**
   * Empty if the vector cannot be that of a program which runs from this file: it has another
   * number of program headers, or its entry point is where this file's could not be loaded.
   */
  public static Optional<ProgramStart> of(ProgramCode code, AuxiliaryVector vector) {
    OptionalLong entry = vector.get(Entry.ENTRY);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    ProgramStart start = new ProgramStart(code, entry.getAsLong() - code.entry());
    return start.isImageOf(vector) ? Optional.of(start) : Optional.empty();
  }

  /** What is added to an address in the file. */
  public long loadBias() {
    return loadBias;
  }

  /** The image's entry point, to which the run-time linker jumps when it is done. */
  public long entry() {
    return inMemory(code.entry());
  }

  /** True if the program has no run-time linker: its first instruction is at its entry point. */
  public boolean isStatic() {
    return code.isStatic();
  }

  /** The bytes of an address in the program's memory, and of a word on its stack: 4 or 8. */
  public int wordSize() {
    return code.machine().layout.word;
  }

  /** Where start-up ends. */
  public Start main() {
    return new Start(inMemory(code.main().function()), code.main().kind());
  }

  /**
   * A function of the program's own file, at its address in memory; empty where it has no symbol,
   * or one that is not code.
   *
   * @param name one of those that the {@link ProgramCode} was asked for
   */
  public Optional<Function> function(String name) {
    return code.function(name).map(this::inMemory);
  }

  /** Whether an address in memory is one of the program's own code, not of a library. */
  public boolean isCode(long address) {
    return code.isCode(address - loadBias);
  }

  private boolean isImageOf(AuxiliaryVector vector) {
    boolean isPossible = code.type() == ElfFile.Type.SHARED ? loadBias % PAGE == 0 : loadBias == 0;
    return isPossible
        && vector
            .get(Entry.PROGRAM_HEADER_COUNT)
            .equals(OptionalLong.of(code.programHeaderCount()));
  }

  private Function inMemory(Function function) {
    return new Function(function.name(), inMemory(function.address()), function.size());
  }

  private long inMemory(long address) {
    long moved = address + loadBias;
    return code.machine().layout == Layout.ELF32 ? moved & 0xffff_ffffL : moved;
  }
}
