package org.capemu.tests.verify;

import static org.capemu.tests.verify.Program.AT_FDCWD;
import static org.capemu.tests.verify.Program.POINTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.capemu.policy.CapRights;
import org.capemu.policy.Right;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.CapFail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is derived of programs that no capture has, by what the sources of 15.0 say. */
class DerivationTest {
  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EBADF = 9;
  private static final int EFAULT = 14;
  private static final int EALREADY = 37;
  private static final int EISCONN = 56;
  private static final int ENOSYS = 78;
  private static final int EJUSTRETURN = -2;
  private static final int ENOTCAPABLE = 93;
  private static final int ECAPMODE = 94;
  private static final int O_DIRECTORY = 0x20000;
  private static final int O_CREAT = 0x200;
  private static final int POLLNVAL = 0x20;
  private static final int EV_ERROR = 0x4000;
  private static final CapRights WRITE = Right.CAP_WRITE.rights();
  private static final CapRights LOOKUP_READ = CapRights.of(Right.CAP_LOOKUP, Right.CAP_READ);
  private static final Violation WORKING_DIRECTORY = new Violation.Namei(Violation.Namei.AT_FDCWD);
  private static final Violation GATE = Violation.Syscall.NOT_ENABLED;

  @TempDir Path directory;

  /** Every record of the kernel is derived, and no other. */
  private void assertDerived(Program program) {
    Run run = Run.verify(program.trace(directory));
    assertEquals(0, run.status(), run.text());
    assertTrue(run.text().contains(", 0 undecided"), run.text());
    assertFalse(run.text().contains("might have left a record"), run.text());
  }

  /** So many records cannot be derived, for this reason; all others can. */
  private void assertUndecided(int records, String reason, Program program) {
    Run run = Run.verify(program.trace(directory));
    assertEquals(0, run.status(), run.text());
    assertTrue(
        run.text().contains(", " + records + " undecided (" + reason + ": " + records + ")"),
        run.text());
  }

  private static Violation lacks(CapRights needed, CapRights held) {
    return new Violation.NotCapable(needed, held);
  }

