package org.capemu.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ViolationKindTest {
  /** {@code enum ktr_cap_violation}: of 15.0, and of 14.1, which had four. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "0, NOTCAPABLE, NOTCAPABLE",
        "1, INCREASE, INCREASE",
        "2, SYSCALL, SYSCALL",
        "3, SIGNAL, NAMEI",
        "4, PROTO, -",
        "5, SOCKADDR, -",
        "6, NAMEI, -",
        "7, CPUSET, -",
        "8, -, -",
        "-1, -, -"
      })
  void codesAreTheReleases(int code, ViolationKind of15, ViolationKind of14) {
    for (Release release : Release.values()) {
      boolean old = release.compareTo(Release.FREEBSD_14_2) < 0;
      ViolationKind kind = ViolationKind.ofCode(code, release);
      assertSame(old ? of14 : of15, kind, release.version());
      if (kind != null) {
        assertEquals(code, kind.code(release), release.version());
        assertEquals("CAPFAIL_" + kind, kind.kernelName());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAReleaseDoesNotRecordHasNoCodeThere(ViolationKind kind) {
    for (Release release : Release.values()) {
      if (!kind.isRecordedBy(release)) {
        assertThrows(IllegalArgumentException.class, () -> kind.code(release));
      }
    }
  }

  @Test
  void noKernelRecordsWhatStrictAdds() {
    assertEquals(false, ViolationKind.UNTRACED.isRecordedBy(Release.FREEBSD_15));
    assertNull(ViolationKind.ofCode(-1, Release.FREEBSD_15));
  }
}
