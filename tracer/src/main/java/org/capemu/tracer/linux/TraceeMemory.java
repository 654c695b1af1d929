package org.capemu.tracer.linux;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Ptrace.IoVec;

/**
 * Reads memory of other processes: process_vm_readv(2). Any thread may call, each has buffers of
 * its own. A page that has still to be filled is waited for: by userfaultfd(2) or from a file
 * system that a process serves, that is a wait for that process.
 */
final class TraceeMemory {
  private static final int BUFFER = 4096;
  private static final int EPERM = 1;

  private static final ThreadLocal<TraceeMemory> OF_THREAD =
      ThreadLocal.withInitial(TraceeMemory::new);

  private final LinuxLibc libc = LinuxLibc.get();
  private final Pointer buffer = Memory.allocateDirect(LinuxLibc.runtime(), BUFFER);
  private final Pointer local = Memory.allocateDirect(LinuxLibc.runtime(), IoVec.SIZE);
  private final Pointer remote = Memory.allocateDirect(LinuxLibc.runtime(), IoVec.SIZE);

  private TraceeMemory() {
    local.putLong(IoVec.BASE, buffer.address());
  }

  static TraceeMemory get() {
    return OF_THREAD.get();
  }

  /**
   * Returns the number of bytes copied before the first that is not mapped. Where the process may
   * not be read at all, {@link TracedProcess#unreadable} is set and nothing copied.
   */
  int read(TracedProcess process, long address, byte[] into, int offset, int length) {
    int done = 0;
    while (done < length) {
      int chunk = Math.min(length - done, BUFFER);
      local.putLong(IoVec.LEN, chunk);
      remote.putLong(IoVec.BASE, address + done);
      remote.putLong(IoVec.LEN, chunk);
      long copied = libc.process_vm_readv(process.pid, local, 1, remote, 1, 0);
      if (copied <= 0) {
        if (copied < 0 && LinuxLibc.errno() == EPERM) {
          process.unreadable = true;
        }
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
