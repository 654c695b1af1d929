package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LinuxSockaddrTest {
  @Test
  void theFamilyShrinksToMakeRoomForTheLength() {
    assertArrayEquals(
        new byte[] {16, 2, 0, 53, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
        LinuxSockaddr.toFreeBsd(new byte[] {2, 0, 0, 53, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
    assertArrayEquals(new byte[] {2, 28}, LinuxSockaddr.toFreeBsd(new byte[] {10, 0}));
    assertArrayEquals(new byte[] {3, 38, 7}, LinuxSockaddr.toFreeBsd(new byte[] {16, 0, 7}));
  }

  @Test
  void aFamilyThatFreeBsdLacksIsNone() {
    assertEquals((byte) 255, LinuxSockaddr.toFreeBsd(new byte[] {17, 0, 0})[1]);
    assertEquals((byte) 255, LinuxSockaddr.toFreeBsd(new byte[] {2, 1, 0})[1]);
  }

  @Test
  void aWholeSockaddrUnHasFreeBsdsSize() {
    byte[] linux = new byte[110];
    linux[0] = 1;
    linux[2] = '/';
    linux[3] = 'a';
    byte[] address = LinuxSockaddr.toFreeBsd(linux);
    assertEquals(106, address.length);
    assertArrayEquals(new byte[] {106, 1, '/', 'a', 0}, Arrays.copyOf(address, 5));
    Arrays.fill(linux, 2, 110, (byte) 'a');
    assertEquals(110, LinuxSockaddr.toFreeBsd(linux).length, "too long for FreeBSD");
  }

  @Test
  void lengthsThatGetsockaddrRefusesAreRefused() {
    assertNull(LinuxSockaddr.toFreeBsd(new byte[1]));
    assertNull(LinuxSockaddr.toFreeBsd(new byte[256]));
    assertEquals(255, LinuxSockaddr.toFreeBsd(new byte[255]).length);
  }
}
