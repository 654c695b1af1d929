package org.capemu.policy;

import static org.capemu.policy.Right.*;
import static org.capemu.policy.Sandbox.AT_FDCWD;
import static org.capemu.policy.Sandbox.O_CREAT;
import static org.capemu.policy.Sandbox.O_RDONLY;
import static org.capemu.policy.Sandbox.O_WRONLY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SandboxTest {
  @Test
  void aDescriptorsRightsDecide() {
    Sandbox sandbox = Sandbox.freebsd15().open(3, CAP_READ);
    assertTrue(sandbox.allows("read", 3, null, 10));
    assertEquals(
        List.of(new Violation.NotCapable(CAP_WRITE.rights(), CAP_READ.rights())),
        sandbox.call("write", 3, null, 10));
  }

  @Test
  void standardDescriptorsHoldAllRightsAndOthersAreClosed() {
    Sandbox sandbox = Sandbox.freebsd15();
    assertTrue(sandbox.allows("write", 1, null, 10));
    assertTrue(sandbox.allows("write", 3, null, 10)); // EBADF
  }

  @Test
  void filesLieBeneathDirectories() {
    Sandbox sandbox =
        Sandbox.freebsd15()
            .directory(3, "/var/db", CAP_LOOKUP, CAP_READ)
            .file("/var/db/hosts")
            .link("/var/db/out", "/etc/hosts")
            .link("/var/db/up", "../run");
    assertTrue(sandbox.allows("openat", 3, "hosts", O_RDONLY));
    assertFalse(sandbox.allows("openat", 3, "hosts", O_WRONLY | O_CREAT, 0644));
    assertEquals(
        List.of(new Violation.Namei("/etc/hosts")), sandbox.call("openat", 3, "out", O_RDONLY));
    assertEquals(List.of(new Violation.Namei("../run")), sandbox.call("openat", 3, "up", O_RDONLY));
    assertEquals(
        "AT_FDCWD",
        ((Violation.Namei) sandbox.call("openat", AT_FDCWD, "hosts", O_RDONLY).get(0)).path());
  }

  @Test
  void structuresArePassedAsBytes() {
    byte[] address = {16, 2, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    assertEquals(
        List.of(Violation.Sockaddr.cut(address)),
        Sandbox.freebsd15().call("sendto", 0, "x", 1, 0, address, address.length));
    byte[] poll = {3, 0, 0, 0, 1, 0, 0, 0};
    assertFalse(
        Sandbox.of(Release.FREEBSD_15, Mode.KERNEL).open(3, CAP_READ).allows("poll", poll, 1, 0));
  }

  @Test
  void aNullPointerIsNoPath() {
    assertTrue(Sandbox.freebsd15().allows("openat", AT_FDCWD, null, O_RDONLY));
  }

  @Test
  void whatIsNoCallOrNoArgumentIsAnError() {
    Sandbox sandbox = Sandbox.freebsd15();
    assertEquals(
        "no system call shm_open",
        assertThrows(IllegalArgumentException.class, () -> sandbox.call("shm_open")).getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> sandbox.call("read", 1, 2, 3, 4, 5, 6, 7, 8, 9));
    assertThrows(IllegalArgumentException.class, () -> sandbox.call("read", new Object()));
    assertThrows(IllegalArgumentException.class, () -> sandbox.file("relative"));
  }
}
