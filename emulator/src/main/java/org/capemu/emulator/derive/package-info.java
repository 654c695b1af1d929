/**
 * Derives from a recorded trace what its kernel found, or would have found: the records of a call
 * stand in for the caller's memory and for the file system. {@code verify} compares the result with
 * the trace's own KTR_CAPFAIL records, {@code replay} writes it.
 */
package org.capemu.emulator.derive;
