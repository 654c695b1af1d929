package org.capemu.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.capemu.emulator.diff.DiffCommand;
import org.capemu.emulator.dump.DumpCommand;
import org.capemu.emulator.replay.ReplayCommand;
import org.capemu.emulator.run.RunCommand;
import org.capemu.emulator.verify.VerifyCommand;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What several commands have is said in the same words. */
class SharedOptionsTest {
  private static Set<String> wordings(String option, List<Object> commands) {
    Set<String> wordings = new HashSet<>();
    for (Object command : commands) {
      OptionSpec spec = new CommandLine(command).getCommandSpec().findOption(option);
      assertTrue(spec != null, option + " of " + command.getClass().getSimpleName());
      wordings.add(spec.paramLabel() + " " + String.join(" ", spec.description()));
    }
    return wordings;
  }

  @Test
  void haveOneWording() {
    Object run = new RunCommand();
    Object replay = new ReplayCommand();
    Object verify = new VerifyCommand();
    Object diff = new DiffCommand();
    assertEquals(1, wordings("--release", List.of(run, replay, verify, diff)).size());
    assertEquals(1, wordings("--strict", List.of(run, replay, verify)).size());
    assertEquals(1, wordings("-t", List.of(diff, new DumpCommand())).size());
  }
}
