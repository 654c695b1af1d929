package org.capemu.tests.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.capemu.tests.dump.TraceBuilder.FREEBSD64;
import static org.capemu.tests.dump.TraceBuilder.payload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.capemu.emulator.dump.DumpCommand;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What dump says beyond kdump, and how it ends. */
class DumpTest {
  private static final String NOTE =
      "capemu strict: call 5 abi 0x9f0209 errno 93: path climbs above its directory";

  /** CAP_READ needed as a 15.0 kernel writes it, without the second index bit; CAP_WRITE held. */
  private static byte[] capFail() {
    ByteBuffer payload = payload(1040).putInt(0).putShort((short) 3).putShort((short) 0);
    payload.putInt(FREEBSD64).putInt(0);
    payload.putLong(0x0200_0000_0000_0001L).putLong(0);
    payload.putLong(0x0200_0000_0000_0002L).putLong(0x0400_0000_0000_0000L);
    return payload.array();
  }

  @Test
  void saysTheRightsThatKdumpCallsInvalid() {
    TraceBuilder trace = TraceBuilder.of(FREEBSD64).record(RecordType.CAPFAIL, capFail());
    assertEquals(
        List.of("CAP   operation requires CAP_READ, descriptor holds CAP_WRITE"), trace.bodies());
    assertEquals(
        List.of("CAP   operation requires invalid cap_rights_t, descriptor holds CAP_WRITE"),
        trace.bodies("--kdump"));
  }

