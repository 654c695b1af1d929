package org.capemu.policy;

import static org.capemu.policy.Right.*;
import static org.capemu.policy.Watched.AT_FDCWD;
import static org.capemu.policy.Watched.GATE;
import static org.capemu.policy.Watched.WORKING_DIRECTORY;
import static org.capemu.policy.Watched.bytes;
import static org.capemu.policy.Watched.kernel;
import static org.capemu.policy.Watched.lacks;
import static org.capemu.policy.Watched.outside;
import static org.capemu.policy.Watched.strict;
import static org.capemu.policy.Watched.untraced;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import java.util.List;
import org.junit.jupiter.api.Test;

/** namei: the path lookups of enabled calls. */
class LookupTest {
  private static final int O_CREAT = 0x200;
  private static final int O_EXCL = 0x800;
  private static final int O_NOFOLLOW = 0x100;
  private static final int O_RESOLVE_BENEATH = 0x80_0000;
  private static final int O_EMPTY_PATH = 0x200_0000;
  private static final int AT_SYMLINK_NOFOLLOW = 0x200;
  private static final int AT_EMPTY_PATH = 0x4000;

  /** A process with directory 3, /home/data. */
  private static Watched withDirectory(Watched process, String path) {
    return process.startsAt(3, "/home/data").path(1, path);
  }

  private static List<Object> opens(String path) {
    return withDirectory(kernel(), path).decide("openat", 3, 1, 0);
  }

  @Test
  void beneathAnOpenDirectoryAnythingIsAllowed() {
    assertEquals(List.of("a"), opens("a"));
    assertEquals(List.of("a/b/c"), opens("a/b/c"));
  }

  @Test
  void theWorkingDirectoryIsNot() {
    assertEquals(
        List.of("a", WORKING_DIRECTORY), kernel().path(1, "a").decide("openat", AT_FDCWD, 1, 0));
  }

  @Test
  void anAbsolutePathIsNotWhateverTheDescriptor() {
    assertEquals(List.of("/etc/hosts", outside("/etc/hosts")), opens("/etc/hosts"));
    assertEquals(List.of("/", outside("/")), kernel().path(1, "/").decide("openat", -1, 1, 0));
  }

  @Test
  void theWorkingDirectoryHidesWhatElseTheLookupViolates() {
    assertEquals(
        List.of("/etc", WORKING_DIRECTORY),
        kernel().path(1, "/etc").decide("fstatat", AT_FDCWD, 1, 2, 0));
    assertEquals(
        List.of("/etc", WORKING_DIRECTORY, untraced(93, "absolute path /etc")),
        strict().path(1, "/etc").decide("fstatat", AT_FDCWD, 1, 2, 0));
  }

  @Test
  void aBadPointerIsNoLookup() {
    assertEquals(List.of(), kernel().decide("openat", AT_FDCWD, 1, 0));
  }

  @Test
  void anEmptyPathIsLookedUpOnlyWithItsFlag() {
    assertEquals(List.of(""), kernel().path(1, "").decide("openat", AT_FDCWD, 1, 0));
    assertEquals(
        List.of("", WORKING_DIRECTORY),
        kernel().path(1, "").decide("fstatat", AT_FDCWD, 1, 2, AT_EMPTY_PATH));
    assertEquals(
        List.of("", lacks(CAP_FSTATAT, CAP_READ)),
        kernel().limited(3, CAP_READ).path(1, "").decide("fstatat", 3, 1, 2, AT_EMPTY_PATH));
    assertEquals(List.of(""), kernel().path(1, "").decide("readlinkat", 3, 1, 2, 100));
  }

  @Test
  void theDirectoryNeedsTheRightsOfTheCallAndOfLookups() {
    assertEquals(
        List.of("a", lacks(CapRights.of(CAP_READ, CAP_LOOKUP), CAP_READ)),
        withDirectory(kernel().limited(3, CAP_READ), "a").decide("openat", 3, 1, 0));
    assertEquals(
        List.of("a", lacks(CAP_MKDIRAT, CAP_LOOKUP)),
        withDirectory(kernel().limited(3, CAP_LOOKUP), "a").decide("mkdirat", 3, 1, 0));
    assertEquals(
        List.of("a", lacks(CAP_LOOKUP)),
        withDirectory(kernel().limited(3), "a").decide("readlinkat", 3, 1, 2, 100));
  }

