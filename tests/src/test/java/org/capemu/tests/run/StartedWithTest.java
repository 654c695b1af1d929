package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The program is given what capemu was given: a shell and a JVM stand between, and leave nothing of
 * theirs. Each command runs once as it is and once with {@code $CAPEMU} before the program.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class StartedWithTest {
  private static final String RUN = Launched.CAPEMU + " run -f trace -- ";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trap '' QUIT PIPE USR1 TSTP; %s grep SigIgn /proc/self/status",
        // A shell's own trap leaves SIGCHLD ignored in a shell that starts the script.
        "trap '' CHLD HUP INT; %s grep -E 'Sig(Ign|Blk)' /proc/self/status",
        "%s cat /proc/self/coredump_filter",
        "exec 9>lock; env -i a.b=c PWD=/nowhere b=d %s env",
        "exec 3</ 4</ 5</ 6</ 7</ 8</; env -i a.b=c PWD=/nowhere b=d %s env; %s ls /proc/self/fd",
        "exec 0<&- 2>&-; %s ls /proc/self/fd",
        "mkdir gone; cd gone; rmdir ../gone; %s readlink /proc/self/cwd",
        "printf 'echo \"$0\" \"$@\"' >script; chmod +x script; %s ./script a 'b c'",
        "JAVA_TOOL_OPTIONS=-Dx=y _JAVA_OPTIONS=-Da=b JDK_JAVA_OPTIONS=-Db=c %s env | grep JAVA",
      })
  void asWithoutCapemu(String command) throws IOException, InterruptedException {
    String trace = directory.resolve("trace").toString();
    Launched plain = shell(command.replace("%s ", ""));
    Launched traced = shell(command.replace("%s ", RUN.replace("trace", trace)));
    assertEquals(plain.out(), traced.out(), traced.err());
    assertEquals(plain.status(), traced.status());
    assertFalse(traced.err().contains("Picked up"), traced.err());
  }

  private Launched shell(String command) throws IOException, InterruptedException {
    return Launched.command(directory, List.of("sh", "-c", command));
  }

  /** The terminal's SIGTSTP reaches the whole process group. */
  @Test
  void aProgramThatIgnoresASuspendGoesOn() throws IOException, InterruptedException {
    Launched launched =
        job(
            "trap \"\" TSTP; echo >ready; while ! [ -e stop ]; do sleep 0.1; done; echo end >end",
            "kill -TSTP -$job; sleep 1; touch stop; wait $job; cat end");
    assertEquals("end\n", launched.out(), launched.err());
  }

  @Test
  void aSuspendedProgramAndCapemuStopTogether() throws IOException, InterruptedException {
    Launched launched =
        job(
            "echo >ready; while ! [ -e stop ]; do sleep 0.1; done; echo end >end",
            """
            kill -TSTP -$job
            for i in 1 2 3 4 5 6 7 8 9 10; do
              sleep 0.5; state=$(ps -o stat= -p $job); case $state in T*) break ;; esac
            done
            echo ${state%%[!T]*}; [ -e end ] && echo early; touch stop
            kill -CONT -$job; wait $job; cat end
            """);
    assertEquals("T\nend\n", launched.out(), launched.err());
  }

  /** Runs a program as a job of its own, and a script beside it. */
  private Launched job(String program, String script) throws IOException, InterruptedException {
    Files.writeString(
        directory.resolve("job"),
        """
        set -m
        %s sh -c '%s' &
        job=$!
        while ! [ -e ready ]; do sleep 0.1; done
        sleep 0.5
        %s
        """
            .formatted(RUN, program, script));
    return Launched.command(directory, List.of("bash", "job"));
  }

  @Test
  void aCloneWhosePathHasAColon() throws IOException, InterruptedException {
    Path clone = Files.createDirectory(directory.resolve("a:b"));
    Path home = Path.of(Launched.CAPEMU).getParent();
    Files.copy(home.resolve("capemu"), clone.resolve("capemu"));
    assertTrue(clone.resolve("capemu").toFile().setExecutable(true));
    Files.createSymbolicLink(clone.resolve("emulator"), home.resolve("emulator"));
    Launched launched =
        Launched.command(
            directory, List.of(clone.resolve("capemu").toString(), "run", "echo", "started"));
    assertEquals("started\n", launched.out(), launched.err());
    assertEquals(0, launched.status());
  }
}
