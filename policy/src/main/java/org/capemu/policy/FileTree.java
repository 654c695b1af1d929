package org.capemu.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of the file system that a lookup can meet, named by canonical absolute paths: as seen
 * from the process's root directory, without symbolic links, {@code .} or {@code ..}; the root
 * directory itself is {@code "/"}. Paths hold one char a byte (ISO-8859-1). Nothing here is visible
 * to the process or changes it.
 */
public interface FileTree {
  /** What lstat(2) says a name is. */
  enum FileType {
    /** ENOENT, EACCES, or whatever else ends the lookup there. */
    MISSING,
    DIRECTORY,
    SYMLINK,
    /** Regular files, devices, sockets, fifos: the lookup can end there but not go through. */
    OTHER
  }

  /**
   * Where a relative lookup starts.
   *
   * @param dirfd a descriptor, or AT_FDCWD (-100) for the working directory
   * @return a canonical path, or null if the descriptor is no directory (ENOTDIR), or a directory
   *     that was removed (ENOENT)
   */
  @Nullable String startingDirectory(int dirfd);

  /**
   * Whether a directory is the process's root directory.
   *
   * @throws Undecided if that is not known
   */
  default boolean isRoot(String directory) {
    return directory.equals("/");
  }

  /**
   * What {@code ..} of a directory that is not the root is.
   *
   * @throws Undecided if that is not known
   */
  default String parent(String directory) {
    return directory.substring(0, Math.max(1, directory.lastIndexOf('/')));
  }

  /** lstat(2) of a canonical path, whose last component may be a symbolic link. */
  FileType typeOf(String path);

  /**
   * The names in a directory as getdirentries(2) gives them, without {@code .} and {@code ..}.
   *
   * @param path canonical
   * @throws Undecided if they are not known
   */
  default List<String> entries(String path) {
    throw new Undecided("entries of a directory");
  }

  /** readlink(2) of a canonical path; null if it cannot be read. */
  @Nullable String readlink(String path);

  /**
   * What execve(2) of a file looks up after the file itself, in the kernel's order: the interpreter
   * of a script, the ELF interpreter. Empty if there is none or the file cannot be run.
   */
  List<Interpreter> interpreters(String path);

  /** The same for fexecve(2) of an open descriptor. */
  List<Interpreter> interpreters(int fd);

  /**
   * A program that runs another.
   *
   * @param path as the script or the ELF image names it
   * @param ofScript true after {@code #!}, false for the ELF interpreter ({@code ld-elf.so.1})
   */
  record Interpreter(String path, boolean ofScript) {}
}
