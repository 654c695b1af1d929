package org.capemu.policy;

import static org.capemu.policy.abi.Socket.SOCKADDR_HEADER;
import static org.capemu.policy.abi.Socket.SOCK_MAXADDRLEN;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.capemu.policy.Descriptor.Kind;
import org.capemu.policy.abi.Fcntl;
import org.jspecify.annotations.Nullable;

/**
 * A process to ask about, for the tests of programs that will run in capability mode: give it the
 * descriptors and files that matter, then ask what a system call would be refused for.
 *
 * <pre>{@code
 * Sandbox sandbox = Sandbox.freebsd15().directory(3, "/var/db", Right.CAP_LOOKUP, Right.CAP_READ);
 * assertTrue(sandbox.allows("openat", 3, "hosts", Sandbox.O_RDONLY));
 * assertFalse(sandbox.allows("openat", 3, "hosts", Sandbox.O_RDWR));
 * }</pre>
 *
 * <p>Calls are named as kdump(1) names them: {@code openat}, {@code __sysctlbyname}; what the C
 * library makes of a function is up to the caller ({@code shm_open(3)} is {@code shm_open2}).
 * Arguments are numbers, or, where C passes a pointer, {@code null}, a {@code String} (a path; one
 * char a byte) or a {@code byte[]} (a structure, little endian, in the layout of amd64). A call is
 * only judged: it opens, limits and closes nothing.
 *
 * <p>A question that cannot be meant is an {@link IllegalArgumentException} that says what is
 * missing: a descriptor that was never opened, a path or a structure that the call reads and that
 * was not passed, too few arguments. A descriptor that is closed on purpose is {@code open(3,
 * Descriptor.NOT_OPEN)}.
 *
 * <p>Not for use by several threads at once.
 */
public final class Sandbox {
  public static final int AT_FDCWD = Fcntl.AT_FDCWD;

  public static final int O_RDONLY = Fcntl.O_RDONLY;
  public static final int O_WRONLY = Fcntl.O_WRONLY;
  public static final int O_RDWR = Fcntl.O_RDWR;
  public static final int O_APPEND = Fcntl.O_APPEND;
  public static final int O_CREAT = Fcntl.O_CREAT;
  public static final int O_TRUNC = Fcntl.O_TRUNC;
  public static final int O_EXCL = Fcntl.O_EXCL;
  public static final int O_DIRECTORY = Fcntl.O_DIRECTORY;

  /** Calls whose last argument C programs leave out where it means nothing. */
  private static final Set<String> LAST_IS_OPTIONAL = Set.of("open", "openat", "fcntl", "ioctl");

  private static final int PID = 100;
  private static final int TID = 100_100;

  /** Where the memory of a call's arguments begins; what is below is no pointer. */
  private static final long MEMORY = 0x10_0000;

  /** Between two of them there is nothing. */
  private static final int BETWEEN = 0x1000;

  private static final int PATH_MAX = 1024;

  private final SyscallTable calls;
  private final Policy policy;
  private final SystemCall asked;
  private final Tree tree = new Tree();
  private final Process process = new Process();

  private Sandbox(Release release, Mode mode) {
    calls = SyscallTable.of(release);
    policy = Policy.of(release, mode);
    asked = new SystemCall(calls);
    for (int fd = 0; fd <= 2; fd++) {
      process.descriptors.put(fd, Descriptor.UNLIMITED);
    }
  }

  /** What capability mode of 15.0 really refuses, {@link Mode#STRICT}. */
  public static Sandbox freebsd15() {
    return of(Release.FREEBSD_15, Mode.STRICT);
  }

  /** A process with standard input, output and error, which hold all rights, and no files. */
  public static Sandbox of(Release release, Mode mode) {
    return new Sandbox(release, mode);
  }

  /**
   * Opens a descriptor and limits it.
   *
   * @param rights what it may be used for; nothing where none is named
   */
  public Sandbox open(int fd, Right... rights) {
    return open(fd, new Descriptor(Kind.OTHER, CapRights.of(rights)));
  }

