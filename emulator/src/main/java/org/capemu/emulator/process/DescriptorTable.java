package org.capemu.emulator.process;

import java.util.Arrays;
import org.capemu.policy.Descriptor;

/**
 * A process's descriptors: {@code struct filedesc}. Threads share one; fork(2) copies it, rfork(2)
 * can share it between processes.
 *
 * <p>Three things can be known of a number. It is open, with known limits. It is closed. Or nothing
 * is known of it: it was open before the trace began, came with a message, or was made in a way
 * that no record shows. {@link #get} tells the last from the others by null.
 */
public final class DescriptorTable {
  /** Numbers from here on are not followed: what is not known of them, returns tell. */
  private static final int MOST = 1 << 16;

  /** So many descriptors at most come unseen between two that are seen. */
  private static final int MOST_HIDDEN = 1024;

  private static final Slot[] NO_SLOTS = {};

  /** {@code struct filedescent}. */
  private static final class Slot {
    /** Null if not known, {@link Descriptor#NOT_OPEN} if closed. */
    private Descriptor limits;

    /** What a lookup that starts here is beneath; null if not known. */
    private String path;

    private boolean closeOnExec;
    private boolean closeOnFork;

    /** DFLAG_PASSABLE is not set, as of a kqueue: a forked child does not get it. */
    private boolean stays;

    /** Counts what this number meant: another file is another generation. */
    private int generation;

    private boolean isLimited() {
      return limits != null
          && limits.isOpen()
          && (limits.resolveBeneath() || !limits.isUnlimited());
    }

    private void set(Descriptor limits, String path) {
      this.limits = limits;
      this.path = path;
      closeOnExec = false;
      closeOnFork = false;
      stays = false;
      generation++;
    }
  }

  private Slot[] slots = NO_SLOTS;

  /** Numbers below were given out, so that one of which nothing was ever known is taken. */
  private int used = 3;

  /** No number below is free, as far as is known: {@code fd_freefile}. */
  private int firstFree = 3;

  /**
   * Descriptors may be open of which no record tells, as those that came with messages or were
   * opened before a trace began.
   */
  private boolean unseen;

  private int limited;
  private int sharers = 1;

  /**
   * What is known of a descriptor: {@link Descriptor#NOT_OPEN} if it is closed, null if nothing.
   */
  public Descriptor get(int fd) {
    return fd >= 0 && fd < slots.length && slots[fd] != null ? slots[fd].limits : null;
  }

  /** Where a lookup that starts at the descriptor is; null if that is not known. */
  public String path(int fd) {
    return fd >= 0 && fd < slots.length && slots[fd] != null ? slots[fd].path : null;
  }

