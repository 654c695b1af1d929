package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import java.util.List;
import org.capemu.policy.Abi;
import org.capemu.policy.Caller;
import org.capemu.policy.Descriptor;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Undecided;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.TraceEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a kernel does not tell of descriptors follows from the calls. */
class LiveLimitsTest {
  private static final int PID = 40;
  private static final int CHILD = 41;
  private static final int GETFL = 0x8;
  private static final Descriptor DIRECTORY = Descriptor.unlimited(Descriptor.Kind.DIRECTORY);

  private final SyscallTable table = SyscallTable.of(Release.FREEBSD_15);
  private final LiveLimits limits = new LiveLimits(table, false);
  private final Caller caller = mock(Caller.class);
  private final StoppedThread thread = mock(StoppedThread.class);

  @BeforeEach
  void aDirectory() {
    when(caller.descriptor(anyInt())).thenReturn(DIRECTORY);
    when(caller.read(anyLong(), any(), anyInt())).thenReturn(true);
    when(thread.pid()).thenReturn(PID);
    when(thread.tid()).thenReturn(100_040);
  }

  private boolean enter(String name, long... args) {
    long[] eight = new long[8];
    System.arraycopy(args, 0, eight, 0, args.length);
    return limits.entered(
        new TraceEvent.SyscallEntered(
            thread, Abi.FREEBSD64, table.named(name).number(), eight, args.length),
        caller);
  }

  private void call(String name, int errno, long result, long... args) {
    assertTrue(enter(name, args), "its return is wanted");
    limits.returned(
        new TraceEvent.SyscallReturned(
            thread, Abi.FREEBSD64, table.named(name).number(), errno, result),
        caller);
  }

  private boolean isLimited(int pid, int fd) {
    Descriptor descriptor = limits.limited(pid, fd, DIRECTORY);
    return !descriptor.isUnlimited() || descriptor.resolveBeneath();
  }

  /** Most programs never limit anything, and are not to be slowed down. */
  @Test
  void untilALimitIsSetNothingIsFollowed() {
    assertFalse(enter("dup", 3));
    assertFalse(enter("fork"));
    assertFalse(enter("fcntl", 3, 2, 1), "F_SETFD of FD_CLOEXEC");
    assertFalse(limits.hasLimited(PID));
    assertEquals(DIRECTORY, limits.limited(PID, 3, DIRECTORY));
  }

  @Test
  void fcntlLimitsGoWithCopiesAndEndWithTheDescriptor() {
    call("cap_fcntls_limit", 0, 0, 3, GETFL);
    assertTrue(limits.hasLimited(PID));
    assertEquals(GETFL, limits.limited(PID, 3, DIRECTORY).fcntls());
    assertFalse(isLimited(PID, 4), "another descriptor");
    assertFalse(isLimited(CHILD, 3), "another process");
    call("dup", 0, 4, 3);
    call("fcntl", 0, 5, 4, 0, 0); // F_DUPFD
    assertTrue(isLimited(PID, 4));
    assertTrue(isLimited(PID, 5));
    call("close", 0, 0, 4);
    assertFalse(isLimited(PID, 4), "the number is another's now");
    call("dup2", 0, 3, 8, 3);
    assertFalse(isLimited(PID, 3));
  }

  @Test
  void aLimitThatIsRefusedIsNone() {
    call("cap_fcntls_limit", 93, 0, 3, GETFL);
    assertFalse(isLimited(PID, 3));
  }

  @Test
  void ioctlLimitsAreAList() {
    when(caller.read(anyLong(), any(), anyInt()))
        .thenAnswer(
            call -> {
              call.<byte[]>getArgument(1)[1] = 0x66;
              return true;
            });
    call("cap_ioctls_limit", 0, 0, 3, 4096, 1);
    assertEquals(List.of(0x6600L), limits.limited(PID, 3, DIRECTORY).ioctls());
    assertTrue(isLimited(PID, 3));
  }

  @Test
  void whatIsOpenedBeneathStaysBeneath() {
    when(caller.path(anyLong())).thenReturn("sub");
    call("fcntl", 0, 0, 3, 2, 2); // F_SETFD, FD_RESOLVE_BENEATH
    assertTrue(limits.limited(PID, 3, DIRECTORY).resolveBeneath());
    call("openat", 0, 6, 3, 4096, 0x20000);
    assertTrue(limits.limited(PID, 6, DIRECTORY).resolveBeneath());
    call("openat", 0, 7, -100, 4096, 0x20000);
    assertFalse(isLimited(PID, 7));
  }

  @Test
  void aForkedChildHasThemToo() {
    call("cap_fcntls_limit", 0, 0, 3, GETFL);
    assertTrue(enter("fork"));
    limits.started(CHILD);
    assertTrue(isLimited(CHILD, 3));
    limits.exited(new TraceEvent.Exited(CHILD, 100_041, "", true, 0, false));
    assertFalse(isLimited(CHILD, 3));
    assertTrue(isLimited(PID, 3));
  }

  /** Which descriptor it is there is not known: better undecided than wrong. */
  @Test
  void whatWentInAMessageMakesTheOthersUndecided() {
    call("cap_fcntls_limit", 0, 0, 3, GETFL);
    call("dup", 0, 4, 8);
    assertFalse(isLimited(PID, 9));
    enter("sendmsg", 5, 4096, 0);
    assertFalse(isLimited(PID, 9), "a message without control data");
    when(caller.read(anyLong(), any(), anyInt()))
        .thenAnswer(
            call -> {
              call.<byte[]>getArgument(1)[0] = 1;
              return true;
            });
    enter("sendmsg", 5, 4096, 0);
    assertThrows(Undecided.class, () -> limits.limited(PID, 9, DIRECTORY));
    assertTrue(isLimited(PID, 3), "this one is known");
    assertFalse(isLimited(PID, 4), "and this one");
  }

  /** F_SETFD of a Linux program: its tracer's descriptors are read on more than one thread. */
  @Test
  void whereAllLimitsAreToldNothingIsFollowed() {
    LiveLimits told = new LiveLimits(table, true);
    long[] args = {3, 2, 2, 0, 0, 0, 0, 0};
    int fcntl = table.named("fcntl").number();
    assertFalse(
        told.entered(new TraceEvent.SyscallEntered(thread, Abi.FREEBSD64, fcntl, args, 3), caller));
    assertFalse(told.hasLimited(PID));
    verifyNoInteractions(caller);
  }
}
