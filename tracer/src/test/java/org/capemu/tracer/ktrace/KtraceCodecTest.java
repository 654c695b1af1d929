package org.capemu.tracer.ktrace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.capemu.policy.CapRights;
import org.capemu.policy.StrictCheck;
import org.capemu.policy.Violation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KtraceCodecTest {
  private static final HexFormat HEX = HexFormat.of();
  private final KtraceHeader header =
      new KtraceHeader().thread(745, 100076).comm("foo").time(0x6543, 7).cpu(3);

  private static final String HEADER_OF_FOO =
      "e9020000" // pid
          + "666f6f0000000000000000000000000000000000" // comm
          + "4365000000000000" // seconds
          + "0700000000000000" // nanoseconds
          + "ec86010000000000" // tid
          + "0300000000000000"; // cpu, padding

  private interface Recording {
    void to(KtraceWriter writer) throws IOException;
  }

  private static byte[] write(Recording recording) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      recording.to(writer);
    }
    return file.toByteArray();
  }

  private static KtraceReader reader(byte[] file) {
    return KtraceReader.open(new ByteArrayInputStream(file));
  }

  @Test
  void aNameiRecordIsAHeaderAndThePath() throws IOException {
    byte[] file = write(w -> w.namei(header, "/etc"));
    assertEquals("04000000" + "0340" + "0100" + HEADER_OF_FOO + "2f657463", HEX.formatHex(file));
  }

  @Test
  void aSyscallRecordHasAsManyArgumentsAsTheCall() throws IOException {
    byte[] file = write(w -> w.syscall(header, 499, new long[] {-100, 0x1000, 3, 4}, 3));
    assertEquals(
        "20000000"
            + "0140"
            + "0100"
            + HEADER_OF_FOO
            + "f301"
            + "0300"
            + "00000000"
            + "9cffffffffffffff"
            + "0010000000000000"
            + "0300000000000000",
        HEX.formatHex(file));
  }

  @Test
  void aSysretRecordHasErrnoAndValue() throws IOException {
    byte[] file = write(w -> w.sysret(header, 3, 94, -1));
    assertEquals(
        "10000000"
            + "0240"
            + "0100"
            + HEADER_OF_FOO
            + "0300"
            + "0000"
            + "5e000000"
            + "ffffffffffffffff",
        HEX.formatHex(file));
  }

  @Test
  void aPsigRecordHasItsMaskUnaligned() throws IOException {
    byte[] file = write(w -> w.psig(header, 20, 0x401000, 0x10007, 0x0000000200000001L, 3));
    assertEquals(
        "28000000"
            + "0540"
            + "0100"
            + HEADER_OF_FOO
            + "14000000"
            + "00000000"
            + "0010400000000000"
            + "07000100"
            + "01000000"
            + "02000000"
            + "03000000"
            + "00000000"
            + "00000000",
        HEX.formatHex(file));
  }

  @Test
  void theDropFlagIsBesideTheType() throws IOException {
    byte[] file = write(w -> w.namei(header.dropped(true), "x"));
    assertEquals("03c0", HEX.formatHex(file, 4, 6));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertTrue(reader.record().dropped());
      assertEquals(RecordType.NAMEI, reader.record().type());
    }
  }

  @Test
  void aCapfailRecordOf15HasCallAbiAndData() throws IOException {
    Violation violation = new Violation.NotCapable(new CapRights(2, 0), new CapRights(0x401, 0x20));
    byte[] file = write(w -> w.capFail(header, violation, 4, 0x9f0209));
    assertEquals(64 + 1040, file.length);
    assertEquals(
        "00000000" // NOTCAPABLE
            + "0400"
            + "0000"
            + "09029f00"
            + "00000000"
            + "0200000000000002"
            + "0000000000000004"
            + "0104000000000002"
            + "2000000000000004",
        HEX.formatHex(file, 64, 64 + 48));
  }

  @Test
  void aCapfailRecordOf13HasRightsOnly() throws IOException {
    Violation violation = new Violation.NotCapable(new CapRights(2, 0), new CapRights(0x401, 0x20));
    byte[] file = write(w -> w.capFail(header, CapFail.Format.FREEBSD_13, violation, 4, 0x9f0209));
    assertEquals(
        "0000000000000000"
            + "0200000000000002"
            + "0000000000000004"
            + "0104000000000002"
            + "2000000000000004",
        HEX.formatHex(file, 64, file.length));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertEquals(
          new CapFail(CapFail.Format.FREEBSD_13, violation, 0, CapFail.UNKNOWN_CODE, 0),
          CapFail.decode(reader.record()));
    }
  }

  @Test
  void aLookupOf13IsKindThreeWithoutPath() throws IOException {
    byte[] file =
        write(
            w ->
                w.capFail(
                    header, CapFail.Format.FREEBSD_13, new Violation.Namei("/etc"), 499, 0x9f0209));
    assertEquals("03000000", HEX.formatHex(file, 64, 68));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertEquals(new Violation.Namei(""), CapFail.decode(reader.record()).violation());
    }
  }

  @Test
  void whatTheOldLayoutHasNoKindForLeavesNoRecord() throws IOException {
    byte[] file =
        write(
            w ->
                w.capFail(
                    header, CapFail.Format.FREEBSD_13, new Violation.Signal(9), 37, 0x9f0209));
    assertEquals(0, file.length);
  }

  @Test
  void fcntlsViolationHasItsCommandAndTheGatesHasNone() throws IOException {
    byte[] file =
        write(
            w -> {
              w.capFail(header, new Violation.Syscall(22), 92, 0x9f0209);
              w.capFail(header, new Violation.Syscall(Integer.MIN_VALUE), 165, 0x9f0209);
              w.capFail(header, Violation.Syscall.NOT_ENABLED, 5, 0x9f0209);
              // Linux's 92 is chown.
              w.capFail(header, Violation.Syscall.NOT_ENABLED, 92, 0x650203);
            });
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertEquals(new Violation.Syscall(22), CapFail.decode(reader.record()).violation());
      assertTrue(reader.next());
      assertEquals(
          new Violation.Syscall(Integer.MIN_VALUE), CapFail.decode(reader.record()).violation());
      assertTrue(reader.next());
      assertSame(Violation.Syscall.NOT_ENABLED, CapFail.decode(reader.record()).violation());
      assertTrue(reader.next());
      assertSame(Violation.Syscall.NOT_ENABLED, CapFail.decode(reader.record()).violation());
    }
  }

  @Test
  void aSockaddrIsSixteenBytes() throws IOException {
    byte[] address = HEX.parseHex("10020035" + "7f000001" + "0000000000000000");
    byte[] file = write(w -> w.capFail(header, new Violation.Sockaddr(address), 133, 0x9f0209));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      Violation violation = CapFail.decode(reader.record()).violation();
      assertArrayEquals(address, ((Violation.Sockaddr) violation).sockaddr());
    }
  }

  @Test
  void whatNoKernelTracesIsAUserRecordThatKdumpReads() throws IOException {
    Violation.Untraced violation = Violation.Untraced.of(93, "'..' above the directory");
    byte[] file = write(w -> w.capFail(header, violation, 499, 0x9f0209));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertEquals(RecordType.USER, reader.record().type());
      assertEquals(
          "capemu strict: call 499 abi 0x9f0209 errno 93: '..' above the directory",
          reader.record().getString(0));
      assertEquals(new StrictNote(499, 0x9f0209, violation), CapemuNote.read(reader.record()));
    }
  }

  @Test
  void aNoteSaysWhichCheckRefusedWhatAlsoOneOfBeforeDescriptorsWereNamed() throws IOException {
    Violation.Untraced named =
        new Violation.Untraced(
            93, StrictCheck.IOCTL, new Violation.Subject.OfDescriptor(3, 0x2000_6601L));
    Violation.Untraced unnamed =
        new Violation.Untraced(93, StrictCheck.IOCTL, Violation.Subject.Words.NONE);
    byte[] old =
        "capemu strict: call 54 abi 0x9f0209 errno 93: ioctl command that the descriptor is not limited to"
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] file =
        write(
            w -> {
              w.capFail(header, named, 54, 0x9f0209);
              w.record(header, RecordType.USER, old, 0, old.length);
            });
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertEquals(new StrictNote(54, 0x9f0209, named), ViolationRecord.read(reader.record()));
      assertTrue(reader.next());
      assertEquals(new StrictNote(54, 0x9f0209, unnamed), ViolationRecord.read(reader.record()));
    }
  }

  @Test
  void violationsOfAnyRecordAreReadInOnePlace() throws IOException {
    byte[] file =
        write(
            w -> {
              w.capFail(header, new Violation.Signal(9), 37, 0x9f0209);
              w.capFail(
                  header, CapFail.Format.FREEBSD_13, new Violation.Namei("/etc"), 499, 0x9f0209);
              w.namei(header, "/etc");
            });
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      ViolationRecord signal = ViolationRecord.read(reader.record());
      assertEquals(new Violation.Signal(9), signal.violation());
      assertEquals(37, signal.code());
      assertEquals(0x9f0209, signal.svFlags());
      assertTrue(reader.next());
      assertEquals(CapFail.UNKNOWN_CODE, ViolationRecord.read(reader.record()).code());
      assertTrue(reader.next());
      assertNull(ViolationRecord.read(reader.record()));
    }
  }

  @Test
  void anotherUserRecordIsNoStrictNote() throws IOException {
    byte[] text = "capemu strict: call".getBytes(StandardCharsets.ISO_8859_1);
    byte[] file = write(w -> w.record(header, RecordType.USER, text, 0, text.length));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertNull(CapemuNote.read(reader.record()));
    }
  }

  @Test
  void aStartNoteIsTheTextOfAUserRecord() throws IOException {
    for (StartNote.Event event : StartNote.Event.values()) {
      String from = event == StartNote.Event.FROM ? "path:/\u00e9" : "";
      StartNote note = new StartNote(event, from);
      try (KtraceReader reader = reader(write(w -> w.note(header, note)))) {
        assertTrue(reader.next());
        assertEquals(RecordType.USER, reader.record().type());
        assertTrue(reader.record().getString(0).startsWith("capemu start-up: "));
        assertEquals(note, CapemuNote.read(reader.record()));
        assertEquals(event != StartNote.Event.BEGINS, event.isEnd());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c",
        "capemu start-up: ",
        "capemu start-up: ended",
        "xcapemu start-up: begins"
      })
  void anotherUserRecordIsNoStartNote(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] file = write(w -> w.record(header, RecordType.USER, bytes, 0, bytes.length));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertNull(CapemuNote.read(reader.record()));
    }
  }

  @Test
  void anOldHeaderCountsMicrosecondsAndHasNoCpu() throws IOException {
    String old =
        "04000000"
            + "0300"
            + "0000" // padding
            + HEADER_OF_FOO.substring(0, 2 * 48)
            + "2f657463";
    try (KtraceReader reader = reader(HEX.parseHex(old + old))) {
      for (int i = 0; i < 2; i++) {
        assertTrue(reader.next());
        KtraceRecord record = reader.record();
        assertFalse(record.isVersioned());
        assertEquals(745, record.pid());
        assertEquals(100076, record.tid());
        assertEquals("foo", record.comm());
        assertEquals(7000, record.nanoseconds());
        assertEquals(0, record.cpu());
        assertEquals("/etc", record.getString(0));
        assertEquals(i * 60, reader.offset());
      }
      assertFalse(reader.next());
    }
  }

  @Test
  void aRecordLargerThanTheBufferIsRead() throws IOException {
    byte[] large = new byte[5 << 20];
    large[large.length - 1] = 42;
    byte[] file =
        write(
            w -> {
              w.record(header, RecordType.GENIO, large, 0, large.length);
              w.namei(header, "after");
            });
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertArrayEquals(large, reader.record().payload());
      assertTrue(reader.next());
      assertEquals("after", reader.record().getString(0));
    }
  }

  @Test
  void gettersReadZerosBehindTheEnd() throws IOException {
    byte[] payload = {1, 2, 3};
    byte[] file = write(w -> w.record(header, 99, payload, 0, payload.length));
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      assertEquals(0x030201, reader.record().getInt(0));
      assertEquals(0x03, reader.record().getLong(2));
      assertEquals(0, reader.record().getShort(3));
      assertEquals("", reader.record().getString(17));
    }
  }

  @Test
  void somethingElseIsNotAKtraceFile() {
    byte[] text =
        "#!/bin/sh\necho This is a script that is longer than one header is.\n".getBytes();
    KtraceFormatException e = assertThrows(KtraceFormatException.class, () -> reader(text).next());
    assertEquals(
        "not a ktrace file: a record of impossible length 1647255843 at offset 0", e.getMessage());
  }

  @Test
  void aFileShorterThanAHeaderIsNotAKtraceFile() {
    KtraceFormatException e =
        assertThrows(KtraceFormatException.class, () -> reader(new byte[] {1, 2, 3}).next());
    assertEquals("not a ktrace file: a header is cut: 3 of 56 bytes at offset 0", e.getMessage());
  }

  @Test
  void aNegativeLengthIsRefusedAtItsRecord() throws IOException {
    byte[] file =
        write(
            w -> {
              w.namei(header, "/etc");
              w.namei(header, "/var");
            });
    file[68 + 3] = (byte) 0x80;
    try (KtraceReader reader = reader(file)) {
      assertTrue(reader.next());
      KtraceFormatException e = assertThrows(KtraceFormatException.class, reader::next);
      assertEquals("a record of negative length -2147483644 at offset 68", e.getMessage());
      assertEquals(68, e.offset());
    }
  }

  @Test
  void aCutRecordIsRefusedAtItsRecord() throws IOException {
    byte[] file = write(w -> w.namei(header, "/etc/passwd"));
    byte[] cut = Arrays.copyOf(file, file.length - 1);
    KtraceFormatException e = assertThrows(KtraceFormatException.class, () -> reader(cut).next());
    assertEquals("not a ktrace file: a record is cut: 74 of 75 bytes at offset 0", e.getMessage());
  }

  @Test
  void appendingGoesOnBehindWhatIsThere(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("ktrace.out");
    for (String path : new String[] {"one", "two"}) {
      try (KtraceWriter writer = KtraceWriter.deferred()) {
        writer.openAt(TraceFile.named(file.toString(), true));
        writer.namei(header, path);
      }
    }
    try (KtraceReader reader = KtraceReader.open(file)) {
      assertTrue(reader.next());
      assertEquals("one", reader.record().getString(0));
      assertTrue(reader.next());
      assertEquals("two", reader.record().getString(0));
      assertFalse(reader.next());
    }
  }

  @Test
  void creatingReplacesTheFile(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("ktrace.out");
    Files.writeString(file, "something");
    KtraceWriter.create(TraceFile.named(file.toString(), false)).close();
    assertEquals(0, Files.size(file));
  }

  @Test
  void recordsReachTheFileWhole() throws IOException {
    ByteArrayOutputStream file =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            assertEquals(0, length % 1104, "a write that ends inside a record");
            super.write(bytes, offset, length);
          }
        };
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      for (int i = 0; i < 1000; i++) {
        writer.capFail(header, Violation.Syscall.NOT_ENABLED, 5, 0x9f0209);
      }
    }
    assertEquals(1000 * 1104, file.size());
  }

  @Test
  void aFailureIsThrownOnceAndWhatFollowsIsDropped() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    KtraceWriter writer = KtraceWriter.to(full);
    assertNull(writer.failure());
    IOException e =
        assertThrows(
            IOException.class,
            () -> {
              writer.namei(header, "/etc");
              writer.flush();
            });
    assertEquals("No space left on device", e.getMessage());
    assertSame(e, writer.failure());
    assertDoesNotThrowAfterFailure(writer);
  }

  private void assertDoesNotThrowAfterFailure(KtraceWriter writer) {
    assertDoesNotThrow(
        () -> {
          for (int i = 0; i < 1000; i++) {
            writer.capFail(header, Violation.Syscall.NOT_ENABLED, 5, 0x9f0209);
          }
          writer.close();
        });
  }

  @Test
  void theExTracePointIsTheDefaultOnes() {
    assertEquals(TracePoints.DEFAULT, TracePoints.parse("x"));
    assertEquals(TracePoints.DEFAULT, TracePoints.parse("+"));
    assertTrue(TracePoints.parse("np").contains(RecordType.CAPFAIL));
    assertFalse(TracePoints.parse("np").contains(RecordType.SYSCALL));
    assertThrows(IllegalArgumentException.class, () -> TracePoints.parse("q"));
  }
}
