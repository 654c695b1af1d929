package org.capemu.tracer.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.capemu.nativestubs.posix.FileNumbers;
import org.capemu.nativestubs.posix.FileStatus;

/**
 * The file system as capemu uses it for its own files: what FreeBSD's ktrace(1) needs of it. Names
 * hold one char a byte. What fails is a {@link FileSystemException} with strerror(3)'s words.
 */
public interface HostFiles {
  /** Through libc where its numbers are known, else through java.nio. */
  static HostFiles get() {
    FileNumbers numbers = FileNumbers.ofThisSystem();
    return numbers == null ? new JavaFiles() : new LibcFiles(numbers);
  }

  /**
   * Opens a file of any kind for reading, blocking if open(2) does. libc is loaded only for a name
   * that the JVM cannot express: that takes its time.
   */
  static InputStream read(String name) throws IOException {
    Path path = HostPath.of(name);
    if (name.isEmpty()) {
      throw new FileSystemException(name, null, "No such file or directory");
    }
    return path == null ? get().openForReading(name) : Files.newInputStream(path);
  }

  /** Whether a name is of a regular file, links followed; libc is loaded as for {@link #read}. */
  static boolean isRegularFile(String name) throws IOException {
    Path path = HostPath.of(name);
    return path == null ? get().isRegular(name) : Files.isRegularFile(path);
  }

  InputStream openForReading(String name) throws IOException;

  /**
   * lstat(2).
   *
   * @return null if there is nothing of this name
   */
  FileStatus lstat(String name) throws IOException;

  /** Whether a name is of a regular file, links followed; false if there is nothing of it. */
  boolean isRegular(String name) throws IOException;

  /** Whether two names are of one file, links followed; false if there is none of either name. */
  boolean isSameFile(String name, String other) throws IOException;

  /** unlink(2). What is not there is no error. */
  void unlink(String name) throws IOException;

  /** O_CREAT, O_EXCL and O_NOFOLLOW: nothing of this name was there. Its mode is 0600. */
  HostFile create(String name) throws IOException;

  /** O_APPEND, O_NOFOLLOW and O_NONBLOCK, for reading as well: the file is there. */
  HostFile openToAppend(String name) throws IOException;

  /** The effective user, to whom created files belong; -1 where there are no users. */
  int user();
}
