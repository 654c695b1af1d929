package org.capemu.nativestubs.freebsd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.stubbing.Answer;

/** What is passed to libc and what is made of its answers. */
class LibcFreeBsdKernelTest {
  private static final int PID = 40;
  private static final int EPERM = 1;
  private static final int EINTR = 4;
  private static final int ECHILD = 10;
  private static final int EFAULT = 14;
  private static final int TRAP = 0x57f;

  private final FreeBsdLibc libc = mock(FreeBsdLibc.class);
  private final Runtime runtime = Runtime.getSystemRuntime();
  private final LibcFreeBsdKernel kernel = new LibcFreeBsdKernel(libc, runtime);
  private final List<String> moves = new ArrayList<>();

  private Answer<Integer> failing(int errno) {
    return call -> {
      runtime.setLastError(errno);
      return -1;
    };
  }

  /** wait4(2) gives these, each an errno below zero or a status of the process; then ECHILD. */
  private void waits(int... answers) {
    Deque<Integer> left = new ArrayDeque<>();
    for (int answer : answers) {
      left.add(answer);
    }
    doAnswer(
            call -> {
              Integer next = left.poll();
              if (next == null || next < 0) {
                runtime.setLastError(next == null ? ECHILD : -next);
                return -1;
              }
              call.getArgument(1, Pointer.class).putInt(0, next);
              return PID;
            })
        .when(libc)
        .wait4(anyInt(), any(), anyInt(), any());
  }

  /** PT_LWPINFO shows these flags; what moves the process is written down. */
  private void stopsWith(int flags, int argCount) {
    doAnswer(
            call -> {
              int request = call.getArgument(0);
              Pointer data = call.getArgument(2);
              switch (request) {
                case Ptrace.PT_LWPINFO -> {
                  assertEquals(160, (int) call.getArgument(3));
                  data.putInt(0, 100_040);
                  data.putInt(8, flags);
                  data.putLong(12, 0x11);
                  data.putLong(20, 0x22);
                  data.putInt(48, 30);
                  data.putInt(56, 0x10001);
                  data.putInt(60, 77);
                  data.put(128, "prog\0".getBytes(StandardCharsets.ISO_8859_1), 0, 5);
                  data.putInt(148, 41);
                  data.putInt(152, 499);
                  data.putInt(156, argCount);
                }
                case Ptrace.PT_GET_SC_ARGS -> {
                  data.putLong(0, -100);
                  data.putLong(56, 8);
                }
                case Ptrace.PT_GET_SC_RET -> {
                  data.putLong(0, 3);
                  data.putInt(16, -2);
                }
                default ->
                    moves.add(
                        "%d %d %d"
                            .formatted(
                                request,
                                data == null ? 0 : data.address(),
                                (int) call.getArgument(3)));
              }
              return 0;
            })
        .when(libc)
        .ptrace(anyInt(), anyInt(), any(), anyInt());
  }

  @Test
  void aWaitThatASignalInterruptsGoesOn() throws IOException {
    waits(-EINTR, -EINTR, 3 << 8);
    Stop stop = kernel.waitForStop();
    assertEquals(3, stop.exitStatus());
    assertNull(kernel.waitForStop(), "ECHILD: nothing is left");
  }

  @Test
  void theEntryOfACallHasItsNumberAndArguments() throws IOException {
    waits(TRAP);
    stopsWith(Ptrace.PL_FLAG_SCE, 4);
    Stop.Lwp lwp = kernel.waitForStop().lwp();
    assertEquals(100_040, lwp.tid());
    assertEquals(499, lwp.syscall());
    assertEquals(4, lwp.argCount());
    assertArrayEquals(new long[] {-100, 0, 0, 0, 0, 0, 0, 8}, lwp.args());
    assertEquals(0x11, lwp.maskLow());
    assertEquals(0x22, lwp.maskHigh());
    assertEquals("prog", lwp.name());
    assertEquals(41, lwp.childPid());
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    assertEquals(List.of("7 1 0"), moves);
    verify(libc, never()).ptrace(eq(Ptrace.PT_GET_SC_RET), anyInt(), any(), anyInt());
  }

