package org.capemu.tracer.ktrace;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.policy.Violation;

/**
 * {@link Violation.Untraced} in a trace file. No kernel has a record for it, so it is the text of a
 * KTR_USER record, as utrace(2) of the program itself would make: {@code capemu strict: call CODE
 * abi SVFLAGS errno ERRNO: REASON}. kdump(1) prints it as it prints any other whose text it does
 * not know, byte by byte in hexadecimal.
 *
 * @param code the system call's number
 * @param svFlags the caller's ABI
 */
public record StrictNote(int code, int svFlags, Violation.Untraced violation) {
  private static final String MAGIC = "capemu strict: ";
  private static final byte[] MAGIC_BYTES = MAGIC.getBytes(StandardCharsets.ISO_8859_1);
  private static final Pattern TEXT =
      Pattern.compile(MAGIC + "call (\\d{1,5}) abi 0x([0-9a-f]{1,8}) errno (\\d{1,5}): (.*)");

  byte[] encode() {
    return (MAGIC
            + "call "
            + code
            + " abi 0x"
            + Integer.toHexString(svFlags)
            + " errno "
            + violation.errno()
            + ": "
            + violation.reason())
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Reads a record; null if it is something else. */
  public static StrictNote decode(KtraceRecord record) {
    if (record.type() != RecordType.USER
        || record.length() < MAGIC_BYTES.length
        || !startsWithMagic(record)) {
      return null;
    }
    Matcher matcher = TEXT.matcher(record.getString(0));
    if (!matcher.matches()) {
      return null;
    }
    return new StrictNote(
        Integer.parseInt(matcher.group(1)),
        Integer.parseUnsignedInt(matcher.group(2), 16),
        new Violation.Untraced(Integer.parseInt(matcher.group(3)), matcher.group(4)));
  }

  private static boolean startsWithMagic(KtraceRecord record) {
    for (int i = 0; i < MAGIC_BYTES.length; i++) {
      if (record.getByte(i) != MAGIC_BYTES[i]) {
        return false;
      }
    }
    return true;
  }
}