  @Test
  void aClosedDirectoryIsEbadfAndNothingIsRecorded() {
    assertEquals(
        List.of("a"),
        withDirectory(kernel().descriptor(3, Descriptor.NOT_OPEN), "a").decide("openat", 3, 1, 0));
  }

  @Test
  void aLinkToAnAbsolutePathIsNotFollowed() {
    Watched process =
        withDirectory(kernel(), "here/rest")
            .link("/home/data/here", "//elsewhere")
            .directory("/elsewhere");
    assertEquals(
        List.of("here/rest", outside("//elsewhere/rest")), process.decide("openat", 3, 1, 0));
  }

  @Test
  void aLinkThatIsNotFollowedIsNoViolation() {
    Watched process = withDirectory(kernel(), "here").link("/home/data/here", "/elsewhere");
    assertEquals(List.of("here"), process.decide("openat", 3, 1, O_NOFOLLOW));
    assertEquals(List.of("here"), process.decide("openat", 3, 1, O_CREAT | O_EXCL));
    assertEquals(List.of("here"), process.decide("fstatat", 3, 1, 2, AT_SYMLINK_NOFOLLOW));
    assertEquals(List.of("here"), process.decide("unlinkat", 3, 1, 0));
    assertEquals(List.of("here", outside("/elsewhere")), process.decide("fstatat", 3, 1, 2, 0));
  }

  @Test
  void aRelativeLinkStaysWhereItIs() {
    Watched process =
        withDirectory(kernel(), "here/rest")
            .link("/home/data/here", "there")
            .directory("/home/data/there");
    assertEquals(List.of("here/rest"), process.decide("openat", 3, 1, 0));
  }

  @Test
  void dotDotAboveTheRootIsRecordedWithTheBufferAsItIs() {
    assertEquals(List.of("../../../../etc", outside("../../../../etc")), opens("../../../../etc"));
    assertEquals(List.of("../../etc"), opens("../../etc"));
  }

  @Test
  void dotDotAboveTheDirectoryIsABlindSpot() {
    assertEquals(List.of("../a"), opens("../a"));
    assertEquals(
        List.of("../a", untraced(93, ".. above the directory of the lookup: ../a")),
        withDirectory(strict(), "../a").decide("openat", 3, 1, 0));
    assertEquals(
        List.of("sub/../a"),
        withDirectory(strict().directory("/home/data/sub"), "sub/../a").decide("openat", 3, 1, 0));
  }

  @Test
  void strictKeepsWhatTheKernelRecordsBehindABlindSpot() {
    assertEquals(
        List.of(
            "../../../../etc",
            untraced(93, ".. above the directory of the lookup: ../../../../etc"),
            outside("../../../../etc")),
        withDirectory(strict(), "../../../../etc").decide("openat", 3, 1, 0));
    assertEquals(
        List.of(
            "../out/a",
            untraced(93, ".. above the directory of the lookup: ../out/a"),
            outside("/else/a")),
        withDirectory(strict().link("/home/out", "/else"), "../out/a").decide("openat", 3, 1, 0));
    assertEquals(
        List.of(
            "../..",
            WORKING_DIRECTORY,
            untraced(93, ".. above the directory of the lookup: ../..")),
        strict().path(1, "../..").decide("openat", AT_FDCWD, 1, 0));
  }

  @Test
  void beneathALimitedDirectoryDotDotIsRefusedByAnyKernel() {
    Watched process = withDirectory(kernel().limited(3, CAP_LOOKUP, CAP_READ), "../a");
    assertEquals(List.of("../a", outside("../a")), process.decide("openat", 3, 1, 0));
  }

  @Test
  void aCallThatWasNotRefusedDidNotLeaveItsDirectory() {
    Watched process = withDirectory(kernel().limited(3, CAP_LOOKUP, CAP_READ), "../a");
    doReturn(false).when(process.caller).mayBeRefused();
    assertEquals(List.of("../a"), process.decide("openat", 3, 1, 0));
  }

  @Test
  void theSameWithResolveBeneath() {
    assertEquals(
        List.of("../a", outside("../a")),
        withDirectory(kernel(), "../a").decide("openat", 3, 1, O_RESOLVE_BENEATH));
    assertEquals(
        List.of("../a", outside("../a")),
        withDirectory(kernel().descriptor(3, Descriptor.UNLIMITED.withResolveBeneath(true)), "../a")
            .decide("openat", 3, 1, 0));
  }

