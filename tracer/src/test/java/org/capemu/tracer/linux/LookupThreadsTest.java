package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LookupThreadsTest {
  private final Semaphore wakes = new Semaphore(0);
  private final LookupThreads lookups = new LookupThreads(wakes::release);
  private final List<String> answers = new ArrayList<>();

  /** What a tracee that stands still keeps the kernel from answering. */
  private final CountDownLatch served = new CountDownLatch(1);

  @AfterEach
  void letAllGo() {
    served.countDown();
  }

  private String hang() {
    try {
      served.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "late";
  }

  private void ask(Supplier<String> question) {
    lookups.ask(question, "unanswered", answers::add);
  }

  @Test
  void anAnswerMayComeLater() throws InterruptedException {
    ask(this::hang);
    assertFalse(lookups.isIdle());
    lookups.settle();
    assertEquals(List.of(), answers);
    served.countDown();
    wakes.acquire();
    lookups.settle();
    assertEquals(List.of("late"), answers);
    assertTrue(lookups.isIdle());
  }

  @Test
  void whatIsNotAnsweredInTimeIsUnanswered() {
    ask(this::hang);
    lookups.await();
    lookups.settle();
    assertEquals(List.of("unanswered"), answers);
    assertTrue(lookups.isIdle());
  }

  /** Others are answered while some hang, until there are too many to hang with them. */
  @Test
  void manyMayHang() {
    int more = 100;
    for (int i = 0; i < more; i++) {
      ask(this::hang);
    }
    while (!lookups.isIdle()) {
      lookups.await();
      lookups.settle();
    }
    assertEquals(more, answers.stream().filter("unanswered"::equals).count());
  }

  @Test
  void aFailureIsThrownToTheTracingThread() {
    assertThrows(
        IllegalStateException.class,
        () -> {
          ask(
              () -> {
                throw new IllegalStateException();
              });
          lookups.await();
          lookups.settle();
        });
  }
}
