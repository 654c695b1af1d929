package org.capemu.policy;

import static org.capemu.policy.Right.*;
import static org.capemu.policy.Watched.bytes;
import static org.capemu.policy.Watched.kernel;
import static org.capemu.policy.Watched.lacks;
import static org.capemu.policy.Watched.strict;
import static org.capemu.policy.Watched.untraced;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** cap_check and cap_rights_limit: what descriptors may be used for. */
class DescriptorRightsTest {
  private static final long LONG_MIN = Long.MIN_VALUE;
  private static final long ENTRY = 0x1000;

  @ParameterizedTest
  @CsvSource({
    "read, CAP_READ",
    "pread, CAP_PREAD",
    "write, CAP_WRITE",
    "pwrite, CAP_PWRITE",
    "readv, CAP_READ",
    "fstat, CAP_FSTAT",
    "fstatfs, CAP_FSTATFS",
    "fsync, CAP_FSYNC",
    "lseek, CAP_SEEK",
    "ftruncate, CAP_FTRUNCATE",
    "fchmod, CAP_FCHMOD",
    "flock, CAP_FLOCK",
    "fpathconf, CAP_FPATHCONF",
    "getdirentries, CAP_READ",
    "listen, CAP_LISTEN",
    "accept, CAP_ACCEPT",
    "getsockopt, CAP_GETSOCKOPT",
    "shutdown, CAP_SHUTDOWN",
    "pdkill, CAP_PDKILL",
    "pdgetpid, CAP_PDGETPID",
    "timerfd_gettime, CAP_WRITE",
    "inotify_rm_watch, CAP_INOTIFY_RM",
    "kmq_timedreceive, CAP_READ",
    "__acl_get_fd, CAP_ACL_GET",
    "extattr_list_fd, CAP_EXTATTR_LIST",
  })
  void aCallNeedsItsRight(String call, Right right) {
    assertEquals(List.of(lacks(right)), kernel().limited(3).decide(call, 3, 1, 1));
    assertEquals(List.of(), kernel().limited(3, right).decide(call, 3, 1, 1));
    assertEquals(List.of(), kernel().limited(3).decide(call, 33, 1, 1)); // EBADF
  }

  @Test
  void aLabelHasALengthAndEnds() {
    Watched process =
        kernel()
            .limited(3)
            .memory(8, bytes(0L, 40L))
            .memory(9, bytes(8L, 40L))
            .memory(10, bytes(2L, 40L))
            .memory(11, bytes(8193L, 40L))
            .memory(12, bytes(8L, 0L))
            .memory(40, new byte[] {'a'})
            .memory(41, new byte[] {'b'});
    assertEquals(List.of(lacks(CAP_MAC_GET)), process.decide("__mac_get_fd", 3, 9));
    assertEquals(List.of(lacks(CAP_MAC_SET)), process.decide("__mac_set_fd", 3, 9));
    for (long without : new long[] {0, 8, 10, 11, 12}) {
      assertEquals(List.of(), process.decide("__mac_get_fd", 3, without));
    }
  }

  @Test
  void aRightWithinAGreaterOneIsEnough() {
    assertEquals(List.of(), kernel().limited(3, CAP_MMAP_RW).decide("pread", 3, 1, 1, 0));
    assertEquals(
        List.of(lacks(CAP_PREAD, CAP_READ)),
        kernel().limited(3, CAP_READ).decide("pread", 3, 1, 1));
  }

  @Test
  void sizesThatAreTooLargeFailFirst() {
    Watched process = kernel().limited(3);
    assertEquals(List.of(), process.decide("read", 3, 1, -1));
    assertEquals(List.of(), process.decide("write", 3, 1, LONG_MIN));
    assertEquals(List.of(), process.decide("ftruncate", 3, -1));
    assertEquals(List.of(lacks(CAP_READ)), process.decide("read", 3, 1, Long.MAX_VALUE));
    process.abi(Abi.FREEBSD32);
    assertEquals(List.of(), process.decide("read", 3, 1, 0x8000_0000L));
    assertEquals(List.of(lacks(CAP_READ)), process.decide("read", 3, 1, 0x7fff_ffffL));
  }

