package org.capemu.tracer.linux;

import static org.capemu.nativestubs.linux.WaitStatus.event;
import static org.capemu.nativestubs.linux.WaitStatus.exitStatus;
import static org.capemu.nativestubs.linux.WaitStatus.isExited;
import static org.capemu.nativestubs.linux.WaitStatus.isSignaled;
import static org.capemu.nativestubs.linux.WaitStatus.stopSignal;
import static org.capemu.nativestubs.linux.WaitStatus.termSignal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Ptrace;
import org.capemu.nativestubs.linux.Ptrace.SigInfo;
import org.capemu.nativestubs.linux.Ptrace.SyscallInfo;
import org.capemu.nativestubs.linux.WaitStatus;
import org.capemu.policy.Abi;
import org.capemu.policy.FileTree;
import org.capemu.tracer.TraceEvent;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.TracerException;
import org.capemu.tracer.UntracedProcesses;
import org.capemu.tracer.elf.ProgramStart;

/**
 * Follows programs on Linux x86-64 with ptrace(2), attached by PTRACE_SEIZE so that job control
 * works as without a tracer. Calls and errors are reported as FreeBSD's: {@link Translation}.
 *
 * <p>If capemu dies the kernel detaches every tracee and it goes on: no seccomp filter is left
 * behind that would make its calls fail, and PTRACE_O_EXITKILL is not set.
 */
public final class LinuxTracer implements Tracer {
  private static final int SIGSTOP = 19;
  private static final int SIGTRAP = 5;
  private static final int SIGTSTP = 20;
  private static final int SIGTTIN = 21;
  private static final int SIGTTOU = 22;
  private static final int SYSCALL_STOP = SIGTRAP | 0x80;
  private static final int SIGINT = 2;
  private static final int SIGQUIT = 3;
  private static final int SIGKILL = 9;
  private static final int SIGCHLD = 17;
  private static final long SIG_DFL = 0;
  private static final long SIG_IGN = 1;

  private static final int ESRCH = 3;
  private static final int EINTR = 4;
  private static final int AUDIT_ARCH_X86_64 = 0xc000003e;
  private static final int LINUX_EXECVE = 59;
  private static final int LINUX_RT_SIGACTION = 13;
  private static final int LINUX_PRCTL = 157;
  private static final int PR_SET_NAME = 15;
  private static final int LINUX_USERFAULTFD = 323;
  private static final int LINUX_IOCTL = 16;

  /** Of /dev/userfaultfd. */
  private static final int USERFAULTFD_IOC_NEW = 0xaa00;

  private static final int LINUX_MOUNT = 165;
  private static final int LINUX_MOVE_MOUNT = 429;
  private static final int LINUX_UNSHARE = 272;
  private static final int LINUX_SETNS = 308;

  /** For tracees that do not stop when capemu ends: they may wait for anything. */
  private static final long LEAVING_NANOS = 500_000_000;

  private static final long LEAVING_POLL_NANOS = 100_000;

  /** A thread's name with its NUL: TASK_COMM_LEN. */
  private static final int NAME_LENGTH = 16;

  /** td_retval of a successful execve(2) is not written: EJUSTRETURN. */
  private static final int EJUSTRETURN = -2;

  /** Nanoseconds for which a thread is taken to stay on its cpu. */
  private static final long CPU_VALID = 10_000_000;

  /** Nanoseconds between two looks at whether the launcher sleeps. */
  private static final long LAUNCHER_POLL = 100_000;

  /** What /proc/PID/exe adds to the name of a file that was removed. */
  private static final String DELETED = " (deleted)";

  /** MAXCOMLEN. */
  private static final int COMMAND_LENGTH = 19;

  /** SIGCHLD, SIGCONT, SIGURG, SIGWINCH: ignored unless caught. */
  private static final long IGNORED_BY_DEFAULT = 1L << 16 | 1L << 17 | 1L << 22 | 1L << 27;

  /** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: stop the process unless caught. */
  private static final long STOPPING_BY_DEFAULT = 1L << 18 | 1L << 19 | 1L << 20 | 1L << 21;

