package org.capemu.tracer.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;

/**
 * Tells whether a tracee may have to answer for a file system that another tracee sees: fuse(4),
 * autofs(5), 9p and network file systems can be served by any process. What was mounted before a
 * program was started is not served by anything that it has started, and what is stored by the
 * kernel needs nobody. From /proc/PID/mountinfo, which says by poll(2) that it has changed.
 */
final class Mounts {
  /** File systems for which the kernel answers alone. */
  private static final Set<String> KERNELS_OWN =
      Set.of(
          ("bcachefs binder binfmt_misc bpf btrfs cgroup cgroup2 configfs cpuset debugfs devpts"
                  + " devtmpfs ecryptfs efivarfs erofs exfat ext2 ext3 ext4 f2fs fusectl hugetlbfs"
                  + " iso9660 jfs mqueue msdos nsfs ntfs ntfs3 overlay proc pstore ramfs resctrl"
                  + " rootfs securityfs selinuxfs smackfs squashfs sysfs tmpfs tracefs udf vfat xfs"
                  + " zfs")
              .split(" "));

  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 02000000;
  private static final short POLLPRI = 2;
  private static final int POLLFD_SIZE = 8;
  private static final int POLLFD_EVENTS = 4;
  private static final int POLLFD_REVENTS = 6;

  private final LinuxLibc libc = LinuxLibc.get();
  private final Pointer pollfd = Memory.allocateDirect(LinuxLibc.runtime(), POLLFD_SIZE);
  private final Set<String> before = new HashSet<>();
  private final Map<String, Namespace> namespaces = new HashMap<>();

  /** A mount namespace, mount_namespaces(7), as long as a traced process is in it. */
  static final class Namespace {
    private final String name;
    private final String mountinfo;
    private final int fd;
    private int processes;
    private boolean served;

    private Namespace(String name, String mountinfo, int fd) {
      this.name = name;
      this.mountinfo = mountinfo;
      this.fd = fd;
    }
  }

  /** For programs that are yet to be started: what is mounted now is served by others. */
  static Mounts ofNewPrograms() {
    Mounts mounts = new Mounts();
    for (String line : lines("/proc/self/mountinfo")) {
      mounts.before.add(device(line));
    }
    return mounts;
  }

  /** For programs that run already, and may serve anything. */
  static Mounts ofRunningPrograms() {
    return new Mounts();
  }

  private Mounts() {}

  /** The namespace of a process, for {@link #areServed}. */
  Namespace enter(int pid) {
    String name = Names.get().readlink("/proc/" + pid + "/ns/mnt");
    // A process that may not be read is most likely where we are.
    String mountinfo = "/proc/" + (name == null ? "self" : pid) + "/mountinfo";
    Namespace namespace =
        namespaces.computeIfAbsent(name == null ? "" : name, key -> open(key, mountinfo));
    return share(namespace);
  }

  private Namespace open(String name, String mountinfo) {
    byte[] path = (mountinfo + '\0').getBytes(StandardCharsets.ISO_8859_1);
    Namespace namespace = new Namespace(name, mountinfo, libc.open(path, O_RDONLY | O_CLOEXEC, 0));
    namespace.served = look(namespace);
    return namespace;
  }

  /** One more process is in it: a child. */
  Namespace share(Namespace namespace) {
    namespace.processes++;
    return namespace;
  }

  /** A process leaves it, or ends. */
  void leave(Namespace namespace) {
    if (--namespace.processes == 0) {
      namespaces.remove(namespace.name);
      libc.close(namespace.fd);
    }
  }

  /** True if a file system is mounted there for which a traced process may have to answer. */
  boolean areServed(Namespace namespace) {
    pollfd.putInt(0, namespace.fd);
    pollfd.putShort(POLLFD_EVENTS, POLLPRI);
    pollfd.putShort(POLLFD_REVENTS, (short) 0);
    if (libc.poll(pollfd, 1, 0) > 0 && (pollfd.getShort(POLLFD_REVENTS) & POLLPRI) != 0) {
      namespace.served = look(namespace);
    }
    return namespace.served;
  }

  private boolean look(Namespace namespace) {
    return lines(namespace.mountinfo).stream().anyMatch(Predicate.not(this::isHarmless));
  }

  private boolean isHarmless(String line) {
    return before.contains(device(line)) || KERNELS_OWN.contains(type(line));
  }

  private static List<String> lines(String mountinfo) {
    try {
      return Files.readAllLines(Path.of(mountinfo), StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** {@code st_dev}, major:minor: the same for all mounts of one file system. */
  private static String device(String line) {
    String[] fields = line.split(" ", 4);
    return fields.length > 2 ? fields[2] : "";
  }

  private static String type(String line) {
    String[] fields = line.substring(line.indexOf(" - ") + 3).split(" ", 2);
    return fields[0];
  }
}
