package org.capemu.tests.benchmark;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.capemu.emulator.dump.DumpCommand;
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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;

/**
 * {@code capemu dump} of a capture repeated to 64 MB. An operation is one MB of the trace, so that
 * the score is MB/s. The heap is limited to what is promised: 128 MiB, the trace in it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@OperationsPerInvocation(DumpBenchmark.MEGABYTES)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx128m", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class DumpBenchmark {
  static final int MEGABYTES = 64;

  @Param({"process", "rights", "cp-full"})
  private String capture;

  private byte[] trace;

  /** Whole repetitions only: a few kB less than 64 MB. */
  @Setup
  public void repeatCapture() throws IOException {
    byte[] once;
    Path file = Path.of("src/test/resources/captures", capture + ".kt.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      once = in.readAllBytes();
    }
    trace = new byte[MEGABYTES * 1_000_000 / once.length * once.length];
    for (int at = 0; at < trace.length; at += once.length) {
      System.arraycopy(once, 0, trace, at, once.length);
    }
  }

  @Benchmark
  public int allRecords() {
    return dump("--kdump");
  }

  @Benchmark
  public int capRecordsOnly() {
    return dump("--kdump", "-tp");
  }

  private int dump(String... flags) {
    CommandLine dump =
        new CommandLine(
            new DumpCommand(new ByteArrayInputStream(trace), OutputStream.nullOutputStream()));
    String[] arguments = new String[flags.length + 1];
    System.arraycopy(flags, 0, arguments, 0, flags.length);
    arguments[flags.length] = "-f-";
    return dump.execute(arguments);
  }

  /** Runs from the directory of the module {@code tests}. */
  public static void main(String[] args) throws RunnerException {
    new Runner(new OptionsBuilder().include(DumpBenchmark.class.getName()).build()).run();
  }
}