  @Test
  void theReturnOfACallHasItsResult() throws IOException {
    waits(TRAP);
    stopsWith(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_EXEC, 3);
    Stop.Lwp lwp = kernel.waitForStop().lwp();
    assertEquals(3, lwp.retval());
    assertEquals(-2, lwp.error());
    assertArrayEquals(new long[8], lwp.args());
  }

  @Test
  void aSignalInTheMiddleOfACallIsASignal() throws IOException {
    waits(30 << 8 | 0x7f);
    stopsWith(Ptrace.PL_FLAG_SCE | Ptrace.PL_FLAG_SI, 1);
    Stop stop = kernel.waitForStop();
    assertTrue(stop.isSignal());
    assertEquals(30, stop.lwp().signo());
    assertEquals(0x10001, stop.lwp().signalCode());
    assertEquals(77, stop.lwp().signalSender());
  }

  @Test
  void aProcessThatWasKilledMeanwhileHasNoThread() throws IOException {
    waits(TRAP);
    when(libc.ptrace(anyInt(), anyInt(), any(), anyInt())).thenAnswer(failing(3));
    assertNull(kernel.waitForStop().lwp());
  }

  @Test
  void memoryIsReadUpToThePageThatIsNotThere() {
    long end = 0x2000;
    when(libc.ptrace(eq(Ptrace.PT_IO), eq(PID), any(), anyInt()))
        .thenAnswer(
            call -> {
              Pointer io = call.getArgument(2);
              assertEquals(Ptrace.PIOD_READ_D, io.getInt(0));
              long from = io.getLong(8);
              long length = io.getLong(24);
              if (from + length > end) {
                return failing(EFAULT).answer(call);
              }
              for (long i = 0; i < length; i++) {
                Pointer.wrap(runtime, io.getLong(16)).putByte(i, (byte) (from + i));
              }
              return 0;
            });
    byte[] buffer = new byte[1026];
    assertEquals(16, kernel.read(PID, 0x1ff0, buffer, 1, 1024));
    assertEquals((byte) 0xf0, buffer[1]);
    assertEquals((byte) 0xff, buffer[16]);
    assertEquals(0, buffer[17]);
    assertEquals(0, kernel.read(PID, 0x2000, buffer, 0, 10));
    assertEquals(1024, kernel.read(PID, 0x1000, buffer, 0, 1024));
  }

  @Test
  void eventsArePassedAsAnInt() {
    doAnswer(
            call -> {
              moves.add(call.getArgument(2, Pointer.class).getInt(0) + " " + call.getArgument(3));
              return 0;
            })
        .when(libc)
        .ptrace(eq(Ptrace.PT_SET_EVENT_MASK), eq(PID), any(), anyInt());
    kernel.setEvents(PID, 0x1b);
    assertEquals(List.of("27 4"), moves);
  }

  /** These requests of ptrace(2) fail; every other is done. */
  private void refuses(int errno, Integer... requests) {
    stopsWith(Ptrace.PL_FLAG_SCE, 4);
    for (int request : requests) {
      when(libc.ptrace(eq(request), anyInt(), any(), anyInt())).thenAnswer(failing(errno));
    }
  }

  private void assertTheRunEnds() {
    IOException e = assertThrows(IOException.class, kernel::waitForStop);
    assertEquals(
        "pid 40: no permission to trace it: it belongs to another user, or changed its identity",
        e.getMessage());
  }

  /** As where security.bsd.unprivileged_proc_debug is 0, which PT_TRACE_ME passes. */
  @Test
  void eventsThatCannotBeSetEndTheRun() throws IOException {
    waits(TRAP);
    refuses(EPERM, Ptrace.PT_SET_EVENT_MASK, Ptrace.PT_CONTINUE, Ptrace.PT_DETACH);
    kernel.setEvents(PID, 1);
    assertTheRunEnds();
    kernel.close();
  }

