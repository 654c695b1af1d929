package org.capemu.tracer.ktrace;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.policy.Violation;

/**
 * {@link Violation.Untraced} in a trace: {@code capemu strict: call CODE abi SVFLAGS errno ERRNO:
 * REASON}.
 *
 * @param code the system call's number
 * @param svFlags the caller's ABI
 */
public record StrictNote(int code, int svFlags, Violation.Untraced violation)
    implements CapemuNote, ViolationRecord {
  private static final Pattern TEXT =
      Pattern.compile("call (\\d{1,5}) abi 0x([0-9a-f]{1,8}) errno (\\d{1,5}): (.*)");

  @Override
  public Kind kind() {
    return Kind.STRICT;
  }

  @Override
  public String text() {
    return "call "
        + code
        + " abi 0x"
        + Integer.toHexString(svFlags)
        + " errno "
        + violation.errno()
        + ": "
        + violation.reason();
  }

  @Override
  public void data(Violation.Writer to) {
    violation.data(to);
  }

  /** Reads what {@link #text} made; null if it is something else. */
  static StrictNote parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    return new StrictNote(
        Integer.parseInt(matcher.group(1)),
        Integer.parseUnsignedInt(matcher.group(2), 16),
        Violation.Untraced.of(Integer.parseInt(matcher.group(3)), matcher.group(4)));
  }
}
