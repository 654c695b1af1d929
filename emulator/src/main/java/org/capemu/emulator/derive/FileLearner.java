package org.capemu.emulator.derive;

import static org.capemu.policy.abi.Errno.ENOENT;
import static org.capemu.policy.abi.Fcntl.AT_FDCWD;
import static org.capemu.policy.abi.Fcntl.AT_SYMLINK_FOLLOW;
import static org.capemu.policy.abi.Fcntl.AT_SYMLINK_NOFOLLOW;
import static org.capemu.policy.abi.Fcntl.O_ACCMODE;
import static org.capemu.policy.abi.Fcntl.O_CREAT;
import static org.capemu.policy.abi.Fcntl.O_DIRECTORY;
import static org.capemu.policy.abi.Fcntl.O_EXCL;
import static org.capemu.policy.abi.Fcntl.O_NOFOLLOW;
import static org.capemu.policy.abi.Fcntl.O_PATH;
import static org.capemu.policy.abi.Socket.AF_UNIX;
import static org.capemu.policy.abi.Socket.SA_FAMILY;
import static org.capemu.policy.abi.Socket.SOCKADDR_HEADER;
import static org.capemu.policy.abi.Stat.ST_MODE;
import static org.capemu.policy.abi.Stat.S_IFDIR;
import static org.capemu.policy.abi.Stat.S_IFLNK;
import static org.capemu.policy.abi.Stat.S_IFMT;

import java.util.HashMap;
import java.util.Map;
import org.capemu.emulator.process.EmulatedProcess;
import org.capemu.policy.FileTree.FileType;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.abi.LittleEndian;

/** What a call that returned tells of the files that it looked up: one entry a call. */
final class FileLearner {

  /** What one call tells. */
  @FunctionalInterface
  private interface Lesson {
    void learn(RecordedCall call);
  }

  private final RecordedFiles files;
  private final Lesson[] lessons;

  FileLearner(SyscallTable calls, RecordedFiles files) {
    this.files = files;
    lessons = new Lesson[calls.size()];
    table()
        .forEach(
            (names, lesson) -> {
              for (String name : names.split(" ")) {
                SyscallTable.Syscall call = calls.named(name);
                if (call != null) {
                  lessons[call.number()] = lesson;
                }
              }
            });
  }

  private Map<String, Lesson> table() {
    Map<String, Lesson> table = new HashMap<>();
    table.put("open", call -> opened(call, AT_FDCWD, call.intAt(1)));
    table.put("openat", call -> opened(call, call.fd(0), call.intAt(2)));
    table.put("mkdir", onSuccess(call -> files.made(name(call, AT_FDCWD, 0))));
    table.put("mkdirat", onSuccess(call -> files.made(name(call, call.fd(0), 0))));
    table.put("compat.creat", call -> opened(call, AT_FDCWD, O_CREAT));
    table.put("mount nmount unmount", onSuccess(call -> files.forgetAll()));
    table.put("symlink", onSuccess(call -> madeLink(call, AT_FDCWD)));
    table.put("symlinkat", onSuccess(call -> madeLink(call, call.fd(1))));
    table.put("mkfifo compat11.mknod", onSuccess(call -> other(call, AT_FDCWD)));
    table.put("mkfifoat mknodat compat11.mknodat", onSuccess(call -> other(call, call.fd(0))));
    table.put("bind", onSuccess(call -> socket(call, AT_FDCWD)));
    table.put("bindat", onSuccess(call -> socket(call, call.fd(0))));
    table.put("link", onSuccess(call -> linked(call, AT_FDCWD, AT_FDCWD, true)));
    table.put(
        "linkat",
        onSuccess(
            call ->
                linked(call, call.fd(0), call.fd(2), (call.intAt(4) & AT_SYMLINK_FOLLOW) != 0)));
    table.put(
        "rename",
        onSuccess(call -> files.renamed(name(call, AT_FDCWD, 0), name(call, AT_FDCWD, 1))));
    table.put(
        "renameat",
        onSuccess(call -> files.renamed(name(call, call.fd(0), 0), name(call, call.fd(2), 1))));
    table.put("unlink rmdir", call -> removed(call, AT_FDCWD));
    table.put("unlinkat funlinkat", call -> removed(call, call.fd(0)));
    table.put("readlink", onSuccess(call -> link(call, AT_FDCWD)));
    table.put("readlinkat", onSuccess(call -> link(call, call.fd(0))));
    table.put(
        "fstatat",
        onSuccess(
            call -> {
              if ((call.intAt(3) & AT_SYMLINK_NOFOLLOW) != 0) {
                status(call, call.fd(0));
              }
            }));
    table.put("chdir", onSuccess(this::changedDirectory));
    table.put(
        "fchdir",
        onSuccess(
            call -> {
              String path = call.process().descriptors().path(call.fd(0));
              call.process().workingDirectory(path == null ? files.newPlace() : path);
            }));
    table.put("chroot", onSuccess(this::changedRoot));
    table.put("__getcwd", onSuccess(this::toldDirectory));
    return table;
  }

