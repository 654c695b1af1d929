package org.capemu.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RuleTableTest {
  private final SyscallTable calls = SyscallTable.of(Release.newest());
  private final RuleTable table = new RuleTable(Release.newest(), false, new Memory(true));

  @Test
  void everyEnabledCallHasAnEntry() {
    TreeSet<String> forgotten = new TreeSet<>();
    for (int number = 0; number < calls.size(); number++) {
      SyscallTable.Syscall call = calls.info(number);
      if (call.enabled() && call.isImplemented() && table.rulesOf(call.name()) == null) {
        forgotten.add(call.name());
      }
    }
    assertEquals(new TreeSet<>(), forgotten);
  }

  @Test
  void everyEntryIsACall() {
    TreeSet<String> unknown = new TreeSet<>(table.names());
    unknown.removeIf(name -> calls.named(name) != null);
    assertEquals(new TreeSet<>(), unknown);
  }

  @Test
  void everyEnabledCallThatTakesADescriptorSaysWhatItNeeds() {
    // what rights(4) lets through without any right, and what fails before it asks
    List<String> needNone =
        List.of(
            "close",
            "dup",
            "dup2",
            "posix_fadvise",
            "aio_cancel",
            "__cap_rights_get",
            "cap_ioctls_get",
            "cap_fcntls_get",
            "sctp_peeloff",
            "sctp_generic_sendmsg",
            "sctp_generic_sendmsg_iov",
            "sctp_generic_recvmsg");
    TreeSet<String> silent = new TreeSet<>();
    for (int number = 0; number < calls.size(); number++) {
      SyscallTable.Syscall call = calls.info(number);
      boolean takesDescriptor =
          call.arguments().stream()
              .anyMatch(
                  a ->
                      a.type().matches("int|u_int")
                          && a.name().matches("fd|s|sd|from|filedes|fdes|mqd|infd|dfd|oldfd"));
      if (call.enabled()
          && call.isImplemented()
          && takesDescriptor
          && table.rulesOf(call.name()).length == 0) {
        silent.add(call.name());
      }
    }
    assertEquals(new TreeSet<>(needNone), silent);
  }

  @Test
  void rulesReadLikeTheManual() {
    Policy policy = Policy.of(Release.FREEBSD_15, Mode.KERNEL);
    assertEquals(
        List.of("size 2 is not too large", "descriptor 0 needs CAP_READ"),
        policy.rulesOf(Abi.FREEBSD64, 3));
    assertEquals(
        List.of("lookup(dirfd 0, path 1), rights by open flags 2"),
        policy.rulesOf(Abi.FREEBSD64, 499));
    assertEquals(
        List.of("signal 1 goes to the caller itself, pid 0"), policy.rulesOf(Abi.FREEBSD64, 37));
    assertTrue(policy.rulesOf(Abi.FREEBSD64, 20).isEmpty());
    assertTrue(policy.rulesOf(Abi.LINUX64, 3).isEmpty());
    assertTrue(policy.rulesOf(Abi.FREEBSD64, 100_000).isEmpty());
  }
}
