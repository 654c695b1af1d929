package org.capemu.nativestubs.freebsd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;

/**
 * A tiny program that asks to be traced, stops, and becomes another: {@code argv} is {@link
 * #SHELL}, the program's path, and the program's own arguments. Where execve(2) says ENOEXEC the
 * shell runs the file, as execvp(3) does it. It exits with the error if neither can be run.
 */
final class LauncherImage {
  /** {@code argv[0]}: _PATH_BSHELL. Its last two characters are the shell's own name. */
  static final String SHELL = "/bin/sh";

  private static final long BASE = 0x400000;
  private static final int CODE_OFFSET = 64 + 2 * 56;
  private static final int ELFOSABI_FREEBSD = 9;

  /** The kernel passes the address of argc in the register of the first argument. */
  private static final Map<String, Machine> MACHINES =
      Map.of(
          "amd64",
          new Machine(
              62,
              """
              4889fb        mov  rbx, rdi
              31ff          xor  edi, edi          ptrace(PT_TRACE_ME, 0, 0, 0)
              31f6          xor  esi, esi
              31d2          xor  edx, edx
              4531d2        xor  r10d, r10d
              b81a000000    mov  eax, 26
              0f05          syscall
              7258          jc   exit
              b814000000    mov  eax, 20           getpid()
              0f05          syscall
              89c7          mov  edi, eax          kill(pid, SIGSTOP)
              be11000000    mov  esi, 17
              b825000000    mov  eax, 37
              0f05          syscall
              488b7b10      mov  rdi, [rbx+16]     execve(argv[1], argv + 2, envp)
              488d7318      lea  rsi, [rbx+24]
              488b03        mov  rax, [rbx]
              488d54c310    lea  rdx, [rbx+rax*8+16]
              b83b000000    mov  eax, 59
              0f05          syscall
              83f808        cmp  eax, ENOEXEC
              7527          jne  exit
              488b7b08      mov  rdi, [rbx+8]      argv[2] = argv[1]
              488b4310      mov  rax, [rbx+16]
              48894318      mov  [rbx+24], rax
              488d4705      lea  rax, [rdi+5]      argv[1] = "sh", the end of argv[0]
              48894310      mov  [rbx+16], rax
              488d7310      lea  rsi, [rbx+16]     execve(argv[0], argv + 1, envp)
              488b03        mov  rax, [rbx]
              488d54c310    lea  rdx, [rbx+rax*8+16]
              b83b000000    mov  eax, 59
              0f05          syscall
              89c7          mov  edi, eax          exit(errno)
              b801000000    mov  eax, 1
              0f05          syscall
              """),
          "aarch64",
          new Machine(
              183,
              """
              f30300aa      mov  x19, x0
              000080d2      mov  x0, 0             ptrace(PT_TRACE_ME, 0, 0, 0)
              010080d2      mov  x1, 0
              020080d2      mov  x2, 0
              030080d2      mov  x3, 0
              480380d2      mov  x8, 26
              010000d4      svc  0
              42030054      b.cs exit
              880280d2      mov  x8, 20            getpid()
              010000d4      svc  0
              210280d2      mov  x1, 17            kill(pid, SIGSTOP)
              a80480d2      mov  x8, 37
              010000d4      svc  0
              600a40f9      ldr  x0, [x19, 16]     execve(argv[1], argv + 2, envp)
              61620091      add  x1, x19, 24
              620240f9      ldr  x2, [x19]
              620e028b      add  x2, x19, x2, lsl 3
              42400091      add  x2, x2, 16
              680780d2      mov  x8, 59
              010000d4      svc  0
              1f2000f1      cmp  x0, ENOEXEC
              81010054      b.ne exit
              600640f9      ldr  x0, [x19, 8]      argv[2] = argv[1]
              630a40f9      ldr  x3, [x19, 16]
              630e00f9      str  x3, [x19, 24]
              03140091      add  x3, x0, 5         argv[1] = "sh", the end of argv[0]
              630a00f9      str  x3, [x19, 16]
              61420091      add  x1, x19, 16       execve(argv[0], argv + 1, envp)
              620240f9      ldr  x2, [x19]
              620e028b      add  x2, x19, x2, lsl 3
              42400091      add  x2, x2, 16
              680780d2      mov  x8, 59
              010000d4      svc  0
              280080d2      mov  x8, 1             exit(errno)
              010000d4      svc  0
              """));

  /**
   * An architecture.
   *
   * @param elfMachine e_machine
   * @param listing its code, in hexadecimal, and what that means
   */
  private record Machine(int elfMachine, String listing) {
    byte[] code() {
      StringBuilder hex = new StringBuilder();
      listing.lines().forEach(line -> hex.append(line, 0, line.indexOf(' ')));
      return HexFormat.of().parseHex(hex);
    }
  }

  private LauncherImage() {}

  /**
   * A static ELF executable with one loaded segment, of FreeBSD's brand: elf(5).
   *
   * @param architecture as the JVM calls it
   */
  static byte[] of(String architecture) throws IOException {
    Machine machine = MACHINES.get(architecture);
    if (machine == null) {
      throw new IOException("programs cannot be traced on FreeBSD " + architecture);
    }
    byte[] code = machine.code();
    int size = CODE_OFFSET + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, ELFOSABI_FREEBSD}).putLong(0);
    elf.putShort((short) 2).putShort((short) machine.elfMachine()).putInt(1); // ET_EXEC
    elf.putLong(BASE + CODE_OFFSET).putLong(64).putLong(0).putInt(0); // entry, phdrs, no sections
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 2);
    elf.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE); // PT_LOAD, r-x
    elf.putLong(size).putLong(size).putLong(0x10000);
    elf.putInt(0x6474e551).putInt(6).put(new byte[40]).putLong(16); // PT_GNU_STACK, rw-
    elf.put(code);
    return elf.array();
  }
}
