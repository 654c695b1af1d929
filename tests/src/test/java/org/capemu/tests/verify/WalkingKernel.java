package org.capemu.tests.verify;

import static org.capemu.policy.Right.*;
import static org.capemu.tests.verify.Program.AT_FDCWD;
import static org.capemu.tests.verify.Program.POINTER;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.capemu.policy.CapRights;
import org.capemu.policy.Right;
import org.capemu.policy.Violation;

/**
 * A random walk over descriptors and what a kernel records of it. It keeps descriptors in its own,
 * simplest way, as capsicum(4), rights(4), dup(2), close_range(2), fork(2) and execve(2) say, and
 * shares nothing with what is tested.
 */
final class WalkingKernel {
  private static final int EINTR = 4;
  private static final int EBADF = 9;
  private static final int EFAULT = 14;
  private static final int ENOTDIR = 20;
  private static final int EINVAL = 22;
  private static final int ENOTSOCK = 38;
  private static final int ERESTART = -1;
  private static final int EJUSTRETURN = -2;
  private static final int ENOTCAPABLE = Violation.ENOTCAPABLE;

  private static final int O_RDWR = 0x2;
  private static final int O_NOFOLLOW = 0x100;
  private static final int O_DIRECTORY = 0x20000;
  private static final int O_CLOEXEC = 0x10_0000;
  private static final int O_CLOFORK = 0x800_0000;
  private static final int SOCK_CLOEXEC = 0x1000_0000;
  private static final int SOCK_CLOFORK = 0x4000_0000;
  private static final int ALL_FCNTLS = 0x78;
  private static final int MAX_FD = 300;
  private static final int EV_ADD = 1;
  private static final int EV_ERROR = 0x4000;
  private static final int POLLIN = 1;
  private static final int POLLNVAL = 0x20;
  private static final long[] IOCTLS = {0x4004_667fL, 0x8004_667eL, 0x4004_7401L, 0x2000_7461L};
  private static final long FIOCLEX = 0x2000_6601L;
  private static final long FIONCLEX = 0x2000_6602L;

  /** What calls that only use a descriptor need of it. */
  private static final Map<String, Right> USES =
      Map.ofEntries(
          Map.entry("read", CAP_READ),
          Map.entry("write", CAP_WRITE),
          Map.entry("pread", CAP_PREAD),
          Map.entry("pwrite", CAP_PWRITE),
          Map.entry("lseek", CAP_SEEK),
          Map.entry("fstat", CAP_FSTAT),
          Map.entry("fstatfs", CAP_FSTATFS),
          Map.entry("fsync", CAP_FSYNC),
          Map.entry("fdatasync", CAP_FSYNC),
          Map.entry("fchmod", CAP_FCHMOD),
          Map.entry("fchown", CAP_FCHOWN),
          Map.entry("fchflags", CAP_FCHFLAGS),
          Map.entry("ftruncate", CAP_FTRUNCATE),
          Map.entry("futimens", CAP_FUTIMES),
          Map.entry("flock", CAP_FLOCK),
          Map.entry("fpathconf", CAP_FPATHCONF),
          Map.entry("getdirentries", CAP_READ),
          Map.entry("listen", CAP_LISTEN),
          Map.entry("shutdown", CAP_SHUTDOWN),
          Map.entry("sendto", CAP_SEND),
          Map.entry("recvfrom", CAP_RECV),
          Map.entry("pdgetpid", CAP_PDGETPID),
          Map.entry("inotify_rm_watch", CAP_INOTIFY_RM),
          Map.entry("__acl_delete_fd", CAP_ACL_DELETE));

  private static final List<String> USING = USES.keySet().stream().sorted().toList();

  /** struct filedescent. */
  private static final class Entry {
    private String kind;
    private CapRights rights = CapRights.ALL;
    private int fcntls = ALL_FCNTLS;

    /** Null for all. */
    private List<Long> ioctls;

    private boolean closedOnExec;
    private boolean closedOnFork;

    /** Whether it is closed on exec no record shows. */
    private boolean flagUnseen;

    /** It came in a message that no record shows. */
    private boolean unseen;

    private Entry(String kind) {
      this.kind = kind;
    }

