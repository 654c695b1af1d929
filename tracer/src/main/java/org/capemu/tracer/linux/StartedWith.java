package org.capemu.tracer.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.capemu.nativestubs.linux.LinuxLibc;

/**
 * What capemu was given by whoever started it, and passes on to the program. A shell and a JVM
 * change some of it before any of our code runs, so the launcher script notes it first, in system
 * properties; without the script it is what the JVM has.
 */
public final class StartedWith {
  /** The descriptors that were open, each followed by a comma. */
  private static final String DESCRIPTORS = "capemu.descriptors";

  /** The signals that were ignored, as SigIgn in proc_pid_status(5). */
  private static final String IGNORED = "capemu.ignored";

  /**
   * The same of the parent. A shell that runs the script has a handler of its own for SIGCHLD, so
   * that only its parent can tell whether it was ignored.
   */
  private static final String PARENTS_IGNORED = "capemu.parentsignored";

  private static final long SIGCHLD_BIT = 1L << 16;

  /**
   * The descriptor from which the environment can be read, in base64 and in the form of
   * /proc/PID/environ; empty if it is the JVM's own.
   */
  private static final String ENVIRONMENT = "capemu.environment";

  /** The descriptor of the working directory; empty if the JVM is in it. */
  private static final String DIRECTORY = "capemu.directory";

  /** /proc/self/coredump_filter, core(5), hexadecimal; empty if it cannot be read. */
  private static final String COREDUMP_FILTER = "capemu.coredumpfilter";

  private static final byte[] PATH = {'P', 'A', 'T', 'H', '='};

  private StartedWith() {}

  /** The numbers of the descriptors, as file names; null if they are not known. */
  static Set<String> descriptors() {
    String property = System.getProperty(DESCRIPTORS);
    return property == null ? null : Set.of(property.split(","));
  }

  /** Bit n-1 is signal n. */
  static long ignoredSignals() {
    String property = System.getProperty(IGNORED);
    if (property == null) {
      return ProcStatus.ofThread(ProcStatus.self()).ignoredSignals();
    }
    long parents = Long.parseUnsignedLong(System.getProperty(PARENTS_IGNORED, "0"), 16);
    return Long.parseUnsignedLong(property, 16) | parents & SIGCHLD_BIT;
  }

  /** Goes to the working directory where the JVM could not be started there. */
  public static void enterDirectory() {
    String property = System.getProperty(DIRECTORY, "");
    if (!property.isEmpty()) {
      LinuxLibc.get().fchdir(Integer.parseInt(property));
    }
  }

  /** As the file in proc(5) takes it; empty if there is nothing to set. */
  static String coredumpFilter() {
    return System.getProperty(COREDUMP_FILTER, "");
  }

  /** The environment byte for byte, as System.getenv cannot give it. */
  static List<byte[]> environment() throws IOException {
    String descriptor = System.getProperty(ENVIRONMENT, "");
    byte[] given =
        descriptor.isEmpty()
            ? Files.readAllBytes(Path.of("/proc/self/environ"))
            : Base64.getMimeDecoder()
                .decode(Files.readAllBytes(Path.of("/proc/self/fd/" + descriptor)));
    List<byte[]> result = new ArrayList<>();
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    for (byte b : given) {
      if (b == 0) {
        result.add(entry.toByteArray());
        entry.reset();
      } else {
        entry.write(b);
      }
    }
    return result;
  }

  /** PATH in an environment, one char a byte; null if it is not set. */
  static String path(List<byte[]> environment) {
    for (byte[] entry : environment) {
      if (entry.length >= PATH.length
          && Arrays.equals(entry, 0, PATH.length, PATH, 0, PATH.length)) {
        return new String(
            entry, PATH.length, entry.length - PATH.length, StandardCharsets.ISO_8859_1);
      }
    }
    return null;
  }
}
