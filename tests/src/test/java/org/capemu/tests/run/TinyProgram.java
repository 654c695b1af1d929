package org.capemu.tests.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A static x86-64 executable that makes given system calls one after the other and nothing else, so
 * that a test knows every record to expect and needs no compiler. It loads writable and executable
 * at {@link #BASE}: elf(5).
 */
public final class TinyProgram {
  private static final long BASE = 0x400000;
  private static final int HEADERS = 64 + 56;
  private static final int EXIT_GROUP = 231;

  /** Registers in the order of a call's arguments, as {@code mov r64, imm64} encodes them. */
  private static final int[][] MOV_ARGUMENT = {
    {0x48, 0xbf}, {0x48, 0xbe}, {0x48, 0xba}, {0x49, 0xba}, {0x49, 0xb8}, {0x49, 0xb9}
  };

  private static final int[] MOV_RAX = {0x48, 0xb8};
  private static final int[] MOV_R12 = {0x49, 0xbc};
  private static final int[] SYSCALL = {0x0f, 0x05};

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Argument(int at, byte[] bytes) {}

  private final ByteArrayOutputStream code = new ByteArrayOutputStream();
  private final List<Argument> pointers = new ArrayList<>();

  /**
   * Appends a system call.
   *
   * @param arguments numbers; a String or byte[] is passed as the address of a copy, a String with
   *     NUL
   */
  public TinyProgram call(int number, Object... arguments) {
    move(MOV_RAX, number);
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i] instanceof Number value) {
        move(MOV_ARGUMENT[i], value.longValue());
      } else {
        byte[] bytes =
            arguments[i] instanceof String text
                ? (text + '\0').getBytes(StandardCharsets.ISO_8859_1)
                : (byte[]) arguments[i];
        move(MOV_ARGUMENT[i], 0);
        pointers.add(new Argument(code.size() - Long.BYTES, bytes));
      }
    }
    put(SYSCALL);
    return this;
  }

  /** Appends a call of the 32-bit interface, which has its own numbers: {@code int 0x80}. */
  TinyProgram call32(int number) {
    move(MOV_RAX, number);
    put(0xcd, 0x80);
    return this;
  }

  /** Appends a loop around one call that takes no arguments. */
  public TinyProgram repeat(int times, int number) {
    move(MOV_R12, times);
    int start = code.size();
    call(number);
    put(0x49, 0xff, 0xcc); // dec r12
    int length = code.size() + 2 - start;
    put(0x75, -length); // jnz start
    return this;
  }

  /** Appends exit_group(2) and writes the file. */
  public Path write(Path file, int status) throws IOException {
    call(EXIT_GROUP, status);
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    byte[] text = code.toByteArray();
    ByteBuffer patched = ByteBuffer.wrap(text).order(ByteOrder.LITTLE_ENDIAN);
    for (Argument pointer : pointers) {
      while (data.size() % Long.BYTES != 0) {
        data.write(0);
      }
      patched.putLong(pointer.at, BASE + HEADERS + text.length + data.size());
      data.writeBytes(pointer.bytes);
    }
    int size = HEADERS + text.length + data.size();
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
    elf.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    elf.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0); // entry, phdrs, no sections
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    elf.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(7).putLong(0).putLong(BASE).putLong(BASE); // PT_LOAD, rwx
    elf.putLong(size).putLong(size).putLong(0x1000);
    elf.put(text).put(data.toByteArray());
    Files.write(file, elf.array());
    if (!file.toFile().setExecutable(true)) {
      throw new IOException(file + ": cannot be made executable");
    }
    return file;
  }

  private void move(int[] opcode, long value) {
    put(opcode);
    code.writeBytes(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  private void put(int... bytes) {
    for (int b : bytes) {
      code.write(b);
    }
  }
}
