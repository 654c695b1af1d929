package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinuxSignalsTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1", "7, 10", "9, 9", "10, 30", "12, 31", "17, 20", "18, 19", "19, 17", "20, 18", "23, 16",
    "29, 23", "31, 12", "34, 65", "64, 95", "0, 0", "65, 65", "-1, -1"
  })
  void aSignalHasFreeBsdsNumber(int linux, int freeBsd) {
    assertEquals(freeBsd, LinuxSignals.toFreeBsd(linux));
  }

  @Test
  void everySignalHasItsOwnNumber() {
    Set<Integer> numbers = new HashSet<>();
    for (int signal = 1; signal <= 64; signal++) {
      int freeBsd = LinuxSignals.toFreeBsd(signal);
      assertTrue(freeBsd >= 1 && freeBsd <= 128 && numbers.add(freeBsd), "signal " + signal);
    }
    assertFalse(numbers.contains(7), "SIGEMT");
    assertFalse(numbers.contains(29), "SIGINFO");
  }

  @Test
  void aMaskHasABitForEachOfItsSignals() {
    long linux = 1L << 16 | 1L << 9 | 1L << 33; // SIGCHLD, SIGUSR1, SIGRTMIN
    assertEquals(1L << 19 | 1L << 29, LinuxSignals.maskLow(linux));
    assertEquals(1L, LinuxSignals.maskHigh(linux));
    assertEquals(
        64, Long.bitCount(LinuxSignals.maskLow(~0L)) + Long.bitCount(LinuxSignals.maskHigh(~0L)));
    assertEquals(0, LinuxSignals.maskLow(0));
  }

  @ParameterizedTest
  @CsvSource({
    "15, 0, 0x10001",
    "15, -1, 0x10002",
    "14, -2, 0x10003",
    "6, -6, 0x10007",
    "11, 0x80, 0x10006",
    "11, 1, 1",
    "11, 2, 2",
    "8, 1, 2",
    "8, 2, 1",
    "17, 1, 1",
    "7, 2, 2"
  })
  void aCodeMeansTheSame(int signal, String linux, String freeBsd) {
    assertEquals(
        Integer.decode(freeBsd), LinuxSignals.codeToFreeBsd(signal, Integer.decode(linux)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "2, 2",
    "11, 35",
    "35, 11",
    "36, 63",
    "38, 78",
    "39, 66",
    "40, 62",
    "95, 45",
    "110, 60",
    "111, 61",
    "115, 36",
    "125, 85",
    "512, -1",
    "513, -1",
    "516, -1",
    "9999, 22"
  })
  void anErrorHasFreeBsdsNumber(int linux, int freeBsd) {
    assertEquals(freeBsd, LinuxErrno.toFreeBsd(linux));
  }
}
