package org.capemu.tracer.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Ptrace;
import org.capemu.tracer.TracerException;

/**
 * Starts a program that waits to be traced before its execve(2). A JVM cannot fork, and a process
 * that posix_spawn(3) made cannot be seized before its exec; so what is spawned is a tiny program
 * of our own, some two hundred bytes of code in an anonymous file, which sleeps until the tracer
 * has hold of it and sets its instruction pointer to the part that makes the real execve.
 *
 * <p>The program gets capemu's environment, descriptors, directory and process group, and the
 * signal mask that capemu was started with (a JVM's own threads block other signals).
 */
final class Launcher {
  /** The name under which the launcher's own execve is recorded. */
  static final String COMMAND = "capemu";

  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final long BASE = 0x400000;
  private static final int CODE_OFFSET = 64 + 2 * 56;
  private static final int MFD_CLOEXEC = 1;
  private static final short POSIX_SPAWN_SETSIGMASK = 8;

  /** Dies with capemu as long as it sleeps. */
  private static final int[] DIE_WITH_PARENT = {
    0xbf, 1, 0, 0, 0, // mov edi, PR_SET_PDEATHSIG
    0xbe, 9, 0, 0, 0, // mov esi, SIGKILL
    0xb8, 157, 0, 0, 0, // mov eax, prctl
    0x0f, 0x05, // syscall
  };

  /** mov r12, imm64: the signals to ignore, which follow as eight bytes. */
  private static final int[] MOV_R12 = {0x49, 0xbc};

  /**
   * Ignores the signals in r12, bit n-1 for signal n, and gives all others their default action:
   * the JVM has its own ways with some, and glibc's posix_spawn(3) leaves two ignored.
   */
  private static final int[] SET_ACTIONS = {
    0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0, // push 0, four times: struct sigaction
    0xbb, 1, 0, 0, 0, // mov ebx, 1
    0x4c, 0x89, 0xe0, // again: mov rax, r12
    0x83, 0xe0, 0x01, // and eax, 1: SIG_IGN or SIG_DFL
    0x48, 0x89, 0x04, 0x24, // mov [rsp], rax
    0x89, 0xdf, // mov edi, ebx
    0x48, 0x89, 0xe6, // mov rsi, rsp
    0x31, 0xd2, // xor edx, edx
    0x41, 0xba, 8, 0, 0, 0, // mov r10d, sizeof(sigset_t)
    0xb8, 13, 0, 0, 0, // mov eax, rt_sigaction
    0x0f, 0x05, // syscall
    0x49, 0xd1, 0xec, // shr r12, 1
    0xff, 0xc3, // inc ebx
    0x83, 0xfb, 0x40, // cmp ebx, 64
    0x7e, 0xd8, // jle again
    0x48, 0x83, 0xc4, 0x20, // add rsp, 32
  };

  /** Sleeps for good. */
  private static final int[] SLEEP = {
    0xb8, 34, 0, 0, 0, // again: mov eax, pause
    0x0f, 0x05, // syscall
    0xeb, 0xf7, // jmp again
  };

  /** Survives capemu again. */
  private static final int[] SURVIVE = {
    0xbf, 1, 0, 0, 0, // mov edi, PR_SET_PDEATHSIG
    0x31, 0xf6, // xor esi, esi
    0xb8, 157, 0, 0, 0, // mov eax, prctl
    0x0f, 0x05, // syscall
  };

