package org.capemu.tracer.linux;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.capemu.policy.FileTree;
import org.capemu.tracer.TracerException;

/**
 * The file that a command names.
 *
 * @param path as execve(2) is to get it
 */
record Program(String path) {
  private static final int ENOENT = 2;
  private static final String DEFAULT_PATH = "/usr/local/bin:/bin:/usr/bin";

  /** Looks a name without slash up in PATH, as execvp(3) does. */
  static Program find(String name) throws TracerException {
    try {
      if (name.indexOf('/') >= 0) {
        Path file = Path.of(name);
        if (Files.isDirectory(file)) {
          throw new TracerException(name + ": Is a directory");
        }
        return new Program(name);
      }
      String refused = null;
      String path = System.getenv().getOrDefault("PATH", DEFAULT_PATH);
      for (String directory : path.split(":", -1)) {
        String candidate = directory.isEmpty() ? name : directory + "/" + name;
        if (name.isEmpty() || !Files.isRegularFile(Path.of(candidate))) {
          continue;
        }
        if (Files.isExecutable(Path.of(candidate))) {
          return new Program(candidate);
        }
        refused = candidate;
      }
      throw new TracerException(
          refused == null ? name + ": command not found" : refused + ": Permission denied");
    } catch (InvalidPathException e) {
      throw new TracerException(name + ": " + e.getReason());
    }
  }

  /** Why it could not be executed. */
  String explain(int errno, String reason) {
    if (errno == ENOENT && Files.exists(Path.of(path))) {
      List<FileTree.Interpreter> interpreters =
          new LinuxFileTree(ProcStatus.self()).interpreters(absolute());
      if (!interpreters.isEmpty()) {
        return path + ": interpreter " + interpreters.get(0).path() + ": " + reason;
      }
    }
    return path + ": " + reason;
  }

  private String absolute() {
    return Path.of(path).toAbsolutePath().toString();
  }
}
