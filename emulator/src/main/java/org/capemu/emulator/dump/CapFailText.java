package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.StrictNote;

/** CAP: KTR_CAPFAIL of both layouts, and what capemu notes beyond it. */
final class CapFailText {
  private static final int NOTCAPABLE = 0;
  private static final int INCREASE = 1;
  private static final int SYSCALL = 2;
  private static final int SIGNAL = 3;
  private static final int PROTO = 4;
  private static final int SOCKADDR = 5;
  private static final int NAMEI = 6;
  private static final int CPUSET = 7;
  private static final int OLD_LOOKUP = 3;

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
      putOld();
      return;
    }
    switch (memory.getInt(TYPE)) {
      case NOTCAPABLE -> putNotCapable(DATA);
      case INCREASE -> putIncrease(DATA);
      case SYSCALL -> {
        text.put("system call not allowed: ");
        putCall();
        putCommand();
      }
      case SIGNAL -> {
        putCall();
        text.put(": signal delivery not allowed: ");
        Values.putNamed(text, Values.SIGNALS, memory.getInt(DATA), decimal);
      }
      case PROTO -> {
        putCall();
        text.put(": protocol not allowed: ");
        Values.putNamed(text, PROTOCOLS, memory.getInt(DATA), decimal);
      }
      case SOCKADDR -> {
        putCall();
        text.put(": restricted address lookup: ");
        addresses.put(DATA);
      }
      case NAMEI -> {
        putCall();
        text.put(": restricted VFS lookup: ");
        text.putString(memory.bytes(), DATA, PATH_SIZE);
      }
      case CPUSET -> {
        putCall();
        text.put(": restricted cpuset operation");
      }
      default -> {
        putCall();
        text.put(": unknown capability failure");
      }
    }
  }

  /** The text of the kdump(1) that came with the layout: 15.0's takes it for its own kernel's. */
  private void putOld() {
    switch (memory.getInt(TYPE)) {
      case NOTCAPABLE -> putNotCapable(OLD_RIGHTS);
      case INCREASE -> putIncrease(OLD_RIGHTS);
      case SYSCALL -> text.put("disallowed system call");
      case OLD_LOOKUP -> text.put("restricted VFS lookup");
      default -> text.put("unknown capability failure");
    }
  }

  private void putNotCapable(int at) {
    text.put("operation requires ");
    putRights(at);
    text.put(", descriptor holds ");
    putRights(at + RIGHTS_SIZE);
  }

  private void putIncrease(int at) {
    text.put("attempt to increase capabilities from ");
    putRights(at + RIGHTS_SIZE);
    text.put(" to ");
    putRights(at);
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

  private void putCommand() {
    if (abi() != SyscallAbi.FREEBSD) {
      return;
    }
    int code = memory.getShort(CODE);
    if (code == SYS_SYSARCH) {
      text.put(", op: ");
      Values.putNamed(text, SYSARCH_OPERATIONS, memory.getInt(DATA), decimal);
    } else if (code == SYS_FCNTL) {
      text.put(", cmd: ");
      Values.putNamed(text, FCNTL_COMMANDS, memory.getInt(DATA), decimal);
    }
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
