/**
 * The kernel in userspace, and the command line: {@link org.capemu.emulator.Capemu} has main,
 * {@code cli} what all commands share; {@code run} records a program, {@code dump}, {@code verify},
 * {@code replay} and {@code diff} work on trace files, {@code process} is the state of the
 * processes that all of them follow.
 */
package org.capemu.emulator;
