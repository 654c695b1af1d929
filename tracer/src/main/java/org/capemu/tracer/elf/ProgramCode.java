package org.capemu.tracer.elf;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a program's file says of its code, as linked: kept when the file is closed, since one file
 * is executed many times.
 */
public final class ProgramCode {
  /** Where the file says that the program's own code begins. */
  record Main(Function function, ProgramStart.Kind kind) {}

  private final ElfFile.Type type;
  private final ElfFile.Machine machine;
  private final long entry;
  private final boolean isStatic;
  private final List<ProgramHeader> programHeaders;
  private final Main main;
  private final Map<String, Function> functions = new HashMap<>();

  private ProgramCode(ElfFile file) {
    this.type = file.type();
    this.machine = file.machine();
    this.entry = file.entry();
    this.isStatic = file.interpreter().isEmpty();
    this.programHeaders = file.programHeaders();
    this.main = main(file);
  }

  /**
   * Reads what is needed of a file.
   *
   * @param names functions to be asked for later, as in the file: mangled, one char a byte
   */
  public static ProgramCode of(ElfFile file, Collection<String> names) {
    ProgramCode code = new ProgramCode(file);
    for (String name : names) {
      function(file, name).ifPresent(function -> code.functions.put(name, function));
    }
    return code;
  }

  /** Go's comes first: its programs may have a C {@code main} as well. */
  private static Main main(ElfFile file) {
    Optional<Function> bySymbol =
        function(file, ProgramStart.GO_MAIN).or(() -> function(file, "main"));
    if (bySymbol.isPresent()) {
      return new Main(bySymbol.get(), ProgramStart.Kind.MAIN);
    }
    OptionalLong byCode = StartCode.main(file);
    return byCode.isPresent()
        ? new Main(
            new Function("main", byCode.getAsLong(), 0), ProgramStart.Kind.MAIN_BY_START_CODE)
        : new Main(new Function("", file.entry(), 0), ProgramStart.Kind.ENTRY);
  }

  private static Optional<Function> function(ElfFile file, String name) {
    return file.function(name).filter(function -> file.isCode(function.address()));
  }

  public ElfFile.Machine machine() {
    return machine;
  }

  ElfFile.Type type() {
    return type;
  }

  long entry() {
    return entry;
  }

  /** No run-time linker is needed to start it. */
  boolean isStatic() {
    return isStatic;
  }

  int programHeaderCount() {
    return programHeaders.size();
  }

  Main main() {
    return main;
  }

  Optional<Function> function(String name) {
    return Optional.ofNullable(functions.get(name));
  }

  boolean isCode(long address) {
    return programHeaders.stream().anyMatch(segment -> segment.isCode(address));
  }
}
