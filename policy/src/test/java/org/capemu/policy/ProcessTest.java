package org.capemu.policy;

import static org.capemu.policy.Watched.GATE;
import static org.capemu.policy.Watched.kernel;
import static org.capemu.policy.Watched.strict;
import static org.capemu.policy.Watched.untraced;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals, cpusets, shared memory, sysarch and sysctl. */
class ProcessTest {
  private static final Violation CPUSET = new Violation.Cpuset();

  @Test
  void aProcessMaySignalItselfOnly() {
    assertEquals(List.of(), kernel().decide("kill", 100, 15));
    assertEquals(List.of(new Violation.Signal(15)), kernel().decide("kill", 1, 15));
    assertEquals(List.of(new Violation.Signal(0)), kernel().decide("kill", 0, 0));
    assertEquals(List.of(new Violation.Signal(9)), kernel().decide("kill", -1, 9));
    assertEquals(List.of(new Violation.Signal(9)), kernel().decide("kill", -100, 9));
  }

  @Test
  void theTargetIsCheckedBeforeTheSignal() {
    assertEquals(List.of(new Violation.Signal(9999)), kernel().decide("kill", 1, 9999));
  }

  @Test
  void otherWaysToSignalAreNotCheckedOrNotEnabled() {
    assertEquals(List.of(), kernel().decide("sigqueue", 1, 15, 0));
    assertEquals(List.of(), kernel().decide("thr_kill", 100_999, 15));
    assertEquals(List.of(GATE), kernel().decide("thr_kill2", 1, 1, 15));
  }

