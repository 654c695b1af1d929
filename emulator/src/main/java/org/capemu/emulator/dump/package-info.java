/**
 * {@code capemu dump}: kdump(1). {@link org.capemu.emulator.dump.DumpCommand} is the command; the
 * rest turns records into kdump's text or into JSON.
 *
 * <p>Names stand in tables, the resources beside these classes: {@code constants.tsv} (flags and
 * enumerations), {@code arguments.tsv} (which argument of which call is what), {@code ioctls.tsv},
 * {@code errno.tsv} and the system calls of Linux binaries.
 */
package org.capemu.emulator.dump;