  @Test
  void unlinkatTakesResolveBeneathAndPaysNoHeedToIt() {
    Watched process = withDirectory(kernel(), "../a");
    assertEquals(List.of("../a"), process.decide("unlinkat", 3, 1, 0x2000));
    assertEquals(List.of("../a"), process.decide("funlinkat", 3, 1, -200, 0x2000));
    assertEquals(List.of(), process.decide("unlinkat", 3, 1, 0x4000));
  }

  @Test
  void theDeviceOfFreeBsd11HasOneHalfOfItsRegister() {
    Watched process = kernel().limited(3).path(1, "a");
    long garbage = 0x7654_3210_0000_0000L;
    int fifo = 0010000;
    List<Object> lacksRights = List.of("a", lacks(CAP_MKFIFOAT));
    assertEquals(lacksRights, process.decide("compat11.mknodat", 3, 1, fifo, garbage));
    assertEquals(lacksRights, process.decide("mknodat", 3, 1, fifo, 0));
    assertEquals(List.of(), process.decide("mknodat", 3, 1, fifo, garbage));
  }

  @Test
  void mknodOfFreeBsd11ChecksModeAndDeviceBeforeItLooksUp() {
    Watched process = kernel().path(1, "a");
    long garbage = 0x7654_3210_0000_0000L;
    assertEquals(List.of(GATE, "a"), process.decide("compat11.mknod", 1, 0010644, garbage));
    assertEquals(List.of(GATE), process.decide("compat11.mknod", 1, 0010644, 5));
    assertEquals(List.of(GATE), process.decide("compat11.mknod", 1, 0100644, 0));
    // 32 bits of ones are a device, where dev_t has 64
    assertEquals(List.of(GATE, "a"), process.decide("compat11.mknod", 1, 0020644, -1));
  }

  @Test
  void devicesAreForTheSuperuser() {
    Watched user = withDirectory(kernel(), "../../../a");
    doReturn(false).when(user.caller).isSuperuser();
    assertEquals(List.of(), user.decide("mknodat", 3, 1, 0020644, 5));
    assertEquals(List.of(), user.decide("mknodat", 3, 1, 0160000, 0));
    assertEquals(
        List.of("../../../a", outside("../../../a")), user.decide("mknodat", 3, 1, 0010644, 0));
  }

  @Test
  void aPathThatCannotLeaveItsDirectoryAsksForNoFiles() {
    Watched process = withDirectory(kernel(), "a");
    process.decide("unlinkat", 3, 1, 0);
    verify(process.files, never()).typeOf(anyString());
  }

  @Test
  void callsWithTwoPathsLookUpTheOneAfterTheOther() {
    Watched process = kernel().path(1, "a").path(2, "b").file("/home/a");
    assertEquals(
        List.of("a", WORKING_DIRECTORY, "b", WORKING_DIRECTORY),
        process.decide("renameat", AT_FDCWD, 1, AT_FDCWD, 2));
    assertEquals(
        List.of("a", WORKING_DIRECTORY, "b", WORKING_DIRECTORY),
        process.decide("linkat", AT_FDCWD, 1, AT_FDCWD, 2, 0));
  }

  @Test
  void theSecondPathIsNotReachedIfTheFirstIsNotThere() {
    Watched process = kernel().path(1, "a").path(2, "b");
    assertEquals(
        List.of("a", WORKING_DIRECTORY), process.decide("renameat", AT_FDCWD, 1, AT_FDCWD, 2));
  }

  @Test
  void aDirectoryCannotBeLinked() {
    Watched process = kernel().path(1, "a").path(2, "b").directory("/home/a");
    assertEquals(
        List.of("a", WORKING_DIRECTORY), process.decide("linkat", AT_FDCWD, 1, AT_FDCWD, 2, 0));
  }

  @Test
  void toReplaceAFileItsDirectoryNeedsTheRightToUnlink() {
    Watched process =
        kernel()
            .limited(4, CAP_RENAMEAT_TARGET)
            .startsAt(3, "/home/from")
            .startsAt(4, "/home/to")
            .file("/home/from/a")
            .path(1, "a")
            .path(2, "b");
    assertEquals(List.of("a", "b"), process.decide("renameat", 3, 1, 4, 2));
    process.file("/home/to/b");
    assertEquals(
        List.of("a", "b", lacks(CAP_UNLINKAT, CAP_RENAMEAT_TARGET)),
        process.decide("renameat", 3, 1, 4, 2));
  }

