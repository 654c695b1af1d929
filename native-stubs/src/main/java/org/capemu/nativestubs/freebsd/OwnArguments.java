package org.capemu.nativestubs.freebsd;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The arguments of this process: sysctl(3) of kern.proc.args. */
public final class OwnArguments {
  private static final int CTL_KERN = 1;
  private static final int KERN_PROC = 14;
  private static final int KERN_PROC_ARGS = 7;

  /** The process that asks. */
  private static final int OWN = -1;

  /** ARG_MAX. */
  private static final int MOST = 512 << 10;

  private OwnArguments() {}

  /** Each with its NUL; null if the system does not tell. */
  public static byte[] read() {
    FreeBsdLibc libc = FreeBsdLibc.get();
    Runtime runtime = Runtime.getRuntime(libc);
    Pointer arguments = Memory.allocateDirect(runtime, MOST);
    Pointer length = Memory.allocateDirect(runtime, Long.BYTES, true);
    length.putLong(0, MOST);
    int[] name = {CTL_KERN, KERN_PROC, KERN_PROC_ARGS, OWN};
    if (libc.sysctl(name, name.length, arguments, length, null, 0) != 0) {
      return null;
    }
    byte[] bytes = new byte[(int) length.getLong(0)];
    arguments.get(0, bytes, 0, bytes.length);
    return bytes;
  }
}