    private Entry copy() {
      Entry copy = new Entry(kind);
      copy.rights = rights;
      copy.fcntls = fcntls;
      copy.ioctls = ioctls;
      copy.unseen = unseen;
      return copy;
    }
  }

  private static final class Process {
    private final int pid;
    private TreeMap<Integer, Entry> table = new TreeMap<>();
    private int threads = 1;

    private Process(int pid) {
      this.pid = pid;
    }
  }

  private final Random random;
  private final boolean passing;
  private final Program program = Program.started();
  private final List<Process> processes = new ArrayList<>();
  private Process current;
  private int nextPid = 200;
  private int files;
  private int undecided;
  private boolean inCapabilityMode;

  /**
   * @param passing whether descriptors are passed in messages
   */
  WalkingKernel(long seed, boolean passing) {
    this.random = new Random(seed);
    this.passing = passing;
    current = new Process(100);
    for (int fd = 0; fd < 3; fd++) {
      current.table.put(fd, new Entry("file"));
    }
    processes.add(current);
  }

  /** The trace of the walk. */
  Program program() {
    return program;
  }

  /** How many violations turn on what no record shows. */
  int undecided() {
    return undecided;
  }

  /** cap_enter(2): from here on what is recorded is refused as well. */
  void enterCapabilityMode() {
    for (Process process : processes) {
      choose(process);
      program.call("cap_enter").returns(0);
    }
    inCapabilityMode = true;
  }

  void walk(int steps) {
    for (int i = 0; i < steps; i++) {
      choose(processes.get(random.nextInt(processes.size())));
      step();
    }
  }

  private void choose(Process process) {
    current = process;
    program.thread(process.pid, process.pid * 1000L + random.nextInt(process.threads));
  }

  private void step() {
    int choice = random.nextInt(100);
    if (choice < 30) {
      use();
    } else if (choice < 40) {
      limitRights();
    } else if (choice < 44) {
      limitFcntls();
    } else if (choice < 48) {
      limitIoctls();
    } else if (choice < 51) {
      control();
    } else if (choice < 54) {
      device();
    } else if (choice < 60) {
      open();
    } else if (choice < 66) {
      openBeneath();
    } else if (choice < 72) {
      make();
    } else if (choice < 78) {
      duplicate();
    } else if (choice < 82) {
      close();
    } else if (choice < 85) {
      closeRange();
    } else if (choice < 89) {
      poll();
    } else if (choice < 92) {
      kevent();
    } else if (choice < 94) {
      map();
    } else if (choice < 95) {
      program.call("__cap_rights_get", 0, low(anyFd()), POINTER);
      getRights();
    } else if (choice < 96) {
      pass();
    } else if (choice < 98) {
      fork();
    } else if (choice < 99) {
      execute();
    } else if (processes.size() > 1 && random.nextBoolean()) {
      program.call("_exit", 0);
      processes.remove(current);
    } else {
      current.threads++;
    }
  }

  // ---- arguments ----

  /** Mostly open, now and then closed, negative or huge. */
  private int anyFd() {
    int choice = random.nextInt(20);
    if (choice == 0) {
      return new int[] {-1, -100, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20}[random.nextInt(5)];
    }
    List<Integer> open = new ArrayList<>(current.table.keySet());
    return choice < 3 || open.isEmpty()
        ? random.nextInt(40)
        : open.get(random.nextInt(open.size()));
  }

  private int anyOf(String kind) {
    List<Integer> of = new ArrayList<>();
    current.table.forEach(
        (fd, entry) -> {
          if (entry.kind.equals(kind)) {
            of.add(fd);
          }
        });
    return of.isEmpty() || random.nextInt(5) == 0 ? anyFd() : of.get(random.nextInt(of.size()));
  }

  /** An int in a register, whose upper half may hold anything. */
  private long low(int value) {
    return switch (random.nextInt(3)) {
      case 0 -> value;
      case 1 -> value & 0xffff_ffffL;
      default -> value & 0xffff_ffffL | random.nextLong() << 32;
    };
  }

  private CapRights anyRights() {
    Right[] all = Right.values();
    CapRights rights = CapRights.NONE;
    for (int i = random.nextInt(all.length); i > 0; i--) {
      rights = rights.merge(all[random.nextInt(all.length)].rights());
    }
    return rights;
  }