  @Test
  void flagsThatAreNotKnownFailBeforeTheLookup() {
    Watched process = kernel().path(1, "a");
    assertEquals(List.of(), process.decide("fstatat", AT_FDCWD, 1, 2, 0x1_0000));
    assertEquals(List.of(), process.decide("openat", AT_FDCWD, 1, 3)); // O_WRONLY | O_RDWR
    assertEquals(List.of(), process.decide("openat", AT_FDCWD, 1, O_CREAT | O_EMPTY_PATH));
    assertEquals(List.of(), process.decide("faccessat", AT_FDCWD, 1, 8, 0));
    assertEquals(List.of(), process.decide("readlinkat", AT_FDCWD, 1, 2, -1));
  }

  @Test
  void aFifoAndADeviceNeedOtherRights() {
    Watched process = withDirectory(kernel().limited(3), "a");
    assertEquals(List.of("a", lacks(CAP_MKFIFOAT)), process.decide("mknodat", 3, 1, 0010644, 0));
    assertEquals(List.of("a", lacks(CAP_MKNODAT)), process.decide("mknodat", 3, 1, 0020644, 5));
    assertEquals(List.of(), process.decide("mknodat", 3, 1, 0020644, -1));
    assertEquals(List.of(), process.decide("mknodat", 3, 1, 0100644, 0));
  }

  @Test
  void aWatchedDirectorysEntriesAreLookedUpToo() {
    Watched process = withDirectory(kernel(), ".").file("/home/data/a").file("/home/data/b");
    doReturn(List.of("a", "b")).when(process.files).entries("/home/data");
    process.file("/home/a").file("/home/b");
    assertEquals(
        List.of(".", "a", WORKING_DIRECTORY, "b", WORKING_DIRECTORY),
        process.decide("inotify_add_watch_at", 4, 3, 1, 0x100));
    process.descriptor(4, Descriptor.unlimited(Descriptor.Kind.FILE));
    assertEquals(List.of(), process.decide("inotify_add_watch_at", 4, 3, 1, 0x100));
  }

  @Test
  void aProgramsInterpretersAreLookedUpToo() {
    Watched process = kernel().path(1, "script").file("/home/script").memory(2, bytes(9L));
    doReturn(List.of(new FileTree.Interpreter("/bin/sh", true)))
        .when(process.files)
        .interpreters("/home/script");
    assertEquals(List.of(GATE, "script", "/bin/sh"), process.decide("execve", 1, 2, 3));
  }

  @Test
  void theScriptOfADescriptorViolatesByItsInterpreter() {
    Watched process = kernel().memory(1, bytes(9L));
    doReturn(List.of(new FileTree.Interpreter("/bin/sh", true)))
        .when(process.files)
        .interpreters(3);
    assertEquals(
        List.of(new Violation.Namei("/bin/sh", 94), "/bin/sh", WORKING_DIRECTORY),
        process.decide("fexecve", 3, 1, 2));
    assertEquals(List.of(), process.decide("fexecve", 3, 0, 2));
  }

  @Test
  void whatRemovesAnOpenFileNamesItByDescriptorFirst() {
    Watched process = withDirectory(kernel().limited(5), "a");
    assertEquals(List.of("a"), process.decide("funlinkat", 3, 1, 5, 0));
    assertEquals(List.of(lacks(CAP_LOOKUP)), process.decide("funlinkat", 3, 1, 5, 0x800));
    assertEquals(List.of(), process.decide("funlinkat", 3, 1, 5, 0x1));
    assertEquals(List.of(), process.decide("funlinkat", 3, 1, 77, 0));
    assertEquals(List.of("a"), process.decide("funlinkat", 3, 1, -200, 0));
  }

  @Test
  void lookupsOfCallsThatAreNotEnabledAreRecordedInTheirOrder() {
    Watched process = kernel().path(1, "/a").path(2, "/b").directory("/a").file("/b");
    assertEquals(List.of(GATE, "/a"), process.decide("unmount", 1, 0));
    assertEquals(List.of(GATE), process.decide("unmount", 1, 0x0800_0000));
    assertEquals(List.of(GATE, "/a", "/b"), process.decide("shm_rename", 1, 2, 0));
    assertEquals(List.of(GATE, "/b", "/a"), process.decide("extattrctl", 1, 0, 2, 0, 0));
    assertEquals(List.of(GATE, "/a"), process.decide("extattrctl", 1, 0, 0, 0, 0));
    assertEquals(List.of(GATE, "/home"), process.decide("__getcwd", 9, 1024));
    assertEquals(List.of(GATE), process.decide("__getcwd", 9, 5));
  }
}
