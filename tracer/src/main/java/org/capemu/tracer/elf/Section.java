package org.capemu.tracer.elf;

/**
 * A section: Elf64_Shdr of elf(5).
 *
 * @param name one char a byte; empty where it cannot be read or is longer than 255 bytes
 * @param type SHT_PROGBITS and the like, by number
 * @param address as linked, before the load bias is added; 0 where it is not loaded
 * @param link the index of another section, which depends on the type
 */
public record Section(
    String name, int type, long flags, long address, long offset, long size, int link) {
  static final int SHT_SYMTAB = 2;
  static final int SHT_DYNSYM = 11;

  static final int SHF_EXECINSTR = 4;

  boolean isCode(long at) {
    return (flags & SHF_EXECINSTR) != 0 && Long.compareUnsigned(at - address, size) < 0;
  }
}
