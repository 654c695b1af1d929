package org.capemu.tracer.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalLong;
import org.capemu.tracer.elf.AuxiliaryVector.Entry;
import org.capemu.tracer.elf.ElfFile.Machine;
import org.junit.jupiter.api.Test;

class AuxiliaryVectorTest {
  private static final AuxiliaryVector.System LINUX = AuxiliaryVector.System.LINUX;
  private static final AuxiliaryVector.System FREEBSD = AuxiliaryVector.System.FREEBSD;

  private static byte[] words(long... words) {
    ByteBuffer bytes = ByteBuffer.allocate(words.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (long word : words) {
      bytes.putLong(word);
    }
    return bytes.array();
  }

  @Test
  void linuxHasItsOwnNumbersAbove15() {
    AuxiliaryVector vector =
        AuxiliaryVector.of(
            words(33, 0x7f00, 3, 0x40, 5, 13, 7, -4096, 9, 0x1040, 15, 0x77, 31, 0x99, 0, 0, 9, 1),
            LINUX,
            Machine.AMD64);
    assertEquals(OptionalLong.of(0x7f00), vector.get(Entry.VDSO));
    assertEquals(OptionalLong.of(0x40), vector.get(Entry.PROGRAM_HEADERS));
    assertEquals(OptionalLong.of(13), vector.get(Entry.PROGRAM_HEADER_COUNT));
    assertEquals(OptionalLong.of(-4096), vector.get(Entry.LINKER_BASE));
    assertEquals(OptionalLong.of(0x1040), vector.get(Entry.ENTRY), "not that after AT_NULL");
    assertEquals(OptionalLong.of(0x99), vector.get(Entry.EXECUTED_PATH));
  }

  /** On FreeBSD 31 is AT_ENVV and 33 AT_FXRNG. */
  @Test
  void freeBsdHasOthers() {
    AuxiliaryVector vector =
        AuxiliaryVector.of(
            words(9, 0x201120, 15, 0x77, 31, 0x99, 33, 0x55, 34, 0x66, 0, 0),
            FREEBSD,
            Machine.ARM64);
    assertEquals(OptionalLong.of(0x201120), vector.get(Entry.ENTRY));
    assertEquals(OptionalLong.of(0x77), vector.get(Entry.EXECUTED_PATH));
    assertEquals(OptionalLong.of(0x66), vector.get(Entry.VDSO));
    assertEquals(OptionalLong.empty(), vector.get(Entry.LINKER_BASE));
  }

  @Test
  void i386HasPairsOfFourBytes() {
    byte[] bytes = words(0xf7f0_0000_0000_0007L, 0x5655_6050_0000_0009L, 0);
    AuxiliaryVector vector = AuxiliaryVector.of(bytes, LINUX, Machine.I386);
    assertEquals(OptionalLong.of(0xf7f0_0000L), vector.get(Entry.LINKER_BASE));
    assertEquals(OptionalLong.of(0x5655_6050L), vector.get(Entry.ENTRY));
  }

  @Test
  void whatIsBrokenOffIsNotThere() {
    byte[] whole = words(7, 1, 9, 2);
    byte[] bytes = Arrays.copyOf(whole, whole.length - 1);
    AuxiliaryVector vector = AuxiliaryVector.of(bytes, LINUX, Machine.AMD64);
    assertEquals(OptionalLong.of(1), vector.get(Entry.LINKER_BASE));
    assertEquals(OptionalLong.empty(), vector.get(Entry.ENTRY));
  }
}
