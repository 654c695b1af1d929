package org.capemu.nativestubs.freebsd;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A kernel at the other end of a byte stream, where a capemu-stub makes the calls: PROTOCOL.md.
 * What needs no answer is sent together with the next request that does, so that a stop costs one
 * round trip.
 */
public final class RemoteFreeBsdKernel implements FreeBsdKernel {
  private static final byte[] MAGIC = {'c', 'a', 'p', 'e', 'm', 'u', 0, 2};

  /** What may come before the stub's greeting: a boot's and a login's messages on a line. */
  private static final int MAX_NOISE = 1 << 20;

  private static final int MAX_REPLY = 1 << 24;
  private static final int MAX_READ = 1 << 16;
  private static final int REPLY = 0x80;
  private static final int SYSCALL_ARGS = 8;

  /** What a stop has besides what every stop has: PROTOCOL.md. */
  private static final int HAS_ARGUMENTS = 1;

  private static final int HAS_RESULT = 2;
  private static final int HAS_SIGNAL = 4;
  private static final int HAS_CHILD = 8;

  /** A line loses what comes before the stub listens: it is greeted until it answers. */
  private static final int GREETING_MILLISECONDS = 1000;

  private static final int SPAWN = 1;
  private static final int ATTACH = 2;
  private static final int EVENTS = 3;
  private static final int RESUME = 4;
  private static final int WAIT = 6;
  private static final int READ = 7;
  private static final int PROCESS = 8;
  private static final int DESCRIPTORS = 9;
  private static final int KILL = 10;
  private static final int LSTAT = 11;
  private static final int READLINK = 12;
  private static final int FILE = 13;
  private static final int ENTRIES = 14;
  private static final int CHILDREN = 15;
  private static final int END = 16;
  private static final int QUIET = 17;
  private static final int SYSCTL_NAME = 18;

  /** What the answer to DESCRIPTORS says of a unix socket. */
  private static final int SOCKET_NAMED = 1;

  private static final int SOCKET_CONNECTED = 2;

  /**
   * Within this time after {@link #interrupt} the stub has let go what it traced, or the connection
   * is given up: then it does so when it notices.
   */
  private static final int END_MILLISECONDS = 2000;

  private static final int EINTR = 4;
  private static final int ECHILD = 10;

  private final InputStream in;
  private final OutputStream out;
  private final Closeable connection;
  private final ByteBuffer none = ByteBuffer.allocate(0);

  /** Requests that are not yet sent. Guarded by itself, as {@link #interrupt} sends too. */
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

  private final String system;
  private final boolean mayDebug;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** The program that was started, and its process: what a message speaks of. */
  private String program;

  private int programPid;
  private IOException failure;
  private boolean greeted;
  private boolean waiting;
  private boolean endSent;
  private volatile boolean interrupted;

  /**
   * Greets the stub.
   *
   * @param connection closed at the end, after both streams
   * @throws IOException if no stub answers, or one of another version
   */
  public RemoteFreeBsdKernel(InputStream in, OutputStream out, Closeable connection)
      throws IOException {
    this.in = new BufferedInputStream(in);
    this.out = out;
    this.connection = connection;
    Thread greeter = new Thread(this::greetUntilAnswered, "greeting");
    greeter.setDaemon(true);
    greeter.start();
    try {
      findGreeting();
    } finally {
      synchronized (pending) {
        greeted = true;
        pending.notifyAll();
      }
    }
    ByteBuffer greeting = receive(0);
    try {
      greeting.getInt(); // no error
      greeting.getInt(); // __FreeBSD_version
      mayDebug = greeting.getInt() != 0;
      system = string(greeting) + " " + string(greeting);
    } catch (BufferUnderflowException e) {
      throw garbled();
    }
  }

  /** The stub's system and its architecture: {@code FreeBSD amd64}. */
  public String system() {
    return system;
  }

