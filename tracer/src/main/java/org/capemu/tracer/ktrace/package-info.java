/**
 * Trace files of ktrace(1), as FreeBSD 13 to 15 write them on amd64 and arm64 (LP64, little
 * endian).
 *
 * <p>{@link org.capemu.tracer.ktrace.KtraceReader} and {@link
 * org.capemu.tracer.ktrace.KtraceWriter} stream records one at a time in constant memory; {@link
 * org.capemu.tracer.ktrace.CapFail} is the one record that capemu is about. The formats are those
 * of {@code sys/ktrace.h}.
 */
package org.capemu.tracer.ktrace;
