package org.capemu.nativestubs.freebsd;

import java.io.Closeable;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;

/**
 * What the FreeBSD tracer asks of a kernel. A traced process can be killed at any moment: asking
 * about one that is gone finds nothing, moving it does nothing, and its exit is reported by {@link
 * #waitForStop}. When the way to the kernel breaks, everything is answered as if the processes were
 * gone, and {@code waitForStop} throws. It throws as well when a request that has no answer of its
 * own failed for another reason than that its process is gone: nobody may trace any more.
 *
 * <p>All paths are as the side that asks sees them, one char a byte (ISO-8859-1).
 */
public interface FreeBsdKernel extends Closeable {
  /** So many names of a directory, or descriptors of a process, are told at most. */
  int MOST_ENTRIES = 1 << 17;

  /** PID_MAX: no process has a higher number. */
  int PID_MAX = 99_999;

  /** CTL_MAXNAME: a sysctl(3) node has so many numbers at most. */
  int CTL_MAXNAME = 24;

  /**
   * Starts a program that is traced and stands before its execve(2): {@link #resume} lets it go
   * there. The program is looked for in PATH.
   *
   * @return its process id
   * @throws IOException with one line that says why not
   */
  int spawn(List<String> argv) throws IOException;

  /**
   * Traces a running process, which stands still then.
   *
   * @throws ProcessGoneException if there is none
   * @throws IOException with one line that says why not
   */
  void attach(int pid) throws IOException;

  /**
   * What a stopped process stops for from now on.
   *
   * @param events PTRACE_ bits of {@link Ptrace}
   */
  void setEvents(int pid, int events);

  /**
   * Calls at whose entry a process, running or not, goes on by itself: {@link #waitForStop} does
   * not report them. None for a new process.
   *
   * @param calls their numbers, below 1024
   */
  void setQuiet(int pid, BitSet calls);

  /**
   * Lets a stopped process go on.
   *
   * @param request PT_CONTINUE or PT_TO_SCX
   * @param signal the signal to deliver, 0 for none
   */
  void resume(int pid, int request, int signal);

  /**
   * Waits until a traced process stops or ends.
   *
   * @return null when there is none left, or after {@link #interrupt}
   * @throws IOException with one line, when the processes cannot be followed any more
   */
  Stop waitForStop() throws IOException;

  /** Makes {@link #waitForStop}, now or when it is next called, return null. From any thread. */
  void interrupt();

  /**
   * Copies the memory of a stopped process.
   *
   * @return the number of bytes copied before the first that is not mapped
   */
  int read(int pid, long address, byte[] buffer, int offset, int length);

  /** Null if the process is gone. */
  ProcessFacts process(int pid);

  /**
   * Descriptors and directories of a process; empty if they cannot be read, or are more than {@link
   * #MOST_ENTRIES}.
   */
  List<OpenFile> descriptors(int pid);

  /** The processes that a process has made and that still run. */
  List<Integer> children(int pid);

  /** kill(2) of a traced process. */
  void kill(int pid, int signal);

  /** {@code st_mode} of lstat(2); 0 if it fails. */
  int fileMode(String path);

  /** readlink(2); null if it fails. */
  String readlink(String path);

  /**
   * A part of a regular file; symbolic links are followed.
   *
   * @param length at most 65536
   * @return what there is; empty if the file cannot be read or is not regular
   */
  byte[] readFile(String path, long offset, int length);

  /**
   * The names in a directory, without {@code .} and {@code ..}; empty if it cannot be read, null if
   * there are more than {@link #MOST_ENTRIES}.
   */
  List<String> entries(String path);

  /** The name of a sysctl(3) node, {@code kern.ostype}, by its numbers; null if there is none. */
  String sysctlName(int[] mib);

  /** Lets every traced process go on untraced, and ends. */
  @Override
  void close() throws IOException;
}
