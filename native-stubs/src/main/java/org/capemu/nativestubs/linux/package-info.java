/**
 * Linux x86-64: the functions of libc that its tracer calls ({@link
 * org.capemu.nativestubs.linux.LinuxLibc}), and the numbers and layouts of what they exchange.
 */
package org.capemu.nativestubs.linux;
