package org.capemu.tracer.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.capemu.tracer.elf.ElfFile.Machine;

/**
 * Files that are broken, by accident or on purpose: they never throw, loop, or cost without end.
 */
class HostileElfTest {
  private static final int TABLE_LIMIT = 1 << 27;

  /** A question about symbols reads two tables and their names. */
  private static final int TABLES = 4;

  /** Questions of {@link #askAll} that are about symbols. */
  private static final int SYMBOL_QUESTIONS = 8;

  /** Counts what is read, and holds the reader to what it may ask for. */
  private static final class Counted implements ByteSource {
    private final ByteSource source;
    private long read;

    Counted(ByteSource source) {
      this.source = source;
    }

    @Override
    public int read(long offset, byte[] into, int at, int length) {
      assertTrue(offset >= 0 && at >= 0 && length > 0 && at + length <= into.length);
      int copied = source.read(offset, into, at, length);
      read += Math.max(copied, 0);
      return copied;
    }
  }

  private static void askAll(ElfFile file) {
    file.interpreter();
    file.buildId();
    file.section(".text");
    file.function("main");
    for (long address : new long[] {0, file.entry(), file.entry() + 1, -1, Long.MIN_VALUE}) {
      file.functionAt(address);
      file.code(address, 64);
    }
    byte[] pairs = new byte[32];
    ByteBuffer.wrap(pairs)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(9)
        .putLong(file.entry())
        .putLong(5)
        .putLong(file.programHeaders().size());
    ProgramStart.of(
            ProgramCode.of(file, List.of("main")),
            AuxiliaryVector.of(pairs, AuxiliaryVector.System.LINUX, Machine.AMD64))
        .ifPresent(ProgramStart::main);
  }

  /** A field that is overwritten. */
  private record Change(int place, int size, long value) {}

  /** Real programs, one of them with symbols if this machine can compile one. */
  private static final List<byte[]> PROGRAMS = programs();

