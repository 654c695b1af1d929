package org.capemu.nativestubs.freebsd;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/** Ways to a capemu-stub. */
public final class RemoteKernels {
  private static final int CONNECT_MILLISECONDS = 10_000;
  private static final int END_SECONDS = 2;

  private RemoteKernels() {}

  /**
   * Connects to a stub and greets it.
   *
   * @param where {@code unix:PATH}, {@code tcp:HOST:PORT}, or a command line for sh(1) that speaks
   *     the protocol on its standard input and output
   * @param anyHost a tcp host may be another than this one; the protocol has no protection of its
   *     own
   * @throws IOException with one line that says why not
   */
  public static RemoteFreeBsdKernel connect(String where, boolean anyHost) throws IOException {
    try {
      if (where.startsWith("unix:")) {
        return unix(where.substring("unix:".length()));
      } else if (where.startsWith("tcp:")) {
        return tcp(where.substring("tcp:".length()), anyHost);
      }
      return command(where);
    } catch (IOException e) {
      throw new IOException(where + ": " + e.getMessage());
    } catch (IllegalArgumentException e) { // a path with NUL
      throw new IOException(where + ": " + e.getMessage());
    }
  }

  private static RemoteFreeBsdKernel unix(String path) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    return greeted(
        () -> reach(() -> channel.connect(UnixDomainSocketAddress.of(path))),
        () -> new ChannelInput(channel),
        () -> new ChannelOutput(channel),
        channel);
  }

  /** The streams of {@link java.nio.channels.Channels} do not write while another thread reads. */
  private static final class ChannelInput extends InputStream {
    private final SocketChannel channel;

    ChannelInput(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return length == 0 ? 0 : channel.read(ByteBuffer.wrap(bytes, offset, length));
    }
  }

  private static final class ChannelOutput extends OutputStream {
    private final SocketChannel channel;

    ChannelOutput(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
      while (left.hasRemaining()) {
        channel.write(left);
      }
    }
  }

  private static RemoteFreeBsdKernel tcp(String address, boolean anyHost) throws IOException {
    int colon = address.lastIndexOf(':');
    int port;
    try {
      port = Integer.parseInt(address.substring(colon + 1));
    } catch (NumberFormatException e) {
      port = -1;
    }
    if (colon <= 0 || port < 1 || port > 65535) {
      throw new IOException("not tcp:HOST:PORT");
    }
    InetAddress host;
    try {
      host = InetAddress.getByName(address.substring(0, colon));
    } catch (UnknownHostException e) {
      throw new IOException("unknown host");
    }
    if (!host.isLoopbackAddress() && !anyHost) {
      throw new IOException(
          "not this host, and the protocol is not protected: use ssh, or --remote-any-host");
    }
    int chosen = port;
    Socket socket = new Socket();
    return greeted(
        () -> {
          socket.setTcpNoDelay(true);
          reach(() -> socket.connect(new InetSocketAddress(host, chosen), CONNECT_MILLISECONDS));
        },
        socket::getInputStream,
        socket::getOutputStream,
        socket);
  }

  private static RemoteFreeBsdKernel command(String line) throws IOException {
    // In a shell: quotes and ~ mean what they mean at a prompt.
    Process process =
        new ProcessBuilder("/bin/sh", "-c", line)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return greeted(() -> {}, process::getInputStream, process::getOutputStream, () -> end(process));
  }

  private static void reach(Step connect) throws IOException {
    try {
      connect.run();
    } catch (IOException e) {
      throw new IOException("no capemu-stub listens there: " + e.getMessage());
    }
  }

  private static void end(Process process) {
    try {
      if (process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroy();
  }

  private interface Step {
    void run() throws IOException;
  }

  private interface Opener<T> {
    T open() throws IOException;
  }

  private static RemoteFreeBsdKernel greeted(
      Step connect, Opener<InputStream> in, Opener<OutputStream> out, Closeable connection)
      throws IOException {
    try {
      connect.run();
      return new RemoteFreeBsdKernel(in.open(), out.open(), connection);
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }
}
