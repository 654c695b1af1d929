package org.capemu.tracer.ktrace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Who writes a record, and when: {@code struct ktr_header} without length and type. Mutable, so
 * that one object serves for all records of a thread.
 */
public final class KtraceHeader {
  /** MAXCOMLEN + 1: the size of {@code ktr_comm}, its NUL included. */
  public static final int COMM_SIZE = 20;

  final byte[] comm = new byte[COMM_SIZE];
  int pid;
  long tid;
  long seconds;
  int nanoseconds;
  int cpu;
  boolean dropped;

  /** KTR_VERSIONED: false for the 56-byte header that 13.x and earlier write. */
  boolean versioned = true;

  public KtraceHeader thread(int pid, long tid) {
    this.pid = pid;
    this.tid = tid;
    return this;
  }

  /** The command name, one byte a char (ISO-8859-1); cut to 19 bytes. */
  public KtraceHeader comm(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    Arrays.fill(comm, (byte) 0);
    System.arraycopy(bytes, 0, comm, 0, Math.min(bytes.length, COMM_SIZE - 1));
    return this;
  }

  /** Time since the epoch. */
  public KtraceHeader time(long seconds, int nanoseconds) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    return this;
  }

  /** The processor that the thread runs on. */
  public KtraceHeader cpu(int cpu) {
    this.cpu = cpu;
    return this;
  }

  /** KTR_DROP: whether records before this one were lost. */
  public KtraceHeader dropped(boolean dropped) {
    this.dropped = dropped;
    return this;
  }

  /** KTR_VERSIONED: false for the 56-byte header that 13.x and earlier write. */
  public KtraceHeader versioned(boolean versioned) {
    this.versioned = versioned;
    return this;
  }

  /** Takes everything over from a record but KTR_DROP. */
  public KtraceHeader from(KtraceRecord record) {
    pid = record.pid();
    tid = record.tid();
    record.comm(comm);
    seconds = record.seconds();
    nanoseconds = record.nanoseconds();
    cpu = record.cpu();
    dropped = false;
    versioned = record.isVersioned();
    return this;
  }
}
