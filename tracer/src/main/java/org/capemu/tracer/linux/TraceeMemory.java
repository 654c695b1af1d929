package org.capemu.tracer.linux;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Ptrace.IoVec;

/** Reads memory of other processes: process_vm_readv(2). Buffers are used again for each call. */
final class TraceeMemory {
  private static final int BUFFER = 4096;

  private final LinuxLibc libc = LinuxLibc.get();
  private final Pointer buffer = Memory.allocateDirect(LinuxLibc.runtime(), BUFFER);
  private final Pointer iovs = Memory.allocateDirect(LinuxLibc.runtime(), 2 * IoVec.SIZE);

  TraceeMemory() {
    iovs.putLong(IoVec.BASE, buffer.address());
  }

  /** Returns the number of bytes copied before the first that is not mapped. */
  int read(int pid, long address, byte[] into, int offset, int length) {
    int done = 0;
    while (done < length) {
      int chunk = Math.min(length - done, BUFFER);
      iovs.putLong(IoVec.LEN, chunk);
      iovs.putLong(IoVec.SIZE + IoVec.BASE, address + done);
      iovs.putLong(IoVec.SIZE + IoVec.LEN, chunk);
      long copied = libc.process_vm_readv(pid, iovs, 1, iovs.slice(IoVec.SIZE), 1, 0);
      if (copied <= 0) {
        break;
      }
      buffer.get(0, into, offset + done, (int) copied);
      done += (int) copied;
      if (copied < chunk) {
        break;
      }
    }
    return done;
  }
}
