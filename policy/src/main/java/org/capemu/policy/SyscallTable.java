package org.capemu.policy;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The native system calls of a release: {@code sysent}, from sys/kern/syscalls.master. 32-bit
 * processes use the same numbers.
 *
 * <p>The facts are in {@code syscalls.tsv}, for all releases: each row says since which and until
 * which it is true.
 */
public final class SyscallTable {
  private static final String FACTS = "syscalls.tsv";
  private static final String OPEN = "-";
  private static final String RESERVED = "RESERVED";

  /** ntp_gettime, __mac_get_proc, __mac_set_proc, __mac_get_fd, __mac_set_fd, thr_create. */
  private static final Set<Integer> NOT_ENABLED_32 = Set.of(248, 384, 385, 386, 388, 430);

  private static final Map<Release, SyscallTable> LOADED = new EnumMap<>(Release.class);

  private final Syscall[] byNumber;
  private final Map<String, Syscall> byName;

  /**
   * A system call.
   *
   * @param number its number in the native table
   * @param name as kdump(1) prints it: {@code compat11.fstat}
   * @param prototypeName its name in syscalls.master, which an old and a new form can share
   * @param kind the type column of syscalls.master: {@code STD}, {@code COMPAT11}, {@code OBSOL}
   * @param enabled SYF_CAPENABLED: it can be made in capability mode
   * @param prototype its arguments as C declares them, separated by {@code "; "}
   */
  public record Syscall(
      int number,
      String name,
      String prototypeName,
      String kind,
      boolean enabled,
      String prototype) {
    /** The arguments in their order; {@code ...} is none. */
    public List<Argument> arguments() {
      return Arrays.stream(prototype.split(";"))
          .map(String::trim)
          .filter(argument -> argument.indexOf(' ') > 0)
          .map(Argument::parse)
          .toList();
    }

    /**
     * False for a number that no kernel code stands behind: obsolete, reserved, or of 4.3BSD, which
     * amd64 kernels are not compatible with (COMPAT_43). Such a call is ENOSYS, enabled or not.
     */
    public boolean isImplemented() {
      return !kind.equals("OBSOL")
          && !kind.equals(RESERVED)
          && !kind.equals("COMPAT")
          && !kind.startsWith("NODEF");
    }

    /** A number that a release keeps for a call to come. */
    private static Syscall reserved(int number) {
      return new Syscall(number, "#" + number, "", RESERVED, false, "");
    }

    /** The same for a caller of an ABI: {@code freebsd32_sysent} has a few flags otherwise. */
    boolean enabled(Abi abi) {
      return enabled && (abi != Abi.FREEBSD32 || !NOT_ENABLED_32.contains(number));
    }
  }

  /** An argument of a system call: {@code const char *} and {@code path}. */
  public record Argument(String type, String name) {
    private static Argument parse(String declaration) {
      int end = Math.max(declaration.lastIndexOf(' '), declaration.lastIndexOf('*')) + 1;
      return new Argument(declaration.substring(0, end).trim(), declaration.substring(end));
    }
  }

  private SyscallTable(Syscall[] byNumber) {
    this.byNumber = byNumber;
    this.byName = new HashMap<>(2 * byNumber.length);
    for (Syscall call : byNumber) {
      if (call != null) {
        byName.putIfAbsent(call.name(), call);
      }
    }
  }

  /** The table of a release; read once. */
  public static SyscallTable of(Release release) {
    synchronized (LOADED) {
      return LOADED.computeIfAbsent(release, SyscallTable::load);
    }
  }

  /** One more than the highest number. */
  public int size() {
    return byNumber.length;
  }

  /** Null for a number beyond the table. */
  public @Nullable Syscall info(int number) {
    return number >= 0 && number < byNumber.length ? byNumber[number] : null;
  }

  /** The name that kdump(1) prints; {@code [1200]} for a number beyond the table. */
  public String name(int number) {
    Syscall call = info(number);
    return call == null ? "[" + number + "]" : call.name();
  }

  /** The call that kdump(1) prints so; null if there is none. */
  public @Nullable Syscall named(String name) {
    return byName.get(name);
  }

  private static SyscallTable load(Release release) {
    TreeMap<Integer, Syscall> calls = new TreeMap<>();
    for (String[] column : Facts.rows(FACTS)) {
      boolean applies =
          (column[1].equals(OPEN) || release.compareTo(Release.named(column[1])) >= 0)
              && (column[2].equals(OPEN) || release.compareTo(Release.named(column[2])) <= 0);
      if (applies) {
        int number = Integer.parseInt(column[0]);
        boolean enabled = column[6].equals("yes");
        Syscall call = new Syscall(number, column[3], column[4], column[5], enabled, column[7]);
        if (calls.put(number, call) != null) {
          throw new IllegalStateException(FACTS + ": " + number + " twice in " + release.version());
        }
      }
    }
    Syscall[] table = new Syscall[calls.lastKey() + 1]; // SYS_MAXSYSCALL
    for (int number = 0; number < table.length; number++) {
      table[number] = calls.getOrDefault(number, Syscall.reserved(number));
    }
    return new SyscallTable(table);
  }
}
