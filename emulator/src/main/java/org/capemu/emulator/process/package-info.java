/**
 * The processes of a traced program as the kernel keeps them, as far as Capsicum asks: who is in
 * capability mode, and what every descriptor may be used for. Followed from system calls and their
 * returns alone, so that a live tracer and a recorded trace share it.
 */
package org.capemu.emulator.process;
