package org.capemu.emulator.process;

import org.capemu.policy.Abi;
import org.capemu.policy.Descriptor;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.SystemCall;

/**
 * A system call between its entry and its return, and the descriptors that its arguments name as
 * they were at its entry: other threads may close or limit them while it runs. One object serves
 * all calls of a thread.
 */
public class CallInProgress extends SystemCall {
  /** The arguments after these are no descriptors in any call but mmap(2), whose fifth is. */
  private static final int DESCRIPTOR_ARGS = 5;

  private final long[] ownArgs = new long[MAX_ARGS];
  final Descriptor[] atEntry = new Descriptor[DESCRIPTOR_ARGS];
  final int[] generation = new int[DESCRIPTOR_ARGS];
  EmulatedProcess process;

  /** The child that appeared before this fork(2) returned; 0 if none did. */
  int child;

  /**
   * @param calls of the release that made the trace
   */
  public CallInProgress(SyscallTable calls) {
    super(calls);
  }

  /** A call is entered: the arguments are then filled in through {@link #args()}. */
  protected final void begin(EmulatedProcess caller, Abi callersAbi, int callNumber) {
    process = caller;
    set(callersAbi, callNumber, ownArgs);
    child = 0;
  }

  public final EmulatedProcess process() {
    return process;
  }

  /** Takes the descriptors that the arguments may name as they are now. */
  public final void rememberDescriptors() {
    DescriptorTable table = process.descriptors();
    for (int i = 0; i < DESCRIPTOR_ARGS; i++) {
      atEntry[i] = table.get(fd(i));
      generation[i] = table.generation(fd(i));
    }
  }

  /**
   * What was known of a descriptor when the call was entered, if an argument names it; what is
   * known now otherwise. As {@link DescriptorTable#get}.
   */
  public final Descriptor descriptor(int fd) {
    for (int i = 0; i < DESCRIPTOR_ARGS; i++) {
      if (fd(i) == fd) {
        return atEntry[i];
      }
    }
    return process.descriptors().get(fd);
  }
}
