package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.capemu.policy.Abi;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.StoppedThread;
import org.junit.jupiter.api.Test;

/** Of FreeBSD's own memory. */
class CallStructuresTest {
  private static final long MEMORY = 0x1000;

  private final SyscallTable calls = SyscallTable.of(Release.FREEBSD_15);
  private final CallStructures structures = new CallStructures(calls);
  private final byte[] memory = new byte[8192];
  private final ByteBuffer words = ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN);

  private int number(String name) {
    return calls.named(name).number();
  }

  private CallStructures.Stop stop(Abi abi, long... args) {
    StoppedThread thread = mock(StoppedThread.class);
    when(thread.abi()).thenReturn(abi);
    when(thread.structure(any(), anyLong(), anyInt())).thenCallRealMethod();
    when(thread.read(anyLong(), any(), anyInt(), anyInt()))
        .thenAnswer(
            read -> {
              long from = read.<Long>getArgument(0) - MEMORY;
              int length = read.getArgument(3);
              if (from < 0 || from + length > memory.length) {
                return 0;
              }
              System.arraycopy(
                  memory, (int) from, read.getArgument(1), read.getArgument(2), length);
              return length;
            });
    return new CallStructures.Stop(abi, Arrays.copyOf(args, 8), thread);
  }

  private RecordedStructure atEntry(String call, long... args) {
    return structures.atEntry(number(call), stop(Abi.FREEBSD64, args));
  }

  private RecordedStructure atReturn(String call, long retval, long... args) {
    CallStructures.Stop stop = stop(Abi.FREEBSD64, args);
    return structures.atReturn(number(call), stop, retval, structures.room(number(call), stop));
  }

  @Test
  void rightsThatAreWellFormed() {
    words.putLong(0, 0x0200_0000_0000_0003L).putLong(8, 0x0400_0000_0000_0000L);
    RecordedStructure rights = atEntry("cap_rights_limit", 3, MEMORY);
    assertEquals("caprights", rights.name());
    assertArrayEquals(Arrays.copyOf(memory, 16), rights.bytes());
    assertTrue(structures.isBeforeChecks(Abi.FREEBSD64, number("cap_rights_limit")));
    words.putLong(8, 0); // EINVAL
    assertNull(atEntry("cap_rights_limit", 3, MEMORY));
    assertNull(atEntry("cap_rights_limit", 3, 0));
  }

  @Test
  void eventsInAndOutAsFarAsTheyAreRecorded() {
    RecordedStructure changes = atEntry("kevent", 3, MEMORY, 2, 0, 0, 0);
    assertEquals("kevent 64 128", text(changes));
    assertEquals("kevent 64 0", text(atEntry("kevent", 3, 0, 0, MEMORY, 5, 0)));
    assertNull(atEntry("kevent", 3, MEMORY, -1, 0, 0, 0));
    assertNull(atEntry("kevent", 3, MEMORY - 1, 1, 0, 0, 0));
    assertEquals("kevent 64 64", text(atReturn("kevent", 1, 3, 0, 0, MEMORY, 5, 0)));
    assertEquals("pollfd 8 4096", text(atReturn("poll", 0, MEMORY, 600, 0)));
    assertNull(structures.atEntry(number("kevent"), stop(Abi.FREEBSD32, 3, MEMORY, 1)));
  }

  @Test
  void theWholeSetOfProcessorsAndNothingAfterIt() {
    memory[0] = 1;
    assertEquals("cpuset_t 0 128", text(atEntry("cpuset_setaffinity", 3, 1, -1, 8, MEMORY)));
    assertEquals("cpuset_t 0 128", text(atEntry("cpuset_setaffinity", 3, 1, -1, 200, MEMORY)));
    memory[150] = 1; // EINVAL
    assertNull(atEntry("cpuset_setaffinity", 3, 1, -1, 200, MEMORY));
    assertNull(atEntry("cpuset_setaffinity", 3, 1, -1, -1, MEMORY));
    assertNull(atEntry("cpuset_setaffinity", 3, 1, -1, 9000, MEMORY));
    assertEquals("cpuset_t 0 8", text(atReturn("cpuset_getaffinity", 0, 3, 1, -1, 8, MEMORY)));
  }

  @Test
  void filesAndThreads() {
    assertEquals("stat 0 224", text(atReturn("fstat", 0, 3, MEMORY)));
    assertEquals("stat 0 224", text(atReturn("fstatat", 0, 3, 1, MEMORY, 0)));
    assertEquals("thrparam 0 104", text(atEntry("thr_new", MEMORY, 104)));
    assertEquals("thrparam 0 104", text(atEntry("thr_new", MEMORY, 80)));
    assertNull(atEntry("thr_new", MEMORY, 105));
    assertEquals("splice 0 32", text(atEntry("setsockopt", 3, 0xffff, 0x1023, MEMORY, 32)));
    assertNull(atEntry("setsockopt", 3, 0xffff, 4, MEMORY, 32));
  }

  @Test
  void noStructureOfLinuxOrOfOtherCalls() {
    int stat = number("fstat");
    assertTrue(structures.looksAtReturn(Abi.FREEBSD64, stat));
    assertFalse(structures.looksAtReturn(Abi.LINUX64, stat));
    for (int number : new int[] {-1, 0, number("read"), 100_000}) {
      assertFalse(structures.looksAtReturn(Abi.FREEBSD64, number));
      assertFalse(structures.looksAtEntry(Abi.FREEBSD64, number));
    }
  }

  private static String text(RecordedStructure structure) {
    return structure.name() + " " + structure.elementSize() + " " + structure.bytes().length;
  }
}
