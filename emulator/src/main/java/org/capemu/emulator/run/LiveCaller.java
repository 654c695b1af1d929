package org.capemu.emulator.run;

import java.nio.charset.StandardCharsets;
import org.capemu.policy.Caller;
import org.capemu.policy.Descriptor;
import org.capemu.policy.FileTree;
import org.capemu.policy.Undecided;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.Tracer;

/**
 * Answers for a thread that stands at the entry of a call. One instance can serve every stop of one
 * thread of capemu's.
 */
final class LiveCaller implements Caller {
  private static final int PATH_MAX = 1024;
  private static final int PATH_USUAL = 64;

  private final Tracer tracer;
  private final LiveLimits limits;
  private final byte[] buffer = new byte[PATH_MAX];
  private StoppedThread thread;

  /** Null where it is not noted what lookups meet. */
  private NotedFiles noted;

  LiveCaller(Tracer tracer, LiveLimits limits) {
    this.tracer = tracer;
    this.limits = limits;
  }

  LiveCaller at(StoppedThread thread) {
    this.thread = thread;
    this.noted = null;
    return this;
  }

  /** The same, and what lookups beneath descriptors meet is noted. */
  LiveCaller notingAt(StoppedThread thread) {
    at(thread);
    this.noted = new NotedFiles(tracer.files(thread.pid()));
    return this;
  }

  /** The payload of a {@link org.capemu.tracer.ktrace.LookupNote}; null if there is none. */
  byte[] note() {
    return noted == null ? null : noted.note();
  }

  @Override
  public int pid() {
    return thread.pid();
  }

  @Override
  public int tid() {
    return thread.tid();
  }

  @Override
  public boolean inCapabilityMode() {
    return thread.inCapabilityMode();
  }

  @Override
  public boolean isSuperuser() {
    return thread.isSuperuser();
  }

  @Override
  public Descriptor descriptor(int fd) {
    return limits.limited(thread.pid(), fd, thread.descriptor(fd));
  }

  @Override
  public boolean hasLimitedDescriptors() {
    return thread.hasLimitedDescriptors() || limits.hasLimited(thread.pid());
  }

  @Override
  public String path(long address) {
    int length = 0;
    // Most are short, and what comes after them may be far away, or not mapped.
    for (int end = PATH_USUAL; end <= PATH_MAX; end = length < end ? PATH_MAX + 1 : 4 * end) {
      int from = length;
      length += thread.read(address + from, buffer, from, end - from);
      for (int i = from; i < length; i++) {
        if (buffer[i] == 0) {
          return new String(buffer, 0, i, StandardCharsets.ISO_8859_1);
        }
      }
    }
    checkReadable();
    return null;
  }

  private void checkReadable() {
    if (!thread.isReadable()) {
      throw new Undecided("memory of a process that may not be read");
    }
  }

  @Override
  public boolean read(long address, byte[] into, int length) {
    if (thread.read(address, into, 0, length) == length) {
      return true;
    }
    checkReadable();
    return false;
  }

  @Override
  public byte[] sockaddr(long address, int length) {
    byte[] sockaddr = thread.sockaddr(address, length);
    if (sockaddr == null) {
      checkReadable();
    }
    return sockaddr;
  }

  @Override
  public boolean looksUpAddress() {
    return thread.looksUpAddress();
  }

  @Override
  public String sysctlName(long mib, int length) {
    return thread.sysctlName(mib, length);
  }

  @Override
  public FileTree files() {
    return noted == null ? tracer.files(thread.pid()) : noted;
  }
}
