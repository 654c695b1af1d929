package org.capemu.emulator.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.capemu.policy.Abi;
import org.capemu.policy.Caller;
import org.capemu.policy.CapRights;
import org.capemu.policy.Descriptor;
import org.capemu.policy.Descriptor.Kind;
import org.capemu.policy.FileTree;
import org.capemu.policy.Release;
import org.capemu.policy.Right;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Undecided;
import org.junit.jupiter.api.Test;

class SyscallEffectsTest {
  private static final long MEMORY = 0x1000;
  private static final int EBADF = 9;
  private static final int EINTR = 4;
  private static final int EMFILE = 24;
  private static final int ENOTCAPABLE = 93;
  private static final int EJUSTRETURN = -2;
  private static final int O_CLOEXEC = 0x100000;
  private static final int O_CLOFORK = 0x8000000;
  private static final CapRights READ = Right.CAP_READ.rights();
  private static final CapRights READ_LOOKUP = CapRights.of(Right.CAP_READ, Right.CAP_LOOKUP);

  private final SyscallTable calls = SyscallTable.of(Release.FREEBSD_15);
  private final ProcessTable processes = new ProcessTable();
  private final SyscallEffects effects = new SyscallEffects(calls, processes);
  private final EmulatedProcess process = processes.start(100);
  private final DescriptorTable table = process.descriptors();
  private final Memory memory = new Memory();

  SyscallEffectsTest() {
    table.startedFresh();
  }

  /** What the arguments point to. */
  private static final class Memory implements Caller {
    private byte[] bytes;
    private String path;

    @Override
    public int pid() {
      return 100;
    }

    @Override
    public int tid() {
      return 100_100;
    }

    @Override
    public Descriptor descriptor(int fd) {
      throw new AssertionError();
    }

    @Override
    public boolean hasLimitedDescriptors() {
      throw new AssertionError();
    }

    @Override
    public String path(long address) {
      return path;
    }

    @Override
    public boolean read(long address, byte[] buffer, int length) {
      if (bytes == null) {
        throw new Undecided("memory");
      }
      System.arraycopy(bytes, 0, buffer, 0, length);
      return true;
    }

    @Override
    public byte[] sockaddr(long address, int length) {
      throw new AssertionError();
    }

    @Override
    public FileTree files() {
      throw new AssertionError();
    }
  }

  /** A thread's call: {@code enter("dup", 3)}. */
  private CallInProgress enter(EmulatedProcess caller, String name, long... args) {
    CallInProgress call = new CallInProgress(calls);
    call.begin(caller, Abi.FREEBSD64, calls.named(name).number());
    System.arraycopy(args, 0, call.args(), 0, args.length);
    effects.entered(call);
    return call;
  }

  private void leave(CallInProgress call, int errno, long result) {
    effects.returned(call, errno, result, memory);
  }

  private void succeed(long result, String name, long... args) {
    leave(enter(process, name, args), 0, result);
  }

  private void fail(int errno, String name, long... args) {
    leave(enter(process, name, args), errno, 0);
  }

  private void limit(int fd, CapRights rights) {
    memory.bytes =
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(rights.encodedWord0())
            .putLong(rights.encodedWord1())
            .array();
    succeed(0, "cap_rights_limit", fd, MEMORY);
  }

  private CapRights rights(int fd) {
    return table.get(fd).rights();
  }

  @Test
  void nothingIsKnownOfWhatWasThereBefore() {
    assertNull(table.get(0));
    assertFalse(table.hasLimited());
  }

  @Test
  void aNewDescriptorHoldsAllRights() {
    succeed(3, "socket", 2, 1, 0);
    assertEquals(Descriptor.unlimited(Kind.INET_SOCKET), table.get(3));
    assertFalse(table.hasLimited());
  }

  @Test
  void limitsGoAlongWithCopies() {
    succeed(3, "open", MEMORY, 0);
    limit(3, READ);
    succeed(4, "dup", 3);
    succeed(10, "dup2", 3, 10);
    succeed(20, "fcntl", 3, 0, 20);
    succeed(21, "fcntl", 3, 17, 20);
    for (int fd : new int[] {3, 4, 10, 20, 21}) {
      assertEquals(READ, rights(fd), "descriptor " + fd);
    }
    succeed(0, "close", 3);
    assertEquals(READ, rights(4));
    assertTrue(table.hasLimited());
  }

