package org.capemu.emulator.run;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The argument of {@code --from}. */
final class FromName implements ITypeConverter<From> {
  @Override
  public From convert(String where) {
    try {
      return From.parse(where);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
