package org.capemu.tracer.ktrace;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.capemu.nativestubs.posix.FileStatus;
import org.capemu.tracer.host.HostFile;
import org.capemu.tracer.host.HostFiles;

/**
 * The file that a trace goes into, opened as ktrace(1) does: in a directory where others write,
 * nobody else's file is written to or removed, no link is followed, and nobody else can read it.
 *
 * <p>A new trace takes the place of a regular file or a symbolic link of the caller's own, which is
 * removed, never written to. One that is appended to must be a regular file of the caller's own
 * that holds a trace, or nothing; it keeps its mode. Anything else is refused.
 *
 * <p>That is found out twice: by {@link #check}, before anything is done that cannot be undone, and
 * by {@link #open}.
 */
public final class TraceFile {
  private final String name;
  private final boolean append;
  private final HostFiles files;
  private boolean created;

  TraceFile(String name, boolean append, HostFiles files) {
    this.name = name;
    this.append = append;
    this.files = files;
  }

  /**
   * @param name one char a byte
   * @param append write after what the file holds
   */
  public static TraceFile named(String name, boolean append) {
    return new TraceFile(name, append, HostFiles.get());
  }

  /**
   * Whether the file can be opened, as far as that can be told without changing anything.
   *
   * @throws FileSystemException if not; its reason is for a user
   */
  public void check() throws IOException {
    if (name.isEmpty()) {
      throw refused("No such file or directory");
    }
    FileStatus status = files.lstat(name);
    if (status != null) {
      accept(status);
      if (append) {
        openToAppend().close();
      }
    }
  }

  private void accept(FileStatus status) throws FileSystemException {
    if (!status.isRegular() && (append || !status.isSymbolicLink())) {
      throw refused(status.isSymbolicLink() ? "a symbolic link" : "not a regular file");
    }
    if (status.owner() != files.user()) {
      throw refused(
          "belongs to another user (" + status.owner() + "): remove it, or name another file");
    }
  }

  /** Opens it for writing; what was there is gone unless it is appended to. */
  HostFile open() throws IOException {
    FileStatus status = files.lstat(name);
    if (status != null) {
      accept(status);
      if (append) {
        return openToAppend();
      }
      files.unlink(name);
    }
    HostFile file = files.create(name);
    created = true;
    return file;
  }

  /** What was opened counts, not what was of this name before. */
  private HostFile openToAppend() throws IOException {
    HostFile file = files.openToAppend(name);
    try {
      accept(file.status());
      if (file.status().size() > 0) {
        readFirstRecord(file);
      }
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private void readFirstRecord(HostFile file) throws IOException {
    try (KtraceReader reader = KtraceReader.open(file.contents())) {
      reader.next();
    } catch (KtraceFormatException e) {
      throw refused("nothing is appended to what is no trace");
    }
  }

  /** Takes back what {@link #open} has made. */
  void removeIfCreated() throws IOException {
    if (created) {
      files.unlink(name);
    }
  }

  /** Whether this is the file of another name, links followed. */
  public boolean isSameAs(String other) throws IOException {
    return files.isSameFile(name, other);
  }

  private FileSystemException refused(String reason) {
    return new FileSystemException(name, null, reason);
  }
}
