package org.capemu.policy;

import static org.capemu.policy.abi.Fcntl.AT_FDCWD;
import static org.capemu.policy.abi.Socket.AF_UNIX;
import static org.capemu.policy.abi.Socket.MSG_OOB;
import static org.capemu.policy.abi.Socket.SA_FAMILY;
import static org.capemu.policy.abi.Socket.SOCKADDR_UN_SIZE;
import static org.capemu.policy.abi.Socket.SOL_SOCKET;
import static org.capemu.policy.abi.Socket.SO_SPLICE;
import static org.capemu.policy.abi.Socket.SUN_PATH;

import java.nio.charset.StandardCharsets;
import org.capemu.policy.Descriptor.Kind;
import org.capemu.policy.abi.LittleEndian;
import org.jspecify.annotations.Nullable;

/** Rules about sockets: protocols, addresses, and the lookups of unix sockets. */
final class SocketRules {

  /** {@code struct cmsghdr} alone, and the most that sockargs takes. */
  private static final int CMSGHDR_SIZE = 12;

  private static final int MCLBYTES = 2048;

  /** net.local.dgram.maxdgram, if it was not changed. */
  private static final int MOST_DATAGRAM = 8192;

  private static final CapRights SEND = Right.CAP_WRITE.rights();
  private static final CapRights SEND_TO = CapRights.of(Right.CAP_WRITE, Right.CAP_CONNECT);

  private SocketRules() {}

  /**
   * socreate: the protocol is found first, then PROTO where it has no PR_CAPATTACH.
   *
   * @param pair kern_socketpair makes two of them, and before any descriptor; kern_socket after
   */
  static Rule protocol(boolean pair) {
    return Rule.of(
        "domain 0, type 1, protocol 2 are UDP, UDP-Lite, TCP, or unix",
        (call, caller, findings) -> {
          int protocol = call.intAt(2);
          Protocols.Protocol found = Protocols.find(call.intAt(0), call.intAt(1), protocol);
          if (found == null || found.allowed()) {
            return found != null;
          }
          if (!pair && !caller.hasFreeDescriptor()) {
            return false;
          }
          findings.violation(new Violation.Proto(protocol));
          if (pair && !caller.inCapabilityMode() && found.attaches(protocol, caller)) {
            findings.violation(new Violation.Proto(protocol));
          }
          return !caller.inCapabilityMode();
        });
  }

  /** kern_bindat, kern_connectat: before the socket is looked at, after the address is read. */
  static Rule directoryOfAddress() {
    return Rule.of(
        "dirfd 0 is not AT_FDCWD",
        (call, caller, findings) -> {
          if (!isThere(caller, call.address(2), call.intAt(3))) {
            return false;
          }
          if (call.intAt(0) != AT_FDCWD) {
            return true;
          }
          findings.violation(new Violation.Namei(Violation.Namei.AT_FDCWD));
          return !caller.inCapabilityMode();
        });
  }

  /** getsockaddr, where only its success counts: an address that is not known is taken for good. */
  private static boolean isThere(Caller caller, long address, int length) {
    try {
      return caller.sockaddr(address, length) != null;
    } catch (Undecided e) {
      return true;
    }
  }

  /**
   * uipc_bindat, unp_connectat: the path of a unix socket.
   *
   * @param dirfdArg or {@link LookupRule#WORKING_DIRECTORY}
   */
  static Rule path(
      int dirfdArg, int socketArg, int flags, Right right, boolean recording, boolean strict) {
    String dirfd =
        dirfdArg == LookupRule.WORKING_DIRECTORY ? "working directory" : "dirfd " + dirfdArg;
    return Rule.of(
        "unix address " + (socketArg + 1) + ": lookup(" + dirfd + ") needs " + right,
        (call, caller, findings) -> {
          int from = dirfdArg == LookupRule.WORKING_DIRECTORY ? AT_FDCWD : call.fd(dirfdArg);
          Kind kind = caller.descriptor(call.fd(socketArg)).kind();
          boolean unix =
              kind == Kind.UNIX_SOCKET || kind == Kind.UNIX_DATAGRAM_SOCKET || kind == Kind.OTHER;
          if (!unix || !caller.looksUpAddress()) {
            return false;
          }
          byte[] address;
          try {
            address = caller.sockaddr(call.address(socketArg + 1), call.intAt(socketArg + 2));
          } catch (Undecided unknown) {
            Namei.lookupOfUnknown(from, recording && kind != Kind.OTHER, caller, findings);
            throw unknown;
          }
          return address != null
              && lookUp(address, from, flags, right, recording, strict, caller, findings);
        });
  }

