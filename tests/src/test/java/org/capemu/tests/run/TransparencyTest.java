package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs of this system do under capemu what they do without: exit status, stdout, stderr. {@code
 * -Dcapemu.runs=50} makes it fifty runs of each instead of one. What the system does not have is
 * left out.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
@Execution(ExecutionMode.CONCURRENT)
class TransparencyTest {
  private static final int RUNS = Integer.getInteger("capemu.runs", 1);

  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private static final String STATUS =
      "ulimit -a; umask; tty; grep -E '^(Sig[PBIC]|Shd|Cap|NoNew|Uid|Gid|Groups)' /proc/self/status;"
          + " ps -o pgid= -p $$ | grep -c .";

  @TempDir Path directory;

  static Stream<Arguments> programs() {
    return Stream.of(
        program("a pipeline", "sh", "-c", "ls /usr/bin | sort -r | grep a | head -20 | wc; exit 3"),
        program("a pipe that breaks", "sh", "-c", "yes 2>&1 | head -1000 | tail -1"),
        program("a tree of processes", "sh", "-c", "(echo a; (echo b; (echo c)); wait) | cat -n"),
        program("a signal that is caught", "sh", "-c", "trap 'echo got' USR1; kill -USR1 $$; echo"),
        program("a signal that kills", "sh", "-c", "kill -TERM $$"),
        program("a signal that dumps", "sh", "-c", "ulimit -c 0; kill -SEGV $$"),
        program(
            "a program that is stopped",
            "sh",
            "-c",
            "(sleep 0.3; kill -CONT $$) & kill -STOP $$; wait; echo continued"),
        program("a child that is killed", "sh", "-c", "sh -c 'kill -9 $$'; echo $?"),
        program("its descriptors", "ls", "/proc/self/fd"),
        program("its environment", "env"),
        program("its limits, signals and groups", "sh", "-c", STATUS),
        program("find", "find", "/etc", "-name", "*.conf"),
        program("tar", "sh", "-c", "tar cf - -C files . | tar tvf - | cut -c1-10"),
        program(
            "git",
            "sh",
            "-c",
            "git init -q r && cd r && git status --short && ls .git; rm -r ../r"),
        program(
            "python3",
            "python3",
            "-c",
            """
            import subprocess, threading, os
            print(subprocess.run(["echo", "x"], capture_output=True).stdout)
            t = [threading.Thread(target=os.listdir, args=("/",)) for i in range(20)]
            [x.start() for x in t]; [x.join() for x in t]
            os._exit(9)
            """),
        program("a JVM, with its threads", JAVA, "-Xshare:auto", "-cp", ".", "Threads.java"));
  }

  private static Arguments program(String name, String... command) {
    return Arguments.of(name, List.of(command));
  }

  @BeforeEach
  void files() throws IOException {
    Files.createDirectory(directory.resolve("files"));
    for (String name : List.of("a", "b", "c")) {
      Files.writeString(directory.resolve("files").resolve(name), name);
    }
    Files.writeString(
        directory.resolve("Threads.java"),
        """
        import java.nio.file.*;
        class Threads {
          public static void main(String[] args) throws Exception {
            Thread[] threads = new Thread[40];
            for (int i = 0; i < threads.length; i++) {
              threads[i] = new Thread(() -> {
                for (int n = 0; n < 20; n++) {
                  Files.exists(Path.of("/nowhere/" + n));
                }
              });
              threads[i].start();
            }
            for (Thread thread : threads) {
              thread.join();
            }
            System.out.println("threads are done");
            System.exit(4);
          }
        }
        """);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("programs")
  void behavesAsUntraced(String name, List<String> command)
      throws IOException, InterruptedException {
    assumeTrue(Launched.isThere(command.get(0)), command.get(0) + " is not there");
    assumeTrue(!name.equals("git") || Launched.isThere("git"), "git is not there");
    Launched untraced = Launched.command(directory, command);
    for (int run = 0; run < RUNS; run++) {
      for (List<String> options : List.of(List.of("run"), List.of("run", "-i", "-t", "np"))) {
        List<String> words = new ArrayList<>(options);
        words.add("--");
        words.addAll(command);
        Launched traced = Launched.capemu(directory, words.toArray(new String[0]));
        assertEquals(
            untraced,
            new Launched(traced.status(), traced.out(), traced.programsErr()),
            options + ", run " + run);
        assertTrue(traced.err().contains("trace in ktrace.out\n"), traced.err());
      }
    }
  }
}
