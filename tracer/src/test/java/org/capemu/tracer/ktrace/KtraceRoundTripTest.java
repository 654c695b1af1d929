package org.capemu.tracer.ktrace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.capemu.policy.CapRights;
import org.capemu.policy.Violation;

class KtraceRoundTripTest {
  record Written(
      int type,
      int pid,
      long tid,
      String comm,
      long seconds,
      int nanoseconds,
      int cpu,
      boolean dropped,
      List<Byte> payload) {}

  @Provide
  Arbitrary<List<Written>> traces() {
    return written().list().ofMaxSize(40);
  }

  private static Arbitrary<Written> written() {
    Arbitrary<String> comm =
        Arbitraries.strings().withCharRange('\u0001', '\u00ff').ofMaxLength(19);
    return Combinators.combine(
            Arbitraries.integers().between(1, 0x3fff),
            Arbitraries.integers(),
            Arbitraries.longs(),
            comm,
            Arbitraries.longs(),
            Arbitraries.integers().between(0, 999_999_999),
            Arbitraries.integers(),
            Arbitraries.bytes().list().ofMaxSize(3000))
        .as(
            (type, pid, tid, name, seconds, nanoseconds, cpu, payload) ->
                new Written(
                    type, pid, tid, name, seconds, nanoseconds, cpu, (pid & 1) != 0, payload));
  }

  @Provide
  Arbitrary<Violation> violations() {
    Arbitrary<CapRights> rights =
        Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(CapRights::new);
    return Arbitraries.oneOf(
        Combinators.combine(rights, rights).as(Violation.NotCapable::new),
        Combinators.combine(rights, rights).as(Violation.Increase::new),
        Arbitraries.integers().map(Violation.Signal::new),
        Arbitraries.integers().map(Violation.Proto::new),
        Arbitraries.strings()
            .withCharRange('\u0001', '\u00ff')
            .ofMaxLength(1023)
            .map(Violation.Namei::new),
        Arbitraries.just(Violation.Syscall.NOT_ENABLED),
        Arbitraries.just(new Violation.Cpuset()));
  }

  @Property(tries = 200)
  void whatWasWrittenIsReadBack(@ForAll("traces") List<Written> all) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      KtraceHeader header = new KtraceHeader();
      for (Written w : all) {
        header
            .thread(w.pid, w.tid)
            .comm(w.comm)
            .time(w.seconds, w.nanoseconds)
            .cpu(w.cpu)
            .dropped(w.dropped);
        byte[] payload = bytes(w.payload);
        writer.record(header, w.type, payload, 0, payload.length);
      }
    }
    assertEquals(all, read(file.toByteArray()));
  }

  @Property(tries = 200)
  void copyingRecordsKeepsEveryByte(@ForAll("traces") List<Written> all) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      for (Written w : all) {
        byte[] payload = bytes(w.payload);
        writer.record(
            new KtraceHeader().thread(w.pid, w.tid).cpu(w.cpu), w.type, payload, 0, payload.length);
      }
    }
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    try (KtraceReader reader = reader(file.toByteArray());
        KtraceWriter writer = KtraceWriter.to(copy)) {
      while (reader.next()) {
        writer.record(reader.record().copy());
      }
    }
    assertArrayEquals(file.toByteArray(), copy.toByteArray());
  }

  @Property
  void anyBytesAreReadOrRefused(@ForAll byte[] file) throws IOException {
    readToTheEnd(file);
  }

  @Property
  void aChangedTraceIsReadOrRefused(
      @ForAll("traces") List<Written> all, @ForAll int place, @ForAll byte value)
      throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      for (Written w : all) {
        byte[] payload = bytes(w.payload);
        writer.record(new KtraceHeader(), w.type, payload, 0, payload.length);
      }
    }
    byte[] changed = file.toByteArray();
    if (changed.length > 0) {
      changed[Math.floorMod(place, changed.length)] = value;
    }
    readToTheEnd(changed);
  }

  @Property(tries = 200)
  void aCutTraceGivesEveryWholeRecord(@ForAll("traces") List<Written> all, @ForAll int place)
      throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    List<Integer> ends = new ArrayList<>();
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      for (Written w : all) {
        byte[] payload = bytes(w.payload);
        writer.record(new KtraceHeader(), w.type, payload, 0, payload.length);
        writer.flush();
        ends.add(file.size());
      }
    }
    int length = Math.floorMod(place, file.size() + 1);
    byte[] cut = Arrays.copyOf(file.toByteArray(), length);
    long whole = ends.stream().filter(end -> end <= length).count();
    boolean atBoundary = length == 0 || ends.contains(length);

    int count = 0;
    boolean refused = false;
    try (KtraceReader reader = reader(cut)) {
      while (reader.next()) {
        count++;
      }
    } catch (KtraceFormatException e) {
      refused = true;
      assertEquals(whole == 0 ? 0 : ends.get((int) whole - 1).longValue(), e.offset());
    }
    assertEquals(whole, count);
    assertEquals(!atBoundary, refused);
  }

  @Property
  void violationsAreReadBack(
      @ForAll("violations") Violation violation, @ForAll short code, @ForAll int svFlags)
      throws IOException {
    // fcntl's and sysarch's violations carry a command, which the gate's does not.
    int call = code == 92 || code == 165 ? 1 : code;
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      writer.capFail(new KtraceHeader(), violation, call, svFlags);
    }
    try (KtraceReader reader = reader(file.toByteArray())) {
      assertTrue(reader.next());
      CapFail capFail = CapFail.decode(reader.record());
      assertEquals(violation, capFail.violation());
      assertEquals(call, capFail.code());
      assertEquals(svFlags, capFail.svFlags());
      assertFalse(reader.next());
    }
  }

  private static List<Written> read(byte[] file) throws IOException {
    List<Written> all = new ArrayList<>();
    try (KtraceReader reader = reader(file)) {
      while (reader.next()) {
        KtraceRecord r = reader.record();
        List<Byte> payload = new ArrayList<>();
        for (byte b : r.payload()) {
          payload.add(b);
        }
        all.add(
            new Written(
                r.type(),
                r.pid(),
                r.tid(),
                r.comm(),
                r.seconds(),
                r.nanoseconds(),
                r.cpu(),
                r.dropped(),
                payload));
      }
    }
    return all;
  }

  private static void readToTheEnd(byte[] file) throws IOException {
    try (KtraceReader reader = reader(file)) {
      while (reader.next()) {
        KtraceRecord record = reader.record();
        record.getLong(3);
        record.getString(5);
        CapFail.decode(record);
        CapemuNote.read(record);
      }
    } catch (KtraceFormatException e) {
      assertTrue(e.getMessage().endsWith("at offset " + e.offset()), e.getMessage());
    }
  }

  private static KtraceReader reader(byte[] file) {
    return KtraceReader.open(new ByteArrayInputStream(file));
  }

  private static byte[] bytes(List<Byte> list) {
    byte[] bytes = new byte[list.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = list.get(i);
    }
    return bytes;
  }
}
