package org.capemu.tests.library;

import static org.capemu.policy.Sandbox.O_CREAT;
import static org.capemu.policy.Sandbox.O_RDONLY;
import static org.capemu.policy.Sandbox.O_WRONLY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.capemu.policy.Right;
import org.capemu.policy.Sandbox;
import org.capemu.policy.Violation;
import org.junit.jupiter.api.Test;

/** The example of policy/README.md: a server that reads its data directory and answers on 4. */
class SandboxedServerTest {
  // example
  private final Sandbox sandbox =
      Sandbox.freebsd15()
          .directory(3, "/var/db/server", Right.CAP_LOOKUP, Right.CAP_READ)
          .open(4, Right.CAP_RECV, Right.CAP_SEND);

  @Test
  void readsItsFilesAndAnswers() {
    assertTrue(sandbox.allows("openat", 3, "zones/local", O_RDONLY));
    assertTrue(sandbox.allows("sendto", 4, "hello", 5, 0, null, 0));
  }

  @Test
  void cannotMakeFiles() {
    List<Violation> violations = sandbox.call("openat", 3, "log", O_WRONLY | O_CREAT, 0644);
    Violation.NotCapable lacks = (Violation.NotCapable) violations.get(0);
    assertEquals("CAP_PWRITE,CAP_CREATE,CAP_LOOKUP", lacks.needed().toString());
    assertEquals("CAP_READ,CAP_LOOKUP", lacks.held().toString());
  }

  // example

  @Test
  void theReadmeShowsWhatIsCompiledHere() throws IOException {
    Path here = Path.of("src/test/java", getClass().getName().replace('.', '/') + ".java");
    String example = Files.readString(here).split(" {2}// example\n", 3)[1].stripTrailing();
    String readme = Files.readString(Path.of("../policy/README.md"));
    assertTrue(readme.contains(example.indent(-2).stripTrailing()), example);
  }
}
