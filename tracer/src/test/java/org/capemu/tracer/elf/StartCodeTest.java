package org.capemu.tracer.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.capemu.tracer.elf.ElfFile.Machine;
import org.junit.jupiter.api.Test;

/** Start code that this machine's compilers do not make, and what is nearly such code. */
class StartCodeTest {
  private static final long BASE = 0x400000;
  private static final int CODE = 0x1000;
  private static final int CODE_SIZE = 0x200;
  private static final long MAIN = BASE + CODE + 0x100;

  private static final String GLIBC = "31ed4989d15e4889e24883e4f05054";
  private static final String FREEBSD = "554889e54889f1486307488d7708488d54c71089c7";

  private static final int EXECUTABLE = 2;
  private static final int SHARED = 3;

  /** A file of one executable segment, which begins with some code. */
  private static ElfFile file(int type, int machine, String code) {
    return file(type, machine, code, CODE_SIZE);
  }

  private static ElfFile file(int type, int machine, String code, int size) {
    ByteBuffer file = ByteBuffer.allocate(CODE + CODE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    file.putShort(16, (short) type).putShort(18, (short) machine);
    file.putLong(24, BASE + CODE).putLong(32, 64);
    file.putShort(54, (short) 56).putShort(56, (short) 1);
    file.putInt(64, 1).putInt(68, 5); // PT_LOAD, PF_R | PF_X
    file.putLong(72, CODE).putLong(80, BASE + CODE);
    file.putLong(96, size).putLong(104, size);
    file.position(CODE).put(HexFormat.of().parseHex(code));
    return ElfFile.read(ByteSource.of(file.array())).orElseThrow();
  }

  private static OptionalLong main(int type, String code) {
    return StartCode.main(file(type, 62, code));
  }

  private static String little(long value, int bytes) {
    String digits = HexFormat.of().toHexDigits(Long.reverseBytes(value));
    return digits.substring(0, 2 * bytes);
  }

  /** The distance of an address from the end of the instruction that has it. */
  private static String to(long address, String before) {
    return little(address - (BASE + CODE + before.length() / 2 + 4), 4);
  }

  private static String freeBsdPie(long main) {
    String before = FREEBSD + "4c8d05";
    return before + to(main, before) + "e800000000" + "cc";
  }

  @Test
  void freeBsdPassesMainAsTheFifthArgument() {
    assertEquals(OptionalLong.of(MAIN), main(SHARED, freeBsdPie(MAIN)));
    assertEquals(
        OptionalLong.of(MAIN),
        main(EXECUTABLE, FREEBSD + "49b8" + little(MAIN, 8) + "e800000000" + "cc"));
  }

  @Test
  void glibcBefore2_34PassesItsHooksToo() {
    String csu = GLIBC + "49c7c011111111" + "48c7c122222222";
    assertEquals(
        OptionalLong.of(MAIN),
        main(EXECUTABLE, csu + "48c7c7" + little(MAIN, 4) + "e800000000" + "f4"));
    String pie = GLIBC + "4c8d0511111111488d0d22222222" + "488d3d";
    assertEquals(OptionalLong.of(MAIN), main(SHARED, pie + to(MAIN, pie) + "ff1500000000" + "f4"));
  }

  @Test
  void mainMustBeCode() {
    assertEquals(OptionalLong.empty(), main(SHARED, freeBsdPie(BASE)));
    assertEquals(OptionalLong.empty(), main(SHARED, freeBsdPie(BASE + CODE + CODE_SIZE)));
    assertEquals(
        OptionalLong.of(BASE + CODE + CODE_SIZE - 1),
        main(SHARED, freeBsdPie(BASE + CODE + CODE_SIZE - 1)));
  }

  /** An address that is not relative is none in a program that is loaded anywhere. */
  @Test
  void whatIsMovedHasNoAbsoluteAddress() {
    String code = FREEBSD + "49b8" + little(MAIN, 8) + "e800000000" + "cc";
    assertEquals(OptionalLong.empty(), main(SHARED, code));
  }

  @Test
  void oneOtherByteAndItIsOtherCode() {
    String code = freeBsdPie(MAIN);
    int main = FREEBSD.length() / 2 + 3;
    int callee = main + 4 + 1;
    for (int i = 0; i < code.length() / 2; i++) {
      boolean isOperand = i >= main && i < main + 4 || i >= callee && i < callee + 4;
      if (!isOperand) {
        byte[] bytes = HexFormat.of().parseHex(code);
        bytes[i] ^= 1;
        String other = HexFormat.of().formatHex(bytes);
        assertEquals(OptionalLong.empty(), main(SHARED, other), other);
      }
    }
  }

  @Test
  void otherMachinesHaveOtherCode() {
    assertEquals(Machine.ARM64, file(SHARED, 183, freeBsdPie(MAIN)).machine());
    assertEquals(OptionalLong.empty(), StartCode.main(file(SHARED, 183, freeBsdPie(MAIN))));
  }

  @Test
  void codeMayEndWithItsSegment() {
    String code = freeBsdPie(MAIN);
    for (int size = 0; size < code.length() / 2; size++) {
      ElfFile file = file(SHARED, 62, code, size);
      assertEquals(OptionalLong.empty(), StartCode.main(file), "after " + size);
    }
  }
}
