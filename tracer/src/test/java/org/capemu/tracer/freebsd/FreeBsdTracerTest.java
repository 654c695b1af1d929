package org.capemu.tracer.freebsd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.OpenFile;
import org.capemu.nativestubs.freebsd.ProcessFacts;
import org.capemu.nativestubs.freebsd.ProcessGoneException;
import org.capemu.nativestubs.freebsd.Ptrace;
import org.capemu.nativestubs.freebsd.Stop;
import org.capemu.policy.Abi;
import org.capemu.policy.CapRights;
import org.capemu.policy.Descriptor;
import org.capemu.policy.FileTree;
import org.capemu.policy.Undecided;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.TraceEvent;
import org.capemu.tracer.TracerException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

/** The tracer against a kernel that a test tells what to answer. */
class FreeBsdTracerTest {
  private static final int PID = 40;
  private static final int TID = 100_040;
  private static final int EVENTS =
      Ptrace.PTRACE_EXEC | Ptrace.PTRACE_SCE | Ptrace.PTRACE_LWP | Ptrace.PTRACE_FORK;
  private static final int STOPPED_BY_TRAP = 0x57f;

  private static final int READ = 3;
  private static final int OPEN = 5;
  private static final int CLOSE = 6;
  private static final int EXECVE = 59;
  private static final int RFORK = 251;
  private static final int SIGACTION = 416;
  private static final int CAP_ENTER = 516;
  private static final int CAP_RIGHTS_LIMIT = 533;

  private static final long ALL0 = 0x0200_0fff_ffff_ffffL;
  private static final long ALL1 = 0x0400_0000_007f_ffffL;

  private final FreeBsdKernel kernel = mock(FreeBsdKernel.class);

  @BeforeEach
  void aProcess() throws IOException {
    when(kernel.spawn(any())).thenReturn(PID);
    when(kernel.process(anyInt())).thenReturn(facts("FreeBSD ELF64", false));
    when(kernel.descriptors(anyInt())).thenReturn(List.of(file(0, ALL0), file(1, ALL0)));
  }

  private static ProcessFacts facts(String emulation, boolean capabilityMode) {
    return new ProcessFacts(1, 0, "prog", emulation, capabilityMode, 0, 0);
  }

  private static OpenFile file(int fd, long rights0) {
    return new OpenFile(fd, OpenFile.TYPE_VNODE, 1, 0, 0, rights0, ALL1, "/f" + fd);
  }

  private static Stop stop(int flags, int syscall, long... args) {
    return stop(PID, TID, STOPPED_BY_TRAP, flags, syscall, 0, args);
  }

  private static Stop stop(
      int pid, int tid, int status, int flags, int syscall, int error, long... args) {
    long[] eight = new long[8];
    System.arraycopy(args, 0, eight, 0, args.length);
    return new Stop(
        pid,
        status,
        new Stop.Lwp(tid, flags, 0, syscall, args.length, eight, error, 7, 0, 0, 0, 1, 2, "prog"));
  }

  private static Stop signal(int signo, int flags) {
    return stop(PID, TID, signo << 8 | 0x7f, flags | Ptrace.PL_FLAG_SI, READ, 0);
  }

  private static Stop entry(int syscall, long... args) {
    return stop(Ptrace.PL_FLAG_SCE, syscall, args);
  }

  private static Stop exit(int status) {
    return new Stop(PID, status, null);
  }

