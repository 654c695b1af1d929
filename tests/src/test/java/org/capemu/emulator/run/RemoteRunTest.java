package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code capemu run --remote}, from the command line to the trace file. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class RemoteRunTest {
  private static final String CAPTURE = "nasty-threads";

  @TempDir Path directory;

  /** Built here, as nobody hears of it where the thread of a service finds no compiler. */
  @BeforeEach
  void build() throws Exception {
    FakeFreeBsd.executable();
  }

  private interface Step {
    void run() throws IOException;
  }

  private int run(String remote, String letters) {
    return new CommandLine(new RunCommand())
        .setStopAtPositional(true)
        .execute(
            "-i",
            "-t",
            letters,
            "-f",
            directory.resolve("trace").toString(),
            "--remote",
            remote,
            "--",
            "/bin/ktrace",
            "-i",
            "nasty",
            "threads");
  }

  private void assertRecordsAreTheKernels(String letters) throws IOException {
    assertEquals(
        TranscriptTest.text(TranscriptTest.trace(CAPTURE), letters, TranscriptTest.open(CAPTURE)),
        TranscriptTest.text(
            Files.readAllBytes(directory.resolve("trace")), letters, TranscriptTest.open(CAPTURE)));
  }

  private String count() throws IOException {
    return Files.readAllLines(directory.resolve("count")).get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"np", "cnpsu"})
  void throughACommand(String letters) throws Exception {
    Path transcript = TranscriptTest.transcript(CAPTURE, directory);
    assertEquals(0, run(FakeFreeBsd.command(transcript, directory), letters));
    assertRecordsAreTheKernels(letters);
  }

  /** What the kernel says on its console meanwhile would be in the stream. */
  @Test
  void throughTheLineOfTheConsole() throws Exception {
    Path transcript = TranscriptTest.transcript(CAPTURE, directory);
    assertEquals(0, run(FakeFreeBsd.commandOnTerminal(transcript, directory), "np"));
    assertRecordsAreTheKernels("np");
    assertTrue(count().endsWith(" 21"), "muted, and not any more: " + count());
  }

  @Test
  void throughAUnixSocket() throws Exception {
    Path path = directory.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      Thread service =
          serve(
              () -> {
                try (SocketChannel channel = server.accept()) {
                  bridge(channel);
                }
              });
      assertEquals(0, run("unix:" + path, "np"));
      service.join();
    }
    assertRecordsAreTheKernels("np");
  }

  @Test
  void throughTcp() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Thread service =
          serve(
              () -> {
                try (SocketChannel channel = server.accept()) {
                  bridge(channel);
                }
              });
      assertEquals(0, run("tcp:localhost:" + server.socket().getLocalPort(), "np"));
      service.join();
    }
    assertRecordsAreTheKernels("np");
  }

  private static Thread serve(Step step) {
    Thread service =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    service.start();
    return service;
  }

  /** As socat(1) would serve a stub. */
  private void bridge(SocketChannel channel) throws IOException {
    Process stub;
    try {
      stub =
          FakeFreeBsd.start(
              TranscriptTest.transcript(CAPTURE, directory),
              directory,
              ProcessBuilder.Redirect.INHERIT);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    Thread answers =
        serve(
            () -> {
              byte[] block = new byte[4096];
              int n;
              while ((n = stub.getInputStream().read(block)) > 0) {
                channel.write(ByteBuffer.wrap(block, 0, n));
              }
            });
    ByteBuffer block = ByteBuffer.allocate(4096);
    while (channel.read(block.clear()) > 0) {
      stub.getOutputStream().write(block.array(), 0, block.position());
      stub.getOutputStream().flush();
    }
    stub.getOutputStream().close();
    try {
      answers.join();
      stub.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