  private final LinuxLibc libc = LinuxLibc.get();
  private final Pointer status = Memory.allocateDirect(LinuxLibc.runtime(), 8);
  private final Pointer info = Memory.allocateDirect(LinuxLibc.runtime(), SyscallInfo.SIZE);
  private final Pointer sigInfo = Memory.allocateDirect(LinuxLibc.runtime(), SigInfo.SIZE);
  private final Pointer word = Memory.allocateDirect(LinuxLibc.runtime(), 8);
  private final long[] linuxArgs = new long[6];
  private final Map<Integer, TracedThread> threads = new HashMap<>();
  private final Map<Integer, FileTree> trees = new ConcurrentHashMap<>();
  private final Waker waker = new Waker();
  private final LookupThreads lookups = new LookupThreads(waker::wake);
  private final Queue<TraceEvent> ready = new ArrayDeque<>();
  private final ProgramFiles programs = new ProgramFiles();
  private final Unseen unseen = new Unseen();
  private final UntracedFlag untracedFlag;
  private final UntracedChildren untraced = new UntracedChildren();
  private final boolean followChildren;
  private final Mounts mounts;

  /**
   * Threads whose making was reported, but not yet their own first stop. If they are processes,
   * they are as their maker was then, which may have gone on since.
   */
  private final Map<Integer, TracedProcess> announced = new HashMap<>();

  /** A tracee mounts something, and may be the one that serves it. */
  private boolean mountsAreComing;

  private JobControl jobControl;
  private volatile boolean interrupted;

  /** Stops of which there is more than one event. */
  private final Deque<EventsOfStop> several = new ArrayDeque<>();

  /** The launcher until its execve(2) is entered; what it does before is not the program's. */
  private int launching;

  /** What the launcher is to become; null when that is done. */
  private Program program;

  /** The program has no form that the kernel knows: the launcher makes a shell run it. */
  private boolean triedShell;

  private record EventsOfStop(TracedThread thread, Queue<TraceEvent> events) {}

  private LinuxTracer(boolean followChildren, Mounts mounts) {
    this.followChildren = followChildren;
    this.untracedFlag = new UntracedFlag(libc, followChildren);
    this.mounts = mounts;
  }

  /**
   * Starts a program; its first event is the execve(2) that makes it. If that fails, {@link #next}
   * throws.
   *
   * @param argv its arguments; the first is its name, looked for in PATH as execvp(3) does
   * @param followChildren also trace the processes that it makes (ktrace's {@code -i})
   */
  public static LinuxTracer launch(List<String> argv, boolean followChildren) throws IOException {
    LinuxTracer tracer = new LinuxTracer(followChildren, Mounts.ofNewPrograms());
    List<byte[]> environment = StartedWith.environment();
    tracer.program = Program.find(argv.get(0), StartedWith.path(environment));
    int pid = Launcher.spawn(tracer.program.path(), argv, environment);
    // The terminal's signals are for the program, which is in our process group.
    tracer.libc.signal(SIGINT, SIG_IGN);
    tracer.libc.signal(SIGQUIT, SIG_IGN);
    tracer.libc.signal(SIGCHLD, SIG_DFL); // ignored, it would keep exit statuses from us
    tracer.jobControl = JobControl.ofStarted(tracer.waker::wake);
    try {
      tracer.takeLauncher(pid);
    } catch (IOException e) {
      tracer.libc.kill(pid, SIGKILL);
      tracer.libc.wait4(pid, tracer.status, WaitStatus.WALL, null);
      throw e;
    }
    return tracer;
  }

  /**
   * Attaches to a running process with all its threads.
   *
   * @param followChildren also trace the processes that it will make
   * @param descendants also trace those that it has made and that still run
   */
  public static LinuxTracer attach(int pid, boolean followChildren, boolean descendants)
      throws IOException {
    LinuxTracer tracer = new LinuxTracer(followChildren, Mounts.ofRunningPrograms());
    tracer.jobControl = JobControl.ofAttached();
    tracer.seizeAll(pid);
    if (descendants) {
      ProcessHandle.of(pid).stream()
          .flatMap(ProcessHandle::descendants)
          .forEach(child -> tracer.seizeDescendant((int) child.pid()));
    }
    return tracer;
  }

