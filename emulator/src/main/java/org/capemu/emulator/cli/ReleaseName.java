package org.capemu.emulator.cli;

import org.capemu.policy.Release;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The argument of {@code --release}: {@code 15.0}, {@code 14.x}, {@code 13.2}, {@code 13}. */
public final class ReleaseName implements ITypeConverter<Release> {
  public static final String DEFAULT = "15.0";

  @Override
  public Release convert(String name) {
    if (name.matches("(13|14|15)(\\.[0-9]|\\.x)?")) {
      return Release.valueOf("FREEBSD_" + name.substring(0, 2));
    }
    throw new TypeConversionException("unknown release '" + name + "': 15.0, 14.x or 13.x");
  }
}
