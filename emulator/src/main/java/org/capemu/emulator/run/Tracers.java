package org.capemu.emulator.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.capemu.emulator.cli.CommandException;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.linux.LinuxTracer;

/** Chooses the tracer for the system that capemu runs on. */
final class Tracers {
  private Tracers() {}

  static Tracer launch(List<String> command, boolean followChildren) throws IOException {
    checkHost();
    return LinuxTracer.launch(command, followChildren);
  }

  static Tracer attach(int pid, boolean followChildren, boolean descendants) throws IOException {
    checkHost();
    return LinuxTracer.attach(pid, followChildren, descendants);
  }

  /** The command name of a process that runs already. */
  static String commandOf(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/comm"), StandardCharsets.ISO_8859_1)
          .stripTrailing();
    } catch (IOException gone) {
      return "";
    }
  }

  private static void checkHost() {
    String host = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!host.equals("Linux amd64")) {
      throw new CommandException("run: programs cannot be traced on " + host);
    }
  }
}
