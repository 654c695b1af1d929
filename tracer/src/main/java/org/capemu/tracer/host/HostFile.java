package org.capemu.tracer.host;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.capemu.nativestubs.posix.FileStatus;

/** A file that is open. */
public interface HostFile extends Closeable {
  /** fstat(2). */
  FileStatus status() throws IOException;

  /** What it holds, to be read before anything is written. Closing it leaves the file open. */
  InputStream contents() throws IOException;

  /** Writes all of the bytes, at the end if it was opened to append, or fails. */
  void write(byte[] bytes, int length) throws IOException;

  /** ftruncate(2). */
  void truncate(long size) throws IOException;
}
