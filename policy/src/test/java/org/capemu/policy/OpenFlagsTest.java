package org.capemu.policy;

import static org.capemu.policy.Right.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** flags_to_rights, openflags. */
class OpenFlagsTest {
  private static void assertNeeds(int flags, Right... rights) {
    assertEquals(CapRights.of(rights), OpenFlags.rights(flags), Integer.toHexString(flags));
  }

  @Test
  void theAccessModeIsARight() {
    assertNeeds(0x0, CAP_READ);
    assertNeeds(0x1, CAP_PWRITE);
    assertNeeds(0x2, CAP_READ, CAP_PWRITE);
  }

  @Test
  void toAppendOrToTruncateNeedsNoSeek() {
    assertNeeds(0x1 | 0x8, CAP_WRITE);
    assertNeeds(0x1 | 0x400, CAP_WRITE, CAP_FTRUNCATE);
    assertNeeds(0x2 | 0x8, CAP_READ, CAP_WRITE);
  }

  @Test
  void eachOtherFlagAddsItsRight() {
    assertNeeds(0x200, CAP_READ, CAP_CREATE);
    assertNeeds(0x80, CAP_READ, CAP_FSYNC);
    assertNeeds(0x10, CAP_READ, CAP_FLOCK);
    assertNeeds(0x20, CAP_READ, CAP_FLOCK);
    assertNeeds(0x20000, CAP_READ); // O_DIRECTORY
  }

  @Test
  void toExecuteIsARightOfItsOwn() {
    assertNeeds(0x40000, CAP_FEXECVE);
    assertNeeds(0x40000 | 0x200, CAP_FEXECVE, CAP_CREATE);
    assertNeeds(0x40000 | 0x400000 | 0x200, CAP_FEXECVE); // O_EXEC | O_PATH
    assertNeeds(0x400000, CAP_READ); // O_PATH
    assertNeeds(0x400000 | 0x3);
  }

  @Test
  void onlyOneAccessModeIsValid() {
    assertTrue(OpenFlags.areValid(0x2));
    assertFalse(OpenFlags.areValid(0x3));
    assertFalse(OpenFlags.areValid(0x40000 | 0x1));
    assertTrue(OpenFlags.areValid(0x400000 | 0x3));
    assertTrue(OpenFlags.areValid(0x400000 | 0x40000 | 0x1));
    assertFalse(OpenFlags.areValid(0x200 | 0x800 | 0x20000));
  }
}