  @ParameterizedTest
  @CsvSource({"3, 1, -1", "3, 2, -1", "3, 9, -1", "3, 1, 100100", "3, 2, 100"})
  void theCallersOwnCpusAreAllowed(int level, int which, long id) {
    assertEquals(List.of(), kernel().decide("cpuset_getaffinity", level, which, id, 32, 1));
    assertEquals(List.of(), kernel().decide("cpuset_setaffinity", level, which, id, 32, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "3, 2, 1",
    "3, 1, 100101",
    "3, 2, 0",
    "1, 2, -1",
    "2, 2, -1",
    "3, 3, -1",
    "3, 9, 100",
    "3, 9, 100100",
    "3, 5, -1",
  })
  void anybodyElsesAreNot(int level, int which, long id) {
    assertEquals(List.of(CPUSET), kernel().decide("cpuset_getaffinity", level, which, id, 32, 1));
    assertEquals(List.of(CPUSET), kernel().decide("cpuset_setdomain", level, which, id, 32, 1, 1));
  }

  @Test
  void theSetThatIsPassedIsReadFirst() {
    assertEquals(List.of(), kernel().decide("cpuset_setaffinity", 3, 2, 1, 32, 0));
    assertEquals(List.of(CPUSET), kernel().decide("cpuset_getaffinity", 3, 2, 1, 32, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 9, 31, 32})
  void aSetOfDomainsIsAsLongAsTheKernelsAtLeast(long size) {
    assertEquals(List.of(CPUSET), kernel().decide("cpuset_getdomain", 3, 2, 1, size, 1, 1));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 7, 33, -1, 0x1_0000_0008L, Long.MIN_VALUE})
  void getdomainChecksThatFirstAndSetdomainLast(long size) {
    assertEquals(List.of(), kernel().decide("cpuset_getdomain", 3, 2, 1, size, 1, 1)); // ERANGE
    assertEquals(List.of(CPUSET), kernel().decide("cpuset_setdomain", 3, 2, 1, size, 1, 1));
  }

  @Test
  void sharedMemoryIsRenamedWithOneFlagAtMost() {
    Watched process = kernel().path(7, "/a").path(8, "/b");
    assertEquals(List.of(GATE, "/a", "/b"), process.decide("shm_rename", 7, 8, 2));
    assertEquals(List.of(GATE), process.decide("shm_rename", 7, 8, 3)); // EINVAL
    assertEquals(List.of(GATE), process.decide("shm_rename", 7, 8, 4));
  }

  @Test
  void aSetMayBeLargerThanTheKernelsIfTheRestIsEmpty() {
    Watched process = kernel().memory(7 + 128, new byte[] {0, 0, 0, 0, 0, 0, 0, 1});
    assertEquals(List.of(CPUSET), process.decide("cpuset_setaffinity", 3, 2, 1, 135, 7));
    assertEquals(List.of(), process.decide("cpuset_setaffinity", 3, 2, 1, 136, 7));
    assertEquals(List.of(), process.decide("cpuset_setaffinity", 3, 2, 1, -1, 7));
  }

  @Test
  void a32BitProcessPassesTheIdInTwoHalves() {
    Watched process = kernel().abi(Abi.FREEBSD32);
    assertEquals(
        List.of(), process.decide("cpuset_getaffinity", 3, 2, 0xffff_ffffL, 0xffff_ffffL, 32, 1));
    assertEquals(List.of(CPUSET), process.decide("cpuset_getaffinity", 3, 2, 100, 1, 32, 1));
  }

  @Test
  void sharedMemoryWithoutANameIsAllowed() {
    assertEquals(List.of(), kernel().decide("shm_open2", 1, 2, 0, 0, 0));
    assertEquals(List.of(), kernel().decide("compat12.shm_open", 1, 2, 0));
  }

  @Test
  void itsNameIsALookup() {
    Watched process = kernel().path(7, "/shm").path(8, "shm");
    assertEquals(
        List.of("/shm", new Violation.Namei("/shm", 94)),
        process.decide("shm_open2", 7, 0x202, 0600, 0, 0));
    assertEquals(List.of("shm"), process.decide("shm_open2", 8, 0x202, 0600, 0, 0)); // EINVAL
    assertEquals(List.of(), process.decide("shm_open2", 7, 1, 0600, 0, 0)); // O_WRONLY
    assertEquals(List.of(), process.decide("shm_open2", 7, 2, 0600, 8, 0));
    assertEquals(List.of(), process.decide("shm_open2", 9, 2, 0600, 0, 0)); // EFAULT
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 7, 8, 9, 10, 11, 12, 13, 128, 129, 130, 135, 136, 137})
  void mostMachineOperationsAreSafe(int operation) {
    assertEquals(List.of(), kernel().decide("sysarch", operation, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5, 6, 14, 127, 138, -1, Integer.MIN_VALUE})
  void portsAndWhatIsNotKnownAreNot(int operation) {
    assertNotEquals(GATE, new Violation.Syscall(operation));
    assertEquals(
        List.of(new Violation.Syscall(operation)), kernel().decide("sysarch", operation, 1));
  }

  @Test
  void kinfoIsACommandThatIsNotAllowed() {
    assertEquals(List.of(new Violation.Syscall(22)), kernel().decide("fcntl", 3, 22, 1));
    assertEquals(List.of(new Violation.Syscall(22)), kernel().decide("fcntl", 33, 22, 0));
  }

  @Test
  void sysctlIsABlindSpot() {
    byte[] hostname = "kern.hostname".getBytes(StandardCharsets.ISO_8859_1);
    byte[] files = "kern.maxfiles".getBytes(StandardCharsets.ISO_8859_1);
    Watched process = strict().memory(7, hostname).memory(8, files);
    assertEquals(List.of(), process.decide("__sysctlbyname", 7, 13, 1, 1, 0, 0));
    assertEquals(
        List.of(untraced(1, "sysctl node not allowed: kern.maxfiles")),
        process.decide("__sysctlbyname", 8, 13, 1, 1, 0, 0));
    assertEquals(
        List.of(untraced(1, "sysctl node not allowed: kern.hostname")),
        process.decide("__sysctlbyname", 7, 13, 0, 0, 1, 8));
    assertEquals(List.of(), kernel().memory(8, files).decide("__sysctlbyname", 8, 13, 1, 1, 0, 0));
  }

  @ParameterizedTest
  @CsvSource({"9.21, true", "9.22, false", "1.14.7.100, false", "1.14.43, true", "1.5, false"})
  void eachNodeSaysForItself(String node, boolean readable) {
    assertEquals(readable, new SysctlNodes(Release.FREEBSD_15).allows(node, true, false));
  }

  @Test
  void callsThatAreNotEnabledFailBeforeTheirLookupsToo() {
    Watched process = kernel().path(7, "/a").memory(8, Watched.bytes(8L));
    assertEquals(List.of(GATE, "/a"), process.decide("swapoff", 7, 1));
    assertEquals(List.of(GATE), process.decide("swapoff", 7, 2));
    assertEquals(List.of(GATE, "/a"), process.decide("ktrace", 7, 0, 2, 0));
    assertEquals(List.of(GATE), process.decide("ktrace", 7, 0, 0x8000_0000L, 0));
    assertEquals(List.of(GATE), process.decide("ktrace", 7, 1, 2, 0));
    assertEquals(List.of(GATE, "/a"), process.decide("ktrace", 7, 6, 0, 0));
    assertEquals(List.of(GATE, "/a"), process.decide("__mac_execve", 7, 8, 0, 0));
    assertEquals(List.of(GATE), process.decide("__mac_execve", 7, 8, 0, 1));
    assertEquals(List.of(GATE), process.decide("__mac_get_file", 7, 1)); // nothing is labelled
  }

  @Test
  void aFileHandleIsOfAFileSystem() {
    Watched process = kernel().path(7, "a").memory(8, Watched.bytes(5L, 0L, 0L, 0));
    assertEquals(List.of(GATE, "a"), process.decide("fhlink", 8, 7));
    assertEquals(List.of(GATE), process.decide("fhlink", 9, 7)); // ESTALE
    assertEquals(List.of(GATE), process.decide("fhlinkat", 0, -100, 7)); // EFAULT
  }

  @Test
  void aProgramNeedsAnArgument() {
    Watched process = kernel().limited(3).path(1, "/bin/cat").memory(7, Watched.bytes(0L));
    assertEquals(List.of(), process.decide("fexecve", 3, 7, 0)); // EINVAL
    assertEquals(List.of(), process.decide("fexecve", 3, 0, 0)); // EFAULT
    assertEquals(List.of(GATE), process.decide("execve", 1, 7, 0));
    process.memory(7, Watched.bytes(8L));
    assertEquals(List.of(Watched.lacks(Right.CAP_FEXECVE)), process.decide("fexecve", 3, 7, 0));
    assertEquals(List.of(GATE, "/bin/cat"), process.decide("execve", 1, 7, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 1025, Long.MIN_VALUE})
  void aNameOfNoSuchLengthIsNotLookedAt(long length) { // EINVAL
    assertEquals(List.of(), strict().decide("__sysctlbyname", 8, length, 1, 1, 0, 0));
  }

  @Test
  void theLengthOfASysctlIsReadBeforeItIsRefused() {
    byte[] files = "kern.maxfiles".getBytes(StandardCharsets.ISO_8859_1);
    Watched process = strict().memory(8, files).unreadable(9);
    assertEquals(List.of(), process.decide("__sysctlbyname", 8, 13, 1, 9, 0, 0)); // EFAULT
    assertEquals(1, process.decide("__sysctlbyname", 8, 13, 1, 1, 0, 0).size());
  }

  @Test
  void aSysctlMayBeNamedByNumbers() {
    Watched process = strict().memory(7, Watched.bytes(1, 10)).memory(8, Watched.bytes(1, 7));
    assertEquals(List.of(), process.decide("__sysctl", 7, 2, 1, 1, 0, 0));
    assertEquals(
        List.of(untraced(1, "sysctl node not allowed: 1.7")),
        process.decide("__sysctl", 8, 2, 1, 1, 0, 0));
  }
}
