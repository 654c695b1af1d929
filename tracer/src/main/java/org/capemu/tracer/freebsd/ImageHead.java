package org.capemu.tracer.freebsd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The first page of a file that is to be executed, as the image activators read it. */
final class ImageHead {
  /** MAXPATHLEN, which PT_INTERP may not exceed. */
  private static final int MAX_PATH = 1024;

  private static final int PT_INTERP = 3;
  private static final int EM_386 = 3;

  /** More of the file than its first page. */
  @FunctionalInterface
  interface Part {
    byte[] read(long offset, int length);
  }

  private final byte[] bytes;

  ImageHead(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean isScript() {
    return bytes.length >= 2 && bytes[0] == '#' && bytes[1] == '!';
  }

  /** exec_shell_imgact: the word after {@code #!}; null if there is none. */
  String scriptInterpreter() {
    int at = 2;
    while (at < bytes.length && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
    int end = at;
    while (end < bytes.length && " \t\n\0".indexOf(bytes[end]) < 0) {
      end++;
    }
    return end == at || end == bytes.length ? null : text(at, end - at);
  }

  /**
   * PT_INTERP of an ELF image of either class: elf(5). Null if there is none. The linker that i386
   * programs name goes by another name on amd64: interp_newpath of ia32_brand_info.
   */
  String elfInterpreter(Part part) {
    if (bytes.length < 64
        || bytes[0] != 0x7f
        || bytes[1] != 'E'
        || bytes[2] != 'L'
        || bytes[3] != 'F') {
      return null;
    }
    boolean is64 = bytes[4] == 2;
    ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long headers = is64 ? elf.getLong(32) : elf.getInt(28) & 0xffff_ffffL;
    int size = elf.getShort(is64 ? 54 : 42) & 0xffff;
    int count = elf.getShort(is64 ? 56 : 44) & 0xffff;
    for (int i = 0; i < count; i++) {
      long at = headers + (long) i * size;
      if (at < 0 || at + (is64 ? 56 : 32) > bytes.length) {
        return null; // the kernel wants them in the first page too
      }
      int header = (int) at;
      if (elf.getInt(header) == PT_INTERP) {
        long offset = is64 ? elf.getLong(header + 8) : elf.getInt(header + 4) & 0xffff_ffffL;
        long length = is64 ? elf.getLong(header + 32) : elf.getInt(header + 16) & 0xffff_ffffL;
        if (length < 2 || length > MAX_PATH || offset < 0) {
          return null;
        }
        String name =
            offset + length <= bytes.length
                ? text((int) offset, (int) length - 1)
                : new String(part.read(offset, (int) length - 1), StandardCharsets.ISO_8859_1);
        boolean renamed = elf.getShort(18) == EM_386 && name.endsWith("/libexec/ld-elf.so.1");
        return renamed ? "/libexec/ld-elf32.so.1" : name;
      }
    }
    return null;
  }

  private String text(int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }
}
