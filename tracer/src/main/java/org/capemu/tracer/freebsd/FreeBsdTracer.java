package org.capemu.tracer.freebsd;

import static org.capemu.nativestubs.freebsd.Ptrace.PL_FLAG_BORN;
import static org.capemu.nativestubs.freebsd.Ptrace.PL_FLAG_CHILD;
import static org.capemu.nativestubs.freebsd.Ptrace.PL_FLAG_EXEC;
import static org.capemu.nativestubs.freebsd.Ptrace.PL_FLAG_EXITED;
import static org.capemu.nativestubs.freebsd.Ptrace.PL_FLAG_SCE;
import static org.capemu.nativestubs.freebsd.Ptrace.PL_FLAG_SCX;
import static org.capemu.nativestubs.freebsd.Ptrace.PTRACE_EXEC;
import static org.capemu.nativestubs.freebsd.Ptrace.PTRACE_FORK;
import static org.capemu.nativestubs.freebsd.Ptrace.PTRACE_LWP;
import static org.capemu.nativestubs.freebsd.Ptrace.PTRACE_SCE;
import static org.capemu.nativestubs.freebsd.Ptrace.PT_CONTINUE;
import static org.capemu.nativestubs.freebsd.Ptrace.PT_TO_SCX;
import static org.capemu.nativestubs.freebsd.Ptrace.SIGKILL;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.capemu.nativestubs.freebsd.FreeBsdErrno;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.OpenFile;
import org.capemu.nativestubs.freebsd.ProcessFacts;
import org.capemu.nativestubs.freebsd.ProcessGoneException;
import org.capemu.nativestubs.freebsd.Stop;
import org.capemu.policy.Abi;
import org.capemu.policy.CapRights;
import org.capemu.policy.Descriptor;
import org.capemu.policy.Release;
import org.capemu.policy.Undecided;
import org.capemu.tracer.TraceEvent;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.TracerException;

/**
 * Follows programs on FreeBSD with ptrace(2). A stop stops the whole process, and the kernel
 * reports one thread at a time.
 *
 * <p>An allowed call costs four calls of the kernel: PT_CONTINUE, wait4, PT_LWPINFO and
 * PT_GET_SC_ARGS; one that {@link #passOver} names, three. Returns are stopped at only while some
 * thread's is wanted: PT_TO_SCX adds them to what the process stops for, and the next entry without
 * such a wish takes them away again.
 *
 * <p>What a descriptor may be used for is asked of the kernel, not derived: kern.proc.filedesc.
 */
public final class FreeBsdTracer implements Tracer {
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 28;
  private static final int SOCK_DGRAM = 2;
  private static final int F_SETFD = 2;
  private static final int FD_RESOLVE_BENEATH = 2;
  private static final int RFFDG = 1 << 2;
  private static final int RFCFDG = 1 << 12;

  /** Within this time every process has come to the stop in which it is let go. */
  private static final int END_SECONDS = 10;

  /** So many processes, and threads of all of them together, are followed at once at most. */
  private static final int MOST_PROCESSES = 1 << 14;

  private static final int MOST_THREADS = 1 << 16;

  /** CAP_ALL of 13 and 14: the rights of a descriptor there from which nothing was taken. */
  private static final CapRights ALL_OF_14 =
      new CapRights(0x0000_07ff_ffff_ffffL, 0x0000_0000_001f_ffffL);

  private final FreeBsdKernel kernel;
  private final int events;
  private final DescriptorCalls calls = new DescriptorCalls(Release.FREEBSD_15);
  private final Map<Integer, TracedProcess> processes = new HashMap<>();
  private final Deque<TraceEvent> queued = new ArrayDeque<>();
  private final byte[] word = new byte[Long.BYTES];
  private int threadCount;

  /** Some descriptor of some process may hold fewer rights than all. */
  private boolean limits;

  /** Calls whose entries need not be reported while there are no limits. */
  private BitSet silent = new BitSet();

  /** The process that has not made its first execve(2), and the program that it is to run. */
  private TracedProcess launching;

  private boolean launchEntered;

  /** It was no program, and /bin/sh is to run it. */
  private boolean throughShell;

  private String program;
  private final List<String> notFollowed = new ArrayList<>();
  private volatile boolean interrupted;