  /**
   * Becomes argv[1] with the arguments that follow; if that is no program of a form that the kernel
   * knows, a shell with it as its script, as execvp(3) does.
   */
  private static final int[] EXEC = {
    0x48, 0x8b, 0x7c, 0x24, 0x10, // mov rdi, [rsp+16]: argv[1], the path
    0x48, 0x8d, 0x74, 0x24, 0x18, // lea rsi, [rsp+24]: argv + 2
    0x48, 0x8b, 0x04, 0x24, // mov rax, [rsp]: argc
    0x48, 0x8d, 0x54, 0xc4, 0x10, // lea rdx, [rsp+rax*8+16]: envp
    0xb8, 59, 0, 0, 0, // mov eax, execve
    0x0f, 0x05, // syscall
    0x48, 0x83, 0xf8, 0xf8, // cmp rax, -ENOEXEC
    0x75, 43, // jne fail
    0x48, 0x8b, 0x44, 0x24, 0x10, // mov rax, [rsp+16]
    0x48, 0x89, 0x44, 0x24, 0x18, // mov [rsp+24], rax: the path takes the name's place
    0x48, 0x8d, 0x3d, 38, 0, 0, 0, // lea rdi, [rip+38]: shell
    0x48, 0x89, 0x7c, 0x24, 0x10, // mov [rsp+16], rdi
    0x48, 0x8d, 0x74, 0x24, 0x10, // lea rsi, [rsp+16]
    0x48, 0x8b, 0x04, 0x24, // mov rax, [rsp]
    0x48, 0x8d, 0x54, 0xc4, 0x10, // lea rdx, [rsp+rax*8+16]
    0xb8, 59, 0, 0, 0, // mov eax, execve
    0x0f, 0x05, // syscall
    0xbf, 127, 0, 0, 0, // fail: mov edi, 127
    0xb8, 231, 0, 0, 0, // mov eax, exit_group
    0x0f, 0x05, // syscall
    '/', 'b', 'i', 'n', '/', 's', 'h', 0, // shell
  };

  /** Where the tracer sends the sleeping launcher to make it exec. */
  private static final long EXEC_ADDRESS =
      BASE
          + CODE_OFFSET
          + DIE_WITH_PARENT.length
          + MOV_R12.length
          + Long.BYTES
          + SET_ACTIONS.length
          + SLEEP.length;

  private Launcher() {}

