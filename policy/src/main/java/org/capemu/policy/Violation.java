package org.capemu.policy;

import java.util.Arrays;
import java.util.HexFormat;
import org.capemu.policy.abi.Errno;

/**
 * What capability mode would refuse: {@code enum ktr_cap_violation} and its data, one case for each
 * kernel kind, and {@link Untraced} for what a kernel refuses without recording it.
 */
public sealed interface Violation {
  /** ENOTCAPABLE: Capabilities insufficient. */
  int ENOTCAPABLE = Errno.ENOTCAPABLE;

  /** ECAPMODE: Not permitted in capability mode. */
  int ECAPMODE = Errno.ECAPMODE;

  /** Which kind it is; all that is said of a kind is said there. */
  ViolationKind kind();

  /** What the call fails with in capability mode, in FreeBSD's numbers. */
  int errno();

  /** Hands out its data, in the order of a KTR_CAPFAIL record and under their names in JSON. */
  void data(Writer to);

  /**
   * The kind by its kernel name, and its data: {@code NOTCAPABLE, needs CAP_WRITE, holds CAP_READ}.
   * A path is as it is, one char a byte: who shows it to a person escapes it.
   */
  String describe();

  /** Takes the data of a violation, in order. Strings hold one char a byte. */
  interface Writer {
    void rights(String name, CapRights rights);

    /** An int, or an unsigned one. */
    void number(String name, long number);

    void bytes(String name, byte[] bytes);

    void string(String name, String string);
  }

  /** What a KTR_CAPFAIL record holds, taken in its order. */
  interface Reader {
    CapRights rights();

    int number();

    /** The next bytes, so many. */
    byte[] bytes(int length);

    /** Up to a NUL, one char a byte. */
    String string();

    /** Whether the record is of a call whose command it holds: fcntl(2), sysarch(2). */
    boolean hasCommand();
  }

  /** CAPFAIL_NOTCAPABLE: a descriptor does not hold the rights that the call needs. */
  record NotCapable(CapRights needed, CapRights held) implements Violation {
    @Override
    public ViolationKind kind() {
      return ViolationKind.NOTCAPABLE;
    }

    @Override
    public void data(Writer to) {
      to.rights("needed", needed);
      to.rights("held", held);
    }

    @Override
    public int errno() {
      return ENOTCAPABLE;
    }

