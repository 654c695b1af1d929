package org.capemu.tracer.freebsd;

import org.capemu.policy.Abi;
import org.capemu.policy.Descriptor;
import org.capemu.tracer.StoppedThread;

/** One stop of one thread; spent when its process has run again. */
final class FreeBsdStoppedThread implements StoppedThread {
  /** SOCK_MAXADDRLEN. */
  private static final int MAX_ADDRESS = 255;

  private final FreeBsdTracer tracer;
  private final TracedThread thread;
  private final long stop;
  private final String command;
  private final boolean atEntry;

  FreeBsdStoppedThread(FreeBsdTracer tracer, TracedThread thread, String command, boolean atEntry) {
    this.tracer = tracer;
    this.thread = thread;
    this.stop = thread.process.stops;
    this.command = command;
    this.atEntry = atEntry;
  }

  @Override
  public int pid() {
    return thread.process.pid;
  }

  @Override
  public int tid() {
    return thread.tid;
  }

  @Override
  public String command() {
    return command;
  }

  @Override
  public Abi abi() {
    return thread.process.abi;
  }

  @Override
  public boolean inCapabilityMode() {
    checkStopped();
    return tracer.inCapabilityMode(thread.process);
  }

  @Override
  public boolean isSuperuser() {
    checkStopped();
    return tracer.isSuperuser(thread.process);
  }

  @Override
  public int read(long address, byte[] buffer, int offset, int length) {
    checkStopped();
    return tracer.read(thread.process, address, buffer, offset, length);
  }

  @Override
  public Descriptor descriptor(int fd) {
    checkStopped();
    return tracer.descriptor(thread.process, fd);
  }

  @Override
  public boolean hasLimitedDescriptors() {
    checkStopped();
    return tracer.hasLimitedDescriptors(thread.process);
  }

  /** getsockaddr: sa_len is what the caller says, whatever the memory says. */
  @Override
  public byte[] sockaddr(long address, int length) {
    if (length < 2 || length > MAX_ADDRESS) {
      return null;
    }
    byte[] bytes = new byte[length];
    if (read(address, bytes, 0, length) != length) {
      return null;
    }
    bytes[0] = (byte) length;
    return bytes;
  }

  @Override
  public boolean looksUpAddress() {
    checkStopped();
    return !atEntry || tracer.looksUpAddress(thread);
  }

  @Override
  public String sysctlName(long mib, int length) {
    checkStopped();
    return tracer.sysctlName(thread.process, mib, length);
  }

  @Override
  public void resume() {
    checkStopped();
    tracer.resume(thread, !atEntry && thread.returnWanted);
  }

  @Override
  public void resumeToReturn() {
    checkStopped();
    tracer.resume(thread, atEntry || thread.returnWanted);
  }

  @Override
  public void kill() {
    checkStopped();
    tracer.kill(thread.process);
  }

  private void checkStopped() {
    if (thread.process.stops != stop) {
      throw new IllegalStateException("thread " + thread.tid + " runs: this stop is spent");
    }
  }
}
