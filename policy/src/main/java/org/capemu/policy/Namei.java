package org.capemu.policy;

import static org.capemu.policy.abi.Fcntl.AT_FDCWD;

import org.capemu.policy.FileTree.FileType;
import org.jspecify.annotations.Nullable;

/**
 * One lookup of a path: namei(9), with what namei_setup, namei_handle_root and vfs_lookup check for
 * Capsicum. It asks the {@link FileTree} only what its answer can turn on.
 */
final class Namei {
  private static final int MAXSYMLINKS = 32;
  private static final int MAXPATHLEN = 1024;
  private static final int NAME_MAX = 255;

  /** {@code cn_nameiop} and {@code cn_flags}, as far as a lookup turns on them. */
  static final int FOLLOW = 1;

  static final int EMPTYPATH = 1 << 1;
  static final int RBENEATH = 1 << 2;
  static final int CREATE = 1 << 3;
  static final int DELETE = 1 << 4;
  static final int RENAME = 1 << 5;
  static final int WILLBEDIR = 1 << 6;

  /** How a lookup ended. */
  enum Outcome {
    /** The call fails. */
    FAILED,
    /** Only the last component does not exist, and the call will make it. */
    NEW,
    DIRECTORY,
    OTHER,
    /** Nothing turned on it. */
    NOT_ASKED
  }

  private final String path;
  private final int flags;
  private final Caller caller;
  private final Findings findings;
  private final boolean strict;

  /** NI_LCF_STRICTREL_KTR: the next violation is recorded. */
  private boolean recording;

  /** NI_LCF_STRICTREL: a violation ends the lookup. */
  private boolean strictlyRelative;

  /** Something was found in this lookup: with {@code --strict} the rest is untraced. */
  private boolean violated;

  /** {@code ni_rbeneath_dpp}: the directory that the lookup started from. */
  private @Nullable String start;

  /** With {@code --strict}: {@code ..} above it was found. */
  private boolean leftStart;

  private @Nullable String foundPath;

  /**
   * @param recording false where no violation of this call can be recorded
   * @param strict find also what capability mode refuses and no kernel records
   */
  Namei(
      String path, int flags, boolean recording, boolean strict, Caller caller, Findings findings) {
    this.path = path;
    this.flags = flags;
    this.recording = recording;
    this.strict = strict;
    this.caller = caller;
    this.findings = findings;
    this.strictlyRelative = caller.inCapabilityMode();
  }

  /**
   * What is found of a lookup whose path is not known: whatever it is, not in the working
   * directory.
   *
   * @param recording as in {@link #Namei}, and false where it is not known whether the call comes
   *     to this lookup
   */
  static void lookupOfUnknown(int dirfd, boolean recording, Caller caller, Findings findings) {
    if (dirfd == AT_FDCWD && recording && caller.looksUpUnknownPath()) {
      findings.violation(new Violation.Namei(Violation.Namei.AT_FDCWD));
    }
  }

  /** The canonical path of what {@link #lookup} found, where its outcome was needed. */
  @Nullable String foundPath() {
    return foundPath;
  }

  /**
   * @param dirfd a descriptor or {@link #AT_FDCWD}
   * @param rights what the descriptor needs besides CAP_LOOKUP
   * @param outcomeNeeded whether anything turns on how the lookup ends
   */
  Outcome lookup(int dirfd, CapRights rights, boolean outcomeNeeded) {
    findings.namei(path);
    if (path.isEmpty() && (flags & EMPTYPATH) == 0) {
      return Outcome.FAILED;
    }
    if (!setUp(dirfd, rights)) {
      return Outcome.FAILED;
    }
    if (path.isEmpty()) {
      return Outcome.NOT_ASKED;
    }
    boolean watched = recording && canViolate();
    if (!watched && !outcomeNeeded) {
      return Outcome.NOT_ASKED;
    }
    try {
      return walk(dirfd, outcomeNeeded);
    } catch (Undecided e) {
      if (watched && (!strictlyRelative || caller.mayBeRefused())) {
        throw e;
      }
      return Outcome.NOT_ASKED; // what comes after will tell
    }
  }

  /** namei_setup and fgetvp_lookup; false if the call fails. */
  private boolean setUp(int dirfd, CapRights rights) {
    if (dirfd == AT_FDCWD) {
      if (recording) {
        findings.violation(new Violation.Namei(Violation.Namei.AT_FDCWD));
        violated = true;
      }
      if (caller.inCapabilityMode()) {
        return false;
      }
      recording = strict;
    }
    if (isAbsolute()) {
      report(new Violation.Namei(path), StrictCheck.ABSOLUTE_PATH);
      recording = false;
      return !strictlyRelative && (flags & RBENEATH) == 0;
    }
    if (dirfd != AT_FDCWD && caller.hasLimitedDescriptors()) {
      Descriptor directory = caller.descriptor(dirfd);
      if (!DescriptorRules.check(directory, rights.merge(Right.CAP_LOOKUP.rights()), findings)) {
        return false;
      }
      strictlyRelative |= !directory.isUnlimited() || directory.resolveBeneath();
    }
    strictlyRelative |= (flags & RBENEATH) != 0;
    return true;
  }

