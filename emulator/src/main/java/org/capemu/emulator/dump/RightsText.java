package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;
import org.capemu.policy.CapRights;
import org.capemu.policy.Right;

/** {@code cap_rights_t} as text: the names in kdump(1)'s order, larger sets first. */
final class RightsText {
  private static final int INDEX_SHIFT = 57;
  private static final int INDEX_MASK = 0x1f;
  private static final int VERSION_SHIFT = 62;

  private static final Right[] RIGHTS = Right.values();
  private static final byte[][] NAMES = new byte[RIGHTS.length][];

  static {
    for (Right right : RIGHTS) {
      NAMES[right.ordinal()] = right.name().getBytes(StandardCharsets.US_ASCII);
    }
  }

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
    if (exact && !hasIndexBits(encoded0, encoded1)) {
      text.put("invalid cap_rights_t");
    } else {
      put(new CapRights(encoded0, encoded1));
    }
  }

  private static boolean hasIndexBits(long encoded0, long encoded1) {
    return encoded0 >>> VERSION_SHIFT == 0
        && (encoded0 >>> INDEX_SHIFT & INDEX_MASK) == 1
        && (encoded1 >>> INDEX_SHIFT & INDEX_MASK) == 2;
  }

  private void put(CapRights rights) {
    CapRights named = CapRights.NONE;
    boolean comma = false;
    for (Right right : RIGHTS) {
      if (rights.contains(right.rights()) && !named.contains(right.rights())) {
        if (comma) {
          text.put(',');
        }
        text.put(NAMES[right.ordinal()]);
        comma = true;
        named = named.merge(right.rights());
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