  private void seizeDescendant(int pid) {
    try {
      seizeAll(pid);
    } catch (IOException goneOrForeign) {
      // The process that was asked for is traced: what it left to others is theirs.
    }
  }

  private void takeLauncher(int pid) throws IOException {
    // Not before it sleeps: seized earlier it would still stop for the exec that made it, and an
    // interrupt in its first prctl(2) would leave it asleep afterwards.
    while (!asleep(pid)) {
      LockSupport.parkNanos(LAUNCHER_POLL);
    }
    seize(pid);
    TracedThread thread = new TracedThread(pid, new TracedProcess(pid, null));
    threads.put(pid, thread);
    launching = pid;
    libc.ptrace(Ptrace.INTERRUPT, pid, 0, 0);
    int stop = waitFor(pid);
    thread.stopped = true;
    if (event(stop) != Ptrace.EVENT_STOP) {
      throw new TracerException("ptrace: the launcher stopped with status " + stop);
    }
    Launcher.release(libc, pid);
    resumeThread(thread, false);
  }

  private static boolean asleep(int pid) throws IOException {
    char state = ProcStat.state(pid);
    if (state == 'Z' || state == 'X') {
      throw new TracerException("the launcher died");
    }
    return state == 'S';
  }

  private int waitFor(int tid) throws TracerException {
    while (libc.wait4(tid, status, WaitStatus.WALL, null) < 0) {
      if (LinuxLibc.errno() != EINTR) {
        throw new TracerException("wait4: " + libc.strerror(LinuxLibc.errno()));
      }
    }
    return status.getInt(0);
  }

  private int options() {
    int options = Ptrace.O_TRACESYSGOOD | Ptrace.O_TRACECLONE | Ptrace.O_TRACEEXEC;
    return followChildren ? options | Ptrace.O_TRACEFORK | Ptrace.O_TRACEVFORK : options;
  }

  private void seize(int tid) throws TracerException {
    if (libc.ptrace(Ptrace.SEIZE, tid, 0, options()) < 0) {
      throw new TracerException("pid " + tid + ": " + libc.strerror(LinuxLibc.errno()));
    }
  }

  /** Seizes threads until a whole pass over them finds no new one. */
  private void seizeAll(int pid) throws IOException {
    Path tasks = Path.of("/proc/" + pid + "/task");
    if (!Files.isDirectory(tasks) || ProcStatus.ofThread(pid).threadGroup() != pid) {
      throw new TracerException("pid " + pid + ": No such process");
    }
    TracedProcess process = new TracedProcess(pid, command(pid));
    process.pagesAreServed = ProcSmaps.pagesAreServed(pid);
    String leadersName = ProcStatus.ofThread(pid).name();
    boolean found = true;
    while (found) {
      found = false;
      List<Integer> tids;
      try (Stream<Path> entries = Files.list(tasks)) {
        tids = entries.map(entry -> Integer.valueOf(entry.getFileName().toString())).toList();
      } catch (IOException | java.io.UncheckedIOException gone) {
        throw new TracerException("pid " + pid + ": No such process");
      }
      for (int tid : tids) {
        if (threads.containsKey(tid)) {
          continue;
        }
        try {
          seize(tid);
        } catch (TracerException e) {
          // A thread may have ended meanwhile, or be traced through its creator already; not so the
          // process as a whole.
          if (tid == pid) {
            throw e;
          }
          continue;
        }
        TracedThread thread = new TracedThread(tid, process);
        String name = ProcStatus.ofThread(tid).name();
        thread.ownName = name.equals(leadersName) ? null : name;
        threads.put(tid, thread);
        libc.ptrace(Ptrace.INTERRUPT, tid, 0, 0);
        found = true;
      }
    }
  }

  @Override
  public TraceEvent next() throws IOException {
    while (!interrupted) {
      lookups.settle();
      TraceEvent event = ready.isEmpty() ? nextOfStop() : ready.poll();
      if (event != null) {
        return event;
      }
      int tid = waker.waitForAny(status);
      if (tid < 0) {
        if (lookups.isIdle()) {
          return null;
        }
        lookups.await();
        continue;
      }
      event = tid == 0 ? null : interpret(tid, status.getInt(0));
      jobControl.stopWith(threads.values());
      if (event != null) {
        return event;
      }
    }
    return null;
  }

