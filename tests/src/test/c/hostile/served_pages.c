/*
 * Names files in memory that another thread has to fill when it is touched: userfaultfd(2). Exits
 * 0 if every name arrived whole, 77 if there is no userfaultfd here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 50

static int uffd;
static long page;

static void *fill(void *unused) {
  char *contents = aligned_alloc(page, page);
  (void)unused;
  for (;;) {
    struct uffd_msg message;
    if (read(uffd, &message, sizeof message) != sizeof message) return NULL;
    unsigned long at = message.arg.pagefault.address & ~(page - 1);
    memset(contents, 0, page);
    strcpy(contents, "/etc/passwd");
    getppid(); /* a call of this thread's, so that it stops before it answers */
    struct uffdio_copy copy = {.dst = at, .src = (unsigned long)contents, .len = page};
    ioctl(uffd, UFFDIO_COPY, &copy);
  }
}

int main(void) {
  page = sysconf(_SC_PAGESIZE);
  uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
  if (uffd < 0) return 77;
  struct uffdio_api api = {.api = UFFD_API};
  if (ioctl(uffd, UFFDIO_API, &api) != 0) return 77;
  char *names = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register range = {
      .range = {.start = (unsigned long)names, .len = PAGES * page},
      .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(uffd, UFFDIO_REGISTER, &range) != 0) return 77;
  pthread_t thread;
  pthread_create(&thread, NULL, fill, NULL);
  for (int i = 0; i < PAGES; i++) {
    struct stat st;
    if (stat(names + i * page, &st) != 0) {
      perror("stat");
      return 1;
    }
  }
  puts("all names arrived");
  return 0;
}
