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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Ptrace;
import org.capemu.nativestubs.linux.Ptrace.SigInfo;
import org.capemu.nativestubs.linux.Ptrace.SyscallInfo;
import org.capemu.nativestubs.linux.WaitStatus;
import org.capemu.policy.Abi;
import org.capemu.policy.Descriptor;
import org.capemu.policy.FileTree;
import org.capemu.tracer.TraceEvent;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.TracerException;

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
  private static final long SIG_IGN = 1;

  private static final int ESRCH = 3;
  private static final int EINTR = 4;
  private static final int AUDIT_ARCH_X86_64 = 0xc000003e;
  private static final int LINUX_EXECVE = 59;
  private static final int LINUX_RT_SIGACTION = 13;
  private static final int LINUX_PRCTL = 157;
  private static final int PR_SET_NAME = 15;

  /** A thread's name with its NUL: TASK_COMM_LEN. */
  private static final int NAME_LENGTH = 16;

  /** td_retval of a successful execve(2) is not written: EJUSTRETURN. */
  private static final int EJUSTRETURN = -2;

  /** Nanoseconds for which a thread is taken to stay on its cpu. */
  private static final long CPU_VALID = 10_000_000;

  /** Nanoseconds between two looks at whether the launcher sleeps. */
  private static final long LAUNCHER_POLL = 100_000;

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
  private final TraceeMemory memory = new TraceeMemory();
  private final TraceeDescriptors descriptors = new TraceeDescriptors();
  private final long[] linuxArgs = new long[6];
  private final byte[] word8 = new byte[8];
  private final byte[] name = new byte[NAME_LENGTH];
  private final Map<Integer, TracedThread> threads = new HashMap<>();
  private final Map<Integer, FileTree> trees = new HashMap<>();
  private final boolean followChildren;

  /** The thread of whose present stop there is more than one event; null if there is none. */
  private TracedThread manyThread;

  private Queue<TraceEvent> ofOneStop;

  /** The launcher until its execve(2) is entered; what it does before is not the program's. */
  private int launching;

  /** What the launcher is to become; null when that is done. */
  private Program program;

  private LinuxTracer(boolean followChildren) {
    this.followChildren = followChildren;
  }

  /**
   * Starts a program; its first event is the execve(2) that makes it. If that fails, {@link #next}
   * throws.
   *
   * @param argv its arguments; the first is its name, looked for in PATH as execvp(3) does
   * @param followChildren also trace the processes that it makes (ktrace's {@code -i})
   */
  public static LinuxTracer launch(List<String> argv, boolean followChildren) throws IOException {
    LinuxTracer tracer = new LinuxTracer(followChildren);
    tracer.program = Program.find(argv.get(0));
    int pid = Launcher.spawn(tracer.program.path(), argv);
    // The terminal's signals are for the program, which is in our process group.
    tracer.libc.signal(SIGINT, SIG_IGN);
    tracer.libc.signal(SIGQUIT, SIG_IGN);
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
    LinuxTracer tracer = new LinuxTracer(followChildren);
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
    while (true) {
      TraceEvent more = nextOfStop();
      if (more != null) {
        return more;
      }
      int tid = libc.wait4(-1, status, WaitStatus.WALL | WaitStatus.WNOTHREAD, null);
      if (tid < 0) {
        if (LinuxLibc.errno() == EINTR) {
          continue;
        }
        return null; // ECHILD: nothing left
      }
      TraceEvent event = interpret(tid, status.getInt(0));
      if (event != null) {
        return event;
      }
    }
  }

  /** What is still to be reported of one stop; its thread goes on after the last. */
  private TraceEvent nextOfStop() {
    if (manyThread == null) {
      return null;
    }
    TraceEvent event = ofOneStop.poll();
    if (event == null) {
      resumeThread(manyThread, false);
      manyThread = null;
    }
    return event;
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
    for (int i = 0; i < linuxArgs.length; i++) {
      linuxArgs[i] = info.getLong(SyscallInfo.ENTRY_ARGS + 8L * i);
    }
    if (number == LINUX_RT_SIGACTION && linuxArgs[1] != 0) {
      rememberHandler(thread);
    } else if (number == LINUX_PRCTL && linuxArgs[0] == PR_SET_NAME) {
      rememberName(thread);
    }
    TranslatedCall call = thread.call;
    LinuxStoppedThread stopped = new LinuxStoppedThread(this, thread);
    if (info.getInt(SyscallInfo.ARCH) == AUDIT_ARCH_X86_64) {
      Translation.translate(number, linuxArgs, stopped, call);
    } else {
      // int 0x80: of another table, which FreeBSD's Linux ABI also keeps apart.
      call.fillLinux(Abi.LINUX32, number, linuxArgs.length, linuxArgs);
    }
    if (call.count() == 0) { // no message, no call
      resumeThread(thread, false);
      return null;
    }
    return new TraceEvent.SyscallEntered(
        stopped, call.abi(), call.number(), call.args().clone(), call.argCount());
  }

  /** Asks for the call or the return that a thread stands at; false if the thread is gone. */
  private boolean syscallInfo(TracedThread thread) throws TracerException {
    if (libc.ptrace(Ptrace.GET_SYSCALL_INFO, thread.tid, SyscallInfo.SIZE, info.address()) >= 0) {
      return true;
    }
    int errno = LinuxLibc.errno();
    if (errno == ESRCH) {
      return false;
    }
    throw new TracerException(
        "PTRACE_GET_SYSCALL_INFO: " + libc.strerror(errno) + "; Linux 5.3 or later is needed");
  }

  private void rememberHandler(TracedThread thread) {
    if (memory.read(thread.process.pid, linuxArgs[1], word8, 0, word8.length) == word8.length) {
      thread.process.setHandler(
          (int) linuxArgs[0], ByteBuffer.wrap(word8).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }
  }

  private void rememberName(TracedThread thread) {
    int length = memory.read(thread.process.pid, linuxArgs[1], name, 0, name.length);
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
    if (program != null && launching == 0) {
      notExecuted(thread);
    }
    boolean returnWanted = thread.returnWanted;
    thread.returnWanted = false;
    if (!returnWanted && !thread.call.isForEachMessage()) {
      resumeThread(thread, false);
      return null;
    }
    if (!syscallInfo(thread)) {
      return null;
    }
    long value = info.getLong(SyscallInfo.EXIT_RVAL);
    boolean failed = info.getByte(SyscallInfo.EXIT_IS_ERROR) != 0;
    TranslatedCall call = thread.call;
    int errno = failed ? call.errno((int) -value) : 0;
    if (!failed && thread.executed) {
      errno = EJUSTRETURN;
    }
    thread.executed = false;
    if (call.isForEachMessage()) {
      ofOneStop = MessageCalls.events(this, thread, value, errno, returnWanted);
      manyThread = thread;
      return nextOfStop();
    }
    return new TraceEvent.SyscallReturned(
        new LinuxStoppedThread(this, thread),
        call.abi(),
        call.number(),
        errno,
        failed ? -1 : call.retval(value));
  }

  /** The execve(2) of the launcher failed. */
  private void notExecuted(TracedThread thread) throws TracerException {
    libc.ptrace(Ptrace.GET_SYSCALL_INFO, thread.tid, SyscallInfo.SIZE, info.address());
    int errno = (int) -info.getLong(SyscallInfo.EXIT_RVAL);
    libc.kill(thread.tid, SIGKILL);
    while (libc.wait4(thread.tid, status, WaitStatus.WALL, null) == thread.tid
        && WaitStatus.isStopped(status.getInt(0))) {
      libc.ptrace(Ptrace.CONT, thread.tid, 0, 0);
    }
    threads.clear();
    throw new TracerException(program.explain(errno, libc.strerror(errno)));
  }

  private TraceEvent executed(TracedThread thread) {
    program = null;
    libc.ptrace(Ptrace.GETEVENTMSG, thread.tid, 0, word.address());
    int former = (int) word.getLong(0);
    if (former != thread.tid) {
      // exec from another thread: it takes the leader's id, and the leader is gone without a word.
      TracedThread caller = threads.remove(former);
      if (caller != null) {
        thread.inSyscall = caller.inSyscall;
        thread.returnWanted = caller.returnWanted;
        thread.call = caller.call;
      }
    }
    thread.process.executed(command(thread.process.pid));
    thread.ownName = null;
    thread.executed = true;
    return new TraceEvent.Executed(new LinuxStoppedThread(this, thread));
  }

  /** The file that runs, as FreeBSD names a process: an interpreter rather than its script. */
  private static String command(int pid) {
    try {
      Path file = Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).getFileName();
      String name = file == null ? "" : file.toString();
      return name.length() > COMMAND_LENGTH ? name.substring(0, COMMAND_LENGTH) : name;
    } catch (IOException gone) {
      return "";
    }
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

  /** The first stop of a thread that a traced one made. */
  private TraceEvent adopt(int tid) {
    ProcStatus proc = ProcStatus.ofThread(tid);
    int pid = proc.threadGroup();
    if (pid == 0) {
      return null; // killed already
    }
    boolean newProcess = pid == tid;
    if (newProcess && !followChildren) { // made by clone(2) with a signal of its own
      libc.ptrace(Ptrace.DETACH, tid, 0, 0);
      return null;
    }
    int parent = proc.parent();
    TracedThread sibling = threads.get(newProcess ? parent : pid);
    TracedProcess process;
    if (!newProcess && sibling != null) {
      process = sibling.process;
    } else {
      process = sibling == null ? new TracedProcess(pid, command(pid)) : sibling.process.fork(pid);
    }
    TracedThread thread = new TracedThread(tid, process);
    threads.put(tid, thread);
    return new TraceEvent.Started(new LinuxStoppedThread(this, thread), newProcess);
  }

  private TraceEvent exited(int tid, TracedThread thread, int status) {
    if (thread == null) {
      return null;
    }
    threads.remove(tid);
    int pid = thread.process.pid;
    boolean last = tid == pid;
    if (last) {
      trees.remove(pid);
    }
    int code = isSignaled(status) ? 128 + termSignal(status) : exitStatus(status);
    return new TraceEvent.Exited(pid, tid, thread.command(), last, code);
  }

  int read(TracedThread thread, long address, byte[] buffer, int offset, int length) {
    return memory.read(thread.process.pid, address, buffer, offset, length);
  }

  Descriptor.Kind kindOf(TracedThread thread, int fd) {
    return descriptors.kindOf(thread.process.pid, fd);
  }

  /** Ends the present stop. A thread that was killed meanwhile is not there any more: ESRCH. */
  void resumeThread(TracedThread thread, boolean toReturn) {
    thread.returnWanted = toReturn;
    thread.stops++;
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
    for (TracedThread thread : threads.values()) {
      libc.ptrace(Ptrace.INTERRUPT, thread.tid, 0, 0);
    }
    while (!threads.isEmpty()) {
      int tid = libc.wait4(-1, status, WaitStatus.WALL | WaitStatus.WNOTHREAD, null);
      if (tid < 0 && LinuxLibc.errno() != EINTR) {
        return;
      }
      TracedThread thread = threads.remove(tid);
      int stop = status.getInt(0);
      if (thread != null && WaitStatus.isStopped(stop)) {
        boolean delivery = event(stop) == 0 && stopSignal(stop) != SYSCALL_STOP;
        libc.ptrace(Ptrace.DETACH, tid, 0, delivery ? stopSignal(stop) : 0);
      }
    }
  }
}
