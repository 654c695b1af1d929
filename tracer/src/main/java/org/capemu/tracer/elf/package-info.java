/**
 * Images of programs: what an ELF file says of itself (elf(5)), and where a program that runs from
 * it begins.
 *
 * <p>{@link org.capemu.tracer.elf.ElfFile} reads a file, {@link
 * org.capemu.tracer.elf.AuxiliaryVector} what the kernel told the program of its image, and {@link
 * org.capemu.tracer.elf.ProgramStart} tells from both the addresses at which to stop it. Nothing
 * here trusts a file: a traced program can run from any.
 *
 * <p>Written here because the one Java library for ELF that is kept up, net.fornwall:jelf, makes
 * tables as large as the file's headers claim, throws at what is broken, and reads byte by byte
 * from a source with a position.
 */
package org.capemu.tracer.elf;