  /** kern_getsockopt: the length of a value, if there is one, is there and not negative. */
  static Rule optionLength() {
    return Rule.aboutLimits(
        "length 4 is not negative, if there is a value 3",
        (call, caller, findings) -> {
          byte[] length =
              call.isNull(3)
                  ? Memory.UNKNOWN
                  : Memory.copyInIfKnown(caller, call.address(4), Integer.BYTES);
          return length != null
              && (length == Memory.UNKNOWN || LittleEndian.getInt(length, 0) >= 0);
        });
  }

  /** sosetopt, SO_SPLICE: what one socket receives the other sends. */
  static Rule spliced(Memory memory, boolean strict) {
    int size = memory.is64Bit() ? 32 : 20;
    return Rule.aboutLimits(
        "with SO_SPLICE descriptor 0 needs CAP_RECV, the descriptor at 3 CAP_SEND",
        (call, caller, findings) -> {
          if (call.intAt(1) != SOL_SOCKET || call.intAt(2) != SO_SPLICE || call.intAt(4) < size) {
            return true;
          }
          byte[] splice = Memory.copyIn(caller, call.address(3), size);
          if (splice == null || LittleEndian.getInt(splice, 0) < 0) {
            return splice != null;
          }
          Descriptor from = caller.descriptor(call.fd(0));
          if (!from.rights().contains(Right.CAP_READ.rights())) {
            if (strict) {
              findings.violation(
                  new Violation.Untraced(
                      Violation.ENOTCAPABLE,
                      StrictCheck.SPLICE,
                      new Violation.Subject.OfDescriptor(
                          call.fd(0), Violation.Subject.OfDescriptor.NO_COMMAND)));
            }
            return false;
          }
          return DescriptorRules.check(
              caller.descriptor(LittleEndian.getInt(splice, 0)),
              Right.CAP_WRITE.rights(),
              findings);
        });
  }

  /** sendit and kern_sendit, for sendto(2). */
  static Rule sendTo(boolean strict) {
    return Rule.of(
        "no address 4; descriptor 0 needs CAP_SEND, with an address CAP_SEND,CAP_CONNECT",
        (call, caller, findings) ->
            call.isNull(4)
                ? maySend(call, caller, findings)
                : sendTo(
                    new Message(call.address(4), call.intAt(5), call.intAt(3), true, strict) {
                      @Override
                      boolean isControlThere() {
                        return true; // there is none
                      }

                      @Override
                      boolean isDatagram() {
                        return call.longAt(2) >= 0
                            && call.longAt(2) <= MOST_DATAGRAM
                            && Memory.isReadable(caller, call.address(1), call.intAt(2));
                      }
                    },
                    call,
                    caller,
                    findings));
  }

