package org.capemu.tracer.linux;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.capemu.tracer.UntracedProcesses;

/**
 * Processes that traced ones made and that are not followed. What they run is looked up in /proc as
 * long as they are there, which is until their parent has waited for them: when they are made, and
 * when the parent is about to wait. A child that runs another program only after that has the name
 * of the former.
 */
final class UntracedChildren {
  private static final int VFORK = 58;
  private static final int FORK = 57;
  private static final int CLONE = 56;
  private static final int WAIT4 = 61;
  private static final int WAITID = 247;
  private static final long CLONE_THREAD = 0x00010000;

  private static final int MOST_NAMES = 8;

  /** Children that are looked at again. */
  private static final int MOST_WATCHED = 64;

  private record Watched(int parent, String program) {}

  private final Set<String> programs = new LinkedHashSet<>();
  private final Map<Integer, Watched> watched = new LinkedHashMap<>();
  private long count;

  /**
   * Whether a call makes a process, if it succeeds; false for clone3(2), whose flags are in memory.
   *
   * @param first the call's first argument
   */
  static boolean makesProcess(int number, long first) {
    return number == FORK || number == VFORK || number == CLONE && makesProcess(first);
  }

  /** The same by the flags of clone(2) or clone3(2). */
  static boolean makesProcess(long flags) {
    return (flags & CLONE_THREAD) == 0;
  }

  /** At the entry of a call: a child that its parent waits for will be gone. */
  void look(int number) {
    if (number == WAIT4 || number == WAITID) {
      lookAgain();
    }
  }

  /**
   * A process was made.
   *
   * @param parent that made it
   * @param child as the parent sees it: in a PID namespace it may be another's number here
   */
  void made(int parent, int child) {
    if (watched.containsKey(child)) {
      return; // told already, by its own first stop
    }
    count++;
    if (watched.size() == MOST_WATCHED) {
      lookAgain();
      if (watched.size() == MOST_WATCHED) {
        forget(watched.keySet().iterator().next());
      }
    }
    watched.put(child, new Watched(parent, null));
    look(child, watched.get(child));
  }

  private void lookAgain() {
    for (Map.Entry<Integer, Watched> child : Map.copyOf(watched).entrySet()) {
      look(child.getKey(), child.getValue());
    }
  }

  private void look(int child, Watched last) {
    ProcStatus status = ProcStatus.ofThread(child);
    if (status.parent() == last.parent) {
      watched.put(child, new Watched(last.parent, status.name()));
    } else {
      forget(child); // gone, left to another parent, or not the one that was made
    }
  }

  private void forget(int child) {
    name(watched.remove(child).program);
  }

  private void name(String program) {
    if (program != null && programs.size() < MOST_NAMES) {
      programs.add(program);
    }
  }

  /** All that is known now. */
  UntracedProcesses report() {
    lookAgain();
    watched.values().forEach(child -> name(child.program));
    return new UntracedProcesses(count, Collections.unmodifiableSet(programs));
  }
}