  /** Opens a descriptor whose limits of fcntl(2) and ioctl(2) commands matter, or its kind. */
  public Sandbox open(int fd, Descriptor descriptor) {
    process.descriptors.put(fd, descriptor);
    return this;
  }

  /**
   * Opens a directory, and makes it where it does not exist.
   *
   * @param path absolute
   * @param rights what its descriptor may be used for; all rights where none is named
   */
  public Sandbox directory(int fd, String path, Right... rights) {
    CapRights limit = rights.length == 0 ? CapRights.ALL : CapRights.of(rights);
    process.descriptors.put(fd, new Descriptor(Kind.DIRECTORY, limit));
    tree.startingDirectories.put(fd, path);
    tree.add(path, FileTree.FileType.DIRECTORY);
    return this;
  }

  /** There is a file, and the directories that lead to it. */
  public Sandbox file(String path) {
    tree.add(path, FileTree.FileType.OTHER);
    return this;
  }

  /** There is a symbolic link, and the directories that lead to it. */
  public Sandbox link(String path, String target) {
    tree.add(path, FileTree.FileType.SYMLINK);
    tree.targets.put(path, target);
    return this;
  }

  /** Whether a call is refused for nothing. */
  public boolean allows(String call, Object... arguments) {
    return call(call, arguments).isEmpty();
  }

  /**
   * What a call is refused for, in the order in which the kernel finds it; empty if it is allowed.
   *
   * @throws IllegalArgumentException if the release has no such call, an argument is none, or the
   *     answer turns on something that is missing
   */
  public List<Violation> call(String call, Object... arguments) {
    SyscallTable.Syscall info = calls.named(call);
    if (info == null || arguments.length > SystemCall.MAX_ARGS) {
      throw new IllegalArgumentException(
          info == null
              ? "no system call " + call
              : "more than " + SystemCall.MAX_ARGS + " arguments of " + call);
    }
    int needed = info.arguments().size() - (LAST_IS_OPTIONAL.contains(call) ? 1 : 0);
    if (arguments.length < needed) {
      SyscallTable.Argument missing = info.arguments().get(arguments.length);
      throw new IllegalArgumentException(
          call + " without its argument " + arguments.length + ", " + missing.name());
    }
    process.memory.clear();
    long[] args = new long[SystemCall.MAX_ARGS];
    process.call = call;
    for (int i = 0; i < arguments.length; i++) {
      args[i] = process.pass(arguments[i]);
    }
    List<Violation> found = new ArrayList<>();
    policy.decide(
        asked.set(Abi.FREEBSD64, info.number(), args),
        process,
        new Findings() {
          @Override
          public void namei(String path) {}

          @Override
          public void violation(Violation violation) {
            found.add(violation);
          }
        });
    return found;
  }

  /** The process that makes the calls. */
  private final class Process implements Caller {
    private final Map<Integer, Descriptor> descriptors = new HashMap<>();

    /** By address: what the present call's pointers point to. */
    private final TreeMap<Long, byte[]> memory = new TreeMap<>();

    private String call = "no call";

    /** The memory of an argument, from an address on. */
    private byte[] at(long address, String what) {
      Map.Entry<Long, byte[]> entry = memory.floorEntry(address);
      if (entry == null || address - entry.getKey() > entry.getValue().length) {
        throw missing(address, "points to no " + what);
      }
      byte[] bytes = entry.getValue();
      return Arrays.copyOfRange(bytes, (int) (address - entry.getKey()), bytes.length);
    }

    private IllegalArgumentException missing(long address, String problem) {
      for (int i = 0; i < SystemCall.MAX_ARGS; i++) {
        if (asked.address(i) == address) {
          return new IllegalArgumentException(call + ": argument " + i + " " + problem);
        }
      }
      return new IllegalArgumentException(
          call + ": the address 0x" + Long.toHexString(address) + " " + problem);
    }

