package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.capemu.tracer.Tracer;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The calls of a program of one process as strace(1) sees them, one by one, are those that capemu
 * records.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
@Execution(ExecutionMode.CONCURRENT)
class StraceTest {
  private static final Pattern ROW = Pattern.compile("\\s*\\d+ (\\S+)\\s+-> (\\w+)\\(.*");
  private static final Pattern CHOICE = Pattern.compile("\\s*\\| (\\w+)\\(.*");
  private static final Pattern STRACED = Pattern.compile("\\d+ +(\\w+)\\(.*");
  private static final Pattern RECORDED = Pattern.compile("\\S+ +CALL  (?:linux_)?(\\w+).*");

  @TempDir Path directory;

  static Stream<List<String>> programs() {
    return Stream.of(
        List.of("ls", "-la", "/etc"),
        List.of("sh", "-c", "cd /; pwd; for f in *; do test -d $f && echo $f; done"),
        List.of("find", "/etc"),
        List.of("tar", "cf", "archive", "/etc/alternatives"),
        List.of("sort", "/etc/passwd", "-o", "sorted"),
        List.of("perl", "-e", "print map { -s } sort glob('/etc/*')"),
        List.of("git", "init", "-q", "repository"));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void seesTheSameCalls(List<String> command) throws IOException, InterruptedException {
    for (String program : List.of("strace", command.get(0))) {
      assumeTrue(Launched.isThere(program), program + " is not there");
    }
    List<String> straced = new ArrayList<>(List.of("strace", "-f", "-o", "straced"));
    straced.addAll(command);
    Launched.command(directory, straced);
    clear();
    List<String> recorded = new ArrayList<>(List.of("run", "-i", "-t", "c", "-f", "recorded"));
    recorded.addAll(command);
    Launched.capemu(directory, recorded.toArray(new String[0]));

    List<String> theirs =
        names(
            STRACED, Files.readAllLines(directory.resolve("straced"), StandardCharsets.ISO_8859_1));
    List<String> ours = names(RECORDED, Launched.dump(directory.resolve("recorded")));
    Map<String, Set<String>> counterparts = counterparts();
    for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
      String call = theirs.get(i);
      assertTrue(
          counterparts.get(call).contains(ours.get(i)),
          "call %d: %s, recorded as %s".formatted(i, call, ours.get(i)));
    }
    assertEquals(theirs.size(), ours.size());
  }

  /** The second run is to find what the first found. */
  private void clear() throws IOException, InterruptedException {
    Launched.command(directory, List.of("rm", "-rf", "archive", "sorted", "repository"));
  }

  private static List<String> names(Pattern pattern, List<String> lines) {
    return lines.stream()
        .map(pattern::matcher)
        .filter(Matcher::matches)
        .map(call -> call.group(1))
        .toList();
  }

  /** What may become of each Linux call: the names on the right side of system-calls.txt. */
  private static Map<String, Set<String>> counterparts() throws IOException {
    Map<String, Set<String>> counterparts = new HashMap<>();
    String call = null;
    try (InputStream table = Tracer.class.getResourceAsStream("linux/system-calls.txt")) {
      for (String line :
          new String(table.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        Matcher row = ROW.matcher(line);
        Matcher choice = CHOICE.matcher(line);
        if (row.matches()) {
          call = row.group(1);
          counterparts.computeIfAbsent(call, name -> new HashSet<>()).add(to(row.group(2), call));
        } else if (choice.matches()) {
          counterparts.get(call).add(to(choice.group(1), call));
        }
      }
    }
    return counterparts;
  }

  private static String to(String counterpart, String call) {
    return counterpart.equals("linux") ? call : counterpart;
  }
}
