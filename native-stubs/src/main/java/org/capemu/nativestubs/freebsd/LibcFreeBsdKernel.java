package org.capemu.nativestubs.freebsd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.capemu.nativestubs.freebsd.Layouts.Dirent;
import org.capemu.nativestubs.freebsd.Layouts.IoDesc;
import org.capemu.nativestubs.freebsd.Layouts.KinfoFile;
import org.capemu.nativestubs.freebsd.Layouts.KinfoProc;
import org.capemu.nativestubs.freebsd.Layouts.LwpInfo;
import org.capemu.nativestubs.freebsd.Layouts.ScRet;
import org.capemu.nativestubs.freebsd.Layouts.SigInfo;
import org.capemu.nativestubs.freebsd.Layouts.SockaddrUn;
import org.capemu.nativestubs.freebsd.Layouts.Stat;

/** The kernel of the FreeBSD host that capemu runs on, through JNR-FFI. */
public final class LibcFreeBsdKernel implements FreeBsdKernel {
  private static final int CTL_KERN = 1;
  private static final int KERN_PROC = 14;
  private static final int KERN_PROC_PID = 1;
  private static final int KERN_PROC_PROC = 8;
  private static final int KERN_PROC_FILEDESC = 33;
  private static final int KERN_PROC_ENV = 35;

  private static final int PAGE = 4096;
  private static final int MAX_READ = 1 << 16;
  private static final int MAX_ANSWER = 1 << 24;
  private static final int SYSCALL_ARGS = 8;
  private static final int MAX_SYSCALL_ARGS = 16;
  private static final int SIGINT = 2;
  private static final int SIGQUIT = 3;
  private static final int SIGCHLD = 20;
  private static final long SIG_DFL = 0;
  private static final long SIG_IGN = 1;
  private static final int PF_LOCAL = 1;

  /** CTL_SYSCTL, CTL_SYSCTL_NAME: what a node is called. */
  private static final int[] NODE_NAME = {0, 1};

  /** O_NONBLOCK, O_NOCTTY and O_CLOEXEC, for reading. */
  private static final int OPEN_FLAGS = 0x4 | 0x8000 | 0x100000;

  private static final int TYPE_MASK = 0170000;
  private static final int REGULAR = 0100000;
  private static final int EXECUTE = 0111;

  /** What is known of a traced process; guarded by {@link #tracees}. */
  private static final class Tracee {
    boolean stopped;
    int signal;
    boolean stopSent;
    BitSet quiet = new BitSet();
  }

  private final FreeBsdLibc libc;
  private final Runtime runtime;
  private final Pointer status;
  private final Pointer lwpInfo;
  private final Pointer args;
  private final Pointer scRet;
  private final Pointer io;
  private final Pointer mask;
  private final Pointer stat;
  private final Pointer buffer;
  private final Pointer answerLength;
  private Pointer answer;
  private int room = 1 << 16;

  /** The processes that are traced; guarded by itself, as {@link #interrupt} uses it too. */
  private final Map<Integer, Tracee> tracees = new HashMap<>();

  private volatile boolean interrupted;

  /** The program that was started, and its process: what a message speaks of. */
  private String program;

  private int programPid;

  /** Why nothing can be traced any more. */
  private IOException failure;

  LibcFreeBsdKernel(FreeBsdLibc libc, Runtime runtime) {
    this.libc = libc;
    this.runtime = runtime;
    status = allocate(Integer.BYTES);
    lwpInfo = allocate(LwpInfo.SIZE);
    args = allocate(MAX_SYSCALL_ARGS * Long.BYTES);
    scRet = allocate(ScRet.SIZE);
    io = allocate(IoDesc.SIZE);
    mask = allocate(Integer.BYTES);
    stat = allocate(Stat.SIZE);
    buffer = allocate(MAX_READ);
    answerLength = allocate(Long.BYTES);
    answer = allocate(room);
  }

  /**
   * This host's kernel.
   *
   * @throws IOException with one line, if JNR-FFI has no native part for this host
   */
  public static LibcFreeBsdKernel open() throws IOException {
    try {
      FreeBsdLibc libc = FreeBsdLibc.get();
      return new LibcFreeBsdKernel(libc, Runtime.getRuntime(libc));
    } catch (LinkageError | RuntimeException e) {
      throw new IOException(
          "JNR-FFI cannot be used on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": "
              + reason(e)
              + "; build capemu-stub and use --remote capemu-stub");
    }
  }

