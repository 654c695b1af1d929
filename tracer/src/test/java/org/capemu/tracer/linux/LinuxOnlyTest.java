package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.capemu.policy.Abi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinuxOnlyTest {
  private static Optional<String> ofPath(String path) {
    return LinuxOnly.instead(Abi.FREEBSD64, "openat", path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/etc/ld.so.cache | ld-elf.so.hints",
        "/usr/lib/locale/locale-archive | /usr/share/locale/LOCALE",
        "/usr/lib/locale/C.utf8/LC_CTYPE | /usr/share/locale/LOCALE",
        "/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache | iconv_open(3)",
        "/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libc.so.6 | rtld(1)",
        "/var/run/nscd/socket | nscd(8)",
        "/sys/devices/system/cpu/online | no call",
        "/dev/shm | no directory",
        "/sys/bus/pci | no sysfs",
        "/proc/self/exe | kern.proc.pathname",
        "/proc/4711/fd/3 | kern.proc.filedesc",
        "/proc/4711/anything | libprocstat",
        "/proc/sys/kernel/osrelease | kern.osrelease",
        "/proc/sys/vm/other | sysctl",
      })
  void whatFreeBsdDoesInstead(String path, String says) {
    assertTrue(ofPath(path).orElse("").contains(says), ofPath(path)::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/localtime",
        "/etc/nsswitch.conf",
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/usr/share/locale/de/LC_MESSAGES/coreutils.mo",
        "/procedures",
        "/home/me/proc/self/exe",
        "/etc/ld.so.cache.old",
        "proc/self/exe",
        "",
      })
  void theProgramsOwn(String path) {
    assertEquals(Optional.empty(), ofPath(path));
  }

  @Test
  void onlyTheDetourOfASemaphoreIsLinuxs() {
    assertTrue(LinuxOnly.instead(Abi.FREEBSD64, "link", "/dev/shm/sem.Aiw3k2").isPresent());
    assertEquals(Optional.empty(), LinuxOnly.instead(Abi.FREEBSD64, "unlink", "/dev/shm/sem.x"));
    assertEquals(Optional.empty(), ofPath("/dev/shm/sem.x"));
  }

  @Test
  void callsWithoutCounterpart() {
    assertTrue(
        LinuxOnly.instead(Abi.LINUX64, "io_uring_setup", null)
            .orElseThrow()
            .startsWith("FreeBSD has no such call"));
    assertEquals(
        "FreeBSD has no such call", LinuxOnly.instead(Abi.LINUX64, "mseal", null).orElseThrow());
  }

  @Test
  void aCallThatFreeBsdHasIsNotDenied() {
    // fcntl(2) is Linux's where its command is
    assertEquals(
        "FreeBSD has no counterpart to these arguments",
        LinuxOnly.instead(Abi.LINUX64, "fcntl", null).orElseThrow());
  }

  @Test
  void whatIsNotKnownIsTheProgramsOwn() {
    assertEquals(Optional.empty(), LinuxOnly.instead(Abi.LINUX32, "#5", null));
    assertEquals(Optional.empty(), LinuxOnly.instead(Abi.LINUX64, "#-1", null));
    assertEquals(Optional.empty(), LinuxOnly.instead(Abi.FREEBSD64, "setuid", null));
  }

  /** A row about a call says the truth only as long as system-calls.txt has none for it. */
  @Test
  void everyRowOfACallIsOfALinuxCall() {
    for (String line : TextResource.lines(LinuxOnly.class, "linux-only.txt")) {
      String[] words = TextResource.words(line);
      if (words[0].equals("linux")) {
        TranslationTable.Line call = TranslationTable.get().named(words[1]);
        boolean denied = line.contains("no such call");
        assertFalse(denied && call.meaning().choices().length > 0, line);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/proc/*/exe, /proc/self/exe, true",
    "/proc/*/exe, /proc//exe, false",
    "/proc/*/exe, /proc/1/task/exe, false",
    "/proc/**, /proc/1/task/exe, true",
    "/proc/**, /proc/, true",
    "/proc/**, /proc, false",
    "**/gconv/*.so, /usr/lib/gconv/UTF-16.so, true",
    "**/gconv/*.so, /usr/lib/gconv/.so, false",
    "/a, /a/b, false",
    "/a/b, /a, false",
  })
  void globs(String pattern, String path, boolean matches) {
    assertEquals(matches, new Glob(pattern).matches(path));
  }
}