  /**
   * Spawns the sleeping launcher.
   *
   * @param path the program, as execve(2) takes it
   * @param argv its arguments, the first being its name
   * @param environment each {@code NAME=value}, without NUL
   * @return its process id
   */
  static int spawn(String path, List<String> argv, List<byte[]> environment) throws IOException {
    LinuxLibc libc = LinuxLibc.get();
    Runtime runtime = LinuxLibc.runtime();
    int fd = libc.memfd_create(COMMAND, MFD_CLOEXEC);
    if (fd < 0) {
      throw new TracerException("memfd_create: " + libc.strerror(LinuxLibc.errno()));
    }
    try {
      byte[] image = image(StartedWith.ignoredSignals());
      if (libc.write(fd, image, image.length) != image.length) {
        throw new TracerException("memfd: " + libc.strerror(LinuxLibc.errno()));
      }
      Pointer attributes = Memory.allocateDirect(runtime, 512, true);
      libc.posix_spawnattr_init(attributes);
      Pointer mask = Memory.allocateDirect(runtime, 128, true);
      mask.putLong(0, ProcStatus.ofThread(libc.getpid(), libc.getpid()).blockedSignals());
      libc.posix_spawnattr_setsigmask(attributes, mask);
      libc.posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);

      List<byte[]> arguments = new ArrayList<>();
      arguments.add(COMMAND.getBytes(StandardCharsets.ISO_8859_1));
      arguments.add(path.getBytes(StandardCharsets.ISO_8859_1));
      for (String argument : argv) {
        arguments.add(argument.getBytes(StandardCharsets.ISO_8859_1));
      }
      Pointer pid = Memory.allocateDirect(runtime, 4, true);
      Pointer envp = strings(environment);
      closeOwnOnExec(libc); // last: the JVM opens more as its classes come into use
      int error =
          libc.posix_spawn(pid, "/proc/self/fd/" + fd, null, attributes, strings(arguments), envp);
      libc.posix_spawnattr_destroy(attributes);
      if (error != 0) {
        throw new TracerException(path + ": " + libc.strerror(error));
      }
      restoreCoredumpFilter(pid.getInt(0));
      return pid.getInt(0);
    } finally {
      libc.close(fd);
    }
  }

  /** core(5): the JVM has set its own, and children have their parent's. */
  private static void restoreCoredumpFilter(int pid) {
    String filter = StartedWith.coredumpFilter();
    if (!filter.isEmpty()) {
      try {
        Files.writeString(
            Path.of("/proc/" + pid + "/coredump_filter"), "0x" + filter, StandardOpenOption.WRITE);
      } catch (IOException notThere) {
        // A kernel without core dumps has none.
      }
    }
  }

  /** Sends a launcher that stands in its sleep on its way. */
  static void release(LinuxLibc libc, int pid) throws TracerException {
    Runtime runtime = LinuxLibc.runtime();
    Pointer regs = Memory.allocateDirect(runtime, Ptrace.UserRegs.SIZE);
    Pointer iov = Memory.allocateDirect(runtime, Ptrace.IoVec.SIZE);
    iov.putLong(Ptrace.IoVec.BASE, regs.address());
    iov.putLong(Ptrace.IoVec.LEN, Ptrace.UserRegs.SIZE);
    check(libc, libc.ptrace(Ptrace.GETREGSET, pid, Ptrace.NT_PRSTATUS, iov.address()));
    regs.putLong(Ptrace.UserRegs.RIP, EXEC_ADDRESS);
    // Without this the kernel would restart the interrupted pause(2).
    regs.putLong(Ptrace.UserRegs.ORIG_RAX, -1);
    check(libc, libc.ptrace(Ptrace.SETREGSET, pid, Ptrace.NT_PRSTATUS, iov.address()));
  }

  private static void check(LinuxLibc libc, long result) throws TracerException {
    if (result < 0) {
      throw new TracerException("ptrace: " + libc.strerror(LinuxLibc.errno()));
    }
  }

  /** Keeps from the program what the JVM opened: its jars, its random source. */
  private static void closeOwnOnExec(LinuxLibc libc) throws IOException {
    Set<String> given = StartedWith.descriptors();
    if (given == null) {
      return;
    }
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        String fd = descriptor.getFileName().toString();
        if (!given.contains(fd)) {
          libc.fcntl(Integer.parseInt(fd), F_SETFD, FD_CLOEXEC);
        }
      }
    }
  }

  private static Pointer strings(List<byte[]> strings) {
    int pointers = (strings.size() + 1) * 8;
    int bytes = strings.stream().mapToInt(s -> s.length + 1).sum();
    Pointer block = Memory.allocateDirect(LinuxLibc.runtime(), pointers + bytes, true);
    int at = pointers;
    for (int i = 0; i < strings.size(); i++) {
      byte[] s = strings.get(i);
      block.putLong(i * 8L, block.address() + at);
      block.put(at, s, 0, s.length);
      at += s.length + 1;
    }
    return block;
  }

  /** A static ELF executable with one loaded segment; see elf(5). */
  private static byte[] image(long ignored) {
    byte[] mask =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(ignored).array();
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    append(code, DIE_WITH_PARENT);
    append(code, MOV_R12);
    code.writeBytes(mask);
    append(code, SET_ACTIONS);
    append(code, SLEEP);
    append(code, SURVIVE);
    append(code, EXEC);
    int size = CODE_OFFSET + code.size();
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
    elf.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    elf.putLong(BASE + CODE_OFFSET).putLong(64).putLong(0).putInt(0); // entry, phdrs, no sections
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 2);
    elf.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE); // PT_LOAD, r-x
    elf.putLong(size).putLong(size).putLong(0x1000);
    elf.putInt(0x6474e551).putInt(6).put(new byte[40]).putLong(16); // PT_GNU_STACK, rw-
    elf.put(code.toByteArray());
    return elf.array();
  }

  private static void append(ByteArrayOutputStream code, int[] part) {
    for (int b : part) {
      code.write(b);
    }
  }
}
