package org.capemu.policy;

import static org.capemu.policy.abi.Events.EV_CLEAR;
import static org.capemu.policy.abi.Events.EV_DISPATCH;
import static org.capemu.policy.abi.Events.EV_ONESHOT;

import org.capemu.policy.abi.LittleEndian;
import org.jspecify.annotations.Nullable;

/** aio_aqueue and kern_lio_listio: requests that name their descriptors in memory. */
final class AsynchronousRules {
  private static final int LIO_NOP = 0;
  private static final int LIO_WRITE = 1;
  private static final int LIO_READ = 2;
  private static final int LIO_VECTORED = 4;
  private static final int LIO_FOFFSET = 0x40;
  private static final int LIO_NOWAIT = 0;
  private static final int LIO_WAIT = 1;

  private static final int SIGEV_NONE = 0;
  private static final int SIGEV_SIGNAL = 1;
  private static final int SIGEV_KEVENT = 3;
  private static final int SIGEV_THREAD_ID = 4;
  private static final int SIG_MAXSIG = 128;

  /** The flags that a kevent of a request may have. */
  private static final int REQUEST_FLAGS = EV_CLEAR | EV_DISPATCH | EV_ONESHOT;

  private static final int MOST_REQUESTS = 256; // MAX_AIO_QUEUE_PER_PROC
  private static final CapRights KQUEUE_CHANGE = Right.CAP_KQUEUE_CHANGE.rights();

  private final Memory memory;

  /** Offsets in {@code struct aiocb}, by its form. */
  private final Layout layout;

  /**
   * @param size of what is copied in
   * @param buffer aio_buf, or aio_iov
   * @param length aio_nbytes, or aio_iovcnt
   * @param operation aio_lio_opcode
   * @param event aio_sigevent
   * @param eventFlags sigev_notify_kevent_flags, in aio_sigevent; -1 where there are none
   */
  private record Layout(
      int size, int buffer, int length, int operation, int event, int eventFlags) {}

  /**
   * @param old the form of FreeBSD 6: {@code struct oaiocb}, with {@code struct osigevent}
   */
  AsynchronousRules(Memory memory, boolean old) {
    this.memory = memory;
    if (memory.is64Bit()) {
      layout = old ? new Layout(80, 16, 24, 48, 32, -1) : new Layout(160, 16, 24, 48, 80, 16);
    } else {
      layout = old ? new Layout(52, 12, 16, 32, 20, -1) : new Layout(96, 12, 16, 32, 52, 12);
    }
  }

  /** aio_aqueue, for a request whose operation the call itself names. */
  Rule request(int arg, Right needed) {
    return request(arg, needed, false);
  }

  /** The same for one that has a vector. */
  Rule vectoredRequest(int arg, Right needed) {
    return request(arg, needed, true);
  }

  private Rule request(int arg, Right needed, boolean vectored) {
    return Rule.aboutLimits(
        "descriptor of the request " + arg + " needs " + needed + ", its kqueue " + kqueueRight(),
        (call, caller, findings) -> {
          byte[] request = Memory.copyInIfKnown(caller, call.address(arg), layout.size);
          if (request == null) {
            return false;
          }
          boolean known = request != Memory.UNKNOWN;
          if (!known) {
            request = Memory.copyIn(caller, call.address(arg), Integer.BYTES);
          }
          return request != null
              && (!known || isValid(request, vectored, caller))
              && DescriptorRules.check(
                  caller.descriptor(LittleEndian.getInt(request, 0)), needed.rights(), findings)
              && (!known || mayNotify(request, layout.event, caller, findings));
        });
  }

  /** kern_lio_listio: each request of the list names its operation. */
  Rule requests() {
    return Rule.aboutLimits(
        "descriptors of the requests 1 need CAP_PREAD or CAP_PWRITE by operation, their kqueues "
            + kqueueRight(),
        (call, caller, findings) -> {
          int mode = call.intAt(0);
          int count = call.intAt(2);
          int pointerSize = memory.pointerSize();
          if ((mode != LIO_NOWAIT && mode != LIO_WAIT) || count < 0 || count > MOST_REQUESTS) {
            return false;
          }
          byte @Nullable [] event = Memory.UNKNOWN;
          if (mode == LIO_NOWAIT && !call.isNull(3)) {
            event = Memory.copyInIfKnown(caller, call.address(3), memory.is64Bit() ? 16 : 12);
          }
          if (event == null) {
            return false;
          }
          byte[] list = Memory.copyIn(caller, call.address(1), count * pointerSize);
          if (list == null
              || (event != Memory.UNKNOWN
                  && !(isValidEvent(event, 0) && mayRegister(event, 0, caller, findings)))) {
            return false;
          }
          Undecided undecided = null;
          for (int i = 0; i < count; i++) {
            long address = memory.getPointer(list, i * pointerSize);
            try {
              if (address != 0) {
                checkOne(address, caller, findings);
              }
            } catch (Undecided unknown) {
              undecided = unknown; // the others are checked all the same
            }
          }
          if (undecided != null) {
            throw undecided;
          }
          return true;
        });
  }

