package org.capemu.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import org.capemu.policy.Violation.Subject;
import org.capemu.policy.Violation.Untraced;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The words of a strict violation stand in traces, and are all that is read back from them. */
class StrictCheckTest {
  private static List<Subject> subjects(StrictCheck check) {
    return switch (check) {
      case IOCTL, IOCTLS_LIMIT, FCNTL, FCNTLS_LIMIT, SPLICE ->
          List.of(
              new Subject.OfDescriptor(3, Subject.OfDescriptor.NO_COMMAND),
              new Subject.OfDescriptor(0, 0xffff_ffffL),
              Subject.Words.NONE);
      case SYSCTL -> List.of(new Subject.Node("kern.maxfiles"), new Subject.Node("1.7"));
      case ABSOLUTE_PATH, SYMBOLIC_LINK, ABOVE_ROOT, ABOVE_DIRECTORY ->
          List.of(new Subject.Path("/etc"), new Subject.Path("a: \u00e4 b"), new Subject.Path(""));
      case OTHER -> List.of(new Subject.Words("path climbs above its directory"));
    };
  }

  @ParameterizedTest
  @EnumSource
  void itsWordsAreReadBack(StrictCheck check) {
    for (Subject subject : subjects(check)) {
      Untraced violation = new Untraced(93, check, subject);
      assertEquals(violation, Untraced.of(93, violation.reason()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "IOCTL          | ioctl command that the descriptor is not limited to",
        "IOCTLS_LIMIT   | more ioctl commands than the descriptor is limited to",
        "FCNTL          | fcntl command that the descriptor is not limited to",
        "FCNTLS_LIMIT   | more fcntl commands than the descriptor is limited to",
        "SPLICE         | splice from a socket that may not receive",
        "SYSCTL         | sysctl node not allowed: kern.maxfiles",
        "ABSOLUTE_PATH  | absolute path /etc",
        "SYMBOLIC_LINK  | symbolic link to /etc",
        "ABOVE_ROOT     | .. above the root directory: ../..",
        "ABOVE_DIRECTORY| .. above the directory of the lookup: ../a"
      })
  void theWordsOfTracesThatThereAreStayTheirs(StrictCheck check, String reason) {
    Untraced violation = Untraced.of(93, reason);
    assertEquals(check, violation.check());
    assertEquals(reason, violation.reason());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "fcntl command that the descriptor is not limited to: descriptor 99999999999",
        "fcntl command that the descriptor is not limited to: descriptor -1",
        "ioctl command that the descriptor is not limited to: descriptor 3, command 0x"
            + "f00000000"
            + "f00000000",
        "ioctl command that the descriptor is not limited to, or so"
      })
  void whatIsNotUnderstoodStaysAsItIs(String reason) {
    Untraced violation = Untraced.of(93, reason);
    assertEquals(new Untraced(93, StrictCheck.OTHER, new Subject.Words(reason)), violation);
    assertEquals(reason, violation.reason());
  }

  /** Data comes under its own name: nobody has to read the sentence. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "splice from a socket that may not receive: descriptor 3 | check=SPLICE fd=3",
        "ioctl command that the descriptor is not limited to: descriptor 4, command 0xff"
            + " | check=IOCTL fd=4 command=255",
        "sysctl node not allowed: kern.maxfiles | check=SYSCTL node=kern.maxfiles",
        "symbolic link to /etc | check=SYMBOLIC_LINK path=/etc"
      })
  void dataHasNames(String reason, String data) {
    List<String> found = new ArrayList<>();
    Untraced.of(93, reason)
        .data(
            new Violation.Writer() {
              @Override
              public void rights(String name, CapRights rights) {
                found.add(name + "=" + rights);
              }

              @Override
              public void number(String name, long number) {
                found.add(name + "=" + number);
              }

              @Override
              public void bytes(String name, byte[] bytes) {
                found.add(name + " in bytes");
              }

              @Override
              public void string(String name, String string) {
                found.add(name + "=" + string);
              }
            });
    assertEquals("reason=" + reason, found.remove(0));
    assertEquals(data, String.join(" ", found));
    assertNotEquals(StrictCheck.OTHER, Untraced.of(93, reason).check());
  }
}
