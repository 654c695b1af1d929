package org.capemu.tracer.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Ptrace;
import org.capemu.nativestubs.linux.Ptrace.IoVec;
import org.capemu.nativestubs.linux.Ptrace.UserRegs;

/**
 * Takes CLONE_UNTRACED from clone(2) and clone3(2), so that the child is traced: FreeBSD has no
 * such flag. It is taken at the entry of the call and put back before the maker and the child run
 * on. clone(2) has it in a register. clone3(2) has it in memory: it is taken only from private
 * writable memory, where for that moment the program's other threads alone could miss it. If capemu
 * ends within the call, the flag stays away, which changes nothing without a tracer.
 *
 * <p>For the tracer's thread.
 */
final class UntracedFlag {
  private static final long CLONE_UNTRACED = 0x0080_0000;

  private static final int CLONE = 56;
  private static final int CLONE3 = 435;
  private static final int CLONE_32 = 120;
  private static final int CSIGNAL = 0xff;
  private static final int SIGCHLD = 17;
  private static final int EXIT_SIGNAL = 32;
  private static final int CLONE_ARGS = EXIT_SIGNAL + Long.BYTES;
  private static final long CLONE_VFORK = 0x4000;

  /**
   * What was taken.
   *
   * @param flags as the program has them
   * @param address of them in memory; 0 if they are in a register
   * @param register the one that has them, or their address: an offset in struct user_regs_struct
   * @param entry the registers at the entry of the call by which the child is known
   */
  private record Taken(long flags, long address, int register, Entry entry) {
    long rest() {
      return flags & ~CLONE_UNTRACED;
    }
  }

  /** The registers that a child begins with as its maker had them, the flag taken. */
  private record Entry(long rip, long rbx, long rdi, long rsi, long rdx) {}

  private final LinuxLibc libc;
  private final boolean followsProcesses;
  private final Pointer regs = Memory.allocateDirect(LinuxLibc.runtime(), UserRegs.SIZE);
  private final Pointer iov = Memory.allocateDirect(LinuxLibc.runtime(), IoVec.SIZE);

  /** By the id of the thread that makes the call, until it returns. */
  private final Map<Integer, Taken> makers = new HashMap<>();

  /** By the id of a child whose making was reported, until its own first stop. */
  private final Map<Integer, Taken> children = new HashMap<>();

  /**
   * @param followsProcesses whether a child that is a process is to be traced
   */
  UntracedFlag(LinuxLibc libc, boolean followsProcesses) {
    this.libc = libc;
    this.followsProcesses = followsProcesses;
    iov.putLong(IoVec.BASE, regs.address());
  }

  /** Whether a call has these flags; {@code int 0x80} has other numbers. */
  static boolean isIn(int number, boolean native64) {
    return number == CLONE3 || number == (native64 ? CLONE : CLONE_32);
  }

  /** Of clone3(2), whose first argument is the address of its flags. */
  static boolean areInMemory(int number) {
    return number == CLONE3;
  }

  static boolean isAmong(long flags) {
    return (flags & CLONE_UNTRACED) != 0;
  }

  /**
   * Takes the flag from a call of these at its entry.
   *
   * @param first its first argument
   * @return false if it is there and cannot be taken: the child will not be seen
   */
  boolean take(TracedThread thread, int number, boolean native64, long first) {
    long flags = first;
    long exitSignal = first & CSIGNAL;
    long address = 0;
    if (number == CLONE3) {
      ByteBuffer args = ByteBuffer.allocate(CLONE_ARGS).order(ByteOrder.LITTLE_ENDIAN);
      if (TraceeMemory.get().read(thread.process, first, args.array(), 0, CLONE_ARGS)
          != CLONE_ARGS) {
        return true; // EFAULT
      }
      flags = args.getLong(0);
      exitSignal = args.getLong(EXIT_SIGNAL);
      address = first;
    }
    if (!isAmong(flags) || !isToBeTraced(flags, exitSignal)) {
      return true;
    }
    int register = native64 ? UserRegs.RDI : UserRegs.RBX;
    if (address != 0 && !isPrivate(thread.process.pid, address) || !read(thread.tid)) {
      return false;
    }
    if (address == 0) {
      regs.putLong(register, flags & ~CLONE_UNTRACED);
    }
    Taken taken = new Taken(flags, address, register, entry());
    if (!(address == 0 ? write(thread.tid) : poke(thread.tid, address, taken.rest()))) {
      return false;
    }
    makers.put(thread.tid, taken);
    return true;
  }

  /** Which event the kernel makes of it: kernel_clone. */
  private boolean isToBeTraced(long flags, long exitSignal) {
    return followsProcesses || exitSignal != SIGCHLD && (flags & CLONE_VFORK) == 0;
  }

  /** A child was reported that has not yet had its first stop. */
  void made(int maker, int child) {
    Taken taken = makers.get(maker);
    if (taken != null) {
      children.put(child, taken);
    }
  }

  /** Puts the flag back for a thread that returns from the call, or is left in it. */
  void putBack(int maker) {
    Taken taken = makers.remove(maker);
    if (taken != null) {
      putBack(maker, taken);
    }
  }

  /** Puts the flag back for a child at its first stop. */
  void putBackInChild(int child) {
    Taken taken = children.remove(child);
    if (taken != null) {
      putBack(child, taken);
    } else if (!makers.isEmpty() && read(child)) { // it stopped before its making was reported
      Entry begin = entry();
      makers.values().stream()
          .filter(candidate -> candidate.entry.equals(begin))
          .findFirst()
          .ifPresent(found -> putBack(child, found));
    }
  }

  /** The thread is gone. */
  void forget(int tid) {
    makers.remove(tid);
    children.remove(tid);
  }

  private void putBack(int tid, Taken taken) {
    if (taken.address != 0) {
      // What is there may be another's meanwhile. An error is -1, which lacks no flag.
      if (libc.ptrace(Ptrace.PEEKDATA, tid, taken.address, 0) == taken.rest()) {
        poke(tid, taken.address, taken.flags);
      }
    } else if (read(tid) && regs.getLong(taken.register) == taken.rest()) {
      regs.putLong(taken.register, taken.flags);
      write(tid);
    }
  }

  private Entry entry() {
    return new Entry(
        regs.getLong(UserRegs.RIP),
        regs.getLong(UserRegs.RBX),
        regs.getLong(UserRegs.RDI),
        regs.getLong(UserRegs.RSI),
        regs.getLong(UserRegs.RDX));
  }

  private boolean read(int tid) {
    iov.putLong(IoVec.LEN, UserRegs.SIZE);
    return libc.ptrace(Ptrace.GETREGSET, tid, Ptrace.NT_PRSTATUS, iov.address()) >= 0
        && iov.getLong(IoVec.LEN) == UserRegs.SIZE;
  }

  private boolean write(int tid) {
    return libc.ptrace(Ptrace.SETREGSET, tid, Ptrace.NT_PRSTATUS, iov.address()) >= 0;
  }

  private boolean poke(int tid, long address, long word) {
    return libc.ptrace(Ptrace.POKEDATA, tid, address, word) >= 0;
  }

  /** Whether the flags at an address are the process's alone, and its to write. */
  private static boolean isPrivate(int pid, long address) {
    try {
      return ProcMaps.isPrivateAndWritable(pid, address, Long.BYTES);
    } catch (IOException gone) {
      return false;
    }
  }
}
