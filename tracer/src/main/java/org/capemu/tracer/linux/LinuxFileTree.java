package org.capemu.tracer.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.Statx;
import org.capemu.policy.FileTree;
import org.capemu.policy.Undecided;

/** Files as a traced process sees them, through /proc/PID/root, cwd and fd: proc(5). */
final class LinuxFileTree implements FileTree {
  private static final int AT_FDCWD = -100;

  /** binfmt_script and its like: the depth at which exec gives up. */
  private static final int MAX_INTERPRETERS = 5;

  /** Bytes of a program in which its interpreter is looked for. */
  private static final int HEAD = 4096;

  private static final int EACCES = 13;

  private final String proc;

  LinuxFileTree(int pid) {
    this.proc = "/proc/" + pid;
  }

  @Override
  public String startingDirectory(int dirfd) {
    String link = dirfd == AT_FDCWD ? proc + "/cwd" : proc + "/fd/" + dirfd;
    String directory = link(link);
    if (directory == null
        || Names.get().typeOf(link, true) != Statx.S_IFDIR
        || Names.get().isRemoved(link)) {
      return null;
    }
    String root = link(proc + "/root");
    if (root == null || root.equals("/") || !(directory + "/").startsWith(root + "/")) {
      return directory;
    }
    return directory.equals(root) ? "/" : directory.substring(root.length());
  }

  /**
   * A link of proc(5); null if there is none, or the process is gone.
   *
   * @throws Undecided if ptrace(2)'s access check forbids to read it: prctl(PR_SET_DUMPABLE)
   */
  private static String link(String link) {
    String target = Names.get().readlink(link);
    if (target == null && LinuxLibc.errno() == EACCES) {
      throw new Undecided("directories of a process that may not be read");
    }
    return target;
  }

  @Override
  public FileType typeOf(String path) {
    int type = Names.get().typeOf(inRoot(path), false);
    if (type == 0) {
      link(proc + "/root");
    }
    return switch (type) {
      case 0 -> FileType.MISSING;
      case Statx.S_IFLNK -> FileType.SYMLINK;
      case Statx.S_IFDIR -> FileType.DIRECTORY;
      default -> FileType.OTHER;
    };
  }

  @Override
  public String readlink(String path) {
    return Names.get().readlink(inRoot(path));
  }

  @Override
  public List<String> entries(String path) {
    return Names.get().entries(inRoot(path));
  }

  @Override
  public List<Interpreter> interpreters(String path) {
    return interpretersOf(inRoot(path), proc + "/root");
  }

  @Override
  public List<Interpreter> interpreters(int fd) {
    return interpretersOf(proc + "/fd/" + fd, proc + "/root");
  }

  /** What capemu itself would look up to run a file. */
  static List<Interpreter> interpretersOfOurs(String path) {
    return interpretersOf(path, "");
  }

  /**
   * @param root where the names of interpreters begin
   */
  private static List<Interpreter> interpretersOf(String program, String root) {
    Names names = Names.get();
    List<Interpreter> result = new ArrayList<>();
    String file = program;
    while (result.size() < MAX_INTERPRETERS && names.isExecutable(file)) {
      byte[] head = names.head(file, HEAD);
      boolean ofScript = isScript(head);
      String interpreter = ofScript ? ofFirstLine(head) : ofElf(head);
      if (interpreter == null) {
        break;
      }
      result.add(new Interpreter(interpreter, ofScript));
      if (!ofScript) {
        break;
      }
      file = beneath(root, interpreter);
    }
    return result;
  }

  private String inRoot(String path) {
    return beneath(proc + "/root", path);
  }

  private static String beneath(String root, String path) {
    return root.isEmpty() || path.startsWith("/") ? root + path : root + "/" + path;
  }

  /** execve(2). */
  private static boolean isScript(byte[] head) {
    return head.length > 2 && head[0] == '#' && head[1] == '!';
  }

  private static String ofFirstLine(byte[] head) {
    String line = new String(head, 2, head.length - 2, StandardCharsets.ISO_8859_1);
    int end = line.indexOf('\n');
    String[] words = (end < 0 ? line : line.substring(0, end)).strip().split("[ \t]+", 2);
    return words[0].isEmpty() ? null : words[0];
  }

  /** PT_INTERP of elf(5). */
  private static String ofElf(byte[] head) {
    if (head.length < 64 || head[0] != 0x7f || head[1] != 'E' || head[4] != 2) {
      return null;
    }
    ByteBuffer elf = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    long headers = elf.getLong(32);
    int size = elf.getShort(54) & 0xffff;
    int count = elf.getShort(56) & 0xffff;
    for (int i = 0; i < count; i++) {
      long at = headers + (long) i * size;
      if (at < 0 || at + 56 > head.length) {
        return null;
      }
      if (elf.getInt((int) at) == 3) { // PT_INTERP
        long offset = elf.getLong((int) at + 8);
        long length = elf.getLong((int) at + 32);
        if (offset < 0 || length < 1 || offset + length > head.length) {
          return null;
        }
        return new String(head, (int) offset, (int) length - 1, StandardCharsets.ISO_8859_1);
      }
    }
    return null;
  }
}