  @Test
  void aProcessThatCannotBeMovedEndsTheRunAndIsNotWaitedFor() throws IOException {
    waits(TRAP);
    refuses(EPERM, Ptrace.PT_CONTINUE, Ptrace.PT_DETACH);
    kernel.waitForStop();
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    assertTheRunEnds();
    kernel.close();
    verify(libc, never()).kill(anyInt(), anyInt());
  }

  @ParameterizedTest
  @ValueSource(ints = {Ptrace.PT_LWPINFO, Ptrace.PT_GET_SC_ARGS})
  void aStopThatCannotBeLookedAtEndsTheRun(int request) {
    waits(TRAP);
    refuses(EPERM, request);
    assertTheRunEnds();
  }

  @Test
  void aResultThatCannotBeReadEndsTheRun() {
    waits(TRAP);
    stopsWith(Ptrace.PL_FLAG_SCX, 0);
    when(libc.ptrace(eq(Ptrace.PT_GET_SC_RET), anyInt(), any(), anyInt()))
        .thenAnswer(failing(EPERM));
    assertTheRunEnds();
  }

  @Test
  void aQuietCallThatCannotGoOnEndsTheRun() throws IOException {
    waits(TRAP, TRAP);
    refuses(0);
    kernel.waitForStop();
    BitSet quiet = new BitSet();
    quiet.set(499);
    kernel.setQuiet(PID, quiet);
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    refuses(EPERM, Ptrace.PT_CONTINUE);
    assertTheRunEnds();
  }

  @Test
  void memoryThatMayNotBeReadEndsTheRunButABadAddressDoesNot() throws IOException {
    waits(TRAP, 3 << 8);
    refuses(EFAULT, Ptrace.PT_IO);
    kernel.waitForStop();
    assertEquals(0, kernel.read(PID, 0, new byte[4], 0, 4));
    assertEquals(3, kernel.waitForStop().exitStatus());
    refuses(EPERM, Ptrace.PT_IO);
    assertEquals(0, kernel.read(PID, 0, new byte[4], 0, 4));
    assertTheRunEnds();
  }

  /** ESRCH, EBUSY. */
  @ParameterizedTest
  @ValueSource(ints = {3, 16})
  void aProcessThatIsGoneIsNoFailure(int errno) throws IOException {
    waits(TRAP, 9);
    stopsWith(Ptrace.PL_FLAG_SCE, 0);
    kernel.waitForStop();
    refuses(errno, Ptrace.PT_SET_EVENT_MASK, Ptrace.PT_CONTINUE, Ptrace.PT_IO);
    kernel.setEvents(PID, 1);
    assertEquals(0, kernel.read(PID, 0, new byte[4], 0, 4));
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    assertEquals(9, kernel.waitForStop().termSignal());
    kernel.close();
  }

  /** Nobody waits for the stop of a process that may not be traced any more. */
  @Test
  void closingDoesNotWaitForWhatCannotBeLetGo() {
    waits(TRAP, TRAP, TRAP, TRAP);
    stopsWith(Ptrace.PL_FLAG_SCE, 0);
    assertDoesNotThrow(kernel::waitForStop);
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    doAnswer(
            call -> {
              refuses(EPERM, Ptrace.PT_SET_EVENT_MASK, Ptrace.PT_CONTINUE, Ptrace.PT_DETACH);
              return 0;
            })
        .when(libc)
        .kill(PID, Ptrace.SIGSTOP);
    IOException e = assertThrows(IOException.class, kernel::close);
    assertTrue(e.getMessage().startsWith("pid 40: no permission to trace it"), e.getMessage());
    verify(libc, times(2)).wait4(anyInt(), any(), anyInt(), any());
  }

  /** An ignored SIGCHLD would have the kernel tell init(8), and nobody else, of an end. */
  @Test
  void endsAreToldWhereSigchldWasIgnored() throws IOException {
    waits(Ptrace.SIGSTOP << 8 | 0x7f);
    stopsWith(0, 0);
    kernel.attach(PID);
    verify(libc).signal(20, 0);
  }

