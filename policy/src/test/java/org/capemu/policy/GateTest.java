package org.capemu.policy;

import static org.capemu.policy.Watched.AT_FDCWD;
import static org.capemu.policy.Watched.GATE;
import static org.capemu.policy.Watched.WORKING_DIRECTORY;
import static org.capemu.policy.Watched.kernel;
import static org.capemu.policy.Watched.strict;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** syscallenter: whether a call is allowed at all. */
class GateTest {
  private static final int SYS_NTP_GETTIME = 248;
  private static final int SYS_THR_CREATE = 430;

  @Test
  void aCallThatIsNotEnabledIsRecordedAndItsLookupsToo() {
    assertEquals(List.of(GATE, "/etc/passwd"), kernel().path(1, "/etc/passwd").decide("open", 1));
    assertEquals(
        List.of(GATE, "a", "b"),
        kernel().file("/home/a").path(1, "a").path(2, "b").decide("rename", 1, 2));
  }

  @Test
  void nothingElseOfSuchACallIsRecorded() {
    // procctl(PROC_REAP_KILL) would send a signal, bind(2) would use the working directory
    assertEquals(List.of(GATE), kernel().decide("procctl", 0, 200, 6));
    assertEquals(List.of(GATE), kernel().limited(3).decide("fchdir", 3));
  }

  /** A call that is refused at once is refused once, with all of its lookups behind it. */
  @ParameterizedTest
  @ValueSource(
      strings = {"open", "chdir", "access", "mkdir", "unlink", "symlink", "fchdir", "connect"})
  void strictSaysOfSuchACallThatItIsNotAllowedAndNothingElse(String call) {
    List<Object> found = strict().limited(3).path(1, "/etc").path(3, "/etc").decide(call, 1, 3, 16);
    assertEquals(List.of(GATE), found.stream().filter(Violation.class::isInstance).toList());
  }

  @Test
  void inCapabilityModeItDoesNotComeToLookups() {
    assertEquals(List.of(GATE), kernel().inCapabilityMode().path(1, "/etc").decide("open", 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"getpid", "fork", "mprotect", "sigqueue", "cap_enter", "close", "__specialfd"})
  void anEnabledCallWithNothingToCheckFindsNothing(String call) {
    assertEquals(List.of(), kernel().limited(3).decide(call, 3, 4, 5));
  }

  @Test
  void whereNoDescriptorIsLimitedNoneIsAskedFor() {
    Watched process = kernel();
    assertEquals(List.of(), process.decide("read", 3, 1, 10));
    assertEquals(List.of(), process.decide("mmap", 0, 4096, 1, 1, 3, 0));
    verify(process.caller, never()).descriptor(anyInt());
    verify(process.caller, never()).path(anyLong());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 198, 11, 91, 210})
  void numbersWithoutACallAreNotEnabled(int number) {
    assertEquals(List.of(GATE), kernel().decide(number));
  }

  @ParameterizedTest
  @ValueSource(ints = {599, 1000, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
  void numbersBeyondTheTableAreEnabled(int number) {
    assertEquals(List.of(), kernel().decide(number));
    assertEquals(List.of(), kernel().abi(Abi.FREEBSD32).decide(number));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 39, 257, 453})
  void noLinuxCallIsEnabled(int number) {
    assertEquals(List.of(GATE), kernel().abi(Abi.LINUX64).path(1, "/etc").decide(number, 1));
    assertEquals(number < 453, kernel().abi(Abi.LINUX32).decide(number, 1).contains(GATE));
  }

  @Test
  void whatIsOnlyAboutLimitsIsSaidOfEachAbisOwnTable() {
    Policy policy = Policy.of(Release.FREEBSD_15, Mode.KERNEL);
    int read = 3;
    int ntpGettime = 248;
    assertTrue(policy.isOnlyAboutLimits(Abi.FREEBSD64, read));
    assertTrue(policy.isOnlyAboutLimits(Abi.FREEBSD32, read));
    assertFalse(policy.isOnlyAboutLimits(Abi.LINUX64, read));
    assertFalse(policy.isOnlyAboutLimits(Abi.LINUX32, read));
    assertTrue(policy.isOnlyAboutLimits(Abi.FREEBSD64, ntpGettime));
    assertFalse(policy.isOnlyAboutLimits(Abi.FREEBSD32, ntpGettime));
  }

  @ParameterizedTest
  @ValueSource(ints = {454, 999, -1})
  void linuxNumbersBeyondTheTableAreEnabled(int number) {
    assertEquals(List.of(), kernel().abi(Abi.LINUX64).decide(number));
    assertEquals(List.of(), kernel().abi(Abi.LINUX32).decide(number));
  }

  @Test
  void callsOf43BsdAreNotImplementedWhetherEnabledOrNot() {
    assertEquals(List.of(), kernel().limited(3).decide("compat.lseek", 3, 0, 0));
    assertEquals(List.of(GATE), kernel().path(1, "/etc").decide("compat.stat", 1, 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {SYS_NTP_GETTIME, SYS_THR_CREATE, 384, 385, 386, 388})
  void aFewCallsAreEnabledFor64BitProcessesOnly(int number) {
    assertEquals(List.of(), kernel().decide(number, 3, 1));
    assertEquals(List.of(GATE), kernel().abi(Abi.FREEBSD32).decide(number, 3, 1));
  }

  @Test
  void olderBinariesCallsAreCheckedLikeTheNewOnes() {
    assertEquals(
        List.of("file", WORKING_DIRECTORY),
        kernel().path(1, "file").decide("compat11.fstatat", AT_FDCWD, 1, 2, 0));
  }
}
