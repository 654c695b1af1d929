package org.capemu.emulator.process;

import static org.capemu.policy.abi.Errno.EBADF;
import static org.capemu.policy.abi.Errno.EJUSTRETURN;
import static org.capemu.policy.abi.Errno.ERESTART;
import static org.capemu.policy.abi.Fcntl.AT_FDCWD;
import static org.capemu.policy.abi.Fcntl.FD_CLOEXEC;
import static org.capemu.policy.abi.Fcntl.FD_CLOFORK;
import static org.capemu.policy.abi.Fcntl.FD_RESOLVE_BENEATH;
import static org.capemu.policy.abi.Fcntl.F_DUP2FD;
import static org.capemu.policy.abi.Fcntl.F_DUP2FD_CLOEXEC;
import static org.capemu.policy.abi.Fcntl.F_DUP3FD;
import static org.capemu.policy.abi.Fcntl.F_DUP3FD_SHIFT;
import static org.capemu.policy.abi.Fcntl.F_DUPFD;
import static org.capemu.policy.abi.Fcntl.F_DUPFD_CLOEXEC;
import static org.capemu.policy.abi.Fcntl.F_DUPFD_CLOFORK;
import static org.capemu.policy.abi.Fcntl.F_SETFD;
import static org.capemu.policy.abi.Fcntl.O_CLOEXEC;
import static org.capemu.policy.abi.Fcntl.O_CLOFORK;
import static org.capemu.policy.abi.Fcntl.O_DIRECTORY;
import static org.capemu.policy.abi.LittleEndian.getInt;
import static org.capemu.policy.abi.LittleEndian.getLong;
import static org.capemu.policy.abi.Socket.AF_INET;
import static org.capemu.policy.abi.Socket.AF_INET6;
import static org.capemu.policy.abi.Socket.AF_UNIX;
import static org.capemu.policy.abi.Socket.SOCK_CLOEXEC;
import static org.capemu.policy.abi.Socket.SOCK_CLOFORK;
import static org.capemu.policy.abi.Socket.SOCK_DGRAM;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.policy.Caller;
import org.capemu.policy.CapRights;
import org.capemu.policy.Descriptor;
import org.capemu.policy.Descriptor.Kind;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Undecided;

/**
 * What system calls do to processes and their descriptors. One table says it for every call that
 * makes, copies, limits or closes a descriptor, makes a process or enters capability mode; all
 * others change nothing that is followed.
 */
public final class SyscallEffects {

  private static final int SOCK_TYPE_MASK = 0xf;
  private static final int KQUEUE_CLOEXEC = 0x1;
  private static final int CLOSE_RANGE_CLOEXEC = 0x4;
  private static final int CLOSE_RANGE_CLOFORK = 0x8;
  private static final int UMTX_OP_SHM = 25;
  private static final int UMTX_SHM_CREAT = 0x1;
  private static final int UMTX_SHM_LOOKUP = 0x2;

  private static final int FIOCLEX = 0x2000_6601;
  private static final int FIONCLEX = 0x2000_6602;

  /** fdescfs(5): opening one of these is dup(2). */
  private static final Pattern DESCRIPTOR_FILE =
      Pattern.compile("/dev/(?:fd/(\\d{1,9})|std(in|out|err))");

  /** What a call does when it succeeded. */
  @FunctionalInterface
  private interface Effect {
    /**
     * @param result td_retval[0]
     */
    void apply(CallInProgress call, long result, Caller caller);
  }

  private final ProcessTable processes;
  private final Effect[] effects;
  private final boolean[] forks;
  private final boolean[] closes;

  public SyscallEffects(SyscallTable calls, ProcessTable processes) {
    this.processes = processes;
    effects = new Effect[calls.size()];
    forks = new boolean[calls.size()];
    closes = new boolean[calls.size()];
    table()
        .forEach(
            (names, effect) -> {
              for (String name : names.split(" ")) {
                SyscallTable.Syscall call = calls.named(name);
                if (call != null) { // older releases lack some
                  effects[call.number()] = effect;
                }
              }
            });
    for (String name : List.of("fork", "vfork", "rfork", "pdfork")) {
      forks[calls.named(name).number()] = true;
    }
    closes[calls.named("close").number()] = true;
  }

