package org.capemu.tracer.ktrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a trace may and may not take the place of. */
@DisabledOnOs(OS.WINDOWS)
class TraceFileTest {
  private static final int NOBODY = 65534;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("ktrace.out");
  }

  private TraceFile trace(boolean append) {
    return TraceFile.named(file.toString(), append);
  }

  private static void write(TraceFile trace) throws IOException {
    trace.check();
    try (KtraceWriter writer = KtraceWriter.deferred()) {
      writer.openAt(trace);
      writer.namei(new KtraceHeader(), "path");
    }
  }

  private String refusal(boolean append) {
    FileSystemException checked =
        assertThrows(FileSystemException.class, () -> trace(append).check());
    FileSystemException opened =
        assertThrows(FileSystemException.class, () -> trace(append).open());
    assertEquals(checked.getReason(), opened.getReason());
    return checked.getReason();
  }

  private String mode() throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private void make(String mode) throws IOException {
    Files.createFile(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).directory(directory.toFile()).start().waitFor();
  }

  @Test
  void isItsOwnersAloneWhateverWasThere() throws IOException {
    make("rw-rw-rw-");
    write(trace(false));
    assertEquals("rw-------", mode());
  }

  @Test
  void checkingChangesNothing() throws IOException {
    Files.writeString(file, "earlier");
    trace(false).check();
    assertEquals("earlier", Files.readString(file));
    Files.delete(file);
    trace(false).check();
    trace(true).check();
    assertFalse(Files.exists(file));
  }

  /** Who holds the earlier file open, or has another name for it, keeps it. */
  @Test
  void theEarlierFileIsRemovedAndNotWrittenTo() throws IOException {
    Files.writeString(file, "earlier");
    Path other = Files.createLink(directory.resolve("other"), file);
    write(trace(false));
    assertEquals("earlier", Files.readString(other));
  }

  @Test
  void aLinkIsReplacedAndNotFollowed() throws IOException {
    Path target = Files.writeString(directory.resolve("target"), "precious");
    Files.createSymbolicLink(file, target);
    write(trace(false));
    assertEquals("precious", Files.readString(target));
    assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void nothingIsAppendedThroughALink() throws IOException {
    Path target = Files.createFile(directory.resolve("target"));
    Files.createSymbolicLink(file, target);
    assertEquals("a symbolic link", refusal(true));
    assertEquals(0, Files.size(target));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNoRegularFileStays(boolean append) throws IOException, InterruptedException {
    assertEquals(0, run("mkfifo", "ktrace.out"));
    assertEquals("not a regular file", refusal(append));
    Files.delete(file);
    Files.createDirectory(file);
    assertEquals("not a regular file", refusal(append));
    assertTrue(Files.isDirectory(file));
    file = Path.of("/dev/null");
    assertEquals("not a regular file", refusal(append));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatBelongsToOthersStays(boolean append) throws IOException {
    assumeTrue((int) Files.getAttribute(directory, "unix:uid") == 0, "root alone gives files away");
    Files.createFile(file);
    Files.setAttribute(file, "unix:uid", NOBODY);
    assertEquals(
        "belongs to another user (65534): remove it, or name another file", refusal(append));
    assertTrue(Files.exists(file));
  }

  @Test
  void othersLinksStay() throws IOException {
    assumeTrue((int) Files.getAttribute(directory, "unix:uid") == 0, "root alone gives files away");
    Path target = Files.writeString(directory.resolve("target"), "precious");
    Files.createSymbolicLink(file, target);
    Files.setAttribute(file, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
    assertEquals(
        "belongs to another user (65534): remove it, or name another file", refusal(false));
    assertEquals("precious", Files.readString(target));
  }

  @Test
  void appendingKeepsTheMode() throws IOException {
    make("rw-r--r--");
    write(trace(true));
    write(trace(true));
    assertEquals("rw-r--r--", mode());
    int count = 0;
    try (KtraceReader reader = KtraceReader.open(file.toString())) {
      while (reader.next()) {
        count++;
      }
    }
    assertEquals(2, count);
  }

  @Test
  void appendingMakesTheFile() throws IOException {
    write(trace(true));
    assertEquals("rw-------", mode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "a text\n", "\0\0\0\0\0\0\0\0"})
  void nothingIsAppendedToWhatIsNoTrace(String text) throws IOException {
    Files.writeString(file, text);
    assertEquals("nothing is appended to what is no trace", refusal(true));
    assertEquals(text, Files.readString(file));
  }

  @Test
  void anEmptyNameIsNoFile() {
    assertEquals(
        "No such file or directory",
        assertThrows(FileSystemException.class, () -> TraceFile.named("", false).check())
            .getReason());
  }

  @Test
  void whatWasMadeForNothingIsRemoved() throws IOException {
    TraceFile trace = trace(false);
    trace.open().close();
    assertTrue(Files.exists(file));
    trace.removeIfCreated();
    assertFalse(Files.exists(file));
    make("rw-------");
    TraceFile appended = trace(true);
    appended.open().close();
    appended.removeIfCreated();
    assertTrue(Files.exists(file));
  }
}
