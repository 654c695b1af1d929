/**
 * Linux x86-64. {@link org.capemu.tracer.linux.LinuxTracer} follows processes with ptrace(2);
 * {@code Translation} makes FreeBSD's calls of theirs, after {@code system-calls.txt} and {@code
 * constants.txt}; {@code LinuxFileTree}, {@code TraceeMemory} and {@code TraceeDescriptors} look at
 * a stopped process; {@code Launcher} starts one.
 */
package org.capemu.tracer.linux;
