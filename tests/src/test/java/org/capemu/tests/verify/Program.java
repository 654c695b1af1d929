package org.capemu.tests.verify;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.capemu.policy.CapRights;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.KtraceHeader;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.capemu.tracer.ktrace.RecordType;

/** Writes the trace of a program that no capture has: what a kernel would record of it. */
final class Program {
  static final int FREEBSD64 = 0x9f0209;
  static final int LINUX64 = 0x650203;
  static final long POINTER = 0x7fff_0000L;
  static final int AT_FDCWD = -100;

  private final SyscallTable calls = SyscallTable.of(Release.FREEBSD_15);
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final KtraceWriter writer = KtraceWriter.to(bytes);
  private final KtraceHeader header = new KtraceHeader().comm("program");
  private CapFail.Format format = CapFail.Format.FREEBSD_15;
  private int svFlags = FREEBSD64;

  /** The call that the current thread is in. */
  private int number;

  /** Something that writes a record. */
  private interface Action {
    void run() throws IOException;
  }

  private Program write(Action action) {
    try {
      action.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Starts as ktrace(1) starts a program: nothing of it is unknown. */
  static Program started() {
    return new Program().thread(100, 100_100).returned("ktrace", 0, 0);
  }

  /** Was running when it was attached to. */
  static Program attached() {
    return new Program().thread(100, 100_100);
  }

  Program thread(int pid, long tid) {
    header.thread(pid, tid);
    return this;
  }

  Program abi(int flags) {
    svFlags = flags;
    byte[] payload = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(flags).array();
    return write(() -> writer.record(header, RecordType.PROCCTOR, payload, 0, 4));
  }

  Program format(CapFail.Format layout) {
    format = layout;
    return this;
  }

  Program call(String name, long... args) {
    return callNumber(calls.named(name).number(), args);
  }

  Program callNumber(int call, long... args) {
    number = call;
    return write(() -> writer.syscall(header, call, args, args.length));
  }

  /** Back in a call that other threads' records came between. */
  Program in(String name) {
    number = calls.named(name).number();
    return this;
  }

  /** The current call fails. */
  Program fails(int errno) {
    return write(() -> writer.sysret(header, number, errno, -1));
  }

  /** The current call succeeds. */
  Program returns(long result) {
    return write(() -> writer.sysret(header, number, 0, result));
  }

  /** The return of a call that other records may lie between. */
  Program returned(String name, int errno, long result) {
    return write(() -> writer.sysret(header, calls.named(name).number(), errno, result));
  }

  Program looksUp(String path) {
    return write(() -> writer.namei(header, path));
  }

  Program struct(String name, byte[] data) {
    return named(RecordType.STRUCT, new byte[0], name, data);
  }

  /** An array of structures of a size. */
  Program array(String name, int size, byte[] data) {
    byte[] head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(size).array();
    return named(RecordType.STRUCT_ARRAY, head, name, data);
  }

  private Program named(int type, byte[] head, String name, byte[] data) {
    byte[] payload =
        ByteBuffer.allocate(head.length + name.length() + 1 + data.length)
            .put(head)
            .put(name.getBytes(StandardCharsets.US_ASCII))
            .put((byte) 0)
            .put(data)
            .array();
    return write(() -> writer.record(header, type, payload, 0, payload.length));
  }

  /** The kernel recorded this of the current call. */
  Program violates(Violation violation) {
    int call = number;
    return write(() -> writer.capFail(header, format, violation, call, svFlags));
  }

  /** cap_rights_limit(2) succeeds. */
  Program limits(int fd, CapRights rights) {
    byte[] words =
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(rights.encodedWord0())
            .putLong(rights.encodedWord1())
            .array();
    return call("cap_rights_limit", fd, POINTER).struct("caprights", words).returns(0);
  }

  /** A file of the working directory is opened. */
  Program opens(int fd, String path, long flags) {
    return call("openat", AT_FDCWD, POINTER, flags, 0)
        .looksUp(path)
        .violates(new Violation.Namei(Violation.Namei.AT_FDCWD))
        .returns(fd);
  }

  /** read(2) of a byte fails with ENOTCAPABLE, and the kernel says what the descriptor holds. */
  Program mayNotRead(int fd, CapRights held) {
    return call("read", fd, POINTER, 1)
        .violates(new Violation.NotCapable(org.capemu.policy.Right.CAP_READ.rights(), held))
        .fails(Violation.ENOTCAPABLE);
  }

  Program reads(int fd) {
    return call("read", fd, POINTER, 1).returns(1);
  }

  static byte[] ints(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      buffer.putInt(value);
    }
    return buffer.array();
  }

  Path trace(Path directory) {
    write(writer::flush);
    try {
      return Files.write(directory.resolve("program.kt"), bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
