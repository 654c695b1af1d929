package org.capemu.policy;

import static org.capemu.policy.Right.*;
import static org.capemu.policy.Watched.AT_FDCWD;
import static org.capemu.policy.Watched.GATE;
import static org.capemu.policy.Watched.WORKING_DIRECTORY;
import static org.capemu.policy.Watched.bytes;
import static org.capemu.policy.Watched.kernel;
import static org.capemu.policy.Watched.lacks;
import static org.capemu.policy.Watched.strict;
import static org.capemu.policy.Watched.untraced;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is decided of a call although something about its caller cannot be known. */
class UnknownTest {
  private final Undecided unreadable = new Undecided("memory that may not be read");
  private static final Violation.Proto ICMP = new Violation.Proto(1);

  /** A process whose memory ptrace(2) may not read: prctl(PR_SET_DUMPABLE), mode 111. */
  private Watched unreadable(Watched process) {
    doThrow(unreadable).when(process.caller).path(anyLong());
    doThrow(unreadable).when(process.caller).read(anyLong(), any(), anyInt());
    doThrow(unreadable).when(process.caller).sockaddr(anyLong(), anyInt());
    return process;
  }

  /** What is found before the rest is undecided. */
  private List<Object> partly(Watched process, String call, long... args) {
    Watched.Found found = process.find(call, args);
    assertEquals(unreadable, found.undecided());
    return found.inOrder();
  }

  @Test
  void theWorkingDirectoryIsRefusedWhateverThePath() {
    List<Object> refused = List.of(WORKING_DIRECTORY);
    assertEquals(refused, partly(unreadable(kernel()), "openat", AT_FDCWD, 1, 0));
    assertEquals(refused, partly(unreadable(kernel()), "fstatat", AT_FDCWD, 1, 2, 0));
    assertEquals(refused, partly(unreadable(kernel()), "utimensat", AT_FDCWD, 1, 2, 0));
    assertEquals(refused, partly(unreadable(kernel()), "mknodat", AT_FDCWD, 1, 010644, 0));
    assertEquals(refused, partly(unreadable(kernel()), "symlinkat", 1, AT_FDCWD, 2));
    assertEquals(refused, partly(unreadable(strict()), "openat", AT_FDCWD, 1, 0));
    assertEquals(
        refused, partly(unreadable(kernel()).inCapabilityMode(), "openat", AT_FDCWD, 1, 0));
    Descriptor inotify = Descriptor.unlimited(Descriptor.Kind.SPECIAL);
    assertEquals(
        refused,
        partly(
            unreadable(kernel().descriptor(4, inotify)),
            "inotify_add_watch_at",
            4,
            AT_FDCWD,
            1,
            0x100));
  }

  @Test
  void anotherDirectoryIsNotWithoutItsPath() {
    assertEquals(List.of(), partly(unreadable(kernel()), "openat", 3, 1, 0));
    assertEquals(List.of(), partly(unreadable(kernel().limited(3)), "openat", 3, 1, 0));
  }

  @Test
  void whetherThereIsASecondLookupTurnsOnTheFirst() {
    assertEquals(
        List.of(WORKING_DIRECTORY),
        partly(unreadable(kernel()), "renameat", AT_FDCWD, 1, AT_FDCWD, 2));
    assertEquals(List.of(), partly(unreadable(kernel()), "renameat", 3, 1, AT_FDCWD, 2));
  }

  @Test
  void aRefusalIsTheFirstViolationOfAllRules() {
    Watched process = kernel().path(1, "/etc");
    assertEquals(new Refusal(GATE, null), process.refusal("open", 1));
    assertEquals(new Refusal(WORKING_DIRECTORY, null), process.refusal("openat", AT_FDCWD, 1, 0));
    assertEquals(new Refusal(null, null), process.refusal("getpid"));
    Watched limited = kernel().descriptor(3, Descriptor.UNLIMITED.withIoctls(List.of()));
    assertEquals(List.of(), limited.decide("ioctl", 3, 0x4004_6673, 1));
    assertEquals(93, limited.refusal("ioctl", 3, 0x4004_6673, 1).errno(), "it leaves no record");
  }

  @Test
  void aRefusalMayNotBeKnown() {
    Refusal unknown = unreadable(kernel()).refusal("openat", 3, 1, 0);
    assertEquals(new Refusal(null, unreadable), unknown);
    assertFalse(unknown.isKnown());
    assertEquals(0, unknown.errno());
    Refusal known = unreadable(kernel()).refusal("openat", AT_FDCWD, 1, 0);
    assertTrue(known.isKnown());
    assertEquals(94, known.errno());
  }

  @Test
  void flagsThatEndTheCallAreStillLookedAt() {
    assertEquals(List.of(), unreadable(kernel()).decide("fstatat", AT_FDCWD, 1, 2, 0x1000_0000));
    assertEquals(List.of(), unreadable(kernel()).decide("openat", AT_FDCWD, 1, 3));
    assertEquals(List.of(), unreadable(kernel()).decide("mknodat", AT_FDCWD, 1, 0100644, 0));
  }

