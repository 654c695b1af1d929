package org.capemu.tracer.elf;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * The code at the entry point of a C program on amd64, which hands the address of {@code main} to
 * the C library. It is the same in all programs, so that only exactly that code counts: of glibc
 * (crt1.o, Scrt1.o, rcrt1.o) and of FreeBSD since its {@code _start} is assembly (amd64/crt1_s.S
 * with __libc_start1). Of both, {@code main} is an argument of the one call in it.
 */
final class StartCode {
  /** More than the longest of these needs. */
  private static final int LENGTH = 64;

  private static final String ENDBR64 = "f3 0f 1e fa";

  /** argc, argv and the stack's end, in the order that __libc_start_main wants. */
  private static final String GLIBC =
      "31 ed" // xor %ebp,%ebp
          + " 49 89 d1" // mov %rdx,%r9
          + " 5e" // pop %rsi
          + " 48 89 e2" // mov %rsp,%rdx
          + " 48 83 e4 f0" // and $-16,%rsp
          + " 50" // push %rax
          + " 54"; // push %rsp

  /** Before 2.34: __libc_csu_fini in r8 and __libc_csu_init in rcx; none since. */
  private static final String[] GLIBC_HOOKS = {
    "45 31 c0 31 c9", // xor %r8d,%r8d; xor %ecx,%ecx
    "49 c7 c0 .. .. .. .. 48 c7 c1 .. .. .. ..", // mov $fini,%r8; mov $init,%rcx
    "4c 8d 05 .. .. .. .. 48 8d 0d .. .. .. .." // lea fini(%rip),%r8; lea init(%rip),%rcx
  };

  private static final String LEA_MAIN_RDI = "48 8d 3d";
  private static final String MOV_MAIN_RDI = "48 c7 c7";

  private static final String[] CALLS = {
    "ff 15 .. .. .. ..", // through the global offset table
    "e8 .. .. .. ..",
    "67 e8 .. .. .. .." // the first, as a linker shortens it
  };

  private static final String HLT = "f4";

  private static final String FREEBSD =
      "55" // push %rbp
          + " 48 89 e5" // mov %rsp,%rbp
          + " 48 89 f1" // mov %rsi,%rcx
          + " 48 63 07" // movslq (%rdi),%rax
          + " 48 8d 77 08" // lea 8(%rdi),%rsi
          + " 48 8d 54 c7 10" // lea 16(%rdi,%rax,8),%rdx
          + " 89 c7"; // mov %eax,%edi

  private static final String LEA_MAIN_R8 = "4c 8d 05";
  private static final String MOVABS_MAIN_R8 = "49 b8";
  private static final String INT3 = "cc";

  private final ElfFile file;
  private final ByteBuffer code;
  private int at;

  private StartCode(ElfFile file) {
    this.file = file;
    this.code = file.code(file.entry(), LENGTH);
  }

  /** The address of {@code main} as linked; empty unless it is certain. */
  static OptionalLong main(ElfFile file) {
    if (file.machine() != ElfFile.Machine.AMD64) {
      return OptionalLong.empty();
    }
    OptionalLong main = new StartCode(file).glibc();
    if (main.isEmpty()) {
      main = new StartCode(file).freeBsd();
    }
    return main.isPresent() && file.isCode(main.getAsLong()) ? main : OptionalLong.empty();
  }

  private OptionalLong glibc() {
    skip(ENDBR64);
    if (!skip(GLIBC) || !skip(GLIBC_HOOKS)) {
      return OptionalLong.empty();
    }
    OptionalLong main = skip(LEA_MAIN_RDI) ? relative() : absolute(MOV_MAIN_RDI, Integer.BYTES);
    return skip(CALLS) && skip(HLT) ? main : OptionalLong.empty();
  }

  private OptionalLong freeBsd() {
    if (!skip(FREEBSD)) {
      return OptionalLong.empty();
    }
    OptionalLong main = skip(LEA_MAIN_R8) ? relative() : absolute(MOVABS_MAIN_R8, Long.BYTES);
    return skip(CALLS) && skip(INT3) ? main : OptionalLong.empty();
  }

  /** A 32-bit distance from the end of its instruction. */
  private OptionalLong relative() {
    if (at + Integer.BYTES > code.limit()) {
      return OptionalLong.empty();
    }
    int distance = code.getInt(at);
    at += Integer.BYTES;
    return OptionalLong.of(file.entry() + at + distance);
  }

  /** Only code that is not moved can have an address in it. */
  private OptionalLong absolute(String instruction, int size) {
    if (file.type() != ElfFile.Type.EXECUTABLE || !skip(instruction) || at + size > code.limit()) {
      return OptionalLong.empty();
    }
    long address = size == Long.BYTES ? code.getLong(at) : code.getInt(at);
    at += size;
    return OptionalLong.of(address);
  }

  private boolean skip(String... alternatives) {
    for (String bytes : alternatives) {
      String[] wanted = bytes.split(" ");
      int matching = 0;
      while (matching < wanted.length
          && at + matching < code.limit()
          && (wanted[matching].equals("..")
              || (byte) Integer.parseInt(wanted[matching], 16) == code.get(at + matching))) {
        matching++;
      }
      if (matching == wanted.length) {
        at += matching;
        return true;
      }
    }
    return false;
  }
}
