package org.capemu.policy;

/** The flags of mmap(2), and what kern_mmap needs of the descriptor. */
final class Mmap {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;
  private static final int PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXEC;
  private static final int PROT_MAX_SHIFT = 16;
  private static final int MAP_SHARED = 0x1;
  private static final int MAP_PRIVATE = 0x2;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_STACK = 0x400;
  private static final int MAP_ANON = 0x1000;
  private static final int MAP_GUARD = 0x2000;
  private static final int MAP_EXCL = 0x4000;

  /** The bits between that no flag has: any of them is EINVAL. */
  private static final int RESERVED_FLAGS = 0x0001_818c | 0x00f0_0000;

  private Mmap() {}

  /**
   * False for memory without a file, and where the call fails before it looks at the descriptor.
   */
  static boolean usesDescriptor(long length, int prot, int flags) {
    int most = prot >>> PROT_MAX_SHIFT;
    return length != 0
        && (flags & (MAP_ANON | MAP_STACK | MAP_GUARD | RESERVED_FLAGS)) == 0
        && (flags & (MAP_SHARED | MAP_PRIVATE)) != (MAP_SHARED | MAP_PRIVATE)
        && (flags & (MAP_EXCL | MAP_FIXED)) != MAP_EXCL
        && (prot & ~(PROT_ALL | PROT_ALL << PROT_MAX_SHIFT)) == 0
        && (most == 0 || (prot & PROT_ALL & ~most) == 0);
  }

  /** A private mapping can be written without the right to write the file. */
  static CapRights rights(int prot, int flags) {
    CapRights rights = Right.CAP_MMAP.rights();
    if ((prot & PROT_READ) != 0) {
      rights = rights.merge(Right.CAP_MMAP_R.rights());
    }
    if ((prot & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0) {
      rights = rights.merge(Right.CAP_MMAP_W.rights());
    }
    if ((prot & PROT_EXEC) != 0) {
      rights = rights.merge(Right.CAP_MMAP_X.rights());
    }
    return rights;
  }
}
