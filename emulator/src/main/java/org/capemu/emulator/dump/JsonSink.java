package org.capemu.emulator.dump;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.capemu.emulator.cli.Charsets;
import org.capemu.policy.CapRights;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.ktrace.StrictNote;

/**
 * One JSON object a line for each record: its header, its fields, and as {@code text} what kdump
 * would print of it, which is cut where it is longer than {@link #LONGEST_TEXT}. 64-bit words are
 * strings like {@code "0x7fff"}, since readers of JSON keep 53 bits; bytes are base64; times are
 * strings of seconds with nine digits after the point. The module's README lists the fields.
 */
final class JsonSink implements RecordSink {
  /** What is longer is no text to read, and its data stands in other fields. In bytes. */
  private static final int LONGEST_TEXT = 1 << 20;

  /** Strings up to this length, in bytes, are made in memory. */
  private static final int SHORT_STRING = 8 << 10;

  private static final int UIO_READ = 0;
  private static final int OLD_CSW_SIZE = 8;

  private final PayloadMemory memory;
  private final DumpOptions options;
  private final JsonGenerator json;
  private final BoundedBytes bodyBytes = new BoundedBytes(LONGEST_TEXT);
  private final Text bodyText = new Text(bodyBytes, false);
  private final BodyText bodies;
  private final Data data = new Data();
  private boolean dropped;

