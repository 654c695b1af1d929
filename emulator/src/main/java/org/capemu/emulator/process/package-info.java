/**
 * The processes of a traced program as the kernel keeps them, as far as Capsicum asks: who is in
 * capability mode, and what every descriptor may be used for. Followed from system calls and their
 * returns alone: a recorded trace has no more. On FreeBSD a live tracer asks its kernel instead.
 */
package org.capemu.emulator.process;
