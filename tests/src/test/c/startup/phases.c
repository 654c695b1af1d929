/* Looks up names that say when: in a constructor, in main, and in a function that main calls. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int depth;

__attribute__((constructor)) static void construct(void) { open("/nowhere/constructor", O_RDONLY); }

__attribute__((noinline)) void work(void) {
  open("/nowhere/work", O_RDONLY);
  depth++;
}

static void caught(int signal) { depth += signal; }

int main(void) {
  open("/nowhere/main", O_RDONLY);
  work();
  signal(SIGUSR1, caught);
  raise(SIGUSR1);
  open("/nowhere/end", O_RDONLY);
  puts("done");
  return 7;
}
