package org.capemu.tests.verify;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.capemu.tracer.ktrace.RecordType;

/** A capture of a real kernel, taken apart so that tests can change it. */
final class Trace {
  private static final Path CAPTURES = Path.of("src/test/resources/captures");
  private static final int VERSIONED = 0x4000;
  private static final int TYPE_MASK = 0x3fff;

  final List<byte[]> records;

  private Trace(List<byte[]> records) {
    this.records = new ArrayList<>(records);
  }

  /** All captures, those beside the transcripts of ptrace(2) among them. */
  static List<String> names() {
    try (Stream<Path> files = Files.walk(CAPTURES)) {
      return files
          .map(file -> CAPTURES.relativize(file).toString())
          .filter(name -> name.endsWith(".kt.gz"))
          .map(name -> name.substring(0, name.length() - ".kt.gz".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Trace capture(String name) {
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(CAPTURES.resolve(name + ".kt.gz")))) {
      return of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Trace read(Path file) throws IOException {
    return of(Files.readAllBytes(file));
  }

  private static Trace of(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (buffer.hasRemaining()) {
      int at = buffer.position();
      int header = (buffer.getShort(at + 4) & VERSIONED) != 0 ? 64 : 56;
      byte[] record = new byte[header + buffer.getInt(at)];
      buffer.get(record);
      records.add(record);
    }
    return new Trace(records);
  }

  static int type(byte[] record) {
    return fields(record).getShort(4) & TYPE_MASK;
  }

  static ByteBuffer fields(byte[] record) {
    return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The payload of a record with a header of version 1. */
  static ByteBuffer payload(byte[] record) {
    return ByteBuffer.wrap(record, 64, record.length - 64).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  static String text(byte[] record) {
    return new String(record, 64, record.length - 64, StandardCharsets.ISO_8859_1);
  }

  Trace without(int type) {
    return without(record -> type(record) == type);
  }

  Trace without(Predicate<byte[]> unwanted) {
    Trace rest = new Trace(records);
    rest.records.removeIf(unwanted);
    return rest;
  }

  /** Where the n-th record of a type is, counted from 0. */
  int indexOf(int type, int n) {
    int left = n;
    for (int i = 0; i < records.size(); i++) {
      if (type(records.get(i)) == type && left-- == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("no such record");
  }

  int indexOfViolation(int n) {
    return indexOf(RecordType.CAPFAIL, n);
  }

  Path write(Path directory, String name) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] record : records) {
      bytes.write(record);
    }
    return Files.write(directory.resolve(name), bytes.toByteArray());
  }
}