  @Override
  public void interrupt() {
    interrupted = true;
    Thread waking = new Thread(waker::wake, "wake");
    waking.setDaemon(true);
    waking.start();
  }

  @Override
  public List<String> unseen() {
    return unseen.sentences();
  }

  @Override
  public UntracedProcesses untraced() {
    return untraced.report();
  }

  /** Whether to look at a process may be to wait for a tracee. */
  boolean mayWait(TracedProcess process) {
    if (mountsAreComing || process.pagesAreServed) {
      return true;
    }
    if (process.mounts == null) {
      process.mounts = mounts.enter(process.pid);
    }
    return mounts.areServed(process.mounts);
  }

  <T> void ask(Supplier<T> question, T unanswered, Consumer<T> then) {
    lookups.ask(question, unanswered, then);
  }

  /**
   * What is still to be reported of one stop; its thread goes on after the last, when that has been
   * dealt with.
   */
  private TraceEvent nextOfStop() {
    EventsOfStop stop = lookups.isIdle() ? several.peek() : null;
    if (stop == null) {
      return null;
    }
    TraceEvent event = stop.events.poll();
    if (event == null) {
      several.remove();
      resumeThread(stop.thread, false);
    }
    return event;
  }

  /** Linux has none. */
  @Override
  public boolean tellsAllLimits() {
    return true;
  }

  /** Any thread may call this: it may have to wait for the program's file. */
  Optional<ProgramStart> programStart(int pid, Collection<String> functions) {
    return programs.start(pid, functions);
  }

  @Override
  public FileTree files(int pid) {
    return trees.computeIfAbsent(pid, LinuxFileTree::new);
  }

  /** Null where there is nothing to report; the thread has been resumed then. */
  private TraceEvent interpret(int tid, int status) throws TracerException {
    TracedThread thread = threads.get(tid);
    if (isExited(status) || isSignaled(status)) {
      return exited(tid, thread, status);
    }
    if (thread == null) {
      return adopt(tid);
    }
    thread.stops++;
    thread.stopped = true;
    thread.pendingSignal = 0;
    thread.groupStop = false;
    thread.atEntry = false;
    int signal = stopSignal(status);
    int event = event(status);
    if (signal == SYSCALL_STOP) {
      return thread.inSyscall ? returned(thread) : entered(thread);
    }
    switch (event) {
      case 0 -> {
        return signalled(thread, signal);
      }
      case Ptrace.EVENT_EXEC -> {
        return executed(thread);
      }
      case Ptrace.EVENT_STOP -> {
        thread.groupStop =
            signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
        resumeThread(thread, thread.returnWanted);
        return null;
      }
      default -> { // a child was made: it reports itself, by its own first stop
        announce(tid, thread.process);
        resumeThread(thread, thread.returnWanted);
        return null;
      }
    }
  }

