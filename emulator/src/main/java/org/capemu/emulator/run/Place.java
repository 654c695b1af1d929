package org.capemu.emulator.run;

/**
 * Where violations come from: a call of one program that violates in one way. What the call names
 * tells the places of a {@link Place} apart.
 *
 * @param part of the summary
 * @param program the name that its records carry
 * @param isChild it was made by the program that was started or attached to
 * @param call the call's name
 * @param kind of the violation, one of few
 * @param detail what tells violations of a kind apart, as the rights that are missing; may be empty
 * @param errno what the call would fail with, in FreeBSD's numbers
 * @param instead what FreeBSD does instead; null if the same
 */
record Place(
    Part part,
    String program,
    boolean isChild,
    String call,
    String kind,
    String detail,
    int errno,
    String instead) {
  /** The same place, whichever program it is of. */
  Place ofAnyProgram() {
    return new Place(part, "", false, call, kind, detail, errno, instead);
  }

  /** The summary's parts: only the first is what a program answers for. */
  enum Part {
    OWN,
    START_UP,
    /** What the same program would not do on FreeBSD. */
    LINUX_ONLY
  }
}
