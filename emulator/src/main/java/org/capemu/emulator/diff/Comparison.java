package org.capemu.emulator.diff;

import org.capemu.policy.SyscallTable;
import org.capemu.tracer.ktrace.TracePoints;

/**
 * What of two traces is compared.
 *
 * @param points the kinds of records
 * @param calls the calls of the kernel that the traces stand for
 * @param withAddresses false for traces of two runs, whose memory lies at other places
 */
record Comparison(TracePoints points, SyscallTable calls, boolean withAddresses) {}