  @Test
  void aVectorIsReadFirst() {
    Watched process = kernel().limited(3).unreadable(1);
    assertEquals(List.of(), process.decide("readv", 3, 1, 1));
    assertEquals(List.of(), process.decide("readv", 3, 2, 1025));
    process.memory(2, bytes(0L, Long.MAX_VALUE, 0L, 1L));
    assertEquals(List.of(), process.decide("writev", 3, 2, 2));
    assertEquals(List.of(lacks(CAP_WRITE)), process.decide("writev", 3, 2, 1));
  }

  @Test
  void whatTheCallerCannotTellIsTakenForGood() {
    Watched process = kernel().limited(3);
    org.mockito.Mockito.doThrow(new Undecided("memory"))
        .when(process.caller)
        .read(
            org.mockito.ArgumentMatchers.anyLong(),
            org.mockito.ArgumentMatchers.any(),
            org.mockito.ArgumentMatchers.anyInt());
    assertEquals(List.of(lacks(CAP_WRITE)), process.decide("writev", 3, 1, 1));
    assertEquals(List.of(lacks(CAP_FUTIMES)), process.decide("futimens", 3, 1));
    assertEquals(List.of(lacks(CAP_READ)), process.decide("recvmsg", 3, 1, 0));
  }

  @Test
  void timesAreReadAndJudgedFirst() {
    Watched process = kernel().limited(3).memory(1, bytes(0L, 1_000_000L, 0L, 0L));
    assertEquals(List.of(), process.decide("futimes", 3, 1));
    assertEquals(List.of(lacks(CAP_FUTIMES)), process.decide("futimens", 3, 1));
    assertEquals(List.of(lacks(CAP_FUTIMES)), process.decide("futimes", 3, 0));
    process.memory(1, bytes(0L, -2L, 0L, -2L)); // both UTIME_OMIT
    assertEquals(List.of(), process.decide("futimens", 3, 1));
    process.memory(1, bytes(0L, -1L, 0L, -2L));
    assertEquals(List.of(lacks(CAP_FUTIMES)), process.decide("futimens", 3, 1));
    process.memory(1, bytes(0L, 0L, -1L, 0L));
    assertEquals(List.of(), process.decide("timerfd_settime", 3, 0, 1, 0));
  }

  @Test
  void mmapNeedsWhatItsProtectionSays() {
    Watched process = kernel().limited(3);
    assertEquals(List.of(lacks(CAP_MMAP)), process.decide("mmap", 0, 4096, 0, 1, 3, 0));
    assertEquals(List.of(lacks(CAP_MMAP_R)), process.decide("mmap", 0, 4096, 1, 1, 3, 0));
    assertEquals(List.of(lacks(CAP_MMAP_W)), process.decide("mmap", 0, 4096, 2, 1, 3, 0));
    assertEquals(List.of(lacks(CAP_MMAP_RWX)), process.decide("mmap", 0, 4096, 7, 1, 3, 0));
  }

  @Test
  void aPrivateMappingIsWrittenWithoutARight() {
    assertEquals(
        List.of(lacks(CAP_MMAP_R)), kernel().limited(3).decide("mmap", 0, 4096, 3, 2, 3, 0));
  }

  @Test
  void mmapFailsFirstWithWhatCannotBe() {
    Watched process = kernel().limited(3);
    assertEquals(List.of(), process.decide("mmap", 0, 0, 1, 1, 3, 0)); // no length
    assertEquals(List.of(), process.decide("mmap", 0, 4096, 1, 3, 3, 0)); // shared and private
    assertEquals(List.of(), process.decide("mmap", 0, 4096, 1, 0x1000, 3, 0)); // MAP_ANON
    assertEquals(List.of(), process.decide("mmap", 0, 4096, 8, 1, 3, 0)); // no such protection
    assertEquals(List.of(), process.decide("mmap", 0x1001, 4096, 1, 0x11, 3, 0)); // MAP_FIXED
    assertEquals(
        List.of(lacks(CAP_MMAP_R)), process.decide("mmap", 0x1010, 4096, 1, 0x11, 3, 0x10));
    assertEquals(List.of(), process.decide("mmap", 0, 4096, 1, 0x0200_0001, 3, 0)); // alignment
    assertEquals(List.of(lacks(CAP_MMAP_R)), process.decide("mmap", 0, 4096, 1, 0x0100_0001, 3, 0));
  }

