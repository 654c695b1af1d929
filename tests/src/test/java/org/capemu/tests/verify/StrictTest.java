package org.capemu.tests.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code --strict} says of a program outside capability mode, held against what a kernel
 * refused the same program inside: each labelled step fails with the same errno.
 */
class StrictTest {
  private static final int EPERM = 1;
  private static final int ENOTCAPABLE = 93;
  private static final int ECAPMODE = 94;
  private static final int SYS_SYSCTL = 202;
  private static final int SYS_FEXECVE = 492;
  private static final int SYS_SYSCTLBYNAME = 570;
  private static final int SYS_SHM_OPEN2 = 571;
  private static final Pattern NOTE = Pattern.compile("capemu strict: call .* errno (\\d+): .*");

  /**
   * Steps that a trace does not decide, each because it does not show the target of a link, an
   * address or a message; and one that takes another way inside, since an earlier step failed.
   */
  private static final Map<String, String> NOT_TOLD =
      Map.of(
          "namei",
          "openat dirfd abslink|openat dirfd absdir/motd|openat dirfd uplink"
              + "|openat rootfd etc/../..|fstatat dirfd abslink|linkat dirfd follow abslink"
              + "|renameat dst AT_FDCWD",
          "rights",
          "sendto addr|sendmsg|abslink beneath limited dir",
          "sockets",
          "sendto bad fd",
          "passing",
          "write received");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"namei", "rights", "sockets", "process", "passing"})
  void everyStepIsRefusedAsInCapabilityMode(String name) throws IOException {
    Path output = directory.resolve("output");
    Run.replay("--strict", Trace.capture(name).write(directory, "trace"), "-o", output);
    Map<String, Integer> model = refusals(Trace.read(output), StrictTest::ofModel);
    Map<String, Integer> kernel = refusals(Trace.capture(name + "-c"), StrictTest::ofKernel);
    TreeMap<String, String> differ = new TreeMap<>();
    int compared = 0;
    for (Map.Entry<String, Integer> step : model.entrySet()) {
      if (!step.getKey().matches(NOT_TOLD.getOrDefault(name, ""))) {
        compared++;
        Integer inside = kernel.get(step.getKey());
        if (!step.getValue().equals(inside)) {
          differ.put(step.getKey(), "model " + step.getValue() + ", kernel " + inside);
        }
      }
    }
    assertEquals(new TreeMap<>(), differ);
    assertTrue(compared >= 10, "too few steps: " + compared);
  }

  /** What a record says a call is refused with; 0 for nothing. */
  private interface Refusal {
    int of(byte[] record);
  }

  /** The first refusal in each step, by the step's label. */
  private static Map<String, Integer> refusals(Trace trace, Refusal refusal) {
    Map<String, Integer> steps = new LinkedHashMap<>();
    String step = null;
    for (byte[] record : trace.records) {
      if (Trace.type(record) == RecordType.USER
          && Trace.text(record).matches("[ -~]+")
          && !NOTE.matcher(Trace.text(record)).matches()) {
        step = Trace.text(record).strip();
        steps.putIfAbsent(step, 0);
      } else if (step != null && steps.get(step) == 0) {
        steps.put(step, refusal.of(record));
      }
    }
    return steps;
  }

  private static int ofModel(byte[] record) {
    if (Trace.type(record) == RecordType.USER) {
      Matcher note = NOTE.matcher(Trace.text(record));
      return note.matches() ? Integer.parseInt(note.group(1)) : 0;
    }
    if (Trace.type(record) != RecordType.CAPFAIL) {
      return 0;
    }
    ByteBuffer capFail = Trace.payload(record);
    int kind = capFail.getInt(0);
    int call = capFail.getShort(4);
    boolean rights = kind == 0 || kind == 1;
    boolean lookupInDirectory =
        kind == 6
            && call != SYS_SHM_OPEN2
            && call != SYS_FEXECVE
            && !Trace.text(record).startsWith("AT_FDCWD\0", 16);
    return rights || lookupInDirectory ? ENOTCAPABLE : ECAPMODE;
  }

  private static int ofKernel(byte[] record) {
    if (Trace.type(record) != RecordType.SYSRET) {
      return 0;
    }
    int call = Trace.payload(record).getShort(0);
    int errno = Trace.payload(record).getInt(4);
    boolean sysctl = call == SYS_SYSCTL || call == SYS_SYSCTLBYNAME;
    return errno == ENOTCAPABLE || errno == ECAPMODE || (sysctl && errno == EPERM) ? errno : 0;
  }
}
