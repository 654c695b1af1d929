package org.capemu.tracer.freebsd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.OpenFile;
import org.capemu.policy.FileTree;
import org.capemu.policy.Undecided;

/**
 * Files as a traced process sees them: below its own root directory, which the kernel tells by name
 * as capemu, or its stub, sees it.
 */
final class FreeBsdFileTree implements FileTree {
  private static final int AT_FDCWD = -100;

  /** S_IFMT of st_mode, and some of its values: stat(2). */
  private static final int TYPE_MASK = 0170000;

  private static final int DIRECTORY = 0040000;
  private static final int SYMLINK = 0120000;
  private static final int REGULAR = 0100000;
  private static final int EXECUTE_BITS = 0111;

  /** MAXSHELLCMDLEN and MAXINTERP are within the page that imgact looks at. */
  private static final int HEAD = 4096;

  /** imgp->interpreted: an interpreter may not itself be a script's. */
  private static final int MAX_SCRIPTS = 1;

  private final FreeBsdKernel kernel;
  private final IntFunction<OpenFile> descriptors;

  /**
   * @param descriptors the process's, by their numbers and those of {@link OpenFile} for
   *     directories; null for one that is not open
   */
  FreeBsdFileTree(FreeBsdKernel kernel, IntFunction<OpenFile> descriptors) {
    this.kernel = kernel;
    this.descriptors = descriptors;
  }

  @Override
  public String startingDirectory(int dirfd) {
    OpenFile file = descriptors.apply(dirfd == AT_FDCWD ? OpenFile.CWD : dirfd);
    if (file == null
        || file.type() != OpenFile.TYPE_VNODE
        || dirfd != AT_FDCWD && file.vnodeType() != OpenFile.VNODE_DIRECTORY) {
      return null;
    }
    String directory = known(file.path());
    String root = root();
    if (root.isEmpty() || !(directory + "/").startsWith(root + "/")) {
      return directory;
    }
    return directory.equals(root) ? "/" : directory.substring(root.length());
  }

  private static String known(String path) {
    if (path.isEmpty()) {
      throw new Undecided("name of a directory");
    }
    return path;
  }

  /** What to put before a path; empty if the root directory was not changed. */
  private String root() {
    OpenFile root = descriptors.apply(OpenFile.ROOT);
    if (root == null) {
      return "";
    }
    String path = known(root.path());
    return path.equals("/") ? "" : path;
  }

  @Override
  public FileType typeOf(String path) {
    int mode = kernel.fileMode(root() + path);
    return switch (mode & TYPE_MASK) {
      case 0 -> FileType.MISSING;
      case DIRECTORY -> FileType.DIRECTORY;
      case SYMLINK -> FileType.SYMLINK;
      default -> FileType.OTHER;
    };
  }

  @Override
  public String readlink(String path) {
    return kernel.readlink(root() + path);
  }

  @Override
  public List<String> entries(String path) {
    List<String> entries = kernel.entries(root() + path);
    if (entries == null) {
      throw new Undecided("names in a directory that has very many");
    }
    return entries;
  }

  @Override
  public List<Interpreter> interpreters(String path) {
    return interpretersOf(root() + path);
  }

  @Override
  public List<Interpreter> interpreters(int fd) {
    OpenFile file = descriptors.apply(fd);
    if (file == null || file.type() != OpenFile.TYPE_VNODE) {
      return List.of();
    }
    return interpretersOf(known(file.path()));
  }

  private List<Interpreter> interpretersOf(String program) {
    List<Interpreter> result = new ArrayList<>();
    String file = program;
    for (int scripts = 0; ; scripts++) {
      int mode = kernel.fileMode(file);
      if ((mode & TYPE_MASK) == REGULAR && (mode & EXECUTE_BITS) == 0) {
        return result;
      }
      ImageHead head = new ImageHead(kernel.readFile(file, 0, HEAD));
      if (head.isScript()) {
        String interpreter = head.scriptInterpreter();
        if (interpreter == null || scripts == MAX_SCRIPTS) {
          return result;
        }
        result.add(new Interpreter(interpreter, true));
        file = root() + (interpreter.startsWith("/") ? interpreter : "/" + interpreter);
        continue;
      }
      String image = file;
      String interpreter =
          head.elfInterpreter((offset, length) -> kernel.readFile(image, offset, length));
      if (interpreter != null) {
        result.add(new Interpreter(interpreter, false));
      }
      return result;
    }
  }
}