  private Map<String, Effect> table() {
    Map<String, Effect> table = new HashMap<>();
    // files
    table.put("open", (call, fd, caller) -> opened(call, fd, AT_FDCWD, 0, 1, caller));
    table.put("openat", (call, fd, caller) -> opened(call, fd, call.fd(0), 1, 2, caller));
    table.put("compat.creat", (call, fd, caller) -> made(call, fd, Kind.FILE, 0));
    table.put("fhopen", (call, fd, caller) -> made(call, fd, Kind.FILE, call.intAt(1)));
    table.put("posix_openpt", (call, fd, caller) -> made(call, fd, Kind.SPECIAL, call.intAt(0)));
    table.put(
        "shm_open2",
        (call, fd, caller) -> made(call, fd, Kind.SHARED_MEMORY, call.intAt(1) & O_CLOEXEC));
    table.put(
        "compat12.shm_open", (call, fd, caller) -> made(call, fd, Kind.SHARED_MEMORY, O_CLOEXEC));
    table.put("timerfd_create", (call, fd, caller) -> made(call, fd, Kind.SPECIAL, call.intAt(1)));
    table.put(
        "__specialfd",
        (call, fd, caller) -> {
          made(call, fd, Kind.SPECIAL, 0);
          table(call).forgetCloseOnExec((int) fd); // it is where a pointer leads
        });
    table.put(
        "kmq_open", (call, fd, caller) -> made(call, fd, Kind.SPECIAL, O_CLOEXEC)); // fdcloseexec
    table.put("_umtx_op", (call, fd, caller) -> sharedMutex(call, fd));
    table.put(
        "ksem_init ksem_open", (call, none, caller) -> madeUnseen(call, Kind.SPECIAL, O_CLOEXEC));
    table.put("kqueue", (call, fd, caller) -> madeKqueue(call, fd, 0));
    table.put("kqueuex", (call, fd, caller) -> madeKqueue(call, fd, call.intAt(0)));
    table.put("pipe2", (call, none, caller) -> madePair(call, Kind.SPECIAL, call.intAt(1)));
    table.put(
        "compat10.pipe",
        (call, fd, caller) -> {
          made(call, fd, Kind.SPECIAL, 0);
          madeUnseen(call, Kind.SPECIAL, 0); // td_retval[1]
        });
    // sockets
    table.put(
        "socket",
        (call, fd, caller) -> made(call, fd, socketKind(call), ofSocketFlags(call.intAt(1))));
    table.put(
        "socketpair",
        (call, none, caller) -> madePair(call, socketKind(call), ofSocketFlags(call.intAt(1))));
    table.put("accept compat.accept", (call, fd, caller) -> accepted(call, fd, 0));
    table.put("accept4", (call, fd, caller) -> accepted(call, fd, call.intAt(3)));
    table.put("recvmsg compat.recvmsg", (call, length, caller) -> received(call));
    // copies
    table.put("dup", (call, fd, caller) -> duplicated(call, fd, 0));
    table.put("dup2", (call, fd, caller) -> duplicated(call, fd, 0));
    table.put("fcntl", (call, result, caller) -> controlled(call, result));
    table.put("ioctl", (call, none, caller) -> controlledDevice(call));
    // ends
    table.put("close_range", (call, none, caller) -> closedRange(call, call.intAt(2)));
    table.put(
        "compat12.closefrom",
        (call, none, caller) -> table(call).closeRange(Math.max(0, call.intAt(0)), -1));
    // limits
    table.put("cap_rights_limit", (call, none, caller) -> limitedRights(call, caller));
    table.put("cap_fcntls_limit", (call, none, caller) -> limitedFcntls(call));
    table.put("cap_ioctls_limit", (call, none, caller) -> limitedIoctls(call, caller));
    table.put("__cap_rights_get", (call, none, caller) -> toldRights(call, caller));
    table.put("cap_enter", (call, none, caller) -> call.process.enterCapabilityMode());
    // processes
    table.put("execve fexecve __mac_execve", (call, none, caller) -> call.process.executed());
    table.put("rfork", (call, pid, caller) -> changedItself(call));
    return table;
  }