  @Test
  void rightsCanOnlyBeTakenAway() {
    CapRights asked = CapRights.of(CAP_READ, CAP_WRITE);
    Watched process =
        kernel()
            .limited(3, CAP_READ)
            .memory(1, bytes(asked.encodedWord0(), asked.encodedWord1()))
            .memory(2, bytes(CAP_READ.rights().encodedWord0(), CapRights.NONE.encodedWord1()));
    assertEquals(
        List.of(new Violation.Increase(asked, CAP_READ.rights())),
        process.decide("cap_rights_limit", 3, 1));
    assertEquals(List.of(), process.decide("cap_rights_limit", 3, 2));
    assertEquals(List.of(), process.decide("cap_rights_limit", 33, 1));
  }

  @Test
  void rightsThatAreIllFormedFailFirst() {
    Watched process = kernel().limited(3).memory(1, bytes(0x3L, 0L)).memory(2, new byte[8]);
    assertEquals(List.of(), process.decide("cap_rights_limit", 3, 1));
    assertEquals(List.of(), process.decide("cap_rights_limit", 3, 2));
  }

  @Test
  void fcntlNeedsARightForItsCommand() {
    Watched process = kernel().limited(3);
    assertEquals(List.of(lacks(CAP_FCNTL)), process.decide("fcntl", 3, 3, 0)); // F_GETFL
    assertEquals(List.of(lacks(CAP_FLOCK)), process.decide("fcntl", 3, 12, 1)); // F_SETLK
    assertEquals(List.of(), process.decide("fcntl", 3, 1, 0)); // F_GETFD
    assertEquals(List.of(), process.decide("fcntl", 3, 0, 10)); // F_DUPFD
    assertEquals(List.of(), process.decide("fcntl", 3, 14, 1)); // no l_sysid
  }