  /** A kernel kills what a process traces when that ends: kern.kill_on_debugger_exit. */
  private final Thread ending = new Thread(this::letGo);

  private final CountDownLatch closed = new CountDownLatch(1);

  private FreeBsdTracer(FreeBsdKernel kernel, boolean followChildren) {
    this.kernel = kernel;
    this.events = PTRACE_EXEC | PTRACE_SCE | PTRACE_LWP | (followChildren ? PTRACE_FORK : 0);
  }

  /**
   * Starts a program; its first event is the execve(2) that makes it. If that fails, {@link #next}
   * throws.
   *
   * @param kernel closed with the tracer, and if this fails
   * @param argv its arguments; the first is its name, looked for in PATH as execvp(3) does
   * @param followChildren also trace the processes that it makes (ktrace's {@code -i})
   */
  public static FreeBsdTracer launch(
      FreeBsdKernel kernel, List<String> argv, boolean followChildren) throws IOException {
    FreeBsdTracer tracer = new FreeBsdTracer(kernel, followChildren);
    try {
      int pid = kernel.spawn(argv);
      tracer.program = argv.get(0);
      tracer.launching = tracer.take(pid);
      tracer.resumeProcess(tracer.launching);
      Runtime.getRuntime().addShutdownHook(tracer.ending);
    } catch (IOException e) {
      throw tracer.failed(e);
    }
    return tracer;
  }

  /**
   * Attaches to a running process with all its threads.
   *
   * @param kernel closed with the tracer, and if this fails
   * @param followChildren also trace the processes that it will make
   * @param descendants also trace those that it has made and that still run
   */
  public static FreeBsdTracer attach(
      FreeBsdKernel kernel, int pid, boolean followChildren, boolean descendants)
      throws IOException {
    FreeBsdTracer tracer = new FreeBsdTracer(kernel, followChildren);
    try {
      kernel.attach(pid);
      tracer.takeRunning(pid, descendants);
      Runtime.getRuntime().addShutdownHook(tracer.ending);
    } catch (IOException e) {
      throw tracer.failed(e);
    }
    return tracer;
  }

  private TracerException failed(IOException why) throws IOException {
    kernel.close();
    return new TracerException(why.getMessage());
  }

  private void takeRunning(int root, boolean descendants) throws IOException {
    Deque<Integer> attached = new ArrayDeque<>(List.of(root));
    Set<Integer> seen = new HashSet<>(attached);
    while (!attached.isEmpty()) {
      int pid = attached.remove();
      TracedProcess process = take(pid);
      List<Integer> children = descendants ? kernel.children(pid) : List.of();
      resumeProcess(process);
      for (int child : children) {
        if (seen.add(child) && isAttached(child)) {
          attached.add(child);
        }
      }
    }
  }

  /** Attaches to a descendant. The process that was asked for is traced in any case. */
  private boolean isAttached(int descendant) {
    try {
      kernel.attach(descendant);
      return true;
    } catch (ProcessGoneException gone) {
      return false;
    } catch (IOException foreign) {
      notFollowed.add(foreign.getMessage());
      return false;
    }
  }

  @Override
  public List<String> notFollowed() {
    List<String> lines = List.copyOf(notFollowed);
    notFollowed.clear();
    return lines;
  }

  /** A process that stands still and that nothing is known of. */
  private TracedProcess take(int pid) throws IOException {
    TracedProcess process = follow(pid);
    stopped(process);
    kernel.setEvents(pid, events);
    ProcessFacts facts = kernel.process(pid);
    if (facts != null) {
      process.learn(facts);
      process.learnActions(facts);
    }
    limits |= holdsLess(descriptors(process));
    return process;
  }

  private TracedProcess follow(int pid) throws IOException {
    if (processes.size() == MOST_PROCESSES) {
      throw new TracerException("more than " + MOST_PROCESSES + " processes at once");
    }
    TracedProcess process = new TracedProcess(pid, files(pid));
    processes.put(pid, process);
    return process;
  }

  private TracedThread thread(TracedProcess process, int tid) throws IOException {
    int before = process.threads.size();
    TracedThread thread = process.thread(tid);
    threadCount += process.threads.size() - before;
    if (threadCount > MOST_THREADS) {
      throw new TracerException("more than " + MOST_THREADS + " threads at once");
    }
    return thread;
  }

  private static void stopped(TracedProcess process) {
    process.stops++;
    process.signal = 0;
  }

