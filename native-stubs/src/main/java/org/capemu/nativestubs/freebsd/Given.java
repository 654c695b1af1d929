package org.capemu.nativestubs.freebsd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;

/**
 * What capemu was started with, of which a shell and a JVM leave no trace: the script that starts
 * the JVM asks the base system's tools and passes it on as system properties.
 */
final class Given {
  /** Environment variable: where the launcher's file is to be written. */
  static final String TEMPORARY_DIRECTORY = "CAPEMU_TMPDIR";

  /** System property: the descriptors, each followed by a comma. */
  private static final String DESCRIPTORS = "capemu.descriptors";

  /** System property: the ignored signals in hexadecimal, bit n - 1 being signal n. */
  private static final String IGNORED = "capemu.ignored";

  /**
   * System property: the descriptor from which what {@code procstat --libxo json environment} says
   * can be read; empty if the JVM's environment is as it was.
   */
  private static final String ENVIRONMENT = "capemu.environment";

  /** System property: a descriptor of the working directory; empty if it is the JVM's own. */
  private static final String DIRECTORY = "capemu.directory";

  /** Reads a descriptor to its end. */
  @FunctionalInterface
  interface Reader {
    /** Empty if it cannot be read. */
    byte[] read(int fd);
  }

  private final Properties properties;
  private final Reader reader;
  private final Supplier<byte[]> ownEnvironment;
  private List<byte[]> environment;

  /**
   * @param ownEnvironment this process's environment, as sysctl kern.proc.env tells it
   */
  Given(Properties properties, Reader reader, Supplier<byte[]> ownEnvironment) {
    this.properties = properties;
    this.reader = reader;
    this.ownEnvironment = ownEnvironment;
  }

  /** Null if it is not known: then what is open is taken for given. */
  BitSet descriptors() {
    String list = properties.getProperty(DESCRIPTORS);
    if (list == null) {
      return null;
    }
    BitSet descriptors = new BitSet();
    for (String fd : list.split(",")) {
      if (!fd.isEmpty()) {
        descriptors.set(Integer.parseInt(fd));
      }
    }
    return descriptors;
  }

  /** By number. */
  BitSet ignoredSignals() {
    long mask = Long.parseUnsignedLong(properties.getProperty(IGNORED, "0"), 16);
    BitSet signals = new BitSet();
    for (int signal = 1; signal <= Long.SIZE; signal++) {
      signals.set(signal, (mask & 1L << signal - 1) != 0);
    }
    return signals;
  }

  /** A descriptor; -1 for the directory that this process is in. */
  int directory() {
    String fd = properties.getProperty(DIRECTORY, "");
    return fd.isEmpty() ? -1 : Integer.parseInt(fd);
  }

  /** Entries as execve(2) takes them, byte for byte and in their order. */
  List<byte[]> environment() {
    if (environment == null) {
      environment = readEnvironment(); // once: a pipe tells it only once
    }
    return environment;
  }

  private List<byte[]> readEnvironment() {
    String fd = properties.getProperty(ENVIRONMENT, "");
    if (!fd.isEmpty()) {
      String json = new String(reader.read(Integer.parseInt(fd)), StandardCharsets.UTF_8);
      int list = json.indexOf('[');
      if (list >= 0) { // else the kernel did not tell
        return fromProcstat(json, list);
      }
    }
    return fromKernel(ownEnvironment.get());
  }

  private static List<byte[]> fromKernel(byte[] block) {
    List<byte[]> entries = new ArrayList<>();
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    for (byte b : block) {
      if (b == 0) {
        entries.add(entry.toByteArray());
        entry.reset();
      } else {
        entry.write(b);
      }
    }
    return entries;
  }

  /**
   * The strings of the list, which are what comes after the first bracket and is not a name. In the
   * locale C procstat(1) takes each byte for a character; libxo(3) escapes four of them.
   */
  private static List<byte[]> fromProcstat(String json, int list) {
    List<byte[]> entries = new ArrayList<>();
    int at = list;
    while ((at = json.indexOf('"', at)) >= 0) {
      StringBuilder string = new StringBuilder();
      for (at++; at < json.length() && json.charAt(at) != '"'; at++) {
        char c = json.charAt(at);
        string.append(c == '\\' && ++at < json.length() ? unescaped(json.charAt(at)) : c);
      }
      at++;
      if (!json.startsWith(":", at)) {
        entries.add(string.toString().getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return entries;
  }

  private static char unescaped(char c) {
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }

  /** A variable of {@link #environment}, one char a byte; null if it is not set. */
  String variable(String name) {
    for (byte[] entry : environment()) {
      String text = new String(entry, StandardCharsets.ISO_8859_1);
      if (text.startsWith(name + "=")) {
        return text.substring(name.length() + 1);
      }
    }
    return null;
  }

  /** Directories to try in this order. */
  List<String> temporaryDirectories() {
    String chosen = variable(TEMPORARY_DIRECTORY);
    return chosen != null && !chosen.isEmpty()
        ? List.of(chosen)
        : List.of(
            properties.getProperty("java.io.tmpdir", "/tmp"),
            properties.getProperty("user.home", "/tmp"));
  }
}
