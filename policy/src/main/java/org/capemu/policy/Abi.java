package org.capemu.policy;

/**
 * The system call interface that a process uses: the kernel's {@code struct sysentvec}, as far as
 * the policy and the records tell them apart.
 */
public enum Abi {
  /** Native 64-bit binaries: {@code elf64_freebsd_sysvec}. */
  FREEBSD64(0x9f0209),
  /** i386 binaries on amd64: {@code ia32_freebsd_sysvec}; arguments are 32 bits wide. */
  FREEBSD32(0x9f0109),
  /** Linux x86-64 binaries: {@code elf_linux_sysvec}; no call is enabled in capability mode. */
  LINUX64(0x650203),
  /** Linux i386 binaries: {@code elf_linux_sysvec} of linux32; the same holds of them. */
  LINUX32(0x650103);

  /** {@code SV_ABI_MASK}, {@code SV_ABI_LINUX}: the part of sv_flags that says the system. */
  private static final int SV_ABI_MASK = 0xff;

  private static final int SV_ABI_LINUX = 3;
  private static final int SV_ILP32 = 0x100;

  private final int svFlags;

  Abi(int svFlags) {
    this.svFlags = svFlags;
  }

  /** The ABI of a process by what a record says of it; other flags than those two do not count. */
  public static Abi ofSvFlags(int svFlags) {
    boolean ilp32 = (svFlags & SV_ILP32) != 0;
    if ((svFlags & SV_ABI_MASK) == SV_ABI_LINUX) {
      return ilp32 ? LINUX32 : LINUX64;
    }
    return ilp32 ? FREEBSD32 : FREEBSD64;
  }

  /** Whether numbers are Linux's. */
  public boolean isLinux() {
    return this == LINUX64 || this == LINUX32;
  }

  /** Whether pointers and longs have 64 bits: SV_LP64. */
  public boolean is64Bit() {
    return this == FREEBSD64 || this == LINUX64;
  }

  /** The {@code sv_flags} of a 15.0 amd64 kernel, as {@code cap_svflags} records them. */
  public int svFlags() {
    return svFlags;
  }
}