  private static byte[] words(long first, long second) {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(first)
        .putLong(second)
        .array();
  }

  private static byte[] words(CapRights rights) {
    return words(rights.encodedWord0(), rights.encodedWord1());
  }

  // ---- outcomes ----

  /** EBADF or NOTCAPABLE; true if the call goes on. */
  private boolean holds(int fd, CapRights needed) {
    Entry entry = current.table.get(fd);
    if (entry == null) {
      program.fails(EBADF);
      return false;
    }
    if (entry.rights.contains(needed)) {
      return true;
    }
    lacks(entry, needed);
    program.fails(ENOTCAPABLE);
    return false;
  }

  private void lacks(Entry entry, CapRights needed) {
    program.violates(new Violation.NotCapable(needed, entry.rights));
    undecided += entry.unseen ? 1 : 0;
  }

  /** Whatever else may come of it. */
  private void ends() {
    switch (random.nextInt(8)) {
      case 0 -> program.fails(EINVAL);
      case 1 -> program.fails(EINTR);
      case 2 -> program.fails(ERESTART);
      default -> program.returns(0);
    }
  }

  private int lowestFree(int from) {
    int fd = from;
    while (current.table.containsKey(fd)) {
      fd++;
    }
    return fd;
  }

  private int install(Entry entry) {
    int fd = lowestFree(0);
    current.table.put(fd, entry);
    return fd;
  }

  private boolean isFull() {
    return current.table.size() > 60;
  }

  // ---- calls ----

  private void use() {
    String call = USING.get(random.nextInt(USING.size()));
    int fd = anyFd();
    long third = call.equals("shutdown") ? 0 : 1;
    program.call(call, low(fd), call.equals("futimens") ? 0 : third, third, 0, 0, 0);
    if (holds(fd, USES.get(call).rights())) {
      ends();
    }
  }

  private void limitRights() {
    int fd = anyFd();
    Entry entry = current.table.get(fd);
    CapRights rights = anyRights();
    if (entry != null && random.nextInt(4) > 0) {
      rights = entry.rights.remove(rights);
    }
    program.call("cap_rights_limit", low(fd), POINTER);
    switch (random.nextInt(12)) {
      case 0 -> program.fails(EFAULT);
      case 1 -> program.fails(EINVAL); // of another version, or with bits that are no rights
      default -> {
        program.struct("caprights", words(rights));
        if (entry == null) {
          program.fails(EBADF);
        } else if (!entry.rights.contains(rights)) {
          program.violates(new Violation.Increase(rights, entry.rights));
          undecided += entry.unseen ? 1 : 0;
          program.fails(ENOTCAPABLE);
        } else {
          entry.rights = rights;
          entry.unseen = false;
          if (!rights.contains(CAP_FCNTL.rights())) {
            entry.fcntls = 0;
          }
          if (!rights.contains(CAP_IOCTL.rights())) {
            entry.ioctls = List.of();
          }
          program.returns(0);
        }
      }
    }
  }

  private void getRights() {
    // the arguments were written; the descriptor is found anew, as any that is open will do
    List<Integer> open = new ArrayList<>(current.table.keySet());
    if (open.isEmpty()) {
      program.fails(EBADF);
      return;
    }
    program.fails(EFAULT);
    int fd = open.get(random.nextInt(open.size()));
    Entry entry = current.table.get(fd);
    program.call("__cap_rights_get", 0, low(fd), POINTER).struct("caprights", words(entry.rights));
    program.returns(0);
    entry.unseen = false;
  }

  private void limitFcntls() {
    int fd = anyFd();
    int mask = random.nextInt(8) == 0 ? random.nextInt() : random.nextInt() & ALL_FCNTLS;
    Entry entry = current.table.get(fd);
    program.call("cap_fcntls_limit", low(fd), low(mask));
    if ((mask & ~ALL_FCNTLS) != 0) {
      program.fails(EINVAL);
    } else if (entry == null) {
      program.fails(EBADF);
    } else if ((mask & ~entry.fcntls) != 0) {
      program.fails(ENOTCAPABLE);
    } else {
      entry.fcntls = mask;
      program.returns(0);
    }
  }