  @Test
  void whyJnrCannotBeUsedIsSaidInOneLine() {
    Throwable root = new UnsatisfiedLinkError("/tmp/jffi.so: Cannot map\nat all");
    assertEquals(
        "/tmp/jffi.so: Cannot map",
        LibcFreeBsdKernel.reason(new ExceptionInInitializerError(new RuntimeException(root))));
    assertEquals("NullPointerException", LibcFreeBsdKernel.reason(new NullPointerException()));
  }

  @Test
  void aNodeOfSysctlIsAskedForByItsNumbers() {
    doAnswer(
            call -> {
              assertArrayEquals(new int[] {0, 1, 1, 24}, call.<int[]>getArgument(0));
              byte[] name = "kern.hostuuid\0".getBytes(StandardCharsets.ISO_8859_1);
              call.getArgument(2, Pointer.class).put(0, name, 0, name.length);
              call.getArgument(3, Pointer.class).putLong(0, name.length);
              return 0;
            })
        .when(libc)
        .sysctl(any(), anyInt(), any(), any(), any(), anyLong());
    assertEquals("kern.hostuuid", kernel.sysctlName(new int[] {1, 24}));
    doAnswer(failing(2)).when(libc).sysctl(any(), anyInt(), any(), any(), any(), anyLong());
    assertNull(kernel.sysctlName(new int[] {1, 24}));
  }