  /**
   * The same for sendmsg(2), whose {@code struct msghdr} holds the address. freebsd32_sendmsg does
   * not come through sendit: it neither records an address nor refuses it.
   */
  static Rule sendMessage(Memory memory, boolean strict) {
    int pointerSize = memory.pointerSize();
    return Rule.of(
        (memory.is64Bit() ? "no address in message 1; " : "")
            + "descriptor 0 needs CAP_SEND, with an address CAP_SEND,CAP_CONNECT",
        (call, caller, findings) -> {
          byte[] header = Memory.copyIn(caller, call.address(1), pointerSize + Integer.BYTES);
          if (header == null || !isMessage(call.address(1), memory, caller)) {
            return false;
          }
          long name = memory.getPointer(header, 0);
          if (name == 0) {
            return !caller.hasLimitedDescriptors()
                || (isControl(call.address(1), memory, caller) && maySend(call, caller, findings));
          }
          int nameLength = LittleEndian.getInt(header, pointerSize);
          return sendTo(
              new Message(name, nameLength, call.intAt(2), memory.is64Bit(), strict) {
                @Override
                boolean isControlThere() {
                  return isControl(call.address(1), memory, caller);
                }

                @Override
                boolean isDatagram() {
                  return isDatagramThere(call.address(1), memory, caller);
                }
              },
              call,
              caller,
              findings);
        });
  }

  /** sys_recvmsg: EFAULT and EMSGSIZE. */
  static Rule messageHeader(Memory memory) {
    return Rule.aboutLimits(
        "message 1 and its vector are there",
        (call, caller, findings) -> isMessage(call.address(1), memory, caller));
  }

  /** copyiniov of msg_iov, after msg_name and msg_namelen. */
  private static boolean isMessage(long header, Memory memory, Caller caller) {
    int pointerSize = memory.pointerSize();
    int length = pointerSize + Integer.BYTES;
    byte[] vector = Memory.copyInIfKnown(caller, header + 2L * pointerSize, length);
    return vector != null
        && (vector == Memory.UNKNOWN
            || ArgumentRules.isMessageVector(
                caller,
                memory.getPointer(vector, 0),
                LittleEndian.getInt(vector, pointerSize),
                memory));
  }

  /** What a message's vector holds, as far as it can be told. */
  private static boolean isDatagramThere(long header, Memory memory, Caller caller) {
    int pointerSize = memory.pointerSize();
    byte[] vector =
        Memory.copyInIfKnown(caller, header + 2L * pointerSize, pointerSize + Integer.BYTES);
    if (vector == null || vector == Memory.UNKNOWN) {
      return vector != null;
    }
    long address = memory.getPointer(vector, 0);
    int count = LittleEndian.getInt(vector, pointerSize);
    byte[] parts =
        ArgumentRules.isMessageVector(caller, address, count, memory)
            ? Memory.copyInIfKnown(caller, address, count * 2 * pointerSize)
            : null;
    long total = 0;
    for (int at = 0; parts != null && at < parts.length; at += 2 * pointerSize) {
      long length = memory.getPointer(parts, at + pointerSize);
      total += length;
      if (length < 0
          || total > MOST_DATAGRAM
          || !Memory.isReadable(caller, memory.getPointer(parts, at), (int) length)) {
        return false;
      }
    }
    return parts != null;
  }

  /** sockargs of msg_control, after msg_iovlen. */
  private static boolean isControl(long header, Memory memory, Caller caller) {
    int pointerSize = memory.pointerSize();
    byte[] control =
        Memory.copyInIfKnown(caller, header + 4L * pointerSize, pointerSize + Integer.BYTES);
    if (control == null || control == Memory.UNKNOWN || memory.getPointer(control, 0) == 0) {
      return control != null;
    }
    int length = LittleEndian.getInt(control, pointerSize);
    return length >= CMSGHDR_SIZE
        && length <= MCLBYTES
        && Memory.isReadable(caller, memory.getPointer(control, 0), length);
  }

  /** sendfile: the {@code struct sf_hdtr}, and its vectors. */
  static Rule sendfileHeaders(Memory memory) {
    int arg = memory.is64Bit() ? 4 : 5; // after the two halves of the offset
    int pointerSize = memory.pointerSize();
    return Rule.aboutLimits(
        "headers 4 are there, if any",
        (call, caller, findings) -> {
          if (call.isNull(arg)) {
            return true;
          }
          byte[] headers = Memory.copyInIfKnown(caller, call.address(arg), 4 * pointerSize);
          if (headers == null || headers == Memory.UNKNOWN) {
            return headers != null;
          }
          for (int at = 0; at < headers.length; at += 2 * pointerSize) {
            long vector = memory.getPointer(headers, at);
            int count = LittleEndian.getInt(headers, at + pointerSize);
            if (vector != 0 && !ArgumentRules.isVector(caller, vector, count, memory)) {
              return false;
            }
          }
          return true;
        });
  }

