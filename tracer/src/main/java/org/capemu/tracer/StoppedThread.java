package org.capemu.tracer;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.capemu.policy.Abi;
import org.capemu.policy.Descriptor;
import org.capemu.policy.Undecided;
import org.capemu.tracer.elf.ProgramStart;

/**
 * A thread that stands still under ptrace(2). Only through it can the tracee be read or moved, and
 * every way to let it run consumes it: any later call throws {@link IllegalStateException}.
 *
 * <p>A tracee can be killed at any moment. Then reads find no memory, resuming does nothing, and
 * the tracer reports the exit as its next event.
 */
public interface StoppedThread {
  int pid();

  int tid();

  /** The cpu that the thread last ran on, as far as it is known without cost; 0 otherwise. */
  default int cpu() {
    return 0;
  }

  /**
   * The name that records of this thread carry, {@code td_name}: at most 19 bytes, one char each;
   * null for the launcher, which is capemu itself in another shape.
   */
  String command();

  /** The interface that the process's program was built for. */
  default Abi abi() {
    return Abi.FREEBSD64;
  }

  /** cap_getmode(2): true if the process really is in capability mode. */
  default boolean inCapabilityMode() {
    return false;
  }

  /** The stack pointer at the entry of a call and after execve(2); 0 where it is not known. */
  default long stackPointer() {
    return 0;
  }

  /** Where the thread goes on from there; 0 where it is not known. */
  default long instructionPointer() {
    return 0;
  }

  /**
   * Where the code of the program begins that the process runs; empty where its file cannot be
   * read. This may be to wait: see {@link #ask}.
   *
   * @param functions others to be asked for, by their names in the file
   */
  default Optional<ProgramStart> programStart(Collection<String> functions) {
    return Optional.empty();
  }

  /**
   * What was last kept with the process, or with its parent when it was forked; null before. Not
   * changed by execve(2).
   */
  default Object kept() {
    return null;
  }

  /**
   * Keeps something with the process.
   *
   * @param what never changes, as processes that are forked share it
   */
  default void keep(Object what) {}

  /** False if its effective user is known not to be the superuser. */
  default boolean isSuperuser() {
    return true;
  }

  /**
   * Copies the tracee's memory.
   *
   * @return the number of bytes copied before the first that is not mapped
   */
  int read(long address, byte[] buffer, int offset, int length);

  /**
   * False if the process's memory may not be read at all, as after Linux's prctl(PR_SET_DUMPABLE):
   * what {@link #read} did not find may be there.
   */
  default boolean isReadable() {
    return true;
  }

  /**
   * True if to look at the process's memory, descriptors or files may be to wait for what a traced
   * process has to do, which must not be done on the tracing thread: see {@link #ask}.
   */
  default boolean mayWait() {
    return false;
  }

  /**
   * Looks at the process where that cannot hold up the others: the question is answered by another
   * thread if {@link #mayWait}, and what is to be done with the answer by {@link Tracer#next}.
   *
   * @param unanswered the answer if there is none in time
   * @param then is called once, by the tracing thread; it lets this one go on
   */
  default <T> void ask(Supplier<T> question, T unanswered, Consumer<T> then) {
    then.accept(question.get());
  }

  /**
   * What an open descriptor refers to and may be used for; {@link Descriptor#NOT_OPEN} if it is
   * not.
   */
  Descriptor descriptor(int fd);

  /** False only if every descriptor of the process holds all rights. */
  boolean hasLimitedDescriptors();

  /**
   * A socket address in FreeBSD's form (sa_len, sa_family, data); null where getsockaddr(9) would
   * fail.
   */
  byte[] sockaddr(long address, int length);

  /**
   * Structures in FreeBSD's 64-bit form.
   *
   * @param count how many, one after the other
   * @return null if not all of them are there, or what lies there has no such form
   */
  default byte[] structure(Structure structure, long address, int count) {
    if (abi() == Abi.FREEBSD32 && !structure.isSameIn32Bits()) {
      return null;
    }
    byte[] bytes = new byte[count * structure.size()];
    return read(address, bytes, 0, bytes.length) == bytes.length ? bytes : null;
  }

  /**
   * False if the call that is entered here, and has the address of a unix socket, fails before it
   * looks the address's path up: the socket is bound already, or has a peer.
   */
  default boolean looksUpAddress() {
    return true;
  }

  /**
   * The name of the node that a sysctl(3) MIB stands for: {@code kern.ostype}.
   *
   * @param mib the address of its numbers
   * @param length how many
   * @throws Undecided if it is not known
   */
  default String sysctlName(long mib, int length) {
    throw new Undecided("name of a sysctl node");
  }

  /**
   * Goes on to the next event. The return of a call that was entered here is not reported; at any
   * other stop what was asked for at the entry still holds.
   */
  void resume();

  /** Goes on and reports the return of the call that was entered here. */
  void resumeToReturn();

  /** Ends the whole process with SIGKILL before it does anything more. */
  void kill();
}
