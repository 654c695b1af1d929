/* Its main has left the stack when the first call of its own is made. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void construct(void) { open("/nowhere/constructor", O_RDONLY); }

__attribute__((noinline, noclone)) int run(int argc, char **argv) {
  open("/nowhere/main", O_RDONLY);
  puts("done");
  return argc + 6 + (argv == 0);
}

int main(int argc, char **argv) { return run(argc, argv); }
