package org.capemu.emulator.cli;

import org.capemu.policy.Release;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The argument of {@code --release}: {@code 15.0}, {@code 14.x}, {@code 13.2}, {@code 13}. */
public final class ReleaseName implements ITypeConverter<Release> {
  public static final String DEFAULT = "15.0";

  @Override
  public Release convert(String name) {
    try {
      return Release.named(name);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
