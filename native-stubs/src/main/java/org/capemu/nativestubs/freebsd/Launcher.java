package org.capemu.nativestubs.freebsd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Starts a program that waits to be traced before its execve(2). A JVM cannot fork, and a process
 * that posix_spawn(3) made has done its exec when it is first seen; so what is spawned is a tiny
 * program of our own, some eighty bytes of code in a file that is removed at once. It asks to be
 * traced, stops, and then makes the real execve: environment, arguments, descriptors, directory,
 * process group and terminal are capemu's own and reach the program as they are. Signals that
 * capemu's JVM catches have their default action again, and none is blocked.
 */
final class Launcher {
  private static final long BASE = 0x400000;
  private static final int CODE_OFFSET = 64 + 2 * 56;
  private static final short POSIX_SPAWN_SETSIGMASK = 0x20;
  private static final int SIGSET_SIZE = 16;
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
              722c          jc   exit
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
              a2010054      b.cs exit
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

  private Launcher() {}

  /**
   * Spawns the launcher, which becomes traced and stops.
   *
   * @param path the program, as execve(2) takes it
   * @param open the descriptors of this JVM
   * @return its process id
   * @throws IOException with one line that says why not
   */
  static int spawn(
      FreeBsdLibc libc,
      Runtime runtime,
      String path,
      List<String> argv,
      byte[][] environment,
      List<OpenFile> open)
      throws IOException {
    Path launcher =
        Files.createTempFile(
            "capemu",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      Files.write(launcher, image(System.getProperty("os.arch")));
      Pointer attributes = Memory.allocateDirect(runtime, Long.BYTES, true);
      libc.posix_spawnattr_init(attributes);
      libc.posix_spawnattr_setsigmask(
          attributes, Memory.allocateDirect(runtime, SIGSET_SIZE, true));
      libc.posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
      Pointer actions = Memory.allocateDirect(runtime, Long.BYTES, true);
      libc.posix_spawn_file_actions_init(actions);
      for (OpenFile file : open) {
        if (isOfJvm(file)) {
          libc.posix_spawn_file_actions_addclose(actions, file.fd());
        }
      }
      byte[][] arguments = new byte[argv.size() + 2][];
      arguments[0] = bytes("capemu");
      arguments[1] = bytes(path);
      for (int i = 0; i < argv.size(); i++) {
        arguments[i + 2] = bytes(argv.get(i));
      }
      Pointer pid = Memory.allocateDirect(runtime, Integer.BYTES, true);
      int error =
          libc.posix_spawn(
              pid,
              LibcFreeBsdKernel.path(launcher.toString()),
              actions,
              attributes,
              strings(runtime, arguments),
              strings(runtime, environment));
      libc.posix_spawnattr_destroy(attributes);
      libc.posix_spawn_file_actions_destroy(actions);
      if (error != 0) {
        throw new IOException(
            launcher.getParent()
                + ": no program can be run there ("
                + FreeBsdErrno.message(error)
                + "): set -Djava.io.tmpdir");
      }
      return pid.getInt(0);
    } finally {
      Files.delete(launcher);
    }
  }

  /** Jars and the like, which a JVM opens without close-on-exec: they are not the program's. */
  static boolean isOfJvm(OpenFile file) {
    if (file.fd() <= 2 || file.type() != OpenFile.TYPE_VNODE) {
      return false;
    }
    Path path = Path.of(file.path()).normalize();
    return file.path().endsWith(".jar")
        || file.path().endsWith(".jsa")
        || path.startsWith(System.getProperty("java.home"));
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** An array of pointers to strings, as execve(2) takes it, with the strings behind it. */
  private static Pointer strings(Runtime runtime, byte[][] strings) {
    int pointers = (strings.length + 1) * Long.BYTES;
    int size = pointers + Arrays.stream(strings).mapToInt(s -> s.length + 1).sum();
    Pointer block = Memory.allocateDirect(runtime, size, true);
    int at = pointers;
    for (int i = 0; i < strings.length; i++) {
      block.putLong((long) i * Long.BYTES, block.address() + at);
      block.put(at, strings[i], 0, strings[i].length);
      at += strings[i].length + 1;
    }
    return block;
  }

  /**
   * A static ELF executable with one loaded segment, of FreeBSD's brand: elf(5).
   *
   * @param architecture as the JVM calls it
   */
  static byte[] image(String architecture) throws IOException {
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
