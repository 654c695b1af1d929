/** Functions of libc that Linux and FreeBSD share, and the numbers in which they differ. */
package org.capemu.nativestubs.posix;
