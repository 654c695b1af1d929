package org.capemu.emulator.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.capemu.policy.Abi;
import org.capemu.policy.CapRights;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.Structure;

/**
 * Which structures a kernel records of a call: what the call copies in is read at its entry, what
 * it copies out at its return.
 *
 * <p>A kernel records an address or a set after it has found the descriptor. Here it is recorded
 * wherever it could be copied in, since what is found of it could not be derived otherwise.
 *
 * <p>What only a kernel knows is not recorded: events that read(2) takes from inotify(2), a socket
 * address that was cut to the caller's buffer or not asked for, an old timer that was not asked
 * for.
 */
final class CallStructures {
  /** {@code ktr_geniosize}: an array is cut to as many bytes. */
  private static final int GENIO_SIZE = 4096;

  private static final int CPUSET_SIZE = 128;

  /** More memory than a set and zeros after it can be. */
  private static final int MOST_OF_SET = 1 << 20;

  private static final int THR_PARAM_SIZE = 104;
  private static final int ITIMER_PROF = 2;
  private static final int SOL_SOCKET = 0xffff;
  private static final int SO_SPLICE = 0x1023;

  /** {@code struct msghdr} begins with the address of a name, and its length. */
  private static final int MSGHDR_NAME = 16;

  /** A call as it was entered, and its thread where it stands. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Stop(Abi abi, long[] args, StoppedThread thread) {}

  /** Null where there is nothing. */
  @FunctionalInterface
  private interface AtEntry {
    RecordedStructure read(Stop stop);
  }

  /** Null where there is nothing. */
  @FunctionalInterface
  private interface AtReturn {
    /**
     * @param room where the caller's memory says at the entry how much it takes
     */
    RecordedStructure read(Stop stop, long retval, Room room);
  }

  /** Where a socket address is to go, as the call's entry tells. */
  record Room(long address, int length) {}

  @FunctionalInterface
  private interface RoomAtEntry {
    Room read(Stop stop);
  }

  private record Row(AtEntry atEntry, boolean beforeChecks, AtReturn atReturn, RoomAtEntry room) {}

  private static final Row NONE = new Row(null, false, null, null);

  private final SyscallTable calls;
  private final Row[] rows;

  CallStructures(SyscallTable calls) {
    this.calls = calls;
    rows = new Row[calls.size()];
    Arrays.fill(rows, NONE);
    // addresses: kern_bindat, kern_connectat, sendit; kern_accept4, kern_getsockname, kern_recvit
    in("bind connect", stop -> address(stop, 1));
    in("bindat connectat", stop -> address(stop, 2));
    in("sendto", stop -> address(stop, 4));
    in("sendmsg", CallStructures::addressOfMessage);
    addressOut("accept accept4 getsockname getpeername", 1);
    addressOut("recvfrom", 4);
    add(
        "recvmsg",
        new Row(null, false, CallStructures::nameOfMessage, CallStructures::roomInMessage));
    // files: kern_statat, kern_fstat, kern_fhstat
    out("fstatat", (stop, retval, room) -> one(stop, Structure.STAT, 2));
    out("fstat", (stop, retval, room) -> one(stop, Structure.STAT, 1));
    // limits: sys_cap_rights_limit, sys___cap_rights_get
    first("cap_rights_limit", CallStructures::rights);
    out("__cap_rights_get", (stop, retval, room) -> one(stop, Structure.CAP_RIGHTS, 2));
    // processors: kern_cpuset_setaffinity, kern_cpuset_getaffinity
    first("cpuset_setaffinity", CallStructures::processorsIn);
    out("cpuset_getaffinity", CallStructures::processorsOut);
    // timers: kern_setitimer, kern_getitimer
    out("getitimer", (stop, retval, room) -> timer(stop, 1));
    add(
        "setitimer",
        new Row(stop -> timer(stop, 1), false, (stop, retval, room) -> timer(stop, 2), null));
    // events: kern_poll, kern_kevent_generic
    out("poll ppoll", (stop, retval, room) -> array(stop, Structure.POLLFD, 0, stop.args[1]));
    add(
        "kevent",
        new Row(
            stop -> array(stop, Structure.KEVENT, 1, stop.args[2]),
            true,
            (stop, retval, room) -> array(stop, Structure.KEVENT, 3, retval),
            null));
    // others: kern_thr_new, sosetopt
    first("thr_new", CallStructures::threadParameters);
    in("setsockopt", CallStructures::splice);
  }

