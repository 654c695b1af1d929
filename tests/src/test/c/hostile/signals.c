/*
 * Sends itself signals, each of which a handler counts: signals COUNT. Prints how many came; the
 * first line is its process id.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t came;

static void count(int signo) {
  (void)signo;
  came++;
}

int main(int argc, char **argv) {
  int sent = argc > 1 ? atoi(argv[1]) : 10000;
  struct sigaction action = {.sa_handler = count};
  sigaction(SIGUSR1, &action, NULL);
  printf("%d\n", (int)getpid());
  fflush(stdout);
  for (int i = 0; i < sent; i++) {
    raise(SIGUSR1);
    if (access("stop", F_OK) == 0 && i > 1000) {
      sent = i + 1;
    }
  }
  printf("lost: %d\n", sent - came);
  return sent != came;
}