  @Test
  void aChildHasItsParentsLimitsAsTheyWereWhenItWasForked() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .limits(3, WRITE)
            .call("fork")
            .returns(200)
            .limits(3, CapRights.NONE)
            .thread(200, 100_200)
            .returned("fork", 0, 0)
            .mayNotRead(3, WRITE)
            .thread(100, 100_100)
            .mayNotRead(3, CapRights.NONE));
  }

  @Test
  void aVforkedChildRunsBeforeItsParentReturns() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0x100000)
            .opens(4, "file", 0)
            .limits(3, WRITE)
            .limits(4, WRITE)
            .call("vfork")
            .thread(200, 100_200)
            .returned("vfork", 0, 0)
            .mayNotRead(3, WRITE)
            .call("execve", POINTER, POINTER, POINTER)
            .violates(GATE)
            .looksUp("/bin/echo")
            .fails(EJUSTRETURN)
            .mayNotRead(4, WRITE)
            .call("read", 3, POINTER, 1)
            .fails(EBADF)
            .call("_exit", 0)
            .thread(100, 100_100)
            .returned("vfork", 0, 200)
            .mayNotRead(3, WRITE));
  }

  @Test
  void aProcessIdCanBeUsedAgain() {
    Program program = Program.started().opens(3, "file", 0);
    for (CapRights rights : new CapRights[] {WRITE, CapRights.NONE, LOOKUP_READ}) {
      program.call("fork").returns(200).thread(200, 100_200).returned("fork", 0, 0);
      program.reads(3).limits(3, rights.remove(Right.CAP_READ.rights()));
      program.mayNotRead(3, rights.remove(Right.CAP_READ.rights()));
      program.call("_exit", 0).thread(100, 100_100);
    }
    assertDerived(program);
  }

  @Test
  void threadsShareTheirDescriptors() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .thread(100, 100_101)
            .limits(3, WRITE)
            .thread(100, 100_100)
            .mayNotRead(3, WRITE)
            .call("close", 3)
            .thread(100, 100_101)
            .opens(3, "other", 0)
            .limits(3, CapRights.NONE)
            .thread(100, 100_100)
            .returned("close", 0, 0)
            .mayNotRead(3, CapRights.NONE));
  }

  @Test
  void aLimitThatAnotherThreadSetsMeanwhile() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .call("read", 3, POINTER, 1)
            .thread(100, 100_101)
            .limits(3, WRITE)
            .thread(100, 100_100)
            .in("read")
            .violates(lacks(Right.CAP_READ.rights(), WRITE))
            .fails(ENOTCAPABLE));
  }

  @Test
  void whatIsOpenedBeneathALimitedDirectoryIsLimited() {
    assertDerived(
        Program.started()
            .opens(3, "tree", O_DIRECTORY)
            .limits(3, LOOKUP_READ)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("file")
            .returns(4)
            .call("write", 4, POINTER, 1)
            .violates(lacks(WRITE, LOOKUP_READ))
            .fails(ENOTCAPABLE));
  }

  @Test
  void aLookupMayNotLeaveALimitedDirectory() {
    assertDerived(
        Program.started()
            .opens(3, "tree", O_DIRECTORY)
            .limits(3, LOOKUP_READ)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("..")
            .violates(new Violation.Namei(".."))
            .fails(ENOTCAPABLE)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("link/whatever")
            .returns(4));
  }

  @Test
  void theRootOfAMountIsNotTheDirectoryThatItsDotDotLeaves() {
    assertDerived(
        Program.started()
            .opens(3, "/dev", O_DIRECTORY)
            .limits(3, LOOKUP_READ)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("../etc/motd")
            .returns(4)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("..")
            .violates(new Violation.Namei(".."))
            .fails(ENOTCAPABLE));
  }

  @Test
  void aTreeThatIsMadeInTheTraceIsKnown() {
    assertDerived(
        Program.started()
            .call("mkdir", POINTER, 0755)
            .violates(GATE)
            .looksUp("tree")
            .returns(0)
            .opens(3, "tree", O_DIRECTORY)
            .call("mkdirat", 3, POINTER, 0755)
            .looksUp("sub")
            .returns(0)
            .call("openat", 3, POINTER, O_CREAT | 1, 0644)
            .looksUp("sub/file")
            .returns(4)
            .call("renameat", 3, POINTER, 3, POINTER)
            .looksUp("sub")
            .looksUp("moved")
            .returns(0)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("moved/../moved/file")
            .returns(5)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("sub/file")
            .fails(ENOENT));
  }

  @Test
  void whereALinkLeadsIsNotTold() {
    assertUndecided(
        1,
        "the target of a symbolic link",
        Program.started()
            .call("mkdir", POINTER, 0755)
            .violates(GATE)
            .looksUp("tree")
            .returns(0)
            .opens(3, "tree", O_DIRECTORY)
            .call("symlinkat", POINTER, 3, POINTER)
            .looksUp("link")
            .returns(0)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("link")
            .violates(new Violation.Namei("/etc/motd"))
            .returns(4));
  }

  @Test
  void aDirectoryByAnotherNameMayBeTheSame() {
    assertUndecided(
        1,
        "a symbolic link, if it is one, that no record shows",
        Program.started()
            .call("mkdir", POINTER, 0755)
            .violates(GATE)
            .looksUp("tree")
            .returns(0)
            .opens(3, "tree", O_DIRECTORY)
            .call("symlink", POINTER, POINTER)
            .violates(GATE)
            .looksUp("/tmp/work/tree/link")
            .returns(0)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("link")
            .violates(new Violation.Namei("/etc/motd"))
            .returns(4));
  }

  @Test
  void theWorkingDirectoryIsToldByGetcwd() {
    assertDerived(
        Program.started()
            .opens(3, ".", O_DIRECTORY)
            .call("__getcwd", POINTER, 1024)
            .violates(GATE)
            .looksUp("/home/me")
            .returns(0)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("../..")
            .returns(4)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("../../../etc")
            .violates(new Violation.Namei("../../../etc"))
            .returns(5));
  }

  @Test
  void pollSaysNothingOfWhatItRefuses() {
    byte[] entries = {3, 0, 0, 0, 1, 0, POLLNVAL, 0, 4, 0, 0, 0, 1, 0, 1, 0};
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .opens(4, "file", 0)
            .limits(3, WRITE)
            .call("poll", POINTER, 2, 0)
            .violates(lacks(Right.CAP_EVENT.rights(), WRITE))
            .array("pollfd", 8, entries)
            .returns(2));
  }

  @Test
  void selectRefusesTheOneThatCannotBeSelected() {
    Program program =
        Program.started()
            .opens(3, "file", 0)
            .opens(4, "file", 0)
            .limits(4, WRITE)
            .call("select", 8, POINTER, 0, 0, 0)
            .violates(lacks(Right.CAP_EVENT.rights(), WRITE))
            .fails(ENOTCAPABLE)
            .call("select", 4, POINTER, 0, 0, 0)
            .returns(1);
    assertDerived(program);
    assertUndecided(
        1,
        "memory that no record shows",
        program
            .limits(3, CapRights.NONE)
            .call("select", 8, POINTER, 0, 0, 0)
            .violates(lacks(Right.CAP_EVENT.rights(), CapRights.NONE))
            .fails(ENOTCAPABLE));
  }

  @Test
  void anAsynchronousRequestIsRefusedForTheDescriptorThatLacksTheRight() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .opens(4, "file", 0)
            .limits(4, WRITE)
            .call("aio_read", POINTER)
            .violates(lacks(Right.CAP_PREAD.rights(), WRITE))
            .fails(ENOTCAPABLE)
            .call("aio_read", POINTER)
            .returns(0));
  }

  @Test
  void keventWithoutRoomForErrorsEndsAtTheFirst() {
    byte[] changes = new byte[128];
    changes[0] = 3;
    changes[8] = -1;
    changes[9] = -1;
    changes[64] = 4;
    changes[72] = -1;
    changes[73] = -1;
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .opens(4, "file", 0)
            .limits(4, WRITE)
            .call("kqueue")
            .returns(5)
            .call("kevent", 5, POINTER, 2, 0, 0, 0)
            .array("kevent", 64, changes)
            .violates(lacks(Right.CAP_EVENT.rights(), WRITE))
            .fails(ENOTCAPABLE)
            .call("kevent", 5, POINTER, 2, 0, 0, 0)
            .array("kevent", 64, changes)
            .fails(ENOENT));
  }

  /** struct kevent: EVFILT_READ of a descriptor. */
  private static byte[] change(int fd, int flags, int data) {
    byte[] change = new byte[64];
    change[0] = (byte) fd;
    change[8] = -1;
    change[9] = -1;
    change[10] = (byte) flags;
    change[11] = (byte) (flags >> 8);
    change[16] = (byte) data;
    return change;
  }

  @Test
  void keventTellsItsErrorsInTheEvents() {
    Program program =
        Program.started()
            .call("socketpair", 1, 1, 0, POINTER)
            .returns(0)
            .call("recvmsg", 4, POINTER, 0)
            .returns(1)
            .call("kqueue")
            .returns(6)
            .call("kevent", 6, POINTER, 1, POINTER, 4, 0)
            .array("kevent", 64, change(9, 1, 0))
            .array("kevent", 64, change(9, EV_ERROR, EBADF))
            .returns(1);
    assertDerived(program);
    assertUndecided(
        1,
        "rights of a descriptor from outside the trace",
        program
            .call("kevent", 6, POINTER, 1, POINTER, 4, 0)
            .array("kevent", 64, change(5, 1, 0))
            .violates(lacks(Right.CAP_EVENT.rights(), WRITE))
            .array("kevent", 64, change(5, EV_ERROR, ENOTCAPABLE))
            .returns(1));
  }

  @Test
  void whatIsNoKqueueHasNoChanges() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .limits(3, WRITE)
            .call("recvmsg", 4, POINTER, 0)
            .returns(1)
            .call("kevent", 5, POINTER, 1, POINTER, 4, 0)
            .array("kevent", 64, change(3, 1, 0))
            .fails(EBADF));
  }

  @Test
  void aDescriptorOfWhichNothingIsKnownHidesNoOtherFromPoll() {
    byte[] entries = {5, 0, 0, 0, 1, 0, POLLNVAL, 0, 6, 0, 0, 0, 1, 0, POLLNVAL, 0};
    assertUndecided(
        1,
        "rights of a descriptor from outside the trace",
        Program.started()
            .call("socketpair", 1, 1, 0, POINTER)
            .returns(0)
            .call("recvmsg", 4, POINTER, 0)
            .returns(1)
            .opens(6, "file", 0)
            .limits(6, WRITE)
            .call("poll", POINTER, 2, 0)
            .violates(lacks(Right.CAP_EVENT.rights(), CapRights.NONE))
            .violates(lacks(Right.CAP_EVENT.rights(), WRITE))
            .array("pollfd", 8, entries)
            .returns(2));
  }

  @Test
  void pollMayHaveFoundWhatItCannotTell() {
    assertUndecided(
        1,
        "memory that no record shows",
        Program.started()
            .opens(3, "file", 0)
            .limits(3, WRITE)
            .call("poll", POINTER, 1, 0)
            .violates(lacks(Right.CAP_EVENT.rights(), WRITE))
            .fails(EFAULT));
  }

  @Test
  void withoutPathsOnlyALookupOfTheWorkingDirectoryIsKnown() {
    Program program =
        Program.started()
            .call("openat", AT_FDCWD, POINTER, 0, 0)
            .violates(new Violation.Namei(Violation.Namei.AT_FDCWD))
            .returns(3);
    assertDerived(program);
    assertUndecided(
        1,
        "a path that no record shows",
        program
            .call("renameat", AT_FDCWD, POINTER, 3, POINTER + 8)
            .violates(new Violation.Namei(Violation.Namei.AT_FDCWD))
            .violates(new Violation.Namei("/file"))
            .returns(0)
            .call("linkat", AT_FDCWD, POINTER, AT_FDCWD, POINTER + 8, 0)
            .violates(new Violation.Namei(Violation.Namei.AT_FDCWD))
            .fails(1)); // it is a directory
  }

  @Test
  void aDescriptorThatCameWithAMessageIsKnownByWhatItMayDo() {
    Program program =
        Program.started()
            .call("socketpair", 1, 1, 0, POINTER)
            .returns(0)
            .call("recvmsg", 4, POINTER, 0)
            .returns(1)
            .reads(5);
    assertDerived(program);
    assertUndecided(
        1,
        "rights of a descriptor from outside the trace",
        program
            .call("write", 5, POINTER, 1)
            .violates(lacks(WRITE, Right.CAP_READ.rights()))
            .fails(ENOTCAPABLE));
  }

  @Test
  void capRightsGetTellsWhatADescriptorHolds() {
    byte[] rights = Program.ints(1, 0x02000000, 0, 0x04000000); // CAP_READ
    assertDerived(
        Program.attached()
            .call("__cap_rights_get", 0, 7, POINTER)
            .struct("caprights", rights)
            .returns(0)
            .call("write", 7, POINTER, 1)
            .violates(lacks(WRITE, Right.CAP_READ.rights()))
            .fails(ENOTCAPABLE));
  }

  @Test
  void capabilityModeIsToldByWhatItRefuses() {
    assertDerived(
        Program.attached()
            .call("openat", AT_FDCWD, POINTER, 0, 0)
            .looksUp("file")
            .violates(new Violation.Namei(Violation.Namei.AT_FDCWD))
            .fails(ECAPMODE)
            .call("kill", 1, 9)
            .violates(new Violation.Signal(9))
            .fails(ECAPMODE)
            .call("socket", 2, 3, 1)
            .violates(new Violation.Proto(1))
            .fails(ECAPMODE));
  }

  @Test
  void badPointersAreNotLookedUp() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .call("openat", AT_FDCWD, POINTER, 0, 0)
            .fails(EFAULT)
            .call("sendto", 3, POINTER, 1, 0, POINTER, 16)
            .fails(EFAULT)
            .call("cap_rights_limit", 3, POINTER)
            .fails(EFAULT));
  }

  @Test
  void everyCallOfALinuxProgramIsAViolation() {
    assertDerived(
        Program.started()
            .abi(Program.LINUX64)
            .callNumber(0, 3, POINTER, 1)
            .violates(GATE)
            .returns(1)
            .callNumber(257, AT_FDCWD, POINTER, 0, 0)
            .violates(GATE)
            .looksUp("/etc/motd")
            .returns(3));
  }

  @Test
  void a32BitLinuxBinaryHasAnInterfaceOfItsOwn() {
    assertDerived(
        Program.started()
            .abi(0x650103)
            .callNumber(5, POINTER, 0, 0) // open
            .violates(GATE)
            .looksUp("/etc/motd")
            .returns(3)
            .callNumber(453)
            .fails(ENOSYS));
  }

  @Test
  void anOlderKernelToldOnlyWhatItRefused() {
    Program program =
        Program.started()
            .format(CapFail.Format.FREEBSD_13)
            .call("open", POINTER, 0, 0)
            .looksUp("/etc/motd")
            .returns(3)
            .limits(3, WRITE)
            .mayNotRead(3, WRITE)
            .call("cap_enter")
            .returns(0)
            .call("open", POINTER, 0, 0)
            .violates(GATE)
            .fails(ECAPMODE);
    Run run = Run.verify("--release", "13.2", program.trace(directory));
    assertEquals(0, run.status(), run.text());
    assertTrue(run.text().contains(": 2 CAP records: 2 equal, "), run.text());
  }

  @Test
  void whatAnEnabledCallLooksUpOfItselfBeginsAtTheWorkingDirectory() {
    assertDerived(
        Program.started()
            .call("__sysctl", POINTER, 4, POINTER, POINTER, 0, 0)
            .looksUp("/bin/program")
            .violates(new Violation.Namei("AT_FDCWD"))
            .returns(0)
            .call("kldfind", POINTER)
            .violates(GATE)
            .looksUp("/boot/kernel/a.ko")
            .fails(ENOENT));
  }

  @Test
  void aPairOfRawSocketsIsRecordedTwiceUnlessTheFirstCannotBeMade() {
    assertDerived(
        Program.started()
            .call("socketpair", 2, 3, 1, POINTER)
            .violates(new Violation.Proto(1))
            .violates(new Violation.Proto(1))
            .fails(45)
            .call("socketpair", 2, 3, 1, POINTER)
            .violates(new Violation.Proto(1))
            .fails(1)
            .call("socket", 2, 3, 1)
            .fails(24));
  }

  @Test
  void aCallThatIsInterruptedIsMadeAgain() {
    assertDerived(
        Program.started()
            .opens(3, "file", 0)
            .call("read", 3, POINTER, 1)
            .fails(-1)
            .call("read", 3, POINTER, 1)
            .fails(EINTR)
            .reads(3));
  }

  @Test
  void aCallThatFailsOtherwiseDidNotReachTheCheckOfItsRights() {
    Program program =
        Program.started()
            .opens(3, "fifo", 0)
            .call("socket", 2, 1, 0)
            .returns(4)
            .limits(4, CapRights.NONE)
            .call("sendfile", 3, 4, 0, 1, 0, 0, 0)
            .fails(22); // what is no file cannot be sent
    Run run = Run.verify(program.trace(directory));
    assertEquals(0, run.status(), run.text());
    assertTrue(run.text().contains("; 1 found in calls that failed before"), run.text());
  }

  @Test
  void aCallThatSucceedsWithoutItsRightsIsADifference() {
    Program program = Program.started().opens(3, "file", 0).limits(3, WRITE).reads(3);
    Run run = Run.verify(program.trace(directory));
    assertEquals(1, run.status(), run.text());
    assertTrue(run.text().contains(": extra: the model found NOTCAPABLE"), run.text());
  }

  @Test
  void replacingAFileNeedsTheRightToRemoveIt() {
    CapRights held = CapRights.of(Right.CAP_RENAMEAT_TARGET);
    assertDerived(
        Program.started()
            .opens(3, "tree", O_DIRECTORY)
            .opens(4, "tree", O_DIRECTORY)
            .limits(4, held)
            .call("renameat", 3, POINTER, 4, POINTER)
            .looksUp("file")
            .looksUp("new")
            .returns(0)
            .call("renameat", 3, POINTER, 4, POINTER)
            .looksUp("other")
            .looksUp("new")
            .violates(lacks(Right.CAP_UNLINKAT.rights(), held))
            .fails(ENOTCAPABLE));
  }

  @Test
  void aSplicedSocketHasToSend() {
    byte[] splice = Program.ints(4, 0, 0, 0, 0, 0, 0, 0);
    assertDerived(
        Program.started()
            .call("socket", 2, 1, 0)
            .returns(3)
            .call("socket", 2, 1, 0)
            .returns(4)
            .limits(4, Right.CAP_READ.rights())
            .call("setsockopt", 3, 0xffff, 0x1023, POINTER, 32)
            .struct("splice", splice)
            .violates(lacks(WRITE, Right.CAP_READ.rights()))
            .fails(ENOTCAPABLE));
  }

  @Test
  void aNumberFarBeyondTheTableLooksLikeOneOfItWithoutArguments() {
    assertDerived(
        Program.started()
            .callNumber(0x10000 + 37) // kill
            .fails(ENOSYS)
            .callNumber(0x10000 + 5) // open
            .fails(ENOSYS)
            .callNumber(5, POINTER, 0, 0)
            .violates(GATE)
            .fails(EFAULT));
  }

  private static final byte[] UNIX = {12, 1, '/', 't', 'm', 'p', '/', 's', 'o', 'c', 'k', 0};

  @Test
  void aUnixSocketLooksAPathUpIfItsRecordIsThere() {
    Violation destination = Violation.Sockaddr.cut(UNIX);
    assertDerived(
        Program.started()
            .call("socket", 1, 2, 0)
            .returns(3)
            .call("sendto", 3, POINTER, 1, 0, POINTER, 12)
            .violates(destination)
            .struct("sockaddr", UNIX)
            .looksUp("/tmp/sock")
            .violates(WORKING_DIRECTORY)
            .returns(1)
            .call("connect", 3, POINTER, 12)
            .violates(GATE)
            .struct("sockaddr", UNIX)
            .looksUp("/tmp/sock")
            .returns(0)
            .call("sendto", 3, POINTER, 1, 0, POINTER, 12)
            .violates(destination)
            .struct("sockaddr", UNIX)
            .fails(EISCONN)
            .call("socket", 1, 1, 0)
            .returns(4)
            .call("connectat", AT_FDCWD, 4, POINTER, 12)
            .violates(WORKING_DIRECTORY)
            .struct("sockaddr", UNIX)
            .looksUp("/tmp/sock")
            .violates(WORKING_DIRECTORY)
            .returns(0)
            .call("connectat", AT_FDCWD, 4, POINTER, 12)
            .violates(WORKING_DIRECTORY)
            .struct("sockaddr", UNIX)
            .fails(EISCONN)
            .call("connectat", AT_FDCWD, 4, POINTER, 12)
            .violates(WORKING_DIRECTORY)
            .fails(EALREADY)); // without a look at the address
  }

  @Test
  void whatMayBeOfAMessagesControlDataDoesNotTellOfItsAddress() {
    assertUndecided(
        1,
        "a message that no record shows",
        Program.started()
            .opens(3, "file", 0)
            .call("sendto", 3, POINTER, 1, 0, POINTER, 12)
            .violates(Violation.Sockaddr.cut(UNIX))
            .struct("sockaddr", UNIX)
            .fails(EISCONN)
            .call("sendmsg", 3, POINTER, 0)
            .violates(Violation.Sockaddr.cut(UNIX))
            .fails(EFAULT)
            .call("sendmsg", 3, POINTER, 0)
            .fails(EFAULT));
  }

  @Test
  void sendmsgOfA32BitProcessRecordsNoAddress() {
    assertDerived(
        Program.started()
            .abi(0x9f0109)
            .call("socket", 2, 2, 0)
            .returns(3)
            .call("sendto", 3, POINTER, 1, 0, POINTER, 12)
            .violates(Violation.Sockaddr.cut(UNIX))
            .struct("sockaddr", UNIX)
            .fails(EISCONN)
            .call("sendmsg", 3, POINTER, 0)
            .struct("sockaddr", UNIX)
            .fails(EISCONN));
  }

  @Test
  void olderKernelsTellOfLookupsThatALimitedDirectoryRefuses() {
    Program program =
        Program.started()
            .format(CapFail.Format.FREEBSD_13)
            .call("openat", AT_FDCWD, POINTER, O_DIRECTORY, 0)
            .looksUp("tree")
            .returns(3)
            .limits(3, LOOKUP_READ)
            .call("openat", 3, POINTER, 0, 0)
            .looksUp("..")
            .violates(new Violation.Namei(".."))
            .fails(ENOTCAPABLE)
            .call("cap_enter")
            .returns(0)
            .callNumber(700) // there is no such call, but it is refused
            .violates(GATE)
            .fails(ECAPMODE);
    Run run = Run.verify("--release", "13.2", program.trace(directory));
    assertEquals(0, run.status(), run.text());
  }
}