  @Test
  void dup2ReplacesWhatWasThere() {
    succeed(3, "open", MEMORY, 0);
    succeed(4, "open", MEMORY, 0);
    limit(4, READ);
    succeed(4, "dup2", 3, 4);
    assertEquals(CapRights.ALL, rights(4));
    assertFalse(table.hasLimited());
  }

  @Test
  void whatFailsChangesNothing() {
    succeed(3, "open", MEMORY, 0);
    limit(3, READ);
    fail(EMFILE, "dup", 3);
    fail(EBADF, "dup2", 7, 3);
    fail(ENOTCAPABLE, "cap_rights_limit", 3, MEMORY);
    fail(ENOTCAPABLE, "cap_enter");
    fail(2, "execve", MEMORY, 0, 0);
    assertEquals(READ, rights(3));
    assertNull(table.get(0));
    assertFalse(process.inCapabilityMode());
  }

  @Test
  void closeClosesEvenWhenItFails() {
    succeed(3, "open", MEMORY, 0);
    fail(EINTR, "close", 3);
    assertSame(Descriptor.NOT_OPEN, table.get(3));
  }

  @Test
  void aLateReturnOfCloseDoesNotCloseWhatAnotherThreadOpened() {
    succeed(3, "open", MEMORY, 0);
    CallInProgress close = enter(process, "close", 3);
    succeed(3, "open", MEMORY, 0);
    limit(3, READ);
    leave(close, 0, 0);
    assertEquals(READ, rights(3));
  }

  @Test
  void aCallSeesItsDescriptorsAsTheyWereAtItsEntry() {
    succeed(3, "open", MEMORY, 0);
    CallInProgress read = enter(process, "read", 3, MEMORY, 1);
    limit(3, CapRights.NONE);
    assertEquals(CapRights.ALL, read.descriptor(3).rights());
  }

  @Test
  void rangesAreClosed() {
    for (int fd = 3; fd < 10; fd++) {
      succeed(fd, "open", MEMORY, 0);
    }
    succeed(0, "close_range", 4, 5, 0);
    assertTrue(table.get(3).isOpen());
    assertFalse(table.get(4).isOpen());
    assertFalse(table.get(5).isOpen());
    assertTrue(table.get(6).isOpen());
    succeed(0, "close_range", 8, 0xffff_ffffL, 0);
    assertTrue(table.get(7).isOpen());
    assertFalse(table.get(9).isOpen());
    succeed(0, "compat12.closefrom", -5);
    assertFalse(table.get(0).isOpen());
    assertFalse(table.get(3).isOpen());
  }

  @Test
  void execveClosesWhatIsMarked() {
    succeed(3, "open", MEMORY, O_CLOEXEC);
    succeed(4, "open", MEMORY, 0);
    succeed(5, "socket", 2, 0x1000_0001, 0);
    succeed(6, "kqueuex", 1);
    succeed(7, "fcntl", 4, 17, 0);
    succeed(8, "dup", 3);
    succeed(9, "open", MEMORY, 0);
    succeed(0, "fcntl", 9, 2, 1);
    succeed(10, "open", MEMORY, 0);
    succeed(0, "ioctl", 10, 0x2000_6601, 0);
    succeed(11, "open", MEMORY, O_CLOEXEC);
    succeed(0, "fcntl", 11, 2, 0);
    succeed(12, "kmq_open", MEMORY, 0, 0, 0);
    succeed(13, "open", MEMORY, 0);
    succeed(0, "close_range", 13, 13, 4);
    leave(enter(process, "execve", MEMORY, 0, 0), EJUSTRETURN, 0);
    for (int fd : new int[] {3, 5, 6, 7, 9, 10, 12, 13}) {
      assertFalse(table.get(fd).isOpen(), "descriptor " + fd);
    }
    for (int fd : new int[] {4, 8, 11}) {
      assertTrue(table.get(fd).isOpen(), "descriptor " + fd);
    }
  }

