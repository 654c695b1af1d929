package org.capemu.policy;

import java.util.HashMap;
import java.util.Map;

/** The sysctl(3) nodes that capability mode lets through: {@code sysctl-nodes.tsv}. */
final class SysctlNodes {
  /** Numbers from here on are given at run time: CTL_AUTO_START. */
  static final int FIRST_DYNAMIC_NUMBER = 0x100;

  /**
   * Name or numbers to {@code r}, {@code w}, {@code rw}, or {@code -} for neither; {@code .*} at
   * the end for all below that are not named themselves.
   */
  private static final Map<String, String> ACCESS = new HashMap<>();

  static {
    for (String[] row : Facts.rows("sysctl-nodes.tsv")) {
      ACCESS.put(row[0], row[2]);
      ACCESS.put(row[1], row[2]);
    }
  }

  private SysctlNodes() {}

  /**
   * @param node a name, or numbers separated by dots
   * @return whether it can be read (and written) as asked
   */
  static boolean allows(String node, boolean read, boolean write) {
    String access = access(node);
    return (!read || access.contains("r")) && (!write || access.contains("w"));
  }

  /** A node with a handler of its own takes what is behind it as parameters. */
  private static String access(String node) {
    for (String name = node; ; name = name.substring(0, name.lastIndexOf('.'))) {
      String exact = ACCESS.get(name);
      if (exact != null) {
        return exact;
      }
      if (name.indexOf('.') < 0) {
        return "";
      }
      String below = ACCESS.get(name.substring(0, name.lastIndexOf('.')) + ".*");
      if (below != null) {
        return below;
      }
    }
  }
}
