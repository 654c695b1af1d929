package org.capemu.policy;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides system calls as one kernel release does, in one mode. Immutable: any number of threads
 * can share one.
 */
public final class Policy {
  private static final Rule[] NOTHING = {};
  private static final Map<Release, Map<Mode, Policy>> MADE = new EnumMap<>(Release.class);

  /** LINUX_SYS_MAXSYSCALL and LINUX32_SYS_MAXSYSCALL: {@code sv_size} of elf_linux_sysvec. */
  private static final int LINUX64_CALLS = 454;

  private static final int LINUX32_CALLS = 453;

  private final Release release;
  private final SyscallTable calls;
  private final Mode mode;
  private final boolean enabledBeyond;

  /** By number; what a call has to meet in each ABI. */
  private final Entry[] native64;

  private final Entry[] native32;

  /**
   * What {@link #decide} needs to know of a call.
   *
   * @param aboutLimits true if the rules can find nothing where no descriptor is limited
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, and walked at every call
  private record Entry(boolean enabled, Rule[] rules, boolean aboutLimits) {}

  /** This policy in {@link Mode#STRICT}, once it was asked for. */
  private volatile @Nullable Policy strict;

  private Policy(Release release, Mode mode) {
    this.release = release;
    this.enabledBeyond = release.enablesNumbersBeyondTheTable();
    this.calls = SyscallTable.of(release);
    this.mode = mode;
    this.native64 = entries(Abi.FREEBSD64);
    this.native32 = entries(Abi.FREEBSD32);
  }

  /** The policy of a release in a mode; made once. */
  public static Policy of(Release release, Mode mode) {
    synchronized (MADE) {
      return MADE.computeIfAbsent(release, any -> new EnumMap<>(Mode.class))
          .computeIfAbsent(mode, any -> new Policy(release, mode));
    }
  }

  private Entry[] entries(Abi abi) {
    Memory memory = new Memory(abi.is64Bit());
    boolean strict = mode == Mode.STRICT;
    RuleTable table = new RuleTable(release, strict, memory);
    Entry[] entries = new Entry[calls.size()];
    for (int number = 0; number < entries.length; number++) {
      SyscallTable.Syscall call = calls.info(number);
      if (call == null) {
        continue;
      }
      Rule[] rules = call.isImplemented() ? table.rulesOf(call.name()) : NOTHING;
      rules = rules == null ? NOTHING : rules;
      boolean aboutLimits = true;
      boolean first = true;
      for (int i = 0; i < rules.length; i++) {
        rules[i].in(new Rule.Place(call.enabled(abi), strict, first, i == rules.length - 1));
        first &= !rules[i].canBePassedUndecided();
        aboutLimits &= rules[i].isAboutLimits();
      }
      entries[number] = new Entry(call.enabled(abi), rules, aboutLimits);
    }
    return entries;
  }

  /**
   * Decides one system call at its entry: syscallenter and what it calls.
   *
   * @param call made by any interface, with any number
   * @throws Undecided if the caller cannot tell what a rule asks; what was found before stands
   */
  public void decide(SystemCall call, Caller caller, Findings findings) {
    Abi abi = call.abi();
    int number = call.number();
    Entry[] entries = abi == Abi.FREEBSD64 ? native64 : native32;
    int size =
        switch (abi) {
          case FREEBSD64, FREEBSD32 -> entries.length;
          case LINUX64 -> LINUX64_CALLS;
          case LINUX32 -> LINUX32_CALLS;
        };
    if (number < 0 || number >= size) { // ENOSYS
      if (!enabledBeyond) {
        findings.violation(Violation.Syscall.NOT_ENABLED);
      }
      return;
    }
    if (abi.isLinux()) {
      findings.violation(Violation.Syscall.NOT_ENABLED);
      return;
    }
    Entry entry = entries[number];
    if (entry.enabled) {
      if (!entry.aboutLimits || caller.hasLimitedDescriptors()) {
        apply(entry.rules, call, caller, findings);
      }
      return;
    }
    findings.violation(Violation.Syscall.NOT_ENABLED);
    if (!caller.inCapabilityMode()) {
      apply(entry.rules, call, caller, new AfterTheGate(findings));
    }
  }

  /**
   * What a call would fail with in capability mode, by all rules: also those that leave no record,
   * whatever the mode of this policy.
   */
  public Refusal refusal(SystemCall call, Caller caller) {
    Refusal.First first = new Refusal.First();
    try {
      strict().decide(call, caller, first);
    } catch (Undecided undecided) {
      return first.with(undecided);
    }
    return first.with(null);
  }

  /** Made when it is first asked for: a second table of rules. */
  private Policy strict() {
    Policy known = strict;
    if (known == null) {
      known = mode == Mode.STRICT ? this : new Policy(release, Mode.STRICT);
      strict = known;
    }
    return known;
  }

  /**
   * True if nothing is found in any call of this number, whatever its arguments, while {@link
   * Caller#hasLimitedDescriptors} is false.
   */
  public boolean isOnlyAboutLimits(Abi abi, int number) {
    Entry[] entries = abi == Abi.FREEBSD32 ? native32 : native64;
    return !abi.isLinux()
        && number >= 0
        && number < entries.length
        && entries[number].enabled
        && entries[number].aboutLimits;
  }

  private static void apply(Rule[] rules, SystemCall call, Caller caller, Findings findings) {
    Undecided undecided = null;
    for (Rule rule : rules) {
      try {
        if (!rule.check(call, caller, findings)) {
          break;
        }
      } catch (Undecided e) {
        if (!rule.canBePassedUndecided()) {
          throw e;
        }
        undecided = e;
      }
    }
    if (undecided != null) {
      throw undecided;
    }
  }

  /**
   * The rules of a call, in their order, each in words: {@code descriptor 0 needs CAP_READ}. Empty
   * where there is nothing to check but whether the call is enabled.
   */
  public List<String> rulesOf(Abi abi, int number) {
    Entry[] entries = abi == Abi.FREEBSD32 ? native32 : native64;
    if (abi.isLinux() || number < 0 || number >= entries.length) {
      return List.of();
    }
    return Arrays.stream(entries[number].rules).map(Object::toString).toList();
  }

  /**
   * ktrcapfail drops every violation of a call that is not enabled, but for the first, and in
   * capability mode such a call comes to nothing else. Lookups are recorded all the same.
   */
  private record AfterTheGate(Findings findings) implements Findings {
    @Override
    public void namei(String path) {
      findings.namei(path);
    }

    @Override
    public void violation(Violation violation) {
      // The gate's is the call's only one, with Mode.STRICT too.
    }
  }
}
