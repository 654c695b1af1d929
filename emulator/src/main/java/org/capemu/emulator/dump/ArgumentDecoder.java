package org.capemu.emulator.dump;

/** Prints the next argument, or several, of a call. */
@FunctionalInterface
interface ArgumentDecoder {
  void print(CallArguments arguments);
}
