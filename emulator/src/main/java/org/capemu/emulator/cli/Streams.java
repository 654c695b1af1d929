package org.capemu.emulator.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * The standard streams. Paths and arguments hold one char a byte: they come out as they came in.
 */
public final class Streams {
  private static final int BUFFER_SIZE = 1 << 16;

  private Streams() {}

  /** Standard error, for errors and the summary of a run. */
  public static PrintStream standardError() {
    return new PrintStream(
        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.ISO_8859_1);
  }

  /** Standard output, buffered: whoever opens it ends with {@link #finish}. */
  public static PrintStream standardOutput() {
    return new Output(new FailureKeeper(new FileOutputStream(FileDescriptor.out)));
  }

  /** A stream as picocli wants it. */
  public static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.ISO_8859_1), true);
  }

  /**
   * Brings out what was printed to standard output. A reader that is gone wanted no more, which is
   * no error.
   *
   * @throws CommandException if not all of it could be written
   */
  public static void finish(PrintStream out) {
    if (out.checkError()) {
      IOException failure = out instanceof Output output ? output.keeper.failure : null;
      if (failure == null) {
        throw new CommandException("standard output: cannot be written");
      } else if (!Errors.isReaderGone(failure)) {
        throw Errors.about("standard output", failure);
      }
    }
  }

  /** A PrintStream says that something failed, not what. */
  private static final class Output extends PrintStream {
    private final FailureKeeper keeper;

    private Output(FailureKeeper keeper) {
      super(new BufferedOutputStream(keeper, BUFFER_SIZE), false, StandardCharsets.ISO_8859_1);
      this.keeper = keeper;
    }
  }

  private static final class FailureKeeper extends FilterOutputStream {
    private IOException failure;

    private FailureKeeper(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (failure != null) {
        return; // the first one is told; what follows would only repeat it
      }
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
  }
}
