package org.capemu.tracer.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class HostArgumentsTest {
  @Provide
  Arbitrary<List<String>> arguments() {
    return Arbitraries.strings().withCharRange('\u0001', '\u00ff').ofMaxLength(40).list();
  }

  @Property(tries = 200)
  void theLastOnesAreMains(
      @ForAll("arguments") List<String> java, @ForAll("arguments") List<String> main) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (List<String> words : List.of(java, main)) {
      for (String word : words) {
        all.writeBytes(word.getBytes(StandardCharsets.ISO_8859_1));
        all.write(0);
      }
    }
    assertArrayEquals(
        main.toArray(String[]::new), HostArguments.last(main.size(), all.toByteArray()));
  }

  @Example
  void whatIsNotThereIsNotMadeUp() {
    assertNull(HostArguments.last(2, new byte[] {'a', 0}));
    assertNull(HostArguments.last(1, new byte[0]));
  }

  @Example
  void plainArgumentsAreTakenAsTheyAre() {
    String[] plain = {"run", "--", "ls", ""};
    assertSame(plain, HostArguments.asGiven(plain));
  }
}
