package org.capemu.emulator.derive;

import static org.capemu.policy.abi.Errno.EBADF;
import static org.capemu.policy.abi.Errno.ECAPMODE;
import static org.capemu.policy.abi.Errno.EFAULT;
import static org.capemu.policy.abi.Errno.EINVAL;
import static org.capemu.policy.abi.Errno.EMFILE;
import static org.capemu.policy.abi.Errno.EMSGSIZE;
import static org.capemu.policy.abi.Errno.ENAMETOOLONG;
import static org.capemu.policy.abi.Errno.ENFILE;
import static org.capemu.policy.abi.Errno.ENOENT;
import static org.capemu.policy.abi.Errno.ENOTCAPABLE;
import static org.capemu.policy.abi.Errno.ENOTSOCK;
import static org.capemu.policy.abi.Errno.EPERM;
import static org.capemu.policy.abi.Events.EV_ERROR;
import static org.capemu.policy.abi.Events.KEVENT_DATA;
import static org.capemu.policy.abi.Events.KEVENT_FLAGS;
import static org.capemu.policy.abi.Events.POLLFD_REVENTS;
import static org.capemu.policy.abi.Events.POLLFD_SIZE;
import static org.capemu.policy.abi.Events.POLLNVAL;
import static org.capemu.policy.abi.Fcntl.AT_FDCWD;
import static org.capemu.policy.abi.LittleEndian.getInt;
import static org.capemu.policy.abi.LittleEndian.getShort;
import static org.capemu.policy.abi.Socket.SOCKADDR_HEADER;
import static org.capemu.policy.abi.Socket.SOCK_MAXADDRLEN;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.capemu.emulator.process.DescriptorTable;
import org.capemu.emulator.process.EmulatedProcess;
import org.capemu.emulator.process.SyscallEffects;
import org.capemu.policy.Abi;
import org.capemu.policy.Caller;
import org.capemu.policy.CapRights;
import org.capemu.policy.Descriptor;
import org.capemu.policy.FileTree;
import org.capemu.policy.Right;
import org.capemu.policy.SystemCall;
import org.capemu.policy.Undecided;
import org.capemu.policy.abi.Events;
import org.capemu.tracer.ktrace.LookupNote;

/**
 * Answers for a call from its records. What no record shows is {@link Undecided}, unless the return
 * tells that nothing turned on it: whoever lacks a right gets ENOTCAPABLE, traced or not.
 */
final class RecordedCaller implements Caller, FileTree {
  /** The answer will be known when the call returns. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // no stack trace, nothing suppressed
  static final Undecided LATER = new Undecided("the call has not returned");

  /** Whatever the answer is, the return says that it refused nothing. */
  @SuppressWarnings("StaticAssignmentOfThrowable")
  static final Undecided SETTLED = new Undecided("nothing turned on it");

  /** Calls that succeed although one of their descriptors lacks a right. */
  private static final Set<String> SUCCEED_ALL_THE_SAME =
      Set.of("poll", "ppoll", "kevent", "compat11.kevent", "lio_listio", "compat6.lio_listio");

  private final RecordedFiles files;
  private RecordedCall call;
  private boolean early;
  private boolean askedLater;
  private int pathsUsed;
  private boolean pathsTraced;
  private boolean structsTraced;
  private boolean lookupsNoted;

  /** What the present lookup met; null where that is not noted. */
  private LookupNote lookup;

  RecordedCaller(RecordedFiles files) {
    this.files = files;
  }

  /** The trace has paths: one that is missing could not be copied in. */
  void pathsAreTraced() {
    pathsTraced = true;
  }

  /** The trace has structures: one that is missing could not be copied in. */
  void structsAreTraced() {
    structsTraced = true;
  }

  /** The trace has notes of what lookups met: one of this call's may follow. */
  void lookupsAreNoted() {
    lookupsNoted = true;
  }

  /**
   * @param atEntry whether more records of the call may follow
   */
  RecordedCaller at(RecordedCall current, boolean atEntry) {
    call = current;
    early = atEntry;
    askedLater = false;
    pathsUsed = 0;
    lookup = null;
    if (call.lookups != null) {
      call.lookups.again();
    }
    return this;
  }

  @Override
  public int pid() {
    return call.process().pid();
  }

  @Override
  public int tid() {
    return (int) call.tid();
  }

