package org.capemu.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * The kernel that the model stands for: an amd64 GENERIC kernel of a FreeBSD release. Releases are
 * in the order of their branches, so that what is true of a range of them can be said of its ends.
 *
 * <p>What is known to differ, and where from:
 *
 * <ul>
 *   <li>which system calls there are and which are enabled: {@code syscalls.tsv}, which names its
 *       sources;
 *   <li>what ktrace(1) records of a process that is not in capability mode: {@link
 *       #tracesWhatItDoesNotRefuse()};
 *   <li>the header of a trace's records: {@link #versionsTraceHeaders()};
 *   <li>which sysctl(3) nodes can be read and written: {@code sysctl-nodes.tsv};
 *   <li>what becomes of numbers that no call has: {@link #enablesNumbersBeyondTheTable()}.
 * </ul>
 *
 * <p>What was not found in any source is taken to be as in 15.0: the flags of a 32-bit process's
 * calls in 13.x and 14.x, and whether kqueuex(2) came to a later 13.x. Of sysctl(3) nodes the
 * sources of 13.2 and 15.0 were found: what is new between them (hw.machine, hw.model,
 * hw.machine_arch, kern.supported_archs) is taken to be new in 15.0, so that 14.x is rather said to
 * refuse what it allows. Rights are those of 15.0, too: 14.x and before know no CAP_FCHROOT,
 * CAP_INOTIFY_ADD or CAP_INOTIFY_RM, and no call asks for them there.
 */
public enum Release {
  FREEBSD_13_0("13.0"),
  FREEBSD_13_1("13.1"),
  FREEBSD_13_2("13.2"),
  FREEBSD_13_3("13.3"),
  FREEBSD_13_4("13.4"),
  FREEBSD_13_5("13.5"),
  FREEBSD_14_0("14.0"),
  FREEBSD_14_1("14.1"),
  FREEBSD_14_2("14.2"),
  FREEBSD_14_3("14.3"),
  FREEBSD_15("15.0");

  private final String version;

  Release(String version) {
    this.version = version;
  }

  /** The last of {@link #values()}. */
  public static Release newest() {
    Release[] releases = values();
    return releases[releases.length - 1];
  }

  /** As uname(1) prints it, without what follows a hyphen: {@code 14.2}. */
  public String version() {
    return version;
  }

  /**
   * Whether {@code ktrace -t p} records what capability mode would refuse in a process that is not
   * in it, with KTR_CAPFAIL's data: from 14.2 on. Before, a kernel records only what it refuses.
   */
  public boolean tracesWhatItDoesNotRefuse() {
    return compareTo(FREEBSD_14_2) >= 0;
  }

  /**
   * Whether a trace's records have {@code struct ktr_header} with nanoseconds and the processor:
   * since July 2022, which 14.0 was the first release with. Before, they have what is {@code
   * ktr_header_v0} today.
   */
  public boolean versionsTraceHeaders() {
    return compareTo(FREEBSD_14_0) >= 0;
  }

  /**
   * Whether a number that no call has fails in capability mode as it does elsewhere, with ENOSYS:
   * nosys_sysent, which is enabled, stands for it from 14.0 on. Before, the first entry of the
   * table did, which is not.
   */
  public boolean enablesNumbersBeyondTheTable() {
    return compareTo(FREEBSD_14_0) >= 0;
  }

  /**
   * The release of a name: {@code 14.2}; {@code 14} or {@code 14.x} for the newest of that branch.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Release named(String name) {
    String branch = name.replaceFirst("\\.x$", "") + ".";
    Release newest = null;
    for (Release release : values()) {
      if (release.version.equals(name)) {
        return release;
      }
      if (release.version.startsWith(branch)) {
        newest = release;
      }
    }
    if (newest == null) {
      throw new IllegalArgumentException(
          "unknown release '" + name + "': " + String.join(", ", versions()));
    }
    return newest;
  }

  private static List<String> versions() {
    List<String> versions = new ArrayList<>();
    for (Release release : values()) {
      versions.add(release.version);
    }
    return versions;
  }
}