  private static List<byte[]> programs() {
    try {
      byte[] java = Files.readAllBytes(Path.of(System.getProperty("java.home"), "bin", "java"));
      Path directory = Files.createTempDirectory("capemu-elf");
      try {
        return List.of(
            java,
            Files.readAllBytes(Programs.compiled(directory, "gcc", "-m32")),
            Files.readAllBytes(Programs.compiled(directory, "gcc")));
      } catch (org.opentest4j.TestAbortedException noCompiler) {
        return List.of(java);
      } finally {
        for (String name : List.of("program", "program.c")) {
          Files.deleteIfExists(directory.resolve(name));
        }
        Files.delete(directory);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Provide
  Arbitrary<byte[]> brokenPrograms() {
    return Arbitraries.of(PROGRAMS).flatMap(HostileElfTest::broken);
  }

  private static Arbitrary<byte[]> broken(byte[] whole) {
    int end = whole.length - Long.BYTES;
    ByteBuffer fields = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    int sections = (int) (whole[4] == 1 ? fields.getInt(32) : fields.getLong(40));
    Arbitrary<Integer> places =
        Arbitraries.frequencyOf(
            Tuple.of(2, Arbitraries.integers().between(16, 64)),
            Tuple.of(2, Arbitraries.integers().between(64, 1024)),
            Tuple.of(4, Arbitraries.integers().between(sections, end)),
            Tuple.of(2, Arbitraries.integers().between(0, end)));
    Arbitrary<Long> values =
        Arbitraries.oneOf(
            Arbitraries.of(0L, 1L, -1L, (long) TABLE_LIMIT, Long.MIN_VALUE, Long.MAX_VALUE),
            Arbitraries.longs().between(-256, whole.length),
            Arbitraries.longs());
    Arbitrary<Change> changes =
        Combinators.combine(places, Arbitraries.of(1, 2, 4, 8), values).as(Change::new);
    Arbitrary<Integer> lengths =
        Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.just(whole.length)),
            Tuple.of(1, Arbitraries.integers().between(0, whole.length)));
    return Combinators.combine(changes.list().ofMinSize(1).ofMaxSize(12), lengths)
        .as((all, length) -> changed(whole, all, length));
  }

  private static byte[] changed(byte[] whole, List<Change> changes, int length) {
    byte[] bytes = whole.clone();
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (Change change : changes) {
      switch (change.size) {
        case 1 -> fields.put(change.place, (byte) change.value);
        case 2 -> fields.putShort(change.place, (short) change.value);
        case 4 -> fields.putInt(change.place, (int) change.value);
        default -> fields.putLong(change.place, change.value);
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  @Property(tries = 1000)
  void brokenProgramsCostNoMoreThanTheirLength(@ForAll("brokenPrograms") byte[] bytes) {
    Counted source = new Counted(ByteSource.of(bytes));
    ElfFile.read(source).ifPresent(HostileElfTest::askAll);
    // Headers, names of sections, notes and code besides, each at most the whole file.
    assertTrue(source.read <= (SYMBOL_QUESTIONS * TABLES + 64L) * bytes.length);
  }

  @Property(tries = 500)
  void anyBytesAfterTheMagicAreAFileOrNone(@ForAll byte[] rest) {
    byte[] bytes = new byte[rest.length + 5];
    System.arraycopy(rest, 0, bytes, 5, rest.length);
    bytes[0] = 0x7f;
    bytes[1] = 'E';
    bytes[2] = 'L';
    bytes[3] = 'F';
    bytes[4] = 2;
    ElfFile.read(ByteSource.of(bytes)).ifPresent(HostileElfTest::askAll);
  }

  /** A file without end: a header, a table of sections, and the same byte ever after. */
  private static Counted endless(long symbols, long names) {
    return endless(symbols, names, 2);
  }

  /**
   * @param link of the symbol table: the section of its names, which is 2
   */
  private static Counted endless(long symbols, long names, int link) {
    ByteBuffer file = ByteBuffer.allocate(64 + 4 * 64).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    file.putShort(16, (short) 3).putShort(18, (short) 62);
    file.putLong(40, 64);
    file.putShort(58, (short) 64).putShort(60, (short) 4);
    file.putInt(64 + 64 + 4, 2); // SHT_SYMTAB
    file.putLong(64 + 64 + 24, 4096).putLong(64 + 64 + 32, symbols).putInt(64 + 64 + 40, link);
    file.putInt(64 + 128 + 4, 3); // SHT_STRTAB
    file.putLong(64 + 128 + 24, 4096).putLong(64 + 128 + 32, names);
    file.putLong(64 + 192 + 8, 4).putLong(64 + 192 + 32, -1); // SHF_EXECINSTR, all addresses
    byte[] head = file.array();
    return new Counted(
        (offset, into, at, length) -> {
          Arrays.fill(into, at, at + length, (byte) 3);
          for (int i = 0; i < length && offset + i < head.length; i++) {
            into[at + i] = head[(int) offset + i];
          }
          return length;
        });
  }

  @Example
  void tablesAreReadUpToTheirLimit() {
    Counted source = endless(TABLE_LIMIT, TABLE_LIMIT);
    ElfFile file = ElfFile.read(source).orElseThrow();
    file.functionAt(-1);
    file.function("\3");
    assertTrue(source.read > TABLE_LIMIT, "not read: " + source.read);
    assertTrue(source.read < 3L * TABLE_LIMIT, "read: " + source.read);
  }

  @Example
  void largerTablesAreNotRead() {
    for (Counted source :
        List.of(
            endless(TABLE_LIMIT + 1L, 64),
            endless(64, TABLE_LIMIT + 1L),
            endless(-1, 64),
            endless(64, Long.MIN_VALUE))) {
      ElfFile file = ElfFile.read(source).orElseThrow();
      assertEquals(Optional.empty(), file.functionAt(0x0303_0303_0303_0303L));
      assertEquals(Optional.empty(), file.function("main"));
      assertTrue(source.read < 1 << 16, "read: " + source.read);
    }
  }

  @Example
  void namesMayBeInNoSection() {
    for (int link : new int[] {4, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      ElfFile file = ElfFile.read(endless(64, 64, link)).orElseThrow();
      assertEquals(Optional.empty(), file.functionAt(0x0303_0303_0303_0303L));
      assertEquals(Optional.empty(), file.function("main"));
    }
  }

  @Example
  void aBuildIdMayBeBrokenOff() {
    assertEquals(Optional.of("0123456789abcdef"), buildId(8));
    for (int size : new int[] {0, 9, 64, 65, -1, Integer.MIN_VALUE}) {
      assertEquals(Optional.empty(), buildId(size));
    }
  }

  /** What is read of a note of eight bytes that says it has another size. */
  private static Optional<String> buildId(int size) {
    ByteBuffer file = ByteBuffer.allocate(64 + 56 + 24).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    file.putShort(16, (short) 3).putShort(18, (short) 62).putLong(32, 64);
    file.putShort(54, (short) 56).putShort(56, (short) 1);
    file.putInt(64, 4).putLong(72, 120).putLong(96, 24); // PT_NOTE
    file.putInt(120, 4).putInt(124, size).putInt(128, 3).putInt(132, 'G' | 'N' << 8 | 'U' << 16);
    file.putLong(136, Long.reverseBytes(0x0123456789abcdefL));
    return ElfFile.read(ByteSource.of(file.array())).orElseThrow().buildId();
  }

  /** Where a source breaks its promise, no more is taken than was asked for. */
  @Example
  void aSourceMayCountWrong() {
    for (int counted : new int[] {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE}) {
      ElfFile.read((offset, into, at, length) -> counted).ifPresent(HostileElfTest::askAll);
    }
  }
}
