package org.capemu.tracer.ktrace;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.capemu.tracer.host.HostFiles;

/**
 * Reads a trace file record by record, in constant memory: one buffer, which grows only for a
 * record that is larger than it.
 *
 * <p>A file that breaks off or makes no sense ends in a {@link KtraceFormatException}, after every
 * record before that place was delivered. Record types that are not known pass through.
 */
public final class KtraceReader implements Closeable {
  /**
   * No kernel writes longer payloads: {@code kern.ktrace.genio_size} and ARG_MAX bound them far
   * below.
   */
  private static final int MAX_PAYLOAD = 16 << 20;

  private static final int BUFFER_SIZE = 256 << 10;
  private static final int VERSION_1 = 1;
  private static final long NANOSECONDS = 1_000_000_000;
  private static final long MICROSECONDS = 1_000_000;

  private final InputStream in;
  private final KtraceRecord record = new KtraceRecord();
  private byte[] buffer = new byte[BUFFER_SIZE];
  private int start;
  private int end;
  private long bufferOffset;
  private long recordOffset;

  private KtraceReader(InputStream in) {
    this.in = in;
  }

  /** Opens a file. */
  public static KtraceReader open(Path path) throws IOException {
    return new KtraceReader(Files.newInputStream(path));
  }

  /**
   * Opens a file whose name may be any bytes.
   *
   * @param name one char a byte (ISO-8859-1)
   */
  public static KtraceReader open(String name) throws IOException {
    return new KtraceReader(HostFiles.read(name));
  }

  /** Reads a stream, which is closed with the reader. */
  public static KtraceReader open(InputStream in) {
    return new KtraceReader(in);
  }

  /**
   * Moves {@link #record()} to the next record.
   *
   * @return false at the end of the file
   * @throws KtraceFormatException if the file goes on with something else than a whole record
   * @throws IOException if the file cannot be read
   */
  public boolean next() throws IOException {
    recordOffset = bufferOffset + start;
    // The smallest record is an old header alone; what is longer is asked for when it is known.
    int available = require(Layout.V0_SIZE);
    if (available == 0) {
      return false;
    }
    if (available < Layout.V0_SIZE) {
      throw cut(available, Layout.V0_SIZE, "header");
    }
    int type = Layout.getShort(buffer, start + Layout.TYPE);
    boolean versioned = (type & Layout.FLAG_VERSIONED) != 0;
    int length = Layout.getInt(buffer, start + Layout.LEN);
    check(type, versioned, length);
    int headerSize = versioned ? Layout.VERSIONED_SIZE : Layout.V0_SIZE;
    int size = headerSize + length;
    available = require(size);
    if (available < size) {
      throw cut(available, size, "record");
    }
    record.set(buffer, start, headerSize, length);
    start += size;
    return true;
  }

  private void check(int type, boolean versioned, int length) throws KtraceFormatException {
    if (length < 0) {
      throw malformed("a record of negative length " + length);
    }
    if (length > MAX_PAYLOAD) {
      throw malformed("a record of impossible length " + length);
    }
    if ((type & Layout.TYPE_MASK) == 0) {
      throw malformed("a record without type");
    }
    if (versioned) {
      int version = Layout.getShort(buffer, start + Layout.VERSION);
      if (version != VERSION_1) {
        throw malformed("a record header of unknown version " + version);
      }
    }
    long fraction = Layout.getLong(buffer, start + Layout.FRACTION);
    if (fraction < 0 || fraction >= (versioned ? NANOSECONDS : MICROSECONDS)) {
      throw malformed("a record with an impossible time");
    }
  }

  private KtraceFormatException malformed(String what) {
    return new KtraceFormatException(
        recordOffset, recordOffset == 0 ? "not a ktrace file: " + what : what);
  }

  private KtraceFormatException cut(int available, int size, String what) {
    return malformed("a " + what + " is cut: " + available + " of " + size + " bytes");
  }

  /** Makes the next {@code size} bytes available, or as many as there are. */
  private int require(int size) throws IOException {
    if (end - start >= size) {
      return size;
    }
    System.arraycopy(buffer, start, buffer, 0, end - start);
    bufferOffset += start;
    end -= start;
    start = 0;
    while (end < size) {
      if (end == buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.min(2 * buffer.length, MAX_PAYLOAD + BUFFER_SIZE));
      }
      int count = in.read(buffer, end, buffer.length - end);
      if (count < 0) {
        break;
      }
      end += count;
    }
    return Math.min(end, size);
  }

  /** The current record: one object, whose contents {@link #next()} changes. */
  public KtraceRecord record() {
    return record;
  }

  /** Where the current record's header begins: bytes from the start of the file. */
  public long offset() {
    return recordOffset;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
