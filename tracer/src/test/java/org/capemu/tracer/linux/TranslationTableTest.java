package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.junit.jupiter.api.Test;

class TranslationTableTest {
  private static final Path HEADER = Path.of("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
  private static final TranslationTable TABLE = TranslationTable.get();

  @Test
  void everyCallOfLinuxHasALine() {
    for (int number = 0; number < TABLE.size(); number++) {
      boolean reserved = number >= 337 && number <= 423;
      assertEquals(reserved, TABLE.line(number) == null, "number " + number);
    }
    assertEquals(471, TABLE.size());
    assertEquals("read", LinuxSyscalls.name(0));
    assertEquals("getpid", LinuxSyscalls.name(39));
    assertEquals("openat", LinuxSyscalls.name(257));
    assertEquals("rseq", LinuxSyscalls.name(334));
    assertEquals("pidfd_send_signal", LinuxSyscalls.name(424));
    assertEquals("mseal", LinuxSyscalls.name(462));
    assertEquals("listns", LinuxSyscalls.name(470));
  }

  @Test
  void namesAndNumbersAreTheKernelHeaders() throws IOException {
    assumeTrue(Files.exists(HEADER), "no Linux headers");
    Matcher define =
        Pattern.compile("#define __NR_(\\w+) (\\d+)").matcher(Files.readString(HEADER));
    int found = 0;
    for (; define.find(); found++) {
      assertEquals(define.group(1), LinuxSyscalls.name(Integer.parseInt(define.group(2))));
    }
    assertTrue(found > 300, found + " calls in " + HEADER);
  }

  /** The names and the number of arguments are held by reading the line. */
  @Test
  void everyLineMeansCallsThatFreeBsdHas() {
    SyscallTable freeBsd = SyscallTable.of(Release.FREEBSD_15);
    for (int number = 0; number < TABLE.size(); number++) {
      if (TABLE.line(number) == null) {
        continue;
      }
      for (FreeBsdCall call : TABLE.line(number).meaning().choices()) {
        SyscallTable.Syscall counterpart = freeBsd.info(call.number());
        assertTrue(counterpart.isImplemented(), counterpart.name());
        assertTrue(!counterpart.kind().startsWith("COMPAT"), counterpart.name());
        assertEquals(counterpart.arguments().size(), call.argCount(), counterpart.name());
      }
      assertTrue(TABLE.line(number).meaning().linuxArgCount() <= 6);
    }
  }

  @Test
  void everyTableOfConstantsIsUsed() {
    String calls =
        String.join("\n", TextResource.lines(TranslationTable.class, "system-calls.txt"));
    Set<String> elsewhere =
        Set.of(
            "errno",
            "anySignalCode",
            "fpeCode",
            "segvCode",
            "busCode",
            "trapCode",
            "localOption",
            "socketOptionLevel",
            "soOption",
            "ipOption",
            "ip6Option",
            "tcpOption",
            "pollEvents");
    for (String line : TextResource.lines(ConstantTables.class, "constants.txt")) {
      String[] words = TextResource.words(line);
      if (!line.startsWith(" ") && words.length > 1) {
        ConstantTables.get().table(words[1]);
        assertTrue(
            elsewhere.contains(words[1]) || calls.contains(words[1] + "("),
            words[1] + " is unused");
      }
    }
  }

  @Test
  void noConstantStandsTwiceInATable() {
    Set<String> names = new HashSet<>();
    List<String> twice = new ArrayList<>();
    for (String line : TextResource.lines(ConstantTables.class, "constants.txt")) {
      if (!line.startsWith(" ")) {
        names.clear();
      } else if (!names.add(TextResource.words(line)[0])) {
        twice.add(line);
      }
    }
    assertEquals(List.of(), twice);
  }
}
