package org.capemu.tracer.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a kernel told a program about its image when it began: getauxval(3), elf_aux_info(3). Linux
 * has it in {@code /proc/PID/auxv}, FreeBSD in the sysctl KERN_PROC_AUXV.
 *
 * <p>Addresses are unsigned. Whatever is broken or not there is empty.
 */
public final class AuxiliaryVector {
  /** A vector's end is AT_NULL; no kernel writes a quarter of this. */
  private static final int MAX_ENTRIES = 256;

  private static final long AT_NULL = 0;

  /** The kernel that wrote a vector: its numbers above 15 are its own. */
  public enum System {
    LINUX,
    FREEBSD
  }

  /** What there is in a vector. */
  public enum Entry {
    /** AT_PHDR: where the program headers are. */
    PROGRAM_HEADERS(3, 3),
    /** AT_PHNUM. */
    PROGRAM_HEADER_COUNT(5, 5),
    /** AT_BASE: where the run-time linker is; 0 or not there for a static program. */
    LINKER_BASE(7, 7),
    /** AT_ENTRY: where the program begins, after the run-time linker if it has one. */
    ENTRY(9, 9),
    /** AT_EXECFN of Linux, AT_EXECPATH of FreeBSD: where the path is that was executed. */
    EXECUTED_PATH(31, 15),
    /** AT_SYSINFO_EHDR of Linux, AT_KPRELOAD of FreeBSD: where the vdso's ELF header is. */
    VDSO(33, 34);

    private final int linux;
    private final int freeBsd;

    Entry(int linux, int freeBsd) {
      this.linux = linux;
      this.freeBsd = freeBsd;
    }

    private long number(System system) {
      return system == System.LINUX ? linux : freeBsd;
    }
  }

  private final System system;
  private final Map<Long, Long> values = new HashMap<>();

  private AuxiliaryVector(System system) {
    this.system = system;
  }

  /**
   * Reads Elf64_Auxinfo or Elf32_Auxinfo: pairs of a number and a value.
   *
   * @param machine the program's, not the kernel's: its class is that of the vector
   */
  public static AuxiliaryVector of(byte[] bytes, System system, ElfFile.Machine machine) {
    Layout layout = machine.layout;
    AuxiliaryVector result = new AuxiliaryVector(system);
    ByteBuffer pairs = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int end = Math.min(bytes.length, MAX_ENTRIES * 2 * layout.word);
    for (int at = 0; at + 2 * layout.word <= end; at += 2 * layout.word) {
      long number = layout.word(pairs, at);
      if (number == AT_NULL) {
        break;
      }
      result.values.putIfAbsent(number, layout.word(pairs, at, 1));
    }
    return result;
  }

  public OptionalLong get(Entry entry) {
    Long value = values.get(entry.number(system));
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
