package org.capemu.policy;

/** Times that make a call fail before its descriptor is looked at: EFAULT and EINVAL. */
final class TimeRules {
  private static final int MICROSECONDS = 1_000_000;
  private static final int NANOSECONDS = 1_000_000_000;
  private static final long UTIME_NOW = -1;
  private static final long UTIME_OMIT = -2;

  private final Memory memory;

  /** struct timespec, struct timeval. */
  private final int size;

  TimeRules(Memory memory) {
    this.memory = memory;
    this.size = 2 * memory.pointerSize();
  }

  /** getutimes: two {@code struct timeval}, if any. */
  Rule timesOfDay(int arg) {
    return two(arg, true, fraction -> fraction >= 0 && fraction < MICROSECONDS);
  }

  /** getutimens: two {@code struct timespec}, if any, with UTIME_NOW and UTIME_OMIT. */
  Rule timestamps(int arg) {
    return two(
        arg,
        true,
        fraction ->
            fraction == UTIME_NOW
                || fraction == UTIME_OMIT
                || (fraction >= 0 && fraction < NANOSECONDS));
  }

  /** kern_futimens: done at once where both are UTIME_OMIT. */
  Rule notBothOmitted(int arg) {
    return Rule.aboutLimits(
        "times " + arg + " are not both UTIME_OMIT",
        (call, caller, findings) -> {
          byte[] times =
              call.isNull(arg)
                  ? Memory.UNKNOWN
                  : Memory.copyInIfKnown(caller, call.address(arg), 2 * size);
          return times == null
              || times == Memory.UNKNOWN
              || fraction(times, 0) != UTIME_OMIT
              || fraction(times, size) != UTIME_OMIT;
        });
  }

  /** kern_timerfd_settime: {@code struct itimerspec}. */
  Rule timer(int arg) {
    return two(arg, false, fraction -> fraction >= 0 && fraction < NANOSECONDS);
  }

  /** kern_select: a {@code struct timeval}, if any. */
  Rule intervalOfMicroseconds(int arg) {
    return interval(arg, fraction -> fraction >= 0 && fraction < MICROSECONDS);
  }

  /** kern_pselect: a {@code struct timespec}, if any, of which whole microseconds are taken. */
  Rule intervalInMicroseconds(int arg) {
    return interval(arg, fraction -> fraction > -1000 && fraction < NANOSECONDS);
  }

  /** timespecvalid_interval: a {@code struct timespec}, if any. */
  Rule interval(int arg) {
    return interval(arg, fraction -> fraction >= 0 && fraction < NANOSECONDS);
  }

  private Rule interval(int arg, Fraction valid) {
    return Rule.aboutLimits(
        "timeout " + arg + " is valid, if any",
        (call, caller, findings) -> {
          byte[] time =
              call.isNull(arg)
                  ? Memory.UNKNOWN
                  : Memory.copyInIfKnown(caller, call.address(arg), size);
          return time != null
              && (time == Memory.UNKNOWN
                  || (seconds(time, 0) >= 0 && valid.isValid(fraction(time, 0))));
        });
  }

  /** A timeout that need not be passed. */
  Rule timeout(int arg) {
    return ArgumentRules.readableIfAny(arg, size);
  }

  private interface Fraction {
    boolean isValid(long fraction);
  }

  /** Seconds may be negative but in a timer, which must be passed. */
  private Rule two(int arg, boolean optional, Fraction valid) {
    return Rule.aboutLimits(
        "times " + arg + " are valid" + (optional ? ", if any" : ""),
        (call, caller, findings) -> {
          if (optional && call.isNull(arg)) {
            return true;
          }
          byte[] times = Memory.copyInIfKnown(caller, call.address(arg), 2 * size);
          if (times == null || times == Memory.UNKNOWN) {
            return times != null;
          }
          return valid.isValid(fraction(times, 0))
              && valid.isValid(fraction(times, size))
              && (optional || (seconds(times, 0) >= 0 && seconds(times, size) >= 0));
        });
  }

  private long seconds(byte[] times, int offset) {
    return memory.getLongWord(times, offset);
  }

  private long fraction(byte[] times, int offset) {
    return memory.getLongWord(times, offset + memory.pointerSize());
  }
}
