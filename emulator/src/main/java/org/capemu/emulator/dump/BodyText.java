package org.capemu.emulator.dump;

import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.ktrace.StrictNote;

/** A record's own text, the end of its last line included: all kinds in one place. */
final class BodyText {
  private final Text text;
  private final CallText calls;
  private final EventText events;
  private final IoText io;
  private final StructText structs;
  private final StructArrayText arrays;
  private final UserText users;
  private final CapFailText capFails;

  BodyText(PayloadMemory memory, Text text, DumpOptions options) {
    this.text = text;
    RightsText rights = new RightsText(text, options.exact());
    SocketAddressText addresses = new SocketAddressText(memory, text);
    calls = new CallText(memory, text, options);
    events = new EventText(memory, text);
    io = new IoText(memory, text, options);
    structs = new StructText(memory, text, options, rights, addresses);
    arrays = new StructArrayText(memory, text, options);
    users = new UserText(memory, text, options);
    capFails = new CapFailText(memory, text, options, calls, rights, addresses);
  }

  /**
   * Prints the current payload.
   *
   * @param svFlags its process's ABI; 0 if the trace does not tell
   */
  void put(int type, int svFlags) {
    switch (type) {
      case RecordType.SYSCALL -> calls.putCall(svFlags);
      case RecordType.SYSRET -> calls.putReturn(svFlags);
      case RecordType.NAMEI, RecordType.SYSCTL -> events.putName();
      case RecordType.GENIO -> {
        io.putIo();
        return;
      }
      case RecordType.PSIG -> events.putSignal();
      case RecordType.CSW -> events.putContextSwitch();
      case RecordType.USER -> users.put();
      case RecordType.STRUCT -> structs.put();
      case RecordType.CAPFAIL -> capFails.put();
      case RecordType.FAULT -> events.putFault();
      case RecordType.FAULTEND -> events.putFaultEnd();
      case RecordType.STRUCT_ARRAY -> arrays.put();
      case RecordType.ARGS, RecordType.ENVS -> events.putStrings();
      case RecordType.EXTERR -> events.putExtendedError();
      default -> {}
    }
    text.put('\n');
  }

  /** Prints the current payload, which is a note. */
  void put(CapemuNote note) {
    if (note instanceof StrictNote strict) {
      capFails.put(strict);
    } else {
      users.put(); // kdump's bytes are as good
    }
    text.put('\n');
  }
}