  @Override
  public boolean inCapabilityMode() {
    return call.process().inCapabilityMode();
  }

  @Override
  public boolean mayBeRefused() {
    return !call.returned() || call.errno() == ENOTCAPABLE || call.errno() == ECAPMODE;
  }

  /** A lookup comes after what is checked. */
  @Override
  public boolean isSuperuser() {
    if (!call.paths.isEmpty()) {
      return true;
    }
    return call.returned() ? call.errno() != EPERM : laterOr(true);
  }

  @Override
  public boolean hasFreeDescriptor() {
    return call.returned() ? call.errno() != EMFILE && call.errno() != ENFILE : laterOr(true);
  }

  @Override
  public boolean hasLimitedDescriptors() {
    DescriptorTable table = call.process().descriptors();
    return table.hasLimited()
        || (call.returned() && call.errno() == ENOTCAPABLE)
        || (table.mayHoldUnseen() && succeedsAllTheSame());
  }

  @Override
  public Descriptor descriptor(int fd) {
    Descriptor known = call.descriptor(fd);
    if (known == null || !known.isOpen()) {
      return unknownDescriptor(fd, known != null);
    }
    if (known.ioctls() == SyscallEffects.UNKNOWN_IOCTLS && call.is("ioctl")) {
      return laterOr(known.withIoctls(call.errno() == ENOTCAPABLE ? List.of() : null));
    }
    if (known.fcntls() == SyscallEffects.UNKNOWN_FCNTLS) {
      boolean asked = call.is("fcntl") || call.is("cap_fcntls_limit");
      boolean none = asked && call.errno() == ENOTCAPABLE;
      Descriptor answer = known.withFcntls(none ? 0 : Descriptor.ALL_FCNTLS);
      return asked ? laterOr(answer) : answer;
    }
    return known;
  }

  private Descriptor unknownDescriptor(int fd, boolean closed) {
    if (!call.returned()) {
      return laterOr(closed ? Descriptor.NOT_OPEN : Descriptor.UNLIMITED);
    }
    boolean maybeOpen = !closed || call.process().descriptors().mayHoldUnseen();
    if (call.errno() == ENOTCAPABLE || (maybeOpen && isRefusedByItself(fd))) {
      throw new Undecided("rights of a descriptor from outside the trace");
    }
    boolean badByItself = closed && succeedsAllTheSame();
    return call.errno() == EBADF || badByItself ? Descriptor.NOT_OPEN : Descriptor.UNLIMITED;
  }

  /** True if something was asked that only the call's return will tell. */
  boolean askedLater() {
    return askedLater;
  }

  private Undecided later() {
    askedLater = true;
    return LATER;
  }

  /** False if ENOTCAPABLE is what the call returns where a descriptor lacks a right. */
  boolean succeedsAllTheSame() {
    return SUCCEED_ALL_THE_SAME.contains(call.name()) && (!isKevent() || hasRoomForErrors());
  }

  private boolean isKevent() {
    return call.is("kevent") || call.is("compat11.kevent");
  }

  /** Where the events have room for an error of every change, none of them makes kevent fail. */
  private boolean hasRoomForErrors() {
    int changes = call.intAt(2);
    int room = call.intAt(4);
    boolean failed = call.returned() && call.errno() > 0;
    return room != 0 && !(failed && changes <= room);
  }

  private <T> T laterOr(T answer) {
    if (early) {
      throw later();
    }
    return answer;
  }

  /** What can only be told when the call has returned, or not even then. */
  private Undecided unknown(String reason) {
    return early ? later() : new Undecided(reason);
  }

  /** Whether a call that succeeded says that this descriptor was good for nothing. */
  private boolean isRefusedByItself(int fd) {
    return isKevent() ? isRefusedByKevent(fd) : isInvalidInPoll(fd);
  }

  /** The events that kevent returned come after its changes. */
  private boolean isRefusedByKevent(int fd) {
    int size = call.is("kevent") ? Events.keventSize(true) : Events.oldKeventSize(true);
    boolean known = call.structs.size() > 1 && call.abi() == Abi.FREEBSD64;
    byte[] events = known ? call.structs.get(1).bytes() : null;
    for (int at = 0; events != null && at + size <= events.length; at += size) {
      if (getInt(events, at) == fd
          && (getShort(events, at + KEVENT_FLAGS) & EV_ERROR) != 0
          && getInt(events, at + KEVENT_DATA) == ENOTCAPABLE) {
        return true;
      }
    }
    return false;
  }

