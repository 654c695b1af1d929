package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Threads for what may wait in the kernel until a tracee has done something: a file system that a
 * tracee serves, a page that it has to fill. The tracing thread serves the tracees meanwhile. A
 * question that is not answered in time counts as unanswered; its thread comes back when the kernel
 * lets it.
 *
 * <p>All methods are for the tracing thread.
 */
final class LookupThreads {
  /** Most questions are answered at once; that is worth a short wait of the tracing thread. */
  private static final long AT_ONCE_NANOS = 200_000;

  private static final long LIMIT_MILLIS = 1000;

  /** As many may hang at a time. */
  private static final int MAX_THREADS = 64;

  private final Runnable wake;
  private final List<Question<?>> open = new ArrayList<>();
  private long limitMillis = LIMIT_MILLIS;

  private final Executor threads =
      new ThreadPoolExecutor(
          0,
          MAX_THREADS,
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, "lookup");
            thread.setDaemon(true);
            return thread;
          });

  private record Question<T>(CompletableFuture<T> answer, T unanswered, Consumer<T> then) {}

  /**
   * @param wake makes the tracing thread come back to {@link #settle}; called by other threads
   */
  LookupThreads(Runnable wake) {
    this.wake = wake;
  }

  /**
   * Asks a question.
   *
   * @param then gets the answer, or {@code unanswered}: at once or from {@link #settle}
   */
  @SuppressWarnings("FutureReturnValueIgnored") // of what only wakes: finish tells a failure
  <T> void ask(Supplier<T> question, T unanswered, Consumer<T> then) {
    CompletableFuture<T> answer;
    try {
      answer = CompletableFuture.supplyAsync(question, threads);
    } catch (RejectedExecutionException allHang) {
      then.accept(unanswered);
      return;
    }
    answer.orTimeout(limitMillis, TimeUnit.MILLISECONDS);
    try {
      answer.get(AT_ONCE_NANOS, TimeUnit.NANOSECONDS);
    } catch (TimeoutException notYet) {
      open.add(new Question<>(answer, unanswered, then));
      answer.whenComplete((value, failure) -> wake.run());
      return;
    } catch (ExecutionException failed) {
      // told by finish
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    finish(new Question<>(answer, unanswered, then));
  }

  /** Hands out the answers that are there. */
  void settle() {
    if (open.isEmpty()) {
      return;
    }
    List<Question<?>> answered = new ArrayList<>();
    for (Iterator<Question<?>> each = open.iterator(); each.hasNext(); ) {
      Question<?> question = each.next();
      if (question.answer.isDone()) {
        each.remove();
        answered.add(question);
      }
    }
    answered.forEach(this::finish);
  }

  boolean isIdle() {
    return open.isEmpty();
  }

  /** Waits for the next answer, or until the time for it is over. */
  void await() {
    try {
      CompletableFuture.anyOf(
              open.stream().map(Question::answer).toArray(CompletableFuture<?>[]::new))
          .join();
    } catch (CompletionException told) {
      // by settle
    }
  }

  private <T> void finish(Question<T> question) {
    T value;
    try {
      value = question.answer.join();
      limitMillis = LIMIT_MILLIS;
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof TimeoutException)) {
        throw e.getCause() instanceof RuntimeException failure ? failure : e;
      }
      // Where one is not answered the next may not be either: the program is not to crawl.
      limitMillis = Math.max(1, limitMillis / 2);
      value = question.unanswered;
    }
    question.then.accept(value);
  }
}
