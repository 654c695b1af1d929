package org.capemu.emulator.cli;

import org.capemu.policy.Mode;
import picocli.CommandLine.Option;

/** {@code --strict}, for a picocli mixin: whether what no kernel records is found too. */
public final class StrictOption {
  @Option(
      names = "--strict",
      description = "Find what capability mode really refuses, also what no kernel records.")
  private boolean strict;

  /** What the policy is to find. */
  public Mode mode() {
    return strict ? Mode.STRICT : Mode.KERNEL;
  }
}
