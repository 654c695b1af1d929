package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;

/**
 * USER: KTR_USER, what the program itself says with utrace(2). The run-time linker and malloc(3)
 * say it in structs of their own.
 */
final class UserText {
  private static final byte[] LINKER_SIGNATURE = "RTLD".getBytes(StandardCharsets.US_ASCII);
  private static final int LINKER_NAME_SIZE = 1024;
  private static final int LINKER_SIZE = 1064;
  private static final int LINKER32_SIZE = 1048;
  private static final int MALLOC_SIZE = 24;
  private static final int MALLOC32_SIZE = 12;

  private static final int RTLD_MODEMASK = 3;
  private static final int RTLD_GLOBAL = 0x100;
  private static final int RTLD_TRACE = 0x200;

  private final PayloadMemory memory;
  private final Text text;
  private final boolean decimal;

  UserText(PayloadMemory memory, Text text, DumpOptions options) {
    this.memory = memory;
    this.text = text;
    this.decimal = options.decimal();
  }

  void put() {
    boolean understood =
        switch (memory.length()) {
          case LINKER_SIZE ->
              isLinkers()
                  && putLinker(
                      memory.getLong(8),
                      memory.getLong(16),
                      memory.getLong(24),
                      memory.getInt(32),
                      36);
          case LINKER32_SIZE ->
              isLinkers()
                  && putLinker(
                      memory.getUnsignedInt(8),
                      memory.getUnsignedInt(12),
                      memory.getUnsignedInt(16),
                      memory.getInt(20),
                      24);
          case MALLOC_SIZE -> putMalloc(memory.getLong(0), memory.getLong(8), memory.getLong(16));
          case MALLOC32_SIZE -> {
            int address = memory.getInt(0);
            long pointer = address == -1 ? -1 : address & 0xffff_ffffL;
            yield putMalloc(pointer, memory.getUnsignedInt(4), memory.getUnsignedInt(8));
          }
          default -> false;
        };
    if (!understood) {
      putBytes();
    }
  }

  private void putBytes() {
    text.decimal(memory.length()).put(' ');
    for (int i = 0; i < memory.length(); i++) {
      text.put(' ');
      if (decimal) {
        text.decimal(memory.getUnsignedByte(i));
      } else {
        text.bareHex(memory.getUnsignedByte(i), 2);
      }
    }
  }

  private boolean putMalloc(long pointer, long size, long result) {
    if (pointer == -1) {
      text.put("malloc_init()");
    } else if (size == 0) {
      text.put("free(").pointer(pointer).put(')');
    } else if (pointer == 0) {
      text.pointer(result).put(" = malloc(").unsigned(size).put(')');
    } else {
      text.pointer(result).put(" = realloc(").pointer(pointer).put(", ").unsigned(size).put(')');
    }
    return true;
  }

  private boolean isLinkers() {
    for (int i = 0; i < LINKER_SIGNATURE.length; i++) {
      if (memory.getByte(i) != LINKER_SIGNATURE[i]) {
        return false;
      }
    }
    return true;
  }

  /** Events of rtld's {@code rtld_utrace.h}; false for one that is not known. */
  private boolean putLinker(long handle, long base, long size, int count, int name) {
    switch (memory.getInt(4)) {
      case 1 -> {
        text.put("dlopen(");
        putName(name).put(", ");
        putMode(count);
        text.put(')');
      }
      case 2 -> {
        text.pointer(handle).put(" = dlopen(");
        putName(name).put(") ref ").decimal(count);
      }
      case 3 -> {
        text.put("dlclose(").pointer(handle).put(") (");
        putName(name).put(", ").decimal(count).put(')');
      }
      case 4 -> text.put("dlclose(").pointer(handle).put(") finished");
      case 5 -> putObject("RTLD: loaded   ", handle, base, size, name);
      case 6 -> putObject("RTLD: unloaded ", handle, base, size, name);
      case 7 -> {
        text.put("RTLD: ").pointer(base).put(" now depends on ").pointer(handle).put(" (");
        putName(name).put(", ").decimal(count).put(')');
      }
      case 8 -> text.put("RTLD: LD_PRELOAD finished");
      case 9 -> putFunction("RTLD: init ", handle, base, name);
      case 10 -> putFunction("RTLD: fini ", handle, base, name);
      case 11 -> {
        text.put("RTLD: dlsym(").pointer(handle).put(", ");
        putName(name).put(')');
      }
      case 12 -> {
        text.put("RTLD: ").pointer(base).put(" = dlsym(").pointer(handle).put(", ");
        putName(name).put(')');
      }
      // kdump ends this one's line twice.
      case 13 -> {
        text.put("RTLD: error: ");
        putName(name).put('\n');
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private Text putName(int at) {
    return text.putString(memory.bytes(), at, LINKER_NAME_SIZE);
  }

  private void putObject(String what, long handle, long base, long size, int name) {
    text.put(what).pointer(handle).put(" @ ").pointer(base).put(" - ").pointer(base + size - 1);
    text.put(" (");
    putName(name).put(')');
  }

  private void putFunction(String what, long handle, long base, int name) {
    text.put(what).pointer(base).put(" for ").pointer(handle).put(" (");
    putName(name).put(')');
  }

  private void putMode(int mode) {
    switch (mode & RTLD_MODEMASK) {
      case 1 -> text.put("RTLD_LAZY");
      case 2 -> text.put("RTLD_NOW");
      default -> text.hex(mode & RTLD_MODEMASK);
    }
    if ((mode & RTLD_GLOBAL) != 0) {
      text.put(" | RTLD_GLOBAL");
    }
    if ((mode & RTLD_TRACE) != 0) {
      text.put(" | RTLD_TRACE");
    }
    int rest = mode & ~(RTLD_MODEMASK | RTLD_GLOBAL | RTLD_TRACE);
    if (rest != 0) {
      text.put(" | ").hex(rest);
    }
  }
}
