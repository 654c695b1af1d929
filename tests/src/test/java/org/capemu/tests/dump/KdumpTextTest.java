package org.capemu.tests.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * Byte for byte what kdump(1) of 15.0 printed of the captures and of synthetic traces, without
 * flags and with each.
 */
@ResourceLock(Resources.TIME_ZONE)
class KdumpTextTest {
  private static final String TRACE = ".kt.gz";
  private static final String TEXT = ".kdump.gz";

  private final TimeZone zone = TimeZone.getDefault();

  @BeforeEach
  void asOnTheMachineOfTheCaptures() {
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
  }

  @AfterEach
  void restoreZone() {
    TimeZone.setDefault(zone);
  }

  @TestFactory
  Stream<DynamicTest> printsWhatKdumpPrints() throws IOException {
    List<String> names = namesIn(Dump.captures(), TRACE);
    assertEquals(18, names.size());
    return names.stream()
        .map(name -> dynamicTest(name, () -> assertSameText(name + TRACE, name + TEXT, "--kdump")));
  }

  @TestFactory
  Stream<DynamicTest> printsWhatKdumpPrintsUnderItsFlags() throws IOException {
    List<String> names = namesIn(Dump.captures().resolve("kdump-flags"), TEXT);
    assertEquals(51, names.size());
    return names.stream()
        .map(
            name ->
                dynamicTest(
                    name,
                    () -> {
                      int dot = name.lastIndexOf('.');
                      String flags = name.substring(dot + 1);
                      if (flags.equals("r")) {
                        assumeTrue(groupZeroIsCalledRoot(), "group 0 has another name here");
                      }
                      assertSameText(
                          name.substring(0, dot) + TRACE,
                          "kdump-flags/" + name + TEXT,
                          "--kdump",
                          "-" + flags);
                    }));
  }

  @TestFactory
  Stream<DynamicTest> printsWhatKdumpPrintsOfSyntheticTraces() throws IOException {
    List<String> names = namesIn(Dump.synthetic(), TEXT);
    assertEquals(45, names.size());
    return names.stream()
        .map(
            name ->
                dynamicTest(
                    name,
                    () -> {
                      int dot = name.indexOf('.');
                      String trace = dot < 0 ? name : name.substring(0, dot);
                      List<String> flags = new ArrayList<>(List.of("--kdump"));
                      if (dot >= 0) {
                        flags.add("-" + name.substring(dot + 1));
                      }
                      assertSameText(
                          Dump.unpack(Dump.synthetic().resolve(trace + TRACE)),
                          Dump.unpack(Dump.synthetic().resolve(name + TEXT)),
                          flags.toArray(String[]::new));
                    }));
  }

  private static List<String> namesIn(Path directory, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(suffix))
          .map(name -> name.substring(0, name.length() - suffix.length()))
          .sorted()
          .toList();
    }
  }

  private static void assertSameText(String trace, String text, String... flags) {
    assertSameText(Dump.capture(trace), Dump.capture(text), flags);
  }

  private static void assertSameText(byte[] trace, byte[] text, String... flags) {
    Dump dump = Dump.of(trace, flags);
    assertEquals(new String(text, StandardCharsets.ISO_8859_1), dump.text());
    assertEquals("", dump.error());
    assertEquals(0, dump.status());
  }

  /** The captures' machine had no database of users, and this group. */
  private static boolean groupZeroIsCalledRoot() throws IOException {
    Path groups = Path.of("/etc/group");
    return !Files.exists(Path.of("/etc/pwd.db"))
        && Files.exists(groups)
        && Files.readAllLines(groups).stream()
            .anyMatch(line -> line.startsWith("root:") && line.split(":")[2].equals("0"));
  }
}
