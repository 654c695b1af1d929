package org.capemu.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every number of the table, and more, with arguments that no program would pass. */
class SweepTest {
  private static final int[] BEYOND = {
    -1, Integer.MIN_VALUE, 599, 600, 1023, 1024, 32767, 65536, Integer.MAX_VALUE
  };

  private static final long[][] ARGUMENTS = {
    all(0),
    all(-1),
    all(1),
    all(Long.MIN_VALUE),
    all(Long.MAX_VALUE),
    all(Integer.MIN_VALUE),
    all(0xdead_beef_dead_beefL),
    all(0x1_0000_0000L), // zeros, for who takes an int
    all(0xffff_ffff_0000_0003L), // a descriptor, for who takes an int
    all(-100), // AT_FDCWD
    {3, 0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000},
    {0x1000, 0x1000, 3, 0x1000, 3, 3, 3, 3},
    {-100, 0x1000, -100, 0x1000, 0, 0, 0, 0},
  };

  private static long[] all(long value) {
    long[] args = new long[8];
    Arrays.fill(args, value);
    return args;
  }

  /** What is behind any pointer. */
  private enum Mem {
    MISSING,
    ZEROS,
    ONES,
    SMALL_NUMBERS,
    UNKNOWN
  }

  /** A process that answers the same to everything. */
  private record Process(Mem behind, boolean inCapabilityMode, Descriptor descriptor)
      implements Caller, FileTree {
    private <T> T known(T answer) {
      if (behind == Mem.UNKNOWN) {
        throw new Undecided("all of it");
      }
      return answer;
    }

    @Override
    public int pid() {
      return 100;
    }

    @Override
    public int tid() {
      return 100_100;
    }

    @Override
    public Descriptor descriptor(int fd) {
      return fd == 3 ? descriptor : Descriptor.NOT_OPEN;
    }

    @Override
    public boolean hasLimitedDescriptors() {
      return descriptor != Descriptor.UNLIMITED;
    }

    @Override
    public String path(long address) {
      return known(behind == Mem.MISSING ? null : behind == Mem.ZEROS ? "" : "a/../b");
    }

    @Override
    public boolean read(long address, byte[] buffer, int length) {
      Arrays.fill(buffer, (byte) (behind == Mem.ONES ? -1 : 0));
      for (int i = 0; behind == Mem.SMALL_NUMBERS && i < length; i += 4) {
        buffer[i] = (byte) (1 + i / 4 % 4);
      }
      return known(behind != Mem.MISSING);
    }

    @Override
    public byte[] sockaddr(long address, int length) {
      boolean isThere = behind != Mem.MISSING && length >= 2 && length <= 255;
      byte[] bytes = new byte[isThere ? length : 0];
      Arrays.fill(bytes, (byte) 1);
      return known(isThere ? bytes : null);
    }

    @Override
    public FileTree files() {
      return this;
    }

    @Override
    public String startingDirectory(int dirfd) {
      return known("/a");
    }

    @Override
    public FileType typeOf(String path) {
      return known(path.length() > 20 ? FileType.OTHER : FileType.DIRECTORY);
    }

    @Override
    public List<String> entries(String path) {
      return known(List.of("a", "b"));
    }

    @Override
    public String readlink(String path) {
      return known("/a/a");
    }

    @Override
    public List<Interpreter> interpreters(String path) {
      return known(List.of(new Interpreter("/bin/sh", true)));
    }

    @Override
    public List<Interpreter> interpreters(int fd) {
      return interpreters("");
    }
  }

  private static final class Found implements Findings {
    private final List<String> lookups = new ArrayList<>();
    private final List<Violation> violations = new ArrayList<>();

    @Override
    public void namei(String path) {
      lookups.add(path);
    }

    @Override
    public void violation(Violation violation) {
      violations.add(violation);
    }
  }

  private interface Check {
    void check(int number, Process process, Found found);
  }

  /** Decides each number with everything above. Anything thrown but Undecided is a failure. */
  private static void sweep(Policy policy, Abi abi, Check check) {
    Descriptor nothing = new Descriptor(Descriptor.Kind.UNIX_DATAGRAM_SOCKET, CapRights.NONE);
    SystemCall call = new SystemCall(SyscallTable.of(Release.FREEBSD_15));
    for (int i = 0; i < 599 + BEYOND.length; i++) {
      int number = i < 599 ? i : BEYOND[i - 599];
      for (Mem behind : Mem.values()) {
        for (int kind = 0; kind < 4; kind++) {
          Descriptor descriptor = kind < 2 ? nothing : Descriptor.UNLIMITED;
          Process process = new Process(behind, kind % 2 == 0, descriptor);
          for (long[] args : ARGUMENTS) {
            Found found = new Found();
            try {
              policy.decide(call.set(abi, number, args.clone()), process, found);
            } catch (Undecided e) {
              assertEquals(Mem.UNKNOWN, behind, () -> "number " + number);
            }
            check.check(number, process, found);
          }
        }
      }
    }
  }

