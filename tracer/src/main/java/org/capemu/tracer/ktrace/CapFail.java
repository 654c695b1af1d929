package org.capemu.tracer.ktrace;

import java.util.Arrays;
import org.capemu.policy.CapRights;
import org.capemu.policy.Release;
import org.capemu.policy.Violation;

/**
 * KTR_CAPFAIL: {@code struct ktr_cap_fail} of either layout.
 *
 * @param format how it was laid out
 * @param violation what would be refused; null for a kind that is not known
 * @param kind {@code cap_type}, as it is in the record
 * @param code the system call's number; {@link #UNKNOWN_CODE} in the old layout
 * @param svFlags the caller's ABI, {@code sv_flags}; 0 in the old layout
 */
public record CapFail(Format format, Violation violation, int kind, int code, int svFlags) {
  /** The old layout does not say which call it was. */
  public static final int UNKNOWN_CODE = -1;

  /** {@code fcntl}: its violation says the command. */
  private static final int SYS_FCNTL = 92;

  /** {@code sysarch}: its violation says the operation. */
  private static final int SYS_SYSARCH = 165;

  private static final int SV_ABI_MASK = 0xff;
  private static final int SV_ABI_FREEBSD = 9;

  private static final int NOTCAPABLE = 0;
  private static final int INCREASE = 1;
  private static final int SYSCALL = 2;
  private static final int SIGNAL = 3;
  private static final int PROTO = 4;
  private static final int SOCKADDR = 5;
  private static final int NAMEI = 6;
  private static final int CPUSET = 7;

  /** The fourth and last kind of the old layout. */
  private static final int OLD_LOOKUP = 3;

  private static final int CODE = 4;
  private static final int SV_FLAGS = 8;
  private static final int DATA = 16;
  private static final int OLD_RIGHTS = 8;
  private static final int RIGHTS_SIZE = 16;
  private static final int SOCKADDR_SIZE = 16;
  private static final int PATH_SIZE = 1024;

  /** The layouts. */
  public enum Format {
    /** Before the kernel traced more than lookups, calls and rights: 13.x, 14.0, 14.1. */
    FREEBSD_13(40) {
      @Override
      public boolean has(Violation violation) {
        return violation instanceof Violation.NotCapable
            || violation instanceof Violation.Increase
            || violation instanceof Violation.Syscall
            || violation instanceof Violation.Namei;
      }

      @Override
      void encode(Violation violation, int code, int svFlags, byte[] bytes, int at) {
        Arrays.fill(bytes, at, at + size(), (byte) 0);
        int kind = violation instanceof Violation.Namei ? OLD_LOOKUP : kindOf(violation);
        Layout.putInt(bytes, at, kind);
        // A violation without rights has empty ones here.
        CapRights needed = CapRights.NONE;
        CapRights held = CapRights.NONE;
        if (violation instanceof Violation.NotCapable v) {
          needed = v.needed();
          held = v.held();
        } else if (violation instanceof Violation.Increase v) {
          needed = v.needed();
          held = v.held();
        }
        putRights(needed, bytes, at + OLD_RIGHTS);
        putRights(held, bytes, at + OLD_RIGHTS + RIGHTS_SIZE);
      }
    },
    /** {@code cap_type, cap_code, cap_svflags} and a union of 1024 bytes. */
    FREEBSD_15(DATA + PATH_SIZE) {
      @Override
      public boolean has(Violation violation) {
        return !(violation instanceof Violation.Untraced);
      }

      @Override
      void encode(Violation violation, int code, int svFlags, byte[] bytes, int at) {
        Arrays.fill(bytes, at, at + size(), (byte) 0);
        Layout.putInt(bytes, at, kindOf(violation));
        Layout.putShort(bytes, at + CODE, code);
        Layout.putInt(bytes, at + SV_FLAGS, svFlags);
        encodeData(violation, bytes, at + DATA);
      }
    };

    private final int size;

    Format(int size) {
      this.size = size;
    }

    /** The one that a release writes. */
    public static Format of(Release release) {
      return release.tracesWhatItDoesNotRefuse() ? FREEBSD_15 : FREEBSD_13;
    }

    /** Length of the payload in bytes. */
    public int size() {
      return size;
    }

    /** Whether there is a record for such a violation. */
    public abstract boolean has(Violation violation);

    /**
     * Whether {@link KtraceWriter#capFail} writes something: a record, or the note of what {@code
     * --strict} found.
     */
    public boolean writes(Violation violation) {
      return violation instanceof Violation.Untraced || has(violation);
    }

    /** Writes {@link #size()} bytes. */
    abstract void encode(Violation violation, int code, int svFlags, byte[] bytes, int at);
  }

