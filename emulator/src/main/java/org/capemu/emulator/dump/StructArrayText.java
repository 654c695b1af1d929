package org.capemu.emulator.dump;

/** STRU of several structs: KTR_STRUCT_ARRAY, their size, their name, and the bytes of each. */
final class StructArrayText {
  private static final int NAME = 8;
  private static final String INDENT = "\n             ";

  private static final int EVFILT_READ = -1;
  private static final int EVFILT_WRITE = -2;
  private static final int EVFILT_VNODE = -4;
  private static final int EVFILT_PROC = -5;
  private static final int EVFILT_SIGNAL = -6;
  private static final int EVFILT_TIMER = -7;
  private static final int EVFILT_PROCDESC = -8;
  private static final int EVFILT_USER = -11;
  private static final int EVFILT_EMPTY = -13;

  private static final int NOTE_TRIGGER = 0x0100_0000;
  private static final int NOTE_FFCTRLMASK = 0xc000_0000;
  private static final int NOTE_FFLAGSMASK = 0x00ff_ffff;

  private static final NameTable FILTERS = Constants.table("keventfilters");
  private static final NameTable FLAGS = Constants.table("keventflags");
  private static final NameTable IO_NOTES = Constants.table("kevent_rdwr_fflags");
  private static final NameTable VNODE_NOTES = Constants.table("kevent_vnode_fflags");
  private static final NameTable PROCESS_NOTES = Constants.table("kevent_proc_fflags");
  private static final NameTable TIMER_NOTES = Constants.table("kevent_timer_fflags");
  private static final NameTable USER_CONTROLS = Constants.table("kevent_user_ffctrl");
  private static final NameTable POLL_EVENTS = Constants.table("pollfdevents");

  /** The structs that a record can hold, and how each of them is printed. */
  private enum Element {
    KEVENT("kevent", 64),
    FREEBSD11_KEVENT("freebsd11_kevent", 32),
    KEVENT32("kevent32", 56),
    FREEBSD11_KEVENT32("freebsd11_kevent32", 20),
    POLLFD("pollfd", 8);

    private final String structName;
    private final int size;

    Element(String structName, int size) {
      this.structName = structName;
      this.size = size;
    }
  }

  private final PayloadMemory memory;
  private final Text text;
  private final boolean decimal;

  StructArrayText(PayloadMemory memory, Text text, DumpOptions options) {
    this.memory = memory;
    this.text = text;
    this.decimal = options.decimal();
  }

  void put() {
    int nameLength = memory.stringLength(NAME);
    long structSize = memory.getLong(0);
    int at = NAME + nameLength + 1;
    if (at > memory.length() || !isName(nameLength)) {
      text.put("invalid record");
      return;
    }
    text.put("struct ").put(memory.bytes(), NAME, nameLength).put("[] = { ");
    Element element = elementOf(nameLength);
    boolean first = true;
    for (; Long.compareUnsigned(memory.length() - at, structSize) >= 0; at += (int) structSize) {
      if (!first) {
        text.put(INDENT);
      }
      first = false;
      if (element == null) {
        text.put("<unknown structure> }");
        return;
      }
      if (structSize != element.size) {
        text.put("<bad size> }");
        return;
      }
      put(element, at);
    }
    text.put(" }");
  }

  private boolean isName(int length) {
    for (int i = NAME; i < NAME + length; i++) {
      byte b = memory.getByte(i);
      int lower = b | 0x20;
      if ((lower < 'a' || lower > 'z') && (b < '0' || b > '9') && b != '_') {
        return false;
      }
    }
    return true;
  }

  private Element elementOf(int nameLength) {
    for (Element element : Element.values()) {
      if (memory.isString(NAME, nameLength, element.structName)) {
        return element;
      }
    }
    return null;
  }

  private void put(Element element, int at) {
    switch (element) {
      case KEVENT, FREEBSD11_KEVENT -> {
        putEvent(memory.getLong(at), at + 8, memory.getLong(at + 16), memory.getLong(at + 24));
      }
      case KEVENT32 -> {
        long data = memory.getUnsignedInt(at + 12) | memory.getUnsignedInt(at + 16) << 32;
        putEvent(memory.getUnsignedInt(at), at + 4, data, memory.getUnsignedInt(at + 20));
      }
      case FREEBSD11_KEVENT32 ->
          putEvent(
              memory.getUnsignedInt(at),
              at + 4,
              memory.getInt(at + 12),
              memory.getUnsignedInt(at + 16));
      case POLLFD -> putPollfd(at);
    }
  }

  /**
   * Prints {@code struct kevent}.
   *
   * @param at where filter, flags and fflags lie, which are the same in each of its forms
   */
  private void putEvent(long ident, int at, long data, long udata) {
    int filter = memory.getShort(at);
    text.put("{ ident=");
    switch (filter) {
      case EVFILT_READ,
          EVFILT_WRITE,
          EVFILT_VNODE,
          EVFILT_PROC,
          EVFILT_TIMER,
          EVFILT_PROCDESC,
          EVFILT_EMPTY ->
          text.unsigned(ident);
      case EVFILT_SIGNAL -> Values.putSignal(text, Values.SIGNALS, (int) ident);
      default -> text.pointer(ident);
    }
    text.put(", filter=");
    Values.putNamed(text, FILTERS, filter, decimal);
    text.put(", flags=");
    Values.putMaskOrZero(text, FLAGS, memory.getUnsignedShort(at + 2));
    text.put(", fflags=");
    putNotes(filter, memory.getInt(at + 4));
    text.put(", data=").hex(data);
    text.put(", udata=").pointer(udata).put(" }");
  }

  private void putNotes(int filter, int notes) {
    if (notes == 0) {
      text.put('0');
      return;
    }
    switch (filter) {
      case EVFILT_READ, EVFILT_WRITE -> putNotes(IO_NOTES, notes);
      case EVFILT_VNODE -> putNotes(VNODE_NOTES, notes);
      case EVFILT_PROC, EVFILT_PROCDESC -> putNotes(PROCESS_NOTES, notes);
      case EVFILT_TIMER -> putNotes(TIMER_NOTES, notes);
      case EVFILT_USER -> putUserNotes(notes);
      default -> Values.putInteger(text, notes, decimal);
    }
  }

  private void putNotes(NameTable names, int notes) {
    long bits = notes & 0xffff_ffffL;
    long rest = names.putMask(text, bits, false);
    if (rest != 0) {
      if (names.named(bits, rest)) {
        text.put('|');
      }
      text.hex(rest);
    }
  }

  private void putUserNotes(int notes) {
    int control = notes & NOTE_FFCTRLMASK;
    int data = notes & NOTE_FFLAGSMASK;
    boolean triggered = (notes & NOTE_TRIGGER) != 0;
    if (triggered) {
      text.put("NOTE_TRIGGER");
      if (notes == NOTE_TRIGGER) {
        return;
      }
      text.put('|');
    }
    if (control != 0 || triggered) {
      text.put(USER_CONTROLS.nameOf(control & 0xffff_ffffL)).put('|').hex(data);
    } else {
      Values.putInteger(text, data, decimal);
    }
  }

  private void putPollfd(int at) {
    text.put("{ fd=").decimal(memory.getInt(at));
    text.put(", events=");
    Values.putMaskOrZero(text, POLL_EVENTS, memory.getShort(at + 4));
    text.put(", revents=");
    Values.putMaskOrZero(text, POLL_EVENTS, memory.getShort(at + 6));
    text.put('}');
  }
}
