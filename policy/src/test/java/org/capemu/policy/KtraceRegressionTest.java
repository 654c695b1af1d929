package org.capemu.policy;

import static org.capemu.policy.Right.CAP_READ;
import static org.capemu.policy.Right.CAP_WRITE;
import static org.capemu.policy.Watched.AT_FDCWD;
import static org.capemu.policy.Watched.GATE;
import static org.capemu.policy.Watched.WORKING_DIRECTORY;
import static org.capemu.policy.Watched.bytes;
import static org.capemu.policy.Watched.kernel;
import static org.capemu.policy.Watched.lacks;
import static org.capemu.policy.Watched.outside;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The cases of FreeBSD's own test of this feature, ktrace__cap_* in ktrace_test.c. */
class KtraceRegressionTest {
  private static final int PARENT = 1;
  private static final int SIGCONT = 19;
  private static final int F_KINFO = 22;
  private static final int IPPROTO_ICMP = 1;

  /** Where a call's path, structure or address is. */
  private static final long POINTER = 0x1000;

  @Test
  void notCapable() {
    assertEquals(
        List.of(lacks(CAP_WRITE, CAP_READ)),
        kernel().inCapabilityMode().limited(0, CAP_READ).decide("write", 0, POINTER, 4));
  }

  @Test
  void increaseRights() {
    CapRights both = CapRights.of(CAP_READ, CAP_WRITE);
    assertEquals(
        List.of(new Violation.Increase(both, CAP_READ.rights())),
        kernel()
            .inCapabilityMode()
            .limited(0, CAP_READ)
            .memory(POINTER, bytes(both.encodedWord0(), both.encodedWord1()))
            .decide("cap_rights_limit", 0, POINTER));
  }

  @Test
  void syscall() {
    Watched process = kernel().path(POINTER, ".");
    assertEquals(List.of(GATE, "."), process.decide("chdir", POINTER));
    assertEquals(
        List.of(new Violation.Syscall(F_KINFO)), process.decide("fcntl", 0, F_KINFO, POINTER));
  }

  @Test
  void signal() {
    assertEquals(List.of(new Violation.Signal(SIGCONT)), kernel().decide("kill", PARENT, SIGCONT));
  }

  @Test
  void proto() {
    assertEquals(
        List.of(new Violation.Proto(IPPROTO_ICMP)), kernel().decide("socket", 2, 3, IPPROTO_ICMP));
  }

  @Test
  void sockaddr() {
    byte[] port5000 = {16, 2, 0x13, (byte) 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    assertEquals(
        List.of(new Violation.Sockaddr(port5000)),
        kernel().sockaddr(POINTER, port5000).decide("sendto", 3, 0, 0, 0, POINTER, 16));
  }

  @Test
  void namei() {
    assertEquals(
        List.of("ktrace.out", WORKING_DIRECTORY),
        kernel().path(POINTER, "ktrace.out").decide("openat", AT_FDCWD, POINTER, 0x200));
    assertEquals(
        List.of("/", outside("/")), kernel().path(POINTER, "/").decide("openat", -1, POINTER, 0));
  }

  @Test
  void cpuset() {
    assertEquals(
        List.of(new Violation.Cpuset()),
        kernel().decide("cpuset_setaffinity", 3, 2, PARENT, 128, POINTER));
  }

  @Test
  void shmOpen() {
    assertEquals(
        List.of("/ktrace_shm", outside("/ktrace_shm")),
        kernel().path(POINTER, "/ktrace_shm").decide("shm_open2", POINTER, 0x202, 0600, 0, 0));
  }
}
