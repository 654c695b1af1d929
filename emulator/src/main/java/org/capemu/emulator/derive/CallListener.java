package org.capemu.emulator.derive;

import java.io.IOException;

/** Takes calls as they are decided. */
public interface CallListener {
  /**
   * A call is entered. What does not turn on later records is {@linkplain RecordedCall#findings
   * found} already; nothing may be, even if the call will be undecided.
   *
   * @param decided false if what is found turns on records that follow
   */
  default void entered(RecordedCall call, boolean decided) throws IOException {}

  /**
   * A call has returned, or will not return any more: all that is to be found is.
   *
   * @see RecordedCall#returned()
   */
  void finished(RecordedCall call) throws IOException;
}