  private void add(String names, Row row) {
    for (String name : names.split(" ")) {
      SyscallTable.Syscall call = calls.named(name);
      if (call != null) { // older releases lack some
        rows[call.number()] = row;
      }
    }
  }

  private void in(String names, AtEntry atEntry) {
    add(names, new Row(atEntry, false, null, null));
  }

  /** What is recorded before anything of the call is checked. */
  private void first(String names, AtEntry atEntry) {
    add(names, new Row(atEntry, true, null, null));
  }

  private void out(String names, AtReturn atReturn) {
    add(names, new Row(null, false, atReturn, null));
  }

  private void addressOut(String names, int arg) {
    add(
        names,
        new Row(
            null,
            false,
            (stop, retval, room) -> {
              byte[] length = bytes(stop, stop.args[arg + 1], Integer.BYTES);
              return address(stop, room, length == null ? 0 : word(length).getInt());
            },
            stop -> {
              byte[] length = bytes(stop, stop.args[arg + 1], Integer.BYTES);
              return length == null ? null : new Room(stop.args[arg], word(length).getInt());
            }));
  }

  private Row row(Abi abi, int number) {
    return abi.isLinux() || number < 0 || number >= rows.length ? NONE : rows[number];
  }

  /** Whether the entry of a call has to be looked at. */
  boolean looksAtEntry(Abi abi, int number) {
    Row row = row(abi, number);
    return row.atEntry != null || row.room != null;
  }

  /** Whether the return of a call has to be looked at. */
  boolean looksAtReturn(Abi abi, int number) {
    return row(abi, number).atReturn != null;
  }

  /** Whether what was read at the entry is recorded before anything that is found in the call. */
  boolean isBeforeChecks(Abi abi, int number) {
    return row(abi, number).beforeChecks;
  }

  /** What is recorded of a call's arguments; null if nothing is. */
  RecordedStructure atEntry(int number, Stop stop) {
    AtEntry atEntry = row(stop.abi, number).atEntry;
    return atEntry == null ? null : atEntry.read(stop);
  }

  /** How much room there is for what the call will copy out; null where that does not matter. */
  Room room(int number, Stop stop) {
    RoomAtEntry room = row(stop.abi, number).room;
    return room == null ? null : room.read(stop);
  }

  /**
   * What is recorded of what a call that succeeded has copied out; null if nothing is.
   *
   * @param stop the call's return, with its arguments
   * @param room from its entry
   */
  RecordedStructure atReturn(int number, Stop stop, long retval, Room room) {
    AtReturn atReturn = row(stop.abi, number).atReturn;
    return atReturn == null ? null : atReturn.read(stop, retval, room);
  }

  private static RecordedStructure one(Stop stop, Structure structure, int arg) {
    return RecordedStructure.one(structure, stop.thread.structure(structure, stop.args[arg], 1));
  }

  private static RecordedStructure array(Stop stop, Structure structure, int arg, long count) {
    int most = GENIO_SIZE / structure.size();
    int items = (int) count;
    if (items < 0 || (stop.abi == Abi.FREEBSD32 && !structure.isSameIn32Bits())) {
      return null;
    }
    byte[] bytes =
        stop.args[arg] == 0
            ? new byte[0]
            : stop.thread.structure(structure, stop.args[arg], Math.min(items, most));
    return RecordedStructure.array(structure, bytes);
  }

  private static byte[] bytes(Stop stop, long address, int length) {
    byte[] bytes = new byte[length];
    return stop.thread.read(address, bytes, 0, length) == length ? bytes : null;
  }

