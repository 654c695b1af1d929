package org.capemu.tracer;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.function.IntPredicate;
import org.capemu.policy.FileTree;

/**
 * Follows a program, system call by system call. One thread makes all calls of a tracer and of the
 * stopped threads that it hands out.
 */
public interface Tracer extends Closeable {
  /**
   * Waits for the next event. Events of one thread come in their order; a thread that an event left
   * stopped stays so until it is resumed through the event's {@link StoppedThread}.
   *
   * @return null when nothing is left to follow, or after {@link #interrupt}
   */
  TraceEvent next() throws IOException;

  /** Makes {@link #next} return null, now and from now on. Any thread may call it. */
  void interrupt();

  /** What happened that a tracer cannot see, a short sentence each: for the end of a run. */
  default List<String> unseen() {
    return List.of();
  }

  /**
   * A hint: the entries of these calls, of FreeBSD's 64-bit ABI, need not be reported while no
   * descriptor of the process is limited. Before the first {@link #next}.
   */
  default void passOver(IntPredicate calls) {}

  /**
   * True if {@link StoppedThread#descriptor} tells every limit there is. Else those that no kernel
   * tells are to be kept from the calls that set them: cap_fcntls_limit(2), cap_ioctls_limit(2) and
   * FD_RESOLVE_BENEATH.
   */
  default boolean tellsAllLimits() {
    return false;
  }

  /**
   * Processes that were asked for and cannot be followed: for each a line that says why not. Lines
   * that were given once are not given again.
   */
  default List<String> notFollowed() {
    return List.of();
  }

  /** The file system as a traced process sees it. */
  FileTree files(int pid);

  /**
   * Lets every traced process go on untraced, whatever it was stopped for: no signal is lost, none
   * is added.
   */
  @Override
  void close() throws IOException;
}