  @Test
  void aPathThatMayHaveBeenNoneIsNoLookup() {
    Watched process = unreadable(kernel());
    doReturn(false).when(process.caller).looksUpUnknownPath();
    assertEquals(List.of(), partly(process, "openat", AT_FDCWD, 1, 0));
  }

  @Test
  void aCallThatIsNotEnabledIsRefusedWithoutItsPath() {
    assertEquals(List.of(GATE), partly(unreadable(kernel()), "open", 1, 0));
    assertEquals(List.of(GATE), partly(unreadable(kernel()), "execve", 1, 2, 3));
    assertEquals(List.of(GATE), unreadable(kernel()).decide("swapoff", 1, 2));
  }

  @Test
  void connectatIsRefusedTwiceWhateverTheAddress() {
    Descriptor unix = Descriptor.unlimited(Descriptor.Kind.UNIX_SOCKET);
    assertEquals(
        List.of(WORKING_DIRECTORY, WORKING_DIRECTORY),
        partly(unreadable(kernel().descriptor(4, unix)), "connectat", AT_FDCWD, 4, 1, 16));
    assertEquals(
        List.of(WORKING_DIRECTORY),
        partly(unreadable(kernel()), "connectat", AT_FDCWD, 4, 1, 16),
        "maybe of an address that is no path");
  }

  @Test
  void aDescriptorThatIsNotKnownDoesNotHideItsLookup() {
    Watched process = kernel().limited(3, CAP_RENAMEAT_SOURCE).path(1, "a").path(2, "b");
    process.startsAt(4, "/home").file("/home/a");
    doThrow(unreadable).when(process.caller).descriptor(5);
    assertEquals(List.of("a", "b"), partly(process, "renameat", 4, 1, 5, 2));
  }

  @Test
  void sendingNeedsTheRightWhateverTheAddress() {
    assertEquals(
        List.of(lacks(CapRights.of(CAP_SEND, CAP_CONNECT), CAP_READ)),
        partly(unreadable(kernel().limited(3, CAP_READ)), "sendto", 3, 1, 2, 0, 4, 16));
  }

  @Test
  void allRightsCannotBeIncreased() {
    Watched process = unreadable(kernel().limited(4, CAP_READ));
    assertEquals(List.of(), process.decide("cap_rights_limit", 3, 1));
    assertEquals(List.of(), process.decide("cap_rights_limit", 77, 1));
    assertThrows(Undecided.class, () -> process.decide("cap_rights_limit", 4, 1));
  }

  @Test
  void moreIoctlsThanThereAreAreMoreWhicheverTheyAre() {
    Descriptor limited = Descriptor.UNLIMITED.withIoctls(List.of(1L, 2L));
    Watched process = unreadable(strict().descriptor(3, limited));
    assertEquals(
        List.of(
            untraced(93, "more ioctl commands than the descriptor is limited to: descriptor 3")),
        process.decide("cap_ioctls_limit", 3, 1, 3));
    assertThrows(Undecided.class, () -> process.decide("cap_ioctls_limit", 3, 1, 2));
  }

  @Test
  void fKinfoIsRefusedAndNeedsNoRightThatIsHeld() {
    Violation command = new Violation.Syscall(22);
    Watched process = unreadable(kernel().limited(4, CAP_READ));
    assertEquals(List.of(command), process.decide("fcntl", 3, 22, 1));
    assertEquals(List.of(command), partly(process, "fcntl", 4, 22, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void oneRequestOfAListDoesNotHideTheOthers(int unknown) {
    byte[] request = new byte[160]; // of descriptor 4: LIO_WRITE
    request[0] = 4;
    request[48] = 1;
    Watched process =
        kernel()
            .limited(4, CAP_READ)
            .memory(0x100, bytes(0x1000L, 0x2000L))
            .memory(0x1000, request)
            .memory(0x2000, request);
    long address = unknown == 0 ? 0x1000 : 0x2000;
    doThrow(unreadable).when(process.caller).read(eq(address), any(), anyInt());
    assertEquals(
        List.of(lacks(CAP_PWRITE, CAP_READ)), partly(process, "lio_listio", 0, 0x100, 2, 0));
  }

  @Test
  void aDeviceThatCannotBeIsNobodys() {
    Watched process = kernel().path(1, "device");
    doThrow(unreadable).when(process.caller).isSuperuser();
    assertEquals(List.of(), process.decide("mknodat", AT_FDCWD, 1, 020644, -1));
    assertEquals(List.of(), partly(process, "mknodat", AT_FDCWD, 1, 020644, 7));
  }

  @Test
  void aSocketPairsSecondProtocolDoesNotHideTheFirst() {
    Watched process = kernel();
    doThrow(unreadable).when(process.caller).isSuperuser();
    assertEquals(List.of(ICMP), partly(process, "socketpair", 2, 3, 1, 1));
  }
}