  private void limitIoctls() {
    int fd = anyFd();
    Entry entry = current.table.get(fd);
    List<Long> commands = new ArrayList<>();
    for (long command : IOCTLS) {
      if (random.nextBoolean()) {
        commands.add(command);
      }
    }
    program.call("cap_ioctls_limit", low(fd), POINTER, commands.size());
    if (entry == null) {
      program.fails(EBADF);
    } else if (entry.ioctls != null && !entry.ioctls.containsAll(commands)) {
      program.fails(ENOTCAPABLE);
    } else {
      entry.ioctls = commands;
      program.returns(0);
    }
  }

  /** fcntl(2) with a command that has a bit in the mask, or F_SETFD. */
  private void control() {
    int fd = anyFd();
    int command = new int[] {3, 4, 5, 6, 2}[random.nextInt(5)];
    Entry entry = current.table.get(fd);
    int flags = random.nextInt(8) & ~2;
    program.call("fcntl", low(fd), low(command), flags);
    if (command == 2) {
      if (entry == null) {
        program.fails(EBADF);
        return;
      }
      entry.closedOnExec = (flags & 1) != 0;
      entry.closedOnFork = (flags & 4) != 0;
      entry.flagUnseen = false;
      program.returns(0);
    } else if (holds(fd, CAP_FCNTL.rights())) {
      if ((entry.fcntls & 1 << command) == 0) {
        program.fails(ENOTCAPABLE);
      } else {
        ends();
      }
    }
  }

  private void device() {
    int fd = anyFd();
    boolean flag = random.nextInt(3) == 0;
    boolean set = random.nextBoolean();
    long command = flag ? set ? FIOCLEX : FIONCLEX : IOCTLS[random.nextInt(IOCTLS.length)];
    Entry entry = current.table.get(fd);
    program.call("ioctl", low(fd), low((int) command), POINTER);
    if (entry == null) {
      program.fails(EBADF);
    } else if (entry.ioctls != null && !entry.ioctls.contains(command)) {
      program.fails(ENOTCAPABLE);
    } else if (flag) {
      entry.closedOnExec = set;
      entry.flagUnseen = false;
      program.returns(0);
    } else {
      ends();
    }
  }

  private int openFlags() {
    int flags = O_NOFOLLOW | (random.nextBoolean() ? 0 : O_RDWR);
    flags |= random.nextInt(4) == 0 ? O_CLOEXEC : 0;
    return flags | (random.nextInt(4) == 0 ? O_CLOFORK : 0);
  }

  private Entry opened(String kind, int flags) {
    Entry entry = new Entry(kind);
    entry.closedOnExec = (flags & O_CLOEXEC) != 0;
    entry.closedOnFork = (flags & O_CLOFORK) != 0;
    return entry;
  }

  private void open() {
    boolean directory = random.nextBoolean();
    int flags = directory ? openFlags() & ~O_RDWR | O_DIRECTORY : openFlags();
    String path = "f" + files++;
    program.call("openat", low(AT_FDCWD), POINTER, low(flags), 0).looksUp(path);
    program.violates(new Violation.Namei(Violation.Namei.AT_FDCWD));
    if (inCapabilityMode) {
      program.fails(Violation.ECAPMODE);
    } else if (isFull() || random.nextInt(6) == 0) {
      program.fails(2);
    } else {
      program.returns(install(opened(directory ? "directory" : "file", flags)));
    }
  }

  private void openBeneath() {
    int dirfd = anyOf("directory");
    if (dirfd == AT_FDCWD) {
      return;
    }
    int flags = openFlags();
    boolean absolute = random.nextInt(6) == 0;
    String path = (absolute ? "/" : "") + "f" + files++;
    program.call("openat", low(dirfd), POINTER, low(flags), 0).looksUp(path);
    Entry directory = current.table.get(dirfd);
    if (absolute) {
      program.violates(new Violation.Namei(path));
      if (inCapabilityMode) {
        program.fails(ENOTCAPABLE);
      } else {
        finishOpen(opened("file", flags));
      }
      return;
    }
    CapRights needed = CapRights.of(CAP_LOOKUP, CAP_READ);
    if ((flags & O_RDWR) != 0) {
      needed = needed.merge(CapRights.of(CAP_WRITE, CAP_SEEK));
    }
    if (!holds(dirfd, needed)) {
      return;
    }
    if (!directory.kind.equals("directory")) {
      program.fails(ENOTDIR);
      return;
    }
    Entry entry = directory.copy();
    entry.kind = "file";
    entry.closedOnExec = (flags & O_CLOEXEC) != 0;
    entry.closedOnFork = (flags & O_CLOFORK) != 0;
    finishOpen(entry);
  }

