package org.capemu.tests.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.capemu.emulator.replay.ReplayCommand;
import org.capemu.emulator.verify.VerifyCommand;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;

/**
 * {@code capemu verify} and {@code replay} of a file of 1 GB that repeats a capture. An operation
 * is one MB of the trace, so that the score is MB/s. The heap is limited to less than is promised.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@OperationsPerInvocation(VerifyBenchmark.MEGABYTES)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx96m", "-XX:+UseSerialGC"})
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 4, time = 1)
public class VerifyBenchmark {
  static final int MEGABYTES = 1000;

  @Param({"process", "rights", "report-unzip-full"})
  private String capture;

  private Path trace;
  private Path output;

  /** Whole repetitions only: a few kB less than 1 GB. */
  @Setup
  public void repeatCapture() throws IOException {
    byte[] once;
    Path file = Path.of("src/test/resources/captures", capture + ".kt.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      once = in.readAllBytes();
    }
    trace = Files.createTempFile("verify", ".kt");
    output = Files.createTempFile("replay", ".kt");
    try (OutputStream out = Files.newOutputStream(trace)) {
      for (long left = MEGABYTES * 1_000_000L; left >= once.length; left -= once.length) {
        out.write(once);
      }
    }
  }

  @TearDown
  public void removeTraces() throws IOException {
    Files.delete(trace);
    Files.delete(output);
  }

  @Benchmark
  public int verify() {
    return new CommandLine(new VerifyCommand(nowhere())).execute(trace.toString());
  }

  @Benchmark
  public int replay() {
    return new CommandLine(new ReplayCommand(nowhere()))
        .execute(trace.toString(), "-o", output.toString());
  }

  private static PrintStream nowhere() {
    return new PrintStream(OutputStream.nullOutputStream());
  }

  /** Runs from the directory of the module {@code tests}. */
  public static void main(String[] args) throws RunnerException {
    new Runner(new OptionsBuilder().include(VerifyBenchmark.class.getName()).build()).run();
  }
}
