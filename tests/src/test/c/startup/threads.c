/* A thread of a constructor's that makes calls before main and while main makes none. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int begun, in_main, done;

static void *run(void *unused) {
  (void)unused;
  open("/nowhere/early", O_RDONLY);
  begun = 1;
  while (!in_main) {
  }
  open("/nowhere/late", O_RDONLY);
  done = 1;
  return NULL;
}

__attribute__((constructor)) static void construct(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, run, NULL);
  while (!begun) {
  }
}

int main(void) {
  in_main = 1;
  while (!done) {
  }
  puts("done");
  return 7;
}
