package org.capemu.emulator.cli;

import org.capemu.policy.Release;
import picocli.CommandLine.Option;

/** {@code --release}, for a picocli mixin: which kernel a command is about. */
public final class ReleaseOption {
  @Option(
      names = "--release",
      paramLabel = "RELEASE",
      defaultValue = ReleaseName.DEFAULT,
      converter = ReleaseName.class,
      description = "The kernel to stand for: 15.0 (default), 14.x, 13.x.")
  private Release release;

  /** The one that was named, or the default. */
  public Release release() {
    return release;
  }
}
