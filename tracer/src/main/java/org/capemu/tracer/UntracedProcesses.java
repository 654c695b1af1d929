package org.capemu.tracer;

import java.util.Set;

/**
 * Processes that a traced one made and that were not followed.
 *
 * @param count how many
 * @param programs what some of them ran, as far as it is known: one char a byte
 */
public record UntracedProcesses(long count, Set<String> programs) {
  public static final UntracedProcesses NONE = new UntracedProcesses(0, Set.of());
}
