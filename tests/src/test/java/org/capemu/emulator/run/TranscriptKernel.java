package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.OpenFile;
import org.capemu.nativestubs.freebsd.ProcessFacts;
import org.capemu.nativestubs.freebsd.Ptrace;
import org.capemu.nativestubs.freebsd.Stop;

/**
 * A kernel that plays a transcript (src/ptrec.c of the captures): what a real one answered to a
 * tracer. That tracer stopped at every return; a return that nobody asked for is passed over here.
 * Descriptors, which the transcript lists after an exec only, are followed from call to call.
 */
final class TranscriptKernel implements FreeBsdKernel {
  private static final int ALL_EVENTS = 0x1f;
  private static final long RIGHTS0 = 0x0200_0fff_ffff_ffffL;
  private static final long RIGHTS1 = 0x0400_0000_007f_ffffL;
  private static final int REGULAR = 0100755;
  private static final int DIRECTORY = 0040755;

  /** One stop, or exit, and everything that the transcript says up to the next. */
  private static final class Moment {
    final int pid;
    final int status;
    byte[] lwpinfo;
    long[] args = new long[8];
    long retval;
    int error;
    final List<Map.Entry<Long, byte[]>> memory = new ArrayList<>();
    String comm;
    String emulation;
    List<OpenFile> files;
    int resumedWith;

    Moment(int pid, int status) {
      this.pid = pid;
      this.status = status;
    }
  }

  private static final class Process {
    int events = Ptrace.PTRACE_EXEC;
    BitSet quiet = new BitSet();
    boolean running;
    int expectedSignal;
    String comm = "";
    String emulation = "FreeBSD ELF64";
    Map<Integer, OpenFile> files = new TreeMap<>();
    List<Map.Entry<Long, byte[]>> memory = List.of();
    final Map<Integer, Moment> calls = new HashMap<>();
  }

  private final List<Moment> moments = new ArrayList<>();
  private final Map<Integer, Process> processes = new HashMap<>();
  private final Map<Integer, Integer> parents = new HashMap<>();
  private final Set<String> dynamic;
  private int next;

  /** How many calls of a kernel the tracer would have made so far. */
  private int kernelCalls;

  /** The call whose entry is the present stop; null at any other. */
  private Integer entered;

  private int callsBefore;

  /**
   * What the entry of a system call cost.
   *
   * @param kernelCalls from the wait4(2) that reported it to the ptrace(2) that let it go on
   */
  record Cost(int syscall, int kernelCalls) {}

  final List<Cost> costs = new ArrayList<>();

