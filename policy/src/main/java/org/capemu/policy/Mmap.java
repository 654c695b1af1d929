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
  private static final int MAP_ALIGNMENT_SHIFT = 24;
  private static final int MAP_ALIGNED_SUPER = 1;
  private static final int PAGE_SHIFT = 12;
  private static final int PAGE_SIZE = 1 << PAGE_SHIFT;

  /** The bits between that no flag has: any of them is EINVAL. */
  private static final int RESERVED_FLAGS = 0x0001_818c | 0x00f0_0000;

  private Mmap() {}

  /**
   * False for memory without a file, and where the call fails before it looks at the descriptor.
   */
  static boolean usesDescriptor(long address, long length, int prot, int flags, long position) {
    int most = prot >>> PROT_MAX_SHIFT;
    long offsetInPage = position & (PAGE_SIZE - 1);
    long size = length + offsetInPage + PAGE_SIZE - 1 & -PAGE_SIZE;
    return length != 0
        && Long.compareUnsigned(length, size) <= 0
        && isAligned(address, flags, position)
        && (flags & (MAP_ANON | MAP_STACK | MAP_GUARD | RESERVED_FLAGS)) == 0
        && (flags & (MAP_SHARED | MAP_PRIVATE)) != (MAP_SHARED | MAP_PRIVATE)
        && (flags & (MAP_EXCL | MAP_FIXED)) != MAP_EXCL
        && (prot & ~(PROT_ALL | PROT_ALL << PROT_MAX_SHIFT)) == 0
        && (most == 0 || (prot & PROT_ALL & ~most) == 0);
  }

  /** A fixed address lies in its page where the position lies in the file's. */
  private static boolean isAligned(long address, int flags, long position) {
    int alignment = flags >>> MAP_ALIGNMENT_SHIFT; // as a power of two
    boolean aligned =
        alignment == 0
            || alignment == MAP_ALIGNED_SUPER
            || (alignment >= PAGE_SHIFT && alignment < Long.SIZE);
    boolean fits = (flags & MAP_FIXED) == 0 || (address - position & PAGE_SIZE - 1) == 0;
    return aligned && fits;
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