  @Override
  public TraceEvent next() throws IOException {
    while (!interrupted) {
      TraceEvent event = queued.poll();
      if (event != null) {
        return event;
      }
      Stop stop = waitForStop();
      if (stop == null) {
        return null;
      }
      event = interpret(stop);
      if (event != null) {
        return event;
      }
    }
    return null;
  }

  private Stop waitForStop() throws IOException {
    try {
      return kernel.waitForStop();
    } catch (IOException e) {
      if (launching != null) { // a program that has not begun does not begin
        kernel.kill(launching.pid, SIGKILL);
      }
      throw new TracerException(e.getMessage());
    }
  }

  @Override
  public void interrupt() {
    interrupted = true;
    kernel.interrupt();
  }

  /** capemu is told to end: {@link #next} returns null soon, so that the tracer is closed. */
  private void letGo() {
    interrupt();
    try {
      closed.await(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void passOver(IntPredicate calls) {
    silent = this.calls.withoutEffects(calls);
    processes.values().forEach(this::updateQuiet);
  }

  private void updateQuiet(TracedProcess process) {
    BitSet quiet =
        limits || process == launching || process.abi != Abi.FREEBSD64 ? new BitSet() : silent;
    if (!quiet.equals(process.quiet)) {
      process.quiet = quiet;
      kernel.setQuiet(process.pid, quiet);
    }
  }

  @Override
  public FreeBsdFileTree files(int pid) {
    TracedProcess process = processes.get(pid);
    return process == null ? new FreeBsdFileTree(kernel, fd -> openFile(pid, fd)) : process.files;
  }

  /** Null where there is nothing to report; the process has been resumed then. */
  private TraceEvent interpret(Stop stop) throws IOException {
    TracedProcess process = processes.get(stop.pid());
    if (!stop.isStopped()) {
      return exited(stop, process);
    }
    Stop.Lwp lwp = stop.lwp();
    if (lwp == null) {
      return null; // killed before it could be asked: its exit follows
    }
    boolean adopted = process == null;
    if (adopted) {
      process = follow(stop.pid());
    }
    stopped(process);
    process.atEntry = lwp.has(PL_FLAG_SCE) && !stop.isSignal();
    TracedThread thread = thread(process, lwp.tid());
    if (adopted || lwp.has(PL_FLAG_CHILD)) { // a SIGSTOP from elsewhere may come before
      return adopted(thread, lwp);
    }
    if (stop.isSignal()) {
      return signalled(thread, stop);
    }
    if (lwp.has(PL_FLAG_EXITED)) {
      process.remove(thread);
      threadCount--;
      resumeProcess(process);
      return new TraceEvent.Exited(process.pid, lwp.tid(), lwp.name(), false, 0);
    }
    if (lwp.has(PL_FLAG_BORN)) {
      return new TraceEvent.Started(stoppedThread(thread, lwp), false, lwp.syscall());
    }
    if (lwp.has(PL_FLAG_SCE)) {
      return entered(thread, lwp);
    }
    if (lwp.has(PL_FLAG_EXEC)) {
      return executed(thread, lwp);
    }
    if (lwp.has(PL_FLAG_SCX)) {
      return returned(thread, lwp);
    }
    resumeProcess(process);
    return null;
  }

  private FreeBsdStoppedThread stoppedThread(TracedThread thread, Stop.Lwp lwp) {
    // Until then it is the launcher's name, which is no business of the program's trace.
    thread.command = thread.process == launching ? null : lwp.name();
    thread.process.lastStopped = thread;
    return new FreeBsdStoppedThread(this, thread, thread.command, thread.process.atEntry);
  }

  private TraceEvent entered(TracedThread thread, Stop.Lwp lwp) {
    TracedProcess process = thread.process;
    if (process == launching) {
      if (lwp.syscall() != calls.execve) {
        resumeProcess(process);
        return null;
      }
      launchEntered = true;
    }
    // A return that was not reported, as after a signal handler's sigreturn(2), is past.
    process.wantReturn(thread, false);
    thread.syscall = lwp.syscall();
    thread.args = lwp.args();
    FreeBsdStoppedThread stopped = stoppedThread(thread, lwp);
    noteEffects(process, lwp);
    return new TraceEvent.SyscallEntered(
        stopped, process.abi, lwp.syscall(), lwp.args(), lwp.argCount());
  }

  private void noteEffects(TracedProcess process, Stop.Lwp lwp) {
    int number = lwp.syscall();
    if (process.abi.isLinux()) {
      return;
    }
    if (number == calls.sigaction) {
      noteHandler(process, (int) lwp.args()[0], lwp.args()[1]);
    } else if (number == calls.fcntl
        && (int) lwp.args()[1] == F_SETFD
        && ((int) lwp.args()[2] & FD_RESOLVE_BENEATH) != 0) {
      noteLimits(); // every call that carries it along is to be seen
    } else if (number == calls.capEnter) {
      process.mayBeInCapabilityMode = true;
    } else if (number == calls.rfork && sharesDescriptors((int) lwp.args()[0])) {
      process.sharesDescriptors = true;
      noteLimits(); // by the other process, which may not be followed
    }
  }

  /** rfork(2) without RFFDG, RFCFDG, or RFSPAWN, which is posix_spawn(3)'s. */
  private static boolean sharesDescriptors(int flags) {
    return flags > 0 && (flags & (RFFDG | RFCFDG)) == 0;
  }

  /** From now on some descriptor may be limited. */
  private void noteLimits() {
    if (!limits) {
      limits = true;
      processes.values().forEach(this::updateQuiet);
    }
  }

  /** sigaction(2) of the handler's address, which ptrace(2) does not tell when it is called. */
  private void noteHandler(TracedProcess process, int signal, long action) {
    int size = process.abi == Abi.FREEBSD32 ? Integer.BYTES : Long.BYTES;
    if (action == 0 || kernel.read(process.pid, action, word, 0, size) != size) {
      return;
    }
    long handler = 0;
    for (int i = size - 1; i >= 0; i--) {
      handler = handler << Byte.SIZE | word[i] & 0xff;
    }
    process.setHandler(signal, handler);
  }

  private TraceEvent returned(TracedThread thread, Stop.Lwp lwp) throws IOException {
    TracedProcess process = thread.process;
    if (process == launching && launchEntered) {
      if (throughShell || lwp.error() != FreeBsdErrno.ENOEXEC) {
        throw notExecuted(throughShell ? FreeBsdErrno.ENOEXEC : lwp.error());
      }
      throughShell = true; // execvp(3) goes on so
      launchEntered = false;
    }
    if (!thread.returnWanted) {
      resumeProcess(process);
      return null;
    }
    process.wantReturn(thread, false);
    return syscallReturned(thread, lwp);
  }

  private TraceEvent syscallReturned(TracedThread thread, Stop.Lwp lwp) {
    return new TraceEvent.SyscallReturned(
        stoppedThread(thread, lwp),
        thread.process.abi,
        thread.syscall,
        lwp.error(),
        lwp.error() == 0 ? lwp.retval() : 0);
  }

  private TracerException notExecuted(int errno) throws IOException {
    kernel.kill(launching.pid, SIGKILL);
    kernel.resume(launching.pid, PT_CONTINUE, SIGKILL);
    processes.remove(launching.pid);
    return new TracerException(program + ": " + FreeBsdErrno.message(errno));
  }

  /** The stop of execve(2) is its return as well. */
  private TraceEvent executed(TracedThread thread, Stop.Lwp lwp) {
    TracedProcess process = thread.process;
    boolean wanted = thread.returnWanted;
    launching = process == launching ? null : launching;
    process.wantReturn(thread, false);
    threadCount -= process.threads.size() - 1;
    process.executed(thread);
    ProcessFacts facts = kernel.process(process.pid);
    if (facts != null) {
      process.learn(facts);
    }
    updateQuiet(process);
    if (wanted) {
      thread.afterExec = lwp;
    }
    return new TraceEvent.Executed(stoppedThread(thread, lwp));
  }

  private TraceEvent signalled(TracedThread thread, Stop stop) {
    TracedProcess process = thread.process;
    int signal = stop.stopSignal();
    process.signal = signal;
    long handler = process.handler(signal);
    if (!SignalActions.isTaken(signal, handler)) {
      resumeProcess(process);
      return null;
    }
    Stop.Lwp lwp = stop.lwp();
    return new TraceEvent.SignalTaken(
        stoppedThread(thread, lwp),
        signal,
        handler,
        lwp.signalCode(),
        lwp.maskLow(),
        lwp.maskHigh());
  }

  /** The first stop of a process that a traced one made. */
  private TraceEvent adopted(TracedThread thread, Stop.Lwp lwp) {
    TracedProcess process = thread.process;
    kernel.setEvents(process.pid, events);
    ProcessFacts facts = kernel.process(process.pid);
    TracedProcess parent = facts == null ? null : processes.get(facts.parent());
    if (parent != null) {
      process.inherit(parent);
    } else if (facts != null) {
      process.learn(facts);
      process.learnActions(facts);
    }
    updateQuiet(process);
    if (!lwp.has(PL_FLAG_CHILD)) {
      resumeProcess(process);
      return null;
    }
    return new TraceEvent.Started(stoppedThread(thread, lwp), true, lwp.syscall());
  }

  private TraceEvent exited(Stop stop, TracedProcess process) {
    processes.remove(stop.pid());
    if (process == null) {
      return null;
    }
    threadCount -= process.threads.size();
    process.stops++;
    TracedThread thread =
        process.lastStopped == null ? new TracedThread(process, process.pid) : process.lastStopped;
    int status = stop.termSignal() == 0 ? stop.exitStatus() : 128 + stop.termSignal();
    return new TraceEvent.Exited(process.pid, thread.tid, thread.command, true, status);
  }

  // What stopped threads ask

  int read(TracedProcess process, long address, byte[] buffer, int offset, int length) {
    return kernel.read(process.pid, address, buffer, offset, length);
  }

  /** Null if there is no such descriptor. */
  OpenFile openFile(int pid, int fd) {
    TracedProcess process = processes.get(pid);
    List<OpenFile> files = process == null ? kernel.descriptors(pid) : descriptors(process);
    if (files.isEmpty()) {
      throw new Undecided("descriptors of process " + pid);
    }
    for (OpenFile file : files) {
      if (file.fd() == fd) {
        return file;
      }
    }
    return null;
  }

  private List<OpenFile> descriptors(TracedProcess process) {
    if (process.descriptors == null) {
      process.descriptors = kernel.descriptors(process.pid);
    }
    return process.descriptors;
  }

  Descriptor descriptor(TracedProcess process, int fd) {
    OpenFile file = fd < 0 ? null : openFile(process.pid, fd);
    return file == null ? Descriptor.NOT_OPEN : new Descriptor(kind(file), rights(file));
  }

  private static CapRights rights(OpenFile file) {
    CapRights rights = new CapRights(file.rights0(), file.rights1());
    // A later kernel may know more rights than these.
    return rights.equals(ALL_OF_14) || rights.contains(CapRights.ALL) ? CapRights.ALL : rights;
  }

  private static Descriptor.Kind kind(OpenFile file) {
    return switch (file.type()) {
      case OpenFile.TYPE_VNODE ->
          file.vnodeType() == OpenFile.VNODE_DIRECTORY
              ? Descriptor.Kind.DIRECTORY
              : Descriptor.Kind.FILE;
      case OpenFile.TYPE_SOCKET ->
          switch (file.domain()) {
            case AF_UNIX ->
                file.socketType() == SOCK_DGRAM
                    ? Descriptor.Kind.UNIX_DATAGRAM_SOCKET
                    : Descriptor.Kind.UNIX_SOCKET;
            case AF_INET, AF_INET6 -> Descriptor.Kind.INET_SOCKET;
            default -> Descriptor.Kind.OTHER_SOCKET;
          };
      case OpenFile.TYPE_KQUEUE -> Descriptor.Kind.KQUEUE;
      case OpenFile.TYPE_SHM -> Descriptor.Kind.SHARED_MEMORY;
      case OpenFile.TYPE_PIPE,
          OpenFile.TYPE_MQUEUE,
          OpenFile.TYPE_SEM,
          OpenFile.TYPE_PROCDESC,
          OpenFile.TYPE_EVENTFD,
          OpenFile.TYPE_TIMERFD,
          OpenFile.TYPE_INOTIFY,
          OpenFile.TYPE_JAILDESC ->
          Descriptor.Kind.SPECIAL;
      default -> Descriptor.Kind.OTHER;
    };
  }

  /** uipc_bindat, soconnectat and uipc_sosend_dgram, before their namei. */
  boolean looksUpAddress(TracedThread thread) {
    int socket = calls.socketArgument(thread.syscall);
    if (socket < 0 || thread.process.abi.isLinux()) {
      return true;
    }
    OpenFile file = openFile(thread.process.pid, (int) thread.args[socket]);
    if (file == null || file.type() != OpenFile.TYPE_SOCKET || file.domain() != AF_UNIX) {
      return true;
    }
    if (calls.binds(thread.syscall)) {
      if (file.named() && file.connected()) {
        // One that accept(2) made has the address of another, and may be bound.
        throw new Undecided("whether a connected socket is bound");
      }
      return !file.named();
    }
    boolean disconnects = file.socketType() == SOCK_DGRAM && calls.connects(thread.syscall);
    return !file.connected() || disconnects;
  }

  String sysctlName(TracedProcess process, long mib, int length) {
    int count = Math.min(length, FreeBsdKernel.CTL_MAXNAME);
    byte[] bytes = new byte[Math.max(0, count) * Integer.BYTES];
    int[] numbers = new int[Math.max(0, count)];
    String name = null;
    if (read(process, mib, bytes, 0, bytes.length) == bytes.length) {
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(numbers);
      name = kernel.sysctlName(numbers);
    }
    if (name == null) {
      throw new Undecided("name of a sysctl node");
    }
    return name;
  }

  boolean hasLimitedDescriptors(TracedProcess process) {
    return limits && holdsLess(descriptors(process));
  }

  private static boolean holdsLess(List<OpenFile> files) {
    for (OpenFile file : files) {
      if (file.fd() >= 0 && !rights(file).equals(CapRights.ALL)) {
        return true;
      }
    }
    return files.isEmpty();
  }

  boolean isSuperuser(TracedProcess process) {
    ProcessFacts facts = kernel.process(process.pid);
    return facts == null || facts.uid() == 0;
  }

  boolean inCapabilityMode(TracedProcess process) {
    if (process.mayBeInCapabilityMode && !process.inCapabilityMode) {
      ProcessFacts facts = kernel.process(process.pid);
      process.inCapabilityMode = facts != null && facts.inCapabilityMode();
    }
    return process.inCapabilityMode;
  }

  // Going on

  /** Ends a stop that was reported. */
  void resume(TracedThread thread, boolean toReturn) {
    TracedProcess process = thread.process;
    if (thread.afterExec != null) {
      Stop.Lwp lwp = thread.afterExec;
      thread.afterExec = null;
      process.stops++; // of the same stop there is more to tell
      queued.add(syscallReturned(thread, lwp));
      return;
    }
    process.wantReturn(thread, toReturn);
    if (!process.abi.isLinux() && calls.limits(thread.syscall)) {
      noteLimits();
    }
    resumeProcess(process);
  }

  private void resumeProcess(TracedProcess process) {
    forgetDescriptors(process);
    int request = PT_CONTINUE;
    boolean returns = process.returnsWanted > 0 || process == launching && launchEntered;
    if (returns && !process.stopsAtReturns) {
      request = PT_TO_SCX;
      process.stopsAtReturns = true;
    } else if (!returns
        && process.stopsAtReturns
        && (process.atEntry || !process.quiet.isEmpty())) {
      kernel.setEvents(process.pid, events);
      process.stopsAtReturns = false;
    }
    process.stops++;
    kernel.resume(process.pid, request, process.signal);
  }

  /** Keeps what is known of the descriptors only as long as nothing can change them unseen. */
  private void forgetDescriptors(TracedProcess process) {
    if (process.descriptors == null) {
      return;
    }
    boolean kept =
        process.threads.size() == 1 && !process.sharesDescriptors && process.quiet.isEmpty();
    for (TracedThread thread : process.threads.values()) {
      kept &= !process.abi.isLinux() && calls.isNeutral(thread.syscall);
    }
    if (!kept) {
      process.descriptors = null;
    }
  }

  void kill(TracedProcess process) {
    process.stops++;
    kernel.kill(process.pid, SIGKILL);
    kernel.resume(process.pid, PT_CONTINUE, SIGKILL);
  }

  @Override
  public void close() throws IOException {
    try {
      kernel.close();
    } finally {
      closed.countDown();
      removeHook();
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(ending);
    } catch (IllegalStateException already) {
      // It runs: it waits for this.
    }
  }
}