  /** What lies below it all, in one line. */
  static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null || message.isBlank()
        ? root.getClass().getSimpleName()
        : message.strip().lines().findFirst().orElse("");
  }

  /** errno of this thread's last call. */
  private int errno() {
    return runtime.getLastError();
  }

  private Pointer allocate(int size) {
    return Memory.allocateDirect(runtime, size, true);
  }

  private static Pointer address(Runtime runtime, long address) {
    return Pointer.wrap(runtime, address);
  }

  static byte[] path(String path) {
    return (path + '\0').getBytes(StandardCharsets.ISO_8859_1);
  }

  private IOException whyNot(String what, int error) {
    return Diagnosis.exception(what, error, mayDebug(), "FreeBSD");
  }

  private boolean mayDebug() {
    Pointer value = allocate(Integer.BYTES);
    Pointer length = allocate(Long.BYTES);
    length.putLong(0, Integer.BYTES);
    return libc.geteuid() == 0
        || libc.sysctlbyname("security.bsd.unprivileged_proc_debug", value, length, null, 0) != 0
        || value.getInt(0) != 0;
  }

  private String nameOf(int pid) {
    return pid == programPid ? program : "pid " + pid;
  }

  /**
   * What a request of ptrace(2) came to. A process that is gone, or on its way there, is no
   * failure: its end is what wait4(2) tells next.
   */
  private boolean succeeded(int result, int pid) {
    int error = result == 0 ? 0 : errno();
    if (error != 0
        && error != FreeBsdErrno.ESRCH
        && error != FreeBsdErrno.EBUSY
        && failure == null) {
      failure = whyNot(nameOf(pid), error);
    }
    return result == 0;
  }

  private boolean request(int request, int pid, Pointer address, int data) {
    return succeeded(libc.ptrace(request, pid, address, data), pid);
  }

  /** PT_CONTINUE and its like, from where the process stands. */
  private boolean move(int request, int pid, int signal) {
    return request(request, pid, address(runtime, 1), signal);
  }

  @Override
  public int spawn(List<String> argv) throws IOException {
    program = argv.get(0);
    Given given = new Given(System.getProperties(), this::readAll, this::ownEnvironment);
    int pid =
        new Launcher(libc, runtime, given, this::ownDescriptors)
            .spawn(find(program, given.variable("PATH")), argv);
    programPid = pid;
    // Where SIGCHLD is ignored, init(8) gets to know of an end, and wait4(2) does not.
    libc.signal(SIGCHLD, SIG_DFL);
    while (libc.wait4(pid, status, 0, null) < 0) {
      if (errno() != FreeBsdErrno.EINTR) {
        throw new IOException("wait4: " + FreeBsdErrno.message(errno()));
      }
    }
    Stop stop = new Stop(pid, status.getInt(0), null);
    if (!stop.isStopped()) {
      throw whyNot(argv.get(0), stop.exitStatus());
    }
    synchronized (tracees) {
      tracees.computeIfAbsent(pid, unused -> new Tracee()).stopped = true;
    }
    // The terminal's signals are for the program, which is in our process group.
    libc.signal(SIGINT, SIG_IGN);
    libc.signal(SIGQUIT, SIG_IGN);
    return pid;
  }

  /** Looks a name without slash up in PATH, as execvp(3) does. */
  private String find(String name, String path) throws IOException {
    if (name.indexOf('/') >= 0) {
      return name;
    }
    String refused = null;
    for (String directory :
        (path == null ? "/sbin:/bin:/usr/sbin:/usr/bin" : path).split(":", -1)) {
      String candidate = directory.isEmpty() ? name : directory + "/" + name;
      if (name.isEmpty()
          || libc.stat(path(candidate), stat) != 0
          || (stat.getShort(Stat.MODE) & TYPE_MASK) != REGULAR) {
        continue;
      }
      if ((stat.getShort(Stat.MODE) & EXECUTE) != 0) {
        return candidate;
      }
      refused = candidate;
    }
    throw new IOException(
        refused == null ? name + ": command not found" : refused + ": Permission denied");
  }

  private byte[] readAll(int fd) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] block = new byte[PAGE];
    long length;
    while ((length = libc.read(fd, block, block.length)) > 0
        || length < 0 && errno() == FreeBsdErrno.EINTR) {
      all.write(block, 0, (int) Math.max(0, length));
    }
    return all.toByteArray();
  }

  private byte[] ownEnvironment() {
    return sysctl(CTL_KERN, KERN_PROC, KERN_PROC_ENV, libc.getpid());
  }

  private List<OpenFile> ownDescriptors() {
    return descriptors(libc.getpid());
  }

  @Override
  public void attach(int pid) throws IOException {
    libc.signal(SIGCHLD, SIG_DFL);
    if (libc.ptrace(Ptrace.PT_ATTACH, pid, null, 0) != 0) {
      throw whyNot("pid " + pid, errno());
    }
    while (true) {
      if (libc.wait4(pid, status, 0, null) < 0) {
        if (errno() != FreeBsdErrno.EINTR) {
          throw new IOException("pid " + pid + ": " + FreeBsdErrno.message(errno()));
        }
        continue;
      }
      Stop stop = new Stop(pid, status.getInt(0), null);
      if (!stop.isStopped()) {
        throw whyNot("pid " + pid, FreeBsdErrno.ESRCH);
      }
      if (stop.stopSignal() == Ptrace.SIGSTOP) {
        break;
      }
      int signal = stop.stopSignal() == Ptrace.SIGTRAP ? 0 : stop.stopSignal();
      if (libc.ptrace(Ptrace.PT_CONTINUE, pid, address(runtime, 1), signal) != 0) {
        throw whyNot("pid " + pid, errno());
      }
    }
    synchronized (tracees) {
      tracees.computeIfAbsent(pid, unused -> new Tracee()).stopped = true;
    }
  }

  @Override
  public void setEvents(int pid, int events) {
    mask.putInt(0, events);
    request(Ptrace.PT_SET_EVENT_MASK, pid, mask, Integer.BYTES);
  }

  @Override
  public void setQuiet(int pid, BitSet calls) {
    synchronized (tracees) {
      Tracee tracee = tracees.get(pid);
      if (tracee != null) {
        tracee.quiet = calls;
      }
    }
  }

  @Override
  public void resume(int pid, int request, int signal) {
    synchronized (tracees) {
      Tracee tracee = tracees.get(pid);
      if (tracee == null || !tracee.stopped) {
        return;
      }
      // One that was not moved stands where it stood; one that is gone is not there any more.
      tracee.stopped = !move(request, pid, signal) && failure != null;
    }
  }

  @Override
  public Stop waitForStop() throws IOException {
    while (!interrupted) {
      throwFailure();
      int pid = libc.wait4(-1, status, 0, null);
      if (pid < 0) {
        if (errno() != FreeBsdErrno.EINTR) {
          return null; // ECHILD: nothing left
        }
        continue;
      }
      Stop stop = stop(pid, status.getInt(0));
      throwFailure();
      if (stop != null && !interrupted) {
        return stop;
      }
    }
    return null;
  }

  private void throwFailure() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  /** Null if the process goes on already. */
  private Stop stop(int pid, int status) {
    Stop stop = new Stop(pid, status, null);
    if (!stop.isStopped()) {
      synchronized (tracees) {
        tracees.remove(pid);
      }
      return stop;
    }
    if (!request(Ptrace.PT_LWPINFO, pid, lwpInfo, LwpInfo.SIZE)) {
      return stop; // killed: its exit follows
    }
    int flags = lwpInfo.getInt(LwpInfo.FLAGS);
    boolean entry =
        (flags & (Ptrace.PL_FLAG_SCE | Ptrace.PL_FLAG_SI | Ptrace.PL_FLAG_EXITED))
                == Ptrace.PL_FLAG_SCE
            && stop.stopSignal() == Ptrace.SIGTRAP;
    if (entry && passesOver(pid, lwpInfo.getInt(LwpInfo.SYSCALL_CODE))) {
      return null;
    }
    if ((flags & Ptrace.PL_FLAG_FORKED) != 0) {
      noteChild(lwpInfo.getInt(LwpInfo.CHILD_PID));
    }
    int argCount = lwpInfo.getInt(LwpInfo.SYSCALL_NARG);
    long[] values = new long[SYSCALL_ARGS];
    if (entry
        && argCount > 0
        && request(Ptrace.PT_GET_SC_ARGS, pid, args, MAX_SYSCALL_ARGS * Long.BYTES)) {
      args.get(0, values, 0, values.length);
    }
    int error = 0;
    long retval = 0;
    if ((flags & (Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_CHILD | Ptrace.PL_FLAG_BORN))
            == Ptrace.PL_FLAG_SCX
        && request(Ptrace.PT_GET_SC_RET, pid, scRet, ScRet.SIZE)) {
      error = scRet.getInt(ScRet.ERROR);
      retval = scRet.getLong(ScRet.RETVAL);
    }
    byte[] name = new byte[LwpInfo.TDNAME_SIZE];
    lwpInfo.get(LwpInfo.TDNAME, name, 0, name.length);
    stop =
        new Stop(
            pid,
            status,
            new Stop.Lwp(
                lwpInfo.getInt(LwpInfo.LWPID),
                flags,
                lwpInfo.getInt(LwpInfo.CHILD_PID),
                lwpInfo.getInt(LwpInfo.SYSCALL_CODE),
                argCount,
                values,
                error,
                retval,
                lwpInfo.getInt(LwpInfo.SIGINFO + SigInfo.SIGNO),
                lwpInfo.getInt(LwpInfo.SIGINFO + SigInfo.CODE),
                lwpInfo.getInt(LwpInfo.SIGINFO + SigInfo.PID),
                lwpInfo.getLong(LwpInfo.SIGMASK),
                lwpInfo.getLong(LwpInfo.SIGMASK + Long.BYTES),
                CString.of(name, 0, name.length)));
    synchronized (tracees) {
      Tracee tracee = tracees.computeIfAbsent(pid, unused -> new Tracee());
      tracee.stopped = true;
      if ((flags & Ptrace.PL_FLAG_CHILD) != 0) {
        tracee.quiet = new BitSet();
      }
      tracee.signal = stop.isSignal() ? stop.stopSignal() : 0;
      if (tracee.stopSent && tracee.signal == Ptrace.SIGSTOP) {
        tracee.stopSent = false;
        tracee.signal = 0;
      }
    }
    return stop;
  }

  /** True for the entry of a call that is of no interest: then the process goes on already. */
  private boolean passesOver(int pid, int call) {
    synchronized (tracees) {
      Tracee tracee = tracees.get(pid);
      return tracee != null
          && !tracee.stopSent
          && tracee.quiet.get(call)
          && move(Ptrace.PT_CONTINUE, pid, 0);
    }
  }

  /** A process that was just made is traced before it stops for the first time. */
  private void noteChild(int pid) {
    synchronized (tracees) {
      if (!tracees.containsKey(pid) && isStillTraced(pid)) {
        tracees.put(pid, new Tracee());
      }
    }
  }

  /** Stops what runs, so that wait4(2) returns. */
  @Override
  public void interrupt() {
    synchronized (tracees) {
      interrupted = true;
      stopRunning();
    }
  }

  private void stopRunning() {
    tracees
        .entrySet()
        .removeIf(
            entry -> {
              Tracee tracee = entry.getValue();
              if (tracee.stopped || tracee.stopSent) {
                return false;
              }
              if (!isStillTraced(entry.getKey())) {
                return true;
              }
              tracee.stopSent = libc.kill(entry.getKey(), Ptrace.SIGSTOP) == 0;
              return !tracee.stopSent;
            });
  }

  /**
   * Whether a process that runs is one of ours: the end of a pdfork(2) child is not reported to its
   * tracer, and its number may be another's by now.
   */
  private boolean isStillTraced(int pid) {
    Pointer info = allocate(LwpInfo.SIZE);
    return libc.ptrace(Ptrace.PT_LWPINFO, pid, info, LwpInfo.SIZE) == 0
        || errno() == FreeBsdErrno.EBUSY;
  }

  @Override
  public int read(int pid, long address, byte[] bytes, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = address + done;
      int part = Math.min(length - done, MAX_READ);
      int got = readPart(pid, at, part);
      if (got < 0) {
        // It does not say how much there was: as far as the page goes.
        part = (int) Math.min(part, PAGE - (at & PAGE - 1));
        got = readPart(pid, at, part);
      }
      if (got <= 0) {
        break;
      }
      buffer.get(0, bytes, offset + done, got);
      done += got;
    }
    return done;
  }

  private int readPart(int pid, long address, int length) {
    io.putInt(IoDesc.OP, Ptrace.PIOD_READ_D);
    io.putLong(IoDesc.OFFS, address);
    io.putLong(IoDesc.ADDR, buffer.address());
    io.putLong(IoDesc.LEN, length);
    if (libc.ptrace(Ptrace.PT_IO, pid, io, 0) == 0) {
      return (int) io.getLong(IoDesc.LEN);
    }
    int error = errno();
    if (error == FreeBsdErrno.EPERM || error == FreeBsdErrno.ENOSYS) {
      succeeded(-1, pid); // not for what lies at the address
    }
    return -1;
  }

  /**
   * A sysctl(3) of a size that is not known before, in room that is kept, so that one call is
   * enough; empty if it fails.
   */
  private byte[] sysctl(int... name) {
    while (true) {
      answerLength.putLong(0, room);
      if (libc.sysctl(name, name.length, answer, answerLength, null, 0) == 0) {
        byte[] bytes = new byte[(int) answerLength.getLong(0)];
        answer.get(0, bytes, 0, bytes.length);
        return bytes;
      }
      if (errno() != FreeBsdErrno.ENOMEM || room > MAX_ANSWER) {
        return new byte[0];
      }
      room *= 2;
      answer = allocate(room);
    }
  }

  @Override
  public ProcessFacts process(int pid) {
    return facts(sysctl(CTL_KERN, KERN_PROC, KERN_PROC_PID, pid));
  }

  static ProcessFacts facts(byte[] kinfoProc) {
    if (kinfoProc.length < KinfoProc.SIZE) {
      return null;
    }
    ByteBuffer proc = ByteBuffer.wrap(kinfoProc).order(ByteOrder.LITTLE_ENDIAN);
    return new ProcessFacts(
        proc.getInt(KinfoProc.PPID),
        proc.getInt(KinfoProc.UID),
        CString.of(kinfoProc, KinfoProc.COMM, KinfoProc.COMM_SIZE),
        CString.of(kinfoProc, KinfoProc.EMUL, KinfoProc.EMUL_SIZE),
        (proc.getInt(KinfoProc.CR_FLAGS) & ProcessFacts.CAPABILITY_MODE) != 0,
        proc.getLong(KinfoProc.SIGIGNORE),
        proc.getLong(KinfoProc.SIGCATCH));
  }

  @Override
  public List<OpenFile> descriptors(int pid) {
    return openFiles(sysctl(CTL_KERN, KERN_PROC, KERN_PROC_FILEDESC, pid));
  }

  static List<OpenFile> openFiles(byte[] kinfoFiles) {
    ByteBuffer files = ByteBuffer.wrap(kinfoFiles).order(ByteOrder.LITTLE_ENDIAN);
    List<OpenFile> result = new ArrayList<>();
    int at = 0;
    while (at + KinfoFile.PATH < kinfoFiles.length) {
      int size = files.getInt(at + KinfoFile.STRUCTSIZE);
      if (size < KinfoFile.PATH || size > kinfoFiles.length - at) {
        break;
      }
      int type = files.getInt(at + KinfoFile.TYPE);
      boolean vnode = type == OpenFile.TYPE_VNODE;
      boolean socket = type == OpenFile.TYPE_SOCKET;
      if (result.size() == MOST_ENTRIES) {
        return List.of();
      }
      boolean unix = socket && files.getInt(at + KinfoFile.SOCK_DOMAIN) == PF_LOCAL;
      result.add(
          new OpenFile(
              files.getInt(at + KinfoFile.FD),
              type,
              vnode ? files.getInt(at + KinfoFile.FILE_TYPE) : 0,
              socket ? files.getInt(at + KinfoFile.SOCK_DOMAIN) : 0,
              socket ? files.getInt(at + KinfoFile.SOCK_TYPE) : 0,
              files.getLong(at + KinfoFile.CAP_RIGHTS),
              files.getLong(at + KinfoFile.CAP_RIGHTS + Long.BYTES),
              unix && kinfoFiles[at + KinfoFile.SA_LOCAL + SockaddrUn.PATH] != 0,
              unix && files.getLong(at + KinfoFile.SOCK_UNPCONN) != 0,
              CString.of(
                  kinfoFiles,
                  at + KinfoFile.PATH,
                  Math.min(KinfoFile.PATH_SIZE, size - KinfoFile.PATH))));
      at += size;
    }
    return result;
  }

  @Override
  public List<Integer> children(int pid) {
    byte[] all = sysctl(CTL_KERN, KERN_PROC, KERN_PROC_PROC);
    ByteBuffer proc = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> pids = new ArrayList<>();
    for (int at = 0; at + KinfoProc.SIZE <= all.length; at += KinfoProc.SIZE) {
      int child = proc.getInt(at + KinfoProc.PID);
      if (proc.getInt(at + KinfoProc.PPID) == pid && child != pid) {
        pids.add(child);
      }
    }
    return pids;
  }

  @Override
  public void kill(int pid, int signal) {
    libc.kill(pid, signal);
  }

  @Override
  public int fileMode(String path) {
    return libc.lstat(path(path), stat) == 0 ? stat.getShort(Stat.MODE) & 0xffff : 0;
  }

  @Override
  public String readlink(String path) {
    byte[] target = new byte[1024];
    int length = (int) libc.readlink(path(path), target, target.length);
    return length < 0 ? null : new String(target, 0, length, StandardCharsets.ISO_8859_1);
  }

  @Override
  public byte[] readFile(String path, long offset, int length) {
    byte[] name = path(path);
    // A fifo or device must not be opened: that could block, or be noticed.
    if (libc.stat(name, stat) != 0 || (stat.getShort(Stat.MODE) & TYPE_MASK) != REGULAR) {
      return new byte[0];
    }
    int fd = libc.open(name, OPEN_FLAGS);
    if (fd < 0) {
      return new byte[0];
    }
    byte[] bytes = new byte[length];
    long got = libc.pread(fd, bytes, length, offset);
    libc.close(fd);
    return Arrays.copyOf(bytes, (int) Math.max(0, got));
  }

  @Override
  public List<String> entries(String path) {
    List<String> names = new ArrayList<>();
    int fd = libc.open(path(path), OPEN_FLAGS);
    if (fd < 0) {
      return names;
    }
    byte[] block = new byte[MAX_READ];
    int length;
    while (names.size() <= MOST_ENTRIES
        && (length = (int) libc.getdirentries(fd, block, block.length, null)) > 0) {
      addNames(block, length, names);
    }
    libc.close(fd);
    return names.size() <= MOST_ENTRIES ? names : null;
  }

  static void addNames(byte[] block, int length, List<String> names) {
    ByteBuffer entries = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + Dirent.NAME <= length; ) {
      int size = entries.getShort(at + Dirent.RECLEN) & 0xffff;
      if (size < Dirent.NAME || at + size > length) {
        return;
      }
      String name =
          CString.of(block, at + Dirent.NAME, entries.getShort(at + Dirent.NAMLEN) & 0xff);
      if (entries.getLong(at) != 0 && !name.equals(".") && !name.equals("..")) {
        names.add(name);
      }
      at += size;
    }
  }

  @Override
  public String sysctlName(int[] mib) {
    int[] request = Arrays.copyOf(NODE_NAME, NODE_NAME.length + mib.length);
    System.arraycopy(mib, 0, request, NODE_NAME.length, mib.length);
    byte[] name = sysctl(request);
    return name.length == 0 ? null : CString.of(name, 0, name.length);
  }

  /**
   * PT_DETACH needs a stop. A process that runs is stopped by SIGSTOP, and goes through what it
   * stops for before; that signal alone is taken away again.
   */
  @Override
  public void close() throws IOException {
    IOException known = failure;
    synchronized (tracees) {
      tracees.entrySet().removeIf(entry -> isLetGo(entry.getKey(), entry.getValue()));
      stopRunning();
    }
    while (isTracing()) {
      int pid = libc.wait4(-1, status, 0, null);
      if (pid < 0 && errno() != FreeBsdErrno.EINTR) {
        break;
      }
      Stop stop = pid < 0 ? null : stop(pid, status.getInt(0));
      if (stop != null && stop.isStopped()) {
        letGo(stop);
      }
    }
    if (known == null) {
      throwFailure();
    }
  }

  private boolean isTracing() {
    synchronized (tracees) {
      return !tracees.isEmpty();
    }
  }

  private void letGo(Stop stop) {
    synchronized (tracees) {
      Tracee tracee = tracees.get(stop.pid());
      boolean lost = stop.lwp() == null && failure != null;
      // A child that was made meanwhile has no SIGSTOP coming.
      if (tracee != null && (lost || isLetGo(stop.pid(), tracee))) {
        tracees.remove(stop.pid());
      }
    }
  }

  /** Lets a process go that stands still; false if it has to come to another stop before. */
  private boolean isLetGo(int pid, Tracee tracee) {
    if (!tracee.stopped) {
      return false;
    }
    if (!tracee.stopSent) {
      move(Ptrace.PT_DETACH, pid, tracee.signal);
      return true;
    }
    setEvents(pid, 0);
    tracee.stopped = false;
    return !move(Ptrace.PT_CONTINUE, pid, tracee.signal) && failure != null;
  }
}
