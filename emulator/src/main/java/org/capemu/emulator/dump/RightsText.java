package org.capemu.emulator.dump;

import org.capemu.policy.CapRights;

/** {@code cap_rights_t} as text: the names in kdump(1)'s order, larger sets first. */
final class RightsText {
  private static final NameTable RIGHTS = Constants.table("caprights");
  private static final int INDEX_SHIFT = 57;
  private static final int INDEX_MASK = 0x1f;
  private static final int VERSION_SHIFT = 62;
  private static final long INDEX_0 = 1L << INDEX_SHIFT;

  private final Text text;
  private final boolean exact;

  /**
   * @param exact whether ill-formed rights, as 15.0 writes them, are only called that
   */
  RightsText(Text text, boolean exact) {
    this.text = text;
    this.exact = exact;
  }

  /** Prints the rights of two encoded words: sysdecode_cap_rights(3). */
  void put(long encoded0, long encoded1) {
    if (exact && !isWellFormed(encoded0, encoded1)) {
      text.put("invalid cap_rights_t");
    } else {
      put(new CapRights(encoded0, encoded1));
    }
  }

  private static boolean isWellFormed(long encoded0, long encoded1) {
    return encoded0 >>> VERSION_SHIFT == 0
        && (encoded0 >>> INDEX_SHIFT & INDEX_MASK) == 1
        && (encoded1 >>> INDEX_SHIFT & INDEX_MASK) == 2;
  }

  private void put(CapRights rights) {
    CapRights named = CapRights.NONE;
    boolean comma = false;
    for (int i = 0; i < RIGHTS.size(); i++) {
      long value = RIGHTS.valueAt(i);
      boolean first = (value & INDEX_0) != 0;
      CapRights right = first ? new CapRights(value, 0) : new CapRights(0, value);
      if (rights.contains(right) && !named.contains(right)) {
        if (comma) {
          text.put(',');
        }
        text.put(RIGHTS.nameAt(i));
        comma = true;
        named = named.merge(right);
      }
    }
    if (!comma) {
      text.put("CAP_NONE");
    }
    if (!named.contains(rights)) {
      text.put(",unknown rights");
    }
  }
}