  @Test
  void aUnixSocketIsToldToHaveAnAddressOrAPeer() {
    byte[] files = new byte[3 * 376];
    java.nio.ByteBuffer block =
        java.nio.ByteBuffer.wrap(files).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < files.length; at += 376) {
      block.putInt(at, 376).putInt(at + 4, OpenFile.TYPE_SOCKET).putInt(at + 36, 1);
    }
    block.put(48 + 2, (byte) '/').putLong(376 + 320, 0x1000);
    List<OpenFile> open = LibcFreeBsdKernel.openFiles(files);
    assertEquals(List.of(true, false, false), open.stream().map(OpenFile::named).toList());
    assertEquals(List.of(false, true, false), open.stream().map(OpenFile::connected).toList());
  }

  @Test
  void withoutPermissionTheReasonIsSaid() {
    when(libc.ptrace(eq(Ptrace.PT_ATTACH), anyInt(), any(), anyInt())).thenAnswer(failing(EPERM));
    when(libc.geteuid()).thenReturn(1001);
    doAnswer(
            call -> {
              assertEquals("security.bsd.unprivileged_proc_debug", call.getArgument(0));
              call.getArgument(1, Pointer.class).putInt(0, 0);
              return 0;
            })
        .when(libc)
        .sysctlbyname(any(), any(), any(), any(), anyLong());
    IOException e = assertThrows(IOException.class, () -> kernel.attach(PID));
    assertEquals(
        "pid 40: no permission to trace: sysctl security.bsd.unprivileged_proc_debug is 0",
        e.getMessage());
    when(libc.geteuid()).thenReturn(0);
    e = assertThrows(IOException.class, () -> kernel.attach(PID));
    assertEquals(
        "pid 40: no permission to trace it: it belongs to another user, or changed its identity",
        e.getMessage());
  }

  @Test
  void aKernelWithoutPtraceIsSaidToBeOne() {
    when(libc.ptrace(eq(Ptrace.PT_ATTACH), anyInt(), any(), anyInt())).thenAnswer(failing(78));
    IOException e = assertThrows(IOException.class, () -> kernel.attach(PID));
    assertEquals(
        "pid 40: its kernel does not let anybody trace: sysctl security.bsd.allow_ptrace is 0",
        e.getMessage());
  }

  @Test
  void attachingPassesOnWhatStoppedTheProcessBefore() throws IOException {
    waits(30 << 8 | 0x7f, Ptrace.SIGSTOP << 8 | 0x7f);
    stopsWith(0, 0);
    kernel.attach(PID);
    assertEquals(List.of("10 0 0", "7 1 30"), moves);
  }

  @Test
  void closingDetachesWhatStandsStillWithItsSignal() throws IOException {
    waits(30 << 8 | 0x7f);
    stopsWith(Ptrace.PL_FLAG_SI, 0);
    kernel.waitForStop();
    kernel.close();
    assertEquals(List.of("11 1 30"), moves);
    verify(libc, never()).kill(anyInt(), anyInt());
  }

  /** A system call comes before the SIGSTOP that is to make the detaching possible. */
  @Test
  void closingStopsWhatRunsAndTakesItsOwnSignalAway() throws IOException {
    waits(TRAP, TRAP, Ptrace.SIGSTOP << 8 | 0x7f);
    stopsWith(Ptrace.PL_FLAG_SCE, 0);
    kernel.waitForStop();
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    kernel.close();
    verify(libc).kill(PID, Ptrace.SIGSTOP);
    assertEquals("7 1 0", moves.get(0), "as it was resumed");
    assertTrue(moves.get(1).startsWith("26 "), "no events any more: " + moves);
    assertEquals("7 1 0", moves.get(2), "on to the stop");
    assertEquals(List.of("11 1 0"), moves.subList(3, moves.size()));
  }

  @Test
  void aQuietCallGoesOnByItselfWithoutItsArguments() throws IOException {
    waits(TRAP, TRAP, TRAP, 30 << 8 | 0x7f);
    stopsWith(Ptrace.PL_FLAG_SCE, 4);
    kernel.waitForStop();
    BitSet quiet = new BitSet();
    quiet.set(499);
    kernel.setQuiet(PID, quiet);
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    Stop stop = kernel.waitForStop();
    assertEquals(30, stop.stopSignal(), "a signal in the middle of such a call is reported");
    assertEquals(List.of("7 1 0", "7 1 0", "7 1 0"), moves);
    verify(libc).ptrace(eq(Ptrace.PT_GET_SC_ARGS), anyInt(), any(), anyInt());
  }

  /** Otherwise it would be traced, and killed, when capemu ends before its first stop. */
  @Test
  void closingWaitsForAChildThatHasYetToStop() throws IOException {
    waits(TRAP, Ptrace.SIGSTOP << 8 | 0x7f, Ptrace.SIGSTOP << 8 | 0x7f);
    stopsWith(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_FORKED, 0);
    kernel.waitForStop();
    kernel.close();
    verify(libc).kill(41, Ptrace.SIGSTOP);
  }

  @Test
  void anInterruptEndsTheWait() throws IOException {
    waits(TRAP, Ptrace.SIGSTOP << 8 | 0x7f);
    stopsWith(0, 0);
    kernel.waitForStop();
    kernel.resume(PID, Ptrace.PT_CONTINUE, 0);
    kernel.interrupt();
    verify(libc).kill(PID, Ptrace.SIGSTOP);
    assertNull(kernel.waitForStop());
    kernel.close();
    assertEquals("11 1 0", moves.get(moves.size() - 1));
  }

  @Test
  void pathsAreBytesThatEndWithNul() {
    doAnswer(
            call -> {
              assertArrayEquals(new byte[] {'/', (byte) 0xe9, 0}, call.<byte[]>getArgument(0));
              call.getArgument(1, Pointer.class).putShort(24, (short) 0120777);
              return 0;
            })
        .when(libc)
        .lstat(any(), any());
    assertEquals(0120777, kernel.fileMode("/\u00e9"));
  }

  @Test
  void aListThatGrowsIsAskedForAgain() {
    List<Long> rooms = new ArrayList<>();
    doAnswer(
            call -> {
              assertArrayEquals(new int[] {1, 14, 33, PID}, call.<int[]>getArgument(0));
              Pointer value = call.getArgument(2);
              Pointer length = call.getArgument(3);
              rooms.add(length.getLong(0));
              if (rooms.size() == 1) {
                return failing(12).answer(call);
              }
              value.putInt(0, 376);
              value.putInt(8, 5);
              length.putLong(0, 376);
              return 0;
            })
        .when(libc)
        .sysctl(any(), anyInt(), any(), any(), any(), anyLong());
    assertEquals(5, kernel.descriptors(PID).get(0).fd());
    assertEquals(5, kernel.descriptors(PID).get(0).fd());
    assertEquals(List.of(1L << 16, 1L << 17, 1L << 17), rooms, "one call is enough from then on");
  }
}