  private TraceEvent entered(TracedThread thread) throws TracerException {
    if (!syscallInfo(thread)) {
      return null; // killed: its exit follows
    }
    if (info.getByte(SyscallInfo.OP) != Ptrace.SYSCALL_INFO_ENTRY) {
      // The return of a call that was entered before we came.
      resumeThread(thread, false);
      return null;
    }
    int number = (int) info.getLong(SyscallInfo.ENTRY_NR);
    if (launching == thread.tid) {
      if (number != LINUX_EXECVE) {
        thread.inSyscall = true;
        resumeThread(thread, false);
        return null;
      }
      launching = 0;
    }
    thread.inSyscall = true;
    thread.atEntry = true;
    thread.linuxNumber = number;
    thread.linuxResult = 0;
    for (int i = 0; i < linuxArgs.length; i++) {
      linuxArgs[i] = info.getLong(SyscallInfo.ENTRY_ARGS + 8L * i);
    }
    boolean native64 = info.getInt(SyscallInfo.ARCH) == AUDIT_ARCH_X86_64;
    if (native64) {
      look(thread, number);
    }
    boolean later = readsMemory(number) && mayWait(thread.process);
    if (UntracedFlag.isIn(number, native64)
        && !(later && UntracedFlag.areInMemory(number))
        && !untracedFlag.take(thread, number, native64, linuxArgs[0])) {
      unseen.untracedChild(thread.command());
    }
    if (!later) {
      translate(thread, native64, number, linuxArgs, true, thread.call);
      return entered(thread, thread.call);
    }
    long[] args = linuxArgs.clone();
    lookups.ask(
        () -> {
          if (native64 && UntracedFlag.areInMemory(number)) {
            lookForUntracedFlag(thread, args[0]);
          }
          return translate(thread, native64, number, args, true, new TranslatedCall());
        },
        null,
        answer -> {
          thread.call =
              answer != null
                  ? answer
                  : translate(thread, native64, number, args, false, new TranslatedCall());
          TraceEvent event = entered(thread, thread.call);
          if (event != null) {
            ready.add(event);
          }
        });
    return null;
  }

  private static boolean readsMemory(int number) {
    return number == LINUX_RT_SIGACTION || number == LINUX_PRCTL || Translation.readsMemory(number);
  }

  private TraceEvent entered(TracedThread thread, TranslatedCall call) {
    if (call.count() == 0) { // no message, no call
      resumeThread(thread, false);
      return null;
    }
    return new TraceEvent.SyscallEntered(
        new LinuxStoppedThread(this, thread),
        call.abi(),
        call.number(),
        call.args().clone(),
        call.argCount());
  }

  /** Takes note of calls after which more has to be known, or less can be. */
  private void look(TracedThread thread, int number) {
    unseen.look(thread.command(), number, linuxArgs[0]);
    if (!followChildren) {
      untraced.look(number);
      thread.makesProcess = UntracedChildren.makesProcess(number, linuxArgs[0]);
    }
    switch (number) {
      case LINUX_USERFAULTFD -> thread.process.pagesAreServed = true;
      case LINUX_IOCTL -> {
        if ((int) linuxArgs[1] == USERFAULTFD_IOC_NEW) {
          thread.process.pagesAreServed = true;
        }
      }
      case LINUX_MOUNT, LINUX_MOVE_MOUNT -> mountsAreComing = true;
      case LINUX_UNSHARE, LINUX_SETNS -> leaveMounts(thread.process);
      default -> {
        // nothing to note
      }
    }
  }

  /** Memory that a process may have to fill is only read, and on another thread. */
  private void lookForUntracedFlag(TracedThread thread, long address) {
    if (UntracedFlag.isAmong(word(new LinuxStoppedThread(this, thread), address))) {
      unseen.untracedChild(thread.command());
    }
  }

  private void leaveMounts(TracedProcess process) {
    if (process.mounts != null) {
      mounts.leave(process.mounts);
      process.mounts = null;
    }
  }

  /**
   * Any thread may call this, since it may have to wait for the tracee's memory.
   *
   * @param native64 false for int 0x80: of another table, which FreeBSD's Linux ABI also keeps
   *     apart
   * @param withMemory false if the tracee's memory cannot be read in time
   */
  private TranslatedCall translate(
      TracedThread thread,
      boolean native64,
      int number,
      long[] args,
      boolean withMemory,
      TranslatedCall call) {
    if (!native64) {
      call.fillLinux(Abi.LINUX32, number, args.length, args);
      return call;
    }
    LinuxStoppedThread stopped =
        withMemory
            ? new LinuxStoppedThread(this, thread)
            : LinuxStoppedThread.withoutMemory(this, thread);
    if (number == LINUX_RT_SIGACTION && args[1] != 0) {
      thread.process.setHandler((int) args[0], word(stopped, args[1]));
    } else if (number == LINUX_PRCTL && args[0] == PR_SET_NAME) {
      rememberName(thread, stopped, args[1]);
    } else if (UntracedFlag.areInMemory(number)) {
      thread.makesProcess =
          !followChildren && UntracedChildren.makesProcess(word(stopped, args[0]));
    }
    Translation.translate(number, args, stopped, call);
    return call;
  }