  /** Without an address. */
  private static boolean maySend(SystemCall call, Caller caller, Findings findings) {
    return !caller.hasLimitedDescriptors()
        || DescriptorRules.check(caller.descriptor(call.fd(0)), SEND, findings);
  }

  /** A message with an address, as far as its checks turn on it. */
  private abstract static class Message {
    private final long name;
    private final int nameLength;
    private final int flags;
    private final boolean watched;
    private final boolean strict;

    /**
     * @param watched its address is recorded, and refused in capability mode
     */
    Message(long name, int nameLength, int flags, boolean watched, boolean strict) {
      this.name = name;
      this.nameLength = nameLength;
      this.flags = flags;
      this.watched = watched;
      this.strict = strict;
    }

    /** sockargs of msg_control. */
    abstract boolean isControlThere();

    /** kern_sendit and uipc_sosend_dgram: false for EINVAL, EMSGSIZE and EFAULT of the data. */
    abstract boolean isDatagram();
  }

  private static boolean sendTo(
      Message message, SystemCall call, Caller caller, Findings findings) {
    byte @Nullable [] sockaddr = null;
    @Nullable Undecided undecided = null;
    try {
      sockaddr = caller.sockaddr(message.name, message.nameLength);
    } catch (Undecided e) {
      undecided = e; // there is an address, and the descriptor needs the rights for it
    }
    if (sockaddr == null && undecided == null) {
      return false;
    }
    boolean refuses = message.watched && caller.inCapabilityMode();
    if (message.watched && sockaddr != null) {
      findings.violation(Violation.Sockaddr.cut(sockaddr));
    }
    if (undecided == null ? refuses : !caller.mayBeRefused()) {
      return stopUnless(undecided);
    }
    if (!message.isControlThere()) {
      return stopUnless(undecided);
    }
    Descriptor descriptor = caller.descriptor(call.fd(0));
    boolean mayUse =
        (undecided != null && refuses) || DescriptorRules.check(descriptor, SEND_TO, findings);
    if (!mayUse || sockaddr == null) {
      return stopUnless(undecided);
    }
    // uipc_sosend_dgram connects for this one message
    return descriptor.kind() != Kind.UNIX_DATAGRAM_SOCKET
        || ((message.flags & MSG_OOB) == 0
            && message.isDatagram()
            && caller.looksUpAddress()
            && lookUp(
                sockaddr,
                AT_FDCWD,
                Namei.FOLLOW,
                Right.CAP_CONNECTAT,
                true,
                message.strict,
                caller,
                findings));
  }

  /** Ends the checks, or tells that one of them could not be made. */
  private static boolean stopUnless(@Nullable Undecided undecided) {
    if (undecided != null) {
      throw undecided;
    }
    return false;
  }

  private static boolean lookUp(
      byte[] address,
      int dirfd,
      int flags,
      Right right,
      boolean recording,
      boolean strict,
      Caller caller,
      Findings findings) {
    if (address[SA_FAMILY] != AF_UNIX
        || address.length <= SUN_PATH
        || address.length > SOCKADDR_UN_SIZE) {
      return false;
    }
    int end = SUN_PATH;
    while (end < address.length && address[end] != 0) {
      end++;
    }
    String path = new String(address, SUN_PATH, end - SUN_PATH, StandardCharsets.ISO_8859_1);
    return new Namei(path, flags, recording, strict, caller, findings)
            .lookup(dirfd, right.rights(), false)
        != Namei.Outcome.FAILED;
  }
}