  /**
   * Opens a transcript.
   *
   * @param dynamic the programs that need /libexec/ld-elf.so.1
   */
  TranscriptKernel(String resource, Set<String> dynamic) throws IOException {
    this.dynamic = dynamic;
    try (InputStream raw = TranscriptKernel.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(raw), StandardCharsets.ISO_8859_1))) {
      String line;
      while ((line = lines.readLine()) != null) {
        parse(line.split(" ", -1));
      }
    }
  }

  private void parse(String[] words) {
    int pid = Integer.parseInt(words[1]);
    Moment moment = moments.isEmpty() ? null : moments.get(moments.size() - 1);
    switch (words[0]) {
      case "wait" -> moments.add(new Moment(pid, Integer.parseInt(words[2])));
      case "lwpinfo" -> {
        moment.lwpinfo = HexFormat.of().parseHex(words[2]);
        if ((flags(moment) & Ptrace.PL_FLAG_FORKED) != 0) {
          parents.put(
              ByteBuffer.wrap(moment.lwpinfo).order(ByteOrder.LITTLE_ENDIAN).getInt(148), pid);
        }
      }
      case "args" -> {
        for (int i = 3; i < words.length; i++) {
          moment.args[i - 3] = Long.parseUnsignedLong(words[i]);
        }
      }
      case "mem" ->
          moment.memory.add(
              Map.entry(Long.parseUnsignedLong(words[2]), HexFormat.of().parseHex(words[3])));
      case "ret" -> {
        moment.retval = Long.parseLong(words[2]);
        moment.error = Integer.parseInt(words[4]);
      }
      case "comm" -> {
        moment.comm = words[2];
        moment.emulation = words[3] + " " + words[4];
        moment.files = new ArrayList<>();
      }
      case "fd" ->
          moment.files.add(
              new OpenFile(
                  Integer.parseInt(words[2]),
                  Integer.parseInt(words[3]),
                  isDirectory(words[6]) ? OpenFile.VNODE_DIRECTORY : 1,
                  0,
                  0,
                  Long.parseUnsignedLong(words[4], 16),
                  Long.parseUnsignedLong(words[5], 16),
                  words[6]));
      case "resume" -> moment.resumedWith = Integer.parseInt(words[3]);
      default -> assertEquals("gone", words[0]);
    }
  }

  private static boolean isDirectory(String path) {
    return path.equals("/") || path.equals("/tmp");
  }

  private static int flags(Moment moment) {
    return ByteBuffer.wrap(moment.lwpinfo).order(ByteOrder.LITTLE_ENDIAN).getInt(8);
  }

  /** True if anything is known of a thread: a grandchild was not followed by that tracer. */
  boolean shows(int pid, long tid) {
    return moments.stream()
        .anyMatch(
            moment ->
                moment.pid == pid
                    && moment.lwpinfo != null
                    && (flags(moment) & Ptrace.PL_FLAG_EXITED) == 0
                    && ByteBuffer.wrap(moment.lwpinfo).order(ByteOrder.LITTLE_ENDIAN).getInt()
                        == tid);
  }

  private Process process(Moment moment) {
    return processes.computeIfAbsent(
        moment.pid,
        pid -> {
          Process process = new Process();
          Process parent = processes.get(parents.getOrDefault(pid, 0));
          if (parent != null) {
            process.files = new TreeMap<>(parent.files);
          }
          return process;
        });
  }

  @Override
  public int spawn(List<String> argv) {
    Moment first = moments.get(0);
    enter(process(first), first);
    return first.pid;
  }

  @Override
  public void attach(int pid) throws IOException {
    throw new IOException("pid " + pid + ": No such process");
  }

  @Override
  public void setEvents(int pid, int events) {
    kernelCalls++;
    assertEquals(0, events & ~ALL_EVENTS);
    processes.get(pid).events = events;
  }

  @Override
  public void setQuiet(int pid, BitSet calls) {
    processes.get(pid).quiet = calls;
  }

  @Override
  public void resume(int pid, int request, int signal) {
    kernelCalls++;
    Process process = processes.get(pid);
    if (process == null) {
      return;
    }
    assertTrue(!process.running, "pid " + pid + " runs already");
    assertEquals(process.expectedSignal, signal, "signal that goes on to pid " + pid);
    process.running = true;
    if (request == Ptrace.PT_TO_SCX) {
      process.events |= Ptrace.PTRACE_SCX;
    } else {
      assertEquals(Ptrace.PT_CONTINUE, request);
    }
  }

  @Override
  public Stop waitForStop() {
    noteCost();
    kernelCalls++;
    while (next < moments.size()) {
      Moment moment = moments.get(next++);
      Process process = process(moment);
      if ((moment.status & 0xff) != 0x7f) {
        processes.remove(moment.pid);
        return new Stop(moment.pid, moment.status, null);
      }
      assertTrue(next == 1 || process.running || process.comm.isEmpty(), "stopped twice");
      if (moment.lwpinfo == null) {
        process.running = false;
        return new Stop(moment.pid, moment.status, null);
      }
      Stop stop = stop(moment);
      if (stop.isSignal() && moment.resumedWith == 0) {
        continue; // that tracer swallowed it, and the process never got it
      }
      enter(process, moment);
      if (stop.lwp().has(Ptrace.PL_FLAG_SCX)
          && !stop.lwp()
              .has(
                  Ptrace.PL_FLAG_EXEC
                      | Ptrace.PL_FLAG_FORKED
                      | Ptrace.PL_FLAG_CHILD
                      | Ptrace.PL_FLAG_BORN)
          && (process.events & Ptrace.PTRACE_SCX) == 0) {
        continue;
      }
      boolean entry = stop.lwp().has(Ptrace.PL_FLAG_SCE) && !stop.isSignal();
      if (entry && process.quiet.get(stop.lwp().syscall())) {
        kernelCalls += 2; // PT_LWPINFO, PT_CONTINUE
        entered = stop.lwp().syscall();
        noteCost();
        kernelCalls++; // wait4(2) again
        continue;
      }
      process.running = false;
      process.expectedSignal = stop.isSignal() ? stop.stopSignal() : 0;
      kernelCalls++;
      if (entry) {
        kernelCalls += stop.lwp().argCount() > 0 ? 1 : 0;
        entered = stop.lwp().syscall();
      }
      return stop;
    }
    return null;
  }

  private void noteCost() {
    if (entered != null) {
      costs.add(new Cost(entered, kernelCalls - callsBefore));
    }
    entered = null;
    callsBefore = kernelCalls;
  }

  /** What the moment shows of its process. */
  private void enter(Process process, Moment moment) {
    process.memory = moment.memory;
    if (moment.comm != null) {
      process.comm = moment.comm;
      process.emulation = moment.emulation;
    }
    if (moment.files != null && !moment.files.isEmpty()) {
      process.files = new TreeMap<>();
      moment.files.forEach(file -> process.files.put(file.fd(), file));
    }
    if (process.comm.isEmpty()) {
      process.comm = "?";
    }
    int flags = flags(moment);
    int tid = ByteBuffer.wrap(moment.lwpinfo).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if ((flags & Ptrace.PL_FLAG_SCE) != 0) {
      process.calls.put(tid, moment);
    } else if ((flags & Ptrace.PL_FLAG_SCX) != 0 && process.calls.get(tid) != null) {
      returned(process, process.calls.remove(tid), moment);
    }
  }

  private static void returned(Process process, Moment call, Moment result) {
    int number = ByteBuffer.wrap(call.lwpinfo).order(ByteOrder.LITTLE_ENDIAN).getInt(152);
    if (result.error != 0) {
      return;
    }
    int fd = (int) result.retval;
    switch (number) {
      case 5, 499 -> process.files.put(fd, file(fd, OpenFile.TYPE_VNODE, 0));
      case 97 -> process.files.put(fd, file(fd, OpenFile.TYPE_SOCKET, (int) call.args[0]));
      case 6 -> process.files.remove((int) call.args[0]);
      case 41, 90 -> process.files.put(fd, process.files.get((int) call.args[0]));
      case 533 -> {
        ByteBuffer rights =
            ByteBuffer.wrap(call.memory.get(0).getValue()).order(ByteOrder.LITTLE_ENDIAN);
        OpenFile old = process.files.get((int) call.args[0]);
        process.files.put(
            old.fd(),
            new OpenFile(
                old.fd(),
                old.type(),
                old.vnodeType(),
                old.domain(),
                old.socketType(),
                rights.getLong(),
                rights.getLong(),
                old.path()));
      }
      default -> {}
    }
  }

  private static OpenFile file(int fd, int type, int domain) {
    return new OpenFile(fd, type, 1, domain, 0, RIGHTS0, RIGHTS1, "");
  }

  private static Stop stop(Moment moment) {
    ByteBuffer info = ByteBuffer.wrap(moment.lwpinfo).order(ByteOrder.LITTLE_ENDIAN);
    String name = new String(moment.lwpinfo, 128, 20, StandardCharsets.ISO_8859_1);
    return new Stop(
        moment.pid,
        moment.status,
        new Stop.Lwp(
            info.getInt(0),
            info.getInt(8),
            info.getInt(148),
            info.getInt(152),
            info.getInt(156),
            moment.args.clone(),
            moment.error,
            moment.retval,
            info.getInt(48),
            info.getInt(56),
            info.getInt(60),
            info.getLong(12),
            info.getLong(20),
            name.substring(0, name.indexOf(0))));
  }

  @Override
  public void interrupt() {}

  @Override
  public int read(int pid, long address, byte[] buffer, int offset, int length) {
    kernelCalls++;
    for (Map.Entry<Long, byte[]> block : processes.get(pid).memory) {
      long at = address - block.getKey();
      if (at >= 0 && at < block.getValue().length) {
        int n = (int) Math.min(length, block.getValue().length - at);
        System.arraycopy(block.getValue(), (int) at, buffer, offset, n);
        return n;
      }
    }
    return 0;
  }

  @Override
  public ProcessFacts process(int pid) {
    kernelCalls++;
    Process process = processes.get(pid);
    return process == null
        ? null
        : new ProcessFacts(
            parents.getOrDefault(pid, 1), 0, process.comm, process.emulation, false, 0, 0);
  }

  @Override
  public List<OpenFile> descriptors(int pid) {
    kernelCalls++;
    return List.copyOf(processes.get(pid).files.values());
  }

  @Override
  public List<Integer> children(int pid) {
    return List.of();
  }

  @Override
  public void kill(int pid, int signal) {
    throw new AssertionError("nothing is to be killed");
  }

  @Override
  public int fileMode(String path) {
    return isDirectory(path) ? DIRECTORY : REGULAR;
  }

  @Override
  public String readlink(String path) {
    return null;
  }

  @Override
  public byte[] readFile(String path, long offset, int length) {
    String interpreter = "/libexec/ld-elf.so.1\0";
    ByteBuffer elf = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 9});
    if (dynamic.contains(path)) {
      elf.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1);
      elf.putInt(64, 3).putLong(72, 128).putLong(96, interpreter.length());
      elf.position(128).put(interpreter.getBytes(StandardCharsets.ISO_8859_1));
    }
    return elf.array();
  }

  @Override
  public List<String> entries(String path) {
    return List.of();
  }

  @Override
  public String sysctlName(int[] mib) {
    return null;
  }

  @Override
  public void close() {
    assertEquals(moments.size(), next, "moments that were played");
  }
}
