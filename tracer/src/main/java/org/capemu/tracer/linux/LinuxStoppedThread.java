package org.capemu.tracer.linux;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.capemu.policy.Descriptor;
import org.capemu.tracer.StoppedThread;

/** One stop of one thread; spent when that thread has run again. */
final class LinuxStoppedThread implements StoppedThread {
  private static final int SOCK_MAXADDRLEN = 255;

  private final LinuxTracer tracer;
  private final TracedThread thread;
  private final long stop;
  private final boolean withMemory;

  LinuxStoppedThread(LinuxTracer tracer, TracedThread thread) {
    this(tracer, thread, true);
  }

  /**
   * @param withMemory false for a thread whose memory is not to be looked at
   */
  LinuxStoppedThread(LinuxTracer tracer, TracedThread thread, boolean withMemory) {
    this.tracer = tracer;
    this.thread = thread;
    this.stop = thread.stops;
    this.withMemory = withMemory;
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
    return thread.command();
  }

  @Override
  public int read(long address, byte[] buffer, int offset, int length) {
    checkStopped();
    return withMemory
        ? TraceeMemory.get().read(thread.process, address, buffer, offset, length)
        : 0;
  }

  @Override
  public boolean isReadable() {
    return !thread.process.unreadable;
  }

  @Override
  public boolean mayWait() {
    return tracer.mayWait(thread.process);
  }

  @Override
  public <T> void ask(Supplier<T> question, T unanswered, Consumer<T> then) {
    checkStopped();
    if (mayWait()) {
      tracer.ask(question, unanswered, then);
    } else {
      then.accept(question.get());
    }
  }

  @Override
  public boolean isSuperuser() {
    checkStopped();
    return ProcStatus.ofThread(pid(), tid()).effectiveUser() == 0;
  }

  @Override
  public Descriptor descriptor(int fd) {
    return Descriptor.unlimited(TraceeDescriptors.get().kindOf(pid(), fd));
  }

  @Override
  public boolean hasLimitedDescriptors() {
    return false; // Linux has no cap_rights_limit(2)
  }

  @Override
  public int cpu() {
    return tracer.cpu(thread);
  }

  @Override
  public byte[] sockaddr(long address, int length) {
    if (length < 2 || length > SOCK_MAXADDRLEN) {
      return null;
    }
    byte[] linux = new byte[length];
    return read(address, linux, 0, length) == length ? LinuxSockaddr.toFreeBsd(linux) : null;
  }

  @Override
  public void resume() {
    checkStopped();
    tracer.resumeThread(thread, !thread.atEntry && thread.returnWanted);
  }

  @Override
  public void resumeToReturn() {
    checkStopped();
    tracer.resumeThread(thread, thread.inSyscall);
  }

  @Override
  public void kill() {
    checkStopped();
    tracer.killProcess(thread);
  }

  private void checkStopped() {
    if (thread.stops != stop) {
      throw new IllegalStateException("thread " + thread.tid + " runs: this stop is spent");
    }
  }
}
