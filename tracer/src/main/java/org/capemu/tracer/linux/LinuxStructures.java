package org.capemu.tracer.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.Structure;

/** Structures that Linux calls read and write, in FreeBSD's form: stat(2), poll(2). */
final class LinuxStructures {
  private static final int LINUX_STAT = 4;
  private static final int LINUX_FSTAT = 5;
  private static final int LINUX_LSTAT = 6;
  private static final int LINUX_SCHED_GETAFFINITY = 204;
  private static final int LINUX_NEWFSTATAT = 262;
  private static final int LINUX_STATX = 332;

  /** {@code struct stat} of x86-64. */
  private static final int STAT_SIZE = 144;

  private static final int STATX_SIZE = 256;
  private static final int STATX_BTIME = 0x800;

  /** Where {@code struct pollfd} has {@code events} and {@code revents}. */
  private static final int EVENTS = 4;

  private static final int REVENTS = 6;

  /** The time of birth of a file on a file system that keeps none: VNOVAL of vnode(9). */
  private static final long NO_TIME = -1;

  private static final ConstantTable POLL_EVENTS = ConstantTables.get().table("pollEvents");

  private LinuxStructures() {}

  /**
   * As {@link StoppedThread#structure} has it.
   *
   * @param number of the Linux call, which tells what lies at the address
   * @param result what it returned; 0 at its entry
   */
  static byte[] read(
      StoppedThread thread, int number, long result, Structure structure, long address, int count) {
    return switch (structure) {
      case STAT ->
          switch (number) {
            case LINUX_STAT, LINUX_FSTAT, LINUX_LSTAT, LINUX_NEWFSTATAT ->
                ofStat(bytes(thread, address, STAT_SIZE));
            case LINUX_STATX -> ofStatx(bytes(thread, address, STATX_SIZE));
            default -> null; // file_getattr(2): it tells less
          };
      case CPUSET -> {
        // a kernel writes as much as it has processors, and glibc the rest
        int written = number == LINUX_SCHED_GETAFFINITY ? (int) Math.min(result, count) : count;
        ByteBuffer set = bytes(thread, address, written);
        yield set == null ? null : Arrays.copyOf(set.array(), count);
      }
      case ITIMERVAL -> {
        ByteBuffer timer = bytes(thread, address, structure.size());
        yield timer == null ? null : timer.array();
      }
      case POLLFD -> ofPoll(bytes(thread, address, count * structure.size()), structure.size());
      case CAP_RIGHTS, THR_PARAM, SPLICE, KEVENT -> null; // Linux has none
    };
  }

  private static ByteBuffer bytes(StoppedThread thread, long address, int length) {
    byte[] bytes = new byte[length];
    return thread.read(address, bytes, 0, length) == length ? littleEndian(bytes) : null;
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] ofStat(ByteBuffer linux) {
    if (linux == null) {
      return null;
    }
    long device = linux.getLong(0);
    long special = linux.getLong(40);
    return new Stat()
        .file(device(major(device), minor(device)), linux.getLong(8), linux.getLong(16))
        .mode(linux.getInt(24), linux.getInt(28), linux.getInt(32))
        .special(device(major(special), minor(special)))
        .times(linux, 72, 88, 104)
        .size(linux.getLong(48), linux.getLong(64), (int) linux.getLong(56))
        .bytes();
  }

  private static byte[] ofStatx(ByteBuffer linux) {
    if (linux == null) {
      return null;
    }
    Stat stat =
        new Stat()
            .file(
                device(linux.getInt(136), linux.getInt(140)),
                linux.getLong(32),
                linux.getInt(16) & 0xffff_ffffL)
            .mode(linux.getShort(28), linux.getInt(20), linux.getInt(24))
            .special(device(linux.getInt(128), linux.getInt(132)))
            .times(linux, 64, 112, 96)
            .size(linux.getLong(40), linux.getLong(48), linux.getInt(4));
    if ((linux.getInt(0) & STATX_BTIME) != 0) {
      stat.birth(linux.getLong(80), linux.getInt(88));
    }
    return stat.bytes();
  }

  /** Linux's {@code dev_t}, new_encode_dev. */
  private static int major(long device) {
    return (int) (device >>> 8) & 0xfff;
  }

  private static int minor(long device) {
    return (int) (device & 0xff | device >>> 12 & 0xfff00);
  }

  /** FreeBSD's makedev(3). */
  private static long device(int major, int minor) {
    return (major & 0xffff_ff00L) << 32
        | (major & 0xffL) << 8
        | (minor & 0xff00L) << 24
        | minor & 0xffff_00ffL;
  }

  private static byte[] ofPoll(ByteBuffer entries, int size) {
    if (entries == null) {
      return null;
    }
    for (int at = 0; at < entries.capacity(); at += size) {
      for (int events : new int[] {at + EVENTS, at + REVENTS}) {
        entries.putShort(events, (short) POLL_EVENTS.toFreeBsd(entries.getShort(events)));
      }
    }
    return entries.array();
  }

  /** FreeBSD's {@code struct stat}, field by field. */
  private static final class Stat {
    private final ByteBuffer stat = littleEndian(new byte[Structure.STAT.size()]);

    private Stat() {
      stat.putLong(96, NO_TIME);
    }

    private Stat file(long device, long inode, long links) {
      stat.putLong(0, device).putLong(8, inode).putLong(16, links);
      return this;
    }

    private Stat mode(int mode, int user, int group) {
      stat.putShort(24, (short) mode).putInt(28, user).putInt(32, group);
      return this;
    }

    private Stat special(long device) {
      stat.putLong(40, device);
      return this;
    }

    /**
     * Copies {@code struct timespec}s, or what statx(2) has for them: nanoseconds of 32 bits.
     *
     * @param access where the time of the last access is, and so on
     */
    private Stat times(ByteBuffer linux, int access, int modification, int change) {
      int at = 48;
      for (int from : new int[] {access, modification, change}) {
        stat.putLong(at, linux.getLong(from)).putLong(at + 8, linux.getInt(from + 8));
        at += 16;
      }
      return this;
    }

    private void birth(long seconds, int nanoseconds) {
      stat.putLong(96, seconds).putLong(104, nanoseconds);
    }

    private Stat size(long size, long blocks, int blockSize) {
      stat.putLong(112, size).putLong(120, blocks).putInt(128, blockSize);
      return this;
    }

    private byte[] bytes() {
      return stat.array();
    }
  }
}
