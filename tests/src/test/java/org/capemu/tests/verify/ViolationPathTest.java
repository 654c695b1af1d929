package org.capemu.tests.verify;

import static org.capemu.tests.verify.Program.AT_FDCWD;
import static org.capemu.tests.verify.Program.POINTER;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.capemu.emulator.derive.Derivation;
import org.capemu.policy.Mode;
import org.capemu.policy.Release;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.KtraceReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A violation of the kernel's is told with the path that its call looked up before it. */
class ViolationPathTest {
  private static final Violation WORKING_DIRECTORY = new Violation.Namei(Violation.Namei.AT_FDCWD);

  @TempDir Path directory;

  private List<String> paths(Program program) throws IOException {
    List<String> paths = new ArrayList<>();
    Derivation derivation =
        new Derivation(
            Release.FREEBSD_15,
            Mode.KERNEL,
            call ->
                call.kernelFindings()
                    .forEach(
                        found -> paths.add(found.capFail().violation() + " of " + found.path())));
    try (KtraceReader reader = KtraceReader.open(program.trace(directory).toString())) {
      while (reader.next()) {
        derivation.accept(reader.record(), reader.offset());
      }
    }
    derivation.end();
    return paths;
  }

  @Test
  void aCallsPathsAreItsViolationsAsTheyFollow() throws IOException {
    assertEquals(
        List.of(
            "NAMEI \"AT_FDCWD\" of a",
            "NAMEI \"AT_FDCWD\" of b",
            "SIGNAL 9 of null",
            "NAMEI \"AT_FDCWD\" of file"),
        paths(
            Program.started()
                .call("renameat", AT_FDCWD, POINTER, AT_FDCWD, POINTER)
                .looksUp("a")
                .violates(WORKING_DIRECTORY)
                .looksUp("b")
                .violates(WORKING_DIRECTORY)
                .returns(0)
                .call("kill", 1, 9)
                .violates(new Violation.Signal(9))
                .returns(0)
                .opens(3, "file", 0)));
  }
}
