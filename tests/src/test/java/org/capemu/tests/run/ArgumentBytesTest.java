package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Arguments and names of any bytes reach the program and the file system, in every locale. */
class ArgumentBytesTest {
  /** Most bytes of a file's name. */
  private static final int NAME_MAX = 255;

  private static Path directory;

  @BeforeContainer
  static void makeDirectory() throws IOException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"));
    directory = Files.createTempDirectory("bytes");
  }

  @AfterContainer
  static void removeDirectory() throws IOException, InterruptedException {
    // The JVM may have no names for what is there.
    assertEquals(0, new ProcessBuilder("rm", "-rf", directory.toString()).start().waitFor());
  }

  @Provide
  Arbitrary<List<String>> arguments() {
    return Arbitraries.strings()
        .withCharRange('\u0001', '\u00ff')
        .ofMaxLength(60)
        .list()
        .ofMinSize(100)
        .ofMaxSize(200);
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings()
        .withCharRange('\u0001', '\u00ff')
        .excludeChars('/')
        .ofMinLength(1)
        .ofMaxLength(NAME_MAX)
        .filter(name -> !name.matches("-.*|\\.\\.?"));
  }

  @Provide
  Arbitrary<String> locales() {
    return Arbitraries.of("C", "C.UTF-8", "POSIX");
  }

  private static byte[] words(List<String> words) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String word : words) {
      all.writeBytes(word.getBytes(StandardCharsets.ISO_8859_1));
      all.write(0);
    }
    return all.toByteArray();
  }

  /** Runs a command with the words of a file as its last arguments. */
  private static byte[] run(String locale, byte[] words, String... command)
      throws IOException, InterruptedException {
    Path file = Files.write(directory.resolve("words"), words);
    Path out = directory.resolve("out");
    String[] all = new String[command.length + 4];
    System.arraycopy(new String[] {"xargs", "-0", "-a", file.toString()}, 0, all, 0, 4);
    System.arraycopy(command, 0, all, 4, command.length);
    ProcessBuilder builder =
        new ProcessBuilder(all)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(directory.resolve("err").toFile());
    builder.environment().put("LC_ALL", locale);
    int status = builder.start().waitFor();
    assertEquals(
        0, status, () -> "status, of " + String.join(" ", command) + " in locale " + locale);
    return Files.readAllBytes(out);
  }

  @Property(tries = 6)
  void argumentsArriveAsTheyWereGiven(
      @ForAll("arguments") List<String> arguments, @ForAll("locales") String locale)
      throws IOException, InterruptedException {
    byte[] words = words(arguments);
    byte[] out =
        run(locale, words, Launched.CAPEMU, "run", "-f", "t", "--", "/usr/bin/printf", "%s\\0");
    assertArrayEquals(words, out);
  }

  /** The trace of one command is the trace of the next. */
  @Property(tries = 6)
  void aTraceOfAnyNameIsFoundAgain(@ForAll("names") String name, @ForAll("locales") String locale)
      throws IOException, InterruptedException {
    byte[] word = words(List.of(name));
    run(locale, word, "sh", "-c", "exec \"$0\" run -f \"$1\" /bin/true", Launched.CAPEMU);
    String listing = "test -s \"$1\" && \"$0\" dump -f \"$1\" | grep -c NAMI";
    byte[] lines = run(locale, word, "sh", "-c", listing, Launched.CAPEMU);
    assertEquals(true, Integer.parseInt(new String(lines, StandardCharsets.US_ASCII).strip()) > 0);
    String others =
        "\"$0\" replay -o \"./$1\".2 \"./$1\" && \"$0\" diff \"./$1\" \"./$1\".2"
            + " && \"$0\" verify \"./$1\" && rm \"./$1\"";
    if (name.length() < NAME_MAX - 2) {
      run(locale, word, "sh", "-c", others, Launched.CAPEMU);
    }
  }
}
