package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;
import org.capemu.policy.ViolationKind;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.StrictNote;

/** CAP: KTR_CAPFAIL of both layouts, and what capemu notes beyond it. */
final class CapFailText {
  private static final int SYS_FCNTL = 92;
  private static final int SYS_SYSARCH = 165;

  private static final int TYPE = 0;
  private static final int CODE = 4;
  private static final int SV_FLAGS = 8;
  private static final int DATA = 16;
  private static final int OLD_RIGHTS = 8;
  private static final int RIGHTS_SIZE = 16;
  private static final int PATH_SIZE = 1024;

  private static final NameTable FCNTL_COMMANDS = Constants.table("fcntlcmd");
  private static final NameTable SYSARCH_OPERATIONS = Constants.table("sysarchnum");
  private static final NameTable PROTOCOLS = Constants.table("sockipproto");

  private final PayloadMemory memory;
  private final Text text;
  private final boolean decimal;
  private final boolean exact;
  private final CallText calls;
  private final RightsText rights;
  private final SocketAddressText addresses;

  CapFailText(
      PayloadMemory memory,
      Text text,
      DumpOptions options,
      CallText calls,
      RightsText rights,
      SocketAddressText addresses) {
    this.memory = memory;
    this.text = text;
    this.decimal = options.decimal();
    this.exact = options.exact();
    this.calls = calls;
    this.rights = rights;
    this.addresses = addresses;
  }

  void put() {
    if (!exact && memory.length() == CapFail.Format.FREEBSD_13.size()) {
      putOld(CapFail.Format.FREEBSD_13.kind(memory.getInt(TYPE)));
      return;
    }
    ViolationKind kind = CapFail.Format.FREEBSD_15.kind(memory.getInt(TYPE));
    if (kind == null) {
      putCall();
      text.put(": unknown capability failure");
    } else {
      put(kind);
    }
  }

  private Text put(ViolationKind kind) {
    return switch (kind) {
      case NOTCAPABLE, INCREASE -> putRights(kind, DATA);
      case SYSCALL -> {
        text.put(kind.kdumpWords()).put(": ");
        putCall();
        yield putCommand();
      }
      case SIGNAL -> putNamed(kind, Values.SIGNALS);
      case PROTO -> putNamed(kind, PROTOCOLS);
      case SOCKADDR -> {
        putWords(kind).put(": ");
        addresses.put(DATA);
        yield text;
      }
      case NAMEI -> putWords(kind).put(": ").putString(memory.bytes(), DATA, PATH_SIZE);
      case CPUSET -> putWords(kind);
      case UNTRACED -> throw new IllegalArgumentException("no kernel records it");
    };
  }

  /** The text of the kdump(1) that came with the layout: 15.0's takes it for its own kernel's. */
  private void putOld(ViolationKind kind) {
    if (kind == null) {
      text.put("unknown capability failure");
    } else if (kind.isAboutRights()) {
      putRights(kind, OLD_RIGHTS);
    } else {
      text.put(kind == ViolationKind.SYSCALL ? "disallowed system call" : kind.kdumpWords());
    }
  }

  private Text putWords(ViolationKind kind) {
    putCall();
    return text.put(": ").put(kind.kdumpWords());
  }

  private Text putNamed(ViolationKind kind, NameTable names) {
    putWords(kind).put(": ");
    Values.putNamed(text, names, memory.getInt(DATA), decimal);
    return text;
  }

  private Text putRights(ViolationKind kind, int at) {
    text.put(kind.kdumpWords());
    if (kind == ViolationKind.INCREASE) {
      text.put(" from ");
      putRights(at + RIGHTS_SIZE);
      text.put(" to ");
      putRights(at);
    } else {
      text.put(' ');
      putRights(at);
      text.put(", descriptor holds ");
      putRights(at + RIGHTS_SIZE);
    }
    return text;
  }

  private void putRights(int at) {
    rights.put(memory.getLong(at), memory.getLong(at + Long.BYTES));
  }

  private SyscallAbi abi() {
    return SyscallAbi.of(memory.getInt(SV_FLAGS));
  }

  private void putCall() {
    calls.putName(memory.getShort(CODE), abi());
  }

  private Text putCommand() {
    if (abi() != SyscallAbi.FREEBSD) {
      return text;
    }
    int code = memory.getShort(CODE);
    if (code == SYS_SYSARCH) {
      text.put(", op: ");
      Values.putNamed(text, SYSARCH_OPERATIONS, memory.getInt(DATA), decimal);
    } else if (code == SYS_FCNTL) {
      text.put(", cmd: ");
      Values.putNamed(text, FCNTL_COMMANDS, memory.getInt(DATA), decimal);
    }
    return text;
  }

  void put(StrictNote note) {
    text.put("strict: ");
    calls.putName(note.code(), SyscallAbi.of(note.svFlags()));
    byte[] reason = note.violation().reason().getBytes(StandardCharsets.ISO_8859_1);
    text.put(": ").putTraced(reason, 0, reason.length);
    text.put(": errno ").decimal(note.violation().errno());
    text.put(' ');
    Errno.putMessage(text, note.violation().errno());
  }
}
