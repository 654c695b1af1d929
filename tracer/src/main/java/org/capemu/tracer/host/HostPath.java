package org.capemu.tracer.host;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/** File names of bytes as {@link Path}, which holds chars that the JVM encodes by its locale. */
final class HostPath {
  /** In what the JVM encodes file names. It cannot be set on the JVM's command line. */
  private static final Charset ENCODING = encoding();

  private HostPath() {}

  private static Charset encoding() {
    try {
      return Charset.forName(System.getProperty("sun.jnu.encoding"));
    } catch (IllegalArgumentException unknown) {
      return StandardCharsets.US_ASCII;
    }
  }

  /**
   * The path that the JVM makes exactly these bytes of.
   *
   * @param name one char a byte; chars above that are taken as they are
   * @return null if no path is encoded so
   */
  static Path of(String name) {
    try {
      if (name.chars().allMatch(c -> c < 0x80) || name.chars().anyMatch(c -> c > 0xff)) {
        return Path.of(name);
      }
      byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
      String decoded = new String(bytes, ENCODING);
      return Arrays.equals(decoded.getBytes(ENCODING), bytes) ? Path.of(decoded) : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
