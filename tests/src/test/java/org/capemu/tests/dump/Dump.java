package org.capemu.tests.dump;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.dump.DumpCommand;
import picocli.CommandLine;

/** One run of {@code capemu dump}, and the captures to run it on. */
record Dump(int status, String text, String error) {
  private static final Path CAPTURES = Path.of("src/test/resources/captures");
  private static final Path SYNTHETIC = Path.of("src/test/resources/synthetic");

  /** Dumps a trace that comes from standard input. */
  static Dump of(byte[] trace, String... flags) {
    String[] arguments = new String[flags.length + 2];
    System.arraycopy(flags, 0, arguments, 0, flags.length);
    arguments[flags.length] = "-f";
    arguments[flags.length + 1] = "-";
    return run(new ByteArrayInputStream(trace), arguments);
  }

  static Dump run(InputStream in, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String[] error = {""};
    int status =
        new CommandLine(new DumpCommand(in, out))
            .setExecutionExceptionHandler(
                (exception, command, parsed) -> {
                  if (!(exception instanceof CommandException)) {
                    throw exception;
                  }
                  error[0] = exception.getMessage();
                  return 2;
                })
            .execute(arguments);
    return new Dump(status, out.toString(StandardCharsets.ISO_8859_1), error[0]);
  }

  /** A file among the captures, unpacked. */
  static byte[] capture(String name) {
    return unpack(CAPTURES.resolve(name));
  }

  static byte[] unpack(Path file) {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path captures() {
    return CAPTURES;
  }

  /** Traces that no kernel wrote, and kdump's text of them. */
  static Path synthetic() {
    return SYNTHETIC;
  }
}
