package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What priv_check(9) keeps from others than the superuser is not reached by them. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class SuperuserTest {
  private static final int SOCKETPAIR = 53;
  private static final int SETRESUID = 117;
  private static final int MKNODAT = 259;

  private static final int AT_FDCWD = -100;
  private static final int AF_INET = 2;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_ICMP = 1;
  private static final int S_IFCHR = 0020000;
  private static final int NOBODY = 65534;

  @TempDir Path directory;

  @Test
  void whoeverIsNotTheSuperuserMakesNoDevicesAndNoRawSockets()
      throws IOException, InterruptedException {
    new TinyProgram()
        .call(SETRESUID, NOBODY, NOBODY, NOBODY)
        .call(SOCKETPAIR, AF_INET, SOCK_RAW, IPPROTO_ICMP, new byte[8])
        .call(MKNODAT, AT_FDCWD, "node", S_IFCHR | 0600, 0x103)
        .write(directory.resolve("program"), 0);
    assertEquals(0, Launched.capemu(directory, "run", "-t", "cnpt", "./program").status());
    assertEquals(
        List.of("CAP   socketpair: protocol not allowed: IPPROTO_ICMP"),
        Launched.dump(directory.resolve("ktrace.out")).stream()
            .filter(line -> line.startsWith("program"))
            .map(line -> line.replaceFirst("^program +", ""))
            .filter(line -> line.startsWith("CAP ") || line.startsWith("NAMI "))
            .toList());
    Agreement.check(directory.resolve("ktrace.out"));
  }
}
