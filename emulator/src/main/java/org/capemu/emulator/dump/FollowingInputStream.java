package org.capemu.emulator.dump;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/** A file that is still written: its end is not the end, but waited at for more. */
final class FollowingInputStream extends FilterInputStream {
  private static final long PAUSE_MILLISECONDS = 200;

  private final Runnable beforeWaiting;

  /**
   * @param beforeWaiting called each time that the end is reached
   */
  FollowingInputStream(InputStream in, Runnable beforeWaiting) {
    super(in);
    this.beforeWaiting = beforeWaiting;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = super.read(buffer, offset, length);
    while (count < 0) {
      beforeWaiting.run();
      try {
        Thread.sleep(PAUSE_MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
      count = super.read(buffer, offset, length);
    }
    return count;
  }
}
