package org.capemu.emulator.diff;

import org.capemu.tracer.ktrace.KtraceRecord;

/**
 * A record to be compared.
 *
 * @param thread its thread's name, the same in both traces
 * @param essence what has to be equal
 * @param svFlags its process's ABI; 0 if that is not known
 * @param number of the record in its file, counted from 1
 * @param offset of the record in its file
 */
record Entry(
    String thread, String essence, KtraceRecord record, int svFlags, long number, long offset) {
  boolean matches(Entry other) {
    return essence.equals(other.essence);
  }
}
