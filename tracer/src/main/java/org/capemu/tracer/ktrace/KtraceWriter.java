package org.capemu.tracer.ktrace;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.capemu.policy.Violation;
import org.capemu.tracer.host.HostFile;

/**
 * Writes a trace file, records with {@code struct ktr_header} of version 1 unless their header says
 * otherwise. Nothing is allocated for a record of a kernel's.
 *
 * <p>Records gather in a buffer and reach the file in whole ones only: a file whose writer was
 * killed ends with a whole record. All methods can be called from several threads, so that one may
 * {@link #flush()} while another records.
 *
 * <p>The first failure to write is thrown, once, and leaves the writer failed: what is recorded
 * from then on is dropped without a word, as a kernel stops tracing to a full disk. {@link
 * #failure()} tells.
 */
public final class KtraceWriter implements Closeable {
  private static final int BUFFER_SIZE = 64 << 10;
  private static final int SYSCALL_HEADER = 8;
  private static final int NANOSECONDS_PER_MICROSECOND = 1000;

  /** Where whole records go: all of the bytes or an exception. */
  private interface Sink extends Closeable {
    void write(byte[] bytes, int length) throws IOException;
  }

  /** Null until the file is opened: what is recorded stays in the buffer. */
  private Sink sink;

  private byte[] buffer = new byte[BUFFER_SIZE];
  private int used;

  /** Where the payload of the record begun goes. */
  private int payload;

  private IOException failure;
  private boolean closed;

  private KtraceWriter(Sink sink) {
    this.sink = sink;
  }

  /**
   * A writer that keeps what is recorded until {@link #openAt} names the file, so that a program
   * that cannot be run destroys no earlier trace.
   */
  public static KtraceWriter deferred() {
    return new KtraceWriter(null);
  }

  /**
   * Opens the file of a deferred writer and writes what was recorded. If that fails, a file that
   * was made for it is removed again.
   */
  public synchronized void openAt(TraceFile file) throws IOException {
    sink = new FileSink(file.open());
    try {
      flush();
    } catch (IOException e) {
      file.removeIfCreated();
      throw e;
    }
  }

  /** Opens a trace file at once. */
  public static KtraceWriter create(TraceFile file) throws IOException {
    return new KtraceWriter(new FileSink(file.open()));
  }

  /** Writes to a stream, which is closed with the writer. */
  public static KtraceWriter to(OutputStream out) {
    return new KtraceWriter(
        new Sink() {
          @Override
          public void write(byte[] bytes, int length) throws IOException {
            out.write(bytes, 0, length);
            out.flush();
          }

          @Override
          public void close() throws IOException {
            out.close();
          }
        });
  }