  JsonSink(PayloadMemory memory, OutputStream out, DumpOptions options) {
    this.memory = memory;
    this.options = options;
    bodies = new BodyText(memory, bodyText, options);
    try {
      json = new JsonFactory().createGenerator(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    json.setPrettyPrinter(new MinimalPrettyPrinter(""));
  }

  @Override
  public boolean wantsProcesses() {
    return true;
  }

  @Override
  public void dropped(KtraceRecord record) {
    dropped = true;
  }

  @Override
  public void record(KtraceRecord record, int svFlags) {
    try {
      int type = record.type();
      begin(record, type, svFlags);
      putFields(record, type, svFlags);
      bodies.put(type, svFlags);
      end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void note(KtraceRecord record, CapemuNote note, int svFlags) {
    try {
      begin(record, note.kind().shownAs(), svFlags);
      if (note instanceof StrictNote strict) {
        putCall(strict.code(), strict.svFlags());
        json.writeStringField("violation", strict.violation().kind().jsonName());
        json.writeBooleanField(note.kind().noteName(), true);
        putError(strict.violation().errno());
      } else {
        json.writeStringField("note", note.kind().noteName());
      }
      note.data(data);
      bodies.put(note);
      end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void flush() {
    try {
      json.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void begin(KtraceRecord record, int type, int svFlags) throws IOException {
    json.writeStartObject();
    byte[] kind = HeaderText.kind(type);
    json.writeStringField(
        "type",
        kind == null
            ? "UNKNOWN(" + type + ")"
            : new String(kind, StandardCharsets.US_ASCII).trim());
    json.writeNumberField("pid", record.pid());
    json.writeNumberField("tid", Math.max(record.tid(), 0));
    json.writeStringField(
        "comm", Charsets.decode(record.array(), record.commOffset(), record.commLength()));
    String fraction = Integer.toString(record.nanoseconds());
    json.writeStringField(
        "time", record.seconds() + "." + "0".repeat(9 - fraction.length()) + fraction);
    if (record.isVersioned()) {
      json.writeNumberField("cpu", record.cpu());
    }
    if (svFlags != 0) {
      json.writeStringField("abi", HeaderText.abi(svFlags));
    }
    if (dropped) {
      json.writeBooleanField("dropped", true);
      dropped = false;
    }
  }

  private void end() throws IOException {
    bodyText.flush();
    byte[] body = bodyBytes.bytes();
    int length = bodyBytes.length();
    boolean cut = bodyBytes.isCut();
    bodyBytes.reset();
    while (length > 0 && body[length - 1] == '\n') {
      length--;
    }
    putString("text", body, 0, length);
    if (cut) {
      json.writeBooleanField("cut", true);
    }
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private void putFields(KtraceRecord record, int type, int svFlags) throws IOException {
    switch (type) {
      case RecordType.SYSCALL -> {
        putCall(memory.getShort(0), svFlags);
        json.writeArrayFieldStart("args");
        int count = Math.min(memory.getShort(2), (memory.length() - 8) / Long.BYTES);
        for (int i = 0; i < count; i++) {
          json.writeString(word(memory.getLong(8 + i * Long.BYTES)));
        }
        json.writeEndArray();
      }
      case RecordType.SYSRET -> putReturn(svFlags);
      case RecordType.NAMEI, RecordType.SYSCTL ->
          putString(
              type == RecordType.NAMEI ? "path" : "name",
              memory.bytes(),
              0,
              memory.stringLength(0));
      case RecordType.GENIO -> putIo();
      case RecordType.PSIG -> putSignal();
      case RecordType.CSW -> putContextSwitch();
      case RecordType.CAPFAIL -> putCapFail(CapFail.decode(record));
      case RecordType.STRUCT -> putStruct(0);
      case RecordType.STRUCT_ARRAY -> putStruct(Long.BYTES);
      case RecordType.USER -> putData(0);
      case RecordType.PROCCTOR -> json.writeStringField("svFlags", word(memory.getUnsignedInt(0)));
      case RecordType.FAULT -> {
        json.writeStringField("address", word(memory.getLong(0)));
        json.writeNumberField("access", memory.getInt(8));
      }
      case RecordType.FAULTEND -> json.writeNumberField("result", memory.getInt(0));
      case RecordType.ARGS, RecordType.ENVS -> putStrings();
      case RecordType.EXTERR -> putExtendedError();
      default -> {}
    }
  }

  private void putCall(int code, int svFlags) throws IOException {
    byte[] name = SyscallAbi.of(svFlags).nameOf(code);
    if (name != null) {
      json.writeStringField("syscall", new String(name, StandardCharsets.ISO_8859_1));
    }
    json.writeNumberField("code", code);
  }

  private void putReturn(int svFlags) throws IOException {
    putCall(memory.getShort(0), svFlags);
    int error = memory.getInt(4);
    if (error == 0) {
      json.writeStringField("value", word(memory.getLong(8)));
    } else if (error == Errno.RESTART) {
      json.writeStringField("error", "ERESTART");
    } else if (error == Errno.JUSTRETURN) {
      json.writeStringField("error", "EJUSTRETURN");
    } else {
      putError(error);
    }
  }

  /** FreeBSD's number and name, which the kernel records of any process. */
  private void putError(int errno) throws IOException {
    json.writeNumberField("errno", errno);
    String name = Errno.name(errno);
    if (name != null) {
      json.writeStringField("error", name);
    }
  }

  private void putIo() throws IOException {
    json.writeNumberField("fd", memory.getInt(0));
    json.writeStringField("direction", memory.getInt(4) == UIO_READ ? "read" : "wrote");
    json.writeNumberField("length", Math.max(memory.length() - 8, 0));
    if (!options.withoutData()) {
      int length = memory.length() - 8;
      putBytes(8, options.maxData() > 0 ? Math.min(length, options.maxData()) : length);
    }
  }

  private void putSignal() throws IOException {
    int signo = memory.getInt(0);
    json.writeNumberField("signo", signo);
    putName("signal", Values.SIGNALS.nameOf(signo));
    json.writeStringField("action", word(memory.getLong(8)));
    json.writeStringField("mask", word(memory.getUnsignedInt(20)));
    int code = memory.getInt(16);
    json.writeNumberField("code", code);
    putName("reason", EventText.nameOfCode(signo, code));
  }

  private void putContextSwitch() throws IOException {
    json.writeStringField("event", memory.getInt(0) != 0 ? "stop" : "resume");
    json.writeStringField("mode", memory.getInt(4) != 0 ? "user" : "kernel");
    if (memory.length() > OLD_CSW_SIZE) {
      int length = memory.stringLength(OLD_CSW_SIZE);
      putString("wmesg", memory.bytes(), OLD_CSW_SIZE, length);
    }
  }

  private void putStrings() throws IOException {
    json.writeArrayFieldStart("strings");
    for (int at = 0; at < memory.length(); ) {
      int length = memory.stringLength(at);
      putString(memory.bytes(), at, length);
      at += length + 1;
    }
    json.writeEndArray();
  }

  private void putExtendedError() throws IOException {
    putError(memory.getInt(4));
    json.writeNumberField("category", memory.getUnsignedInt(8));
    json.writeNumberField("line", memory.getUnsignedInt(12));
    json.writeStringField("p1", word(memory.getLong(24)));
    json.writeStringField("p2", word(memory.getLong(32)));
    putString("message", memory.bytes(), 72, memory.stringLength(72));
  }

  private void putName(String field, byte[] name) throws IOException {
    if (name != null) {
      json.writeStringField(field, new String(name, StandardCharsets.ISO_8859_1));
    }
  }

  private void putStruct(int at) throws IOException {
    int nameLength = memory.stringLength(at);
    if (at != 0) {
      json.writeStringField("size", Long.toUnsignedString(memory.getLong(0)));
    }
    putString("struct", memory.bytes(), at, nameLength);
    int data = at + nameLength + 1;
    if (at == 0 && memory.isString(0, nameLength, "sockaddr") && data + 2 <= memory.length()) {
      putSocketAddress(Arrays.copyOfRange(memory.bytes(), data, memory.length()));
    }
    putData(data);
  }

  private void putSocketAddress(byte[] bytes) throws IOException {
    SocketAddress address = SocketAddress.of(bytes);
    json.writeObjectFieldStart("sockaddr");
    String family = address.familyName();
    if (family == null) {
      json.writeNumberField("family", address.family());
    } else {
      json.writeStringField("family", family);
    }
    switch (address.family()) {
      case SocketAddress.AF_INET, SocketAddress.AF_INET6 -> {
        if (address.isComplete()) {
          json.writeStringField("address", address.host());
          json.writeNumberField("port", address.port());
        }
      }
      case SocketAddress.AF_UNIX -> {
        byte[] path = address.path();
        putString("path", path, 0, path.length);
      }
      case SocketAddress.AF_NETLINK -> {
        json.writeNumberField("pid", address.netlinkPid());
        json.writeNumberField("groups", address.netlinkGroups());
      }
      default -> {
        // the bytes are all there is
      }
    }
    if (address.isCut()) {
      json.writeBooleanField("cut", true);
    }
    json.writeEndObject();
  }

  private void putData(int at) throws IOException {
    putBytes(at, memory.length() - at);
  }

  private void putBytes(int at, int length) throws IOException {
    if (length > 0) {
      json.writeFieldName("data");
      json.writeBinary(memory.bytes(), at, length);
    }
  }

  private void putCapFail(CapFail fail) throws IOException {
    if (fail.code() != CapFail.UNKNOWN_CODE) {
      putCall(fail.code(), fail.svFlags());
    }
    Violation violation = fail.violation();
    if (violation == null) {
      json.writeNumberField("kind", fail.kind());
      return;
    }
    json.writeStringField("violation", violation.kind().jsonName());
    violation.data(data);
  }

  /** The fields of violations and notes. */
  private final class Data implements Violation.Writer {
    @Override
    public void rights(String name, CapRights rights) {
      put(() -> putRights(name, rights));
    }

    @Override
    public void number(String name, long number) {
      put(() -> json.writeNumberField(name, number));
    }

    @Override
    public void bytes(String name, byte[] bytes) {
      put(
          () -> {
            if (name.equals("sockaddr")) {
              putSocketAddress(bytes);
            }
            json.writeBinaryField("data", bytes);
          });
    }

    @Override
    public void string(String name, String string) {
      put(() -> json.writeStringField(name, Charsets.decode(string)));
    }

    private void put(Field field) {
      try {
        field.write();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Writes to the generator, which may fail. */
  private interface Field {
    void write() throws IOException;
  }

  private void putRights(String field, CapRights rights) throws IOException {
    json.writeArrayFieldStart(field);
    if (!rights.equals(CapRights.NONE)) {
      for (String name : rights.toString().split(",")) {
        json.writeString(name);
      }
    }
    json.writeEndArray();
  }

  private static String word(long value) {
    return "0x" + Long.toHexString(value);
  }

  private void putString(String field, byte[] bytes, int offset, int length) throws IOException {
    json.writeFieldName(field);
    putString(bytes, offset, length);
  }

  private void putString(byte[] bytes, int offset, int length) throws IOException {
    if (length <= SHORT_STRING) {
      json.writeString(Charsets.decode(bytes, offset, length));
      return;
    }
    ByteArrayInputStream in = new ByteArrayInputStream(bytes, offset, length);
    json.writeString(new InputStreamReader(in, Charsets.of(bytes, offset, length)), -1);
  }

  /** Keeps the first bytes that are written, up to a limit. */
  private static final class BoundedBytes extends OutputStream {
    private final int limit;
    private byte[] bytes = new byte[4096];
    private int length;
    private boolean cut;

    BoundedBytes(int limit) {
      this.limit = limit;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int count) {
      int kept = Math.min(count, limit - length);
      if (bytes.length < length + kept) {
        bytes = Arrays.copyOf(bytes, Math.min(Math.max(length + kept, 2 * bytes.length), limit));
      }
      System.arraycopy(source, offset, bytes, length, kept);
      length += kept;
      cut |= kept < count;
    }

    byte[] bytes() {
      return bytes;
    }

    int length() {
      return length;
    }

    boolean isCut() {
      return cut;
    }

    void reset() {
      length = 0;
      cut = false;
    }
  }
}