  private boolean isInvalidInPoll(int fd) {
    byte[] entries = call.struct("pollfd");
    for (int at = 0; entries != null && at + POLLFD_SIZE <= entries.length; at += POLLFD_SIZE) {
      if (getInt(entries, at) == fd && (entries[at + POLLFD_REVENTS] & POLLNVAL) != 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String path(long address) {
    if (pathsUsed < call.paths.size()) {
      return call.paths.get(pathsUsed++);
    }
    if (!call.returned()) {
      return laterOr(null);
    }
    if (pathsTraced || call.errno() == EFAULT || call.errno() == ENAMETOOLONG) {
      return null;
    }
    if (beginsAtWorkingDirectory(address) && wasLookedUp()) {
      pathsUsed++;
      return "a path that no record shows"; // nothing turns on it
    }
    throw new Undecided("a path that no record shows");
  }

  /** Where the return tells that it was looked up, {@link #path} has an answer. */
  @Override
  public boolean looksUpUnknownPath() {
    return false;
  }

  /** The directory of a lookup is the argument before its path. */
  private boolean beginsAtWorkingDirectory(long address) {
    boolean found = false;
    for (int i = 1; i < SystemCall.MAX_ARGS; i++) {
      if (call.address(i) == address) {
        if (call.fd(i - 1) != AT_FDCWD) {
          return false; // the same path twice may be of two directories
        }
        found = true;
      }
    }
    return found && !call.is("inotify_add_watch_at"); // it may look up more
  }

  /** Of two paths the second is only if the first was found; an empty one is not at all. */
  private boolean wasLookedUp() {
    int errno = call.errno();
    return errno == 0 || (pathsUsed == 0 && errno != ENOENT && errno != EINVAL);
  }

  @Override
  public byte[] sockaddr(long address, int length) {
    if (length < SOCKADDR_HEADER || length > SOCK_MAXADDRLEN) {
      return null;
    }
    byte[] known = call.struct("sockaddr");
    if (known != null && known.length >= SOCKADDR_HEADER) {
      return known;
    }
    if (early) {
      throw later();
    }
    if (call.returned() && call.errno() == EFAULT) {
      return null;
    }
    throw new Undecided("a socket address that no record shows");
  }

  @Override
  public boolean looksUpAddress() {
    if (pathsUsed < call.paths.size()) {
      pathsUsed++;
      return true;
    }
    return call.returned() ? !pathsTraced : laterOr(false);
  }

  @Override
  public String sysctlName(long mib, int length) {
    byte[] name = call.struct("sysctl");
    if (name == null) {
      throw unknown("name of a sysctl node");
    }
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  @Override
  public boolean read(long address, byte[] buffer, int length) {
    if (length == 0) {
      return true;
    }
    byte[] known =
        switch (call.name()) {
          case "cap_rights_limit", "__cap_rights_get" -> call.struct("caprights");
          case "poll", "ppoll" -> address == call.address(0) ? call.struct("pollfd") : null;
          case "kevent" -> behind(address, call.struct("kevent" + suffix()));
          case "compat11.kevent" -> behind(address, call.struct("freebsd11_kevent" + suffix()));
          case "sendmsg" -> messagePart(address, length);
          case "setsockopt" -> call.struct("splice");
          case "cpuset_setaffinity" -> call.struct("cpuset_t") == null ? null : new byte[length];
          case "__sysctlbyname" -> address == call.address(0) ? call.struct("sysctl") : null;
          case "cap_ioctls_limit" -> refusedCommands(length);
          case "select", "pselect" -> selected(address, length);
          case "aio_read", "aio_readv", "compat6.aio_read" -> request(Right.CAP_PREAD);
          case "aio_write", "aio_writev", "compat6.aio_write" -> request(Right.CAP_PWRITE);
          case "aio_fsync" -> request(Right.CAP_FSYNC);
          default -> null;
        };
    if (known != null && known.length >= length) {
      System.arraycopy(known, 0, buffer, 0, length);
      return true;
    }
    return isThere();
  }

  /** How the names of structures end that are not the native ones. */
  private String suffix() {
    return call.abi() == Abi.FREEBSD32 ? "32" : "";
  }

  /** Whether memory that no record shows could be read at all: never true. */
  private boolean isThere() {
    if (!call.returned()) {
      throw unknown("memory that no record shows");
    }
    if (call.is("__sysctl") && call.struct("sysctl") != null) {
      throw unknown("numbers of a sysctl node"); // its name is known
    }
    boolean traced = call.is("cap_rights_limit") || call.is("cpuset_setaffinity");
    boolean poll = call.is("poll") || call.is("ppoll");
    boolean bad = call.errno() == EFAULT && !poll; // what poll has found it may not be able to tell
    if (bad || (traced && structsTraced)) {
      return false;
    }
    if (poll && call.errno() == EINVAL) {
      return false; // it looks at no descriptor
    }
    if (call.errno() != ENOTCAPABLE && !succeedsAllTheSame()) {
      throw SETTLED;
    }
    throw new Undecided("memory that no record shows");
  }

  /** The part of the changes of kevent(2) that begins at an address. */
  private byte[] behind(long address, byte[] changes) {
    long offset = address - call.address(1);
    if (changes == null || offset < 0 || offset > changes.length || address == call.address(5)) {
      return null;
    }
    byte[] rest = new byte[changes.length - (int) offset];
    System.arraycopy(changes, (int) offset, rest, 0, rest.length);
    return rest;
  }

  /** Of a message only whether it has an address matters. */
  private byte[] messagePart(long address, int length) {
    if (address != call.address(1)) {
      throw SETTLED;
    }
    return messageHeader(length);
  }

  /** {@code msg_name} and {@code msg_namelen}, as far as what followed tells. */
  private byte[] messageHeader(int length) {
    byte[] header = new byte[length];
    byte[] address = call.struct("sockaddr");
    if (address != null) {
      header[0] = 1;
      header[length - Integer.BYTES] = (byte) address.length;
      return header;
    }
    if (early) {
      throw later();
    }
    boolean socketWasFound =
        call.returned()
            && switch (call.errno()) {
              case EBADF, ENOTSOCK, ENOTCAPABLE, ECAPMODE -> false;
              case EFAULT, EINVAL, EMSGSIZE -> false; // maybe of the control data
              default -> true;
            };
    if (socketWasFound && structsTraced) {
      return header; // an address would have been recorded, or could not be copied in
    }
    throw new Undecided("a message that no record shows");
  }

  /** ENOTCAPABLE says that one of the commands is not in the descriptor's list. */
  private byte[] refusedCommands(int length) {
    if (!call.returned() || call.errno() != ENOTCAPABLE) {
      return null;
    }
    byte[] none = new byte[length];
    Arrays.fill(none, (byte) 0xfe);
    return none;
  }

  /** An asynchronous request: only one that was refused has to be known. */
  private byte[] request(Right needed) {
    int fd = refused(needed, Integer.MAX_VALUE);
    return fd < 0 ? null : new byte[] {(byte) fd, (byte) (fd >> 8), (byte) (fd >> 16), 0};
  }

  private byte[] selected(long address, int length) {
    int fd = refused(Right.CAP_EVENT, call.intAt(0));
    boolean first = address == firstNonNull(call.address(1), call.address(2), call.address(3));
    byte[] bits = new byte[length];
    if (first && fd >= 0 && fd / Byte.SIZE < length) {
      bits[fd / Byte.SIZE] = (byte) (1 << fd % Byte.SIZE);
    }
    return fd < 0 ? null : bits;
  }

  private static long firstNonNull(long first, long second, long third) {
    return first != 0 ? first : second != 0 ? second : third;
  }

  /**
   * A descriptor that a call was refused for, if the call names it only in memory: one that lacks
   * the right, where all that lack it hold the same. -1 if that does not tell.
   */
  private int refused(Right needed, int below) {
    DescriptorTable table = call.process().descriptors();
    int found = -1;
    CapRights held = null;
    if (!call.returned() || call.errno() != ENOTCAPABLE) {
      return found;
    }
    for (int fd = 0; fd < Math.min(table.size(), below); fd++) {
      Descriptor descriptor = table.get(fd);
      if (descriptor == null ? fd > 2 && table.generation(fd) > 0 : lacks(descriptor, needed)) {
        if (descriptor == null || (held != null && !held.equals(descriptor.rights()))) {
          return -1;
        }
        held = descriptor.rights();
        found = fd;
      }
    }
    return found;
  }

  private static boolean lacks(Descriptor descriptor, Right needed) {
    return descriptor.isOpen() && !descriptor.rights().contains(needed.rights());
  }

  @Override
  public FileTree files() {
    return this;
  }

  @Override
  public String startingDirectory(int dirfd) {
    EmulatedProcess process = call.process();
    lookup = dirfd < 0 ? null : call.lookups;
    if (lookup != null) {
      return lookup.start();
    }
    if (dirfd >= 0 && lookupsNoted && early) {
      throw later();
    }
    if (dirfd == AT_FDCWD) {
      return toProcess(files.current(process.workingDirectory()));
    }
    if (call.returned() && call.errno() == EBADF) {
      return null;
    }
    Descriptor descriptor = call.descriptor(dirfd);
    if (descriptor != null
        && descriptor.kind() != Descriptor.Kind.FILE
        && descriptor.kind() != Descriptor.Kind.DIRECTORY
        && descriptor.kind() != Descriptor.Kind.OTHER) {
      return null;
    }
    String path = files.current(process.descriptors().path(dirfd));
    if (path == null) {
      path = files.newPlace();
      process.descriptors().path(dirfd, path);
    }
    return files.typeOf(path) == FileType.OTHER ? null : toProcess(path);
  }

  /** Names in policy's paths begin at the process's root directory. */
  private String toProcess(String name) {
    String root = call.process().root();
    return !root.isEmpty() && name.startsWith(root + "/") ? name.substring(root.length()) : name;
  }

  private String fromProcess(String path) {
    return path.startsWith("/") ? call.process().root() + path : path;
  }

  @Override
  public boolean isRoot(String directory) {
    if (lookup != null) {
      return lookup.root();
    }
    if (directory.equals("/")) {
      return true;
    }
    if (!files.isDirectory(fromProcess(directory))) {
      throw unknown(".. of a directory whose place no record shows");
    }
    return false;
  }

  @Override
  public String parent(String directory) {
    if (directory.equals("/")) {
      return directory;
    }
    if (lookup != null) {
      return FileTree.super.parent(directory);
    }
    String name = fromProcess(directory);
    if (RecordedFiles.isPlaceless(name) || !files.isDirectory(name)) {
      throw unknown(".. of a directory whose place no record shows");
    }
    return FileTree.super.parent(directory);
  }

  @Override
  public FileType typeOf(String path) {
    if (lookup != null) {
      return lookup.type();
    }
    FileType type = files.typeOf(fromProcess(path));
    if (type != null) {
      return type;
    }
    if (early) {
      throw later();
    }
    if (call.is("inotify_add_watch_at") && pathsUsed < call.paths.size()) {
      return FileType.DIRECTORY; // its entries were looked up
    }
    throw new Undecided("a symbolic link, if it is one, that no record shows");
  }

  @Override
  public String readlink(String path) {
    if (lookup != null) {
      return lookup.target();
    }
    throw unknown("the target of a symbolic link");
  }

  @Override
  public List<String> entries(String path) {
    return call.returned() || !early ? remainingPaths() : laterOr(null);
  }

  @Override
  public List<Interpreter> interpreters(String path) {
    return interpretersAmongPaths();
  }

  @Override
  public List<Interpreter> interpreters(int fd) {
    return interpretersAmongPaths();
  }

  /** A script's interpreter may have one itself: the run-time linker. */
  private List<Interpreter> interpretersAmongPaths() {
    if (early) {
      throw later();
    }
    List<String> paths = remainingPaths();
    if (paths.isEmpty() && (!pathsTraced || call.errno() == ECAPMODE)) {
      throw new Undecided("the interpreter of a script");
    }
    return paths.stream()
        .map(path -> new Interpreter(path, path.equals(paths.get(0)) && !isLinker(path)))
        .toList();
  }

  private static boolean isLinker(String path) {
    return path.startsWith("ld-", path.lastIndexOf('/') + 1);
  }

  private List<String> remainingPaths() {
    int recorded = call.paths.size();
    List<String> rest = List.copyOf(call.paths.subList(Math.min(pathsUsed, recorded), recorded));
    pathsUsed = recorded;
    return rest;
  }
}
