package org.capemu.policy;

/**
 * A set of capability rights: {@code cap_rights_t}, rights(4). Immutable.
 *
 * <p>The two words hold right bits only; the version (bits 62-63) and the index (bits 57-61) of the
 * kernel's encoding are added by {@link #encodedWord0()} and {@link #encodedWord1()}.
 */
public record CapRights(long word0, long word1) {
  private static final long INDEX_0 = 1L << 57;
  private static final long INDEX_1 = 1L << 58;
  private static final long RIGHT_BITS = (1L << 57) - 1;

  /** CAP_NONE. */
  public static final CapRights NONE = new CapRights(0, 0);

  /** CAP_ALL of 15.0: what a new descriptor holds. */
  public static final CapRights ALL = new CapRights(0x0000_0fff_ffff_ffffL, 0x0000_0000_007f_ffffL);

  public CapRights {
    word0 &= RIGHT_BITS;
    word1 &= RIGHT_BITS;
  }

  /** cap_rights_contains(3): true if this set holds every right of the other. */
  public boolean contains(CapRights other) {
    return (word0 & other.word0) == other.word0 && (word1 & other.word1) == other.word1;
  }

  /** cap_rights_merge(3): the union. */
  public CapRights merge(CapRights other) {
    return new CapRights(word0 | other.word0, word1 | other.word1);
  }

  /** cap_rights_remove(3): the difference. */
  public CapRights remove(CapRights other) {
    return new CapRights(word0 & ~other.word0, word1 & ~other.word1);
  }

  /** The first word as the kernel lays it out, index bit included (version 0, two words). */
  public long encodedWord0() {
    return word0 | INDEX_0;
  }

  /** The second word as the kernel lays it out, index bit included. */
  public long encodedWord1() {
    return word1 | INDEX_1;
  }
}