  /** Asks for what a thread stands at, a call or its return; false if the thread is gone. */
  private boolean syscallInfo(TracedThread thread) throws TracerException {
    if (libc.ptrace(Ptrace.GET_SYSCALL_INFO, thread.tid, SyscallInfo.SIZE, info.address()) >= 0) {
      thread.stackPointer = info.getLong(SyscallInfo.STACK_POINTER);
      thread.instructionPointer = info.getLong(SyscallInfo.INSTRUCTION_POINTER);
      return true;
    }
    int errno = LinuxLibc.errno();
    if (errno == ESRCH) {
      return false;
    }
    throw new TracerException(
        "PTRACE_GET_SYSCALL_INFO: " + libc.strerror(errno) + "; Linux 5.3 or later is needed");
  }

  /** Eight bytes of memory; 0 if they are not there. */
  private static long word(LinuxStoppedThread stopped, long address) {
    byte[] bytes = new byte[Long.BYTES];
    return stopped.read(address, bytes, 0, bytes.length) == bytes.length
        ? ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong()
        : 0;
  }

  private static void rememberName(TracedThread thread, LinuxStoppedThread stopped, long address) {
    byte[] name = new byte[NAME_LENGTH];
    int length = stopped.read(address, name, 0, name.length);
    int end = 0;
    while (end < length && name[end] != 0) {
      end++;
    }
    if (length > 0) {
      thread.ownName = new String(name, 0, end, StandardCharsets.ISO_8859_1);
    }
  }

  private TraceEvent returned(TracedThread thread) throws TracerException {
    thread.inSyscall = false;
    untracedFlag.putBack(thread.tid);
    if (program != null && launching == 0 && syscallInfo(thread)) {
      notExecuted(thread, (int) -info.getLong(SyscallInfo.EXIT_RVAL));
    }
    if (thread.makesProcess) {
      made(thread);
    }
    boolean returnWanted = thread.returnWanted;
    boolean executed = thread.executed; // of this call alone, whether or not its return is wanted
    thread.returnWanted = false;
    thread.executed = false;
    if (!returnWanted && !thread.call.isForEachMessage()) {
      resumeThread(thread, false);
      return null;
    }
    if (!syscallInfo(thread)) {
      return null;
    }
    long value = info.getLong(SyscallInfo.EXIT_RVAL);
    thread.linuxResult = value;
    boolean failed = info.getByte(SyscallInfo.EXIT_IS_ERROR) != 0;
    TranslatedCall call = thread.call;
    int errno = failed ? call.errno((int) -value) : 0;
    if (!failed && executed) {
      errno = EJUSTRETURN;
    }
    if (call.isForEachMessage()) {
      several.add(
          new EventsOfStop(thread, MessageCalls.events(this, thread, value, errno, returnWanted)));
      return null;
    }
    return new TraceEvent.SyscallReturned(
        new LinuxStoppedThread(this, thread),
        call.abi(),
        call.number(),
        errno,
        failed ? -1 : call.retval(value));
  }

  /** The return of a call that made a process, if it succeeded, which is not followed. */
  private void made(TracedThread thread) throws TracerException {
    thread.makesProcess = false;
    if (syscallInfo(thread)) {
      int child = (int) info.getLong(SyscallInfo.EXIT_RVAL);
      // A thread that clone3(2) has made is followed.
      if (child > 0 && !threads.containsKey(child) && !announced.containsKey(child)) {
        untraced.made(thread.process.pid, child);
      }
    }
  }

  /** The execve(2) of the launcher failed; the first time it may go on to try a shell. */
  private void notExecuted(TracedThread thread, int errno) throws TracerException {
    if (errno == Program.ENOEXEC && !triedShell) {
      triedShell = true;
      return;
    }
    libc.kill(thread.tid, SIGKILL);
    while (libc.wait4(thread.tid, status, WaitStatus.WALL, null) == thread.tid
        && WaitStatus.isStopped(status.getInt(0))) {
      libc.ptrace(Ptrace.CONT, thread.tid, 0, 0);
    }
    threads.clear();
    throw new TracerException(program.explain(errno, libc.strerror(errno)));
  }

