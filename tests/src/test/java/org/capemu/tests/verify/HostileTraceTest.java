package org.capemu.tests.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Traces that are cut, garbled or none: one clear line, whatever they hold. */
class HostileTraceTest {
  private static Path directory;
  private static byte[] trace;

  @BeforeContainer
  static void prepare() throws IOException {
    directory = Files.createTempDirectory("hostile");
    trace = Files.readAllBytes(Trace.capture("rights").write(directory, "whole"));
  }

  @AfterContainer
  static void cleanUp() throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Property(tries = 150)
  void aCutTraceIsVerifiedUpToItsEnd(@ForAll Random random) throws IOException {
    byte[] cut = Arrays.copyOf(trace, 1 + random.nextInt(trace.length - 1));
    Path file = Files.write(directory.resolve("cut"), cut);
    Run verify = Run.verify(file);
    if (verify.status() == 2) {
      assertTrue(
          verify.error().matches(file + ": .*(is cut: \\d+ of \\d+ bytes at offset \\d+|-t c.*)"),
          verify.error());
    } else {
      assertEquals("", verify.error());
    }
    assertTrue(verify.text().isEmpty() || verify.text().contains(" 0 missing, 0 extra, 0 other"));
  }

  @Property(tries = 300)
  void noChangeOfBytesEndsInAnythingButALine(@ForAll Random random) throws IOException {
    byte[] garbled = trace.clone();
    for (int i = random.nextInt(200); i >= 0; i--) {
      garbled[random.nextInt(garbled.length)] = (byte) random.nextInt();
    }
    checkAll(Files.write(directory.resolve("garbled"), garbled));
  }

  @Property(tries = 100)
  void noPayloadEndsInAnythingButALine(@ForAll Random random) throws IOException {
    Trace changed = Trace.read(directory.resolve("whole"));
    for (byte[] record : changed.records) {
      if (random.nextInt(4) == 0) {
        for (int i = 64; i < record.length; i += 1 + random.nextInt(16)) {
          record[i] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(3) - 1);
        }
      }
    }
    checkAll(changed.write(directory, "payloads"));
  }

  @Property(tries = 100)
  void noNoiseEndsInAnythingButALine(@ForAll byte[] noise) throws IOException {
    checkAll(Files.write(directory.resolve("noise"), noise));
  }

  private static void checkAll(Path file) {
    Path output = directory.resolve("output");
    for (Run run :
        new Run[] {
          Run.verify(file),
          Run.verify("--strict", file),
          Run.replay(file, "-o", output),
          Run.replay("--strict", file, "-o", output),
          Run.diff(file, directory.resolve("whole"))
        }) {
      assertTrue(run.status() >= 0 && run.status() <= 2);
      assertEquals(run.status() == 2, !run.error().isEmpty(), run.error());
      assertFalse(run.error().contains("\n"), run.error());
    }
  }
}
