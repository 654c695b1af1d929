package org.capemu.emulator.dump;

/** CALL and RET: KTR_SYSCALL and KTR_SYSRET. */
final class CallText {
  private static final int CODE = 0;
  private static final int ARGUMENT_COUNT = 2;
  private static final int ERROR = 4;
  private static final int RETURN_VALUE = 8;
  private static final int LAST_DIGIT = 9;

  private final PayloadMemory memory;
  private final Text text;
  private final DumpOptions options;
  private final CallArguments arguments;

  CallText(PayloadMemory memory, Text text, DumpOptions options) {
    this.memory = memory;
    this.text = text;
    this.options = options;
    arguments = new CallArguments(memory, text, options.decimal());
  }

  /** A call's name, as -S has it; its number in brackets where it has none. */
  void putName(int code, SyscallAbi abi) {
    byte[] name = abi.nameOf(code);
    if (name != null) {
      text.put(name);
    }
    if (name == null || options.callNumbers()) {
      text.put('[').decimal(code).put(']');
    }
  }

  void putCall(int svFlags) {
    int code = memory.getShort(CODE);
    int count = memory.getShort(ARGUMENT_COUNT);
    SyscallAbi abi = SyscallAbi.of(svFlags);
    putName(code, abi);
    if (count == 0) {
      return;
    }
    arguments.begin(count, (svFlags & SyscallAbi.SV_ILP32) == 0);
    // Without KTR_PROCCTOR the names are taken for native ones, the arguments for nothing.
    if (!options.plain() && svFlags != 0 && abi != SyscallAbi.UNKNOWN) {
      for (ArgumentDecoder decoder : ArgumentTable.of(abi).decodersOf(code)) {
        decoder.print(arguments);
      }
    }
    arguments.putRest();
    text.put(')');
  }

  void putReturn(int svFlags) {
    SyscallAbi abi = SyscallAbi.of(svFlags);
    putName(memory.getShort(CODE), abi);
    text.put(' ');
    int error = memory.getInt(ERROR);
    switch (error) {
      case 0 -> putValue(memory.getLong(RETURN_VALUE));
      case Errno.RESTART -> text.put("RESTART");
      case Errno.JUSTRETURN -> text.put("JUSTRETURN");
      default -> {
        text.put("-1 errno ").decimal(Errno.toAbi(abi, error));
        if (!options.plain()) {
          text.put(' ');
          Errno.putMessage(text, error);
        }
      }
    }
  }

  private void putValue(long value) {
    if (!options.plain()) {
      text.decimal(value);
      if (value < 0 || value > LAST_DIGIT) {
        text.put('/').hex(value);
      }
    } else if (options.decimal()) {
      text.decimal(value);
    } else {
      text.hex(value);
    }
  }
}
