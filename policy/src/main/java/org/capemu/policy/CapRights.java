package org.capemu.policy;

/**
 * A set of capability rights: {@code cap_rights_t}, rights(4). Immutable.
 *
 * <p>The two words hold right bits only; the version (bits 62-63) and the index (bits 57-61) of the
 * kernel's encoding are added by {@link #encodedWord0()} and {@link #encodedWord1()}.
 */
public record CapRights(long word0, long word1) {
  private static final int INDEX_SHIFT = 57;
  private static final int VERSION_SHIFT = 62;
  private static final long INDEX_0 = 1L << INDEX_SHIFT;
  private static final long INDEX_1 = 1L << (INDEX_SHIFT + 1);
  private static final long INDEX_MASK = 0x1fL << INDEX_SHIFT;
  private static final long RIGHT_BITS = INDEX_0 - 1;

  /** CAP_NONE. */
  public static final CapRights NONE = new CapRights(0, 0);

  /** CAP_ALL of 15.0: what a new descriptor holds. */
  public static final CapRights ALL = new CapRights(0x0000_0fff_ffff_ffffL, 0x0000_0000_007f_ffffL);

  public CapRights {
    word0 &= RIGHT_BITS;
    word1 &= RIGHT_BITS;
  }

  /** cap_rights_init(3). */
  public static CapRights of(Right... rights) {
    long word0 = 0;
    long word1 = 0;
    for (Right right : rights) {
      word0 |= right.rights().word0;
      word1 |= right.rights().word1;
    }
    return new CapRights(word0, word1);
  }

  /**
   * cap_rights_is_valid(3): true if the two words of a {@code cap_rights_t} are of version 0, each
   * has its own index bit, and no bit is set that is no right.
   */
  public static boolean isWellFormed(long encoded0, long encoded1) {
    return encoded0 >>> VERSION_SHIFT == 0
        && (encoded0 & INDEX_MASK) == INDEX_0
        && (encoded1 & ~RIGHT_BITS) == INDEX_1
        && ALL.contains(new CapRights(encoded0, encoded1));
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

  /**
   * The names of the rights as kdump(1) prints them: {@code CAP_PREAD,CAP_FSTATAT}, without those
   * that another one contains; {@code CAP_NONE}; {@code ,unknown rights} at the end for bits
   * without a name.
   */
  @Override
  public String toString() {
    StringBuilder names = new StringBuilder();
    CapRights named = NONE;
    for (Right right : RightNames.IN_ORDER) {
      if (contains(right.rights()) && !named.contains(right.rights())) {
        named = named.merge(right.rights());
        names.append(names.isEmpty() ? "" : ",").append(right.name());
      }
    }
    return (names.isEmpty() ? "CAP_NONE" : names) + (named.contains(this) ? "" : ",unknown rights");
  }

  /** Behind a class of its own, as a right is itself made of a CapRights. */
  private static final class RightNames {
    static final Right[] IN_ORDER = Right.values();
  }
}