  @Test
  void aForkedChildHasACopy() {
    succeed(3, "open", MEMORY, 0);
    limit(3, READ);
    succeed(4, "kqueue");
    succeed(5, "open", MEMORY, O_CLOFORK);
    succeed(200, "fork");
    limit(3, CapRights.NONE);
    DescriptorTable childs = processes.find(200).descriptors();
    assertEquals(READ, childs.get(3).rights());
    assertFalse(childs.get(4).isOpen(), "a kqueue stays with its process");
    assertFalse(childs.get(5).isOpen());
    assertTrue(table.get(4).isOpen());
  }

  @Test
  void aVforkedChildAppearsBeforeItsParentReturns() {
    succeed(3, "open", MEMORY, 0);
    limit(3, READ);
    CallInProgress vfork = enter(process, "vfork");
    EmulatedProcess child = processes.appear(200);
    assertEquals(READ, child.descriptors().get(3).rights());
    leave(enter(child, "close", 3), 0, 0);
    leave(enter(child, "execve", MEMORY, 0, 0), EJUSTRETURN, 0);
    leave(vfork, 0, 200);
    assertSame(child, processes.find(200));
    assertFalse(child.descriptors().get(3).isOpen());
    assertEquals(READ, rights(3));
  }

  @Test
  void ofSeveralPossibleParentsOnlyWhatTheyShareIsKnown() {
    EmulatedProcess other = processes.start(101);
    succeed(3, "open", MEMORY, 0);
    succeed(4, "open", MEMORY, 0);
    limit(3, READ);
    enter(other, "fork");
    enter(process, "fork");
    EmulatedProcess child = processes.appear(200);
    assertNull(child.descriptors().get(3));
    assertEquals(CapRights.ALL, child.descriptors().get(4).rights());
  }

  @Test
  void rforkSharesCopiesOrEmptiesTheTable() {
    succeed(3, "open", MEMORY, 0);
    succeed(201, "rfork", 0x10); // RFPROC
    succeed(202, "rfork", 0x14); // RFPROC, RFFDG
    succeed(203, "rfork", 0x1010); // RFPROC, RFCFDG
    limit(3, READ);
    assertSame(table, processes.find(201).descriptors());
    assertEquals(CapRights.ALL, processes.find(202).descriptors().get(3).rights());
    assertNull(processes.find(203).descriptors().get(3));

    leave(enter(processes.find(201), "execve", MEMORY, 0, 0), EJUSTRETURN, 0);
    assertNotSame(table, processes.find(201).descriptors());
    assertEquals(READ, processes.find(201).descriptors().get(3).rights());

    succeed(0, "rfork", 0x1000); // RFCFDG alone: of the caller
    assertNull(process.descriptors().get(3));
  }

  @Test
  void pdforkMakesADescriptorThatTheChildHasNot() {
    succeed(3, "open", MEMORY, 0);
    succeed(200, "pdfork", MEMORY, 0);
    assertTrue(table.get(4).isOpen());
    assertNull(processes.find(200).descriptors().get(4));
    limit(4, READ);
    assertEquals(READ, rights(4));
  }

  @Test
  void capabilityModeIsForTheProcessAndItsChildren() {
    succeed(0, "cap_enter");
    succeed(200, "fork");
    leave(enter(process, "fexecve", 3, 0, 0), EJUSTRETURN, 0);
    assertTrue(process.inCapabilityMode());
    assertTrue(processes.find(200).inCapabilityMode());
  }

  @Test
  void anAcceptedSocketHasItsListenersLimits() {
    succeed(3, "socket", 2, 1, 0);
    limit(3, CapRights.of(Right.CAP_ACCEPT, Right.CAP_READ));
    succeed(4, "accept", 3, 0, 0);
    assertEquals(CapRights.of(Right.CAP_ACCEPT, Right.CAP_READ), rights(4));
  }

  @Test
  void whatIsOpenedBeneathALimitedDirectoryIsLimited() {
    succeed(3, "open", MEMORY, 0x20000);
    limit(3, READ_LOOKUP);
    memory.path = "file";
    succeed(4, "openat", 3, MEMORY, 0);
    memory.path = "/etc/motd";
    succeed(5, "openat", 3, MEMORY, 0);
    memory.path = "";
    succeed(6, "openat", 3, MEMORY, 0x2000000);
    assertEquals(READ_LOOKUP, rights(4));
    assertEquals(CapRights.ALL, rights(5));
    assertEquals(READ_LOOKUP, rights(6));
  }