  private void finishOpen(Entry entry) {
    if (isFull() || random.nextInt(6) == 0) {
      program.fails(2);
    } else {
      program.returns(install(entry));
    }
  }

  private void make() {
    if (isFull()) {
      return;
    }
    int flags = openFlags() & (O_CLOEXEC | O_CLOFORK);
    int socketFlags =
        ((flags & O_CLOEXEC) != 0 ? SOCK_CLOEXEC : 0)
            | ((flags & O_CLOFORK) != 0 ? SOCK_CLOFORK : 0);
    switch (random.nextInt(9)) {
      case 0 -> {
        program.call("pipe2", POINTER, low(flags));
        makePair("pipe", flags);
      }
      case 1 -> {
        program.call("socketpair", low(1), low(1 | socketFlags), low(0), POINTER);
        makePair("unix", flags);
      }
      case 2 -> {
        program.call("socket", low(2), low(1 | socketFlags), low(0));
        program.returns(install(opened("inet", flags)));
      }
      case 3 -> {
        program.call("kqueue");
        program.returns(install(new Entry("kqueue")));
      }
      case 4 -> {
        boolean onExec = (flags & O_CLOEXEC) != 0;
        program.call("kqueuex", low(onExec ? 1 : 0));
        program.returns(install(opened("kqueue", flags & O_CLOEXEC)));
      }
      case 5 -> {
        program.call("timerfd_create", low(4), low(flags & O_CLOEXEC));
        program.returns(install(opened("timer", flags & O_CLOEXEC)));
      }
      case 6 -> {
        program.call("shm_open2", 1, low(O_RDWR | flags), 0, 0, 0);
        program.returns(install(opened("memory", flags)));
      }
      case 7 -> {
        program.call("__specialfd", low(1), POINTER, 8);
        Entry counter = new Entry("counter");
        counter.flagUnseen = true;
        program.returns(install(counter));
      }
      default -> accept(socketFlags, flags);
    }
  }

  private void makePair(String kind, int flags) {
    if (random.nextInt(8) == 0) {
      program.fails(EFAULT);
    } else {
      install(opened(kind, flags));
      install(opened(kind, flags));
      program.returns(0);
    }
  }

  private void accept(int socketFlags, int flags) {
    int fd = anyOf("inet");
    program.call("accept4", low(fd), 0, 0, low(socketFlags));
    if (!holds(fd, CAP_ACCEPT.rights())) {
      return;
    }
    Entry listening = current.table.get(fd);
    if (!listening.kind.equals("inet")) {
      program.fails(listening.kind.equals("unix") ? EINVAL : ENOTSOCK);
      return;
    }
    Entry entry = listening.copy();
    entry.closedOnExec = (flags & O_CLOEXEC) != 0;
    entry.closedOnFork = (flags & O_CLOFORK) != 0;
    program.returns(install(entry));
  }

  private void duplicate() {
    int from = anyFd();
    int to = random.nextInt(6) == 0 ? from : anyFd();
    Entry source = current.table.get(from);
    int flags = random.nextInt(3); // none, on exec, on fork
    int fixed = random.nextInt(2);
    if (flags == 0 && fixed == 0 && random.nextBoolean()) {
      program.call("dup", low(from));
      to = 0;
    } else if (fixed == 0) {
      int command = new int[] {0, 17, 23}[flags];
      program.call("fcntl", low(from), low(command), low(to));
    } else if (flags == 0 && random.nextBoolean()) {
      program.call("dup2", low(from), low(to));
    } else {
      int command = new int[] {10, 18, 24 | 4 << 16}[flags];
      program.call("fcntl", low(from), low(command), low(to));
    }
    if (source == null) {
      program.fails(EBADF);
      return;
    }
    if (to < 0 || to >= MAX_FD) {
      program.fails(fixed == 0 ? EINVAL : EBADF);
      return;
    }
    if (fixed == 1 && from == to) {
      source.closedOnExec |= flags == 1;
      source.flagUnseen &= flags != 1;
      source.closedOnFork |= flags == 2;
      program.returns(to);
      return;
    }
    int target = fixed == 0 ? lowestFree(to) : to;
    Entry copy = source.copy();
    copy.closedOnExec = flags == 1;
    copy.closedOnFork = flags == 2;
    current.table.put(target, copy);
    program.returns(target);
  }