  /** True if the call, where it succeeds, changes something that is followed. */
  public boolean hasEffect(int number) {
    return number >= 0
        && number < effects.length
        && (effects[number] != null || forks[number] || closes[number]);
  }

  /** A call is entered, its arguments in place. */
  public void entered(CallInProgress call) {
    call.rememberDescriptors();
    if (isFork(call)) {
      processes.forkEntered(call);
    }
  }

  /**
   * A call returned. A call that failed changes nothing, but close(2) closes even then.
   *
   * @param errno 0 for success; ERESTART is -1, EJUSTRETURN -2
   * @param result td_retval[0]
   * @param caller reads the memory that the arguments point to
   */
  public void returned(CallInProgress call, int errno, long result, Caller caller) {
    int number = call.number();
    if (call.abi().isLinux() || number < 0 || number >= effects.length) {
      return;
    }
    boolean succeeded = errno == 0 || errno == EJUSTRETURN;
    if (forks[number]) {
      processes.forkReturned(call, succeeded ? (int) result : 0);
    }
    if (closes[number] && errno != EBADF && errno != ERESTART) {
      closed(call);
    }
    Effect effect = effects[number];
    if (effect != null && succeeded) {
      effect.apply(call, result, caller);
    }
  }

  private boolean isFork(CallInProgress call) {
    int number = call.number();
    return !call.abi().isLinux() && number >= 0 && number < forks.length && forks[number];
  }

  private static DescriptorTable table(CallInProgress call) {
    return call.process.descriptors();
  }

  private static void made(CallInProgress call, long fd, Kind kind, int openFlags) {
    table(call).allocated((int) fd, Descriptor.unlimited(kind), null);
    setFlags(call, fd, openFlags);
  }

  private static void setFlags(CallInProgress call, long fd, int openFlags) {
    table(call).setFlags((int) fd, (openFlags & O_CLOEXEC) != 0, (openFlags & O_CLOFORK) != 0);
  }

  private static void madeKqueue(CallInProgress call, long fd, int flags) {
    made(call, fd, Kind.KQUEUE, (flags & KQUEUE_CLOEXEC) != 0 ? O_CLOEXEC : 0);
    table(call).keepFromChildren((int) fd);
  }

  /** umtx_shm: the memory of a mutex that processes share. */
  private static void sharedMutex(CallInProgress call, long fd) {
    boolean opens = (call.intAt(2) & (UMTX_SHM_CREAT | UMTX_SHM_LOOKUP)) != 0;
    if (call.intAt(1) == UMTX_OP_SHM && opens) {
      made(call, fd, Kind.SHARED_MEMORY, O_CLOEXEC);
    }
  }

  /** A descriptor that only the caller's memory names: the lowest free, by fdalloc. */
  private static void madeUnseen(CallInProgress call, Kind kind, int openFlags) {
    table(call)
        .allocatedUnseen(
            Descriptor.unlimited(kind), (openFlags & O_CLOEXEC) != 0, (openFlags & O_CLOFORK) != 0);
  }

  private static void madePair(CallInProgress call, Kind kind, int openFlags) {
    madeUnseen(call, kind, openFlags);
    madeUnseen(call, kind, openFlags);
  }

  /** openatfp: beneath a limited directory the directory's limits go along. */
  private static void opened(
      CallInProgress call, long fd, int dirfd, int pathArg, int flagsArg, Caller caller) {
    int flags = call.intAt(flagsArg);
    String path = null;
    try {
      path = caller.path(call.address(pathArg));
    } catch (Undecided unknown) {
      // an absolute one has none of the directory's limits
    }
    if (path != null && path.startsWith("/dev/")) {
      Matcher file = DESCRIPTOR_FILE.matcher(path);
      if (file.matches()) {
        table(call).duplicateWithFlags(numberOf(file), (int) fd);
        return;
      }
    }
    Kind kind = (flags & O_DIRECTORY) != 0 ? Kind.DIRECTORY : Kind.FILE;
    Descriptor limits = Descriptor.unlimited(kind);
    if (dirfd != AT_FDCWD && (path == null || !path.startsWith("/"))) {
      Descriptor directory = call.descriptor(dirfd);
      if (directory == null || !directory.isOpen()) {
        limits = null;
      } else if (!directory.isUnlimited() || directory.resolveBeneath()) {
        limits = path == null ? null : directory.withKind(kind);
      }
    }
    table(call).allocated((int) fd, limits, null);
    if (limits == null) {
      table(call).limitedUnseen((int) fd);
    }
    setFlags(call, fd, flags);
  }