  @Test
  void capRecordsOfOlderKernelsAreThoseOfTheirKdump() {
    ByteBuffer notCapable = payload(40).putInt(0).putInt(0);
    notCapable.putLong(0x0200_0000_0000_0001L).putLong(0x0400_0000_0000_0000L);
    notCapable.putLong(0x0200_0000_0000_0000L).putLong(0x0400_0000_0000_0020L);
    assertEquals(
        List.of(
            "CAP   operation requires CAP_READ, descriptor holds CAP_EVENT",
            "CAP   disallowed system call",
            "CAP   restricted VFS lookup"),
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.CAPFAIL, notCapable)
            .record(RecordType.CAPFAIL, payload(40).putInt(2))
            .record(RecordType.CAPFAIL, payload(40).putInt(3))
            .bodies());
  }

  @Test
  void marksWhatIsStrictAsACapLine() {
    TraceBuilder trace =
        TraceBuilder.of(FREEBSD64).record(RecordType.USER, NOTE.getBytes(ISO_8859_1));
    String line =
        "CAP   strict: open: path climbs above its directory: errno 93 Capabilities insufficient";
    assertEquals(List.of(line), trace.bodies());
    assertEquals(List.of(line), trace.bodies("-tp"));
    assertEquals(List.of(), trace.bodies("-tu"));
    assertEquals(List.of(), trace.bodies("-tp", "--kdump"));
    assertTrue(trace.bodies("--kdump").get(0).startsWith("USER  " + NOTE.length() + "  63 61 70"));
  }

  @Test
  void printsOneJsonObjectALine() throws IOException {
    byte[] trace =
        TraceBuilder.of(FREEBSD64)
            .call(5, 0x1000, 0, 0)
            .record(RecordType.NAMEI, "/caf\u00c3\u00a9\"".getBytes(ISO_8859_1))
            .record(RecordType.CAPFAIL, capFail())
            .sysret(5, 93, -1)
            .trace();
    List<String> lines = Dump.of(trace, "--json", "-tcnp").text().lines().toList();
    assertEquals(4, lines.size());
    Map<String, String> call = fields(lines.get(0));
    assertEquals("CALL", call.get("type"));
    assertEquals("7", call.get("pid"));
    assertEquals("100007", call.get("tid"));
    assertEquals("prog", call.get("comm"));
    assertEquals("1700000000.000000005", call.get("time"));
    assertEquals("F64", call.get("abi"));
    assertEquals("open", call.get("syscall"));
    assertEquals("[0x1000,0x0,0x0]", call.get("args"));
    assertEquals("open(0x1000,0<O_RDONLY>)", call.get("text"));
    assertEquals("/caf\u00e9\"", fields(lines.get(1)).get("path"));
    Map<String, String> cap = fields(lines.get(2));
    assertEquals("NOTCAPABLE", cap.get("violation"));
    assertEquals("[CAP_READ]", cap.get("needed"));
    assertEquals("[CAP_WRITE]", cap.get("held"));
    Map<String, String> sysret = fields(lines.get(3));
    assertEquals("93", sysret.get("errno"));
    assertEquals("ENOTCAPABLE", sysret.get("error"));
  }

  @Test
  void jsonMarksWhatIsStrict() throws IOException {
    byte[] trace =
        TraceBuilder.of(FREEBSD64).record(RecordType.USER, NOTE.getBytes(ISO_8859_1)).trace();
    Map<String, String> note = fields(Dump.of(trace, "--json", "-tp").text());
    assertEquals("true", note.get("strict"));
    assertEquals("open", note.get("syscall"));
    assertEquals("ENOTCAPABLE", note.get("error"));
    assertEquals("path climbs above its directory", note.get("reason"));
  }

  @Test
  void jsonNamesWhatIsStrictAndOnWhat() throws IOException {
    String note =
        "capemu strict: call 54 abi 0x9f0209 errno 93: ioctl command that the descriptor is not"
            + " limited to: descriptor 3, command 0x20006601";
    byte[] trace =
        TraceBuilder.of(FREEBSD64).record(RecordType.USER, note.getBytes(ISO_8859_1)).trace();
    Map<String, String> fields = fields(Dump.of(trace, "--json", "-tp").text());
    assertEquals("UNTRACED", fields.get("violation"));
    assertEquals("IOCTL", fields.get("check"));
    assertEquals("3", fields.get("fd"));
    assertEquals(String.valueOf(0x2000_6601), fields.get("command"));
    assertTrue(
        fields
            .get("text")
            .startsWith(
                "strict: ioctl: ioctl command that the descriptor is not limited to: descriptor 3"));
  }

  @Test
  void jsonHasTheFieldsOfEachKind() throws IOException {
    ByteBuffer signal = payload(40).putInt(20).putInt(0).putLong(0x201000).putInt(1).putInt(4);
    ByteBuffer error = payload(200).putInt(4, 22).putInt(8, 3).putInt(12, 471).putLong(24, 16);
    error.position(72).put("bad offset".getBytes(ISO_8859_1));
    byte[] trace =
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.PSIG, signal)
            .record(RecordType.CSW, payload(16).putInt(1).putInt(0).putInt(0x6c6f70))
            .record(RecordType.FAULT, payload(16).putLong(0x1000).putInt(2))
            .record(RecordType.FAULTEND, payload(4).putInt(5))
            .record(RecordType.ARGS, "ls\0-l\0".getBytes(ISO_8859_1))
            .record(RecordType.EXTERR, error)
            .structs("pollfd", 8, payload(8).putInt(3))
            .sysret(3, -1, 0)
            .trace();
    List<Map<String, String>> records = new ArrayList<>();
    for (String line : Dump.of(trace, "--json").text().lines().skip(1).toList()) {
      Map<String, String> fields = fields(line);
      fields.keySet().removeAll(List.of("pid", "tid", "comm", "time", "cpu", "abi", "text"));
      records.add(fields);
    }
    assertEquals(
        List.of(
            Map.of(
                "type",
                "PSIG",
                "signo",
                "20",
                "signal",
                "SIGCHLD",
                "action",
                "0x201000",
                "mask",
                "0x4",
                "code",
                "1",
                "reason",
                "CLD_EXITED"),
            Map.of("type", "CSW", "event", "stop", "mode", "kernel", "wmesg", "pol"),
            Map.of("type", "PFLT", "address", "0x1000", "access", "2"),
            Map.of("type", "PRET", "result", "5"),
            Map.of("type", "ARGS", "strings", "[ls,-l]"),
            Map.of(
                "type",
                "EERR",
                "errno",
                "22",
                "error",
                "EINVAL",
                "category",
                "3",
                "line",
                "471",
                "p1",
                "0x10",
                "p2",
                "0x0",
                "message",
                "bad offset"),
            Map.of("type", "STRU", "struct", "pollfd", "size", "8", "data", "AwAAAAAAAAA="),
            Map.of("type", "RET", "syscall", "read", "code", "3", "error", "ERESTART")),
        records);
  }

  @Test
  void jsonCutsTheTextOfWhatIsTooLong() throws IOException {
    byte[] data = new byte[4 << 20];
    Arrays.fill(data, 8, data.length, (byte) 0xff);
    byte[] trace = TraceBuilder.of(FREEBSD64).record(RecordType.GENIO, data).trace();
    String[] lines = Dump.of(trace, "--json", "-ti").text().split("\n");
    assertEquals(1, lines.length);
    Map<String, String> io = fields(lines[0]);
    assertEquals("true", io.get("cut"));
    assertEquals(1 << 20, io.get("text").length());
    assertEquals(((data.length - 8) + 2) / 3 * 4, io.get("data").length());
  }

  @Test
  void jsonOfEveryCaptureIsWellFormed() throws IOException {
    for (String name : List.of("process", "sockets", "rights", "report-unzip-full")) {
      String json = Dump.of(Dump.capture(name + ".kt.gz"), "--json").text();
      assertFalse(json.isEmpty());
      for (String line : json.lines().toList()) {
        assertTrue(fields(line).containsKey("type"), line);
      }
    }
  }

  private static Map<String, String> fields(String json) throws IOException {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(json.getBytes(ISO_8859_1))) {
      assertEquals(JsonToken.START_OBJECT, parser.nextToken());
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (parser.nextToken() == JsonToken.START_ARRAY) {
          StringBuilder array = new StringBuilder("[");
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.append(array.length() == 1 ? "" : ",").append(parser.getText());
          }
          fields.put(name, array.append(']').toString());
        } else {
          fields.put(name, parser.getText());
        }
      }
    }
    return fields;
  }

  @Test
  void choosesByProcessOrThread() {
    TraceBuilder trace = TraceBuilder.of(FREEBSD64).sysret(20, 0, 7);
    trace.header.thread(8, 100008);
    trace.sysret(20, 0, 8);
    assertEquals(List.of("RET   getpid 7"), trace.bodies("-p", "7"));
    assertEquals(List.of("RET   getpid 7"), trace.bodies("-p", "100007"));
    assertEquals(List.of("     8 prog     RET   getpid 8"), trace.bodies("-p", "8"));
  }

  @Test
  void aCutTraceIsPrintedUpToThereAndToldInOneLine() {
    byte[] whole = TraceBuilder.of(FREEBSD64).sysret(20, 0, 7).sysret(20, 0, 8).trace();
    byte[] cut = Arrays.copyOf(whole, whole.length - 1);
    Dump dump = Dump.of(cut);
    assertEquals("     7 prog     RET   getpid 7\n", dump.text());
    assertEquals("standard input: a record is cut: 79 of 80 bytes at offset 148", dump.error());
    assertEquals(2, dump.status());
  }

  @Test
  void aNegativeLengthIsToldWithItsOffset() {
    byte[] trace = TraceBuilder.of(FREEBSD64).sysret(20, 0, 7).sysret(20, 0, 8).trace();
    trace[148 + 3] = (byte) 0x80;
    Dump dump = Dump.of(trace);
    assertEquals("     7 prog     RET   getpid 7\n", dump.text());
    assertEquals(
        "standard input: a record of negative length -2147483632 at offset 148", dump.error());
  }

  @Test
  void whatIsNoTraceIsNotPrinted() {
    Dump dump =
        Dump.of(
            "#!/bin/sh\n# nothing that a kernel wrote, but long enough\n\n\n".getBytes(ISO_8859_1));
    assertEquals("", dump.text());
    assertTrue(dump.error().startsWith("standard input: not a ktrace file: "), dump.error());
    assertEquals(2, dump.status());
  }

  @Test
  void anEmptyTraceHasNoRecords() {
    assertEquals(new Dump(0, "", ""), Dump.of(new byte[0]));
  }

  @Test
  void aFileThatCannotBeReadIsNamed(@TempDir Path directory) {
    Path missing = directory.resolve("ktrace.out");
    Dump dump = Dump.run(InputStream.nullInputStream(), "-f", missing.toString());
    assertEquals(missing + ": No such file or directory", dump.error());
    assertEquals(2, dump.status());
    assertEquals(2, Dump.run(InputStream.nullInputStream(), "-f", directory.toString()).status());
  }

  @Test
  void anUnknownTracePointIsToldInOneLine() {
    Dump dump = Dump.of(new byte[0], "-t", "cq");
    assertEquals("unknown trace point 'q' in cq", dump.error());
    assertEquals(2, dump.status());
  }

  @Test
  void aReaderThatGoesAwayEndsItQuietly() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    byte[] trace = Dump.capture("process.kt.gz");
    for (String format : List.of("--kdump", "--json")) {
      int status =
          new CommandLine(new DumpCommand(new ByteArrayInputStream(trace), closed))
              .execute(format, "-f", "-");
      assertEquals(0, status);
    }
  }

  @Test
  void followsAFileThatGrows(@TempDir Path directory) throws Exception {
    byte[] whole = TraceBuilder.of(FREEBSD64).sysret(20, 0, 7).sysret(20, 0, 8).trace();
    Path file = directory.resolve("ktrace.out");
    Files.write(file, Arrays.copyOf(whole, whole.length - 30));
    LinesSeen seen = new LinesSeen();
    Thread follower =
        new Thread(
            () ->
                new CommandLine(new DumpCommand(InputStream.nullInputStream(), seen))
                    .setExecutionExceptionHandler((e, command, parsed) -> 2)
                    .execute("-l", "-f", file.toString()));
    follower.start();
    try {
      assertEquals("     7 prog     RET   getpid 7\n", seen.await(1));
      Files.write(file, whole);
      assertEquals(
          "     7 prog     RET   getpid 7\n     7 prog     RET   getpid 8\n", seen.await(2));
    } finally {
      follower.interrupt();
      follower.join();
    }
  }

  /** Collects text that another thread writes. */
  private static final class LinesSeen extends OutputStream {
    private final StringBuilder text = new StringBuilder();

    @Override
    public synchronized void write(int b) {
      text.append((char) (b & 0xff));
      notifyAll();
    }

    /** Waits for so many lines, at most ten seconds. */
    synchronized String await(long lines) throws InterruptedException {
      long end = System.nanoTime() + 10_000_000_000L;
      while (text.chars().filter(c -> c == '\n').count() < lines && System.nanoTime() < end) {
        wait(100);
      }
      return text.toString();
    }
  }
}
