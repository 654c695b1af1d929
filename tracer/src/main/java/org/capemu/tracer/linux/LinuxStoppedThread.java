package org.capemu.tracer.linux;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.capemu.policy.Descriptor;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.Structure;
import org.capemu.tracer.elf.ProgramStart;

/** One stop of one thread; spent when that thread has run again. */
final class LinuxStoppedThread implements StoppedThread {
  private static final int SOCK_MAXADDRLEN = 255;

  private final LinuxTracer tracer;
  private final TracedThread thread;
  private final long stop;
  private final boolean withMemory;

  /** More is to be reported of this stop: the thread does not run yet when this is spent. */
  private final boolean held;

  private boolean spent;

  LinuxStoppedThread(LinuxTracer tracer, TracedThread thread) {
    this(tracer, thread, true, false);
  }

  private LinuxStoppedThread(
      LinuxTracer tracer, TracedThread thread, boolean withMemory, boolean held) {
    this.tracer = tracer;
    this.thread = thread;
    this.stop = thread.stops;
    this.withMemory = withMemory;
    this.held = held;
  }

  /** A thread whose memory is not to be looked at. */
  static LinuxStoppedThread withoutMemory(LinuxTracer tracer, TracedThread thread) {
    return new LinuxStoppedThread(tracer, thread, false, false);
  }

  /** One of several events of one stop, which {@link LinuxTracer#next} ends after the last. */
  static LinuxStoppedThread held(LinuxTracer tracer, TracedThread thread) {
    return new LinuxStoppedThread(tracer, thread, true, true);
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
  public long stackPointer() {
    checkStopped();
    return thread.stackPointer;
  }

  @Override
  public long instructionPointer() {
    checkStopped();
    return thread.instructionPointer;
  }

  @Override
  public Optional<ProgramStart> programStart(Collection<String> functions) {
    checkStopped();
    return tracer.programStart(pid(), functions);
  }

  @Override
  public Object kept() {
    return thread.process.kept;
  }

  @Override
  public void keep(Object what) {
    thread.process.kept = what;
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
  public byte[] structure(Structure structure, long address, int count) {
    return LinuxStructures.read(
        this, thread.linuxNumber, thread.linuxResult, structure, address, count);
  }

  @Override
  public void resume() {
    checkStopped();
    spent = true;
    if (held) {
      return;
    }
    tracer.resumeThread(thread, !thread.atEntry && thread.returnWanted);
  }

  @Override
  public void resumeToReturn() {
    checkStopped();
    spent = true;
    if (held) {
      return;
    }
    tracer.resumeThread(thread, thread.inSyscall);
  }

  @Override
  public void kill() {
    checkStopped();
    tracer.killProcess(thread);
  }

  private void checkStopped() {
    if (spent || thread.stops != stop) {
      throw new IllegalStateException("thread " + thread.tid + " runs: this stop is spent");
    }
  }
}
