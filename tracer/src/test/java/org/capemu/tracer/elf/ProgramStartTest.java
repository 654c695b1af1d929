package org.capemu.tracer.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.tracer.elf.AuxiliaryVector.Entry;
import org.capemu.tracer.elf.ElfFile.Machine;
import org.capemu.tracer.elf.ProgramStart.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Running programs say themselves where their functions are; objdump(1) what others begin with. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ProgramStartTest {
  @TempDir Path directory;

  /** A program that has told where its main, its twice and its helper are, and waits. */
  private record Running(Process process, List<Long> addresses) implements AutoCloseable {
    static Running start(Path program) throws Exception {
      Process process = new ProcessBuilder(program.toString()).start();
      String said = process.inputReader().readLine();
      assumeTrue(
          said != null || Programs.read(program).machine() != Machine.I386,
          "this kernel runs no i386 programs");
      List<Long> addresses = new ArrayList<>();
      for (String address : said.split(" ")) {
        addresses.add(Long.parseUnsignedLong(address, 16));
      }
      return new Running(process, addresses);
    }

    ProgramStart programStart(ElfFile file) throws Exception {
      return ProgramStart.of(code(file), vector(file)).orElseThrow();
    }

    AuxiliaryVector vector(ElfFile file) throws Exception {
      byte[] vector = Files.readAllBytes(Path.of("/proc/" + process.pid() + "/auxv"));
      return AuxiliaryVector.of(vector, AuxiliaryVector.System.LINUX, file.machine());
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private static ProgramCode code(ElfFile file) {
    return ProgramCode.of(file, List.of("twice", "helper", "nowhere"));
  }

  private static void assertMain(long address, Kind kind, ProgramStart start) {
    assertEquals(address, start.main().function().address());
    assertEquals(kind, start.main().kind());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcc -pie -fPIE",
        "gcc -no-pie",
        "gcc -static",
        "gcc -static-pie",
        "gcc -m32",
        "gcc -m32 -static",
        "gcc -fcf-protection=full",
        "musl-gcc",
        "musl-gcc -static",
        "clang -fuse-ld=lld"
      })
  void functionsAreWhereTheProgramSaysTheyAre(String compiler) throws Exception {
    Path program = compile(compiler);
    try (Running running = Running.start(program)) {
      ProgramStart start = running.programStart(Programs.read(program));
      assertMain(running.addresses.get(0), Kind.MAIN, start);
      assertEquals(running.addresses.get(1), start.function("twice").orElseThrow().address());
      assertEquals(running.addresses.get(2), start.function("helper").orElseThrow().address());
      assertEquals(Optional.empty(), start.function("nowhere"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcc -pie -fPIE",
        "gcc -no-pie",
        "gcc -static",
        "gcc -static-pie",
        "gcc -fcf-protection=full",
        "clang -fuse-ld=lld"
      })
  void mainOfAStrippedProgramIsToldByItsStartCode(String compiler) throws Exception {
    Path program = compile(compiler);
    Programs.lines("strip", program.toString());
    try (Running running = Running.start(program)) {
      ProgramStart start = running.programStart(Programs.read(program));
      assertMain(running.addresses.get(0), Kind.MAIN_BY_START_CODE, start);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc -m32", "musl-gcc", "musl-gcc -static"})
  void otherStartCodeIsNotGuessedAt(String compiler) throws Exception {
    Path program = compile(compiler);
    Programs.lines("strip", program.toString());
    try (Running running = Running.start(program)) {
      ElfFile file = Programs.read(program);
      ProgramStart start = running.programStart(file);
      long entry = running.vector(file).get(Entry.ENTRY).orElseThrow();
      assertMain(entry, Kind.ENTRY, start);
      assertEquals(entry, start.entry());
    }
  }

  private Path compile(String compiler) throws Exception {
    String[] words = compiler.split(" ");
    String[] options = Arrays.copyOfRange(words, 1, words.length);
    return Programs.compiled(directory, words[0], options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/usr/bin/ls", "/usr/bin/perl", "/usr/bin/python3", "/usr/bin/git", "/bin/sh"})
  void programsOfTheSystemBeginAsObjdumpShows(String name) throws Exception {
    assumeTrue(Files.isReadable(Path.of(name)), "no " + name);
    Path program = Path.of(name).toRealPath();
    ElfFile file = Programs.read(program);
    Pattern loadsMain =
        Pattern.compile(".*(?:lea .*%rdi +# (?:0x)?([0-9a-f]+)|mov +\\$0x([0-9a-f]+),%rdi).*");
    OptionalLong shown = OptionalLong.empty();
    for (String line :
        Programs.lines(
            "objdump",
            "-d",
            "--start-address=" + file.entry(),
            "--stop-address=" + (file.entry() + 48),
            program.toString())) {
      Matcher matcher = loadsMain.matcher(line);
      if (matcher.matches()) {
        String address = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        shown = OptionalLong.of(Long.parseUnsignedLong(address, 16));
      }
    }
    assertTrue(shown.isPresent());
    assertEquals(shown, StartCode.main(file));
  }

  @Test
  void goBeginsAtItsOwnMain() throws Exception {
    Path source = directory.resolve("program.go");
    Files.writeString(source, "package main\nfunc main() { println(\"begun\") }\n");
    Path program = directory.resolve("program");
    Programs.build(
        List.of(
            "env",
            "HOME=" + directory,
            "GO111MODULE=off",
            "go",
            "build",
            "-o",
            program + "",
            source + ""));
    ElfFile file = Programs.read(program);
    ProgramStart start = ProgramStart.of(code(file), vector(file, 0)).orElseThrow();
    long main = file.function("main.main").orElseThrow().address();
    assertMain(main, Kind.MAIN, start);
    assertEquals("main.main", file.functionAt(main).orElseThrow().name());
  }

  @Test
  void rustBeginsAtItsCMain() throws Exception {
    Path source = Files.writeString(directory.resolve("program.rs"), "fn main() {}");
    Path program = directory.resolve("program");
    Programs.build(List.of("rustc", "-o", program.toString(), source.toString()));
    ElfFile file = Programs.read(program);
    ProgramStart start = ProgramStart.of(code(file), vector(file, 0x5000)).orElseThrow();
    long main = file.function("main").orElseThrow().address();
    assertMain(main + 0x5000, Kind.MAIN, start);
    Programs.lines("strip", program.toString());
    start = ProgramStart.of(code(Programs.read(program)), vector(file, 0x5000)).orElseThrow();
    assertMain(main + 0x5000, Kind.MAIN_BY_START_CODE, start);
  }

  @Test
  void aVectorOfAnotherImageIsRefused() throws Exception {
    Path program = Path.of("/usr/bin/ls");
    assumeTrue(Files.isReadable(program), "no " + program);
    ElfFile file = Programs.read(program);
    assertTrue(ProgramStart.of(code(file), vector(file, 0x1000)).isPresent());
    assertEquals(Optional.empty(), ProgramStart.of(code(file), vector(file, 0x1001)));
    assertEquals(Optional.empty(), ProgramStart.of(code(file), vector(9, file.entry())));
    assertEquals(Optional.empty(), ProgramStart.of(code(file), vector(9, file.entry(), 5, 1)));
    assertEquals(
        Optional.empty(), ProgramStart.of(code(file), vector(5, file.programHeaders().size())));
  }

  /** Whatever is added to an address of 32 bits, the sum has as many. */
  @Test
  void addressesOfI386Wrap() throws Exception {
    ElfFile file = Programs.read(compile("gcc -m32"));
    long main = file.function("main").orElseThrow().address();
    ByteBuffer pairs = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    pairs.putInt(9).putInt((int) file.entry() - 0x1000);
    pairs.putInt(5).putInt(file.programHeaders().size());
    ProgramStart start =
        ProgramStart.of(
                code(file),
                AuxiliaryVector.of(pairs.array(), AuxiliaryVector.System.LINUX, Machine.I386))
            .orElseThrow();
    assertMain(main - 0x1000 & 0xffff_ffffL, Kind.MAIN, start);
    assertEquals(file.entry() - 0x1000 & 0xffff_ffffL, start.entry());
  }

  private static AuxiliaryVector vector(ElfFile file, long loadBias) {
    return vector(9, file.entry() + loadBias, 5, file.programHeaders().size());
  }

  private static AuxiliaryVector vector(long... pairs) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * pairs.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long word : pairs) {
      bytes.putLong(word);
    }
    return AuxiliaryVector.of(bytes.array(), AuxiliaryVector.System.LINUX, Machine.AMD64);
  }
}
