package org.capemu.emulator.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EscapeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "20 7e 61|' ~a'",
        "5c|\\\\",
        "5c 6e|\\\\n",
        "0a 0d 09|\\n\\r\\t",
        "00 1b 07 7f|\\x00\\x1b\\x07\\x7f",
        "ff c0 af|\\xff\\xc0\\xaf", // an overlong slash
        "c3|\\xc3", // cut
        "c3 28|\\xc3(",
        "c2 9b|\\xc2\\x9b", // CSI, a control character of one byte in 8-bit sets
        "ed a0 80|\\xed\\xa0\\x80", // a surrogate
        "f4 90 80 80|\\xf4\\x90\\x80\\x80", // above the last character
        "e2 80 ae|\\xe2\\x80\\xae", // right to left from here on
        "e2 80 a8|\\xe2\\x80\\xa8", // line separator
        "ee 80 80|\\xee\\x80\\x80", // private use
      })
  void whatCouldDeceiveIsEscaped(String bytes, String shown) {
    assertEquals(shown, Escape.of(fromHex(bytes)));
  }

  @ParameterizedTest
  @CsvSource({"plain text", "é", "€", "日本語", "😀"})
  void textStays(String text) {
    String bytes = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    assertEquals(bytes, Escape.of(bytes));
  }

  @Test
  void charsThatAreNoBytesAreUtf8() {
    assertEquals("\u00e2\u0082\u00ac\\n", Escape.of("€\n"));
  }

  private static String fromHex(String hex) {
    StringBuilder bytes = new StringBuilder();
    for (String one : hex.split(" ")) {
      bytes.append((char) Integer.parseInt(one, 16));
    }
    return bytes.toString();
  }
}
