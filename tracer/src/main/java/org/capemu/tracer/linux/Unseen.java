package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What traced programs did that ptrace(2) does not show, a sentence each, in bounded number. */
final class Unseen {
  private static final int MAX = 20;

  private static final int PTRACE = 101;
  private static final int IO_URING_SETUP = 425;
  private static final int IO_URING_ENTER = 426;

  private static final long PTRACE_TRACEME = 0;

  private final Set<String> sentences = new LinkedHashSet<>();
  private int left;

  /** Looks at a call at its entry, whose first argument is given. */
  void look(String command, int number, long first) {
    if (number == IO_URING_SETUP || number == IO_URING_ENTER) {
      add(command + " uses io_uring(7): the operations that it asks for there are not seen");
    } else if (number == PTRACE && first == PTRACE_TRACEME) {
      add(command + " asks to be traced: that fails, as capemu traces it already");
    }
  }

  /** {@link UntracedFlag} could not take the flag. */
  void untracedChild(String command) {
    add(
        command
            + " makes a child with CLONE_UNTRACED in memory that is not its alone: it is not seen");
  }

  private synchronized void add(String sentence) {
    if (sentences.size() < MAX) {
      sentences.add(sentence);
    } else if (!sentences.contains(sentence)) {
      left++;
    }
  }

  synchronized List<String> sentences() {
    List<String> all = new ArrayList<>(sentences);
    if (left > 0) {
      all.add("and so on: " + left + " more");
    }
    return all;
  }
}
