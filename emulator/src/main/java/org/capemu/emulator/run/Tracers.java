package org.capemu.emulator.run;

import java.io.IOException;
import java.util.List;
import org.capemu.emulator.cli.CommandException;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.freebsd.FreeBsdHost;
import org.capemu.tracer.linux.LinuxTracer;

/** The tracers of the system that a program is to run on. */
interface Tracers {
  Tracer launch(List<String> command, boolean followChildren) throws IOException;

  Tracer attach(int pid, boolean followChildren, boolean descendants) throws IOException;

  /**
   * Chooses them.
   *
   * @param remote where a capemu-stub is, null for the system that capemu runs on
   * @param anyHost it may be on another host without the protection of ssh(1)
   */
  static Tracers at(String remote, boolean anyHost) {
    if (remote != null) {
      return new OnFreeBsd(FreeBsdHost.remote(remote, anyHost));
    }
    String system = System.getProperty("os.name");
    String host = system + " " + System.getProperty("os.arch");
    if (system.equals("FreeBSD")) {
      return new OnFreeBsd(FreeBsdHost.local());
    } else if (host.equals("Linux amd64")) {
      return new OnLinux();
    }
    throw new CommandException("run: programs cannot be traced on " + host + "; use --remote");
  }

  /** Through the host's ptrace(2) of Linux. */
  final class OnLinux implements Tracers {
    private OnLinux() {}

    @Override
    public Tracer launch(List<String> command, boolean followChildren) throws IOException {
      return LinuxTracer.launch(command, followChildren);
    }

    @Override
    public Tracer attach(int pid, boolean followChildren, boolean descendants) throws IOException {
      return LinuxTracer.attach(pid, followChildren, descendants);
    }
  }

  /** Through a FreeBSD kernel, near or far. */
  final class OnFreeBsd implements Tracers {
    private final FreeBsdHost host;

    private OnFreeBsd(FreeBsdHost host) {
      this.host = host;
    }

    @Override
    public Tracer launch(List<String> command, boolean followChildren) throws IOException {
      return host.launch(command, followChildren);
    }

    @Override
    public Tracer attach(int pid, boolean followChildren, boolean descendants) throws IOException {
      return host.attach(pid, followChildren, descendants);
    }
  }
}