  /** Says where a lookup that starts at the descriptor is. */
  public void path(int fd, String path) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.path = path;
    }
  }

  /** Which of the files that had this number it is: it changes when the number is used anew. */
  public int generation(int fd) {
    return fd >= 0 && fd < slots.length && slots[fd] != null ? slots[fd].generation : 0;
  }

  /** True if a descriptor is known that not every call may use. */
  public boolean hasLimited() {
    return limited > 0;
  }

  /** True if descriptors may be open that were limited before anything of them was known. */
  public boolean mayHoldUnseen() {
    return unseen;
  }

  /**
   * The process was started to be traced from its first instruction: what it inherited is taken for
   * unlimited.
   */
  public void startedFresh() {
    unseen = false;
  }

  /** One more than the highest number of which anything is known. */
  public int size() {
    return slots.length;
  }

  /**
   * The number is given to a new file.
   *
   * @param limits null if they are not known
   */
  void open(int fd, Descriptor limits, String path) {
    Slot slot = slot(fd);
    if (slot == null) {
      return;
    }
    limited -= slot.isLimited() ? 1 : 0;
    slot.set(limits, path);
    limited += slot.isLimited() ? 1 : 0;
  }

  /**
   * The kernel chose the number, the lowest that was free: whatever was taken for free below is
   * open.
   */
  void allocated(int fd, Descriptor limits, String path) {
    for (int i = 0; i < MOST_HIDDEN; i++) {
      int hidden = lowestFree();
      if (hidden >= fd) {
        break;
      }
      open(hidden, null, null);
    }
    open(fd, limits, path);
    used = Math.max(used, Math.min(fd, MOST) + 1);
  }

  /** Descriptors were opened that no record shows: a message may have brought them. */
  void openedUnseen() {
    unseen = true;
  }

  /** A new file of which only the caller's memory has the number: the lowest that is free. */
  int allocatedUnseen(Descriptor limits) {
    int fd = lowestFree();
    open(fd, unseen ? null : limits, null);
    return fd;
  }

  /** Something was taken from the descriptor: cap_rights_limit(2) and its like. */
  void limit(int fd, Descriptor limits) {
    Slot slot = slot(fd);
    if (slot != null) {
      limited -= slot.isLimited() ? 1 : 0;
      slot.limits = limits;
      limited += slot.isLimited() ? 1 : 0;
    }
  }

  /** kern_dup: the limits go along, the flags do not. */
  void duplicate(int from, int to) {
    if (from != to) {
      open(to, get(from), path(from));
      Slot source = from >= 0 && from < slots.length ? slots[from] : null;
      Slot target = slot(to);
      if (source != null && target != null) {
        target.stays = source.stays;
      }
    }
  }

  void setFlags(int fd, boolean closeOnExec, boolean closeOnFork) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.closeOnExec = closeOnExec;
      slot.closeOnFork = closeOnFork;
    }
  }

  void setCloseOnExec(int fd, boolean closeOnExec) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.closeOnExec = closeOnExec;
    }
  }

  void addFlags(int fd, boolean closeOnExec, boolean closeOnFork) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.closeOnExec |= closeOnExec;
      slot.closeOnFork |= closeOnFork;
    }
  }

  /** The descriptor is not copied to a forked child. */
  void keepFromChildren(int fd) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.stays = true;
    }
  }

  void close(int fd) {
    Slot slot = slot(fd);
    if (slot != null) {
      limited -= slot.isLimited() ? 1 : 0;
      slot.set(Descriptor.NOT_OPEN, null);
      firstFree = Math.min(firstFree, fd);
    }
  }

  /** close_range(2) with both ends, unsigned; numbers that were never seen are closed as well. */
  void closeRange(int lowest, int highest) {
    for (int fd = first(lowest); fd <= last(highest); fd++) {
      close(fd);
    }
  }

  void addFlagsToRange(int lowest, int highest, boolean closeOnExec, boolean closeOnFork) {
    for (int fd = first(lowest); fd <= last(highest); fd++) {
      addFlags(fd, closeOnExec, closeOnFork);
    }
  }

  private static int first(int lowest) {
    return lowest < 0 ? Integer.MAX_VALUE : lowest;
  }

  /** The end of a range that is worth going through. */
  private int last(int highest) {
    int known = Math.max(slots.length, used) - 1;
    return highest < 0 ? known : Math.min(highest, known);
  }

  /** fdalloc: the lowest number that is free, as far as is known. */
  private int lowestFree() {
    while (isTaken(firstFree)) {
      firstFree++;
    }
    return firstFree;
  }

  private boolean isTaken(int fd) {
    Slot slot = fd < slots.length ? slots[fd] : null;
    if (slot == null || slot.generation == 0) {
      return fd < used;
    }
    return slot.limits == null || slot.limits.isOpen();
  }

  /** fdcopy: what a forked child gets. */
  DescriptorTable copy() {
    DescriptorTable copy = new DescriptorTable();
    copy.slots = new Slot[slots.length];
    copy.used = used;
    copy.unseen = unseen;
    copy.firstFree = 0;
    for (int fd = 0; fd < slots.length; fd++) {
      Slot from = slots[fd];
      if (from == null) {
        continue;
      }
      Slot to = new Slot();
      boolean left = from.closeOnFork || from.stays;
      to.set(left ? Descriptor.NOT_OPEN : from.limits, left ? null : from.path);
      to.closeOnExec = !left && from.closeOnExec;
      copy.limited += to.isLimited() ? 1 : 0;
      copy.slots[fd] = to;
    }
    return copy;
  }

  /** fdunshare: a table of one's own. What a child would not get is lost. */
  DescriptorTable unshared() {
    if (sharers == 1) {
      return this;
    }
    sharers--;
    return copy();
  }

  /** fdshare: one more process uses this table. */
  DescriptorTable shared() {
    sharers++;
    return this;
  }

  /** Nothing is known any more of the descriptors that were limited. */
  void forgetLimits() {
    for (Slot slot : slots) {
      if (slot != null && slot.isLimited()) {
        slot.limits = null;
      }
    }
    limited = 0;
  }

  /** Nothing is known any more. */
  public void forget() {
    for (Slot slot : slots) {
      if (slot != null) {
        slot.set(null, null);
      }
    }
    limited = 0;
    unseen = true;
  }

  /** fdescfree: one process less uses this table. */
  void released() {
    sharers--;
  }

  /** fdcloseexec. */
  void closeOnExec() {
    for (int fd = 0; fd < slots.length; fd++) {
      Slot slot = slots[fd];
      if (slot != null && slot.closeOnExec) {
        close(fd);
      } else if (slot != null) {
        slot.closeOnFork = false;
      }
    }
  }

  private Slot slot(int fd) {
    if (fd < 0 || fd >= MOST) {
      return null;
    }
    if (fd >= slots.length) {
      slots = Arrays.copyOf(slots, Math.max(fd + 1, Math.min(MOST, 2 * slots.length)));
    }
    if (slots[fd] == null) {
      slots[fd] = new Slot();
    }
    return slots[fd];
  }
}
