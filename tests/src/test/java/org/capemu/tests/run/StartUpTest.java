package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.ktrace.StartNote;
import org.capemu.tracer.ktrace.StartNote.Event;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where a program's start-up ends, told of real programs: they look up names that say when they do,
 * and the trace has a note between those before and those after.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class StartUpTest {
  private static final String NOWHERE = "/nowhere/";

  @TempDir Path directory;

  /**
   * What a trace tells.
   *
   * @param ends how start-up ended, in the order of the notes
   * @param before what was looked up in start-up, in any process
   * @param own what was looked up after it
   */
  private record Phases(List<Event> ends, List<String> before, List<String> own) {
    static Phases read(Path trace) throws IOException {
      Phases phases = new Phases(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      Map<Integer, Boolean> over = new HashMap<>();
      try (KtraceReader reader = KtraceReader.open(trace)) {
        while (reader.next()) {
          phases.note(reader.record(), over);
        }
      }
      return phases;
    }

    private void note(KtraceRecord record, Map<Integer, Boolean> over) {
      if (CapemuNote.read(record) instanceof StartNote note) {
        over.put(record.pid(), note.event().isEnd());
        if (note.event().isEnd()) {
          ends.add(note.event());
        }
      } else if (record.type() == RecordType.NAMEI) {
        (over.getOrDefault(record.pid(), false) ? own : before).add(record.getString(0));
      }
    }

    /** The names that say when. */
    Set<String> ownNames() {
      return names(own);
    }

    Set<String> namesBefore() {
      return names(before);
    }

    private static Set<String> names(List<String> paths) {
      return paths.stream()
          .filter(path -> path.startsWith(NOWHERE))
          .map(path -> path.substring(NOWHERE.length()))
          .collect(Collectors.toSet());
    }
  }

  private Phases run(String program, String... options) throws Exception {
    Path trace = directory.resolve("trace");
    List<String> command = new ArrayList<>(List.of("run", "-i", "-f", trace.toString()));
    command.addAll(List.of(options));
    command.add(program);
    Launched launched = Launched.capemu(directory, command.toArray(String[]::new));
    assertEquals(7, launched.status(), launched.err());
    assertEquals("done\n", launched.out());
    return Phases.read(trace);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcc -O1",
        "gcc -O0 -no-pie",
        "gcc -O2 -static",
        "gcc -O2 -static-pie",
        "gcc -O1 -fcf-protection=full",
        "gcc -O1 -m32",
        "gcc -O1 -m32 -static",
        "musl-gcc -O1",
        "musl-gcc -O1 -static",
        "clang -O2",
      })
  void mainIsToldBySymbol(String compiler) throws Exception {
    String program = CProgram.compile(directory, "phases", compiler);
    assumeTrue(
        Launched.command(directory, List.of("/bin/sh", "-c", program)).status() == 7,
        "this kernel does not run what is compiled with " + compiler);
    Phases phases = run(program);
    assertEquals(List.of(Event.MAIN), phases.ends());
    assertEquals(Set.of("constructor"), phases.namesBefore());
    assertEquals(Set.of("main", "work", "end"), phases.ownNames());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc -O1 -s", "gcc -s -no-pie", "gcc -s -static", "gcc -s -static-pie"})
  void mainOfAStrippedProgramIsToldByItsStartCode(String compiler) throws Exception {
    Phases phases = run(CProgram.compile(directory, "phases", compiler));
    assertEquals(List.of(Event.START_CODE), phases.ends());
    assertEquals(Set.of("constructor"), phases.namesBefore());
    assertEquals(Set.of("main", "work", "end"), phases.ownNames());
  }

  /** Of musl's start code only the entry point is known. */
  @Test
  void whereMainIsNotKnownTheEntryPointIs() throws Exception {
    Phases phases = run(CProgram.compile(directory, "phases", "musl-gcc -s"));
    assertEquals(List.of(Event.ENTRY), phases.ends());
    assertEquals(Set.of("constructor", "main", "work", "end"), phases.ownNames());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc -O2", "gcc -O2 -s", "gcc -O2 -static", "musl-gcc -O2", "clang -O2"})
  void mainThatEndsInAJump(String compiler) throws Exception {
    Phases phases = run(CProgram.compile(directory, "tail_call", compiler));
    assertEquals(Set.of("constructor"), phases.namesBefore());
    assertEquals(Set.of("main"), phases.ownNames());
  }

  @RepeatedTest(3)
  void threadsOfAConstructor() throws Exception {
    Phases phases = run(CProgram.compile(directory, "threads", "gcc -O1"));
    assertEquals(Set.of("early"), phases.namesBefore());
    assertEquals(Set.of("late"), phases.ownNames());
  }

  @RepeatedTest(3)
  void forkAndVforkBeforeMain() throws Exception {
    Phases phases = run(CProgram.compile(directory, "forks", "gcc -O1"));
    assertEquals(Set.of("ends-before", "child-before"), phases.namesBefore());
    assertEquals(Set.of("child-main", "parent-main", "child-of-main"), phases.ownNames());
    assertEquals(1, phases.ends().stream().filter(Event.FORK::equals).count());
  }

  @RepeatedTest(3)
  void execveFromAThreadBeginsAnew() throws Exception {
    Phases phases = run(CProgram.compile(directory, "exec_thread", "gcc -O1"));
    assertEquals(List.of(Event.MAIN, Event.MAIN), phases.ends());
    assertEquals(Set.of("constructor"), phases.namesBefore());
    assertEquals(Set.of("thread", "again"), phases.ownNames());
  }

  @Test
  void aScriptIsItsInterpreters() throws Exception {
    Path script = directory.resolve("script");
    Files.writeString(script, "#!/bin/sh\necho done >/nowhere/x 2>/dev/null\necho done\nexit 7\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Phases phases = run(script.toString());
    assertEquals(1, phases.ends().size());
    assertEquals(Set.of("x"), phases.ownNames());
    assertTrue(phases.before().contains("/etc/ld.so.cache"), phases.toString());
    assertTrue(phases.own().contains(script.toString()), phases.toString());
  }

  @Test
  void aProgramWithoutCLibrary() throws Exception {
    Path program =
        new TinyProgram().call(257, -100, "/nowhere/first", 0).write(directory.resolve("tiny"), 7);
    Path trace = directory.resolve("trace");
    Launched launched =
        Launched.capemu(directory, "run", "-f", trace.toString(), program.toString());
    assertEquals(7, launched.status(), launched.err());
    Phases phases = Phases.read(trace);
    assertEquals(List.of(Event.ENTRY), phases.ends());
    assertEquals(Set.of("first"), phases.ownNames());
    assertEquals(List.of(program.toString()), phases.before());
  }

  @Test
  void go() throws Exception {
    Path source = directory.resolve("program.go");
    Files.writeString(
        source,
        """
        package main
        import "os"
        func init() { os.Open("/nowhere/init") }
        func main() {
          os.Open("/nowhere/main")
          done := make(chan bool)
          go func() { os.Open("/nowhere/goroutine"); done <- true }()
          <-done
          os.Stdout.WriteString("done\\n")
          os.Exit(7)
        }
        """);
    Phases phases =
        run(build("env HOME=" + directory + " GO111MODULE=off go build -o program program.go"));
    assertEquals(List.of(Event.MAIN), phases.ends());
    assertEquals(Set.of("init"), phases.namesBefore());
    assertEquals(Set.of("main", "goroutine"), phases.ownNames());
  }

  /** No call of its own shows that main.main has begun. */
  @Test
  void goWhoseMainOnlyWaits() throws Exception {
    Files.writeString(
        directory.resolve("program.go"),
        """
        package main
        import "os"
        func init() { os.Open("/nowhere/init") }
        func work() {
          os.Open("/nowhere/goroutine")
          os.Stdout.WriteString("done\\n")
          os.Exit(7)
        }
        func main() {
          go work()
          select {}
        }
        """);
    Phases phases =
        run(build("env HOME=" + directory + " GO111MODULE=off go build -o program program.go"));
    assertEquals(Set.of("init"), phases.namesBefore());
    assertEquals(Set.of("goroutine"), phases.ownNames());
  }

  @Test
  void rust() throws Exception {
    Files.writeString(
        directory.resolve("program.rs"),
        """
        fn main() {
          let _ = std::fs::File::open("/nowhere/main");
          println!("done");
          std::process::exit(7)
        }
        """);
    Phases phases = run(build("rustc -o program program.rs"));
    assertEquals(List.of(Event.MAIN), phases.ends());
    assertEquals(Set.of("main"), phases.ownNames());
    assertTrue(phases.before().contains("/etc/ld.so.cache"), phases.toString());
  }

  private String build(String command) throws Exception {
    String[] words = command.split(" ");
    for (String word : words) {
      assumeTrue(
          Launched.isThere(word) || !Set.of("go", "rustc").contains(word), word + " is not there");
    }
    Launched built = Launched.command(directory, List.of(words));
    assumeTrue(built.status() == 0, built.err());
    return directory.resolve("program").toString();
  }

  @Test
  void aProcessThatIsAttachedIsAfterItsStart() throws Exception {
    Path trace = directory.resolve("trace");
    Process shell =
        Launched.start(
            directory,
            directory.resolve("out"),
            directory.resolve("err"),
            List.of("/bin/sh", "-c", "read line; : </nowhere/attached; exit 0"));
    Process capemu =
        Launched.start(
            directory,
            directory.resolve("out2"),
            directory.resolve("err2"),
            List.of(Launched.CAPEMU, "run", "-f", trace.toString(), "-p", "" + shell.pid()));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.exists(trace)) { // it is made when every thread has been told to stop
      assertTrue(System.nanoTime() < deadline, "not attached");
      Thread.sleep(20);
    }
    shell.getOutputStream().write("go\n".getBytes());
    shell.getOutputStream().close();
    assertTrue(capemu.waitFor(60, TimeUnit.SECONDS));
    Phases phases = Phases.read(trace);
    assertEquals(List.of(Event.ATTACH), phases.ends());
    assertEquals(Set.of("attached"), phases.ownNames());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "start            | ''                             | constructor main work end",
        "entry            | ''                             | constructor main work end",
        "main             | constructor                    | main work end",
        "sym:work         | constructor main               | work end",
        "path:/nowhere/m* | constructor main               | work end",
        "call:kill        | constructor main work end      | ''",
        "signal:USR1      | constructor main work          | end",
        "call:openat#4    | constructor main               | work end",
      })
  void anotherMoment(String where, String before, String own) throws Exception {
    Phases phases = run(CProgram.compile(directory, "phases", "gcc -O1"), "--from", where);
    assertAll(
        () -> assertEquals(words(before), phases.namesBefore()),
        () -> assertEquals(words(own), phases.ownNames()));
  }

  private static Set<String> words(String list) {
    return list.isEmpty() ? Set.of() : Set.of(list.split(" "));
  }

  @Test
  void theTimeZoneThatIsAskedForLate() throws Exception {
    Phases phases = run(CProgram.compile(directory, "late_tzset", "gcc -O1"));
    assertEquals(List.of("/etc/localtime"), phases.own());
  }

  @ParameterizedTest
  @ValueSource(strings = {"path:/etc/localtime", "sym:work"})
  void theTimeZoneThatIsAskedForBeforeTheWork(String where) throws Exception {
    Phases phases = run(CProgram.compile(directory, "early_tzset", "gcc -O1"), "--from", where);
    assertEquals(List.of(Event.FROM), phases.ends());
    assertEquals(List.of(), phases.own());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sym:nowhere", "path:/nothing", "signal:HUP", "cap_enter", "call:chmod"})
  void aMomentThatDoesNotComeIsSaid(String where) throws Exception {
    Launched launched = Launched.capemu(directory, "run", "--from", where, "/bin/cat", "/dev/null");
    assertEquals(0, launched.status());
    assertEquals(
        1,
        launched.err().lines().filter(line -> line.contains(where + " was not reached")).count());
    Phases phases = Phases.read(directory.resolve("ktrace.out"));
    assertEquals(List.of(), phases.ends());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nothing",
        "main:x",
        "call:",
        "call:nowhere",
        "call:open#0",
        "call:open#99999999999",
        "sym:",
        "sym:f#2",
        "signal:NOTHING",
        "path:",
        "utrace:",
        "path:[z-a]"
      })
  void whatIsNoMomentIsRefused(String where) throws Exception {
    Launched launched = Launched.capemu(directory, "run", "--from", where, "/bin/true");
    assertEquals(2, launched.status());
    assertEquals(1, launched.err().lines().count(), launched.err());
    assertFalse(Files.exists(directory.resolve("ktrace.out")));
  }

  @Test
  void theNoteHasANameInJson() throws Exception {
    String program = CProgram.compile(directory, "phases", "gcc -O1");
    run(program, "--from", "path:/nowhere/main");
    Launched dump =
        Launched.capemu(directory, "dump", "--json", "-f", directory.resolve("trace").toString());
    List<String> notes = dump.out().lines().filter(line -> line.contains("startUp")).toList();
    assertEquals(2, notes.size());
    assertTrue(notes.get(0).contains("\"startUp\":\"begins\""), notes.get(0));
    assertTrue(
        notes
            .get(1)
            .contains("\"startUp\":\"ended\",\"by\":\"FROM\",\"from\":\"path:/nowhere/main\""),
        notes.get(1));
  }
}