  private static int numberOf(Matcher file) {
    if (file.group(1) != null) {
      return Integer.parseInt(file.group(1));
    }
    return List.of("in", "out", "err").indexOf(file.group(2));
  }

  /** kern_accept4: the limits of the listening socket go along. */
  private static void accepted(CallInProgress call, long fd, int socketFlags) {
    Descriptor listening = call.descriptor(call.fd(0));
    boolean known = listening != null && listening.isOpen();
    table(call).allocated((int) fd, known ? listening : null, null);
    setFlags(call, fd, ofSocketFlags(socketFlags));
  }

  /** unp_externalize: only a unix socket brings descriptors. */
  private static void received(CallInProgress call) {
    Descriptor socket = call.descriptor(call.fd(0));
    if (socket == null || socket.kind() != Kind.INET_SOCKET) {
      table(call).openedUnseen();
    }
  }

  /** kern_dup; onto itself it only sets flags. */
  private static void duplicated(CallInProgress call, long fd, int openFlags) {
    int from = call.fd(0);
    if (from == fd) {
      table(call).addFlags(from, (openFlags & O_CLOEXEC) != 0, (openFlags & O_CLOFORK) != 0);
    } else {
      table(call).duplicate(from, (int) fd);
      setFlags(call, fd, openFlags);
    }
  }

