package org.capemu.policy;

import java.util.HashMap;
import java.util.Map;

/** The sysctl(3) nodes that a release lets through in capability mode: {@code sysctl-nodes.tsv}. */
final class SysctlNodes {
  /** Numbers from here on are given at run time: CTL_AUTO_START. */
  static final int FIRST_DYNAMIC_NUMBER = 0x100;

  /**
   * Name or numbers to {@code r}, {@code w}, {@code rw}, or {@code -} for neither; {@code .*} at
   * the end for all below that are not named themselves.
   */
  private final Map<String, String> access = new HashMap<>();

  SysctlNodes(Release release) {
    for (String[] row : Facts.rows("sysctl-nodes.tsv")) {
      if (release.compareTo(Release.named(row[3])) >= 0) {
        access.put(row[0], row[2]);
        access.put(row[1], row[2]);
      }
    }
  }

  /**
   * @param node a name, or numbers separated by dots
   * @return whether it can be read (and written) as asked
   */
  boolean allows(String node, boolean read, boolean write) {
    String letters = access(node);
    return (!read || letters.contains("r")) && (!write || letters.contains("w"));
  }

  /** A node with a handler of its own takes what is after it as parameters. */
  private String access(String node) {
    for (String name = node; ; name = name.substring(0, name.lastIndexOf('.'))) {
      String exact = access.get(name);
      if (exact != null) {
        return exact;
      }
      if (name.indexOf('.') < 0) {
        return "";
      }
      String below = access.get(name.substring(0, name.lastIndexOf('.')) + ".*");
      if (below != null) {
        return below;
      }
    }
  }
}
