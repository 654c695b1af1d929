package org.capemu.tracer.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tables that lie beside the classes. */
final class TextResource {
  private TextResource() {}

  /** The lines without comments, without space at their ends, and without empty ones. */
  static List<String> lines(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(TextResource::withoutComment)
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /** A comment begins a line or stands behind a blank: "#91" is a name. */
  private static String withoutComment(String line) {
    int comment = line.startsWith("#") ? 0 : line.indexOf(" # ");
    return (comment < 0 ? line : line.substring(0, comment)).stripTrailing();
  }
}
