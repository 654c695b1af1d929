package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;

/** Whose system call numbers a process uses, as libsysdecode tells them apart by sv_flags. */
public enum SyscallAbi {
  /** 32-bit binaries count as native ones: their table has the same names. */
  FREEBSD(null),
  LINUX64("syscalls-linux64.tsv"),
  LINUX32("syscalls-linux32.tsv"),
  UNKNOWN(null);

  /** {@code SV_ABI_MASK}: the part of sv_flags that says the operating system. */
  static final int SV_ABI_MASK = 0xff;

  static final int SV_ABI_LINUX = 3;
  static final int SV_ABI_FREEBSD = 9;
  static final int SV_ILP32 = 0x100;
  static final int SV_LP64 = 0x200;

  private final String resource;

  @SuppressWarnings("ImmutableEnumChecker") // read when it is first asked for
  private volatile byte[][] names;

  SyscallAbi(String resource) {
    this.resource = resource;
  }

  /** A process without flags, because its trace has no KTR_PROCCTOR, counts as native. */
  public static SyscallAbi of(int svFlags) {
    if (svFlags == 0) {
      return FREEBSD;
    }
    return switch (svFlags & SV_ABI_MASK) {
      case SV_ABI_FREEBSD -> FREEBSD;
      case SV_ABI_LINUX -> (svFlags & SV_ILP32) != 0 ? LINUX32 : LINUX64;
      default -> UNKNOWN;
    };
  }

  /** The name of a call; null beyond the table. */
  byte[] nameOf(int number) {
    byte[][] table = names();
    return number >= 0 && number < table.length ? table[number] : null;
  }

  private byte[][] names() {
    byte[][] known = names;
    if (known == null) {
      List<byte[]> rows = new ArrayList<>();
      if (this == FREEBSD) {
        SyscallTable calls = SyscallTable.of(Release.newest());
        for (int number = 0; number < calls.size(); number++) {
          rows.add(calls.name(number).getBytes(StandardCharsets.ISO_8859_1));
        }
      } else if (resource != null) {
        Tsv.rows(
            SyscallAbi.class,
            resource,
            2,
            row -> {
              int number = Integer.parseInt(row[0]);
              while (rows.size() < number) {
                rows.add(null);
              }
              rows.add(row[1].getBytes(StandardCharsets.ISO_8859_1));
            });
      }
      known = rows.toArray(new byte[0][]);
      names = known;
    }
    return known;
  }

  /**
   * The name of a call without what kdump(1) puts before Linux's: {@code openat}; null beyond the
   * table.
   */
  public String plainNameOf(int number) {
    byte[] name = nameOf(number);
    return name == null
        ? null
        : new String(name, StandardCharsets.ISO_8859_1).replaceFirst("^linux_", "");
  }

  /**
   * The name of a call as kdump(1) prints it: {@code linux_openat}, {@code [470]} beyond the table.
   */
  public String shownNameOf(int number) {
    byte[] name = nameOf(number);
    return name == null ? "[" + number + "]" : new String(name, StandardCharsets.ISO_8859_1);
  }

  /** How many numbers the table has. */
  int size() {
    return names().length;
  }
}
