package org.capemu.nativestubs.freebsd;

/**
 * struct kinfo_proc, as far as tracing asks: sysctl kern.proc.pid.
 *
 * @param parent {@code ki_ppid}: its real parent, whoever traces it
 * @param uid {@code ki_uid}, the effective user
 * @param command {@code ki_comm}
 * @param emulation {@code ki_emul}, the name of the process's sysentvec: {@code FreeBSD ELF64}
 * @param inCapabilityMode KI_CRF_CAPABILITY_MODE
 * @param ignored signals 1 to 64 that are ignored
 * @param caught signals 1 to 64 that have a handler
 */
public record ProcessFacts(
    int parent,
    int uid,
    String command,
    String emulation,
    boolean inCapabilityMode,
    long ignored,
    long caught) {
  /** KI_CRF_CAPABILITY_MODE of ki_cr_flags. */
  static final int CAPABILITY_MODE = 1;
}
