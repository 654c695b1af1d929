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
  void standardDescriptorsHoldAllRights() {
    Sandbox sandbox = Sandbox.freebsd15();
    assertTrue(sandbox.allows("write", 1, null, 10));
    assertTrue(sandbox.open(3, Descriptor.NOT_OPEN).allows("write", 3, null, 10)); // EBADF
  }

  private static void cannotBeMeant(String message, Sandbox sandbox, String call, Object... args) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> sandbox.allows(call, args))
            .getMessage());
  }

  @Test
  void whatIsMissingIsNotAllowed() {
    Sandbox sandbox = Sandbox.freebsd15().open(4, CAP_LOOKUP, CAP_READ, CAP_SEND);
    cannotBeMeant("write: descriptor 3 was never opened", sandbox, "write", 3, null, 10);
    cannotBeMeant("read: descriptor -1 was never opened", sandbox, "read", -1, null, 10);
    cannotBeMeant("openat: argument 1 points to no path", sandbox, "openat", 4, null, O_RDONLY);
    cannotBeMeant("openat without its argument 2, flag", sandbox, "openat", 4, "a");
    cannotBeMeant("openat without its argument 0, fd", sandbox, "openat");
    cannotBeMeant("read without its argument 2, nbyte", sandbox, "read", 0, null);
    cannotBeMeant(
        "openat: descriptor 4 was not opened as a directory", sandbox, "openat", 4, "a/b", 0);
    cannotBeMeant("sendmsg: argument 1 points to no structure", sandbox, "sendmsg", 4, null, 0);
    cannotBeMeant(
        "poll: argument 0 points to 8 bytes, of which 16 are read",
        Sandbox.of(Release.FREEBSD_15, Mode.KERNEL),
        "poll",
        new byte[8],
        2,
        0);
    cannotBeMeant(
        "sendto: no socket address has 0 bytes", sandbox, "sendto", 4, "x", 1, 0, new byte[16], 0);
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
