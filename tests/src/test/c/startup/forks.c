/*
 * Forks before main: a child that ends there, one that comes to main itself, while the parent goes
 * on at once, and one of vfork that executes another program.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int child;

__attribute__((constructor)) static void construct(void) {
  if (fork() == 0) {
    open("/nowhere/ends-before", O_RDONLY);
    _exit(0);
  }
  if (vfork() == 0) {
    execl("/bin/true", "true", (char *)NULL);
    _exit(1);
  }
  child = fork() == 0;
  if (child) open("/nowhere/child-before", O_RDONLY);
}

int main(void) {
  if (child) {
    open("/nowhere/child-main", O_RDONLY);
    return 0;
  }
  open("/nowhere/parent-main", O_RDONLY);
  if (fork() == 0) {
    open("/nowhere/child-of-main", O_RDONLY);
    _exit(0);
  }
  while (wait(NULL) > 0) {
  }
  puts("done");
  return 7;
}
