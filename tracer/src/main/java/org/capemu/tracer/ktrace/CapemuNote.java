package org.capemu.tracer.ktrace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.capemu.policy.Violation;

/**
 * What capemu itself says in a trace. No kernel has a record for it, so it is the text of a
 * KTR_USER record, as utrace(2) of the program would make: {@code capemu}, the name of its kind, a
 * colon and what it says. kdump(1) prints it as it prints any other whose text it does not know,
 * byte by byte in hexadecimal.
 */
public sealed interface CapemuNote permits StrictNote, StartNote, LookupNote {
  /** The kinds of notes. */
  enum Kind {
    /** A violation that no kernel records. */
    STRICT("strict", RecordType.CAPFAIL) {
      @Override
      CapemuNote parse(String text) {
        return StrictNote.parse(text);
      }
    },
    /** Where start-up begins or ends. */
    START_UP("start-up", RecordType.USER) {
      @Override
      CapemuNote parse(String text) {
        return StartNote.parse(text);
      }
    },
    /** What the lookups of a call met. */
    LOOKUP("lookup", RecordType.USER) {
      @Override
      CapemuNote parse(String text) {
        return LookupNote.parse(text);
      }
    };

    private final String noteName;
    private final int shownAs;
    private final String start;

    Kind(String noteName, int shownAs) {
      this.noteName = noteName;
      this.shownAs = shownAs;
      this.start = START + noteName + ": ";
    }

    /** Its name, in the record and in JSON. */
    public String noteName() {
      return noteName;
    }

    /** A {@link RecordType}: what it counts as where kinds of records are chosen and named. */
    public int shownAs() {
      return shownAs;
    }

    /** Reads what follows the colon; null if that is no note of this kind. */
    abstract CapemuNote parse(String text);
  }

  /** How all of them begin. */
  String START = "capemu ";

  /** KTR_USER_MAXLEN. */
  int MAX_LENGTH = 2048;

  /** Which kind it is. */
  Kind kind();

  /** What follows the colon: one char a byte. */
  String text();

  /** Hands out what it says, under its names in JSON. */
  void data(Violation.Writer to);

  /** The payload of its record; cut at {@link #MAX_LENGTH} bytes. */
  default byte[] encode() {
    byte[] bytes = (kind().start + text()).getBytes(StandardCharsets.ISO_8859_1);
    return Arrays.copyOf(bytes, Math.min(bytes.length, MAX_LENGTH));
  }

  /** Reads a record; null if it is something else. */
  static CapemuNote read(KtraceRecord record) {
    if (record.type() != RecordType.USER || !startsLikeOne(record)) {
      return null;
    }
    String text =
        new String(
            record.array(), record.payloadOffset(), record.length(), StandardCharsets.ISO_8859_1);
    for (Kind kind : Kind.values()) {
      if (text.startsWith(kind.start)) {
        return kind.parse(text.substring(kind.start.length()));
      }
    }
    return null;
  }

  private static boolean startsLikeOne(KtraceRecord record) {
    if (record.length() < START.length()) {
      return false;
    }
    for (int i = 0; i < START.length(); i++) {
      if (record.getByte(i) != START.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