    long pass(Object argument) {
      if (argument == null) {
        return 0;
      }
      if (argument instanceof Number number) {
        return number.longValue();
      }
      byte[] bytes;
      if (argument instanceof String text) {
        bytes = Arrays.copyOf(text.getBytes(StandardCharsets.ISO_8859_1), text.length() + 1);
      } else if (argument instanceof byte[] structure) {
        bytes = structure;
      } else {
        throw new IllegalArgumentException("not an argument: " + argument);
      }
      long address =
          memory.isEmpty()
              ? MEMORY
              : memory.lastKey() + memory.lastEntry().getValue().length + BETWEEN;
      memory.put(address, bytes);
      return address;
    }

    @Override
    public int pid() {
      return PID;
    }

    @Override
    public int tid() {
      return TID;
    }

    @Override
    public Descriptor descriptor(int fd) {
      Descriptor descriptor = descriptors.get(fd);
      if (descriptor == null) {
        throw new IllegalArgumentException(call + ": descriptor " + fd + " was never opened");
      }
      return descriptor;
    }

    @Override
    public boolean hasLimitedDescriptors() {
      return true;
    }

    @Override
    public @Nullable String path(long address) {
      byte[] bytes = at(address, "path");
      for (int end = 0; end < Math.min(bytes.length, PATH_MAX); end++) {
        if (bytes[end] == 0) {
          return new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
        }
      }
      return null; // ENAMETOOLONG
    }

    @Override
    public boolean read(long address, byte[] buffer, int length) {
      if (length > 0) {
        byte[] bytes = at(address, "structure");
        if (bytes.length < length) {
          throw missing(
              address, "points to " + bytes.length + " bytes, of which " + length + " are read");
        }
        System.arraycopy(bytes, 0, buffer, 0, length);
      }
      return true;
    }

    @Override
    public byte @Nullable [] sockaddr(long address, int length) {
      if (length < SOCKADDR_HEADER || length > SOCK_MAXADDRLEN) {
        throw new IllegalArgumentException(call + ": no socket address has " + length + " bytes");
      }
      byte[] bytes = new byte[length];
      read(address, bytes, length);
      bytes[0] = (byte) length; // sa_len
      return bytes;
    }

    @Override
    public FileTree files() {
      return tree;
    }
  }

  /** The files that there are. */
  private final class Tree implements FileTree {
    private final TreeMap<String, FileType> types = new TreeMap<>();
    private final Map<String, String> targets = new HashMap<>();
    private final Map<Integer, String> startingDirectories = new HashMap<>();

    Tree() {
      types.put("/", FileType.DIRECTORY);
      startingDirectories.put(AT_FDCWD, "/");
    }

    void add(String path, FileType type) {
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException("not an absolute path: " + path);
      }
      for (int end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
        types.putIfAbsent(path.substring(0, end), FileType.DIRECTORY);
      }
      types.put(path, type);
    }

    @Override
    public @Nullable String startingDirectory(int dirfd) {
      String directory = startingDirectories.get(dirfd);
      if (directory == null && process.descriptor(dirfd).kind() == Kind.OTHER) {
        throw new IllegalArgumentException(
            process.call + ": descriptor " + dirfd + " was not opened as a directory");
      }
      return directory;
    }

    @Override
    public FileType typeOf(String path) {
      return types.getOrDefault(path, FileType.MISSING);
    }

    @Override
    public List<String> entries(String path) {
      String beneath = path.equals("/") ? "/" : path + "/";
      return types.tailMap(beneath, false).keySet().stream()
          .takeWhile(name -> name.startsWith(beneath))
          .map(name -> name.substring(beneath.length()))
          .filter(name -> name.indexOf('/') < 0)
          .toList();
    }

    @Override
    public @Nullable String readlink(String path) {
      return targets.get(path);
    }

    @Override
    public List<Interpreter> interpreters(String path) {
      return List.of();
    }

    @Override
    public List<Interpreter> interpreters(int fd) {
      return List.of();
    }
  }
}