  /** A file, cut back to its last whole record where the disk is full. */
  private record FileSink(HostFile file) implements Sink {
    @Override
    public void write(byte[] bytes, int length) throws IOException {
      long size = file.status().size();
      try {
        file.write(bytes, length);
      } catch (IOException e) {
        file.truncate(size);
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** A record of any type, its payload as it is. */
  public synchronized void record(
      KtraceHeader header, int type, byte[] payload, int offset, int length) throws IOException {
    int at = begin(header, type, length);
    if (at >= 0) {
      System.arraycopy(payload, offset, buffer, at, length);
      end(length);
    }
  }

  /** A record of another trace, byte for byte, its header's version included. */
  public synchronized void record(KtraceRecord record) throws IOException {
    int size = record.totalLength();
    if (reserve(size)) {
      System.arraycopy(record.array(), record.headerOffset(), buffer, used, size);
      used += size;
    }
  }

  /**
   * KTR_SYSCALL: a call is entered.
   *
   * @param args the arguments, at least {@code argCount}
   */
  public synchronized void syscall(KtraceHeader header, int code, long[] args, int argCount)
      throws IOException {
    int length = SYSCALL_HEADER + Long.BYTES * argCount;
    int at = begin(header, RecordType.SYSCALL, length);
    if (at >= 0) {
      Layout.putShort(buffer, at, code);
      Layout.putShort(buffer, at + 2, argCount);
      Layout.putInt(buffer, at + 4, 0);
      for (int i = 0; i < argCount; i++) {
        Layout.putLong(buffer, at + SYSCALL_HEADER + Long.BYTES * i, args[i]);
      }
      end(length);
    }
  }

  /**
   * KTR_SYSRET: a call returns.
   *
   * @param errno 0 for success; ERESTART is -1, EJUSTRETURN -2
   * @param retval {@code td_retval[0]}, meaningful if errno is 0
   */
  public synchronized void sysret(KtraceHeader header, int code, int errno, long retval)
      throws IOException {
    int length = 16;
    int at = begin(header, RecordType.SYSRET, length);
    if (at >= 0) {
      Layout.putShort(buffer, at, code);
      Layout.putShort(buffer, at + 2, 0);
      Layout.putInt(buffer, at + 4, errno);
      Layout.putLong(buffer, at + 8, retval);
      end(length);
    }
  }

  /**
   * KTR_NAMEI: a path is looked up.
   *
   * @param path one char a byte (ISO-8859-1)
   */
  public synchronized void namei(KtraceHeader header, String path) throws IOException {
    int length = path.length();
    int at = begin(header, RecordType.NAMEI, length);
    if (at >= 0) {
      putLatin1(path, length, at);
      end(length);
    }
  }

  /**
   * KTR_PSIG: a signal is taken.
   *
   * @param action the handler's address; 0 is SIG_DFL
   * @param maskLow the first two words of the thread's signal mask, the lower one in the low half
   * @param maskHigh the other two
   */
  public synchronized void psig(
      KtraceHeader header, int signo, long action, int code, long maskLow, long maskHigh)
      throws IOException {
    int length = 40;
    int at = begin(header, RecordType.PSIG, length);
    if (at >= 0) {
      Arrays.fill(buffer, at, at + length, (byte) 0);
      Layout.putInt(buffer, at, signo);
      Layout.putLong(buffer, at + 8, action);
      Layout.putInt(buffer, at + 16, code);
      Layout.putLong(buffer, at + 20, maskLow);
      Layout.putLong(buffer, at + 28, maskHigh);
      end(length);
    }
  }

  /**
   * KTR_STRUCT: a structure that a call copied in or out.
   *
   * @param name as kdump(1) knows it: {@code stat}, {@code sockaddr}
   */
  public synchronized void struct(KtraceHeader header, String name, byte[] bytes)
      throws IOException {
    int length = name.length() + 1 + bytes.length;
    int at = begin(header, RecordType.STRUCT, length);
    if (at >= 0) {
      putNamed(name, bytes, at);
      end(length);
    }
  }

  /**
   * KTR_STRUCT_ARRAY: structures that a call copied in or out.
   *
   * @param size of one of them in bytes
   */
  public synchronized void structArray(
      KtraceHeader header, String name, int size, byte[] structures) throws IOException {
    int length = Long.BYTES + name.length() + 1 + structures.length;
    int at = begin(header, RecordType.STRUCT_ARRAY, length);
    if (at >= 0) {
      Layout.putLong(buffer, at, size);
      putNamed(name, structures, at + Long.BYTES);
      end(length);
    }
  }

  private void putNamed(String name, byte[] bytes, int at) {
    putLatin1(name, name.length(), at);
    buffer[at + name.length()] = 0;
    System.arraycopy(bytes, 0, buffer, at + name.length() + 1, bytes.length);
  }

  /** KTR_PROCCTOR: a process of this ABI begins to be traced. */
  public synchronized void procCtor(KtraceHeader header, int svFlags) throws IOException {
    int at = begin(header, RecordType.PROCCTOR, Integer.BYTES);
    if (at >= 0) {
      Layout.putInt(buffer, at, svFlags);
      end(Integer.BYTES);
    }
  }

  /**
   * KTR_CAPFAIL: what capability mode would refuse. A violation of a kind that the layout does not
   * have leaves no record, as in the kernels that wrote it: see {@link CapFail.Format#has}. {@link
   * Violation.Untraced} goes into a KTR_USER record: see {@link StrictNote}.
   *
   * @param code the system call's number
   * @param svFlags the caller's ABI, {@code sv_flags}
   */
  public synchronized void capFail(
      KtraceHeader header, CapFail.Format format, Violation violation, int code, int svFlags)
      throws IOException {
    if (violation instanceof Violation.Untraced untraced) {
      note(header, new StrictNote(code, svFlags, untraced));
      return;
    }
    if (!format.has(violation)) {
      return;
    }
    int length = format.size();
    int at = begin(header, RecordType.CAPFAIL, length);
    if (at >= 0) {
      format.encode(violation, code, svFlags, buffer, at);
      end(length);
    }
  }

  /** What capemu itself has to say: KTR_USER. */
  public void note(KtraceHeader header, CapemuNote note) throws IOException {
    byte[] text = note.encode();
    record(header, RecordType.USER, text, 0, text.length);
  }

  /** {@link #capFail(KtraceHeader, CapFail.Format, Violation, int, int)} as 15.0 lays it out. */
  public void capFail(KtraceHeader header, Violation violation, int code, int svFlags)
      throws IOException {
    capFail(header, CapFail.Format.FREEBSD_15, violation, code, svFlags);
  }

  /** Writes a header and says where the payload goes; -1 if the writer failed before. */
  private int begin(KtraceHeader header, int type, int length) throws IOException {
    if (!reserve(Layout.VERSIONED_SIZE + length)) {
      return -1;
    }
    int flags =
        (header.versioned ? Layout.FLAG_VERSIONED : 0) | (header.dropped ? Layout.FLAG_DROP : 0);
    Layout.putInt(buffer, used + Layout.LEN, length);
    Layout.putShort(buffer, used + Layout.TYPE, type & Layout.TYPE_MASK | flags);
    Layout.putShort(buffer, used + Layout.VERSION, header.versioned ? 1 : 0);
    Layout.putInt(buffer, used + Layout.PID, header.pid);
    System.arraycopy(header.comm, 0, buffer, used + Layout.COMM, KtraceHeader.COMM_SIZE);
    Layout.putLong(buffer, used + Layout.SECONDS, header.seconds);
    Layout.putLong(
        buffer,
        used + Layout.FRACTION,
        header.versioned ? header.nanoseconds : header.nanoseconds / NANOSECONDS_PER_MICROSECOND);
    Layout.putLong(buffer, used + Layout.TID, header.tid);
    if (header.versioned) {
      // The cpu, and the padding after it.
      Layout.putLong(buffer, used + Layout.CPU, header.cpu & 0xffff_ffffL);
    }
    payload = used + (header.versioned ? Layout.VERSIONED_SIZE : Layout.V0_SIZE);
    return payload;
  }

  /** The record begun is whole. */
  private void end(int length) {
    used = payload + length;
  }

  private boolean reserve(int size) throws IOException {
    if (closed) {
      throw new IOException("the trace file is closed");
    }
    if (buffer.length - used < size) {
      flush();
      if (buffer.length - used < size) {
        buffer = Arrays.copyOf(buffer, Math.max(used + size, 2 * used));
      }
    }
    return failure == null;
  }

  private void putLatin1(String text, int length, int at) {
    for (int i = 0; i < length; i++) {
      buffer[at + i] = (byte) text.charAt(i);
    }
  }

  /** Brings every record that is complete into the file. */
  public synchronized void flush() throws IOException {
    if (sink == null) {
      return;
    }
    int length = used;
    used = 0;
    if (length == 0 || failure != null) {
      return;
    }
    try {
      sink.write(buffer, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** What made the writer fail; null while it works. */
  public synchronized IOException failure() {
    return failure;
  }

  /** Flushes and closes the file. */
  @Override
  @SuppressWarnings("try") // the sink is closed whether or not the flush succeeds
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    try (Sink closing = sink) {
      flush();
    } finally {
      closed = true;
    }
  }
}
