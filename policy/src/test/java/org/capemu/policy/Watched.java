package org.capemu.policy;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.lenient;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mockito.Answers;

/**
 * A process as a test describes it: mocks of the interfaces that rules ask. Without a description
 * there is pid 100 with thread 100100, descriptors 0 to 9 that hold all rights, readable zeros at
 * any address but 0, no paths, and no files but the directories {@code /} and {@code /home}.
 */
final class Watched {
  static final int AT_FDCWD = -100;
  static final Violation GATE = Violation.Syscall.NOT_ENABLED;
  static final Violation WORKING_DIRECTORY = new Violation.Namei("AT_FDCWD");

  final Caller caller =
      mock(Caller.class, withSettings().defaultAnswer(Answers.CALLS_REAL_METHODS));
  final FileTree files =
      mock(FileTree.class, withSettings().defaultAnswer(Answers.CALLS_REAL_METHODS));
  private final Release release;
  private final Mode mode;
  private Abi abi = Abi.FREEBSD64;

  private Watched(Release release, Mode mode) {
    this.release = release;
    this.mode = mode;
    lenient().doReturn(100).when(caller).pid();
    lenient().doReturn(100_100).when(caller).tid();
    lenient().doReturn(files).when(caller).files();
    lenient().doReturn(Descriptor.NOT_OPEN).when(caller).descriptor(anyInt());
    for (int fd = 0; fd < 10; fd++) {
      lenient().doReturn(Descriptor.UNLIMITED).when(caller).descriptor(fd);
    }
    lenient()
        .doAnswer(call -> call.<Long>getArgument(0) != 0)
        .when(caller)
        .read(anyLong(), any(), anyInt());
    lenient().doReturn(FileTree.FileType.MISSING).when(files).typeOf(anyString());
    lenient().doReturn(List.of()).when(files).interpreters(anyInt());
    lenient().doReturn(List.of()).when(files).interpreters(anyString());
    startsAt(AT_FDCWD, "/home");
    directory("/");
  }

  static Watched kernel() {
    return new Watched(Release.FREEBSD_15, Mode.KERNEL);
  }

  static Watched strict() {
    return new Watched(Release.FREEBSD_15, Mode.STRICT);
  }

  static Watched release(Release release) {
    return new Watched(release, Mode.KERNEL);
  }

  Watched abi(Abi other) {
    abi = other;
    return this;
  }

  Watched inCapabilityMode() {
    doReturn(true).when(caller).inCapabilityMode();
    return this;
  }

  Watched descriptor(int fd, Descriptor descriptor) {
    doReturn(descriptor).when(caller).descriptor(fd);
    doReturn(true).when(caller).hasLimitedDescriptors();
    return this;
  }

  Watched limited(int fd, Right... rights) {
    return descriptor(fd, new Descriptor(Descriptor.Kind.OTHER, CapRights.of(rights)));
  }

  Watched path(long address, String path) {
    doReturn(path).when(caller).path(address);
    return this;
  }

  Watched memory(long address, byte[] bytes) {
    doAnswer(
            call -> {
              int length = call.getArgument(2);
              byte[] buffer = call.getArgument(1);
              System.arraycopy(bytes, 0, buffer, 0, Math.min(length, bytes.length));
              return length <= bytes.length;
            })
        .when(caller)
        .read(org.mockito.ArgumentMatchers.eq(address), any(), anyInt());
    return this;
  }

  Watched unreadable(long address) {
    doReturn(false).when(caller).read(org.mockito.ArgumentMatchers.eq(address), any(), anyInt());
    return this;
  }

  Watched sockaddr(long address, byte[] bytes) {
    doReturn(bytes).when(caller).sockaddr(address, bytes.length);
    return this;
  }

  Watched startsAt(int dirfd, String directory) {
    doReturn(directory).when(files).startingDirectory(dirfd);
    return directory(directory);
  }

  Watched directory(String path) {
    doReturn(FileTree.FileType.DIRECTORY).when(files).typeOf(path);
    return this;
  }

  Watched file(String path) {
    doReturn(FileTree.FileType.OTHER).when(files).typeOf(path);
    return this;
  }

  Watched link(String path, String target) {
    doReturn(FileTree.FileType.SYMLINK).when(files).typeOf(path);
    doReturn(target).when(files).readlink(path);
    return this;
  }

  /** What is found in a call: a {@code String} for each lookup, and violations. */
  List<Object> decide(String call, long... args) {
    return decide(SyscallTable.of(release).named(call).number(), args);
  }

  List<Object> decide(int number, long... args) {
    List<Object> found = new ArrayList<>();
    decideInto(found, number, args);
    return found;
  }

  /**
   * What is found in a call that cannot be decided whole.
   *
   * @param undecided what was thrown; null if nothing was
   */
  record Found(List<Object> inOrder, Undecided undecided) {}

  Found find(String call, long... args) {
    List<Object> found = new ArrayList<>();
    try {
      decideInto(found, SyscallTable.of(release).named(call).number(), args);
    } catch (Undecided undecided) {
      return new Found(found, undecided);
    }
    return new Found(found, null);
  }

  Refusal refusal(String call, long... args) {
    int number = SyscallTable.of(release).named(call).number();
    return Policy.of(release, mode).refusal(systemCall(number, args), caller);
  }

  private void decideInto(List<Object> found, int number, long... args) {
    Policy.of(release, mode)
        .decide(
            systemCall(number, args),
            caller,
            new Findings() {
              @Override
              public void namei(String path) {
                found.add(path);
              }

              @Override
              public void violation(Violation violation) {
                found.add(violation);
              }
            });
  }

  private SystemCall systemCall(int number, long... args) {
    return new SystemCall(SyscallTable.of(release))
        .set(abi, number, Arrays.copyOf(args, SystemCall.MAX_ARGS));
  }

  static Violation lacks(Right needed, Right... held) {
    return new Violation.NotCapable(needed.rights(), CapRights.of(held));
  }

  static Violation lacks(CapRights needed, Right... held) {
    return new Violation.NotCapable(needed, CapRights.of(held));
  }

  static Violation outside(String path) {
    return new Violation.Namei(path);
  }

  static Violation untraced(int errno, String reason) {
    return Violation.Untraced.of(errno, reason);
  }

  /** Structures are little endian: ints, then longs, as they come. */
  static byte[] bytes(Number... values) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (Number value : values) {
      if (value instanceof Long) {
        buffer.putLong(value.longValue());
      } else if (value instanceof Short) {
        buffer.putShort(value.shortValue());
      } else if (value instanceof Byte) {
        buffer.put(value.byteValue());
      } else {
        buffer.putInt(value.intValue());
      }
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
