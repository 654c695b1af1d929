package org.capemu.tracer.linux;

import java.util.List;
import org.capemu.nativestubs.linux.Statx;
import org.capemu.policy.FileTree;
import org.capemu.tracer.TracerException;

/**
 * The file that a command names.
 *
 * @param path as execve(2) is to get it, one char a byte
 */
record Program(String path) {
  /** What execvp(3) makes a shell run. */
  static final int ENOEXEC = 8;

  private static final int ENOENT = 2;
  private static final String DEFAULT_PATH = "/usr/local/bin:/bin:/usr/bin";

  /**
   * Looks a name without slash up as execvp(3) does.
   *
   * @param path PATH of the environment; null if it is not set
   */
  static Program find(String name, String path) throws TracerException {
    Names names = Names.get();
    if (name.indexOf('/') >= 0) {
      if (names.typeOf(name, true) == Statx.S_IFDIR) {
        throw new TracerException(name + ": Is a directory");
      }
      return new Program(name);
    }
    String refused = null;
    for (String directory : (path == null ? DEFAULT_PATH : path).split(":", -1)) {
      String candidate = directory.isEmpty() ? name : directory + "/" + name;
      if (name.isEmpty() || names.typeOf(candidate, true) != Statx.S_IFREG) {
        continue;
      }
      if (names.isExecutable(candidate)) {
        return new Program(candidate);
      }
      refused = candidate;
    }
    throw new TracerException(
        refused == null ? name + ": command not found" : refused + ": Permission denied");
  }

  /** Why it could not be executed. */
  String explain(int errno, String reason) {
    if (errno == ENOENT && Names.get().typeOf(path, true) != 0) {
      List<FileTree.Interpreter> interpreters = LinuxFileTree.interpretersOfOurs(path);
      if (!interpreters.isEmpty()) {
        return path + ": interpreter " + interpreters.get(0).path() + ": " + reason;
      }
    }
    return path + ": " + reason;
  }
}
