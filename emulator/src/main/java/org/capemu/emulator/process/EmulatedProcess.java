package org.capemu.emulator.process;

import org.capemu.policy.Abi;

/** A traced process: {@code struct proc} and {@code struct ucred}, as far as Capsicum asks. */
public final class EmulatedProcess {
  private final int pid;
  private Abi abi = Abi.FREEBSD64;
  private DescriptorTable descriptors;
  private boolean inCapabilityMode;
  private boolean madeCalls;
  private String workingDirectory;
  private String root = "";

  EmulatedProcess(int pid, DescriptorTable descriptors, String workingDirectory) {
    this.pid = pid;
    this.descriptors = descriptors;
    this.workingDirectory = workingDirectory;
  }

  public int pid() {
    return pid;
  }

  /** The interface of its system calls. */
  public Abi abi() {
    return abi;
  }

  public void abi(Abi abi) {
    this.abi = abi;
  }

  public DescriptorTable descriptors() {
    return descriptors;
  }

  /** cap_getmode(2). */
  public boolean inCapabilityMode() {
    return inCapabilityMode;
  }

  /** cap_enter(2) succeeded, now or before the process was followed. */
  public void enterCapabilityMode() {
    inCapabilityMode = true;
  }

  /** True if a call of it, or of the process that it was forked from, was followed. */
  public boolean hasMadeCalls() {
    return madeCalls;
  }

  /** It made a call. */
  public void madeCall() {
    madeCalls = true;
  }

  /** A name for the working directory, as {@link DescriptorTable#path} names directories. */
  public String workingDirectory() {
    return workingDirectory;
  }

  public void workingDirectory(String path) {
    workingDirectory = path;
  }

  /** A name for the root directory if it was changed, empty otherwise. */
  public String root() {
    return root;
  }

  public void root(String name) {
    root = name;
  }

  void descriptors(DescriptorTable table) {
    descriptors = table;
  }

  /** execve(2) succeeded. */
  void executed() {
    descriptors = descriptors.unshared();
    descriptors.closeOnExec();
  }

  /** fork1: a child as it is at this moment. */
  EmulatedProcess forked(int childPid, DescriptorTable table) {
    EmulatedProcess child = new EmulatedProcess(childPid, table, workingDirectory);
    child.abi = abi;
    child.inCapabilityMode = inCapabilityMode;
    child.root = root;
    child.madeCalls = true;
    return child;
  }
}
