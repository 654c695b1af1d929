package org.capemu.nativestubs.freebsd;

import java.io.IOException;

/** There is no such process (any more): ESRCH. The message is one line. */
public final class ProcessGoneException extends IOException {
  public ProcessGoneException(String message) {
    super(message);
  }
}