  private static Lesson onSuccess(Lesson lesson) {
    return call -> {
      if (call.errno() == 0) {
        lesson.learn(call);
      }
    };
  }

  /** A call returned, and its effect on descriptors is in place. */
  void returned(RecordedCall call) {
    int number = call.number();
    if (number >= 0 && number < lessons.length && lessons[number] != null) {
      lessons[number].learn(call);
    }
  }

  /** The name of what the lookup with this index was about, a link itself; null if not known. */
  private String name(RecordedCall call, int dirfd, int lookup) {
    return name(call, dirfd, lookup, false);
  }

  private String name(RecordedCall call, int dirfd, int lookup, boolean follow) {
    if (lookup >= call.paths.size()) {
      return null;
    }
    EmulatedProcess process = call.process();
    String start = process.workingDirectory();
    if (dirfd != AT_FDCWD) {
      start = process.descriptors().path(dirfd);
      if (start == null) {
        start = files.newPlace();
        process.descriptors().path(dirfd, start);
      }
    }
    return files.locate(process, start, call.paths.get(lookup), follow);
  }

  private void opened(RecordedCall call, int dirfd, int flags) {
    boolean follow = (flags & O_NOFOLLOW) == 0;
    if (call.errno() != 0 || call.paths.isEmpty()) {
      return;
    }
    String path = call.paths.get(0);
    if (path.startsWith("/dev/fd/")) {
      return; // a copy of another descriptor
    }
    String name = name(call, dirfd, 0, false);
    if (name == null) {
      return;
    }
    FileType before = files.typeOf(name);
    if ((flags & O_CREAT) != 0 && (before == FileType.MISSING || (flags & O_EXCL) != 0)) {
      files.learn(name, FileType.OTHER);
    } else if (before == null && !follow && (flags & O_PATH) == 0) {
      if ((flags & O_DIRECTORY) != 0) {
        files.learn(name, FileType.DIRECTORY);
      } else if ((flags & O_ACCMODE) != 0) {
        files.learn(name, FileType.OTHER); // a directory cannot be written
      }
    }
    String target = follow ? name(call, dirfd, 0, true) : name;
    call.process().descriptors().path((int) call.result, target);
  }

  private void madeLink(RecordedCall call, int dirfd) {
    files.changed(name(call, dirfd, 0));
    link(call, dirfd);
  }

  private void link(RecordedCall call, int dirfd) {
    files.learn(name(call, dirfd, 0), FileType.SYMLINK);
  }

  private void other(RecordedCall call, int dirfd) {
    files.learn(name(call, dirfd, 0), FileType.OTHER);
  }

  private void socket(RecordedCall call, int dirfd) {
    byte[] address = call.struct("sockaddr");
    if (address != null && address.length >= SOCKADDR_HEADER && address[SA_FAMILY] == AF_UNIX) {
      other(call, dirfd);
    }
  }

  private void linked(RecordedCall call, int from, int to, boolean follow) {
    String source = name(call, from, 0, follow);
    String target = name(call, to, 1);
    FileType type = source == null ? null : files.typeOf(source);
    if (type != FileType.OTHER) {
      files.changed(target);
    }
    files.learn(target, type == FileType.MISSING ? null : type);
  }

  private void removed(RecordedCall call, int dirfd) {
    boolean alone = !call.paths.isEmpty() && call.paths.get(0).indexOf('/') < 0;
    if (call.errno() == 0 || (call.errno() == ENOENT && alone && !call.paths.get(0).isEmpty())) {
      files.removed(name(call, dirfd, 0));
    }
  }

  private void status(RecordedCall call, int dirfd) {
    byte[] stat = call.struct("stat");
    if (stat != null && stat.length > ST_MODE + 1 && !call.paths.isEmpty()) {
      String path = call.paths.get(0);
      int mode = LittleEndian.getShort(stat, ST_MODE);
      boolean followed = path.isEmpty() || path.endsWith("/");
      if (!followed) {
        files.learn(
            name(call, dirfd, 0),
            switch (mode & S_IFMT) {
              case S_IFDIR -> FileType.DIRECTORY;
              case S_IFLNK -> FileType.SYMLINK;
              default -> FileType.OTHER;
            });
      }
    }
  }

  private void changedDirectory(RecordedCall call) {
    String target = name(call, AT_FDCWD, 0, true);
    call.process().workingDirectory(target == null ? files.newPlace() : target);
  }

  private void changedRoot(RecordedCall call) {
    String target = name(call, AT_FDCWD, 0, true);
    if (!(call.process().root() + "/").equals(target)) {
      call.process().root(target == null ? files.newPlace() : target);
    }
  }

  private void toldDirectory(RecordedCall call) {
    String directory = files.current(call.process().workingDirectory());
    if (!call.paths.isEmpty()
        && call.paths.get(0).startsWith("/")
        && call.process().root().isEmpty()) {
      files.placed(directory, call.paths.get(0));
    }
  }
}
