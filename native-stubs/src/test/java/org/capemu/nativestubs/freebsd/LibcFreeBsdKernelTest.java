package org.capemu.nativestubs.freebsd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
