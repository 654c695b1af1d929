package org.capemu.tracer.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * Tables that lie beside the classes. They are read at every start of the program: no streams and
 * no regular expressions here, which cost more than the reading.
 */
final class TextResource {
  private TextResource() {}

  /** The lines without comments, without space at their ends, and without empty ones. */
  static List<String> lines(Class<?> beside, String name) {
    List<String> lines = new ArrayList<>();
    try (InputStream in = beside.getResourceAsStream(name)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).stripTrailing();
        if (!text.isEmpty()) {
          lines.add(text);
        }
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /** What stands between blanks. */
  static String[] words(String line) {
    StringTokenizer tokens = new StringTokenizer(line);
    String[] words = new String[tokens.countTokens()];
    for (int i = 0; i < words.length; i++) {
      words[i] = tokens.nextToken();
    }
    return words;
  }
}
