package org.capemu.tests.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.capemu.tracer.ktrace.RecordType;

/** No bytes make dump fail with anything but its own one line. */
class HostileTraceTest {
  private static final byte[] CAPTURE = Arrays.copyOf(Dump.capture("process.kt.gz"), 60_000);

  private static final String TEXT = Dump.of(CAPTURE, "--kdump").text();

  @Property(tries = 300)
  void aCutTraceGivesTheBeginningOfItsText(@ForAll @IntRange(max = 59_999) int length) {
    Dump dump = Dump.of(Arrays.copyOf(CAPTURE, length), "--kdump");
    assertTrue(TEXT.startsWith(dump.text()));
    assertOneLine(dump);
  }

  @Property(tries = 300)
  void aDamagedTraceIsToldInOneLine(
      @ForAll @IntRange(max = 59_999) int at,
      @ForAll byte value,
      @ForAll("formats") String format) {
    byte[] damaged = CAPTURE.clone();
    damaged[at] = value;
    assertOneLine(Dump.of(damaged, format));
  }

  @Property(tries = 2000)
  void anyPayloadOfAnyTypeIsPrinted(
      @ForAll("types") int type,
      @ForAll("payloads") byte[] payload,
      @ForAll("formats") String format) {
    byte[] trace = TraceBuilder.of(abi(payload)).record(type, payload).trace();
    Dump dump = Dump.of(trace, format);
    assertEquals("", dump.error());
    assertEquals(0, dump.status());
  }

  private static int abi(byte[] payload) {
    int[] abis = {
      TraceBuilder.FREEBSD64, TraceBuilder.FREEBSD32, TraceBuilder.LINUX64, TraceBuilder.LINUX32, 5
    };
    return abis[payload.length % abis.length];
  }

  private static void assertOneLine(Dump dump) {
    assertEquals(dump.status() == 0, dump.error().isEmpty());
    assertEquals(-1, dump.error().indexOf('\n'));
  }

  @Provide
  Arbitrary<Integer> types() {
    return Arbitraries.integers().between(RecordType.SYSCALL, RecordType.EXTERR + 2);
  }

  @Provide
  Arbitrary<String> formats() {
    return Arbitraries.of("--kdump", "--json", "-r", "-n");
  }

  /** Any bytes, and such that begin like the records that have a name in front. */
  @Provide
  Arbitrary<byte[]> payloads() {
    Arbitrary<byte[]> any = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
    Arbitrary<String> names =
        Arbitraries.of(
            "stat\0",
            "sockaddr\0",
            "caprights\0",
            "inotify\0",
            "thrparam\0",
            "\u0008\0\0\0\0\0\0\0pollfd\0",
            "\u0040\0\0\0\0\0\0\0kevent\0",
            "\0\0\0\0\0\0\0\u0080kevent\0",
            "\0\0\0\0\0\0\0\0kevent\0",
            "\5\0\u00ff\u007f\0\0\0\0",
            "\5\0\u00ff\u00ff\0\0\0\0",
            "capemu strict: call 99999 abi 0xffffffff errno 99999: x",
            "RTLD");
    return Arbitraries.oneOf(any, Combinators.combine(names, any).as(HostileTraceTest::join));
  }

  private static byte[] join(String name, byte[] rest) {
    byte[] joined = Arrays.copyOf(name.getBytes(ISO_8859_1), name.length() + rest.length);
    System.arraycopy(rest, 0, joined, name.length(), rest.length);
    return joined;
  }
}