  @Test
  void beneathStaysBeneath() {
    succeed(3, "open", MEMORY, 0x20000);
    succeed(0, "fcntl", 3, 2, 2); // FD_RESOLVE_BENEATH
    succeed(0, "fcntl", 3, 2, 0);
    memory.path = "sub";
    succeed(4, "openat", 3, MEMORY, 0x20000);
    assertTrue(table.get(3).resolveBeneath());
    assertTrue(table.get(4).resolveBeneath());
    assertTrue(table.hasLimited());
  }

  @Test
  void aDescriptorFileIsACopy() {
    succeed(3, "open", MEMORY, 0);
    limit(3, READ);
    memory.path = "/dev/fd/3";
    succeed(4, "open", MEMORY, 0);
    assertEquals(READ, rights(4));
  }

  @Test
  void fcntlAndIoctlLimits() {
    succeed(3, "open", MEMORY, 0);
    succeed(0, "cap_fcntls_limit", 3, 0x8);
    memory.bytes =
        ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(0x2000_6601L).array();
    succeed(0, "cap_ioctls_limit", 3, MEMORY, 1);
    assertEquals(0x8, table.get(3).fcntls());
    assertEquals(List.of(0x2000_6601L), table.get(3).ioctls());
    memory.bytes = null;
    succeed(4, "open", MEMORY, 0);
    succeed(0, "cap_ioctls_limit", 4, MEMORY, 1);
    assertSame(SyscallEffects.UNKNOWN_IOCTLS, table.get(4).ioctls());
    assertFalse(table.get(4).isUnlimited());
  }

  @Test
  void rightsThatNoRecordShowsAreNotKnown() {
    succeed(3, "open", MEMORY, 0);
    memory.bytes = null;
    succeed(0, "cap_rights_limit", 3, MEMORY);
    assertNull(table.get(3));
  }