  private void checkOne(long address, Caller caller, Findings findings) {
    byte[] request = Memory.copyInIfKnown(caller, address, layout.size);
    boolean known = request != Memory.UNKNOWN;
    if (!known) {
      request = Memory.copyIn(caller, address, layout.operation + Integer.BYTES);
    }
    if (request == null) {
      return;
    }
    int operation = LittleEndian.getInt(request, layout.operation) & ~LIO_FOFFSET;
    if (known && !isValid(request, (operation & LIO_VECTORED) != 0, caller)) {
      return;
    }
    CapRights needed = ofOperation(operation);
    if (needed != null
        && DescriptorRules.check(
            caller.descriptor(LittleEndian.getInt(request, 0)), needed, findings)
        && known
        && operation != LIO_NOP) {
      mayNotify(request, layout.event, caller, findings);
    }
  }

  /** What is EINVAL, or EFAULT, before the descriptor is looked at. */
  private boolean isValid(byte[] request, boolean vectored, Caller caller) {
    long length = memory.getPointer(request, layout.length);
    return (!vectored || isVector(request, (int) length, caller))
        && (memory.isTransferSize(length) || (vectored && !memory.is64Bit()))
        && isValidEvent(request, layout.event);
  }

  /** aiocb_copyin; there were no vectors in the old form. */
  private boolean isVector(byte[] request, int count, Caller caller) {
    return layout.eventFlags < 0
        || ArgumentRules.isVector(caller, memory.getPointer(request, layout.buffer), count, memory);
  }

  private boolean isValidEvent(byte[] bytes, int event) {
    int signal = LittleEndian.getInt(bytes, event + Integer.BYTES);
    return switch (LittleEndian.getInt(bytes, event)) {
      case SIGEV_NONE, SIGEV_KEVENT -> true;
      case SIGEV_SIGNAL -> signal > 0 && signal <= SIG_MAXSIG;
      case SIGEV_THREAD_ID -> layout.eventFlags >= 0 && signal > 0 && signal <= SIG_MAXSIG;
      default -> false;
    };
  }

  private boolean mayNotify(byte[] request, int event, Caller caller, Findings findings) {
    boolean flagsAreValid =
        layout.eventFlags < 0
            || (LittleEndian.getShort(request, event + layout.eventFlags) & ~REQUEST_FLAGS & 0xffff)
                == 0;
    return LittleEndian.getInt(request, event) != SIGEV_KEVENT
        || (flagsAreValid && mayRegister(request, event, caller, findings));
  }

  /** kqfd_register, and EINVAL of kqueue_acquire for what is known to be no kqueue. */
  private static boolean mayRegister(byte[] bytes, int event, Caller caller, Findings findings) {
    if (LittleEndian.getInt(bytes, event) != SIGEV_KEVENT) {
      return true;
    }
    Descriptor kqueue = caller.descriptor(LittleEndian.getInt(bytes, event + Integer.BYTES));
    return DescriptorRules.check(kqueue, KQUEUE_CHANGE, findings)
        && (kqueue.kind() == Descriptor.Kind.KQUEUE || kqueue.kind() == Descriptor.Kind.OTHER);
  }

  private static String kqueueRight() {
    return Right.CAP_KQUEUE_CHANGE.name();
  }

  /** The rights for an aio_lio_opcode; null for one that is not valid. */
  private static @Nullable CapRights ofOperation(int operation) {
    return switch (operation) {
      case LIO_NOP -> CapRights.NONE;
      case LIO_WRITE, LIO_WRITE | LIO_VECTORED -> Right.CAP_PWRITE.rights();
      case LIO_READ, LIO_READ | LIO_VECTORED -> Right.CAP_PREAD.rights();
      default -> null;
    };
  }
}
