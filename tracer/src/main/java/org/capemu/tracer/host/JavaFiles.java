package org.capemu.tracer.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.capemu.nativestubs.posix.FileStatus;

/**
 * Files through java.nio, on systems of which the numbers of libc are not known. What was opened is
 * looked at by its name, and umask(2) has its way with modes.
 */
final class JavaFiles implements HostFiles {
  private static final int S_IFREG = 0100000;
  private static final int S_IFLNK = 0120000;
  private static final Set<String> VIEWS = FileSystems.getDefault().supportedFileAttributeViews();

  private static Path path(String name) throws IOException {
    Path path = HostPath.of(name);
    if (path == null) {
      throw new FileSystemException(name, null, "this JVM's locale has no such name");
    }
    return path;
  }

  @Override
  public InputStream openForReading(String name) throws IOException {
    return Files.newInputStream(path(name));
  }

  @Override
  public FileStatus lstat(String name) throws IOException {
    Path path = path(name);
    try {
      BasicFileAttributes file =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      int mode = file.isRegularFile() ? S_IFREG : file.isSymbolicLink() ? S_IFLNK : 0;
      int owner =
          VIEWS.contains("unix")
              ? (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)
              : -1;
      return new FileStatus(mode, owner, 0, 0, file.size());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public boolean isRegular(String name) throws IOException {
    return Files.isRegularFile(path(name));
  }

  @Override
  public boolean isSameFile(String name, String other) throws IOException {
    Path one = path(name);
    Path two = path(other);
    return Files.exists(one) && Files.exists(two) && Files.isSameFile(one, two);
  }

  @Override
  public void unlink(String name) throws IOException {
    Files.deleteIfExists(path(name));
  }

  @Override
  public HostFile create(String name) throws IOException {
    FileAttribute<?>[] ownerOnly = {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
    return open(
        name,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
        VIEWS.contains("posix") ? ownerOnly : new FileAttribute<?>[0]);
  }

  @Override
  public HostFile openToAppend(String name) throws IOException {
    return open(name, Set.of(StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS));
  }

  private HostFile open(String name, Set<OpenOption> how, FileAttribute<?>... attributes)
      throws IOException {
    return new OpenFile(name, FileChannel.open(path(name), how, attributes));
  }

  /** The owner of a file that was just made: the JVM does not tell the user's number. */
  @Override
  public int user() {
    if (!VIEWS.contains("unix")) {
      return -1;
    }
    try {
      Path file = Files.createTempFile("capemu", null);
      try {
        return (int) Files.getAttribute(file, "unix:uid");
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      return -1;
    }
  }

  /** A channel. */
  private final class OpenFile implements HostFile {
    private final String name;
    private final FileChannel channel;

    private OpenFile(String name, FileChannel channel) {
      this.name = name;
      this.channel = channel;
    }

    @Override
    public FileStatus status() throws IOException {
      FileStatus status = lstat(name);
      if (status == null) {
        throw new NoSuchFileException(name);
      }
      return new FileStatus(status.mode(), status.owner(), 0, 0, channel.size());
    }

    /** Java opens nothing to append and to read. */
    @Override
    public InputStream contents() throws IOException {
      return openForReading(name);
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
      Channels.newOutputStream(channel).write(bytes, 0, length);
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
