package org.capemu.tracer.linux;

import org.capemu.policy.Abi;
import org.capemu.tracer.StoppedThread;

/**
 * Which FreeBSD 15.0 system call a program makes where, on Linux x86-64, it makes this one. What
 * becomes of each call stands in {@code system-calls.txt}, the constants in {@code constants.txt}.
 *
 * <p>One Linux call is one FreeBSD call, or one for each of its messages: {@link MessageCalls}. A
 * call, a command or an unknown number that FreeBSD has no counterpart for stays what it is, under
 * {@link Abi#LINUX64}. Addresses are passed on as they are: what lies there is still Linux's
 * structure.
 */
final class Translation {
  private static final int UNKNOWN_ARGUMENTS = 6;

  private Translation() {}

  /** Whether what a call is translated to depends on the tracee's memory. */
  static boolean readsMemory(int linuxNumber) {
    TranslationTable.Line line = TranslationTable.get().line(linuxNumber);
    return line != null && line.meaning().readsMemory();
  }

  /**
   * Translates a call at its entry. Any number and any arguments are good; nothing is allocated
   * unless the tracee's memory has to be asked.
   *
   * @param linuxNumber as the kernel has it in {@code orig_rax}, x32 and unknown ones included
   * @param linuxArgs the six argument registers
   * @param thread who makes the call: its ids, and its memory for clone3(2) and the like
   * @param call is filled
   */
  static void translate(
      int linuxNumber, long[] linuxArgs, StoppedThread thread, TranslatedCall call) {
    TranslationTable.Line line = TranslationTable.get().line(linuxNumber);
    if (line == null) {
      call.fillLinux(Abi.LINUX64, linuxNumber, UNKNOWN_ARGUMENTS, linuxArgs);
      return;
    }
    TranslationTable.Meaning meaning = line.meaning();
    for (FreeBsdCall choice : meaning.choices()) {
      if (choice.appliesTo(linuxArgs, thread)) {
        call.fill(choice, linuxArgs, thread);
        return;
      }
    }
    call.fillLinux(Abi.LINUX64, linuxNumber, meaning.linuxArgCount(), linuxArgs);
  }
}
