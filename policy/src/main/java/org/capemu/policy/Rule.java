package org.capemu.policy;

/**
 * One check of a system call, in its place in the kernel's order. Its text says what it checks:
 * {@code descriptor 0 needs CAP_READ}; numbers are the call's arguments, counted from 0.
 */
interface Rule {
  /**
   * @return false where the kernel's call ends, so that the checks after this one are not reached
   */
  boolean check(SystemCall call, Caller caller, Findings findings);

  /** True if it can find nothing where no descriptor is limited. */
  default boolean isAboutLimits() {
    return false;
  }

  /**
   * True if the checks after this one can be made although this one was undecided: they will see
   * themselves whether they were reached.
   */
  default boolean canBePassedUndecided() {
    return false;
  }

  /** Tells the rule its place, once, while the table is built. */
  default void in(Place place) {}

  /**
   * @param enabled whether the call is enabled in capability mode
   * @param strict whether to find what no kernel records
   * @param first whether no lookup of the call comes before
   * @param last whether no rule of the call comes after
   */
  record Place(boolean enabled, boolean strict, boolean first, boolean last) {
    /** Whether what is found can be told. */
    boolean records() {
      return enabled || strict;
    }
  }

  /** A rule made of its text and its check. */
  static Rule of(String text, Check check) {
    return new Rule() {
      @Override
      public boolean check(SystemCall call, Caller caller, Findings findings) {
        return check.check(call, caller, findings);
      }

      @Override
      public String toString() {
        return text;
      }
    };
  }

  /** The same for a rule about the limits of descriptors. */
  static Rule aboutLimits(String text, Check check) {
    return new Rule() {
      @Override
      public boolean check(SystemCall call, Caller caller, Findings findings) {
        return check.check(call, caller, findings);
      }

      @Override
      public boolean isAboutLimits() {
        return true;
      }

      @Override
      public String toString() {
        return text;
      }
    };
  }

  /** {@link Rule#check}. */
  @FunctionalInterface
  interface Check {
    boolean check(SystemCall call, Caller caller, Findings findings);
  }
}
