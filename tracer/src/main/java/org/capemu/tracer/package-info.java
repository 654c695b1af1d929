/**
 * A running program, or a recorded one, becomes a stream of {@link org.capemu.tracer.TraceEvent}.
 *
 * <p>{@link org.capemu.tracer.Tracer} is the whole interface. {@code linux} and {@code freebsd}
 * hold its implementations; {@code elf} tells where the code of a program begins; {@code ktrace}
 * reads and writes trace files.
 */
package org.capemu.tracer;
