package org.capemu.policy;

import static org.capemu.policy.Watched.GATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What releases have otherwise than 15.0. */
class ReleaseTest {
  @ParameterizedTest
  @CsvSource({
    "13.0, FREEBSD_13_0", "13, FREEBSD_13_5", "13.x, FREEBSD_13_5", "14.2, FREEBSD_14_2",
    "14.x, FREEBSD_14_3", "15, FREEBSD_15", "15.0, FREEBSD_15", "15.x, FREEBSD_15",
  })
  void aNameIsAVersionOrABranch(String name, Release release) {
    assertEquals(release, Release.named(name));
  }

  @ParameterizedTest
  @CsvSource({"12.4", "14.9", "1", "''", "15.", "x"})
  void anyOtherNameIsAnError(String name) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Release.named(name)).getMessage();
    assertTrue(message.startsWith("unknown release '" + name + "': 13.0, 13.1"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "13.2, hw.model, false",
    "14.0, hw.model, false",
    "15.0, hw.model, true",
    "13.2, 6.1, false",
    "15.0, 6.1, true",
    "13.2, kern.ostype, true",
    "13.2, hw.ncpu, true",
  })
  void sysctlNodesAreThoseOfTheRelease(String release, String node, boolean readable) {
    assertEquals(readable, new SysctlNodes(Release.named(release)).allows(node, true, false), node);
  }

  @ParameterizedTest
  @CsvSource({"14.0, false", "15.0, true"})
  void whatASysctlIsRefusedForTurnsOnTheRelease(String release, boolean allowed) {
    Sandbox sandbox = Sandbox.of(Release.named(release), Mode.STRICT);
    assertEquals(
        allowed,
        sandbox.allows("__sysctlbyname", "hw.model", 8, new byte[9], new byte[8], null, 0));
  }

  @Test
  void violationsOutsideCapabilityModeAreTracedFrom142On() {
    assertFalse(Release.FREEBSD_13_5.tracesWhatItDoesNotRefuse());
    assertFalse(Release.FREEBSD_14_1.tracesWhatItDoesNotRefuse());
    assertTrue(Release.FREEBSD_14_2.tracesWhatItDoesNotRefuse());
    assertTrue(Release.FREEBSD_15.tracesWhatItDoesNotRefuse());
  }

  @ParameterizedTest
  @CsvSource({
    "13.0, 580",
    "13.1, 583",
    "14.0, 588",
    "14.1, 589",
    "14.2, 590",
    "14.3, 592",
    "15.0, 599"
  })
  void aTableEndsWithTheLastCallOfItsRelease(String release, int size) {
    assertEquals(size, SyscallTable.of(Release.named(release)).size());
    List<Object> found = release.startsWith("13.") ? List.of(GATE) : List.of();
    assertEquals(found, Watched.release(Release.named(release)).decide(size));
    assertEquals(found, Watched.release(Release.named(release)).decide(-1));
    assertEquals(found, Watched.release(Release.named(release)).abi(Abi.LINUX64).decide(9999));
  }

  @Test
  void adviceOnFilesIsEnabledFrom132On() {
    assertEquals(
        List.of(GATE), Watched.release(Release.FREEBSD_13_1).decide("posix_fadvise", 3, 0, 0, 0));
    assertEquals(
        List.of(), Watched.release(Release.FREEBSD_13_2).decide("posix_fadvise", 3, 0, 0, 0));
    assertEquals("gssd_syscall", SyscallTable.of(Release.FREEBSD_14_3).name(505));
  }

  @ParameterizedTest
  @CsvSource({
    "fspacectl, 13.5, 14.0", "sched_getcpu, 13.0, 13.1", "kqueuex, 13.5, 14.0",
    "timerfd_create, 13.5, 14.0", "membarrier, 14.0, 14.1", "kcmp, 14.0, 14.1",
    "getrlimitusage, 14.1, 14.2", "setcred, 14.2, 14.3", "fchroot, 14.3, 15.0",
    "inotify_rm_watch, 14.3, 15.0",
  })
  void aCallAppearsWithItsRelease(String call, String before, String from) {
    assertNull(SyscallTable.of(Release.named(before)).named(call));
    assertTrue(SyscallTable.of(Release.named(from)).named(call).isImplemented());
  }

  @Test
  void aNumberThatIsReservedIsNotEnabled() {
    assertEquals(List.of(GATE), Watched.release(Release.FREEBSD_14_0).decide(584, 0));
    assertEquals(List.of(), Watched.release(Release.FREEBSD_14_1).decide(584, 0));
  }

  @Test
  void wait4AndVforkBecameEnabledLate() {
    for (String call : List.of("wait4", "vfork", "rfork")) {
      assertEquals(List.of(GATE), Watched.release(Release.FREEBSD_14_0).decide(call, 0));
      assertEquals(List.of(), Watched.release(Release.FREEBSD_15).decide(call, 0));
    }
  }

  @Test
  void groupsHaveTheirOldNamesBefore15() {
    assertEquals("getgroups", SyscallTable.of(Release.FREEBSD_14_3).name(79));
    assertEquals("compat14.getgroups", SyscallTable.of(Release.FREEBSD_15).name(79));
    assertEquals("[595]", SyscallTable.of(Release.FREEBSD_14_3).name(595));
    assertEquals("sbrk", SyscallTable.of(Release.FREEBSD_13_2).name(69));
  }
}
