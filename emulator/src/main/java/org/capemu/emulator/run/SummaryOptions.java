package org.capemu.emulator.run;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Errors;
import org.capemu.emulator.cli.Streams;
import org.capemu.tracer.host.HostFiles;
import org.capemu.tracer.host.HostTerminal;
import org.capemu.tracer.ktrace.TraceFile;
import picocli.CommandLine.Option;

/** How, and where, {@code run} says what it found. */
final class SummaryOptions {
  /** The forms of a summary. */
  enum Format {
    text,
    json
  }

  @Option(names = "-q", description = "Print no summary.")
  private boolean quiet;

  @Option(
      names = "--summary",
      paramLabel = "FILE",
      description = "Write the summary into this file instead of standard error.")
  private String file;

  @Option(
      names = "--summary-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "The summary's form: text (default) or json, one object.")
  private Format format;

  @Option(
      names = "--startup",
      description = "List the violations of start-up too, which are not counted.")
  private boolean listsStartUp;

  /**
   * Before the program runs: whether the summary can be written afterwards, as far as it can be
   * told without touching the file.
   */
  void check(TraceFile trace, String traceName) {
    if (file == null) {
      return;
    }
    if (quiet) {
      throw new CommandException("--summary " + file + ": there is none with -q");
    }
    try {
      if (file.equals(traceName) || trace.isSameAs(file)) {
        throw new CommandException("--summary " + file + ": is the trace");
      }
      HostFiles.checkWrite(file);
    } catch (IOException e) {
      throw Errors.about(file, e);
    }
  }

  /** Says what was found. */
  void put(Summary summary, RunEnd end) throws IOException {
    if (quiet) {
      return;
    }
    byte[] text =
        format == Format.json
            ? SummaryJson.of(summary, end).getBytes(StandardCharsets.UTF_8)
            : (String.join("\n", SummaryText.lines(summary, end, listsStartUp)) + "\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    if (file != null) {
      try (OutputStream out = HostFiles.write(file)) {
        out.write(text);
      }
      return;
    }
    PrintStream err = Streams.standardError();
    if (HostTerminal.isStandardError()) {
      err.println(); // wherever the program has left the cursor
    }
    err.write(text, 0, text.length);
    err.flush();
  }

  /** Why it could not be written. */
  String lineAbout(IOException e) {
    return Errors.line(file, e);
  }
}
