package org.capemu.tests.benchmark;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.capemu.policy.Abi;
import org.capemu.policy.Caller;
import org.capemu.policy.CapRights;
import org.capemu.policy.Descriptor;
import org.capemu.policy.FileTree;
import org.capemu.policy.Findings;
import org.capemu.policy.Policy;
import org.capemu.policy.Release;
import org.capemu.policy.Right;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.SystemCall;
import org.capemu.policy.Violation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Decisions of the policy on one core: the score is millions a second, and the garbage collector's
 * profile says what each of them allocates.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PolicyBenchmark {
  private static final int SYS_READ = 3;
  private static final int SYS_GETPID = 20;
  private static final int SYS_OPENAT = 499;
  private static final int AT_FDCWD = -100;
  private static final int CALLS = 1024;

  private final Policy policy = Policy.of(Release.FREEBSD_15, org.capemu.policy.Mode.KERNEL);
  private final SystemCall call = new SystemCall(SyscallTable.of(Release.FREEBSD_15));
  private final Process unlimited = new Process(false);
  private final Process limited = new Process(true);
  private final Found found = new Found();
  private final long[] read = {3, 0x1000, 4096, 0, 0, 0, 0, 0};
  private final long[] open = {AT_FDCWD, 0x1000, 0, 0, 0, 0, 0, 0};
  private final long[] openBeneath = {3, 0x1000, 0, 0, 0, 0, 0, 0};

  /** Call numbers as programs mix them. */
  private final int[] mixed = new int[CALLS];

  private int next;

  /** Sets up the mixture. */
  public PolicyBenchmark() {
    int[] common = {SYS_READ, 4, 3, 478, 551, SYS_GETPID, 232, 477, 73, 54, 6, 416, 340, 454, 331};
    for (int i = 0; i < CALLS; i++) {
      mixed[i] = common[i * 7 % common.length];
    }
  }

  /** read(2) where no descriptor is limited. */
  @Benchmark
  public int allowedCall() {
    policy.decide(call.set(Abi.FREEBSD64, SYS_READ, read), unlimited, found);
    return found.count;
  }

  /** The same with another call each time. */
  @Benchmark
  public int allowedCallsMixed() {
    next = (next + 1) % CALLS;
    policy.decide(call.set(Abi.FREEBSD64, mixed[next], read), unlimited, found);
    return found.count;
  }

  /** read(2) of a limited descriptor that holds CAP_READ. */
  @Benchmark
  public int allowedByRights() {
    policy.decide(call.set(Abi.FREEBSD64, SYS_READ, read), limited, found);
    return found.count;
  }

  /** openat(2) of a relative path in the working directory. */
  @Benchmark
  public void lookupViolation(Blackhole blackhole) {
    policy.decide(call.set(Abi.FREEBSD64, SYS_OPENAT, open), unlimited, found);
    blackhole.consume(found.last);
  }

  /** openat(2) beneath an open directory, three components deep. */
  @Benchmark
  public int allowedLookup() {
    policy.decide(call.set(Abi.FREEBSD64, SYS_OPENAT, openBeneath), unlimited, found);
    return found.count;
  }

  private static final class Found implements Findings {
    private int count;
    private Violation last;

    @Override
    public void namei(String path) {
      count++;
    }

    @Override
    public void violation(Violation violation) {
      last = violation;
      count++;
    }
  }

  private static final class Process implements Caller, FileTree {
    private final boolean limits;
    private final Descriptor reader =
        new Descriptor(Descriptor.Kind.FILE, CapRights.of(Right.CAP_READ));

    Process(boolean limits) {
      this.limits = limits;
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
      return reader;
    }

    @Override
    public boolean hasLimitedDescriptors() {
      return limits;
    }

    @Override
    public String path(long address) {
      return "share/zoneinfo/UTC";
    }

    @Override
    public boolean read(long address, byte[] buffer, int length) {
      return true;
    }

    @Override
    public byte[] sockaddr(long address, int length) {
      return null;
    }

    @Override
    public FileTree files() {
      return this;
    }

    @Override
    public String startingDirectory(int dirfd) {
      return "/usr";
    }

    @Override
    public FileType typeOf(String path) {
      return path.endsWith("UTC") ? FileType.OTHER : FileType.DIRECTORY;
    }

    @Override
    public String readlink(String path) {
      return null;
    }

    @Override
    public List<Interpreter> interpreters(String path) {
      return List.of();
    }

    @Override
    public List<Interpreter> interpreters(int fd) {
      return List.of();
    }
  }

  /** Runs from the directory of the module {@code tests}. */
  public static void main(String[] args) throws RunnerException {
    new Runner(
            new OptionsBuilder()
                .include(PolicyBenchmark.class.getName())
                .addProfiler(GCProfiler.class)
                .build())
        .run();
  }
}
