/* Executes itself again, from another thread than the first. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static char *self;

__attribute__((constructor)) static void construct(void) { open("/nowhere/constructor", O_RDONLY); }

static void *run(void *unused) {
  (void)unused;
  open("/nowhere/thread", O_RDONLY);
  execl(self, self, "again", (char *)NULL);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t thread;
  self = argv[0];
  if (argc == 1) {
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
    return 1;
  }
  open("/nowhere/again", O_RDONLY);
  puts("done");
  return 7;
}
