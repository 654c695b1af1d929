package org.capemu.emulator.dump;

/** Records of a few fields: NAMI, SCTL, ARGS, ENVS, PSIG, CSW, PFLT, PRET and EERR. */
final class EventText {
  private static final int SIGILL = 4;
  private static final int SIGTRAP = 5;
  private static final int SIGFPE = 8;
  private static final int SIGBUS = 10;
  private static final int SIGSEGV = 11;
  private static final int SIGCHLD = 20;

  /** {@code struct ktr_csw_old}: without the name of what is waited for. */
  private static final int OLD_CSW_SIZE = 8;

  private static final int WAIT_MESSAGE_SIZE = 8;

  private static final NameTable SIGNAL_CODES = Constants.table("sigcode");
  private static final NameTable PROTECTIONS = Constants.table("vmprot");
  private static final NameTable FAULT_RESULTS = Constants.table("vmresult");

  private final PayloadMemory memory;
  private final Text text;

  EventText(PayloadMemory memory, Text text) {
    this.memory = memory;
    this.text = text;
  }

  /** KTR_NAMEI and KTR_SYSCTL: one string. */
  void putName() {
    text.put('"').putTraced(memory.bytes(), 0, memory.stringLength(0)).put('"');
  }

  /** KTR_ARGS and KTR_ENVS: strings, each with its NUL. */
  void putStrings() {
    for (int at = 0; at < memory.length(); ) {
      int length = memory.stringLength(at);
      text.put('"').putTraced(memory.bytes(), at, length).put('"');
      at += length + 1;
      if (at != memory.length()) {
        text.put(", ");
      }
    }
  }

  /** KTR_PSIG: {@code struct ktr_psig}. */
  void putSignal() {
    int signo = memory.getInt(0);
    long action = memory.getLong(8);
    int code = memory.getInt(16);
    Values.putSignal(text, Values.SIGNALS, signo);
    if (action == 0) {
      text.put(" SIG_DFL");
    } else {
      text.put(" caught handler=").pointer(action);
      text.put(" mask=").pointer(memory.getUnsignedInt(20));
    }
    text.put(" code=");
    byte[] name = nameOfCode(signo, code);
    if (name != null) {
      text.put(name);
    } else {
      text.put("<invalid=").hex(code).put('>');
    }
  }

  /** sysdecode_sigcode(3): codes of any signal, then those of this one. */
  static byte[] nameOfCode(int signo, int code) {
    byte[] name = SIGNAL_CODES.nameOf(code);
    if (name != null) {
      return name;
    }
    String table =
        switch (signo) {
          case SIGILL -> "sigillcode";
          case SIGTRAP -> "sigtrapcode";
          case SIGFPE -> "sigfpecode";
          case SIGBUS -> "sigbuscode";
          case SIGSEGV -> "sigsegvcode";
          case SIGCHLD -> "sigchldcode";
          default -> null;
        };
    return table == null ? null : Constants.table(table).nameOf(code);
  }

  /** KTR_CSW: {@code struct ktr_csw}, or its older form. */
  void putContextSwitch() {
    text.put(memory.getInt(0) != 0 ? "stop " : "resume ");
    text.put(memory.getInt(4) != 0 ? "user" : "kernel");
    if (memory.length() != OLD_CSW_SIZE) {
      text.put(" \"").putString(memory.bytes(), 8, WAIT_MESSAGE_SIZE).put('"');
    }
  }

  /** KTR_FAULT: {@code struct ktr_fault}. */
  void putFault() {
    text.pointer(memory.getLong(0)).put(' ');
    Values.putMask(text, PROTECTIONS, memory.getInt(8));
  }

  /** KTR_FAULTEND: {@code struct ktr_faultend}. */
  void putFaultEnd() {
    int result = memory.getInt(0);
    byte[] name = FAULT_RESULTS.nameOf(result);
    if (name != null) {
      text.put(name);
    } else {
      text.put("<invalid=").decimal(result).put('>');
    }
  }

  /** KTR_EXTERR: {@code struct uexterror}. */
  void putExtendedError() {
    text.put("{ errno ").decimal(memory.getInt(4));
    text.put(" category ").unsigned(memory.getUnsignedInt(8));
    text.put(" (src line ").unsigned(memory.getUnsignedInt(12));
    text.put(") p1 ").hex(memory.getLong(24)).put(" p2 ").hex(memory.getLong(32)).put(' ');
    text.putString(memory.bytes(), 72, 128).put(" }");
  }
}
