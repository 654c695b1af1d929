package org.capemu.tracer.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.capemu.nativestubs.freebsd.OwnArguments;

/**
 * capemu's arguments byte for byte. A JVM decodes them by its locale, and what does not fit is
 * lost: in the C locale every byte above 127.
 */
public final class HostArguments {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private HostArguments() {}

  /**
   * The arguments of {@code main} as the system has them, one char a byte: proc(5) on Linux,
   * sysctl(3) on FreeBSD. Where it cannot tell, those of the JVM.
   *
   * @param args what {@code main} was given
   */
  public static String[] asGiven(String[] args) {
    if (Arrays.stream(args).allMatch(HostArguments::isSurelyRight)) {
      return args;
    }
    byte[] all = ofThisProcess();
    String[] given = all == null ? null : last(args.length, all);
    return given == null ? args : given;
  }

  /** In some locales a JVM puts a question mark in the place of what it cannot decode. */
  private static boolean isSurelyRight(String argument) {
    return argument.chars().allMatch(c -> c < 0x80 && c != '?');
  }

  private static byte[] ofThisProcess() {
    try {
      return switch (System.getProperty("os.name")) {
        case "Linux" -> Files.readAllBytes(COMMAND_LINE);
        case "FreeBSD" -> OwnArguments.read();
        default -> null;
      };
    } catch (IOException unreadable) {
      return null;
    }
  }

  /**
   * Nothing after the main class's name is expanded by java(1): the last arguments of the process
   * are those of main.
   *
   * @param all arguments of a process, each with its NUL
   * @return null if there are not so many
   */
  static String[] last(int count, byte[] all) {
    String text = new String(all, StandardCharsets.ISO_8859_1);
    String[] words = text.split("\0", -1); // the last is what follows the last NUL: nothing
    int end = words.length - 1;
    return end < count ? null : Arrays.copyOfRange(words, end - count, end);
  }
}