  private TraceEvent executed(TracedThread thread) throws TracerException {
    program = null;
    if (!syscallInfo(thread)) { // where the new stack is
      return null; // killed: its exit follows
    }
    libc.ptrace(Ptrace.GETEVENTMSG, thread.tid, 0, word.address());
    int former = (int) word.getLong(0);
    if (former != thread.tid) {
      // exec from another thread: it takes the leader's id, and the leader is gone without a word.
      TracedThread caller = threads.remove(former);
      if (caller != null) {
        thread.inSyscall = caller.inSyscall;
        thread.returnWanted = caller.returnWanted;
        thread.call = caller.call;
        thread.linuxNumber = caller.linuxNumber;
      }
    }
    thread.process.executed(command(thread.process.pid));
    thread.ownName = null;
    thread.executed = true;
    return new TraceEvent.Executed(new LinuxStoppedThread(this, thread));
  }

  /** The file that runs, as FreeBSD names a process: an interpreter rather than its script. */
  private static String command(int pid) {
    String file = Names.get().readlink("/proc/" + pid + "/exe");
    if (file == null) { // gone, or it may not be read
      return ProcStatus.ofThread(pid).name();
    }
    if (file.endsWith(DELETED)) {
      file = file.substring(0, file.length() - DELETED.length());
    }
    String name = file.substring(file.lastIndexOf('/') + 1);
    return name.length() > COMMAND_LENGTH ? name.substring(0, COMMAND_LENGTH) : name;
  }

  private TraceEvent signalled(TracedThread thread, int signal) {
    thread.pendingSignal = signal;
    ProcStatus proc = ProcStatus.ofThread(thread.process.pid, thread.tid);
    long bit = 1L << (signal - 1);
    boolean caught = (proc.caughtSignals() & bit) != 0;
    boolean noted =
        caught
            || (proc.ignoredSignals() & bit) == 0
                && ((IGNORED_BY_DEFAULT | STOPPING_BY_DEFAULT) & bit) == 0;
    if (!noted) { // issignal() drops it: nothing is recorded
      resumeThread(thread, thread.returnWanted);
      return null;
    }
    libc.ptrace(Ptrace.GETSIGINFO, thread.tid, 0, sigInfo.address());
    long mask = 0;
    if (libc.ptrace(Ptrace.GETSIGMASK, thread.tid, 8, word.address()) >= 0) {
      mask = word.getLong(0);
    }
    return new TraceEvent.SignalTaken(
        new LinuxStoppedThread(this, thread),
        LinuxSignals.toFreeBsd(signal),
        caught ? thread.process.handler(signal) : 0,
        LinuxSignals.codeToFreeBsd(signal, sigInfo.getInt(SigInfo.SI_CODE)),
        LinuxSignals.maskLow(mask),
        LinuxSignals.maskHigh(mask));
  }

  /** A traced thread has made another, whose first stop may have been seen already. */
  private void announce(int tid, TracedProcess maker) {
    if (libc.ptrace(Ptrace.GETEVENTMSG, tid, 0, word.address()) >= 0) {
      int made = (int) word.getLong(0);
      if (!threads.containsKey(made)) {
        announced.put(made, maker == null ? null : maker.fork(made));
        untracedFlag.made(tid, made);
      }
    }
  }

  /** The first stop of a thread that a traced one made. */
  private TraceEvent adopt(int tid) {
    TracedProcess forked = announced.remove(tid);
    untracedFlag.putBackInChild(tid);
    ProcStatus proc = ProcStatus.ofThread(tid);
    int pid = proc.threadGroup();
    if (pid == 0) {
      return null; // killed already
    }
    boolean newProcess = pid == tid;
    if (newProcess && !followChildren) { // made by clone(2) with a signal of its own
      untraced.made(proc.parent(), pid);
      libc.ptrace(Ptrace.DETACH, tid, 0, 0);
      return null;
    }
    int parent = proc.parent();
    TracedThread sibling = threads.get(newProcess ? parent : pid);
    TracedProcess process;
    if (!newProcess && sibling != null) {
      process = sibling.process;
    } else if (newProcess && forked != null) {
      process = forked;
    } else {
      process = sibling == null ? new TracedProcess(pid, command(pid)) : sibling.process.fork(pid);
    }
    TracedThread thread = new TracedThread(tid, process);
    thread.stopped = true;
    threads.put(tid, thread);
    return new TraceEvent.Started(new LinuxStoppedThread(this, thread), newProcess);
  }

