package org.capemu.emulator.run;

/**
 * When a call is made, seen from the moment at which the program's own part begins: {@link From}.
 */
enum Phase {
  /** Before it: the launcher's execve(2), the run-time linker, the C library's start code. */
  START_UP,
  /** After it, or where the moment cannot be told apart. */
  PROGRAM
}
