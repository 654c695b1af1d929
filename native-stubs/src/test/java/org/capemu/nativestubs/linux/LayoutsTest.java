package org.capemu.nativestubs.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.capemu.nativestubs.linux.Ptrace.IoVec;
import org.capemu.nativestubs.linux.Ptrace.SigInfo;
import org.capemu.nativestubs.linux.Ptrace.SyscallInfo;
import org.capemu.nativestubs.linux.Ptrace.UserRegs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Layouts and numbers of Linux x86-64: what C's headers say, by the compiler where there is one.
 */
class LayoutsTest {
  private static final List<String> HEADERS =
      List.of(
          "stddef.h",
          "stdio.h",
          "signal.h",
          "elf.h",
          "sys/types.h",
          "sys/uio.h",
          "sys/user.h",
          "sys/wait.h",
          "linux/ptrace.h");

  /** What it is in C, and what it is for us. */
  private static final Map<String, Integer> OURS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("sizeof(struct ptrace_syscall_info)", SyscallInfo.SIZE),
              Map.entry("offsetof(struct ptrace_syscall_info, op)", SyscallInfo.OP),
              Map.entry("offsetof(struct ptrace_syscall_info, arch)", SyscallInfo.ARCH),
              Map.entry("offsetof(struct ptrace_syscall_info, entry.nr)", SyscallInfo.ENTRY_NR),
              Map.entry("offsetof(struct ptrace_syscall_info, entry.args)", SyscallInfo.ENTRY_ARGS),
              Map.entry("offsetof(struct ptrace_syscall_info, exit.rval)", SyscallInfo.EXIT_RVAL),
              Map.entry(
                  "offsetof(struct ptrace_syscall_info, exit.is_error)", SyscallInfo.EXIT_IS_ERROR),
              Map.entry("sizeof(struct user_regs_struct)", UserRegs.SIZE),
              Map.entry("offsetof(struct user_regs_struct, rbx)", UserRegs.RBX),
              Map.entry("offsetof(struct user_regs_struct, rdx)", UserRegs.RDX),
              Map.entry("offsetof(struct user_regs_struct, rsi)", UserRegs.RSI),
              Map.entry("offsetof(struct user_regs_struct, rdi)", UserRegs.RDI),
              Map.entry("offsetof(struct user_regs_struct, orig_rax)", UserRegs.ORIG_RAX),
              Map.entry("offsetof(struct user_regs_struct, rip)", UserRegs.RIP),
              Map.entry("sizeof(siginfo_t)", SigInfo.SIZE),
              Map.entry("offsetof(siginfo_t, si_code)", SigInfo.SI_CODE),
              Map.entry("sizeof(struct iovec)", IoVec.SIZE),
              Map.entry("offsetof(struct iovec, iov_base)", IoVec.BASE),
              Map.entry("offsetof(struct iovec, iov_len)", IoVec.LEN),
              Map.entry("PTRACE_PEEKDATA", Ptrace.PEEKDATA),
              Map.entry("PTRACE_POKEDATA", Ptrace.POKEDATA),
              Map.entry("PTRACE_CONT", Ptrace.CONT),
              Map.entry("PTRACE_DETACH", Ptrace.DETACH),
              Map.entry("PTRACE_SYSCALL", Ptrace.SYSCALL),
              Map.entry("PTRACE_GETEVENTMSG", Ptrace.GETEVENTMSG),
              Map.entry("PTRACE_GETSIGINFO", Ptrace.GETSIGINFO),
              Map.entry("PTRACE_GETREGSET", Ptrace.GETREGSET),
              Map.entry("PTRACE_SETREGSET", Ptrace.SETREGSET),
              Map.entry("PTRACE_SEIZE", Ptrace.SEIZE),
              Map.entry("PTRACE_INTERRUPT", Ptrace.INTERRUPT),
              Map.entry("PTRACE_LISTEN", Ptrace.LISTEN),
              Map.entry("PTRACE_GETSIGMASK", Ptrace.GETSIGMASK),
              Map.entry("PTRACE_GET_SYSCALL_INFO", Ptrace.GET_SYSCALL_INFO),
              Map.entry("PTRACE_O_TRACESYSGOOD", Ptrace.O_TRACESYSGOOD),
              Map.entry("PTRACE_O_TRACEFORK", Ptrace.O_TRACEFORK),
              Map.entry("PTRACE_O_TRACEVFORK", Ptrace.O_TRACEVFORK),
              Map.entry("PTRACE_O_TRACECLONE", Ptrace.O_TRACECLONE),
              Map.entry("PTRACE_O_TRACEEXEC", Ptrace.O_TRACEEXEC),
              Map.entry("PTRACE_EVENT_EXEC", Ptrace.EVENT_EXEC),
              Map.entry("PTRACE_EVENT_STOP", Ptrace.EVENT_STOP),
              Map.entry("PTRACE_SYSCALL_INFO_ENTRY", Ptrace.SYSCALL_INFO_ENTRY),
              Map.entry("NT_PRSTATUS", Ptrace.NT_PRSTATUS),
              Map.entry("__WALL", WaitStatus.WALL),
              Map.entry("__WNOTHREAD", WaitStatus.WNOTHREAD)));

  /** The values of x86-64, for machines without a compiler. */
  @Test
  void layoutsAreThoseOfTheAbi() {
    assertEquals(
        List.of(88, 0, 4, 24, 32, 24, 32),
        values(
            SyscallInfo.SIZE,
            SyscallInfo.OP,
            SyscallInfo.ARCH,
            SyscallInfo.ENTRY_NR,
            SyscallInfo.ENTRY_ARGS,
            SyscallInfo.EXIT_RVAL,
            SyscallInfo.EXIT_IS_ERROR));
    assertEquals(List.of(216, 120, 128), values(UserRegs.SIZE, UserRegs.ORIG_RAX, UserRegs.RIP));
    assertEquals(List.of(128, 8), values(SigInfo.SIZE, SigInfo.SI_CODE));
    assertEquals(List.of(16, 0, 8), values(IoVec.SIZE, IoVec.BASE, IoVec.LEN));
  }

  private static List<Integer> values(Integer... values) {
    return List.of(values);
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void theCompilerSaysTheSame(@TempDir Path directory) throws IOException, InterruptedException {
    Path source = directory.resolve("layouts.c");
    Files.writeString(
        source,
        HEADERS.stream().map("#include <%s>\n"::formatted).collect(Collectors.joining())
            + "int main(void) {\n"
            + OURS.keySet().stream()
                .map("  printf(\"%%d\\n\", (int)(%s));\n"::formatted)
                .collect(Collectors.joining())
            + "  return 0;\n}\n");
    Path program = directory.resolve("layouts");
    assumeTrue(compiles(source, program), "no C compiler, or no Linux headers as new as ours");
    Process process = new ProcessBuilder(program.toString()).start();
    List<String> lines = new String(process.getInputStream().readAllBytes()).lines().toList();
    Map<String, Integer> theirs = new TreeMap<>();
    int line = 0;
    for (String name : OURS.keySet()) {
      theirs.put(name, Integer.valueOf(lines.get(line++)));
    }
    assertEquals(OURS, theirs);
  }

  private static boolean compiles(Path source, Path program) throws InterruptedException {
    try {
      return new ProcessBuilder("cc", "-D_GNU_SOURCE", "-o", program.toString(), source.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException none) {
      return false;
    }
  }
}
