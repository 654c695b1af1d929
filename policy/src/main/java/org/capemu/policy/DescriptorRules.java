package org.capemu.policy;

import static org.capemu.policy.abi.Events.EV_ADD;
import static org.capemu.policy.abi.Events.EV_DISABLE;
import static org.capemu.policy.abi.Events.EV_ENABLE;
import static org.capemu.policy.abi.Events.EV_KEEPUDATA;
import static org.capemu.policy.abi.Events.EV_RECEIPT;
import static org.capemu.policy.abi.Events.POLLFD_SIZE;
import static org.capemu.policy.abi.Fcntl.AT_REMOVEDIR;
import static org.capemu.policy.abi.Fcntl.FD_NONE;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.capemu.policy.Descriptor.Kind;
import org.capemu.policy.abi.LittleEndian;

/**
 * Rules about what descriptors may be used for: fget(9), fget_cap and cap_check. The kernel looks
 * at what a descriptor refers to only after its rights, so none of them asks.
 */
final class DescriptorRules {
  private static final CapRights EVENT = Right.CAP_EVENT.rights();

  /** The filters whose ident is a descriptor: file_filtops in sysfilt_ops. */
  private static final Set<Integer> DESCRIPTOR_FILTERS = Set.of(-1, -2, -4, -8, -13, -15);

  private static final int LAST_FILTER = -15;
  private static final int EV_ENABLE_AND_DISABLE = EV_ENABLE | EV_DISABLE;
  private static final int EV_ADD_AND_KEEPUDATA = EV_ADD | EV_KEEPUDATA;

  private DescriptorRules() {}

  /** What a call needs of a descriptor, where its arguments decide. */
  @FunctionalInterface
  interface Needs {
    CapRights of(SystemCall call);
  }

  /** fget: EBADF, then NOTCAPABLE. */
  static Rule descriptor(int arg, Right... rights) {
    CapRights needed = CapRights.of(rights);
    String names = Arrays.stream(rights).map(Right::name).collect(Collectors.joining(","));
    return descriptor(arg, names.isEmpty() ? "no right" : names, call -> needed);
  }

  /** The same where the rights turn on the arguments. */
  static Rule descriptor(int arg, String needs, Needs needed) {
    return Rule.aboutLimits(
        "descriptor " + arg + " needs " + needs,
        (call, caller, findings) ->
            check(caller.descriptor(call.fd(arg)), needed.of(call), findings));
  }

  /** True if the descriptor is open and holds the rights; a violation is found if it is short. */
  static boolean check(Descriptor descriptor, CapRights needed, Findings findings) {
    if (!descriptor.isOpen()) {
      return false;
    }
    if (descriptor.rights().contains(needed)) {
      return true;
    }
    findings.violation(new Violation.NotCapable(needed, descriptor.rights()));
    return false;
  }

  /** kern_funlinkat, kern_frmdirat: the descriptor of what is removed. */
  static Rule removed() {
    return Rule.aboutLimits(
        "descriptor 2 is open, if any; with AT_REMOVEDIR it needs CAP_LOOKUP",
        (call, caller, findings) -> {
          boolean directory = (call.intAt(3) & AT_REMOVEDIR) != 0;
          CapRights needed = directory ? Right.CAP_LOOKUP.rights() : CapRights.NONE;
          return call.fd(2) == FD_NONE || check(caller.descriptor(call.fd(2)), needed, findings);
        });
  }

  /** kern_mmap. */
  static Rule mapped(int positionArg) {
    return Rule.aboutLimits(
        "descriptor 4 needs CAP_MMAP, and _R, _W, _X by prot 2",
        (call, caller, findings) -> {
          int prot = call.intAt(2);
          int flags = call.intAt(3);
          return !Mmap.usesDescriptor(
                  call.address(0), call.longAt(1), prot, flags, call.longAt(positionArg))
              || check(caller.descriptor(call.fd(4)), Mmap.rights(prot, flags), findings);
        });
  }

