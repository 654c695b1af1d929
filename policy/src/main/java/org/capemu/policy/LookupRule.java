package org.capemu.policy;

import static org.capemu.policy.abi.Fcntl.AT_EMPTY_PATH;
import static org.capemu.policy.abi.Fcntl.AT_FDCWD;
import static org.capemu.policy.abi.Fcntl.AT_RESOLVE_BENEATH;
import static org.capemu.policy.abi.Fcntl.AT_SYMLINK_FOLLOW;
import static org.capemu.policy.abi.Fcntl.AT_SYMLINK_NOFOLLOW;

import org.capemu.policy.Namei.Outcome;

/**
 * A lookup that a call makes: NDINIT_ATRIGHTS and namei(9). Configured while the table is built,
 * immutable from then on.
 */
final class LookupRule implements Rule {
  /** In place of an argument: the working directory. */
  static final int WORKING_DIRECTORY = -1;

  private static final int NO_ARGUMENT = -1;
  private static final CapRights UNLINKAT = Right.CAP_UNLINKAT.rights();

  private final int dirfdArg;
  private final int pathArg;
  private final int flags;
  private CapRights rights = CapRights.NONE;
  private int atFlagsArg = NO_ARGUMENT;
  private int atFlagsAllowed;
  private int atFlagsHeeded;
  private int openFlagsArg = NO_ARGUMENT;
  private boolean ifAny;
  private boolean ofLinkSource;
  private boolean ofProgram;
  private boolean ofTarget;
  private boolean recording;
  private boolean strict;
  private boolean first;
  private boolean outcomeNeeded;

  /**
   * @param dirfdArg the argument that holds the directory's descriptor, or {@link
   *     #WORKING_DIRECTORY}
   * @param flags of {@link Namei}
   */
  LookupRule(int dirfdArg, int pathArg, int flags) {
    this.dirfdArg = dirfdArg;
    this.pathArg = pathArg;
    this.flags = flags;
  }

  /** The directory's descriptor needs these besides CAP_LOOKUP. */
  LookupRule rights(Right... needed) {
    rights = CapRights.of(needed);
    return this;
  }

  /** The call takes AT_ flags, and fails with any but these. */
  LookupRule atFlags(int argument, int allowed) {
    atFlagsArg = argument;
    atFlagsAllowed = allowed;
    atFlagsHeeded = allowed;
    return this;
  }

  /** The same where none of them reaches the lookup: kern_funlinkat_ex passes 0 on. */
  LookupRule atFlagsUnheeded(int argument, int allowed) {
    atFlags(argument, allowed);
    atFlagsHeeded = 0;
    return this;
  }

  /** The call takes open(2) flags. */
  LookupRule openFlags(int argument) {
    openFlagsArg = argument;
    return this;
  }

  /** kern_linkat: what is found must not be a directory. */
  LookupRule ofLinkSource() {
    ofLinkSource = true;
    return this;
  }

  /** No path, no lookup. */
  LookupRule ifAny() {
    ifAny = true;
    return this;
  }

  /** do_execve: what is found is run, and names its interpreters. */
  LookupRule ofProgram() {
    ofProgram = true;
    return this;
  }

  /** kern_renameat: what is found is replaced, which needs CAP_UNLINKAT as well. */
  LookupRule ofTarget() {
    ofTarget = true;
    return this;
  }

  @Override
  public void in(Place place) {
    recording = place.records();
    strict = place.strict();
    first = place.first();
    outcomeNeeded = !place.last() || ofProgram;
  }

  @Override
  public boolean check(SystemCall call, Caller caller, Findings findings) {
    int lookupFlags = flags;
    CapRights needed = rights;
    if (openFlagsArg != NO_ARGUMENT) {
      int open = call.intAt(openFlagsArg);
      if (!OpenFlags.areValid(open)) {
        return false;
      }
      lookupFlags = OpenFlags.lookupFlags(open);
      needed = OpenFlags.rights(open);
    }
    if (atFlagsArg != NO_ARGUMENT) {
      int at = call.intAt(atFlagsArg);
      if ((at & ~atFlagsAllowed) != 0) {
        return false;
      }
      lookupFlags |= fromAtFlags(at & atFlagsHeeded);
    }
    if (ifAny && call.isNull(pathArg)) {
      return true;
    }
    int dirfd = dirfdArg == WORKING_DIRECTORY ? AT_FDCWD : call.fd(dirfdArg);
    String path;
    try {
      path = caller.path(call.address(pathArg));
    } catch (Undecided unknown) {
      Namei.lookupOfUnknown(dirfd, recording && first, caller, findings);
      throw unknown;
    }
    if (path == null) {
      return false;
    }
    Namei namei = new Namei(path, lookupFlags, recording, strict, caller, findings);
    boolean replaces = ofTarget && mayLackUnlink(dirfd, path, caller);
    Outcome outcome = namei.lookup(dirfd, needed, outcomeNeeded || replaces);
    if (ofProgram && namei.foundPath() != null) {
      for (FileTree.Interpreter interpreter : caller.files().interpreters(namei.foundPath())) {
        findings.namei(interpreter.path());
      }
    }
    if (replaces && outcome != Outcome.FAILED && outcome != Outcome.NEW) {
      if (outcome == Outcome.NOT_ASKED && !caller.mayBeRefused()) {
        return true;
      }
      return DescriptorRules.check(caller.descriptor(dirfd), UNLINKAT, findings);
    }
    return outcome != Outcome.FAILED && !(ofLinkSource && outcome == Outcome.DIRECTORY);
  }

  /** False where the descriptor of a target's directory may be used to remove what is there. */
  private static boolean mayLackUnlink(int dirfd, String path, Caller caller) {
    if (dirfd == AT_FDCWD || path.startsWith("/") || !caller.hasLimitedDescriptors()) {
      return false;
    }
    try {
      return !caller.descriptor(dirfd).rights().contains(UNLINKAT);
    } catch (Undecided unknown) {
      return true; // the lookup itself asks for it too, once its path is recorded
    }
  }

  /** at2cnpflags. */
  private int fromAtFlags(int at) {
    boolean follow =
        (atFlagsAllowed & AT_SYMLINK_NOFOLLOW) != 0
            ? (at & AT_SYMLINK_NOFOLLOW) == 0
            : (at & AT_SYMLINK_FOLLOW) != 0;
    return (follow ? Namei.FOLLOW : 0)
        | ((at & AT_RESOLVE_BENEATH) != 0 ? Namei.RBENEATH : 0)
        | ((at & AT_EMPTY_PATH) != 0 ? Namei.EMPTYPATH : 0);
  }

  @Override
  public boolean canBePassedUndecided() {
    return true;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("lookup(");
    text.append(dirfdArg == WORKING_DIRECTORY ? "working directory" : "dirfd " + dirfdArg);
    text.append(", path ").append(pathArg).append(')');
    if (openFlagsArg != NO_ARGUMENT) {
      text.append(", rights by open flags ").append(openFlagsArg);
    } else if (dirfdArg != WORKING_DIRECTORY) {
      text.append(" needs ").append(rights.merge(Right.CAP_LOOKUP.rights()));
    }
    if (atFlagsArg != NO_ARGUMENT) {
      text.append(", at flags ").append(atFlagsArg);
    }
    if (ofTarget) {
      text.append(", to replace a file ").append(UNLINKAT);
    }
    return text.append(ofProgram ? ", and its interpreters" : "").toString();
  }
}