  /** A program that has made its execve(2); the given stops follow. */
  private FreeBsdTracer running(Stop... stops) throws IOException {
    Stop exec = stop(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_EXEC, EXECVE);
    when(kernel.waitForStop()).thenReturn(exec, stops).thenReturn(null);
    FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("prog"), true);
    resume(tracer.next());
    return tracer;
  }

  private static void resume(TraceEvent event) {
    thread(event).resume();
  }

  private static StoppedThread thread(TraceEvent event) {
    if (event instanceof TraceEvent.SyscallEntered entered) {
      return entered.thread();
    } else if (event instanceof TraceEvent.SyscallReturned returned) {
      return returned.thread();
    } else if (event instanceof TraceEvent.Executed executed) {
      return executed.thread();
    } else if (event instanceof TraceEvent.SignalTaken taken) {
      return taken.thread();
    }
    return ((TraceEvent.Started) event).thread();
  }

  @Test
  void whatALauncherDoesBeforeItsExecveIsNotReported() throws IOException {
    when(kernel.waitForStop()).thenReturn(entry(20), entry(EXECVE, 1, 2, 3));
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("prog"), true)) {
      TraceEvent.SyscallEntered entered =
          assertInstanceOf(TraceEvent.SyscallEntered.class, tracer.next());
      assertEquals(EXECVE, entered.number());
      assertNull(entered.thread().command(), "capemu's own name goes on the record");
      InOrder order = inOrder(kernel);
      order.verify(kernel).setEvents(PID, EVENTS);
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 0);
      entered.thread().resume();
      order.verify(kernel).resume(PID, Ptrace.PT_TO_SCX, 0);
    }
    verify(kernel).close();
  }

  @Test
  void aProgramThatCannotBeExecutedIsAnErrorOfOneLine() throws IOException {
    when(kernel.waitForStop())
        .thenReturn(
            entry(EXECVE, 1, 2, 3),
            stop(PID, TID, STOPPED_BY_TRAP, Ptrace.PL_FLAG_SCX, EXECVE, 13));
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("./prog"), true)) {
      resume(tracer.next());
      TracerException e = assertThrows(TracerException.class, tracer::next);
      assertEquals("./prog: Permission denied", e.getMessage());
      verify(kernel).resume(PID, Ptrace.PT_CONTINUE, Ptrace.SIGKILL);
    }
  }

  @Test
  void aReturnIsStoppedAtOnlyIfItIsWanted() throws IOException {
    try (FreeBsdTracer tracer =
        running(
            entry(READ, 0, 1, 2),
            entry(OPEN, 1, 0, 0),
            stop(Ptrace.PL_FLAG_SCX, OPEN),
            entry(READ, 0, 1, 2))) {
      InOrder order = inOrder(kernel);
      resume(tracer.next());
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 0);
      thread(tracer.next()).resumeToReturn();
      order.verify(kernel).resume(PID, Ptrace.PT_TO_SCX, 0);
      TraceEvent.SyscallReturned returned =
          assertInstanceOf(TraceEvent.SyscallReturned.class, tracer.next());
      assertEquals(OPEN, returned.number());
      assertEquals(7, returned.retval());
      resume(returned);
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 0);
      resume(tracer.next());
      order.verify(kernel).setEvents(PID, EVENTS);
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 0);
    }
  }

  @Test
  void anExecveReturnsAfterItsEventIfItsReturnIsWanted() throws IOException {
    try (FreeBsdTracer tracer =
        running(
            entry(EXECVE, 1, 2, 3),
            stop(
                PID, TID, STOPPED_BY_TRAP, Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_EXEC, EXECVE, -2))) {
      thread(tracer.next()).resumeToReturn();
      resume(assertInstanceOf(TraceEvent.Executed.class, tracer.next()));
      TraceEvent.SyscallReturned returned =
          assertInstanceOf(TraceEvent.SyscallReturned.class, tracer.next());
      assertEquals(EXECVE, returned.number());
      assertEquals(-2, returned.errno());
      assertEquals(0, returned.retval());
      resume(returned);
    }
  }

  @Test
  void aTraceeThatIsGoneBetweenItsStopAndAReadIsReportedByItsExit() throws IOException {
    when(kernel.read(anyInt(), anyLong(), any(), anyInt(), anyInt())).thenReturn(0);
    try (FreeBsdTracer tracer = running(entry(OPEN, 4096, 0, 0), exit(9))) {
      when(kernel.descriptors(PID)).thenReturn(List.of());
      TraceEvent.SyscallEntered entered =
          assertInstanceOf(TraceEvent.SyscallEntered.class, tracer.next());
      assertEquals(0, entered.thread().read(4096, new byte[10], 0, 10));
      assertNull(entered.thread().sockaddr(4096, 16));
      assertThrows(Undecided.class, () -> entered.thread().descriptor(0));
      entered.thread().resume();
      TraceEvent.Exited exited = assertInstanceOf(TraceEvent.Exited.class, tracer.next());
      assertTrue(exited.lastOfProcess());
      assertEquals(128 + 9, exited.status());
      assertNull(tracer.next());
    }
  }

  @Test
  void aTraceeThatIsGoneBeforeItIsLookedAtIsReportedByItsExit() throws IOException {
    try (FreeBsdTracer tracer = running(new Stop(PID, STOPPED_BY_TRAP, null), exit(3 << 8))) {
      assertEquals(
          new TraceEvent.Exited(PID, TID, "prog", true, 3, false),
          assertInstanceOf(TraceEvent.Exited.class, tracer.next()));
      assertNull(tracer.next());
    }
  }

  @Test
  void aStubThatDiesIsAnErrorAndTheTracerCanStillBeClosed() throws IOException {
    FreeBsdTracer tracer = running(entry(READ, 0, 0, 0));
    TraceEvent event = tracer.next();
    doThrow(new EOFException("capemu-stub: the connection ended")).when(kernel).waitForStop();
    resume(event);
    IOException e = assertThrows(IOException.class, tracer::next);
    assertEquals("capemu-stub: the connection ended", e.getMessage());
    tracer.close();
    verify(kernel).close();
  }

  @Test
  void aStopIsSpentWhenItsThreadGoesOn() throws IOException {
    try (FreeBsdTracer tracer = running(entry(READ, 0, 0, 0))) {
      StoppedThread thread = thread(tracer.next());
      thread.resume();
      assertThrows(IllegalStateException.class, thread::resume);
      assertThrows(IllegalStateException.class, () -> thread.read(0, new byte[1], 0, 1));
      assertThrows(IllegalStateException.class, () -> thread.descriptor(0));
      assertThrows(IllegalStateException.class, thread::kill);
    }
  }

  /** SIGUSR1 with a handler, SIGCHLD without, SIGALRM in the middle of a call. */
  @Test
  void signalsGoOnUnchangedAndAreReportedIfTheyAreTaken() throws IOException {
    byte[] action = {0x10, 0x20, 0x30, 0, 0, 0, 0, 0};
    when(kernel.read(anyInt(), anyLong(), any(), anyInt(), anyInt()))
        .thenAnswer(
            call -> {
              System.arraycopy(action, 0, call.getArgument(2), 0, 8);
              return 8;
            });
    try (FreeBsdTracer tracer =
        running(
            entry(SIGACTION, 30, 0x1000, 0),
            signal(30, 0),
            signal(20, 0),
            signal(14, Ptrace.PL_FLAG_SCE),
            exit(14))) {
      resume(tracer.next());
      TraceEvent.SignalTaken caught = assertInstanceOf(TraceEvent.SignalTaken.class, tracer.next());
      assertEquals(30, caught.signo());
      assertEquals(0x302010, caught.action());
      assertEquals(1, caught.maskLow());
      assertEquals(2, caught.maskHigh());
      InOrder order = inOrder(kernel);
      resume(caught);
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 30);
      TraceEvent.SignalTaken fatal = assertInstanceOf(TraceEvent.SignalTaken.class, tracer.next());
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 20);
      assertEquals(14, fatal.signo());
      assertEquals(0, fatal.action());
      resume(fatal);
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 14);
      TraceEvent.Exited killed = (TraceEvent.Exited) tracer.next();
      assertEquals(128 + 14, killed.status());
      assertTrue(killed.wasKilled());
    }
  }

  @Test
  void aChildIsFollowedWithWhatItsParentIs() throws IOException {
    int child = 41;
    when(kernel.process(child)).thenReturn(new ProcessFacts(PID, 0, "prog", "", false, 0, 0));
    try (FreeBsdTracer tracer =
        running(
            stop(child, 100_041, 0x117f, Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_CHILD, 66, 0),
            stop(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_FORKED, 66))) {
      TraceEvent.Started started = assertInstanceOf(TraceEvent.Started.class, tracer.next());
      assertEquals(child, started.pid());
      assertTrue(started.newProcess());
      assertEquals(66, started.number(), "vfork");
      verify(kernel).setEvents(child, EVENTS);
      resume(started);
      verify(kernel).resume(child, Ptrace.PT_CONTINUE, 0); // the SIGSTOP was the tracing's own
      assertNull(tracer.next());
    }
  }

  /** sig_handle_first_stop: a child that is sent SIGSTOP stops before its first stop. */
  @Test
  void aChildThatIsSentASignalBeforeItsFirstStopIsFollowedAllTheSame() throws IOException {
    int child = 41;
    when(kernel.process(child)).thenReturn(new ProcessFacts(PID, 0, "prog", "", false, 0, 0));
    try (FreeBsdTracer tracer =
        running(
            stop(child, 100_041, 0x117f, 0, 0, 0),
            stop(child, 100_041, 0x117f, Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_CHILD, 2, 0))) {
      TraceEvent.Started started = assertInstanceOf(TraceEvent.Started.class, tracer.next());
      assertTrue(started.newProcess());
      resume(started);
      assertNull(tracer.next());
    }
  }

  @Test
  void theImageDecidesTheAbi() throws IOException {
    when(kernel.process(PID))
        .thenReturn(facts("FreeBSD ELF64", false), facts("FreeBSD ELF32", false));
    try (FreeBsdTracer tracer = running(entry(READ, 0, 0, 0))) {
      assertEquals(Abi.FREEBSD32, ((TraceEvent.SyscallEntered) tracer.next()).abi());
    }
    when(kernel.process(PID)).thenReturn(facts("Linux ELF64", false));
    try (FreeBsdTracer tracer = running(entry(READ, 0, 0, 0))) {
      assertEquals(Abi.LINUX64, ((TraceEvent.SyscallEntered) tracer.next()).abi());
    }
  }

  @Test
  void capabilityModeIsLookedForAfterCapEnterOnly() throws IOException {
    try (FreeBsdTracer tracer = running(entry(READ, 0, 0, 0), entry(CAP_ENTER), entry(READ, 0))) {
      StoppedThread before = thread(tracer.next());
      when(kernel.process(PID)).thenReturn(facts("FreeBSD ELF64", true));
      assertFalse(before.inCapabilityMode());
      before.resume();
      resume(tracer.next());
      assertTrue(thread(tracer.next()).inCapabilityMode());
    }
  }

  @Test
  void limitsAreTheKernelsOwn() throws IOException {
    CapRights onlyRead = new CapRights(1, 0);
    try (FreeBsdTracer tracer =
        running(entry(READ, 0, 0, 0), entry(CAP_RIGHTS_LIMIT, 1, 0x1000), entry(READ, 1, 0, 0))) {
      StoppedThread before = thread(tracer.next());
      assertFalse(before.hasLimitedDescriptors());
      assertEquals(Descriptor.unlimited(Descriptor.Kind.FILE), before.descriptor(1), "all rights");
      assertEquals(Descriptor.NOT_OPEN, before.descriptor(7));
      assertEquals(Descriptor.NOT_OPEN, before.descriptor(OpenFile.CWD));
      before.resume();
      resume(tracer.next());
      when(kernel.descriptors(PID))
          .thenReturn(
              List.of(
                  file(0, ALL0),
                  new OpenFile(
                      1, OpenFile.TYPE_VNODE, 1, 0, 0, 0x0200_0000_0000_0001L, 1L << 58, "")));
      StoppedThread after = thread(tracer.next());
      assertTrue(after.hasLimitedDescriptors());
      assertEquals(onlyRead, after.descriptor(1).rights());
    }
  }

  @Test
  void aDescriptorIsOfTheKindThatTheKernelNames() throws IOException {
    when(kernel.descriptors(PID))
        .thenReturn(
            List.of(
                new OpenFile(3, OpenFile.TYPE_KQUEUE, 0, 0, 0, ALL0, ALL1, ""),
                new OpenFile(4, OpenFile.TYPE_SHM, 0, 0, 0, ALL0, ALL1, ""),
                new OpenFile(5, OpenFile.TYPE_PIPE, 0, 0, 0, ALL0, ALL1, ""),
                new OpenFile(6, 255, 0, 0, 0, ALL0, ALL1, "")));
    try (FreeBsdTracer tracer = running(entry(READ, 0, 0, 0))) {
      StoppedThread thread = thread(tracer.next());
      assertEquals(Descriptor.Kind.KQUEUE, thread.descriptor(3).kind());
      assertEquals(Descriptor.Kind.SHARED_MEMORY, thread.descriptor(4).kind());
      assertEquals(Descriptor.Kind.SPECIAL, thread.descriptor(5).kind());
      assertEquals(Descriptor.Kind.OTHER, thread.descriptor(6).kind());
    }
  }

  @Test
  void rightsAreAskedForOnceForAsLongAsNoCallChangesThem() throws IOException {
    try (FreeBsdTracer tracer =
        running(
            entry(CAP_RIGHTS_LIMIT, 1, 0x1000),
            entry(READ, 0),
            entry(READ, 0),
            entry(READ, 0),
            entry(CLOSE, 0),
            entry(READ, 0))) {
      TraceEvent event;
      while ((event = tracer.next()) != null) {
        thread(event).hasLimitedDescriptors();
        resume(event);
      }
      // When it was started; for the reads and the close; for the read after that.
      verify(kernel, times(3)).descriptors(PID);
    }
  }

  @Test
  void aProcessWithoutLimitsIsNotAskedForItsDescriptorsAgain() throws IOException {
    try (FreeBsdTracer tracer = running(entry(READ, 0), entry(CLOSE, 0), entry(READ, 0))) {
      TraceEvent event;
      int calls = 0;
      while ((event = tracer.next()) != null) {
        assertFalse(thread(event).hasLimitedDescriptors());
        resume(event);
        calls++;
      }
      assertEquals(3, calls);
      verify(kernel).descriptors(PID); // when it was started
    }
  }

  /** Some calls need not be reported as long as no descriptor of any process is limited. */
  @Test
  void callsArePassedOverUntilADescriptorIsLimited() throws IOException {
    BitSet quiet = new BitSet();
    quiet.set(READ);
    quiet.set(CLOSE);
    when(kernel.waitForStop())
        .thenReturn(
            entry(EXECVE, 1, 2, 3),
            stop(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_EXEC, EXECVE),
            entry(CAP_RIGHTS_LIMIT, 1, 0x1000))
        .thenReturn(null);
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("prog"), true)) {
      tracer.passOver(number -> List.of(READ, CLOSE, SIGACTION, CAP_RIGHTS_LIMIT).contains(number));
      InOrder order = inOrder(kernel);
      resume(tracer.next());
      order.verify(kernel, never()).setQuiet(anyInt(), any());
      resume(tracer.next());
      order.verify(kernel).setQuiet(PID, quiet); // the others change what is known of it
      order.verify(kernel).setEvents(PID, EVENTS); // no returns of calls that are passed over
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 0);
      resume(tracer.next());
      order.verify(kernel).setQuiet(PID, new BitSet());
      order.verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 0);
    }
  }

  /** RFSPAWN, of posix_spawn(3), copies the table; RFMEM | RFPROC leaves it to both. */
  @Test
  void descriptorsAreAskedForAgainWhenAnotherProcessMayLimitThem() throws IOException {
    try (FreeBsdTracer tracer =
        running(entry(RFORK, 0x8000_0000L), entry(READ, 0), entry(RFORK, 0x30), entry(READ, 0))) {
      resume(tracer.next());
      TraceEvent read = tracer.next();
      assertFalse(thread(read).hasLimitedDescriptors());
      resume(read);
      verify(kernel).descriptors(PID); // when it was started
      resume(tracer.next());
      when(kernel.descriptors(PID)).thenReturn(List.of(file(0, 1)));
      assertTrue(thread(tracer.next()).hasLimitedDescriptors());
    }
  }

  @Test
  void linuxProgramsReportEveryCall() throws IOException {
    when(kernel.process(PID)).thenReturn(facts("Linux ELF64", false));
    when(kernel.waitForStop())
        .thenReturn(entry(EXECVE, 1, 2, 3), stop(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_EXEC, EXECVE))
        .thenReturn(null);
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("prog"), true)) {
      tracer.passOver(number -> true);
      resume(tracer.next());
      resume(tracer.next());
      verify(kernel, never()).setQuiet(anyInt(), any());
    }
  }

  @Test
  void theSuperuserIsWhoTheKernelSays() throws IOException {
    try (FreeBsdTracer tracer = running(entry(READ, 0))) {
      StoppedThread thread = thread(tracer.next());
      assertTrue(thread.isSuperuser());
      when(kernel.process(PID)).thenReturn(new ProcessFacts(1, 1001, "prog", "", false, 0, 0));
      assertFalse(thread.isSuperuser());
    }
  }

  @Test
  void pathsAreThoseOfTheProcessWhoseRootIsChanged() throws IOException {
    when(kernel.descriptors(PID))
        .thenReturn(
            List.of(
                directory(OpenFile.CWD, "/jail/home"),
                directory(OpenFile.ROOT, "/jail"),
                directory(3, "/jail"),
                file(4, ALL0)));
    when(kernel.fileMode("/jail/bin/script")).thenReturn(0100755);
    when(kernel.fileMode("/jail/bin/sh")).thenReturn(0100755);
    when(kernel.fileMode("/jail/link")).thenReturn(0120777);
    when(kernel.readFile("/jail/bin/script", 0, 4096))
        .thenReturn("#! /bin/sh -e\n".getBytes(StandardCharsets.ISO_8859_1));
    when(kernel.readFile("/jail/bin/sh", 0, 4096)).thenReturn(new byte[0]);
    try (FreeBsdTracer tracer = running(entry(READ, 0))) {
      FileTree files = tracer.files(tracer.next().pid());
      assertEquals("/home", files.startingDirectory(-100));
      assertEquals("/", files.startingDirectory(3));
      assertNull(files.startingDirectory(4), "not a directory");
      assertNull(files.startingDirectory(9), "not open");
      assertEquals(FileTree.FileType.SYMLINK, files.typeOf("/link"));
      assertEquals(FileTree.FileType.MISSING, files.typeOf("/none"));
      assertEquals(
          List.of(new FileTree.Interpreter("/bin/sh", true)), files.interpreters("/bin/script"));
    }
  }

  /** exec_elf32_imgact: the interpreter that a 32-bit program names is another's on amd64. */
  @Test
  void aProgramOf32BitsHasALinkerOfItsOwn() throws IOException {
    String named = "/libexec/ld-elf.so.1\0";
    ByteBuffer elf = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1, 9}).putShort(18, (short) 3);
    elf.putInt(28, 64).putShort(42, (short) 32).putShort(44, (short) 1);
    elf.putInt(64, 3).putInt(68, 128).putInt(80, named.length());
    elf.position(128).put(named.getBytes(StandardCharsets.ISO_8859_1));
    when(kernel.fileMode("/bin/old")).thenReturn(0100755);
    when(kernel.readFile("/bin/old", 0, 4096)).thenReturn(elf.array());
    try (FreeBsdTracer tracer = running(entry(READ, 0))) {
      assertEquals(
          List.of(new FileTree.Interpreter("/libexec/ld-elf32.so.1", false)),
          tracer.files(tracer.next().pid()).interpreters("/bin/old"));
    }
  }

  private static OpenFile directory(int fd, String path) {
    return new OpenFile(fd, OpenFile.TYPE_VNODE, OpenFile.VNODE_DIRECTORY, 0, 0, ALL0, ALL1, path);
  }

  @Test
  void aSocketAddressHasTheLengthThatTheCallerGives() throws IOException {
    when(kernel.read(anyInt(), anyLong(), any(), anyInt(), anyInt()))
        .thenAnswer(
            call -> {
              System.arraycopy(new byte[] {99, 2, 0, 80}, 0, call.getArgument(2), 0, 4);
              return 4;
            });
    try (FreeBsdTracer tracer = running(entry(READ, 0))) {
      StoppedThread thread = thread(tracer.next());
      assertArrayEquals(new byte[] {4, 2, 0, 80}, thread.sockaddr(4096, 4));
      assertNull(thread.sockaddr(4096, 1));
      assertNull(thread.sockaddr(4096, 256));
    }
  }

  @Test
  void descendantsAreAttachedToButNotThoseThatAreGone() throws IOException {
    when(kernel.children(PID)).thenReturn(List.of(50, 51, 52));
    doThrow(new ProcessGoneException("pid 50: No such process")).when(kernel).attach(50);
    doThrow(new IOException("pid 52: no permission to trace it")).when(kernel).attach(52);
    try (FreeBsdTracer tracer = FreeBsdTracer.attach(kernel, PID, true, true)) {
      verify(kernel).resume(PID, Ptrace.PT_CONTINUE, 0);
      verify(kernel, never()).setEvents(50, EVENTS);
      verify(kernel).setEvents(51, EVENTS);
      assertEquals(List.of("pid 52: no permission to trace it"), tracer.notFollowed());
      assertEquals(List.of(), tracer.notFollowed(), "said once");
      assertNull(tracer.next());
    }
  }

  /** What a peer says need not be a tree. */
  @Test
  void descendantsThatAreTheirOwnAncestorsAreAttachedToOnce() throws IOException {
    when(kernel.children(PID)).thenReturn(List.of(50, PID));
    when(kernel.children(50)).thenReturn(List.of(51, 50));
    when(kernel.children(51)).thenReturn(List.of(PID, 50, 51));
    try (FreeBsdTracer tracer = FreeBsdTracer.attach(kernel, PID, true, true)) {
      for (int pid : new int[] {PID, 50, 51}) {
        verify(kernel, times(1)).attach(pid);
      }
      assertEquals(List.of(), tracer.notFollowed());
    }
  }

  /** A kernel that is asked too often for a mock. */
  private FreeBsdKernel endless(Supplier<Stop> stops) {
    return (FreeBsdKernel)
        Proxy.newProxyInstance(
            FreeBsdKernel.class.getClassLoader(),
            new Class<?>[] {FreeBsdKernel.class},
            (self, method, args) ->
                switch (method.getName()) {
                  case "spawn" -> PID;
                  case "process" -> facts("FreeBSD ELF64", false);
                  case "descriptors" -> List.of(file(0, ALL0));
                  case "children" ->
                      List.of((Integer) args[0] + 1).subList(0, (Integer) args[0] < 9000 ? 1 : 0);
                  case "waitForStop" -> stops.get();
                  case "read" -> 0;
                  default -> null;
                });
  }

  @Test
  void aLineOfDescendantsIsFollowedToItsEnd() throws IOException {
    try (FreeBsdTracer tracer = FreeBsdTracer.attach(endless(() -> null), PID, true, true)) {
      assertNull(tracer.next());
    }
  }

  @Test
  void processesAndThreadsWithoutEndEndTheRun() throws IOException {
    int[] next = {PID};
    int first = Ptrace.PL_FLAG_CHILD | Ptrace.PL_FLAG_SCX;
    assertEndsWith(
        "more than 16384 processes at once", () -> stop(++next[0], next[0], 0x117f, first, 2, 0));
    assertEndsWith(
        "more than 65536 threads at once",
        () -> stop(PID, ++next[0], STOPPED_BY_TRAP, Ptrace.PL_FLAG_BORN, 0, 0));
  }

  private void assertEndsWith(String message, Supplier<Stop> stops) throws IOException {
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(endless(stops), List.of("prog"), true)) {
      IOException e =
          assertThrows(
              IOException.class,
              () -> {
                while (true) {
                  resume(tracer.next());
                }
              });
      assertEquals(message, e.getMessage());
    }
  }

  @Test
  void aProgramThatMayNotBeTracedDoesNotBegin() throws IOException {
    when(kernel.waitForStop()).thenThrow(new IOException("prog: no permission to trace"));
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("prog"), true)) {
      assertThrows(TracerException.class, tracer::next);
    }
    InOrder order = inOrder(kernel);
    order.verify(kernel).kill(PID, Ptrace.SIGKILL);
    order.verify(kernel).close();
  }

  @Test
  void anInterruptEndsWhatIsYetToBeTold() throws IOException {
    try (FreeBsdTracer tracer =
        running(
            entry(EXECVE, 1, 2, 3),
            stop(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_EXEC, EXECVE),
            entry(READ, 0))) {
      thread(tracer.next()).resumeToReturn();
      resume(tracer.next());
      tracer.interrupt();
      verify(kernel).interrupt();
      assertNull(tracer.next(), "not even the return of that execve");
      assertNull(tracer.next());
    }
  }

  /** execvp(3): ENOEXEC. The launcher then makes an execve(2) of the shell. */
  @Test
  void aFileThatIsNoProgramIsRunByTheShell() throws IOException {
    when(kernel.waitForStop())
        .thenReturn(
            entry(EXECVE, 1, 2, 3),
            stop(PID, TID, STOPPED_BY_TRAP, Ptrace.PL_FLAG_SCX, EXECVE, 8),
            entry(EXECVE, 4, 5, 6),
            stop(Ptrace.PL_FLAG_SCX | Ptrace.PL_FLAG_EXEC, EXECVE),
            entry(READ, 0));
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("./noshebang"), true)) {
      thread(tracer.next()).resumeToReturn();
      TraceEvent.SyscallReturned failed =
          assertInstanceOf(TraceEvent.SyscallReturned.class, tracer.next());
      assertEquals(8, failed.errno());
      resume(failed);
      TraceEvent.SyscallEntered second =
          assertInstanceOf(TraceEvent.SyscallEntered.class, tracer.next());
      assertEquals(4, second.args()[0]);
      assertNull(second.thread().command(), "it is still the launcher");
      resume(second);
      resume(assertInstanceOf(TraceEvent.Executed.class, tracer.next()));
      assertEquals("prog", thread(tracer.next()).command());
    }
  }

  @Test
  void withoutAShellWhatTheFileIsIsSaid() throws IOException {
    when(kernel.waitForStop())
        .thenReturn(
            entry(EXECVE, 1, 2, 3),
            stop(PID, TID, STOPPED_BY_TRAP, Ptrace.PL_FLAG_SCX, EXECVE, 8),
            entry(EXECVE, 4, 5, 6),
            stop(PID, TID, STOPPED_BY_TRAP, Ptrace.PL_FLAG_SCX, EXECVE, 2));
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("./prog"), true)) {
      resume(tracer.next());
      resume(tracer.next());
      TracerException e = assertThrows(TracerException.class, tracer::next);
      assertEquals("./prog: Exec format error", e.getMessage());
    }
  }

  /** A right that 15.0 does not know. */
  @Test
  void moreRightsThanAllAreAll() throws IOException {
    when(kernel.descriptors(PID)).thenReturn(List.of(file(0, ALL0 | 1L << 50)));
    try (FreeBsdTracer tracer = running(entry(READ, 0))) {
      StoppedThread thread = thread(tracer.next());
      assertFalse(thread.hasLimitedDescriptors());
      assertEquals(Descriptor.unlimited(Descriptor.Kind.FILE), thread.descriptor(0));
    }
  }

  private static OpenFile unixSocket(int fd, int type, boolean named, boolean connected) {
    return new OpenFile(fd, OpenFile.TYPE_SOCKET, 0, 1, type, ALL0, ALL1, named, connected, "");
  }

  /** uipc_bindat, soconnectat, unp_connectat: what they refuse before they look a path up. */
  @Test
  void aSocketThatIsBoundOrConnectedLooksNoPathUp() throws IOException {
    int stream = 1;
    int datagram = 2;
    when(kernel.descriptors(PID))
        .thenReturn(
            List.of(
                unixSocket(3, stream, false, false),
                unixSocket(4, stream, true, false),
                unixSocket(5, stream, false, true),
                unixSocket(6, datagram, false, true),
                unixSocket(7, stream, true, true)));
    int bindat = 538;
    int connectat = 539;
    int sendto = 133;
    Object[][] calls = {
      {bindat, 3, true}, {bindat, 4, false}, {bindat, 5, true}, {bindat, 99, true},
      {connectat, 3, true}, {connectat, 4, true}, {connectat, 5, false}, {connectat, 6, true},
      {sendto, 6, false}, {sendto, 3, true},
    };
    for (Object[] call : calls) {
      long fd = (Integer) call[1];
      int number = (Integer) call[0];
      Stop stop = number == sendto ? entry(number, fd, 0, 0) : entry(number, 9, fd, 1, 16);
      try (FreeBsdTracer tracer = running(stop)) {
        assertEquals(call[2], thread(tracer.next()).looksUpAddress(), number + " of " + fd);
      }
    }
    try (FreeBsdTracer tracer = running(entry(bindat, 9, 7, 1, 16))) {
      StoppedThread thread = thread(tracer.next());
      assertThrows(Undecided.class, thread::looksUpAddress, "it may be that of accept(2)");
    }
  }

  @Test
  void aNodeOfSysctlHasTheNameThatTheKernelGivesIt() throws IOException {
    when(kernel.read(anyInt(), anyLong(), any(), anyInt(), anyInt()))
        .thenAnswer(
            call -> {
              byte[] mib = {1, 0, 0, 0, 0x18, 1, 0, 0};
              System.arraycopy(mib, 0, call.getArgument(2), 0, 8);
              return 8;
            });
    when(kernel.sysctlName(new int[] {1, 0x118})).thenReturn("kern.hostid");
    try (FreeBsdTracer tracer = running(entry(202, 4096, 2))) {
      StoppedThread thread = thread(tracer.next());
      assertEquals("kern.hostid", thread.sysctlName(4096, 2));
      when(kernel.sysctlName(any())).thenReturn(null);
      assertThrows(Undecided.class, () -> thread.sysctlName(4096, 2));
    }
  }

  @Test
  void aProcessThatCannotBeAttachedToIsAnErrorOfOneLine() throws IOException {
    doThrow(new IOException("pid 1: no permission to trace it")).when(kernel).attach(1);
    TracerException e =
        assertThrows(TracerException.class, () -> FreeBsdTracer.attach(kernel, 1, false, false));
    assertEquals("pid 1: no permission to trace it", e.getMessage());
    verify(kernel).close();
  }
}
