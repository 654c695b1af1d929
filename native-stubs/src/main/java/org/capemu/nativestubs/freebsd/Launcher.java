package org.capemu.nativestubs.freebsd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Starts a program that waits to be traced before its execve(2). A JVM cannot fork, and a process
 * that posix_spawn(3) made has done its exec when it is first seen; so what is spawned is a {@link
 * LauncherImage}, in a file that is removed at once. Environment, arguments, descriptors,
 * directory, ignored signals, process group and terminal are those that capemu was given, whatever
 * the JVM has made of them: {@link Given}. No signal is blocked.
 */
final class Launcher {
  private static final short POSIX_SPAWN_SETSIGMASK = 0x20;
  private static final int SIGSET_SIZE = 16;

  /** struct sigaction: the handler's address, flags, mask. */
  private static final int SIGACTION_SIZE = 32;

  private static final long SIG_IGN = 1;

  /** O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW and O_CLOEXEC. */
  private static final int CREATE_FLAGS = 0x1 | 0x200 | 0x800 | 0x100 | 0x100000;

  private static final int MODE = 0700;

  private final FreeBsdLibc libc;
  private final Runtime runtime;
  private final Given given;
  private final Supplier<List<OpenFile>> ownDescriptors;

  /**
   * @param ownDescriptors tells what this process has open at the moment
   */
  Launcher(
      FreeBsdLibc libc, Runtime runtime, Given given, Supplier<List<OpenFile>> ownDescriptors) {
    this.libc = libc;
    this.runtime = runtime;
    this.given = given;
    this.ownDescriptors = ownDescriptors;
  }

  /**
   * Spawns the launcher, which becomes traced and stops.
   *
   * @param path the program, as execve(2) takes it
   * @return its process id
   * @throws IOException with one line that says why not
   */
  int spawn(String path, List<String> argv) throws IOException {
    byte[] image = LauncherImage.of(System.getProperty("os.arch"));
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(bytes(LauncherImage.SHELL));
    arguments.add(bytes(path));
    argv.forEach(argument -> arguments.add(bytes(argument)));
    Pointer argvBlock = strings(arguments);
    Pointer environment = strings(given.environment());
    String why = "";
    for (String directory : given.temporaryDirectories()) {
      byte[] launcher = temporaryName(directory);
      int error = write(launcher, image);
      if (error == 0) {
        Pointer pid = allocate(Integer.BYTES);
        try {
          error = posixSpawn(pid, launcher, argvBlock, environment);
        } finally {
          libc.unlink(launcher);
        }
        if (error == 0) {
          return pid.getInt(0);
        }
      }
      why = directory + ": no program can be run there (" + FreeBsdErrno.message(error) + ")";
    }
    throw new IOException(why + ": set " + Given.TEMPORARY_DIRECTORY);
  }

  private byte[] temporaryName(String directory) {
    return LibcFreeBsdKernel.path(
        directory + "/capemu." + libc.getpid() + "." + Long.toHexString(System.nanoTime()));
  }

  /** Through libc: what the JVM opens for itself on its own way there has no close-on-exec. */
  private int write(byte[] name, byte[] image) {
    int fd = libc.open(name, CREATE_FLAGS, MODE);
    if (fd < 0) {
      return runtime.getLastError();
    }
    int error = 0;
    if (libc.write(fd, image, image.length) != image.length || libc.fchmod(fd, MODE) != 0) {
      error = runtime.getLastError();
    }
    libc.close(fd);
    if (error != 0) {
      libc.unlink(name);
    }
    return error;
  }

  private int posixSpawn(Pointer pid, byte[] file, Pointer argv, Pointer environment) {
    Pointer attributes = allocate(Long.BYTES);
    libc.posix_spawnattr_init(attributes);
    libc.posix_spawnattr_setsigmask(attributes, allocate(SIGSET_SIZE));
    libc.posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
    Pointer actions = allocate(Long.BYTES);
    libc.posix_spawn_file_actions_init(actions);
    if (given.directory() >= 0) {
      libc.posix_spawn_file_actions_addfchdir_np(actions, given.directory());
    }
    List<Pointer> handlers = ignore(given.ignoredSignals());
    try {
      closeOwn(actions); // last: the JVM opens more as its classes come into use
      return libc.posix_spawn(pid, file, actions, attributes, argv, environment);
    } finally {
      restore(given.ignoredSignals(), handlers);
      libc.posix_spawnattr_destroy(attributes);
      libc.posix_spawn_file_actions_destroy(actions);
    }
  }

  private void closeOwn(Pointer actions) {
    BitSet inherited = given.descriptors();
    if (inherited == null) {
      return;
    }
    for (OpenFile file : ownDescriptors.get()) {
      if (file.fd() >= 0 && !inherited.get(file.fd())) {
        libc.posix_spawn_file_actions_addclose(actions, file.fd());
      }
    }
  }

  /** The JVM catches some signals that it was to ignore. What it had is to be put back. */
  private List<Pointer> ignore(BitSet signals) {
    List<Pointer> handlers = new ArrayList<>();
    Pointer ignoring = allocate(SIGACTION_SIZE);
    ignoring.putLong(0, SIG_IGN);
    signals.stream()
        .forEach(
            signal -> {
              Pointer old = allocate(SIGACTION_SIZE);
              libc.sigaction(signal, ignoring, old);
              handlers.add(old);
            });
    return handlers;
  }

  private void restore(BitSet signals, List<Pointer> handlers) {
    int[] numbers = signals.stream().toArray();
    for (int i = 0; i < numbers.length; i++) {
      libc.sigaction(numbers[i], handlers.get(i), null);
    }
  }

  private Pointer allocate(int size) {
    return Memory.allocateDirect(runtime, size, true);
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** An array of pointers to strings, as execve(2) takes it, with the strings after it. */
  private Pointer strings(List<byte[]> strings) {
    int pointers = (strings.size() + 1) * Long.BYTES;
    int size = pointers + strings.stream().mapToInt(s -> s.length + 1).sum();
    Pointer block = allocate(size);
    int at = pointers;
    for (int i = 0; i < strings.size(); i++) {
      byte[] s = strings.get(i);
      block.putLong((long) i * Long.BYTES, block.address() + at);
      block.put(at, s, 0, s.length);
      at += s.length + 1;
    }
    return block;
  }
}