  private TraceEvent exited(int tid, TracedThread thread, int status) {
    announced.remove(tid);
    untracedFlag.forget(tid);
    if (thread == null) {
      return null;
    }
    threads.remove(tid);
    thread.gone = true;
    int pid = thread.process.pid;
    boolean last = tid == pid;
    if (last) {
      trees.remove(pid);
      leaveMounts(thread.process);
    }
    boolean killed = isSignaled(status);
    int code = killed ? 128 + termSignal(status) : exitStatus(status);
    return new TraceEvent.Exited(pid, tid, thread.command(), last, code, killed);
  }

  /** Ends the present stop. A thread that was killed meanwhile is not there any more: ESRCH. */
  void resumeThread(TracedThread thread, boolean toReturn) {
    thread.returnWanted = toReturn;
    thread.stops++;
    thread.stopped = false;
    if (thread.gone) {
      return;
    }
    int request = thread.groupStop ? Ptrace.LISTEN : Ptrace.SYSCALL;
    libc.ptrace(request, thread.tid, 0, thread.pendingSignal);
  }

  /**
   * The cpu a thread last ran on, not older than {@link #CPU_VALID}: /proc/PID/task/TID/stat costs
   * more than a system call does.
   */
  int cpu(TracedThread thread) {
    long now = System.nanoTime();
    if (thread.cpuTime == 0 || now - thread.cpuTime > CPU_VALID) {
      thread.cpuTime = now;
      thread.cpu = ProcStat.cpu(thread.process.pid, thread.tid, thread.cpu);
    }
    return thread.cpu;
  }

  void killProcess(TracedThread thread) {
    thread.stops++;
    libc.kill(thread.process.pid, SIGKILL);
  }

  @Override
  public void close() {
    jobControl.close();
    if (launching != 0) {
      libc.kill(launching, SIGKILL);
    }
    for (TracedThread thread : List.copyOf(threads.values())) {
      if (thread.stopped) {
        threads.remove(thread.tid);
        detach(thread.tid, thread.pendingSignal);
      } else {
        libc.ptrace(Ptrace.INTERRUPT, thread.tid, 0, 0);
      }
    }
    // Some may not stop, as they wait in the kernel: they are detached by our end.
    long deadline = System.nanoTime() + LEAVING_NANOS;
    while (!(threads.isEmpty() && announced.isEmpty()) && System.nanoTime() < deadline) {
      int tid =
          libc.wait4(-1, status, WaitStatus.WALL | WaitStatus.WNOTHREAD | WaitStatus.WNOHANG, null);
      if (tid > 0) {
        leave(tid, status.getInt(0));
      } else if (tid == 0) {
        LockSupport.parkNanos(LEAVING_POLL_NANOS);
      } else if (LinuxLibc.errno() != EINTR) {
        return;
      }
    }
  }

  /** Lets a thread go on untraced from a stop that nobody has looked at. */
  private void leave(int tid, int stop) {
    TracedThread thread = threads.remove(tid);
    announced.remove(tid);
    if (!WaitStatus.isStopped(stop)) {
      return;
    }
    int event = event(stop);
    if (event == Ptrace.EVENT_FORK || event == Ptrace.EVENT_VFORK || event == Ptrace.EVENT_CLONE) {
      announce(tid, thread == null ? null : thread.process);
    }
    boolean delivery = event == 0 && stopSignal(stop) != SYSCALL_STOP;
    detach(tid, delivery ? stopSignal(stop) : 0);
  }

  private void detach(int tid, int signal) {
    untracedFlag.putBack(tid);
    untracedFlag.putBackInChild(tid);
    libc.ptrace(Ptrace.DETACH, tid, 0, signal);
  }
}