  /** Reads a KTR_CAPFAIL record; a short one counts as filled up with zeros. */
  public static CapFail decode(KtraceRecord record) {
    int kind = record.getInt(0);
    if (record.length() == Format.FREEBSD_13.size()) {
      return new CapFail(Format.FREEBSD_13, oldViolation(record, kind), kind, UNKNOWN_CODE, 0);
    }
    int code = record.getShort(CODE);
    int svFlags = record.getInt(SV_FLAGS);
    return new CapFail(
        Format.FREEBSD_15, violation(record, kind, code, svFlags), kind, code, svFlags);
  }

  private static Violation oldViolation(KtraceRecord record, int kind) {
    return switch (kind) {
      case NOTCAPABLE ->
          new Violation.NotCapable(
              rights(record, OLD_RIGHTS), rights(record, OLD_RIGHTS + RIGHTS_SIZE));
      case INCREASE ->
          new Violation.Increase(
              rights(record, OLD_RIGHTS), rights(record, OLD_RIGHTS + RIGHTS_SIZE));
      case SYSCALL -> Violation.Syscall.NOT_ENABLED;
      case OLD_LOOKUP -> new Violation.Namei("");
      default -> null;
    };
  }

  private static Violation violation(KtraceRecord record, int kind, int code, int svFlags) {
    return switch (kind) {
      case NOTCAPABLE ->
          new Violation.NotCapable(rights(record, DATA), rights(record, DATA + RIGHTS_SIZE));
      case INCREASE ->
          new Violation.Increase(rights(record, DATA), rights(record, DATA + RIGHTS_SIZE));
      case SYSCALL ->
          isFreeBsd(svFlags) && (code == SYS_FCNTL || code == SYS_SYSARCH)
              ? new Violation.Syscall(record.getInt(DATA))
              : Violation.Syscall.NOT_ENABLED;
      case SIGNAL -> new Violation.Signal(record.getInt(DATA));
      case PROTO -> new Violation.Proto(record.getInt(DATA));
      case SOCKADDR -> new Violation.Sockaddr(bytes(record, DATA, SOCKADDR_SIZE));
      case NAMEI -> new Violation.Namei(record.getString(DATA));
      case CPUSET -> new Violation.Cpuset();
      default -> null;
    };
  }

  private static boolean isFreeBsd(int svFlags) {
    return (svFlags & SV_ABI_MASK) == SV_ABI_FREEBSD;
  }

  private static CapRights rights(KtraceRecord record, int at) {
    return new CapRights(record.getLong(at), record.getLong(at + Long.BYTES));
  }

  private static byte[] bytes(KtraceRecord record, int at, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = record.getByte(at + i);
    }
    return bytes;
  }

  private static int kindOf(Violation violation) {
    if (violation instanceof Violation.NotCapable) {
      return NOTCAPABLE;
    } else if (violation instanceof Violation.Increase) {
      return INCREASE;
    } else if (violation instanceof Violation.Syscall) {
      return SYSCALL;
    } else if (violation instanceof Violation.Signal) {
      return SIGNAL;
    } else if (violation instanceof Violation.Proto) {
      return PROTO;
    } else if (violation instanceof Violation.Sockaddr) {
      return SOCKADDR;
    } else if (violation instanceof Violation.Namei) {
      return NAMEI;
    } else if (violation instanceof Violation.Cpuset) {
      return CPUSET;
    }
    throw new IllegalArgumentException("no kind of CAPFAIL: " + violation);
  }

  private static void encodeData(Violation violation, byte[] bytes, int at) {
    if (violation instanceof Violation.NotCapable v) {
      putRights(v.needed(), bytes, at);
      putRights(v.held(), bytes, at + RIGHTS_SIZE);
    } else if (violation instanceof Violation.Increase v) {
      putRights(v.needed(), bytes, at);
      putRights(v.held(), bytes, at + RIGHTS_SIZE);
    } else if (violation instanceof Violation.Syscall v) {
      Layout.putInt(bytes, at, v.detail() == Violation.Syscall.NO_DETAIL ? 0 : (int) v.detail());
    } else if (violation instanceof Violation.Signal v) {
      Layout.putInt(bytes, at, v.signo());
    } else if (violation instanceof Violation.Proto v) {
      Layout.putInt(bytes, at, v.protocol());
    } else if (violation instanceof Violation.Sockaddr v) {
      System.arraycopy(v.sockaddr(), 0, bytes, at, Math.min(v.sockaddr().length, SOCKADDR_SIZE));
    } else if (violation instanceof Violation.Namei v) {
      int length = Math.min(v.path().length(), PATH_SIZE - 1);
      for (int i = 0; i < length; i++) {
        bytes[at + i] = (byte) v.path().charAt(i);
      }
    }
  }

  private static void putRights(CapRights rights, byte[] bytes, int at) {
    Layout.putLong(bytes, at, rights.encodedWord0());
    Layout.putLong(bytes, at + Long.BYTES, rights.encodedWord1());
  }
}
