package org.capemu.emulator.run;

import java.util.List;
import org.capemu.policy.FileTree;
import org.capemu.tracer.ktrace.LookupNote;

/** Files as the process sees them; what a lookup beneath a descriptor asks for is noted. */
final class NotedFiles implements FileTree {
  private final FileTree files;
  private final LookupNote.Writer note = new LookupNote.Writer();

  /** The present lookup is beneath a descriptor, and not in the working directory. */
  private boolean noting;

  NotedFiles(FileTree files) {
    this.files = files;
  }

  /** The payload of the note; null if there is nothing to note. */
  byte[] note() {
    return note.encode();
  }

  @Override
  public String startingDirectory(int dirfd) {
    String directory = files.startingDirectory(dirfd);
    noting = dirfd >= 0;
    if (noting) {
      note.start(directory);
    }
    return directory;
  }

  @Override
  public boolean isRoot(String directory) {
    boolean root = files.isRoot(directory);
    if (noting) {
      note.root(root);
    }
    return root;
  }

  @Override
  public String parent(String directory) {
    return files.parent(directory);
  }

  @Override
  public FileType typeOf(String path) {
    FileType type = files.typeOf(path);
    if (noting) {
      note.type(type);
    }
    return type;
  }

  @Override
  public String readlink(String path) {
    String target = files.readlink(path);
    if (noting) {
      note.target(target);
    }
    return target;
  }

  @Override
  public List<String> entries(String path) {
    return files.entries(path);
  }

  @Override
  public List<Interpreter> interpreters(String path) {
    return files.interpreters(path);
  }

  @Override
  public List<Interpreter> interpreters(int fd) {
    return files.interpreters(fd);
  }
}
