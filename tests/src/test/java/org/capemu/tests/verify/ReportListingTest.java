package org.capemu.tests.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.emulator.dump.DumpCommand;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The listings of the report on violation tracing, line for line, from traces of its programs. */
class ReportListingTest {
  private static final Path REPORT = Path.of("src/test/resources/capsicum-ktracing-report.txt");
  private static final Pattern LINE = Pattern.compile("\\+?(\\d+) (\\S+) +(CAP|NAMI) +(.*)");

  @TempDir Path directory;

  /** The first listing of a process in the report, without its id. */
  private static List<String> listing(int pid) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(REPORT)) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches() && matcher.group(1).equals("" + pid)) {
        lines.add(matcher.group(2) + " " + matcher.group(3) + " " + matcher.group(4));
      } else if (!lines.isEmpty()) {
        break;
      }
    }
    assertFalse(lines.isEmpty());
    return lines;
  }

  private static List<String> dump(Path trace, String kinds) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new CommandLine(new DumpCommand(InputStream.nullInputStream(), out))
        .execute("-f", trace.toString(), "-t", kinds);
    List<String> lines = new ArrayList<>();
    for (String line : out.toString(StandardCharsets.ISO_8859_1).lines().toList()) {
      Matcher matcher = LINE.matcher(line.strip());
      if (matcher.matches()) {
        lines.add(matcher.group(2) + " " + matcher.group(3) + " " + matcher.group(4));
      }
    }
    return lines;
  }

  /** What is derived from everything in a capture but its violations. */
  private Path replayed(String name) throws IOException {
    Trace capture = Trace.capture(name);
    Path output = directory.resolve(name);
    Run.replay(capture.without(RecordType.CAPFAIL).write(directory, "input"), "-o", output);
    return output;
  }

  @Test
  void violationsOfTheFirstProgram() throws IOException {
    List<String> expected = sorted(listing(1603));
    Trace violations = Trace.capture("report-foo-p");
    Trace everything = Trace.capture("report-foo-full");
    assertEquals(expected, sorted(dump(violations.write(directory, "trace"), "p")));
    assertEquals(expected, sorted(dump(everything.write(directory, "trace"), "p")));
    assertEquals(expected, sorted(dump(replayed("report-foo-full"), "p")));
  }

  /** Its C library reads malloc.conf before it opens its last file, this one's after. */
  private static List<String> sorted(List<String> lines) {
    return lines.stream().sorted().toList();
  }

  @Test
  void lookupsAndViolationsOfUnzip() throws IOException {
    List<String> expected = listing(1926);
    List<String> kernel = dump(Trace.capture("report-unzip-np").write(directory, "trace"), "np");
    List<String> derived = dump(replayed("report-unzip-full"), "np");
    assertEquals(kernel, derived);
    String first = "unzip NAMI \"bar\"";
    assertEquals(from(expected, first), from(derived, first));
    Set<String> otherLines = new LinkedHashSet<>(expected);
    otherLines.removeAll(derived);
    // this unzip's libraries are of another release, and its machine has no such clock
    assertEquals(
        Set.of(
            "unzip NAMI \"/lib/libcrypto.so.111\"",
            "unzip NAMI \"/lib/libmd.so.6\"",
            "unzip NAMI \"/dev/pvclock\""),
        otherLines);
  }

  private static List<String> from(List<String> lines, String first) {
    return lines.subList(lines.indexOf(first), lines.size());
  }
}
