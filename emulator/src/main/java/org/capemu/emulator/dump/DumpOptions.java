package org.capemu.emulator.dump;

import org.capemu.tracer.ktrace.TracePoints;

/**
 * What kdump(1)'s flags say about the text.
 *
 * @param abi -A: each record shows its process's ABI
 * @param cpu -c: each record shows its processor
 * @param decimal -d: numbers are decimal
 * @param elapsed -E: times since the first record
 * @param threads -H: each record shows its thread
 * @param plain -n: nothing is translated
 * @param relative -R: times since the record before
 * @param users -r: users, groups, modes and dates by name, taken from here; null without it
 * @param callNumbers -S: calls show their number
 * @param withoutData -s: no I/O data
 * @param absolute -T: times since the epoch
 * @param maxData -m: I/O data is cut to so many bytes; 0 for all
 * @param pid -p: only this process or thread; 0 for all
 * @param points -t: only these kinds of records
 * @param exact --kdump: kdump's text to the letter, where dump knows better too
 */
record DumpOptions(
    boolean abi,
    boolean cpu,
    boolean decimal,
    boolean elapsed,
    boolean threads,
    boolean plain,
    boolean relative,
    Users users,
    boolean callNumbers,
    boolean withoutData,
    boolean absolute,
    int maxData,
    int pid,
    TracePoints points,
    boolean exact) {}