  /** sys_fspacectl, kern_fspacectl: {@code struct spacectl_range} is two off_t in any ABI. */
  static Rule spaceRange() {
    int deallocate = 1; // SPACECTL_DEALLOC
    return Rule.aboutLimits(
        "command 1 is SPACECTL_DEALLOC, flags 3 are 0, range 2 is positive",
        (call, caller, findings) -> {
          byte[] range = Memory.copyInIfKnown(caller, call.address(2), 2 * Long.BYTES);
          if (range == null || call.intAt(1) != deallocate || call.intAt(3) != 0) {
            return false;
          }
          if (range == Memory.UNKNOWN) {
            return true;
          }
          long offset = LittleEndian.getLong(range, 0);
          long length = LittleEndian.getLong(range, Long.BYTES);
          return offset >= 0 && length > 0 && offset <= Long.MAX_VALUE - length;
        });
  }

  /** kern_cap_rights_limit: rights that the descriptor does not hold are INCREASE. */
  static Rule rightsLimit() {
    return Rule.aboutLimits(
        "descriptor 0 holds the rights at 1",
        (call, caller, findings) -> {
          byte[] words;
          try {
            words = Memory.copyIn(caller, call.address(1), 2 * Long.BYTES);
          } catch (Undecided unknown) {
            if (mayBeLimited(call.intAt(0), caller)) {
              throw unknown;
            }
            return false; // whatever it asks for
          }
          if (words == null) {
            return false;
          }
          long word0 = LittleEndian.getLong(words, 0);
          long word1 = LittleEndian.getLong(words, Long.BYTES);
          Descriptor descriptor = caller.descriptor(call.fd(0));
          if (!CapRights.isWellFormed(word0, word1) || !descriptor.isOpen()) {
            return false;
          }
          CapRights asked = new CapRights(word0, word1);
          if (!descriptor.rights().contains(asked)) {
            findings.violation(new Violation.Increase(asked, descriptor.rights()));
            return false;
          }
          return true;
        });
  }

  /** False for a descriptor that is not open or known to hold all rights. */
  private static boolean mayBeLimited(int fd, Caller caller) {
    try {
      Descriptor descriptor = caller.descriptor(fd);
      return descriptor.isOpen() && !descriptor.rights().contains(CapRights.ALL);
    } catch (Undecided unknown) {
      return true;
    }
  }

  /** pollscan: each entry by itself; one that lacks the right is POLLNVAL and refuses nothing. */
  static Rule polled(boolean strict) {
    return Rule.aboutLimits(
        "descriptors of the array 0 need CAP_EVENT",
        (call, caller, findings) -> {
          int count = call.intAt(1);
          if (strict || count < 0 || count > 1 << 20) {
            return true;
          }
          byte[] entries = Memory.copyIn(caller, call.address(0), count * POLLFD_SIZE);
          if (entries == null) {
            return false;
          }
          Undecided undecided = null;
          for (int i = 0; i < count; i++) {
            int fd = LittleEndian.getInt(entries, i * POLLFD_SIZE);
            try {
              if (fd >= 0) {
                check(caller.descriptor(fd), EVENT, findings);
              }
            } catch (Undecided e) {
              undecided = e; // the others are checked all the same
            }
          }
          if (undecided != null) {
            throw undecided;
          }
          return true;
        });
  }

  /** sendfile_getobj. */
  static Rule hasPages(int arg) {
    return isOf(arg, "a file or shared memory", Set.of(Kind.FILE, Kind.SHARED_MEMORY));
  }

  /** kern_copy_file_range: a directory is refused after the other descriptor. */
  static Rule hasVnode(int arg) {
    return isOf(arg, "a file or a directory", Set.of(Kind.FILE, Kind.DIRECTORY));
  }

  /** kqueue_acquire. */
  static Rule isKqueue(int arg) {
    return isOf(arg, "a kqueue", Set.of(Kind.KQUEUE));
  }

