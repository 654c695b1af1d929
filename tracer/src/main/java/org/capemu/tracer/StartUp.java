package org.capemu.tracer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.capemu.tracer.elf.Function;
import org.capemu.tracer.elf.ProgramStart;

/**
 * How far a program has come from execve(2) to its {@code main}, told at the entries of its calls
 * by what is on its stacks. The program is not stopped for it, and not changed in any way: only
 * calls have to be told apart, and where a call is made from, return addresses say.
 *
 * <p>All words of the process's first stack that count lie below where the kernel put {@code argc}:
 *
 * <ul>
 *   <li>a return address just after the entry point: the run-time linker is done, as the start code
 *       has called the C library;
 *   <li>one after an indirect call whose result goes to exit(3): the C library has called {@code
 *       main}. It stands there until {@code main} returns, also where {@code main} has ended in a
 *       jump, and every thread's call shows it;
 *   <li>one inside of {@code main}, for other start code and for Go, whose {@code main.main} has a
 *       stack of its own. Go's runtime also says that it has come there.
 * </ul>
 */
public final class StartUp {
  /** What runs; each later than the one before. */
  public enum Stage {
    /** The run-time linker, with what it runs of libraries. */
    LINKER,
    /** The start code and the C library's initialization, from the image's entry point on. */
    START_CODE,
    /** {@code main}, or what came after it. */
    MAIN
  }

  /** Where the frames of start code are: some 300 bytes of them with glibc. */
  private static final int FIRST_FRAMES = 1024;

  /** How much of the stack is looked at from each of its ends. */
  private static final int PART = 1 << 16;

  /** A stack that is longer than this is another. */
  private static final long MAX_STACK = 1L << 32;

  /** More than the start code at any entry point has. */
  private static final int ENTRY_CODE = 256;

  private static final int BEFORE_RETURN = 14;

  /**
   * {@code mov %eax,%edi} and {@code call exit}: so far is the one return address from the other.
   */
  private static final int EXIT = 7;

  private static final int AFTER_RETURN = 3;

  /** Words that are remembered not to be the return of {@code main}. */
  private static final int MAX_OTHERS = 4096;

  /** hchan.closed of Go's runtime, on 64-bit machines. */
  private static final int GO_CLOSED = 28;

  private final ProgramStart program;

  /** The stack pointer after execve(2), which points at argc. */
  private final long firstStack;

  private final Set<Long> others = ConcurrentHashMap.newKeySet();

  private StartUp(ProgramStart program, long firstStack) {
    this.program = program;
    this.firstStack = firstStack;
  }

  /**
   * The start-up of a program that was just executed; empty where it cannot be told apart, as its
   * file cannot be read. Files of the process are looked at: see {@link StoppedThread#ask}.
   *
   * @param functions for {@link #isInside}
   */
  public static Optional<StartUp> of(StoppedThread executed, Collection<String> functions) {
    long stack = executed.stackPointer();
    return stack == 0
        ? Optional.empty()
        : executed.programStart(functions).map(program -> new StartUp(program, stack));
  }

  /** What is known of where the program's own code begins. */
  public ProgramStart.Kind kind() {
    return program.main().kind();
  }

  /** Whether the program has a function of those that were named. */
  public boolean has(String function) {
    return program.function(function).isPresent();
  }

  /**
   * What runs at the entry of a call. Memory is looked at: see {@link StoppedThread#ask}.
   *
   * @param known the latest that was seen before; there is no way back
   */
  public Stage stage(StoppedThread thread, Stage known) {
    if (known == Stage.MAIN) {
      return known;
    }
    ProgramStart.Start main = program.main();
    Words frames = words(thread, firstStack - FIRST_FRAMES, FIRST_FRAMES);
    boolean entered =
        known == Stage.START_CODE
            || program.isStatic()
            || program.isCode(thread.instructionPointer())
            || frames.hasInside(program.entry(), ENTRY_CODE);
    boolean inMain =
        main.kind() != ProgramStart.Kind.ENTRY
            && (entered
                    && !main.isGo()
                    && program.wordSize() == Long.BYTES
                    && hasCalledMain(thread, frames)
                || shows(thread, main.function())
                || isGoInitialized(thread));
    if (inMain) {
      return Stage.MAIN;
    }
    return entered ? Stage.START_CODE : Stage.LINKER;
  }

  /** Whether a call is made by a function of the program's file, or by what that has called. */
  public boolean isInside(StoppedThread thread, String function) {
    return program.function(function).filter(named -> shows(thread, named)).isPresent();
  }

