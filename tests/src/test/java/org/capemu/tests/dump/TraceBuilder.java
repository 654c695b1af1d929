package org.capemu.tests.dump;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.capemu.tracer.ktrace.KtraceHeader;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.capemu.tracer.ktrace.RecordType;

/** Traces for tests, of records with any payload. Process 7, thread 100007, called "prog". */
final class TraceBuilder {
  static final int FREEBSD64 = 0x9f0209;
  static final int FREEBSD32 = 0x9f0109;
  static final int LINUX64 = 0x650203;
  static final int LINUX32 = 0x650103;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final KtraceWriter writer = KtraceWriter.to(bytes);
  final KtraceHeader header =
      new KtraceHeader().thread(7, 100007).comm("prog").time(1_700_000_000, 5);

  /** Begins with the process's ABI. */
  static TraceBuilder of(int svFlags) {
    TraceBuilder builder = new TraceBuilder();
    return builder.record(RecordType.PROCCTOR, payload(4).putInt(svFlags));
  }

  /** Space for a payload, little endian. */
  static ByteBuffer payload(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  TraceBuilder record(int type, ByteBuffer payload) {
    return record(type, payload.array());
  }

  TraceBuilder record(int type, byte[] payload) {
    try {
      writer.record(header, type, payload, 0, payload.length);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TraceBuilder call(int code, long... args) {
    ByteBuffer payload = payload(8 + 8 * args.length);
    payload.putShort((short) code).putShort((short) args.length).putInt(0);
    for (long arg : args) {
      payload.putLong(arg);
    }
    return record(RecordType.SYSCALL, payload);
  }

  TraceBuilder sysret(int code, int errno, long value) {
    return record(
        RecordType.SYSRET,
        payload(16).putShort((short) code).putShort((short) 0).putInt(errno).putLong(value));
  }

  /** KTR_STRUCT. */
  TraceBuilder struct(String name, ByteBuffer contents) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer payload = payload(bytes.length + 1 + contents.capacity());
    return record(RecordType.STRUCT, payload.put(bytes).put((byte) 0).put(contents.array()));
  }

  /** KTR_STRUCT_ARRAY. */
  TraceBuilder structs(String name, int size, ByteBuffer contents) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer payload = payload(8 + bytes.length + 1 + contents.capacity());
    return record(
        RecordType.STRUCT_ARRAY,
        payload.putLong(size).put(bytes).put((byte) 0).put(contents.array()));
  }

  byte[] trace() {
    try {
      writer.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of each record under the given flags, headers cut off. */
  List<String> bodies(String... flags) {
    return Dump.of(trace(), flags)
        .text()
        .lines()
        .map(line -> line.startsWith("     7 prog     ") ? line.substring(16) : line)
        .toList();
  }
}