  @Test
  void aCommandThatTheDescriptorIsNotLimitedToIsNotRecorded() {
    Descriptor noCommands =
        new Descriptor(Descriptor.Kind.OTHER, CapRights.of(CAP_FCNTL, CAP_IOCTL))
            .withFcntls(0)
            .withIoctls(List.of(0x4004_667fL));
    assertEquals(List.of(), kernel().descriptor(3, noCommands).decide("fcntl", 3, 3, 0));
    assertEquals(
        List.of(
            untraced(
                93,
                "fcntl command that the descriptor is not limited to: descriptor 3, command 0x3")),
        strict().descriptor(3, noCommands).decide("fcntl", 3, 3, 0));
    assertEquals(
        List.of(
            untraced(
                93,
                "ioctl command that the descriptor is not limited to: descriptor 3, command 0x20006601")),
        strict().descriptor(3, noCommands).decide("ioctl", 3, 0x2000_6601L, 0));
    assertEquals(List.of(), strict().descriptor(3, noCommands).decide("ioctl", 3, 0x4004_667fL, 1));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 0x6601, 0x4000_6601L, 0x2002_6601L, 0x8004_667eL, -1})
  void whatIsNoCommandOrPassesNothingIsNotRefused(long command) { // ENOTTY, EFAULT
    Descriptor none = new Descriptor(Descriptor.Kind.OTHER, CapRights.NONE);
    assertEquals(List.of(), strict().descriptor(3, none).decide("ioctl", 3, command, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {0x2000_6601L, 0x2004_6601L, 0x4004_667fL, 0x8004_667eL, 0x5_8004_667eL})
  void whatIsOneIs(long command) {
    Descriptor none = new Descriptor(Descriptor.Kind.OTHER, CapRights.NONE);
    assertEquals(1, strict().descriptor(3, none).decide("ioctl", 3, command, 1).size());
  }

  @Test
  void moreCommandsThanHeldAreNotRecordedEither() {
    Descriptor few =
        new Descriptor(Descriptor.Kind.OTHER, CapRights.ALL)
            .withFcntls(0x8)
            .withIoctls(List.of(1L));
    assertEquals(List.of(), kernel().descriptor(3, few).decide("cap_fcntls_limit", 3, 0x18));
    assertEquals(
        List.of(
            untraced(
                93,
                "more fcntl commands than the descriptor is limited to: descriptor 3, command 0x10")),
        strict().descriptor(3, few).decide("cap_fcntls_limit", 3, 0x18));
    assertEquals(List.of(), strict().descriptor(3, few).decide("cap_fcntls_limit", 3, 0x8));
    assertEquals(
        List.of(
            untraced(
                93,
                "more ioctl commands than the descriptor is limited to: descriptor 3, command 0x2")),
        strict().descriptor(3, few).memory(1, bytes(2L)).decide("cap_ioctls_limit", 3, 1, 1));
    assertEquals(
        List.of(),
        strict().descriptor(3, few).memory(1, bytes(1L)).decide("cap_ioctls_limit", 3, 1, 1));
  }

  @Test
  void ioctlNeedsItsRightOnlyOfA32BitProcess() {
    Watched process = kernel().limited(3);
    assertEquals(List.of(), process.decide("ioctl", 3, 1, 0));
    assertEquals(List.of(lacks(CAP_IOCTL)), process.abi(Abi.FREEBSD32).decide("ioctl", 3, 1, 0));
  }

  @Test
  void everyPolledDescriptorIsRecordedByItself() {
    Watched process =
        kernel().limited(3).limited(4, CAP_READ).memory(1, bytes(3, 1, 4, 1, -1, 1, 33, 1, 5, 1));
    assertEquals(
        List.of(lacks(CAP_EVENT), lacks(CAP_EVENT, CAP_READ)), process.decide("poll", 1, 5, 0));
    assertEquals(List.of(), process.decide("poll", 1, 5, -2));
    assertEquals(List.of(lacks(CAP_EVENT)), process.decide("ppoll", 1, 1, 0, 0));
  }

  @Test
  void selectEndsAtTheFirst() {
    Watched process = kernel().limited(3).limited(4).memory(1, bytes(0x18L)).memory(2, bytes(0x8L));
    assertEquals(List.of(lacks(CAP_EVENT)), process.decide("select", 5, 1, 2, 0, 0));
    assertEquals(List.of(), process.decide("select", 3, 1, 0, 0, 0));
  }

  @Test
  void aTimeoutThatCannotBeIsFoundFirst() {
    Watched process = kernel().limited(3).memory(1, bytes(0x8L)).memory(2, bytes(3, 0));
    process.memory(10, bytes(1L, 999_999L)).memory(11, bytes(1L, 1_000_000L));
    process.memory(12, bytes(1L, -1L)).memory(13, bytes(-1L, 0L));
    process.memory(14, bytes(1L, 999_999_999L)).memory(15, bytes(1L, 1_000_000_000L));
    List<Object> lacks = List.of(lacks(CAP_EVENT));
    assertEquals(lacks, process.decide("select", 5, 1, 0, 0, 10));
    assertEquals(List.of(), process.decide("select", 5, 1, 0, 0, 11));
    assertEquals(List.of(), process.decide("select", 5, 1, 0, 0, 12));
    assertEquals(List.of(), process.decide("select", 5, 1, 0, 0, 13));
    assertEquals(lacks, process.decide("pselect", 5, 1, 0, 0, 14, 0));
    assertEquals(lacks, process.decide("pselect", 5, 1, 0, 0, 12, 0)); // of which no microsecond
    assertEquals(List.of(), process.decide("pselect", 5, 1, 0, 0, 15, 0));
    assertEquals(lacks, process.decide("ppoll", 2, 1, 14, 0));
    assertEquals(List.of(), process.decide("ppoll", 2, 1, 12, 0));
    assertEquals(List.of(), process.decide("ppoll", 2, 1, 15, 0));
  }

  @Test
  void keventNeedsRightsOnTheQueueAndOnWhatItWatches() {
    Watched process = kernel().limited(3, CAP_KQUEUE_EVENT).limited(4);
    assertEquals(
        List.of(lacks(CAP_KQUEUE_CHANGE, CAP_KQUEUE_EVENT)),
        process.decide("kevent", 3, ENTRY, 1, 0, 0, 0));
    process.limited(3, CAP_KQUEUE);
    process.memory(ENTRY, bytes(4L, (short) -1, (short) 1, 0, 0L, 0L, 0L, 0L, 0L, 0L));
    assertEquals(List.of(lacks(CAP_EVENT)), process.decide("kevent", 3, ENTRY, 1, 0, 0, 0));
    process.memory(ENTRY, bytes(4L, (short) -7, (short) 1, 0, 0L, 0L, 0L, 0L, 0L, 0L));
    assertEquals(List.of(), process.decide("kevent", 3, ENTRY, 1, 0, 0, 0)); // a timer
  }

  @Test
  void errorsOfChangesGoIntoTheEventsWhileThereIsRoom() {
    Watched process = kernel().limited(4);
    byte[] change = bytes(4L, (short) -1, (short) 1, 0, 0L, 0L, 0L, 0L, 0L, 0L);
    process.memory(ENTRY, change).memory(ENTRY + 64, change).memory(ENTRY + 128, change);
    assertEquals(
        List.of(lacks(CAP_EVENT), lacks(CAP_EVENT)),
        process.decide("kevent", 3, ENTRY, 3, ENTRY, 1, 0));
    assertEquals(
        List.of(lacks(CAP_EVENT), lacks(CAP_EVENT), lacks(CAP_EVENT)),
        process.decide("kevent", 3, ENTRY, 3, ENTRY, 5, 0));
  }

  /** struct aiocb. */
  private static byte[] request(int fd, long length, int operation, int notify, int kqueue) {
    return bytes(
        fd, 0, 0L, 0L, length, 0L, 0L, operation, 0, 0L, 0L, 0L, notify, kqueue, 0L, 0L, 0L, 0L, 0L,
        0L, 0L, 0L, 0L);
  }

  @Test
  void anAsynchronousRequestNamesItsDescriptorInMemory() {
    Watched process = kernel().limited(3).limited(4).memory(1, request(3, 10, 0, 0, 0));
    assertEquals(List.of(lacks(CAP_PREAD)), process.decide("aio_read", 1));
    assertEquals(List.of(lacks(CAP_PWRITE)), process.decide("aio_write", 1));
    assertEquals(List.of(lacks(CAP_FSYNC)), process.decide("aio_fsync", 0x80, 1));
    assertEquals(List.of(), process.decide("aio_fsync", 1, 1));
    process.memory(1, request(3, -1, 0, 0, 0));
    assertEquals(List.of(), process.decide("aio_read", 1));
    process.memory(1, request(3, 10, 0, 7, 0));
    assertEquals(List.of(), process.decide("aio_read", 1));
  }

  @Test
  void theVectorOfARequestIsReadFirst() {
    Watched process = kernel().limited(3).memory(1, request(3, 2, 0, 0, 0)).memory(2, bytes());
    assertEquals(List.of(lacks(CAP_PREAD)), process.decide("aio_read", 1)); // a buffer is not read
    assertEquals(List.of(), process.decide("aio_readv", 1)); // EFAULT: it is at 0
    byte[] request = request(3, 2, 0, 0, 0);
    request[16] = 9;
    process.memory(1, request).memory(9, bytes(0L, 4L, 0L, 4L));
    assertEquals(List.of(lacks(CAP_PREAD)), process.decide("aio_readv", 1));
    assertEquals(List.of(lacks(CAP_PWRITE)), process.decide("aio_writev", 1));
    process.memory(9, bytes(0L, 4L, 0L, -1L));
    assertEquals(List.of(), process.decide("aio_writev", 1)); // EINVAL
  }

  @Test
  void aRequestThatNotifiesAKqueueChangesIt() {
    Watched process = kernel().limited(4).memory(1, request(3, 10, 0, 3, 4));
    assertEquals(List.of(lacks(CAP_KQUEUE_CHANGE)), process.decide("aio_read", 1));
    process.limited(4, CAP_KQUEUE_CHANGE);
    assertEquals(List.of(), process.decide("aio_read", 1));
  }

  @Test
  void theRequestsOfAListAreCheckedEachByItsOperation() {
    Watched process =
        kernel()
            .limited(3)
            .memory(ENTRY, bytes(1L, 0L, 2L, 5L))
            .memory(1, request(3, 10, 2, 0, 0))
            .memory(2, request(3, 10, 1, 0, 0))
            .memory(5, request(3, 10, 0, 0, 0));
    assertEquals(
        List.of(lacks(CAP_PREAD), lacks(CAP_PWRITE)), process.decide("lio_listio", 1, ENTRY, 4, 0));
    assertEquals(List.of(), process.decide("lio_listio", 2, ENTRY, 4, 0));
  }

  @Test
  void aListThatCannotNotifyIsNotLookedAt() {
    Watched process =
        kernel()
            .limited(3)
            .limited(4)
            .memory(ENTRY, bytes(1L))
            .memory(1, request(3, 10, 2, 0, 0))
            .memory(9, bytes(3, 4, 0L)); // SIGEV_KEVENT
    assertEquals(List.of(lacks(CAP_KQUEUE_CHANGE)), process.decide("lio_listio", 0, ENTRY, 1, 9));
    process.descriptor(4, Descriptor.unlimited(Descriptor.Kind.FILE)); // EINVAL
    assertEquals(List.of(), process.decide("lio_listio", 0, ENTRY, 1, 9));
    for (Descriptor.Kind kind : List.of(Descriptor.Kind.KQUEUE, Descriptor.Kind.OTHER)) {
      process.descriptor(4, Descriptor.unlimited(kind));
      assertEquals(List.of(lacks(CAP_PREAD)), process.decide("lio_listio", 0, ENTRY, 1, 9));
    }
    assertEquals(List.of(lacks(CAP_PREAD)), process.decide("lio_listio", 1, ENTRY, 1, 9));
  }

  @Test
  void aCopyNeedsTheRightToSeekWhereAnOffsetIsGiven() {
    Watched process = kernel().limited(3, CAP_READ).limited(4, CAP_WRITE);
    assertEquals(List.of(), process.decide("copy_file_range", 3, 0, 4, 0, 10, 0));
    assertEquals(
        List.of(lacks(CAP_PREAD, CAP_READ)), process.decide("copy_file_range", 3, 1, 4, 0, 10, 0));
    assertEquals(
        List.of(lacks(CAP_PWRITE, CAP_WRITE)),
        process.decide("copy_file_range", 3, 0, 4, 1, 10, 0));
    assertEquals(List.of(), process.decide("copy_file_range", 3, 1, 4, 1, 10, 1));
  }

  @Test
  void whatIsNoFileIsNotSent() {
    Watched process =
        kernel().descriptor(3, Descriptor.unlimited(Descriptor.Kind.INET_SOCKET)).limited(4);
    assertEquals(List.of(), process.decide("sendfile", 3, 4, 0, 10, 0, 0, 0));
    process.descriptor(3, Descriptor.unlimited(Descriptor.Kind.FILE));
    assertEquals(List.of(lacks(CAP_WRITE)), process.decide("sendfile", 3, 4, 0, 10, 0, 0, 0));
    assertEquals(List.of(), process.decide("sendfile", 3, 4, -1, 10, 0, 0, 0));
  }

  @Test
  void sharedMemoryIsSentButNotCopied() {
    Watched process =
        kernel().descriptor(3, Descriptor.unlimited(Descriptor.Kind.SHARED_MEMORY)).limited(4);
    assertEquals(List.of(lacks(CAP_WRITE)), process.decide("sendfile", 3, 4, 0, 10, 0, 0, 0));
    assertEquals(List.of(), process.decide("copy_file_range", 3, 0, 4, 0, 10, 0));
  }

  @Test
  void aDirectoryIsNotCopiedButTheOtherDescriptorIsLookedAtFirst() {
    Watched process =
        kernel().descriptor(3, Descriptor.unlimited(Descriptor.Kind.DIRECTORY)).limited(4);
    assertEquals(List.of(lacks(CAP_WRITE)), process.decide("copy_file_range", 3, 0, 4, 0, 10, 0));
    assertEquals(List.of(), process.decide("sendfile", 3, 4, 0, 10, 0, 0, 0));
  }

  @Test
  void onlyAKqueueHasChanges() {
    Watched process = kernel().limited(4);
    process.memory(ENTRY, bytes(4L, (short) -1, (short) 1, 0, 0L, 0L, 0L, 0L, 0L, 0L));
    process.descriptor(3, Descriptor.unlimited(Descriptor.Kind.SPECIAL));
    assertEquals(List.of(), process.decide("kevent", 3, ENTRY, 1, ENTRY, 1, 0));
    process.descriptor(3, Descriptor.unlimited(Descriptor.Kind.KQUEUE));
    assertEquals(List.of(lacks(CAP_EVENT)), process.decide("kevent", 3, ENTRY, 1, ENTRY, 1, 0));
  }

  @Test
  void noDescriptorIsLookedAtWhereTheTimeoutIsNoTime() {
    Watched process = kernel().limited(3).memory(1, bytes(0x8L)).memory(2, bytes(3, 1));
    process.memory(5, bytes(1L, 999_999_999L)).memory(6, bytes(1L, 999_999L));
    assertEquals(List.of(lacks(CAP_EVENT)), process.decide("ppoll", 2, 1, 5, 0));
    assertEquals(List.of(lacks(CAP_EVENT)), process.decide("pselect", 4, 1, 0, 0, 5, 0));
    assertEquals(List.of(lacks(CAP_EVENT)), process.decide("select", 4, 1, 0, 0, 6));
    assertEquals(List.of(), process.decide("select", 4, 1, 0, 0, 5));
    process.memory(5, bytes(-1L, 0L));
    assertEquals(List.of(), process.decide("ppoll", 2, 1, 5, 0));
    assertEquals(List.of(), process.decide("pselect", 4, 1, 0, 0, 5, 0));
  }

  @Test
  void aLengthThatWrapsAroundIsNotMapped() {
    Watched process = kernel().limited(3);
    assertEquals(List.of(), process.decide("mmap", 0, -1, 0, 1, 3, 0));
    assertEquals(List.of(), process.decide("mmap", 0, -4096, 0, 1, 3, 1));
    assertEquals(List.of(lacks(CAP_MMAP)), process.decide("mmap", 0, -4096, 0, 1, 3, 0));
  }

  @Test
  void whatIsNoIoctlIsNotHeldAgainstTheList() {
    Descriptor none = new Descriptor(Descriptor.Kind.OTHER, CapRights.NONE);
    Watched process = strict().descriptor(3, none);
    assertEquals(List.of(), process.decide("ioctl", 3, 0x6601, 1)); // neither in, out nor void
    assertEquals(List.of(), process.decide("ioctl", 3, 0x4000_6601, 1)); // out, of no size
    assertEquals(List.of(), process.decide("ioctl", 3, 0x8004_667e, 0)); // EFAULT
    assertEquals(1, process.decide("ioctl", 3, 0x8004_667e, 1).size());
  }

  @Test
  void theSizeOfFreeBsd11IsAnInt() {
    Watched process = kernel().limited(3);
    assertEquals(List.of(lacks(CAP_READ)), process.decide("compat11.getdirentries", 3, 1, -1));
    assertEquals(List.of(), process.decide("getdirentries", 3, 1, -1));
  }

  @Test
  void a32BitProcessPassesOffsetsInTwoHalves() {
    Watched process = kernel().abi(Abi.FREEBSD32).limited(3);
    assertEquals(List.of(), process.decide("posix_fallocate", 3, 0, 0x8000_0000L, 1, 0));
    assertEquals(List.of(lacks(CAP_PWRITE)), process.decide("posix_fallocate", 3, 0, 0, 1, 0));
  }
}
