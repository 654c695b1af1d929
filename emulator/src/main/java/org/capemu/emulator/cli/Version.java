package org.capemu.emulator.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints, after {@code capemu} and after each command. */
public final class Version implements IVersionProvider {
  private static final String VERSION = "capemu 0.1.0";

  @Override
  public String[] getVersion() {
    return new String[] {VERSION};
  }
}
