package org.capemu.tracer.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.capemu.policy.FileTree;

/** Files as a traced process sees them, through /proc/PID/root, cwd and fd: proc(5). */
final class LinuxFileTree implements FileTree {
  private static final int AT_FDCWD = -100;

  /** binfmt_script and its like: the depth at which exec gives up. */
  private static final int MAX_INTERPRETERS = 5;

  private final String proc;

  LinuxFileTree(int pid) {
    this.proc = "/proc/" + pid;
  }

  @Override
  public String startingDirectory(int dirfd) {
    String link = dirfd == AT_FDCWD ? proc + "/cwd" : proc + "/fd/" + dirfd;
    try {
      Path path = Path.of(link);
      if (!Files.isDirectory(path) || isRemoved(path)) {
        return null;
      }
      String directory = Files.readSymbolicLink(path).toString();
      String root = Files.readSymbolicLink(Path.of(proc + "/root")).toString();
      if (root.equals("/") || !(directory + "/").startsWith(root + "/")) {
        return directory;
      }
      return directory.equals(root) ? "/" : directory.substring(root.length());
    } catch (IOException | InvalidPathException gone) {
      return null;
    }
  }

  /** rmdir(2) leaves an open directory without links, and proc(5) with a name that is none. */
  private static boolean isRemoved(Path directory) throws IOException {
    return (int) Files.getAttribute(directory, "unix:nlink") == 0;
  }

  @Override
  public FileType typeOf(String path) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(inRoot(path), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isSymbolicLink()) {
        return FileType.SYMLINK;
      }
      return attributes.isDirectory() ? FileType.DIRECTORY : FileType.OTHER;
    } catch (IOException | InvalidPathException missing) {
      return FileType.MISSING;
    }
  }

  @Override
  public String readlink(String path) {
    try {
      return Files.readSymbolicLink(inRoot(path)).toString();
    } catch (IOException | InvalidPathException unreadable) {
      return null;
    }
  }

  @Override
  public List<String> entries(String path) {
    try (Stream<Path> entries = Files.list(inRoot(path))) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    } catch (IOException | UncheckedIOException | InvalidPathException unreadable) {
      return List.of();
    }
  }

  @Override
  public List<Interpreter> interpreters(String path) {
    try {
      return interpreters(inRoot(path));
    } catch (InvalidPathException invalid) {
      return List.of();
    }
  }

  @Override
  public List<Interpreter> interpreters(int fd) {
    return interpreters(Path.of(proc + "/fd/" + fd));
  }

  private List<Interpreter> interpreters(Path program) {
    List<Interpreter> result = new ArrayList<>();
    Path file = program;
    while (result.size() < MAX_INTERPRETERS && Files.isExecutable(file)) {
      boolean ofScript = isScript(file);
      String interpreter = interpreterOf(file);
      if (interpreter == null) {
        break;
      }
      result.add(new Interpreter(interpreter, ofScript));
      if (!ofScript) {
        break;
      }
      file = inRoot(interpreter);
    }
    return result;
  }

  private Path inRoot(String path) {
    return Path.of(proc + "/root" + (path.startsWith("/") ? path : "/" + path));
  }

  private static boolean isScript(Path file) {
    byte[] head = head(file, 2);
    return head.length == 2 && head[0] == '#' && head[1] == '!';
  }

  /** The interpreter of a script's first line, or PT_INTERP of an ELF file: execve(2), elf(5). */
  private static String interpreterOf(Path file) {
    byte[] head = head(file, 4096);
    if (head.length > 2 && head[0] == '#' && head[1] == '!') {
      String line = new String(head, 2, head.length - 2, StandardCharsets.ISO_8859_1);
      String[] words = line.lines().findFirst().orElse("").strip().split("[ \t]+", 2);
      return words[0].isEmpty() ? null : words[0];
    }
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

  private static byte[] head(Path file, int length) {
    // A fifo or device that a program tries to run must not be opened: that could block.
    if (!Files.isRegularFile(file)) {
      return new byte[0];
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(length);
    } catch (IOException unreadable) {
      return new byte[0];
    }
  }
}
