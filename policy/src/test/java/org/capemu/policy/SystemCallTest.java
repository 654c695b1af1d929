package org.capemu.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.capemu.policy.abi.Fcntl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemCallTest {
  private static final int KEVENT = 560;
  private static final int GETGROUPS_OF_14 = 79;

  private final SystemCall call = new SystemCall(SyscallTable.of(Release.FREEBSD_15));

  private SystemCall with(Abi abi, int number, long... args) {
    long[] all = new long[SystemCall.MAX_ARGS];
    System.arraycopy(args, 0, all, 0, args.length);
    return call.set(abi, number, all);
  }

  @Test
  void itIsKnownByItsNativeName() {
    assertTrue(with(Abi.FREEBSD64, KEVENT).is("kevent"));
    assertTrue(with(Abi.FREEBSD32, KEVENT).is("kevent"));
    assertFalse(with(Abi.FREEBSD64, KEVENT).is("compat11.kevent"));
    assertFalse(with(Abi.LINUX64, KEVENT).is("kevent"), "a number of another table");
    assertEquals("", with(Abi.FREEBSD64, SystemCall.NO_NUMBER).name());
    assertNull(with(Abi.FREEBSD64, 1 << 20).info());
  }

  @Test
  void aNameIsThatOfTheRelease() {
    SystemCall old = new SystemCall(SyscallTable.of(Release.FREEBSD_14_3));
    old.set(Abi.FREEBSD64, GETGROUPS_OF_14, new long[SystemCall.MAX_ARGS]);
    assertTrue(old.is("getgroups"));
    assertTrue(with(Abi.FREEBSD64, GETGROUPS_OF_14).is("compat14.getgroups"));
  }

  @Test
  void anArgumentIsTakenForWhatItsPrototypeSays() {
    with(Abi.FREEBSD64, 0, 0xdead_beef_ffff_ff9cL, 0x8000_0000_0000_0000L, 0);
    assertEquals(Fcntl.AT_FDCWD, call.fd(0), "what is above an int does not count");
    assertEquals(-100, call.intAt(0));
    assertEquals(Long.MIN_VALUE, call.longAt(1));
    assertEquals(Long.MIN_VALUE, call.address(1));
    assertFalse(call.isNull(1), "an address whose lower half is 0");
    assertTrue(call.isNull(2));
  }

  @Test
  void sixtyFourBitsAreTwoArgumentsOfA32BitProcess() {
    assertEquals(-2, with(Abi.FREEBSD64, 0, -2, 7).wideAt(0));
    assertEquals(0x7_ffff_fffeL, with(Abi.FREEBSD32, 0, 0xffff_fffeL, 7).wideAt(0));
    assertEquals(-2, with(Abi.FREEBSD32, 0, 0xffff_fffeL, 0xffff_ffffL).wideAt(0));
  }

  @ParameterizedTest
  @CsvSource({
    "FREEBSD64, 0x9f0209", "FREEBSD32, 0x9f0109", "LINUX64, 0x650203", "LINUX32, 0x650103",
    "FREEBSD64, 0x1f0209", "FREEBSD32, 0x1f0109", "LINUX64, 0x000203", "LINUX32, 0x000103",
  })
  void anAbiIsKnownByItsFlagsInAnyRelease(Abi abi, String svFlags) {
    assertEquals(abi, Abi.ofSvFlags(Integer.decode(svFlags)));
  }
}
