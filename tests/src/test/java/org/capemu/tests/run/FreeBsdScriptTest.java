package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The part of the script {@code capemu} that is for FreeBSD, with its tools' text as it is there.
 */
@DisabledOnOs(OS.WINDOWS)
class FreeBsdScriptTest {
  private static final String JSON =
      "{\"procstat\":{\"environment\":{\"7\":{\"environment\":[\"B=$x `y`\",\"not a name\"]}}}}";

  @TempDir Path directory;

  /** procstat(1) and ps(1). */
  @BeforeEach
  void tools() throws IOException {
    tool(
        "procstat",
        """
        [ "$1" = --libxo ] && cat %s/json && exit
        cat <<'END'
         77 capemu         text v r r-------   -       - -   /bin/sh
         77 capemu          cwd v d r-------   -       - -   /tmp
         77 capemu            0 v c rw------   9       0 -   /dev/pts/0
         77 capemu           10 v r r-------   1       0 -   /opt/a b/capemu
         77 capemu           11 v r r-------   1       0 -   /etc/motd
         77 capemu           63 p - rw------   1       0 -   -
        END
        """
            .formatted(directory));
    tool("ps", "echo '        40001005'");
    Files.writeString(directory.resolve("json"), JSON + "\n");
  }

  private void tool(String name, String script) throws IOException {
    Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  /** Runs the functions with these redirections, and says what they found. */
  private String facts(String redirections) throws IOException, InterruptedException {
    String script = Files.readString(Path.of("../capemu"));
    StringBuilder functions =
        new StringBuilder("script='/opt/a b/capemu' host='FreeBSD amd64' environment=\n");
    for (String name :
        List.of("freebsd_facts", "find_digit", "freebsd_environment", "pass_environment")) {
      int from = script.indexOf("\n" + name + "() {");
      functions.append(script, from, script.indexOf("\n}\n", from) + 3);
    }
    functions.append("freebsd_facts; taken=$inherited; pass_environment\n");
    functions.append("echo \"$inherited $ignored $environment\" >found\n");
    functions.append("[ -z \"$environment\" ] || eval \"cat <&$environment\" >>found\n");
    Files.writeString(directory.resolve("facts"), functions);
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", "-c", "exec /bin/sh facts " + redirections)
            .directory(directory.toFile())
            .redirectErrorStream(true);
    builder.environment().merge("PATH", directory.toString(), (path, first) -> first + ":" + path);
    Process sh = builder.start();
    String said = new String(sh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, sh.waitFor(), said);
    return said + Files.readString(directory.resolve("found"));
  }

  @Test
  void descriptorsSignalsAndEnvironmentAreFound() throws Exception {
    assertEquals(",0,1,2,11,63, 40001005 3\n" + JSON + "\n", facts(""));
    assertEquals(
        ",1,2,3,5,9,11,63, 40001005 4\n" + JSON + "\n", facts("<&- 3>/dev/null 5>&3 9</dev/null"));
    assertEquals(",0,1,11,63, 40001005 3\n" + JSON + "\n", facts("2>&-"));
  }

  @Test
  void whatIsNotToldIsLeftOut() throws Exception {
    tool("procstat", "exit 1");
    tool("ps", "exit 1");
    assertEquals(",0,1,2, 0 \n", facts(""));
  }

  @Test
  void whereNoDescriptorIsFreeTheEnvironmentIsTheShells() throws Exception {
    String all = "3</dev/null 4<&3 5<&3 6<&3 7<&3 8<&3 9<&3";
    assertEquals(",0,1,2,3,4,5,6,7,8,9,11,63, 40001005 \n", facts(all));
  }
}
