package org.capemu.emulator.run;

import java.util.List;
import org.capemu.tracer.UntracedProcesses;

/**
 * What is known at the end of a run beside its violations.
 *
 * @param trace the name of the trace's file
 * @param early the program still ran when this was known
 * @param appended the file may hold earlier runs too
 * @param moment what start-up ends with
 * @param reached false if no process came to it
 * @param untraced processes that the program made and that were not followed
 * @param unseen what a tracer cannot see, a sentence each
 */
record RunEnd(
    String trace,
    boolean early,
    boolean appended,
    String moment,
    boolean reached,
    UntracedProcesses untraced,
    List<String> unseen) {}