  private static void controlled(CallInProgress call, long result) {
    int command = call.intAt(1);
    int argument = call.intAt(2);
    switch (command & (1 << F_DUP3FD_SHIFT) - 1) {
      case F_DUPFD, F_DUP2FD -> duplicated(call, result, 0);
      case F_DUPFD_CLOEXEC, F_DUP2FD_CLOEXEC -> duplicated(call, result, O_CLOEXEC);
      case F_DUPFD_CLOFORK -> duplicated(call, result, O_CLOFORK);
      case F_DUP3FD -> {
        int flags = command >> F_DUP3FD_SHIFT;
        duplicated(
            call,
            result,
            ((flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0)
                | ((flags & FD_CLOFORK) != 0 ? O_CLOFORK : 0));
      }
      case F_SETFD -> {
        int fd = call.fd(0);
        table(call).setFlags(fd, (argument & FD_CLOEXEC) != 0, (argument & FD_CLOFORK) != 0);
        Descriptor limits = table(call).get(fd);
        if ((argument & FD_RESOLVE_BENEATH) != 0 && limits != null) {
          table(call).limit(fd, limits.withResolveBeneath(true)); // sticky
        }
      }
      default -> {}
    }
  }

  private static void controlledDevice(CallInProgress call) {
    int command = call.intAt(1);
    if (command == FIOCLEX || command == FIONCLEX) {
      table(call).setCloseOnExec(call.fd(0), command == FIOCLEX);
    }
  }

  /** Only what the number stood for when the call was entered: another thread may use it anew. */
  private static void closed(CallInProgress call) {
    int fd = call.fd(0);
    if (table(call).generation(fd) == call.generation[0]) {
      table(call).close(fd);
    }
  }

  private static void closedRange(CallInProgress call, int flags) {
    int lowest = call.intAt(0);
    int highest = call.intAt(1);
    boolean onExec = (flags & CLOSE_RANGE_CLOEXEC) != 0;
    boolean onFork = (flags & CLOSE_RANGE_CLOFORK) != 0;
    if (onExec || onFork) {
      table(call).addFlagsToRange(lowest, highest, onExec, onFork);
    } else {
      table(call).closeRange(lowest, highest);
    }
  }

  private static void limitedRights(CallInProgress call, Caller caller) {
    CapRights rights = rights(call.address(1), caller);
    int fd = call.fd(0);
    Descriptor limits = table(call).get(fd);
    if (rights == null) {
      table(call).limitedUnseen(fd);
    } else if (limits == null || !limits.isOpen()) {
      table(call).limit(fd, ofUnknownOrigin(rights));
    } else {
      table(call).limit(fd, limits.limitedTo(rights));
    }
  }

  /** What a descriptor of which nothing was known holds. */
  private static void toldRights(CallInProgress call, Caller caller) {
    int fd = call.fd(1);
    Descriptor limits = table(call).get(fd);
    CapRights rights = rights(call.address(2), caller);
    boolean known = limits != null && limits.isOpen() && limits.rights().equals(rights);
    if (rights != null && !known) {
      table(call).limit(fd, ofUnknownOrigin(rights));
    }
  }

  /** It may have been limited to some fcntl(2) and ioctl(2) commands before. */
  private static Descriptor ofUnknownOrigin(CapRights rights) {
    Descriptor known = new Descriptor(Kind.OTHER, rights);
    return known
        .withFcntls(known.fcntls() == 0 ? 0 : UNKNOWN_FCNTLS)
        .withIoctls(known.ioctls() == null ? UNKNOWN_IOCTLS : List.of());
  }

  /** Null if the memory is not known. */
  private static CapRights rights(long address, Caller caller) {
    byte[] bytes = read(address, 2 * Long.BYTES, caller);
    return bytes == null ? null : new CapRights(getLong(bytes, 0), getLong(bytes, Long.BYTES));
  }

  private static byte[] read(long address, int length, Caller caller) {
    byte[] bytes = new byte[length];
    try {
      return caller.read(address, bytes, length) ? bytes : null;
    } catch (Undecided unknown) {
      return null;
    }
  }

  private static void limitedFcntls(CallInProgress call) {
    int fd = call.fd(0);
    Descriptor limits = table(call).get(fd);
    if (limits != null && limits.isOpen()) {
      table(call).limit(fd, limits.withFcntls(call.intAt(1)));
    }
  }

  private static void limitedIoctls(CallInProgress call, Caller caller) {
    int fd = call.fd(0);
    Descriptor limits = table(call).get(fd);
    if (limits == null || !limits.isOpen()) {
      return;
    }
    boolean is64Bit = call.abi().is64Bit();
    int size = is64Bit ? Long.BYTES : Integer.BYTES;
    int count = (int) Math.max(0, Math.min(call.longAt(2), 256));
    byte[] list = read(call.address(1), count * size, caller);
    if (list == null) {
      table(call).limit(fd, limits.withIoctls(UNKNOWN_IOCTLS));
      return;
    }
    List<Long> commands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      commands.add(
          is64Bit ? getLong(list, i * size) : Integer.toUnsignedLong(getInt(list, i * size)));
    }
    table(call).limit(fd, limits.withIoctls(commands));
  }

  /** In place of a list of commands that is not known: a command that none has. */
  public static final List<Long> UNKNOWN_IOCTLS = List.of(-1L);

  /** The same for fcntl(2). */
  public static final int UNKNOWN_FCNTLS = 1 << 31;

  /** fork_norfproc: rfork(2) without a new process. */
  private static void changedItself(CallInProgress call) {
    int flags = call.intAt(0);
    if ((flags & ForkFlags.RFPROC) != 0 || flags < 0) {
      return;
    }
    if ((flags & ForkFlags.RFCFDG) != 0) {
      table(call).released();
      call.process.descriptors(DescriptorTable.empty());
    } else if ((flags & ForkFlags.RFFDG) != 0) {
      call.process.descriptors(table(call).unshared());
    }
  }

  private static Kind socketKind(CallInProgress call) {
    return switch (call.intAt(0)) {
      case AF_UNIX ->
          (call.intAt(1) & SOCK_TYPE_MASK) == SOCK_DGRAM
              ? Kind.UNIX_DATAGRAM_SOCKET
              : Kind.UNIX_SOCKET;
      case AF_INET, AF_INET6 -> Kind.INET_SOCKET;
      default -> Kind.OTHER_SOCKET;
    };
  }

  private static int ofSocketFlags(int flags) {
    return ((flags & SOCK_CLOEXEC) != 0 ? O_CLOEXEC : 0)
        | ((flags & SOCK_CLOFORK) != 0 ? O_CLOFORK : 0);
  }
}