  @Test
  void pairsTakeTheLowestNumbersThatAreFree() {
    for (int fd = 3; fd < 8; fd++) {
      succeed(fd, "open", MEMORY, 0);
      limit(fd, READ);
    }
    succeed(0, "close", 4);
    succeed(0, "close", 6);
    succeed(0, "pipe2", MEMORY, 0);
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), table.get(4));
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), table.get(6));
    succeed(0, "socketpair", 1, 1, 0, MEMORY);
    assertEquals(Descriptor.unlimited(Kind.UNIX_SOCKET), table.get(8));
    assertEquals(Descriptor.unlimited(Kind.UNIX_SOCKET), table.get(9));
  }

  @Test
  void behindAMessageNumbersThatNoRecordShowsAreNotKnown() {
    succeed(0, "socketpair", 1, 1, 0, MEMORY);
    succeed(1, "recvmsg", 3, MEMORY, 0);
    succeed(0, "pipe2", MEMORY, 0);
    assertNull(table.get(5));
    assertNull(table.get(6));
    succeed(8, "open", MEMORY, 0);
    assertEquals(CapRights.ALL, rights(8));
    succeed(0, "close", 7);
    succeed(7, "open", MEMORY, 0);
    assertEquals(CapRights.ALL, rights(7));
  }

  @Test
  void whenANumberIsTakenThatWasFreeAllTheTimeAllBelowAreKnownToBe() {
    succeed(0, "socketpair", 1, 1, 0, MEMORY);
    succeed(1, "recvmsg", 3, MEMORY, 0);
    succeed(6, "open", MEMORY, 0);
    assertNull(table.get(5));
    succeed(0, "pipe2", MEMORY, 0);
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), table.get(7));
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), table.get(8));
    succeed(1, "recvmsg", 3, MEMORY, 0); // 9
    succeed(0, "close", 4);
    succeed(4, "open", MEMORY, 0); // does not tell that 9 is taken
    succeed(0, "pipe2", MEMORY, 0);
    assertNull(table.get(9));
    assertNull(table.get(10));
  }

  @Test
  void aDescriptorThatWasOpenAllTheSameIsCopiedUnknown() {
    succeed(3, "open", MEMORY, 0);
    succeed(0, "close", 3);
    succeed(4, "dup", 3);
    succeed(5, "accept", 3, 0, 0);
    assertNull(table.get(4));
    assertNull(table.get(5));
  }

  @Test
  void anEmptyTableHasNoStandardDescriptors() {
    succeed(0, "rfork", 0x1000);
    succeed(0, "pipe2", MEMORY, 0);
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), process.descriptors().get(0));
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), process.descriptors().get(1));
  }

  @Test
  void aDescriptorFileIsACopyWithFlags() {
    succeed(3, "open", MEMORY, 0x100000);
    memory.path = "/dev/fd/3";
    succeed(4, "open", MEMORY, 0);
    memory.path = null;
    leave(enter(process, "execve", MEMORY, MEMORY, MEMORY), EJUSTRETURN, 0);
    assertSame(Descriptor.NOT_OPEN, process.descriptors().get(4));
  }

  @Test
  void whetherAnEventCounterOutlivesExecveIsNotKnown() {
    succeed(3, "__specialfd", 1, MEMORY, 8);
    succeed(4, "__specialfd", 1, MEMORY, 8);
    succeed(0, "fcntl", 4, 2, 0);
    leave(enter(process, "execve", MEMORY, MEMORY, MEMORY), EJUSTRETURN, 0);
    assertNull(process.descriptors().get(3));
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), process.descriptors().get(4));
  }

  @Test
  void flagsOfNumbersThatWereNeverGivenOutAreNotSet() {
    succeed(3, "open", MEMORY, 0);
    succeed(20, "dup2", 3, 20);
    succeed(0, "close_range", 3, 19, 4);
    succeed(300, "fork");
    EmulatedProcess child = processes.find(300);
    leave(enter(child, "pipe2", MEMORY, 0), 0, 0);
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), child.descriptors().get(4));
    assertEquals(Descriptor.unlimited(Kind.SPECIAL), child.descriptors().get(5));
  }

  @Test
  void whatElseADescriptorOfUnknownOriginMayDoIsNotKnown() {
    limit(9, CapRights.of(Right.CAP_FCNTL, Right.CAP_IOCTL));
    assertEquals(SyscallEffects.UNKNOWN_FCNTLS, table.get(9).fcntls());
    assertSame(SyscallEffects.UNKNOWN_IOCTLS, table.get(9).ioctls());
    limit(9, READ);
    assertEquals(0, table.get(9).fcntls());
    assertEquals(List.of(), table.get(9).ioctls());
  }

  @Test
  void semaphoresMutexesAndTheFirstPipesHaveNumbersToo() {
    succeed(0, "ksem_init", MEMORY, 0);
    succeed(4, "compat10.pipe");
    for (int fd = 3; fd < 6; fd++) {
      assertEquals(Descriptor.unlimited(Kind.SPECIAL), table.get(fd));
    }
    succeed(0, "_umtx_op", MEMORY, 3, 1, 0, 0);
    succeed(6, "_umtx_op", 0, 25, 1, MEMORY, 0);
    succeed(0, "_umtx_op", 0, 25, 4, MEMORY, 0);
    assertNull(table.get(0));
    assertEquals(Descriptor.unlimited(Kind.SHARED_MEMORY), table.get(6));
  }

  @Test
  void theKernelsWordOnRightsIsTheLast() {
    succeed(3, "open", MEMORY, 0);
    limit(3, READ);
    CapRights told = READ_LOOKUP;
    memory.bytes =
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(told.encodedWord0())
            .putLong(told.encodedWord1())
            .array();
    succeed(0, "__cap_rights_get", 0, 3, MEMORY);
    assertEquals(told, rights(3));
  }

  @Test
  void sharedMemoryGoesToChildrenWhateverWasAsked() {
    succeed(5, "open", MEMORY, O_CLOFORK);
    succeed(6, "shm_open2", 1, O_CLOFORK | 2, 0, 0, 0);
    succeed(200, "fork");
    DescriptorTable childs = processes.find(200).descriptors();
    assertFalse(childs.get(5).isOpen());
    assertTrue(childs.get(6).isOpen());
  }
}