  /** False for a path that cannot leave its directory, whatever it meets. */
  private boolean canViolate() {
    return path.indexOf('/') >= 0 || (flags & FOLLOW) != 0 || path.equals("..");
  }

  private boolean isAbsolute() {
    return path.startsWith("/");
  }

  /** The locked lookup: vfs_lookup for each component, namei_follow_link for each link. */
  private Outcome walk(int dirfd, boolean outcomeNeeded) {
    FileTree files = caller.files();
    String directory = isAbsolute() ? "/" : files.startingDirectory(dirfd);
    if (directory == null) {
      return Outcome.FAILED;
    }
    start = directory;
    String buffer = path;
    int position = afterSlashes(buffer, 0);
    boolean trailingSlash = false;
    int links = 0;
    if (position == buffer.length()) { // "/": vfs_lookup_degenerate
      foundPath = directory;
      return (flags & (CREATE | DELETE | RENAME)) != 0 ? Outcome.FAILED : Outcome.DIRECTORY;
    }
    while (true) {
      if (buffer.endsWith("/")) {
        buffer = withoutTrailingSlashes(buffer);
        trailingSlash = true;
      }
      int end = buffer.indexOf('/', position);
      boolean last = end < 0;
      if (last) {
        end = buffer.length();
      }
      String name = buffer.substring(position, end);
      if (name.length() > NAME_MAX) {
        return Outcome.FAILED;
      }
      boolean follow = !last || (flags & FOLLOW) != 0 || trailingSlash;
      FileType type = FileType.DIRECTORY;
      String found;
      if (name.equals(".") || name.equals("..")) {
        if (last && (flags & (DELETE | RENAME)) != 0) {
          return Outcome.FAILED;
        }
        if (name.equals(".")) {
          found = directory;
        } else if (!mayGoUp(directory, buffer)) {
          return Outcome.FAILED;
        } else {
          found = files.parent(directory);
        }
      } else {
        found = directory.equals("/") ? "/" + name : directory + "/" + name;
        if (!follow && !outcomeNeeded) {
          return Outcome.NOT_ASKED;
        }
        type = files.typeOf(found);
      }
      if (type == FileType.SYMLINK && follow) {
        String target = links++ < MAXSYMLINKS ? files.readlink(found) : null;
        if (target == null
            || target.isEmpty()
            || target.length() + buffer.length() - end >= MAXPATHLEN) {
          return Outcome.FAILED;
        }
        buffer = target + buffer.substring(end);
        position = afterSlashes(buffer, 0);
        if (position > 0) {
          report(new Violation.Namei(buffer), StrictCheck.SYMBOLIC_LINK);
          recording = false;
          if (strictlyRelative) {
            return Outcome.FAILED;
          }
          directory = "/";
        }
        if (position == buffer.length()) {
          foundPath = "/";
          return (flags & (CREATE | DELETE | RENAME)) != 0 ? Outcome.FAILED : Outcome.DIRECTORY;
        }
      } else if (type == FileType.MISSING) {
        boolean made =
            last
                && (flags & (CREATE | RENAME)) != 0
                && (!trailingSlash || (flags & WILLBEDIR) != 0);
        return made ? Outcome.NEW : Outcome.FAILED;
      } else if (type != FileType.DIRECTORY && (!last || trailingSlash)) {
        return Outcome.FAILED;
      } else if (last) {
        foundPath = found;
        return type == FileType.DIRECTORY ? Outcome.DIRECTORY : Outcome.OTHER;
      } else {
        directory = found;
        position = afterSlashes(buffer, end);
      }
      if (!recording && !outcomeNeeded) {
        return Outcome.NOT_ASKED;
      }
    }
  }

  /** vfs_lookup on {@code ..}, and nameicap_check_dotdot; false if the call fails. */
  private boolean mayGoUp(String directory, String buffer) {
    boolean atStart = directory.equals(start);
    if (strictlyRelative && !caller.mayBeRefused()) {
      return true; // as from the root of a mount, whose .. is that of the directory below it
    }
    if ((atStart && strictlyRelative) || caller.files().isRoot(directory)) {
      report(new Violation.Namei(buffer), StrictCheck.ABOVE_ROOT);
      recording = false;
      return !strictlyRelative;
    }
    if (atStart && strict && recording && !leftStart) {
      findings.violation(
          new Violation.Untraced(
              Violation.ENOTCAPABLE,
              StrictCheck.ABOVE_DIRECTORY,
              new Violation.Subject.Path(buffer)));
      leftStart = true;
      recording = !violated; // what the kernel records at the root, it records all the same
    }
    return true;
  }

  private void report(Violation.Namei violation, StrictCheck check) {
    if (!recording) {
      return;
    }
    findings.violation(
        violated
            ? new Violation.Untraced(
                violation.errno(), check, new Violation.Subject.Path(violation.path()))
            : violation);
    violated = true;
  }

  private static String withoutTrailingSlashes(String buffer) {
    int end = buffer.length();
    while (end > 0 && buffer.charAt(end - 1) == '/') {
      end--;
    }
    return buffer.substring(0, end);
  }

  private static int afterSlashes(String buffer, int position) {
    int next = position;
    while (next < buffer.length() && buffer.charAt(next) == '/') {
      next++;
    }
    return next;
  }
}