  private static ByteBuffer word(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** An address that a call is given; its length is the next argument. */
  private static RecordedStructure address(Stop stop, int arg) {
    return stop.args[arg] == 0
        ? null
        : RecordedStructure.address(stop.thread.sockaddr(stop.args[arg], (int) stop.args[arg + 1]));
  }

  private static RecordedStructure addressOfMessage(Stop stop) {
    Room name = roomInMessage(stop);
    return name == null || name.address == 0
        ? null
        : RecordedStructure.address(stop.thread.sockaddr(name.address, name.length));
  }

  /** An address that a call has written, unless it was cut. */
  private static RecordedStructure address(Stop stop, Room room, int length) {
    return room == null || room.address == 0 || length <= 0 || length > room.length
        ? null
        : RecordedStructure.address(stop.thread.sockaddr(room.address, length));
  }

  /** {@code msg_name} and {@code msg_namelen} of the message that is argument 1. */
  private static Room roomInMessage(Stop stop) {
    byte[] header = bytes(stop, stop.args[1], MSGHDR_NAME);
    if (header == null) {
      return null;
    }
    ByteBuffer message = word(header);
    return stop.abi == Abi.FREEBSD32
        ? new Room(message.getInt(0) & 0xffff_ffffL, message.getInt(4))
        : new Room(message.getLong(0), message.getInt(8));
  }

  private static RecordedStructure nameOfMessage(Stop stop, long retval, Room room) {
    Room written = roomInMessage(stop);
    return written == null ? null : address(stop, room, written.length);
  }

  /** Rights that are not well-formed are EINVAL before. */
  private static RecordedStructure rights(Stop stop) {
    byte[] rights = stop.thread.structure(Structure.CAP_RIGHTS, stop.args[1], 1);
    if (rights == null) {
      return null;
    }
    ByteBuffer words = word(rights);
    return CapRights.isWellFormed(words.getLong(0), words.getLong(8))
        ? RecordedStructure.one(Structure.CAP_RIGHTS, rights)
        : null;
  }

  /** The whole set, whatever part of it the caller has; more than that has to be empty. */
  private static RecordedStructure processorsIn(Stop stop) {
    long size = stop.args[sizeOfSet(stop)];
    if (size < 0 || size > MOST_OF_SET) {
      return null;
    }
    byte[] set = processors(stop, (int) size);
    if (set == null) {
      return null;
    }
    for (int i = CPUSET_SIZE; i < set.length; i++) {
      if (set[i] != 0) {
        return null;
      }
    }
    return RecordedStructure.one(Structure.CPUSET, Arrays.copyOf(set, CPUSET_SIZE));
  }

  private static RecordedStructure processorsOut(Stop stop, long retval, Room room) {
    int size = (int) Math.max(0, Math.min(stop.args[sizeOfSet(stop)], CPUSET_SIZE));
    return RecordedStructure.one(Structure.CPUSET, processors(stop, size));
  }

  /** The id before it is two arguments of a 32-bit process. */
  private static int sizeOfSet(Stop stop) {
    return stop.abi == Abi.FREEBSD32 ? 4 : 3;
  }

  private static byte[] processors(Stop stop, int size) {
    return stop.thread.structure(Structure.CPUSET, stop.args[sizeOfSet(stop) + 1], size);
  }

  private static RecordedStructure timer(Stop stop, int arg) {
    boolean known = Integer.compareUnsigned((int) stop.args[0], ITIMER_PROF) <= 0;
    return known && stop.args[arg] != 0 ? one(stop, Structure.ITIMERVAL, arg) : null;
  }

  private static RecordedStructure threadParameters(Stop stop) {
    int size = (int) stop.args[1];
    if (size < 0 || size > THR_PARAM_SIZE) {
      return null;
    }
    byte[] parameters = stop.thread.structure(Structure.THR_PARAM, stop.args[0], size);
    return parameters == null
        ? null
        : RecordedStructure.one(Structure.THR_PARAM, Arrays.copyOf(parameters, THR_PARAM_SIZE));
  }

  private static RecordedStructure splice(Stop stop) {
    boolean splices = (int) stop.args[1] == SOL_SOCKET && (int) stop.args[2] == SO_SPLICE;
    return splices && (int) stop.args[4] == Structure.SPLICE.size()
        ? one(stop, Structure.SPLICE, 3)
        : null;
  }
}
