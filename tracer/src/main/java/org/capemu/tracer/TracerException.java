package org.capemu.tracer;

import java.io.IOException;

/**
 * A program cannot be traced. The message is one line a user can act on: {@code FILE: what is
 * wrong}.
 */
public final class TracerException extends IOException {
  public TracerException(String message) {
    super(message);
  }
}
