package org.capemu.tracer.ktrace;

import java.util.Arrays;
import org.capemu.policy.CapRights;
import org.capemu.policy.Release;
import org.capemu.policy.Violation;
import org.capemu.policy.ViolationKind;

/**
 * KTR_CAPFAIL: {@code struct ktr_cap_fail} of either layout.
 *
 * @param format how it was laid out
 * @param violation what would be refused; null for a kind that is not known
 * @param kind {@code cap_type}, as it is in the record
 * @param code the system call's number; {@link #UNKNOWN_CODE} in the old layout
 * @param svFlags the caller's ABI, {@code sv_flags}; 0 in the old layout
 */
public record CapFail(Format format, Violation violation, int kind, int code, int svFlags)
    implements ViolationRecord {
  /** The old layout does not say which call it was. */
  public static final int UNKNOWN_CODE = -1;

  /** {@code fcntl}: its violation says the command. */
  private static final int SYS_FCNTL = 92;

  /** {@code sysarch}: its violation says the operation. */
  private static final int SYS_SYSARCH = 165;

  private static final int SV_ABI_MASK = 0xff;
  private static final int SV_ABI_FREEBSD = 9;

  private static final int CODE = 4;
  private static final int SV_FLAGS = 8;
  private static final int DATA = 16;
  private static final int OLD_RIGHTS = 8;
  private static final int RIGHTS_SIZE = 16;
  private static final int PATH_SIZE = 1024;

  /** The layouts. */
  public enum Format {
    /** Before the kernel traced more than lookups, calls and rights: 13.x, 14.0, 14.1. */
    FREEBSD_13(Release.FREEBSD_13_0, OLD_RIGHTS + 2 * RIGHTS_SIZE) {
      @Override
      void encode(Violation violation, int code, int svFlags, byte[] bytes, int at) {
        putKind(violation, bytes, at);
        // A violation without rights has empty ones here.
        violation.data(new DataWriter(bytes, at + OLD_RIGHTS, 2 * RIGHTS_SIZE, true));
      }

      @Override
      CapFail decode(KtraceRecord record) {
        int kind = record.getInt(0);
        return new CapFail(
            this,
            violation(kind, new DataReader(record, OLD_RIGHTS, true, false)),
            kind,
            UNKNOWN_CODE,
            0);
      }
    },
    /** {@code cap_type, cap_code, cap_svflags} and a union of 1024 bytes. */
    FREEBSD_15(Release.FREEBSD_14_2, DATA + PATH_SIZE) {
      @Override
      void encode(Violation violation, int code, int svFlags, byte[] bytes, int at) {
        putKind(violation, bytes, at);
        Layout.putShort(bytes, at + CODE, code);
        Layout.putInt(bytes, at + SV_FLAGS, svFlags);
        violation.data(new DataWriter(bytes, at + DATA, PATH_SIZE, false));
      }

      @Override
      CapFail decode(KtraceRecord record) {
        int kind = record.getInt(0);
        int code = record.getShort(CODE);
        int svFlags = record.getInt(SV_FLAGS);
        boolean hasCommand = isFreeBsd(svFlags) && (code == SYS_FCNTL || code == SYS_SYSARCH);
        return new CapFail(
            this,
            violation(kind, new DataReader(record, DATA, false, hasCommand)),
            kind,
            code,
            svFlags);
      }
    };

    /** The oldest that writes it: its kinds and their codes are the layout's. */
    private final Release oldest;

    private final int size;

    Format(Release oldest, int size) {
      this.oldest = oldest;
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
    public boolean has(Violation violation) {
      return violation.kind().isRecordedBy(oldest);
    }

    /** The kind with a code in this layout; null if there is none. */
    public ViolationKind kind(int code) {
      return ViolationKind.ofCode(code, oldest);
    }

    /**
     * Whether {@link KtraceWriter#capFail} writes something: a record, or the note of what {@code
     * --strict} found.
     */
    public boolean writes(Violation violation) {
      return violation.kind() == ViolationKind.UNTRACED || has(violation);
    }

    /** Writes {@link #size()} bytes. */
    abstract void encode(Violation violation, int code, int svFlags, byte[] bytes, int at);

    abstract CapFail decode(KtraceRecord record);

    void putKind(Violation violation, byte[] bytes, int at) {
      Arrays.fill(bytes, at, at + size, (byte) 0);
      Layout.putInt(bytes, at, violation.kind().code(oldest));
    }

    Violation violation(int code, Violation.Reader data) {
      ViolationKind kind = kind(code);
      return kind == null ? null : kind.read(data);
    }
  }

  /** Reads a KTR_CAPFAIL record; a short one counts as filled up with zeros. */
  public static CapFail decode(KtraceRecord record) {
    boolean old = record.length() == Format.FREEBSD_13.size();
    return (old ? Format.FREEBSD_13 : Format.FREEBSD_15).decode(record);
  }

  private static boolean isFreeBsd(int svFlags) {
    return (svFlags & SV_ABI_MASK) == SV_ABI_FREEBSD;
  }

  /** The union, or the old layout's rights, which nothing else fits into. */
  private static final class DataReader implements Violation.Reader {
    private final KtraceRecord record;
    private final boolean rightsOnly;
    private final boolean hasCommand;
    private int at;

    DataReader(KtraceRecord record, int at, boolean rightsOnly, boolean hasCommand) {
      this.record = record;
      this.at = at;
      this.rightsOnly = rightsOnly;
      this.hasCommand = hasCommand;
    }

    @Override
    public CapRights rights() {
      at += RIGHTS_SIZE;
      return new CapRights(
          record.getLong(at - RIGHTS_SIZE), record.getLong(at - RIGHTS_SIZE + Long.BYTES));
    }

    @Override
    public int number() {
      at += Integer.BYTES;
      return record.getInt(at - Integer.BYTES);
    }

    @Override
    public byte[] bytes(int length) {
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = record.getByte(at++);
      }
      return bytes;
    }

    @Override
    public String string() {
      return rightsOnly ? "" : record.getString(at);
    }

    @Override
    public boolean hasCommand() {
      return hasCommand;
    }
  }

  /** Fills the same: what has no room is cut. */
  private static final class DataWriter implements Violation.Writer {
    private final byte[] target;
    private final int end;
    private final boolean rightsOnly;
    private int at;

    DataWriter(byte[] target, int at, int length, boolean rightsOnly) {
      this.target = target;
      this.at = at;
      this.end = at + length;
      this.rightsOnly = rightsOnly;
    }

    @Override
    public void rights(String name, CapRights rights) {
      Layout.putLong(target, at, rights.encodedWord0());
      Layout.putLong(target, at + Long.BYTES, rights.encodedWord1());
      at += RIGHTS_SIZE;
    }

    @Override
    public void number(String name, long number) {
      if (!rightsOnly) {
        Layout.putInt(target, at, (int) number);
        at += Integer.BYTES;
      }
    }

    @Override
    public void bytes(String name, byte[] bytes) {
      if (!rightsOnly) {
        int length = Math.min(bytes.length, end - at);
        System.arraycopy(bytes, 0, target, at, length);
        at += length;
      }
    }

    @Override
    public void string(String name, String string) {
      if (!rightsOnly) {
        int length = Math.min(string.length(), end - 1 - at);
        for (int i = 0; i < length; i++) {
          target[at++] = (byte) string.charAt(i);
        }
        at++; // its NUL
      }
    }
  }
}