  /** fget_inotify. */
  static Rule isInotify(int arg) {
    return isOf(arg, "for inotify", Set.of(Kind.SPECIAL));
  }

  /** One of which nothing is known may be anything. */
  private static Rule isOf(int arg, String what, Set<Kind> kinds) {
    return Rule.aboutLimits(
        "descriptor " + arg + " is " + what,
        (call, caller, findings) -> {
          Kind kind = caller.descriptor(call.fd(arg)).kind();
          return kind == Kind.OTHER || kinds.contains(kind);
        });
  }

  /** selscan: the first that is not open or lacks the right ends the call. */
  static Rule selected(Memory memory) {
    return Rule.aboutLimits(
        "descriptors of the sets 1, 2, 3 need CAP_EVENT",
        (call, caller, findings) -> {
          int count = Math.min(call.intAt(0), 1 << 20);
          int word = memory.pointerSize(); // fd_mask
          int bytes = (count + word * 8 - 1) / (word * 8) * word;
          byte[] any = new byte[Math.max(bytes, 0)];
          for (int set = 1; set <= 3 && count > 0; set++) {
            if (!call.isNull(set)) {
              byte[] bits = Memory.copyIn(caller, call.address(set), bytes);
              if (bits == null) {
                return false;
              }
              for (int i = 0; i < bytes; i++) {
                any[i] |= bits[i];
              }
            }
          }
          for (int fd = 0; fd < count; fd++) {
            if ((any[fd / 8] >> fd % 8 & 1) != 0
                && !check(caller.descriptor(fd), EVENT, findings)) {
              return false;
            }
          }
          return true;
        });
  }

  /** kern_kevent: the kqueue itself, for changes and for events. */
  static Rule kqueue() {
    return descriptor(
        0,
        "CAP_KQUEUE_CHANGE for changes 2, CAP_KQUEUE_EVENT for events 4",
        call ->
            (call.intAt(2) > 0 ? Right.CAP_KQUEUE_CHANGE.rights() : CapRights.NONE)
                .merge(call.intAt(4) > 0 ? Right.CAP_KQUEUE_EVENT.rights() : CapRights.NONE));
  }

  /**
   * kqueue_register, for each change: an error goes into the event list while there is room, and
   * ends the call where there is none.
   *
   * @param size of a struct kevent
   */
  static Rule changes(Memory memory, int size) {
    return Rule.aboutLimits(
        "descriptors of the changes 1 need CAP_EVENT",
        (call, caller, findings) -> {
          int count = call.intAt(2);
          int room = call.intAt(4);
          int ident = memory.pointerSize();
          if (room == 0 && !caller.mayBeRefused()) {
            return true; // the first error would have ended the call
          }
          Undecided undecided = null;
          for (int i = 0; i < count; i++) {
            byte[] change = Memory.copyIn(caller, call.address(1) + (long) i * size, size);
            if (change == null) {
              return false;
            }
            int filter = LittleEndian.getShort(change, ident);
            int flags = LittleEndian.getShort(change, ident + 2);
            if (filter == 0) {
              continue;
            }
            boolean failed =
                (flags & EV_ENABLE_AND_DISABLE) == EV_ENABLE_AND_DISABLE
                    || (flags & EV_ADD_AND_KEEPUDATA) == EV_ADD_AND_KEEPUDATA
                    || filter > 0
                    || filter < LAST_FILTER;
            if (!failed && DESCRIPTOR_FILTERS.contains(filter)) {
              long fd = memory.getPointer(change, 0);
              try {
                failed =
                    fd < 0
                        || fd > Integer.MAX_VALUE
                        || !check(caller.descriptor((int) fd), EVENT, findings);
              } catch (Undecided e) {
                if (room < count - i) {
                  throw e; // whether there was room for more turns on it
                }
                undecided = e;
              }
            }
            if (failed || (flags & EV_RECEIPT) != 0) {
              if (room == 0) {
                return false;
              }
              room--;
            }
          }
          if (undecided != null) {
            throw undecided;
          }
          return true;
        });
  }
}