  static List<Release> ends() {
    return List.of(Release.FREEBSD_13_0, Release.FREEBSD_14_3, Release.FREEBSD_15);
  }

  @ParameterizedTest
  @MethodSource("ends")
  void whateverIsPassedTheGateDecidesByTheNumberAlone(Release release) {
    SyscallTable calls = SyscallTable.of(release);
    Policy policy = Policy.of(release, Mode.KERNEL);
    sweep(
        policy,
        Abi.FREEBSD64,
        (number, process, found) -> {
          SyscallTable.Syscall call = calls.info(number);
          boolean enabled = call == null ? release.enablesNumbersBeyondTheTable() : call.enabled();
          if (enabled) {
            assertTrue(!found.violations.contains(Violation.Syscall.NOT_ENABLED), "" + number);
          } else {
            assertEquals(List.of(Violation.Syscall.NOT_ENABLED), found.violations, "" + number);
            assertTrue(found.lookups.isEmpty() || !process.inCapabilityMode(), "" + number);
          }
          if (call == null || !call.isImplemented()) {
            assertEquals(List.of(), found.lookups, "" + number);
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Abi.class)
  void strictAddsWhatNoKernelRecordsAndTakesNothingAway(Abi abi) {
    Policy policy = Policy.of(Release.FREEBSD_15, Mode.KERNEL);
    List<List<Violation>> recorded = new ArrayList<>();
    sweep(policy, abi, (number, process, found) -> recorded.add(found.violations));
    int[] next = {0};
    sweep(
        Policy.of(Release.FREEBSD_15, Mode.STRICT),
        abi,
        (number, process, found) -> {
          List<Violation> traced = new ArrayList<>(found.violations);
          traced.removeIf(violation -> violation instanceof Violation.Untraced);
          List<Violation> expected = recorded.get(next[0]++);
          // false alarms: poll(2) refuses nothing
          if (number != 209 && number != 545) {
            assertEquals(expected, traced, () -> abi + " " + number + " " + process);
          }
        });
  }

  @Test
  void inCapabilityModeACallThatIsRefusedIsRefusedOnce() {
    sweep(
        Policy.of(Release.FREEBSD_15, Mode.KERNEL),
        Abi.FREEBSD64,
        (number, process, found) -> {
          long refusals =
              found.violations.stream().filter(violation -> violation.errno() == 94).count();
          assertTrue(!process.inCapabilityMode() || refusals <= 1, number + " " + found.violations);
        });
  }

  @Test
  void argumentsOfTypeIntAreTakenByTheirLowerHalf() {
    SyscallTable calls = SyscallTable.of(Release.FREEBSD_15);
    Policy policy = Policy.of(Release.FREEBSD_15, Mode.KERNEL);
    Set<String> ints =
        Set.of("int", "u_int", "unsigned int", "unsigned", "mode_t", "pid_t", "uint32_t");
    Set<String> others = Set.of("__socklen_t", "cpulevel_t", "cpuwhich_t");
    for (int number = 0; number < calls.size(); number++) {
      SyscallTable.Syscall call = calls.info(number);
      List<String> types = call.arguments().stream().map(SyscallTable.Argument::type).toList();
      for (Mem behind : Mem.values()) {
        Process process =
            new Process(behind, false, new Descriptor(Descriptor.Kind.OTHER, CapRights.NONE));
        for (long[] args : ARGUMENTS) {
          long[] garbage = args.clone();
          for (int i = 0; i < types.size(); i++) {
            if (ints.contains(types.get(i)) || others.contains(types.get(i))) {
              garbage[i] = args[i] & 0xffff_ffffL | 0x5a5a_5a5aL << 32;
            }
          }
          assertEquals(
              decide(policy, number, args, process),
              decide(policy, number, garbage, process),
              () -> call.name() + " " + behind + " " + Arrays.toString(args));
        }
      }
    }
  }

  private static List<Object> decide(Policy policy, int number, long[] args, Process process) {
    Found found = new Found();
    List<Object> all = new ArrayList<>();
    try {
      policy.decide(
          new SystemCall(SyscallTable.of(Release.FREEBSD_15))
              .set(Abi.FREEBSD64, number, args.clone()),
          process,
          found);
    } catch (Undecided e) {
      all.add("undecided");
    }
    all.addAll(found.lookups);
    all.addAll(found.violations);
    return all;
  }

  @Test
  void aDescriptorWithoutRightsIsGoodForFewCalls() {
    SyscallTable calls = SyscallTable.of(Release.FREEBSD_15);
    Policy policy = Policy.of(Release.FREEBSD_15, Mode.KERNEL);
    Process process =
        new Process(
            Mem.SMALL_NUMBERS, false, new Descriptor(Descriptor.Kind.OTHER, CapRights.NONE));
    for (String name : List.of("read", "fstat", "getsockname", "listen", "pdgetpid", "flock")) {
      long[] args = {0xffff_ffff_0000_0003L, 0x1000, 0x1000, 0, 0, 0, 0, 0};
      assertNotEquals(List.of(), decide(policy, calls.named(name).number(), args, process), name);
    }
  }
}
