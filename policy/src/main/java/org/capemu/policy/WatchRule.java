package org.capemu.policy;

import static org.capemu.policy.abi.Fcntl.AT_FDCWD;

import org.capemu.policy.Namei.Outcome;

/**
 * kern_inotify_add_watch and vn_inotify_add_watch: looks the path up, and if it is a directory,
 * each of its entries, as paths of the working directory.
 */
final class WatchRule implements Rule {
  private static final int IN_ALL_EVENTS = 0xfff;
  private static final int IN_UNMOUNT = 0x2000;
  private static final int IN_ONLYDIR = 0x0100_0000;
  private static final int IN_DONT_FOLLOW = 0x0200_0000;
  private static final int IN_EXCL_UNLINK = 0x0400_0000;
  private static final int IN_MASK_CREATE = 0x1000_0000;
  private static final int IN_MASK_ADD = 0x2000_0000;
  private static final int IN_ONESHOT = 0x8000_0000;

  private boolean recording;
  private boolean strict;

  static boolean isValidMask(int mask) {
    int flags =
        IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ONESHOT;
    int exclusive = IN_MASK_ADD | IN_MASK_CREATE;
    return (mask & IN_ALL_EVENTS) != 0
        && (mask & exclusive) != exclusive
        && (mask & ~(IN_ALL_EVENTS | flags | IN_UNMOUNT)) == 0;
  }

  @Override
  public boolean check(SystemCall call, Caller caller, Findings findings) {
    String path;
    try {
      path = caller.path(call.address(2));
    } catch (Undecided unknown) {
      Namei.lookupOfUnknown(call.intAt(1), recording, caller, findings);
      throw unknown;
    }
    if (path == null) {
      return false;
    }
    int flags = (call.intAt(3) & IN_DONT_FOLLOW) != 0 ? 0 : Namei.FOLLOW;
    Namei namei = new Namei(path, flags, recording, strict, caller, findings);
    Outcome outcome = namei.lookup(call.intAt(1), CapRights.NONE, true);
    String directory = namei.foundPath();
    if (outcome == Outcome.DIRECTORY && directory != null) {
      for (String entry : caller.files().entries(directory)) {
        Namei ofEntry = new Namei(entry, 0, recording, strict, caller, findings);
        if (ofEntry.lookup(AT_FDCWD, CapRights.NONE, false) == Outcome.FAILED) {
          return false;
        }
      }
    }
    return outcome != Outcome.FAILED;
  }

  @Override
  public void in(Place place) {
    recording = place.records();
    strict = place.strict();
  }

  @Override
  public String toString() {
    return "lookup(dirfd 1, path 2) needs CAP_LOOKUP, and the entries of a directory: each a lookup";
  }
}
