package org.capemu.tracer.linux;

/**
 * A pattern of paths, in which {@code *} stands for any characters of one name, at least one, and
 * {@code **} for any characters at all, slashes too. Everything else stands for itself.
 */
final class Glob {
  private final String pattern;

  Glob(String pattern) {
    this.pattern = pattern;
  }

  boolean matches(String path) {
    return matches(0, path, 0);
  }

  private boolean matches(int at, String path, int from) {
    int p = at;
    int s = from;
    while (p < pattern.length()) {
      if (pattern.charAt(p) == '*') {
        boolean any = pattern.startsWith("**", p);
        int rest = p + (any ? 2 : 1);
        for (int end = any ? s : s + 1; end <= path.length(); end++) {
          if (!any && path.charAt(end - 1) == '/') {
            return false;
          }
          if (matches(rest, path, end)) {
            return true;
          }
        }
        return false;
      }
      if (s == path.length() || path.charAt(s) != pattern.charAt(p)) {
        return false;
      }
      p++;
      s++;
    }
    return s == path.length();
  }
}