  private void close() {
    int fd = anyFd();
    program.call("close", low(fd));
    if (current.table.remove(fd) == null) {
      program.fails(EBADF);
    } else if (random.nextInt(5) == 0) {
      program.fails(random.nextBoolean() ? EINTR : 5);
    } else {
      program.returns(0);
    }
  }

  private void closeRange() {
    int low = random.nextInt(40);
    int high = random.nextInt(3) == 0 ? -1 : random.nextInt(40);
    int flags = random.nextInt(4) == 0 ? 0 : random.nextInt(4) << 2;
    if (random.nextInt(12) == 0) {
      program.call("compat12.closefrom", low(low)).returns(0);
      current.table.tailMap(low, true).clear();
      return;
    }
    program.call("close_range", low(low), low(high), low(flags));
    if (Integer.compareUnsigned(high, low) < 0) {
      program.fails(EINVAL);
      return;
    }
    int last = high < 0 ? Integer.MAX_VALUE : high;
    Map<Integer, Entry> range = current.table.subMap(low, true, last, true);
    if (flags == 0) {
      range.clear();
    } else {
      for (Entry entry : range.values()) {
        entry.closedOnExec |= (flags & 4) != 0;
        entry.flagUnseen &= (flags & 4) == 0;
        entry.closedOnFork |= (flags & 8) != 0;
      }
    }
    program.returns(0);
  }

  private void poll() {
    int count = random.nextInt(4);
    ByteBuffer entries = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    program.call("poll", POINTER, low(count), low(-1));
    for (int i = 0; i < count; i++) {
      int fd = anyFd();
      Entry entry = current.table.get(fd);
      boolean good = fd < 0 || (entry != null && entry.rights.contains(CAP_EVENT.rights()));
      if (!good && entry != null) {
        lacks(entry, CAP_EVENT.rights());
      }
      short ready = (short) (fd < 0 ? 0 : good ? POLLIN : POLLNVAL);
      entries.putInt(fd).putShort((short) POLLIN).putShort(ready);
    }
    program.array("pollfd", 8, entries.array()).returns(count);
  }

  private void kevent() {
    int queue = anyOf("kqueue");
    int count = random.nextInt(4);
    int room = random.nextInt(4) == 0 ? 0 : 4;
    ByteBuffer changes = ByteBuffer.allocate(64 * count).order(ByteOrder.LITTLE_ENDIAN);
    int[] fds = new int[count];
    for (int i = 0; i < count; i++) {
      fds[i] = anyFd();
      changes.putLong(64 * i, fds[i]).putShort(64 * i + 8, (short) -1);
      changes.putShort(64 * i + 10, (short) EV_ADD);
    }
    program.call("kevent", low(queue), POINTER, low(count), POINTER + 4096, low(room), 0);
    program.array("kevent", 64, changes.array());
    CapRights needed = count > 0 ? CAP_KQUEUE_CHANGE.rights() : CapRights.NONE;
    needed = needed.merge(room > 0 ? CAP_KQUEUE_EVENT.rights() : CapRights.NONE);
    if (!holds(queue, needed)) {
      return;
    }
    if (!current.table.get(queue).kind.equals("kqueue")) {
      program.fails(EBADF);
      return;
    }
    ByteBuffer events = ByteBuffer.allocate(64 * 4).order(ByteOrder.LITTLE_ENDIAN);
    int errors = 0;
    for (int fd : fds) {
      Entry entry = current.table.get(fd);
      if (entry != null && entry.rights.contains(CAP_EVENT.rights())) {
        continue;
      }
      if (entry != null) {
        lacks(entry, CAP_EVENT.rights());
      }
      int errno = entry == null ? EBADF : ENOTCAPABLE;
      if (room == 0) {
        program.fails(errno);
        return;
      }
      int at = 64 * errors++;
      events.putLong(at, fd).putShort(at + 8, (short) -1).putShort(at + 10, (short) EV_ERROR);
      events.putLong(at + 16, errno);
    }
    program.array("kevent", 64, java.util.Arrays.copyOf(events.array(), 64 * errors));
    program.returns(errors);
  }

