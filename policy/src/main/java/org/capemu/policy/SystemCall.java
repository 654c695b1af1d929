package org.capemu.policy;

import org.jspecify.annotations.Nullable;

/**
 * A system call at its entry: who made it by which interface, its number, and its arguments, each
 * taken for what its prototype says it is. Names are those of kdump(1).
 *
 * <p>One object serves any number of calls, one after the other: deciding a call then allocates
 * nothing. Not for use by several threads at once.
 */
public class SystemCall {
  /** Most arguments that any call takes. */
  public static final int MAX_ARGS = 8;

  /** A number that no table has. */
  public static final int NO_NUMBER = -1;

  private static final long LOW_HALF = 0xffff_ffffL;

  private final SyscallTable calls;
  private Abi abi = Abi.FREEBSD64;
  private int number = NO_NUMBER;
  private long[] args = new long[MAX_ARGS];

  /**
   * No call yet.
   *
   * @param calls of the release that numbers are meant by
   */
  public SystemCall(SyscallTable calls) {
    this.calls = calls;
  }

  /**
   * Stands for another call from now on.
   *
   * @param callersAbi the caller's system call interface
   * @param callNumber the number in that interface's table; any value
   * @param arguments in their registers' order, {@link #MAX_ARGS} of them, unused ones 0; kept, not
   *     copied
   */
  public final SystemCall set(Abi callersAbi, int callNumber, long[] arguments) {
    // what a thread's calls have in common is not stored again: the collector watches references
    if (abi != callersAbi) {
      abi = callersAbi;
    }
    number = callNumber;
    if (args != arguments) {
      args = arguments;
    }
    return this;
  }

  public final Abi abi() {
    return abi;
  }

  public final int number() {
    return number;
  }

  /** The arguments as they are in their registers, unused ones 0: the array itself. */
  public final long[] args() {
    return args;
  }

  /** What the native table says of it; null for a Linux call, and for a number beyond the table. */
  public final SyscallTable.@Nullable Syscall info() {
    return abi.isLinux() ? null : calls.info(number);
  }

  /** The native call's name; empty for a Linux call, and for a number beyond the table. */
  public final String name() {
    SyscallTable.Syscall info = info();
    return info == null ? "" : info.name();
  }

  /** Whether it is the native call of a name. */
  public final boolean is(String name) {
    return name.equals(name());
  }

  /** An {@code int}, or an unsigned 32 bits wide. */
  public final int intAt(int arg) {
    return (int) args[arg];
  }

  /** A descriptor, or AT_FDCWD. */
  public final int fd(int arg) {
    return intAt(arg);
  }

  /** A {@code long} or {@code size_t}: the whole register, which a 32-bit caller fills half. */
  public final long longAt(int arg) {
    return args[arg];
  }

  /** A pointer. */
  public final long address(int arg) {
    return args[arg];
  }

  /** Whether a pointer is null. */
  public final boolean isNull(int arg) {
    return args[arg] == 0;
  }

  /**
   * 64 bits, as an off_t or id_t: a 32-bit caller passes them as two arguments, the lower first.
   */
  public final long wideAt(int arg) {
    return abi.is64Bit() ? args[arg] : args[arg] & LOW_HALF | args[arg + 1] << Integer.SIZE;
  }
}
