package org.capemu.tests.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.capemu.tests.run.TinyProgram;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * A program of 200,000 system calls under {@code strace -f -o /dev/null} and under {@code capemu
 * run}, whole processes with their start: seconds, and at the end their ratio.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 1)
@Measurement(iterations = 5)
public class RunBenchmark {
  private static final int CALLS = 200_000;
  private static final int GETPPID = 110;
  private static final String CAPEMU = Path.of("../capemu").toAbsolutePath().toString();

  private Path directory;

  @Setup(Level.Trial)
  public void writeProgram() throws IOException {
    directory = Files.createTempDirectory("capemu");
    new TinyProgram().repeat(CALLS, GETPPID).write(directory.resolve("program"), 0);
  }

  @TearDown(Level.Trial)
  public void removeProgram() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Benchmark
  public int untraced() throws IOException, InterruptedException {
    return run("./program");
  }

  @Benchmark
  public int strace() throws IOException, InterruptedException {
    return run("strace", "-f", "-o", "/dev/null", "./program");
  }

  @Benchmark
  public int capemu() throws IOException, InterruptedException {
    return run(CAPEMU, "run", "-i", "./program");
  }

  @Benchmark
  public int capemuViolationsAndNames() throws IOException, InterruptedException {
    return run(CAPEMU, "run", "-i", "-t", "np", "./program");
  }

  private int run(String... command) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (status != 0) {
      throw new IOException(List.of(command) + " exits " + status);
    }
    return status;
  }

  /** Runs from the directory of the module {@code tests}. */
  public static void main(String[] args) throws RunnerException {
    Collection<RunResult> results =
        new Runner(new OptionsBuilder().include(RunBenchmark.class.getName()).build()).run();
    double strace = seconds(results, "strace");
    for (String ours : Arrays.asList("capemu", "capemuViolationsAndNames")) {
      System.out.printf("%s / strace: %.2f%n", ours, seconds(results, ours) / strace);
    }
  }

  private static double seconds(Collection<RunResult> results, String benchmark) {
    return results.stream()
        .filter(result -> result.getParams().getBenchmark().endsWith("." + benchmark))
        .mapToDouble(result -> result.getPrimaryResult().getScore())
        .findFirst()
        .orElseThrow();
  }
}