    @Override
    public String describe() {
      return "NOTCAPABLE, needs " + needed + ", holds " + held;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_INCREASE: cap_rights_limit(2) asks for rights that the descriptor does not hold. */
  record Increase(CapRights needed, CapRights held) implements Violation {
    @Override
    public ViolationKind kind() {
      return ViolationKind.INCREASE;
    }

    @Override
    public void data(Writer to) {
      to.rights("needed", needed);
      to.rights("held", held);
    }

    @Override
    public int errno() {
      return ENOTCAPABLE;
    }

    @Override
    public String describe() {
      return "INCREASE, to " + needed + ", holds " + held;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * CAPFAIL_SYSCALL: the call is not allowed at all, or not with this command.
   *
   * @param detail the command of fcntl(2) or the operation of sysarch(2), any int; {@link
   *     #NO_DETAIL}, which is none, where the kernel leaves it unset
   */
  record Syscall(long detail) implements Violation {
    public static final long NO_DETAIL = Long.MIN_VALUE;

    /** The gate's violation: nothing but the call's number is known. */
    public static final Syscall NOT_ENABLED = new Syscall(NO_DETAIL);

    @Override
    public ViolationKind kind() {
      return ViolationKind.SYSCALL;
    }

    @Override
    public void data(Writer to) {
      if (detail != NO_DETAIL) {
        to.number("detail", detail);
      }
    }

    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return detail == NO_DETAIL ? "SYSCALL" : "SYSCALL, command " + detail;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_SIGNAL: a signal to another process. */
  record Signal(int signo) implements Violation {
    @Override
    public ViolationKind kind() {
      return ViolationKind.SIGNAL;
    }

    @Override
    public void data(Writer to) {
      to.number("signo", signo);
    }

    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return "SIGNAL " + signo;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_PROTO: a socket of a protocol that is not allowed, as the caller passed it. */
  record Proto(int protocol) implements Violation {
    @Override
    public ViolationKind kind() {
      return ViolationKind.PROTO;
    }

    @Override
    public void data(Writer to) {
      to.number("protocol", protocol);
    }

    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return "PROTO " + protocol;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * CAPFAIL_SOCKADDR: a message with a destination address.
   *
   * @param sockaddr 16 bytes: the address in FreeBSD's form, cut or filled with zeros
   */
  @SuppressWarnings("ArrayRecordComponent") // equals compares the bytes
  record Sockaddr(byte[] sockaddr) implements Violation {
    static final int LENGTH = 16;

    /** Cuts an address of any length to what a record holds, or fills it up. */
    public static Sockaddr cut(byte[] address) {
      return new Sockaddr(Arrays.copyOf(address, LENGTH));
    }

    @Override
    public ViolationKind kind() {
      return ViolationKind.SOCKADDR;
    }

    @Override
    public void data(Writer to) {
      to.bytes("sockaddr", sockaddr);
    }

    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sockaddr that && Arrays.equals(sockaddr, that.sockaddr);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(sockaddr);
    }

    @Override
    public String describe() {
      return "SOCKADDR " + HexFormat.of().formatHex(sockaddr);
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * CAPFAIL_NAMEI: a lookup outside what descriptors give.
   *
   * @param path {@code AT_FDCWD}, or the path, one char a byte, without NUL
   * @param errno not recorded, and so no part of equality
   */
  record Namei(String path, int errno) implements Violation {
    /** What a record of this kind says where the directory is the working directory. */
    public static final String AT_FDCWD = "AT_FDCWD";

    /** A violation of namei(9) itself: ECAPMODE for AT_FDCWD, ENOTCAPABLE for any path. */
    public Namei(String path) {
      this(path, path.equals(AT_FDCWD) ? ECAPMODE : ENOTCAPABLE);
    }

    @Override
    public ViolationKind kind() {
      return ViolationKind.NAMEI;
    }

    @Override
    public void data(Writer to) {
      to.string("path", path);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Namei that && path.equals(that.path);
    }

    @Override
    public int hashCode() {
      return path.hashCode();
    }

    @Override
    public String describe() {
      return "NAMEI \"" + path + "\"";
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_CPUSET: the affinity or domain of anything but the caller itself. */
  record Cpuset() implements Violation {
    @Override
    public ViolationKind kind() {
      return ViolationKind.CPUSET;
    }

    @Override
    public void data(Writer to) {
      // there is none
    }

    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return kind().name();
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * Refused in capability mode although no kernel records it: found with {@link Mode#STRICT} only.
   *
   * @param errno what the call would fail with, in FreeBSD's numbers
   * @param check which check of the kernel refuses it
   * @param subject what it refuses
   */
  record Untraced(int errno, StrictCheck check, Subject subject) implements Violation {
    /** As words tell it, those of {@link #reason()}: what a trace has. */
    public static Untraced of(int errno, String reason) {
      return StrictCheck.violation(errno, reason);
    }

    @Override
    public ViolationKind kind() {
      return ViolationKind.UNTRACED;
    }

    @Override
    public void data(Writer to) {
      to.string("reason", reason());
      if (check != StrictCheck.OTHER) {
        to.string("check", check.name());
      }
      subject.data(to);
    }

    /** One short lower-case sentence: the check and what it refuses. */
    public String reason() {
      return check.words() + subject.words();
    }

    @Override
    public String describe() {
      return reason();
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** What a {@link StrictCheck} refuses. */
  sealed interface Subject {
    /** How {@link Untraced#reason()} ends. */
    String words();

    /** Hands it out, under its names in JSON. */
    void data(Writer to);

    /**
     * A descriptor.
     *
     * @param command of ioctl(2), unsigned, or of fcntl(2); of cap_ioctls_limit(2) the first that
     *     is too much, of cap_fcntls_limit(2) the bits that are; {@link #NO_COMMAND} where there is
     *     none or it is not known
     */
    record OfDescriptor(int fd, long command) implements Subject {
      public static final long NO_COMMAND = -1;

      @Override
      public String words() {
        return ": descriptor "
            + fd
            + (command == NO_COMMAND ? "" : ", command 0x" + Long.toHexString(command));
      }

      @Override
      public void data(Writer to) {
        to.number("fd", fd);
        if (command != NO_COMMAND) {
          to.number("command", command);
        }
      }
    }

    /**
     * A sysctl(3) node.
     *
     * @param name {@code kern.maxfiles}, or its numbers, {@code 1.7}
     */
    record Node(String name) implements Subject {
      @Override
      public String words() {
        return name;
      }

      @Override
      public void data(Writer to) {
        to.string("node", name);
      }
    }

    /**
     * A path, or what is left of it.
     *
     * @param path one char a byte
     */
    record Path(String path) implements Subject {
      @Override
      public String words() {
        return path;
      }

      @Override
      public void data(Writer to) {
        to.string("path", path);
      }
    }

    /** What a trace says that does not name it otherwise; may be empty. */
    record Words(String words) implements Subject {
      /** Nothing is known of it. */
      public static final Words NONE = new Words("");

      @Override
      public void data(Writer to) {
        // they are part of the reason
      }
    }
  }
}
