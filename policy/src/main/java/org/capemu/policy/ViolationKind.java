package org.capemu.policy;

import org.jspecify.annotations.Nullable;

/**
 * The kinds of {@link Violation}: {@code enum ktr_cap_violation} of {@code sys/ktrace.h}, and
 * {@link #UNTRACED} for what a kernel refuses without recording it. All that is said of a kind by
 * its code or its words is said here.
 */
public enum ViolationKind {
  /** The names of these constants follow {@code CAPFAIL_} in the kernel. */
  NOTCAPABLE(0, Release.FREEBSD_13_0, "operation requires", "descriptor rights missing"),
  INCREASE(
      1, Release.FREEBSD_13_0, "attempt to increase capabilities", "attempt to increase rights"),
  SYSCALL(2, Release.FREEBSD_13_0, "system call not allowed"),
  SIGNAL(3, Release.FREEBSD_14_2, "signal delivery not allowed"),
  PROTO(4, Release.FREEBSD_14_2, "protocol not allowed"),
  SOCKADDR(5, Release.FREEBSD_14_2, "restricted address lookup"),
  /** CAPFAIL_LOOKUP before 14.2, with another code. */
  NAMEI(6, Release.FREEBSD_13_0, "restricted VFS lookup"),
  CPUSET(7, Release.FREEBSD_14_2, "restricted cpuset operation"),
  /** Of no kernel: see {@link Violation.Untraced}. */
  UNTRACED(-1, null, "refused without a record (strict)");

  /** The code of {@link #NAMEI} in the kernels that had four kinds. */
  private static final int CODE_OF_LOOKUP = 3;

  private static final ViolationKind[] KINDS = values();

  private final int code;
  private final @Nullable Release since;
  private final String kdumpWords;
  private final String words;

  ViolationKind(int code, @Nullable Release since, String words) {
    this(code, since, words, words);
  }

  ViolationKind(int code, @Nullable Release since, String kdumpWords, String words) {
    this.code = code;
    this.since = since;
    this.kdumpWords = kdumpWords;
    this.words = words;
  }

  /** {@code CAPFAIL_NAMEI}: its name in {@code sys/ktrace.h} of 15.0. */
  public String kernelName() {
    return "CAPFAIL_" + name();
  }

  /** {@code NAMEI}: its name in JSON. */
  public String jsonName() {
    return name();
  }

  /** What kdump(1) says of it before its data. */
  public String kdumpWords() {
    return kdumpWords;
  }

  /** What is wrong, in a few words without data. */
  public String words() {
    return words;
  }

  /** Whether the kernel of a release has records of this kind. */
  public boolean isRecordedBy(Release release) {
    return since != null && release.compareTo(since) >= 0;
  }

  /**
   * {@code cap_type} in the records of a release.
   *
   * @throws IllegalArgumentException if it has none of this kind
   */
  public int code(Release release) {
    if (!isRecordedBy(release)) {
      throw new IllegalArgumentException("no " + kernelName() + " in " + release.version());
    }
    boolean isLookup = this == NAMEI && !release.tracesWhatItDoesNotRefuse();
    return isLookup ? CODE_OF_LOOKUP : code;
  }

  /** The kind with a code in the records of a release; null if there is none. */
  public static @Nullable ViolationKind ofCode(int code, Release release) {
    for (ViolationKind kind : KINDS) {
      if (kind.isRecordedBy(release) && kind.code(release) == code) {
        return kind;
      }
    }
    return null;
  }

  /** Whether it is about a descriptor's rights, which a call may lack outside capability mode. */
  public boolean isAboutRights() {
    return this == NOTCAPABLE || this == INCREASE;
  }

  /**
   * The violation of a record of this kind.
   *
   * @throws IllegalStateException for {@link #UNTRACED}, which has no record
   */
  public Violation read(Violation.Reader data) {
    return switch (this) {
      case NOTCAPABLE -> new Violation.NotCapable(data.rights(), data.rights());
      case INCREASE -> new Violation.Increase(data.rights(), data.rights());
      case SYSCALL ->
          data.hasCommand() ? new Violation.Syscall(data.number()) : Violation.Syscall.NOT_ENABLED;
      case SIGNAL -> new Violation.Signal(data.number());
      case PROTO -> new Violation.Proto(data.number());
      case SOCKADDR -> new Violation.Sockaddr(data.bytes(Violation.Sockaddr.LENGTH));
      case NAMEI -> new Violation.Namei(data.string());
      case CPUSET -> new Violation.Cpuset();
      case UNTRACED -> throw new IllegalStateException("no kernel records it");
    };
  }
}