  private void map() {
    int fd = anyFd();
    int prot = random.nextInt(8);
    boolean shared = random.nextBoolean();
    program.call("mmap", 0, 4096, low(prot), low(shared ? 1 : 2), low(fd), 0);
    CapRights needed = CAP_MMAP.rights();
    needed = needed.merge((prot & 1) != 0 ? CAP_MMAP_R.rights() : CapRights.NONE);
    needed = needed.merge((prot & 2) != 0 && shared ? CAP_MMAP_W.rights() : CapRights.NONE);
    needed = needed.merge((prot & 4) != 0 ? CAP_MMAP_X.rights() : CapRights.NONE);
    if (holds(fd, needed)) {
      ends();
    }
  }

  /** A descriptor is sent and received. */
  private void pass() {
    int socket = anyOf("unix");
    Entry sent = current.table.get(anyFd());
    if (!passing || sent == null || sent.kind.equals("kqueue") || isFull()) {
      return;
    }
    program.call("recvmsg", low(socket), POINTER, 0);
    if (!holds(socket, CAP_RECV.rights())) {
      return;
    }
    if (!current.table.get(socket).kind.equals("unix")) {
      program.fails(ENOTSOCK);
      return;
    }
    Entry received = sent.copy();
    received.unseen = true;
    install(received);
    program.returns(1);
  }

  private void fork() {
    if (processes.size() > 4) {
      return;
    }
    Process parent = current;
    long parentTid = parent.pid * 1000L;
    Process child = new Process(nextPid++);
    int kind = random.nextInt(5);
    String name = new String[] {"fork", "vfork", "pdfork", "rfork", "rfork"}[kind];
    int flags = kind == 3 ? 0x14 : kind == 4 ? 0x1010 : 0;
    program.thread(parent.pid, parentTid);
    program.call(name, kind < 2 ? new long[0] : kind == 2 ? new long[] {POINTER, 0} : flag(flags));
    if (kind != 4) {
      parent.table.forEach(
          (fd, entry) -> {
            if (!entry.closedOnFork && !entry.kind.equals("kqueue")) {
              Entry copy = entry.copy();
              copy.closedOnExec = entry.closedOnExec;
              copy.flagUnseen = entry.flagUnseen;
              child.table.put(fd, copy);
            }
          });
    }
    if (kind == 2) {
      install(new Entry("process"));
    }
    processes.add(child);
    boolean childFirst = kind == 1 || random.nextBoolean();
    if (!childFirst) {
      program.returned(name, 0, child.pid);
    }
    choose(child);
    program.returned(name, 0, 0);
    if (childFirst) {
      for (int i = random.nextInt(5); i > 0; i--) {
        use();
        limitRights();
        duplicate();
      }
      program.thread(parent.pid, parentTid).returned(name, 0, child.pid);
    }
  }

  private long[] flag(int flags) {
    return new long[] {low(flags)};
  }

  private void execute() {
    if (current.threads > 1) {
      return;
    }
    program.call("execve", POINTER, POINTER, POINTER).violates(Violation.Syscall.NOT_ENABLED);
    if (inCapabilityMode) {
      program.fails(Violation.ECAPMODE);
      return;
    }
    program.looksUp("/bin/program");
    if (random.nextInt(4) == 0) {
      program.fails(2);
      return;
    }
    current.table.values().removeIf(entry -> entry.closedOnExec);
    for (Entry entry : current.table.values()) {
      entry.closedOnFork = false;
      entry.unseen |= entry.flagUnseen;
      entry.flagUnseen = false;
    }
    program.fails(EJUSTRETURN);
  }
}