  private void greetUntilAnswered() {
    synchronized (pending) {
      try {
        while (!greeted) {
          out.write(MAGIC);
          out.flush();
          pending.wait(GREETING_MILLISECONDS);
        }
      } catch (IOException ended) {
        // What it said before it ended tells more.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void findGreeting() throws IOException {
    byte[] last = new byte[MAGIC.length];
    StringBuilder noise = new StringBuilder();
    for (int i = 0; i < MAX_NOISE; i++) {
      int b = this.in.read();
      if (b < 0) {
        String said = noise.toString().strip();
        throw new IOException(
            said.isEmpty()
                ? "no capemu-stub answered: is it there, and in the PATH of who logs in?"
                : "no capemu-stub answered: " + said.lines().reduce((a, line) -> line).orElse(""));
      }
      if (b >= ' ' && b < 0x7f || b == '\n') {
        noise.append((char) b);
      }
      System.arraycopy(last, 1, last, 0, last.length - 1);
      last[last.length - 1] = (byte) b;
      if (Arrays.equals(last, 0, last.length - 1, MAGIC, 0, last.length - 1)) {
        if (b != MAGIC[MAGIC.length - 1]) {
          throw new IOException(
              ("capemu-stub speaks version %d of the protocol, not %d:"
                      + " build it anew from this capemu's capemu_stub.c")
                  .formatted(b, MAGIC[MAGIC.length - 1]));
        }
        return;
      }
    }
    throw new IOException("no capemu-stub answered");
  }

  // Requests

  private static ByteBuffer request(int type, int room) {
    return ByteBuffer.allocate(5 + room).order(ByteOrder.LITTLE_ENDIAN).putInt(0).put((byte) type);
  }

  private static ByteBuffer request(int type, String path, int room) {
    byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
    return request(type, 4 + bytes.length + room).putInt(bytes.length).put(bytes);
  }

  /** Keeps a request for the next that needs an answer. */
  private void post(ByteBuffer request) {
    request.putInt(0, request.position() - 4);
    synchronized (pending) {
      pending.write(request.array(), 0, request.position());
    }
  }

  private void flush() throws IOException {
    byte[] bytes;
    synchronized (pending) {
      bytes = pending.toByteArray();
      pending.reset();
      try {
        out.write(bytes);
        out.flush();
      } catch (IOException closed) {
        throw ended();
      }
    }
  }

  /** Sends a request and returns the answer after its error number; null if that is not 0. */
  private ByteBuffer ask(ByteBuffer request) {
    int type = request.get(4);
    ByteBuffer reply = askAny(type, request);
    return reply == null || reply.getInt() != 0 ? null : reply;
  }

  private ByteBuffer askAny(int type, ByteBuffer request) {
    if (failure != null) {
      return null;
    }
    try {
      post(request);
      flush();
      return receive(type);
    } catch (IOException e) {
      failure = e;
      return null;
    }
  }

  private ByteBuffer receive(int type) throws IOException {
    byte[] head = in.readNBytes(5);
    if (head.length < 5) {
      throw ended();
    }
    ByteBuffer header = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    int length = header.getInt();
    if (length < 5 || length > MAX_REPLY || header.get() != (byte) (REPLY | type)) {
      throw garbled();
    }
    byte[] body = in.readNBytes(length - 1);
    if (body.length < length - 1) {
      throw ended();
    }
    return ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static IOException ended() {
    return new EOFException(
        "capemu-stub, or the connection to it, ended: what it traced goes on untraced");
  }

  private static IOException garbled() {
    return new IOException("capemu-stub: its answer makes no sense");
  }

  /** A process id, or an answer that makes no sense. */
  private static int pid(ByteBuffer from) {
    int pid = from.getInt();
    if (pid <= 0 || pid > PID_MAX) {
      throw new BufferUnderflowException();
    }
    return pid;
  }

  private static String string(ByteBuffer from) {
    int length = from.getInt();
    if (length < 0 || length > from.remaining()) {
      throw new BufferUnderflowException();
    }
    String s = new String(from.array(), from.position(), length, StandardCharsets.ISO_8859_1);
    from.position(from.position() + length);
    return s;
  }

  // FreeBsdKernel

  @Override
  public int spawn(List<String> argv) throws IOException {
    ByteArrayOutputStream strings = new ByteArrayOutputStream();
    for (String argument : argv) {
      byte[] bytes = argument.getBytes(StandardCharsets.ISO_8859_1);
      strings.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length).array());
      strings.writeBytes(bytes);
    }
    ByteBuffer reply =
        answered(
            askAny(
                SPAWN,
                request(SPAWN, 4 + strings.size()).putInt(argv.size()).put(strings.toByteArray())));
    try {
      int error = reply.getInt();
      if (error != 0) {
        throw whyNot(argv.get(0), error);
      }
      program = argv.get(0);
      programPid = pid(reply);
      return programPid;
    } catch (BufferUnderflowException e) {
      failure = garbled();
      throw failure;
    }
  }

  @Override
  public void attach(int pid) throws IOException {
    int error = answered(askAny(ATTACH, request(ATTACH, 4).putInt(pid))).getInt();
    if (error != 0) {
      throw whyNot("pid " + pid, error);
    }
  }

  private ByteBuffer answered(ByteBuffer reply) throws IOException {
    if (reply == null) {
      throw failure;
    }
    return reply;
  }

  private IOException whyNot(String what, int error) {
    return Diagnosis.exception(what, error, mayDebug, system);
  }

  @Override
  public void setEvents(int pid, int events) {
    post(request(EVENTS, 8).putInt(pid).putInt(events));
  }

  @Override
  public void setQuiet(int pid, BitSet calls) {
    byte[] bits = calls.toByteArray();
    post(request(QUIET, 8 + bits.length).putInt(pid).putInt(bits.length).put(bits));
  }

  @Override
  public void resume(int pid, int request, int signal) {
    post(request(RESUME, 12).putInt(pid).putInt(request).putInt(signal));
  }

  @Override
  public void kill(int pid, int signal) {
    post(request(KILL, 8).putInt(pid).putInt(signal));
  }

  @Override
  public Stop waitForStop() throws IOException {
    if (failure != null) {
      throw failure;
    }
    int refused;
    int refusedPid;
    try {
      synchronized (pending) {
        if (interrupted) {
          return null;
        }
        post(request(WAIT, 0));
        flush();
        waiting = true;
      }
      ByteBuffer reply = receive(WAIT);
      synchronized (pending) {
        waiting = false;
      }
      int error = reply.getInt();
      if (error == 0 && !interrupted) {
        return stop(reply);
      }
      refused = error;
      refusedPid = reply.hasRemaining() ? reply.getInt() : 0;
    } catch (BufferUnderflowException e) {
      failure = garbled();
      throw failure;
    } catch (IOException e) {
      failure = e;
      if (interrupted) {
        return null;
      }
      throw e;
    }
    if (refused == ECHILD || refused == EINTR || interrupted) {
      return null;
    }
    // The connection is as it was: what was traced can be let go through it.
    throw refusedPid == 0
        ? new IOException("wait4: " + FreeBsdErrno.message(refused))
        : whyNot(refusedPid == programPid ? program : "pid " + refusedPid, refused);
  }

  private static Stop stop(ByteBuffer from) {
    int pid = pid(from);
    int status = from.getInt();
    if (!from.hasRemaining()) {
      return new Stop(pid, status, null);
    }
    int tid = from.getInt();
    int flags = from.getInt();
    int syscall = from.getInt();
    byte[] name = new byte[from.get() & 0xff];
    from.get(name);
    int has = from.get();
    int argCount = (has & HAS_ARGUMENTS) != 0 ? from.get() & 0xff : 0;
    long[] args = new long[Math.max(argCount, SYSCALL_ARGS)];
    for (int i = 0; i < argCount; i++) {
      args[i] = from.getLong();
    }
    boolean result = (has & HAS_RESULT) != 0;
    int error = result ? from.getInt() : 0;
    long retval = result ? from.getLong() : 0;
    boolean signal = (has & HAS_SIGNAL) != 0;
    int signo = signal ? from.getInt() : 0;
    int signalCode = signal ? from.getInt() : 0;
    int signalSender = signal ? from.getInt() : 0;
    long maskLow = signal ? from.getLong() : 0;
    long maskHigh = signal ? from.getLong() : 0;
    int childPid = (has & HAS_CHILD) != 0 ? pid(from) : 0;
    return new Stop(
        pid,
        status,
        new Stop.Lwp(
            tid,
            flags,
            childPid,
            syscall,
            argCount,
            args,
            error,
            retval,
            signo,
            signalCode,
            signalSender,
            maskLow,
            maskHigh,
            new String(name, StandardCharsets.ISO_8859_1)));
  }

  @Override
  public void interrupt() {
    interrupted = true;
    Thread watch = new Thread(this::giveUpUnlessEnded, "end of the connection");
    watch.setDaemon(true);
    watch.start(); // first: who writes may hold the lock for as long as nobody reads
    synchronized (pending) {
      if (waiting && !endSent) {
        endSent = true;
        try {
          ByteBuffer end = request(END, 0);
          end.putInt(0, end.position() - 4);
          out.write(end.array());
          out.flush();
        } catch (IOException ended) {
          // then the stub has noticed by itself
        }
      }
    }
  }

  private void giveUpUnlessEnded() {
    try {
      if (!ended.await(END_MILLISECONDS, TimeUnit.MILLISECONDS)) {
        connection.close();
      }
    } catch (IOException closedAlready) {
      // as it was to be
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int read(int pid, long address, byte[] buffer, int offset, int length) {
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, MAX_READ);
      ByteBuffer reply = ask(request(READ, 16).putInt(pid).putLong(address + done).putInt(part));
      int got = reply == null ? 0 : Math.min(reply.remaining(), part);
      if (got > 0) {
        reply.get(buffer, offset + done, got);
      }
      done += got;
      if (got < part) {
        break;
      }
    }
    return done;
  }

  @Override
  public ProcessFacts process(int pid) {
    ByteBuffer reply = ask(request(PROCESS, 4).putInt(pid));
    if (reply == null) {
      return null;
    }
    try {
      int parent = reply.getInt();
      int uid = reply.getInt();
      int flags = reply.getInt();
      long ignored = reply.getLong();
      reply.getLong();
      long caught = reply.getLong();
      reply.getLong();
      String command = string(reply);
      return new ProcessFacts(
          parent,
          uid,
          command,
          string(reply),
          (flags & ProcessFacts.CAPABILITY_MODE) != 0,
          ignored,
          caught);
    } catch (BufferUnderflowException e) {
      failure = garbled();
      return null;
    }
  }

  @Override
  public List<OpenFile> descriptors(int pid) {
    List<OpenFile> files = new ArrayList<>();
    ByteBuffer reply = answerOrNothing(request(DESCRIPTORS, 4).putInt(pid));
    try {
      while (reply.hasRemaining()) {
        if (files.size() == MOST_ENTRIES) {
          return List.of();
        }
        int fd = reply.getInt();
        int type = reply.getInt();
        int vnodeType = reply.getInt();
        int domain = reply.getInt();
        int socketType = reply.getInt();
        int socket = reply.getInt();
        files.add(
            new OpenFile(
                fd,
                type,
                vnodeType,
                domain,
                socketType,
                reply.getLong(),
                reply.getLong(),
                (socket & SOCKET_NAMED) != 0,
                (socket & SOCKET_CONNECTED) != 0,
                string(reply)));
      }
    } catch (BufferUnderflowException e) {
      failure = garbled();
    }
    return files;
  }

  @Override
  public List<Integer> children(int pid) {
    List<Integer> pids = new ArrayList<>();
    ByteBuffer reply = answerOrNothing(request(CHILDREN, 4).putInt(pid));
    try {
      while (reply.hasRemaining() && pids.size() < PID_MAX) {
        pids.add(pid(reply));
      }
    } catch (BufferUnderflowException e) {
      failure = garbled();
    }
    return pids;
  }

  @Override
  public int fileMode(String path) {
    ByteBuffer reply = ask(request(LSTAT, path, 0));
    return reply == null || reply.remaining() < 4 ? 0 : reply.getInt();
  }

  @Override
  public String readlink(String path) {
    ByteBuffer reply = ask(request(READLINK, path, 0));
    return reply == null
        ? null
        : new String(
            reply.array(), reply.position(), reply.remaining(), StandardCharsets.ISO_8859_1);
  }

  @Override
  public byte[] readFile(String path, long offset, int length) {
    ByteBuffer reply = answerOrNothing(request(FILE, path, 12).putLong(offset).putInt(length));
    byte[] bytes = new byte[Math.min(reply.remaining(), length)];
    reply.get(bytes);
    return bytes;
  }

  @Override
  public List<String> entries(String path) {
    List<String> names = new ArrayList<>();
    ByteBuffer reply = answerOrNothing(request(ENTRIES, path, 0));
    try {
      while (reply.hasRemaining()) {
        if (names.size() == MOST_ENTRIES) {
          return null;
        }
        names.add(string(reply));
      }
    } catch (BufferUnderflowException e) {
      failure = garbled();
    }
    return names;
  }

  @Override
  public String sysctlName(int[] mib) {
    if (mib.length > CTL_MAXNAME) {
      return null;
    }
    ByteBuffer request = request(SYSCTL_NAME, 4 + 4 * mib.length).putInt(mib.length);
    for (int number : mib) {
      request.putInt(number);
    }
    ByteBuffer reply = ask(request);
    try {
      return reply == null ? null : string(reply);
    } catch (BufferUnderflowException e) {
      failure = garbled();
      return null;
    }
  }

  /** Takes the answer to the end that {@link #interrupt} has sent. */
  private void finish() {
    try {
      receive(END);
    } catch (IOException endedAlready) {
      // as it was told to
    }
  }

  private ByteBuffer answerOrNothing(ByteBuffer request) {
    ByteBuffer reply = ask(request);
    return reply == null ? none : reply;
  }

  @Override
  public void close() throws IOException {
    if (failure == null) {
      if (endSent) {
        finish();
      } else {
        ask(request(END, 0)); // answered when everything is detached
      }
    }
    ended.countDown();
    try (connection;
        in) {
      out.close();
    } catch (IOException alreadyClosed) {
      // The stub is gone; what it traced is not traced any more.
    }
  }
}
