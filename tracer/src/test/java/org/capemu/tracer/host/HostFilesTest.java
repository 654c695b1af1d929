package org.capemu.tracer.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.Assumptions;

/** Files of any name, held against what find(1) says their names are. */
class HostFilesTest {
  private static final byte[] TEXT = "a file\n".getBytes(StandardCharsets.US_ASCII);

  private Path directory;

  @BeforeTry
  void makeDirectory() throws IOException {
    Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"));
    directory = Files.createTempDirectory("names");
  }

  @AfterTry
  void removeDirectory() throws IOException, InterruptedException {
    // The JVM may have no names for what is there.
    assertEquals(0, new ProcessBuilder("rm", "-rf", directory.toString()).start().waitFor());
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings()
        .withCharRange('\u0001', '\u00ff')
        .excludeChars('/')
        .ofMinLength(1)
        .ofMaxLength(255)
        .filter(name -> !name.equals(".") && !name.equals(".."));
  }

  private static List<HostFiles> all() {
    return List.of(HostFiles.get(), new JavaFiles());
  }

  private String in(String name) {
    return directory + "/" + name;
  }

  private String found() throws IOException {
    Process find =
        new ProcessBuilder("find", directory.toString(), "-mindepth", "1", "-printf", "%f").start();
    try (InputStream out = find.getInputStream()) {
      return new String(out.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Property(tries = 100)
  void aNameOfAnyBytesIsThatFile(@ForAll("names") String name) throws IOException {
    HostFiles files = HostFiles.get();
    try (HostFile file = files.create(in(name))) {
      file.write(TEXT, TEXT.length);
    }
    assertEquals(name, found());
    for (InputStream in : List.of(HostFiles.read(in(name)), files.openForReading(in(name)))) {
      try (in) {
        assertArrayEquals(TEXT, in.readAllBytes());
      }
    }
    assertTrue(files.lstat(in(name)).isRegular());
    assertTrue(files.isSameFile(in(name), in("./" + name)));
    try (HostFile file = files.openToAppend(in(name))) {
      try (InputStream contents = file.contents()) {
        assertArrayEquals(TEXT, contents.readAllBytes());
      }
      file.write(TEXT, TEXT.length);
      assertEquals(2 * TEXT.length, file.status().size());
      file.truncate(TEXT.length);
    }
    assertEquals(TEXT.length, files.lstat(in(name)).size());
    files.unlink(in(name));
    assertEquals("", found());
    assertNull(files.lstat(in(name)));
  }

  /** Where the JVM's locale has the name. */
  @Property(tries = 100)
  void javaMeansTheSameFile(@ForAll("names") String name) throws IOException {
    Path path = HostPath.of(in(name));
    if (path != null) {
      Files.write(path, TEXT);
      assertEquals(name, found());
    }
  }

  @Example
  void whatCannotBeOpenedSaysWhy() throws IOException {
    for (HostFiles files : all()) {
      FileSystemException missing =
          assertThrows(FileSystemException.class, () -> files.openForReading(in("missing")));
      assertTrue(
          missing.getReason() == null || missing.getReason().equals("No such file or directory"));
      assertThrows(FileSystemException.class, () -> files.create(in("missing/file")));
      assertThrows(FileSystemException.class, () -> files.openToAppend(in("missing")));
      files.unlink(in("missing"));
      assertFalse(files.isSameFile(in("missing"), in("missing")));
    }
    assertThrows(FileSystemException.class, () -> HostFiles.read(""));
  }

  @Example
  void nothingIsCreatedOverAnything() throws IOException {
    Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
    for (HostFiles files : all()) {
      assertThrows(FileSystemException.class, () -> files.create(in("link")));
      assertTrue(files.lstat(in("link")).isSymbolicLink());
      assertFalse(files.lstat(in("link")).isRegular());
    }
    try (Stream<Path> entries = Files.list(directory)) {
      assertEquals(1, entries.sorted(Comparator.naturalOrder()).count());
    }
  }

  @Example
  void bothKnowTheUser() throws IOException {
    int owner = (int) Files.getAttribute(directory, "unix:uid");
    for (HostFiles files : all()) {
      assertEquals(owner, files.user());
      assertEquals(owner, files.lstat(directory.toString()).owner());
    }
  }
}
