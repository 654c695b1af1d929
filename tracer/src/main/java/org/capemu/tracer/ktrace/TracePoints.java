package org.capemu.tracer.ktrace;

import static org.capemu.tracer.ktrace.RecordType.*;

/**
 * A set of record types as the letters of {@code -t} choose it: ktrace(1), kdump(1). Bit {@code 1
 * << type}, {@code KTRFAC_*} of sys/ktrace.h.
 */
public record TracePoints(int mask) {
  /** What ktrace(1) records without {@code -t}, and the letter {@code +}. */
  public static final TracePoints DEFAULT =
      of(
          SYSCALL,
          SYSRET,
          NAMEI,
          GENIO,
          PSIG,
          USER,
          STRUCT,
          SYSCTL,
          STRUCT_ARRAY,
          ARGS,
          ENVS,
          EXTERR);

  /** What kdump(1) prints without {@code -t}. */
  public static final TracePoints ALL =
      DEFAULT.plus(of(CAPFAIL, CSW, PROCCTOR, PROCDTOR, FAULT, FAULTEND));

  private static TracePoints of(int... types) {
    int mask = 0;
    for (int type : types) {
      mask |= 1 << type;
    }
    return new TracePoints(mask);
  }

  /**
   * Reads the argument of {@code -t}.
   *
   * @throws IllegalArgumentException if a letter is not known; the message names it
   */
  public static TracePoints parse(String letters) {
    TracePoints points = new TracePoints(0);
    for (char letter : letters.toCharArray()) {
      points = points.plus(ofLetter(letter, letters));
    }
    return points;
  }

  private static TracePoints ofLetter(char letter, String letters) {
    return switch (letter) {
      case 'a' -> of(ARGS);
      case 'c' -> of(SYSCALL, SYSRET);
      case 'e' -> of(ENVS);
      case 'f' -> of(FAULT, FAULTEND);
      case 'i' -> of(GENIO);
      case 'n' -> of(NAMEI);
      case 'p' -> of(CAPFAIL);
      case 's' -> of(PSIG);
      case 't' -> of(STRUCT, STRUCT_ARRAY);
      case 'u' -> of(USER);
      case 'w' -> of(CSW);
      // 15.0's getpoints falls through from x to +.
      case 'x', '+' -> DEFAULT;
      case 'y' -> of(SYSCTL);
      default ->
          throw new IllegalArgumentException("unknown trace point '" + letter + "' in " + letters);
    };
  }

  private TracePoints plus(TracePoints other) {
    return new TracePoints(mask | other.mask);
  }

  /** True if records of this type are chosen; as in kdump(1), the type counts modulo 32. */
  public boolean contains(int type) {
    return (mask & 1 << type) != 0;
  }
}
