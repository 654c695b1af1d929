package org.capemu.tracer.elf;

/**
 * A function that a symbol names.
 *
 * @param name as in the file: mangled, one char a byte
 * @param address as linked, before the load bias is added
 * @param size in bytes; 0 where the symbol does not tell, as in assembly
 */
public record Function(String name, long address, long size) {}
