package org.capemu.policy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.policy.Violation.Subject;
import org.jspecify.annotations.Nullable;

/**
 * A check of the kernel that refuses a call and leaves no record: what {@link Mode#STRICT} adds.
 * Its words stand in traces, so they are not to change; what was refused follows them.
 */
public enum StrictCheck {
  /** cap_ioctl_check. */
  IOCTL("ioctl command that the descriptor is not limited to", About.DESCRIPTOR),
  /** cap_ioctl_limit_check. */
  IOCTLS_LIMIT("more ioctl commands than the descriptor is limited to", About.DESCRIPTOR),
  /** cap_fcntl_check. */
  FCNTL("fcntl command that the descriptor is not limited to", About.DESCRIPTOR),
  /** sys_cap_fcntls_limit. */
  FCNTLS_LIMIT("more fcntl commands than the descriptor is limited to", About.DESCRIPTOR),
  /** sosetopt, SO_SPLICE. */
  SPLICE("splice from a socket that may not receive", About.DESCRIPTOR),
  /** sysctl_root. */
  SYSCTL("sysctl node not allowed: ", About.NODE),
  /** namei_setup: a second violation of one lookup is not recorded. */
  ABSOLUTE_PATH("absolute path ", About.PATH),
  /** namei_follow_link, likewise. */
  SYMBOLIC_LINK("symbolic link to ", About.PATH),
  /** vfs_lookup, likewise. */
  ABOVE_ROOT(".. above the root directory: ", About.PATH),
  /** nameicap_check_dotdot, which only a process in capability mode comes to. */
  ABOVE_DIRECTORY(".. above the directory of the lookup: ", About.PATH),
  /** A note that says something else: its words are all that is known. */
  OTHER("", About.WORDS);

  private static final Pattern DESCRIPTOR =
      Pattern.compile(": descriptor (\\d{1,9})(?:, command 0x([0-9a-f]{1,16}))?");

  private static final StrictCheck[] CHECKS = values();

  private final String words;
  private final About about;

  /** What a check is about. */
  private enum About {
    DESCRIPTOR,
    NODE,
    PATH,
    WORDS
  }

  StrictCheck(String words, About about) {
    this.words = words;
    this.about = about;
  }

  /** What is refused, without what it is about. */
  String words() {
    return words;
  }

  /** The violation that words tell of, as {@link Violation.Untraced#reason} made them. */
  static Violation.Untraced violation(int errno, String reason) {
    for (StrictCheck check : CHECKS) {
      boolean said = reason.startsWith(check.words);
      Subject subject = said ? check.subject(reason.substring(check.words.length())) : null;
      if (subject != null) {
        return new Violation.Untraced(errno, check, subject);
      }
    }
    throw new IllegalStateException("OTHER takes any words");
  }

  /** The subject that the words after the check's name; null if they are none of its. */
  private @Nullable Subject subject(String rest) {
    return switch (about) {
      case DESCRIPTOR -> descriptor(rest);
      case NODE -> new Subject.Node(rest);
      case PATH -> new Subject.Path(rest);
      case WORDS -> new Subject.Words(rest);
    };
  }

  private static @Nullable Subject descriptor(String rest) {
    if (rest.isEmpty()) {
      return Subject.Words.NONE; // a trace in which descriptors are not named
    }
    Matcher matcher = DESCRIPTOR.matcher(rest);
    if (!matcher.matches()) {
      return null;
    }
    String command = matcher.group(2);
    return new Subject.OfDescriptor(
        Integer.parseInt(matcher.group(1)),
        command == null ? Subject.OfDescriptor.NO_COMMAND : Long.parseUnsignedLong(command, 16));
  }
}
