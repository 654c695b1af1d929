package org.capemu.policy;

import static org.capemu.policy.abi.Fcntl.O_ACCMODE;
import static org.capemu.policy.abi.Fcntl.O_APPEND;
import static org.capemu.policy.abi.Fcntl.O_CREAT;
import static org.capemu.policy.abi.Fcntl.O_DIRECTORY;
import static org.capemu.policy.abi.Fcntl.O_EMPTY_PATH;
import static org.capemu.policy.abi.Fcntl.O_EXCL;
import static org.capemu.policy.abi.Fcntl.O_EXEC;
import static org.capemu.policy.abi.Fcntl.O_EXLOCK;
import static org.capemu.policy.abi.Fcntl.O_NOFOLLOW;
import static org.capemu.policy.abi.Fcntl.O_PATH;
import static org.capemu.policy.abi.Fcntl.O_RDWR;
import static org.capemu.policy.abi.Fcntl.O_RESOLVE_BENEATH;
import static org.capemu.policy.abi.Fcntl.O_SHLOCK;
import static org.capemu.policy.abi.Fcntl.O_SYNC;
import static org.capemu.policy.abi.Fcntl.O_TRUNC;
import static org.capemu.policy.abi.Fcntl.O_WRONLY;

/** The flags of open(2), and what openat makes of them: openatfp and vn_open_cred. */
final class OpenFlags {

  private OpenFlags() {}

  /** False where open fails before it looks the path up: openflags and vn_open_cred. */
  static boolean areValid(int flags) {
    boolean exec = (flags & O_EXEC) != 0;
    if ((flags & O_PATH) == 0 && (flags & O_ACCMODE) != 0 && exec) {
      return false;
    }
    if ((flags & O_PATH) == 0 && (flags & O_ACCMODE) == O_ACCMODE) {
      return false;
    }
    int exclusiveDirectory = O_CREAT | O_EXCL | O_DIRECTORY;
    int createEmpty = O_CREAT | O_EMPTY_PATH;
    return (flags & exclusiveDirectory) != exclusiveDirectory
        && (flags & createEmpty) != createEmpty;
  }

  /** The flags of {@link Namei}: open2nameif. */
  static int lookupFlags(int flags) {
    boolean create = (flags & (O_CREAT | O_DIRECTORY)) == O_CREAT;
    boolean follow = (flags & O_NOFOLLOW) == 0 && !(create && (flags & O_EXCL) != 0);
    return (follow ? Namei.FOLLOW : 0)
        | (create ? Namei.CREATE : 0)
        | ((flags & O_RESOLVE_BENEATH) != 0 ? Namei.RBENEATH : 0)
        | ((flags & O_EMPTY_PATH) != 0 ? Namei.EMPTYPATH : 0);
  }

  /** What the directory's descriptor needs besides CAP_LOOKUP: flags_to_rights. */
  static CapRights rights(int flags) {
    CapRights rights = CapRights.NONE;
    if ((flags & O_EXEC) != 0) {
      rights = rights.merge(Right.CAP_FEXECVE.rights());
      if ((flags & O_PATH) != 0) {
        return rights;
      }
    } else {
      int access = flags & O_ACCMODE;
      if (access != O_WRONLY && access != O_ACCMODE) {
        rights = rights.merge(Right.CAP_READ.rights());
      }
      if (access == O_WRONLY || access == O_RDWR) {
        boolean seeks = (flags & (O_APPEND | O_TRUNC)) == 0;
        rights = rights.merge((seeks ? Right.CAP_PWRITE : Right.CAP_WRITE).rights());
      }
    }
    if ((flags & O_CREAT) != 0) {
      rights = rights.merge(Right.CAP_CREATE.rights());
    }
    if ((flags & O_TRUNC) != 0) {
      rights = rights.merge(Right.CAP_FTRUNCATE.rights());
    }
    if ((flags & O_SYNC) != 0) {
      rights = rights.merge(Right.CAP_FSYNC.rights());
    }
    if ((flags & (O_EXLOCK | O_SHLOCK)) != 0) {
      rights = rights.merge(Right.CAP_FLOCK.rights());
    }
    return rights;
  }
}
