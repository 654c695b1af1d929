package org.capemu.nativestubs.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What the script passes on comes out as it was given. */
class GivenTest {
  private static Given given(byte[] read, String... properties) {
    Properties all = new Properties();
    for (int i = 0; i < properties.length; i += 2) {
      all.setProperty(properties[i], properties[i + 1]);
    }
    return new Given(
        all,
        fd -> fd == 9 ? read : new byte[0],
        () -> "JVM=1\0PWD=/\0".getBytes(StandardCharsets.ISO_8859_1));
  }

  private static List<String> texts(Given given) {
    return given.environment().stream()
        .map(entry -> new String(entry, StandardCharsets.ISO_8859_1))
        .toList();
  }

  @Test
  void descriptorsAreListed() {
    assertNull(given(null).descriptors(), "not known");
    assertEquals("{}", given(null, "capemu.descriptors", "").descriptors().toString());
    assertEquals(
        "{0, 2, 63}", given(null, "capemu.descriptors", "0,2,63,").descriptors().toString());
  }

  /** HUP, QUIT, PIPE, USR2. */
  @Test
  void signalsAreAMask() {
    assertEquals("{}", given(null).ignoredSignals().toString());
    assertEquals(
        "{1, 3, 13, 31}", given(null, "capemu.ignored", "40001005").ignoredSignals().toString());
  }

  /** The form of what libxo(3) writes, whatever it calls the list. */
  @Test
  void theEnvironmentIsThatOfTheShellAsItWasStarted() {
    String json =
        """
        {"procstat":{"__version":"1","environment":{"77":{"process_id":77,"command":"sh \\"x\\"",\
        "environment":["B=1","A=two words","not a name","",\
        "F=() { echo \\"\\\\\\";\\n\\r}\t\u00e9"]}}}}
        """;
    byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
    assertEquals(
        List.of("B=1", "A=two words", "not a name", "", "F=() { echo \"\\\";\n\r}\t\u00e9"),
        texts(given(utf8, "capemu.environment", "9")));
    assertEquals(
        List.of("B=1"),
        texts(
            given(
                "{\"environment\": [ \"env\": [\"B=1\"]]}".getBytes(StandardCharsets.UTF_8),
                "capemu.environment",
                "9")));
  }

  @Property(tries = 500)
  void anyEnvironmentComesThrough(@ForAll List<byte[]> entries) {
    List<String> given =
        entries.stream()
            .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1).replace("\0", ""))
            .toList();
    String list =
        given.stream()
            .map(
                entry ->
                    '"'
                        + entry
                            .replace("\\", "\\\\")
                            .replace("\"", "\\\"")
                            .replace("\n", "\\n")
                            .replace("\r", "\\r")
                        + '"')
            .collect(Collectors.joining(","));
    byte[] json =
        ("{\"command\":\"sh\",\"environment\":[" + list + "]}").getBytes(StandardCharsets.UTF_8);
    assertEquals(given, texts(given(json, "capemu.environment", "9")));
  }

  @Test
  void anEnvironmentThatNobodyKeptIsTheJvms() {
    assertEquals(List.of("JVM=1", "PWD=/"), texts(given(null)));
    assertEquals(List.of("JVM=1", "PWD=/"), texts(given(null, "capemu.environment", "8")));
    byte[] refused = "{\"procstat\": {\"__version\": \"1\"}}".getBytes(StandardCharsets.UTF_8);
    assertEquals(List.of("JVM=1", "PWD=/"), texts(given(refused, "capemu.environment", "9")));
  }

  @Test
  void theDirectoryForTheLauncherCanBeChosen() {
    byte[] json = "[\"CAPEMU_TMPDIR=/var/run/\u00e9\"]".getBytes(StandardCharsets.UTF_8);
    Given chosen = given(json, "capemu.environment", "9", "java.io.tmpdir", "/tmp");
    assertEquals(List.of("/var/run/\u00e9"), chosen.temporaryDirectories());
    assertEquals(
        List.of("/tmp", "/home/user"),
        given(null, "java.io.tmpdir", "/tmp", "user.home", "/home/user").temporaryDirectories());
  }

  /** The descriptor may be that of a pipe. */
  @Test
  void theEnvironmentIsReadOnce() {
    byte[][] left = {"[\"A=1\"]".getBytes(StandardCharsets.UTF_8), {}};
    int[] reads = {0};
    Properties properties = new Properties();
    properties.setProperty("capemu.environment", "9");
    Given given = new Given(properties, fd -> left[reads[0]++], () -> new byte[0]);
    assertEquals("1", given.variable("A"));
    assertNull(given.variable("B"));
    assertEquals(List.of("A=1"), texts(given));
  }

  @Test
  void theDirectoryIsADescriptor() {
    assertEquals(-1, given(null).directory());
    assertEquals(-1, given(null, "capemu.directory", "").directory());
    assertEquals(8, given(null, "capemu.directory", "8").directory());
  }
}
