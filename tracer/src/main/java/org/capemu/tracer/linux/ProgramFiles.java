package org.capemu.tracer.linux;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.capemu.tracer.elf.AuxiliaryVector;
import org.capemu.tracer.elf.ByteSource;
import org.capemu.tracer.elf.ElfFile;
import org.capemu.tracer.elf.ProgramCode;
import org.capemu.tracer.elf.ProgramStart;

/**
 * Reads the files that processes run. What one says of its code is kept as long as nobody writes to
 * it, since scripts execute few files many times. Any thread may call.
 */
final class ProgramFiles {
  private static final int MAX_KEPT = 64;

  /** Identify a file and what is in it. */
  private static final String ATTRIBUTES = "unix:dev,ino,size,ctime,lastModifiedTime";

  private record Key(Map<String, Object> file, Set<String> functions) {}

  private final Map<Key, Optional<ProgramCode>> kept =
      Collections.synchronizedMap(
          new LinkedHashMap<>(MAX_KEPT, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, Optional<ProgramCode>> eldest) {
              return size() > MAX_KEPT;
            }
          });

  /** Where the program begins that a process runs; empty where its file cannot be read. */
  Optional<ProgramStart> start(int pid, Collection<String> functions) {
    Path process = Path.of("/proc/" + pid);
    try {
      Path file = process.resolve("exe");
      Key key = new Key(Files.readAttributes(file, ATTRIBUTES), new TreeSet<>(functions));
      Optional<ProgramCode> code = kept.get(key);
      if (code == null) {
        code = read(file, functions);
        kept.put(key, code);
      }
      if (code.isEmpty()) {
        return Optional.empty();
      }
      byte[] vector = Files.readAllBytes(process.resolve("auxv"));
      return ProgramStart.of(
          code.get(),
          AuxiliaryVector.of(vector, AuxiliaryVector.System.LINUX, code.get().machine()));
    } catch (IOException goneOrForbidden) {
      return Optional.empty();
    }
  }

  private static Optional<ProgramCode> read(Path file, Collection<String> functions)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return ElfFile.read(ByteSource.of(channel)).map(elf -> ProgramCode.of(elf, functions));
    }
  }
}
