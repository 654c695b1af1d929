package org.capemu.tracer.elf;

/**
 * A segment: Elf64_Phdr of elf(5).
 *
 * @param type PT_LOAD and the like, by number
 * @param flags PF_X, PF_W and PF_R
 * @param address as linked, before the load bias is added
 */
public record ProgramHeader(
    int type, int flags, long offset, long address, long fileSize, long memorySize) {
  static final int PT_LOAD = 1;
  static final int PT_INTERP = 3;
  static final int PT_NOTE = 4;

  static final int PF_X = 1;

  /** Whether the file's code is mapped at an address. */
  boolean isCode(long at) {
    return type == PT_LOAD
        && (flags & PF_X) != 0
        && Long.compareUnsigned(at - address, fileSize) < 0;
  }
}
