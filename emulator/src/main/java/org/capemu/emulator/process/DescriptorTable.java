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

  private static final long CLEAR = Long.MAX_VALUE;
  private static final long NEVER_CLEAR = -1;
  private static final Slot[] NO_SLOTS = {};

  /** {@code struct filedescent}. */
  private static final class Slot {
    /** Null if not known, {@link Descriptor#NOT_OPEN} if closed. */
    private Descriptor limits;

    /** What a lookup that starts here is beneath; null if not known. */
    private String path;

    private boolean closeOnExec;
    private boolean closeOnFork;

    /** Nothing is known of the first flag, of the second. */
    private boolean onExecUnknown;

    private boolean onForkUnknown;

    /** DFLAG_PASSABLE is not set, as of a kqueue: a forked child does not get it. */
    private boolean stays;

    /** Counts what this number meant: another file is another generation. */
    private int generation;

    /** How many were closed in the table when this one was, it included. */
    private long closed;

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
      onExecUnknown = false;
      onForkUnknown = false;
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

  /**
   * How many had been closed when a descriptor was first opened unseen since it was last clear
   * which numbers are taken; {@link #CLEAR} where it is, {@link #NEVER_CLEAR} where it was not when
   * the trace began.
   */
  private long hiddenSince = CLEAR;

  private long closes;
  private int limited;
  private int sharers = 1;

  /** fdinit: nothing is open. */
  static DescriptorTable empty() {
    DescriptorTable table = new DescriptorTable();
    table.used = 0;
    table.firstFree = 0;
    return table;
  }

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

  /** Says what a descriptor may be used for of which nothing was known. */
  public void know(int fd, Descriptor limits) {
    open(fd, limits, path(fd));
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
    hiddenSince = CLEAR;
  }

  /** The process was started before the trace: any number may be taken. */
  void startedBefore() {
    unseen = true;
    hiddenSince = NEVER_CLEAR;
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
    Slot slot = slot(fd);
    if (slot != null && slot.closed <= hiddenSince) {
      hiddenSince = CLEAR; // it was free all the time: what was opened unseen is below
    }
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
    hiddenSince = Math.min(hiddenSince, closes);
  }

  /** Something was taken from a descriptor, and no record shows what is left. */
  void limitedUnseen(int fd) {
    limit(fd, null);
    unseen = true;
  }

  /**
   * A new file of which only the caller's memory has the number: the lowest that is free. While it
   * is not clear which are, some number is taken for it, and nothing is known of that.
   */
  void allocatedUnseen(Descriptor limits, boolean closeOnExec, boolean closeOnFork) {
    boolean clear = hiddenSince == CLEAR;
    int fd = lowestFree();
    open(fd, clear ? limits : null, null);
    setFlags(fd, closeOnExec, closeOnFork);
    Slot slot = slot(fd);
    if (!clear && slot != null) {
      slot.onExecUnknown = true;
      slot.onForkUnknown = true;
    }
  }

  /** Whether the descriptor is closed by execve(2) is not known. */
  void forgetCloseOnExec(int fd) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.onExecUnknown = true;
    }
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
    if (from == to) {
      return;
    }
    Slot source = from >= 0 && from < slots.length ? slots[from] : null;
    boolean known = source != null && source.limits != null && source.limits.isOpen();
    open(to, known ? source.limits : null, path(from)); // it was open, as it could be copied
    Slot target = slot(to);
    if (source != null && target != null) {
      target.stays = source.stays;
    }
  }

  /** dupfdopen: the flags go along too. */
  void duplicateWithFlags(int from, int to) {
    duplicate(from, to);
    Slot source = from >= 0 && from < slots.length ? slots[from] : null;
    if (source != null) {
      setFlags(to, source.closeOnExec, source.closeOnFork);
    }
  }

  void setFlags(int fd, boolean closeOnExec, boolean closeOnFork) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.closeOnExec = closeOnExec;
      slot.closeOnFork = closeOnFork;
      slot.onExecUnknown = false;
      slot.onForkUnknown = false;
    }
  }

  void setCloseOnExec(int fd, boolean closeOnExec) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.closeOnExec = closeOnExec;
      slot.onExecUnknown = false;
    }
  }

  void addFlags(int fd, boolean closeOnExec, boolean closeOnFork) {
    Slot slot = slot(fd);
    if (slot != null) {
      slot.closeOnExec |= closeOnExec;
      slot.onExecUnknown &= !closeOnExec;
      slot.closeOnFork |= closeOnFork;
      slot.onForkUnknown &= !closeOnFork;
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
      slot.closed = ++closes;
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
      if (isTaken(fd)) {
        addFlags(fd, closeOnExec, closeOnFork);
      }
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
    copy.hiddenSince = hiddenSince;
    copy.closes = closes;
    copy.firstFree = 0;
    for (int fd = 0; fd < slots.length; fd++) {
      Slot from = slots[fd];
      if (from == null || (from.generation == 0 && fd >= used)) {
        continue; // it was never given out
      }
      Slot to = new Slot();
      boolean left = from.closeOnFork || from.stays;
      boolean unsure = from.onForkUnknown && !left;
      to.set(left ? Descriptor.NOT_OPEN : unsure ? null : from.limits, left ? null : from.path);
      to.closeOnExec = !left && from.closeOnExec;
      to.onExecUnknown = !left && from.onExecUnknown;
      to.onForkUnknown = unsure;
      to.closed = left ? ++copy.closes : from.closed;
      copy.unseen |= unsure;
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
    startedBefore();
  }

  /** fdescfree: one process less uses this table. */
  void released() {
    sharers--;
  }

  /** fdcloseexec. */
  void closeOnExec() {
    for (int fd = 0; fd < slots.length; fd++) {
      Slot slot = slots[fd];
      if (slot == null) {
        continue;
      }
      if (slot.onExecUnknown) {
        limitedUnseen(fd);
        slot.onExecUnknown = false;
      } else if (slot.closeOnExec) {
        close(fd);
      }
      slot.closeOnFork = false;
      slot.onForkUnknown = false;
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
