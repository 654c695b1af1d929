package org.capemu.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A violation is words for a person wherever it is printed, an assertion's message included. */
class ViolationTest {
  static Stream<Arguments> words() {
    CapRights read = CapRights.of(Right.CAP_READ);
    CapRights write = CapRights.of(Right.CAP_WRITE);
    return Stream.of(
        Arguments.of(
            new Violation.NotCapable(write, read), "NOTCAPABLE, needs CAP_WRITE, holds CAP_READ"),
        Arguments.of(new Violation.Increase(write, read), "INCREASE, to CAP_WRITE, holds CAP_READ"),
        Arguments.of(Violation.Syscall.NOT_ENABLED, "SYSCALL"),
        Arguments.of(new Violation.Syscall(11), "SYSCALL, command 11"),
        Arguments.of(new Violation.Signal(9), "SIGNAL 9"),
        Arguments.of(new Violation.Proto(1), "PROTO 1"),
        Arguments.of(
            Violation.Sockaddr.cut(new byte[] {16, 2}),
            "SOCKADDR 10020000000000000000000000000000"),
        Arguments.of(new Violation.Namei("/etc"), "NAMEI \"/etc\""),
        Arguments.of(new Violation.Cpuset(), "CPUSET"),
        Arguments.of(Violation.Untraced.of(93, "no such right"), "no such right"));
  }

  @ParameterizedTest
  @MethodSource("words")
  void isWordsNotJava(Violation violation, String words) {
    assertEquals(words, violation.describe());
    assertEquals(words, "" + violation);
    assertFalse(words.contains("[") || words.contains("="), words);
  }
}
