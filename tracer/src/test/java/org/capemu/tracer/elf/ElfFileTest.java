package org.capemu.tracer.elf;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.tracer.elf.ElfFile.Machine;
import org.capemu.tracer.elf.ElfFile.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What readelf(1) and nm(1) say of real programs, {@link ElfFile} says too. */
class ElfFileTest {
  private static final Path TRUE = Path.of("/bin/true");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"-pie -fPIE", "-no-pie", "-static", "-static-pie", "-m32"})
  void headersAreThoseOfReadelf(String options) throws Exception {
    Path program = Programs.compiled(directory, "gcc", options.split(" "));
    String said = String.join("\n", Programs.lines("readelf", "-hlnW", program.toString()));

    ElfFile file = Programs.read(program);

    assertEquals(
        number(said, "Entry point address: +0x([0-9a-f]+)"), Long.toHexString(file.entry()));
    assertEquals(said.contains("EXEC (") ? Type.EXECUTABLE : Type.SHARED, file.type());
    assertEquals(options.equals("-m32") ? Machine.I386 : Machine.AMD64, file.machine());
    assertEquals(
        number(said, "Number of program headers: +([0-9]+)"),
        Integer.toString(file.programHeaders().size()));
    assertEquals(number(said, "Build ID: ([0-9a-f]+)"), file.buildId().orElse(null));
    assertEquals(
        number(said, "Requesting program interpreter: ([^]]+)"), file.interpreter().orElse(null));
    ProgramHeader code = null;
    for (ProgramHeader header : file.programHeaders()) {
      if (header.isCode(file.entry())) {
        code = header;
      }
    }
    Matcher load =
        Pattern.compile("LOAD +0x(\\w+) 0x(\\w+) 0x\\w+ 0x(\\w+) 0x(\\w+) R E").matcher(said);
    assertTrue(load.find(), said);
    List<Long> fields = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      fields.add(Long.parseLong(load.group(i), 16));
    }
    assertEquals(
        fields, List.of(code.offset(), code.address(), code.fileSize(), code.memorySize()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-pie -fPIE", "-static", "-m32"})
  void sectionsAreThoseOfReadelf(String options) throws Exception {
    Path program = Programs.compiled(directory, "gcc", options.split(" "));
    Pattern line =
        Pattern.compile(
            " *\\[ *\\d+\\] (\\.\\S+) +\\S+ +(\\w+) (\\w+) (\\w+) \\w+ +[A-Z]* +(\\d+) .*");
    ElfFile file = Programs.read(program);
    int seen = 0;
    for (String said : Programs.lines("readelf", "-SW", program.toString())) {
      Matcher fields = line.matcher(said);
      if (fields.matches()) {
        Section section = file.section(fields.group(1)).orElseThrow();
        assertEquals(Long.parseLong(fields.group(2), 16), section.address(), said);
        assertEquals(Long.parseLong(fields.group(3), 16), section.offset(), said);
        assertEquals(Long.parseLong(fields.group(4), 16), section.size(), said);
        assertEquals(Integer.parseInt(fields.group(5)), section.link(), said);
        seen++;
      }
    }
    assertTrue(seen > 20, "sections: " + seen);
    assertEquals(Optional.empty(), file.section(".no-such"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-pie -fPIE", "-static", "-m32"})
  void functionsAreThoseOfNm(String options) throws Exception {
    Path program = Programs.compiled(directory, "gcc", options.split(" "));
    ElfFile file = Programs.read(program);
    int seen = 0;
    for (String[] symbol : nm(program)) {
      long address = Long.parseUnsignedLong(symbol[0], 16);
      long size = Long.parseUnsignedLong(symbol[1], 16);
      Function inside = file.functionAt(address + size - 1).orElseThrow();
      assertEquals(symbol[0], String.format("%0" + symbol[0].length() + "x", inside.address()));
      assertEquals(size, inside.size());
      assertEquals(Optional.of(new Function(symbol[3], address, size)), file.function(symbol[3]));
      seen++;
      if (seen == 150) {
        break;
      }
    }
    assertTrue(seen >= 3, "functions: " + seen);
  }

  /** Global functions of nm(1) that have a size and their address to themselves. */
  private static List<String[]> nm(Path program) throws Exception {
    List<String[]> symbols = new ArrayList<>();
    for (String said : Programs.lines("nm", "-S", "--defined-only", program.toString())) {
      String[] fields = said.split(" ");
      if (fields.length == 4 && fields[2].equals("T")) {
        symbols.add(fields);
      }
    }
    return symbols;
  }

  @Test
  void localFunctionsHaveNamesToo() throws Exception {
    ElfFile file = Programs.read(Programs.compiled(directory, "gcc", "-O0"));
    Function helper = file.function("helper").orElseThrow();
    assertEquals(Optional.of(helper), file.functionAt(helper.address() + 1));
  }

  @Test
  void namesThatAreTheTailOfAnotherAreFoundAndPartsAreNot() throws Exception {
    Path source = directory.resolve("tail.c");
    Files.writeString(source, "int ain(void) { return 1; } int main(void) { return ain(); }");
    Path program = directory.resolve("tail");
    Programs.build(List.of("gcc", "-O0", "-Wl,-O2", "-o", program.toString(), source.toString()));
    ElfFile file = Programs.read(program);
    Function main = file.function("main").orElseThrow();
    Function tail = file.function("ain").orElseThrow();
    assertFalse(main.address() == tail.address());
    assertEquals("ain", file.functionAt(tail.address()).orElseThrow().name());
    assertAll(
        () -> assertEquals(Optional.empty(), file.function("mai")),
        () -> assertEquals(Optional.empty(), file.function("in")),
        () -> assertEquals(Optional.empty(), file.function("")),
        () -> assertEquals(Optional.empty(), file.function("main\0")),
        () -> assertEquals(Optional.empty(), file.function("main\u0100")));
  }

  /** Hand-written code: symbols without type and size. */
  @Test
  void assemblyReachesUpToTheNextFunction() throws Exception {
    Path source = directory.resolve("start.s");
    Files.writeString(
        source,
        """
        .globl _start, next, value
        _start: nop
        nop
        inner: nop
        next: mov $60, %eax
        syscall
        .type sized, @function
        sized: nop
        .size sized, 1
        nop
        .data
        value: .long 1
        """);
    Path program = directory.resolve("start");
    Programs.build(List.of("gcc", "-nostdlib", "-static", "-o", program + "", source + ""));
    ElfFile file = Programs.read(program);
    long start = file.entry();
    assertEquals(Optional.of(new Function("_start", start, 0)), file.functionAt(start + 2));
    assertEquals("next", file.functionAt(start + 3).orElseThrow().name());
    Function sized = file.function("sized").orElseThrow();
    assertEquals(Optional.of(sized), file.functionAt(sized.address()));
    assertEquals(Optional.empty(), file.functionAt(sized.address() + 1), "beyond its size");
    assertEquals(Optional.empty(), file.functionAt(start - 1));
    assertEquals(Optional.empty(), file.function("value"), "data");
    assertEquals(Optional.empty(), file.function("inner"), "a place in a function");
  }

  @Test
  void whatIsImportedIsNoFunctionOfThisFile() throws Exception {
    ElfFile file = Programs.read(Programs.compiled(directory, "gcc", "-pie", "-fPIE"));
    assertEquals(Optional.empty(), file.function("printf"));
  }

  @Test
  void dynsymServesWhereSymtabIsStripped() throws Exception {
    Path program = Programs.compiled(directory, "gcc", "-rdynamic");
    Function twice = Programs.read(program).function("twice").orElseThrow();
    Programs.lines("strip", program.toString());

    ElfFile stripped = Programs.read(program);

    assertEquals(Optional.empty(), stripped.section(".symtab"));
    assertEquals(Optional.of(twice), stripped.function("twice"));
    assertEquals(Optional.of(twice), stripped.functionAt(twice.address() + 2));
    assertEquals(Optional.empty(), stripped.function("helper"));
  }

  @Test
  void aChannelGivesWhatTheBytesGive() throws Exception {
    assumeTrue(Files.isReadable(TRUE), "no " + TRUE);
    ElfFile file = Programs.read(TRUE);
    assertEquals(file.programHeaders(), Programs.open(TRUE, ElfFile::programHeaders));
    assertEquals(file.buildId(), Programs.open(TRUE, ElfFile::buildId));
    assertEquals(file.section(".text"), Programs.open(TRUE, elf -> elf.section(".text")));
  }

  /** As a program's memory, or another host, may give it. */
  @Test
  void aSourceMayGiveOneByteAtATime() throws Exception {
    assumeTrue(Files.isReadable(TRUE), "no " + TRUE);
    ByteSource whole = ByteSource.of(Files.readAllBytes(TRUE));
    ByteSource slow = (offset, into, at, length) -> whole.read(offset, into, at, 1);
    ElfFile file = ElfFile.read(slow).orElseThrow();
    assertEquals(Programs.read(TRUE).interpreter(), file.interpreter());
    assertEquals(Programs.read(TRUE).section(".text"), file.section(".text"));
  }

  @Test
  void otherFilesAreNone() throws Exception {
    assertEquals(Optional.empty(), read(new byte[0]));
    assertEquals(Optional.empty(), read("#!/bin/sh\n".getBytes()));
    assumeTrue(Files.isReadable(TRUE), "no " + TRUE);
    byte[] bytes = Files.readAllBytes(TRUE);
    bytes[18] = 8; // MIPS
    assertEquals(Optional.empty(), read(bytes));
    bytes[18] = 3; // i386, in a file of 64 bits
    assertEquals(Optional.empty(), read(bytes));
  }

  private static Optional<ElfFile> read(byte[] bytes) {
    return ElfFile.read(ByteSource.of(bytes));
  }

  private static String number(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? matcher.group(1) : null;
  }
}