  private boolean shows(StoppedThread thread, Function function) {
    if (function.size() <= 0) {
      return false;
    }
    if (isInside(thread.instructionPointer(), function.address(), function.size())) {
      return true;
    }
    long stack = thread.stackPointer();
    long used = firstStack - stack;
    boolean isFirst = stack != 0 && used > 0 && used < MAX_STACK;
    int near = (int) (isFirst ? Math.min(used, PART) : PART);
    int far = (int) (isFirst ? Math.min(used - near, PART) : 0);
    return words(thread, stack, near).hasInside(function.address(), function.size())
        || far > 0
            && words(thread, firstStack - far, far).hasInside(function.address(), function.size());
  }

  /** Its {@code main.main} may only wait for others that make calls. */
  private boolean isGoInitialized(StoppedThread thread) {
    OptionalLong variable = program.goInitialized();
    if (variable.isEmpty()) {
      return false;
    }
    Words channel = words(thread, variable.getAsLong(), program.wordSize());
    if (channel.count() == 0 || channel.get(0) == 0) {
      return false;
    }
    byte[] closed = new byte[Integer.BYTES];
    return thread.read(channel.get(0) + GO_CLOSED, closed, 0, closed.length) == closed.length
        && closed[0] == 1;
  }

  private boolean hasCalledMain(StoppedThread thread, Words frames) {
    byte[] code = new byte[BEFORE_RETURN + AFTER_RETURN];
    for (int i = 0; i < frames.count(); i++) {
      long word = frames.get(i);
      if (!mayBeCode(word) || others.contains(word)) {
        continue;
      }
      if (thread.read(word - BEFORE_RETURN, code, 0, code.length) == code.length) {
        if (isCallOfMain(code)) {
          return true;
        }
        if (others.size() < MAX_OTHERS) {
          others.add(word);
        }
      }
    }
    return false;
  }

  /** Not a small number, nor on the stack itself. */
  private boolean mayBeCode(long word) {
    return Long.compareUnsigned(word, 1 << 12) > 0
        && word > 0
        && Math.abs(word - firstStack) > PART;
  }

  /**
   * {@code exit(main(...))}: an indirect call, {@code mov %eax,%edi}, and a call. As compilers make
   * it in __libc_start_call_main of glibc, musl's __libc_start_main, FreeBSD's __libc_start1. What
   * stands on the stack is where main returns to, or, after that, where exit(3) would.
   */
  private static boolean isCallOfMain(byte[] code) {
    return isCallOfMain(code, BEFORE_RETURN) || isCallOfMain(code, BEFORE_RETURN - EXIT);
  }

  private static boolean isCallOfMain(byte[] code, int after) {
    return code[after] == (byte) 0x89
        && code[after + 1] == (byte) 0xc7
        && code[after + 2] == (byte) 0xe8
        && (isIndirectCall(code, after, 2)
            || isIndirectCall(code, after, 3)
            || isIndirectCall(code, after, 4)
            || isIndirectCall(code, after, 6)
            || isIndirectCall(code, after, 7));
  }

  /** {@code ff /2} of a length: of a register, or of memory with all its forms of addresses. */
  private static boolean isIndirectCall(byte[] code, int after, int length) {
    int at = after - length;
    int modRm = code[at + 1] & 0xff;
    if (code[at] != (byte) 0xff || (modRm >> 3 & 7) != 2) {
      return false;
    }
    int mode = modRm >> 6;
    int register = modRm & 7;
    int size = 2;
    if (mode != 3) {
      boolean hasIndex = register == 4;
      boolean isFar = mode == 2 || mode == 0 && register == 5;
      size += (hasIndex ? 1 : 0) + (mode == 1 ? 1 : 0) + (isFar ? 4 : 0);
    }
    return size == length;
  }

  private static boolean isInside(long address, long start, long size) {
    long into = address - start;
    return into != 0 && Long.compareUnsigned(into, size) < 0;
  }

  private Words words(StoppedThread thread, long from, int length) {
    byte[] bytes = new byte[length];
    int read = thread.read(from, bytes, 0, length);
    return new Words(
        ByteBuffer.wrap(bytes, 0, read).slice().order(ByteOrder.LITTLE_ENDIAN), program.wordSize());
  }

  /** Part of a stack: words of four or eight bytes. */
  private record Words(ByteBuffer bytes, int size) {
    int count() {
      return bytes.limit() / size;
    }

    long get(int i) {
      return size == Long.BYTES
          ? bytes.getLong(i * size)
          : Integer.toUnsignedLong(bytes.getInt(i * size));
    }

    /** Whether a word is an address in a range that is not its first, as a return address is. */
    boolean hasInside(long start, long length) {
      for (int i = 0; i < count(); i++) {
        if (isInside(get(i), start, length)) {
          return true;
        }
      }
      return false;
    }
  }
}
