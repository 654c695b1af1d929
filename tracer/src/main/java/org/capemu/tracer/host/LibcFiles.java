package org.capemu.tracer.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.Arrays;
import org.capemu.nativestubs.posix.FileNumbers;
import org.capemu.nativestubs.posix.FileStatus;
import org.capemu.nativestubs.posix.PosixLibc;

/** Files through libc, which takes names as they are. */
final class LibcFiles implements HostFiles {
  private static final int OWNER_ONLY = 0600;

  private final PosixLibc libc = PosixLibc.get();
  private final FileNumbers numbers;

  LibcFiles(FileNumbers numbers) {
    this.numbers = numbers;
  }

  private static byte[] path(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  private IOException failure(String name) {
    return new FileSystemException(name, null, libc.strerror(PosixLibc.errno()));
  }

  private OpenFile open(String name, int flags) throws IOException {
    int fd = libc.open(path(name), flags | numbers.closeOnExec, OWNER_ONLY);
    if (fd < 0) {
      throw failure(name);
    }
    return new OpenFile(name, fd);
  }

  @Override
  public InputStream openForReading(String name) throws IOException {
    OpenFile file = open(name, FileNumbers.O_RDONLY);
    return file.new Contents() {
      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  @Override
  public FileStatus lstat(String name) throws IOException {
    return stat(name, false);
  }

  private FileStatus stat(String name, boolean follow) throws IOException {
    FileStatus status = numbers.stat(libc, path(name), follow);
    if (status == null && PosixLibc.errno() != FileNumbers.ENOENT) {
      throw failure(name);
    }
    return status;
  }

  @Override
  public boolean isRegular(String name) throws IOException {
    FileStatus status = stat(name, true);
    return status != null && status.isRegular();
  }

  @Override
  public boolean isSameFile(String name, String other) throws IOException {
    FileStatus one = stat(name, true);
    FileStatus two = stat(other, true);
    return one != null && two != null && one.isSameFileAs(two);
  }

  @Override
  public void unlink(String name) throws IOException {
    if (libc.unlink(path(name)) != 0 && PosixLibc.errno() != FileNumbers.ENOENT) {
      throw failure(name);
    }
  }

  @Override
  public HostFile create(String name) throws IOException {
    OpenFile file =
        open(name, numbers.writeOnly | numbers.create | numbers.exclusive | numbers.noFollow);
    if (libc.fchmod(file.fd, OWNER_ONLY) != 0) { // whatever umask(2) has left of it
      IOException failure = failure(name);
      file.close();
      throw failure;
    }
    return file;
  }

  @Override
  public HostFile openToAppend(String name) throws IOException {
    return open(name, numbers.readWrite | numbers.append | numbers.noFollow | numbers.nonBlocking);
  }

  @Override
  public int user() {
    return libc.geteuid();
  }

  /** A descriptor. */
  private final class OpenFile implements HostFile {
    private final String name;
    private final int fd;
    private boolean closed;

    private OpenFile(String name, int fd) {
      this.name = name;
      this.fd = fd;
    }

    @Override
    public FileStatus status() throws IOException {
      FileStatus status = numbers.fstat(libc, fd);
      if (status == null) {
        throw failure(name);
      }
      return status;
    }

    @Override
    public InputStream contents() {
      return new Contents();
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
      int done = 0;
      while (done < length) {
        byte[] rest = done == 0 ? bytes : Arrays.copyOfRange(bytes, done, length);
        long count = libc.write(fd, rest, length - done);
        if (count < 0 && PosixLibc.errno() != FileNumbers.EINTR) {
          throw failure(name);
        }
        done += Math.max(0, (int) count);
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      if (libc.ftruncate(fd, size) != 0) {
        throw failure(name);
      }
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true; // close(2) gives the descriptor up even if it fails
        if (libc.close(fd) != 0) {
          throw failure(name);
        }
      }
    }

    /** Reads on from where the descriptor stands. */
    private class Contents extends InputStream {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        byte[] part = offset == 0 && length == bytes.length ? bytes : new byte[length];
        long count = libc.read(fd, part, length);
        while (count < 0 && PosixLibc.errno() == FileNumbers.EINTR) {
          count = libc.read(fd, part, length);
        }
        if (count < 0) {
          throw failure(name);
        }
        if (part != bytes) {
          System.arraycopy(part, 0, bytes, offset, (int) count);
        }
        return count == 0 && length > 0 ? -1 : (int) count;
      }
    }
  }
}
