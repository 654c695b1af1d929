package org.capemu.emulator.dump;

import java.util.Arrays;

/** {@code struct sockaddr}, in STRU and CAP records, as kdump(1) prints it. */
final class SocketAddressText {
  private final PayloadMemory memory;
  private final Text text;

  SocketAddressText(PayloadMemory memory, Text text) {
    this.memory = memory;
    this.text = text;
  }

  /** Prints the address at an offset; what lies after its {@code sa_len} counts as zeros. */
  void put(int at) {
    int length = memory.getUnsignedByte(at);
    SocketAddress address =
        SocketAddress.of(Arrays.copyOfRange(memory.bytes(), at, at + Math.max(length, 2)));
    text.put("struct sockaddr { ");
    String family = address.familyName();
    if (family != null) {
      text.put(family);
    } else {
      text.put("<invalid=").decimal(address.family()).put('>');
    }
    text.put(", ");
    switch (address.family()) {
      case SocketAddress.AF_INET, SocketAddress.AF_INET6 ->
          text.put(address.isComplete() ? address.toString() : "invalid");
      case SocketAddress.AF_UNIX -> {
        byte[] path = address.path();
        text.putTraced(path, 0, path.length);
      }
      case SocketAddress.AF_NETLINK -> {
        text.put("netlink[pid=").unsigned(address.netlinkPid());
        text.put(", groups=0x").bareHex(address.netlinkGroups(), 1).put(']');
      }
      default -> text.put("unknown address family");
    }
    text.put(" }");
  }
}
