package org.capemu.tracer.freebsd;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.LibcFreeBsdKernel;
import org.capemu.nativestubs.freebsd.RemoteFreeBsdKernel;
import org.capemu.nativestubs.freebsd.RemoteKernels;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.TracerException;

/** A FreeBSD system on which programs can be traced. It is reached when one is to be. */
public final class FreeBsdHost {
  private interface Opener {
    FreeBsdKernel open() throws IOException;
  }

  private final Opener kernel;

  private FreeBsdHost(Opener kernel) {
    this.kernel = kernel;
  }

  /** The system that capemu runs on, called through JNR-FFI. */
  public static FreeBsdHost local() {
    return new FreeBsdHost(LibcFreeBsdKernel::open);
  }

  /**
   * Where a capemu-stub is.
   *
   * @param where {@code unix:PATH}, {@code tcp:HOST:PORT}, or a command line that speaks the stub's
   *     protocol on its standard input and output
   * @param anyHost let tcp leave this host; the protocol has no protection of its own
   */
  public static FreeBsdHost remote(String where, boolean anyHost) {
    return new FreeBsdHost(
        () -> {
          RemoteFreeBsdKernel kernel = RemoteKernels.connect(where, anyHost);
          if (!kernel.system().startsWith("FreeBSD ")) {
            kernel.close();
            throw new IOException(
                where + ": that is " + kernel.system() + ": capemu-stub traces on FreeBSD only");
          }
          return kernel;
        });
  }

  /** {@link FreeBsdTracer#launch}, of arguments as the JVM got them. */
  public Tracer launch(List<String> argv, boolean followChildren) throws IOException {
    return FreeBsdTracer.launch(
        open(), argv.stream().map(FreeBsdHost::bytes).toList(), followChildren);
  }

  /** {@link FreeBsdTracer#attach}. */
  public Tracer attach(int pid, boolean followChildren, boolean descendants) throws IOException {
    return FreeBsdTracer.attach(open(), pid, followChildren, descendants);
  }

  private FreeBsdKernel open() throws TracerException {
    try {
      return kernel.open();
    } catch (IOException e) {
      throw new TracerException(e.getMessage());
    }
  }

  /** An argument as it was given to the JVM, one char a byte. */
  private static String bytes(String argument) {
    Charset given = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    return new String(argument.getBytes(given), StandardCharsets.ISO_8859_1);
  }
}
