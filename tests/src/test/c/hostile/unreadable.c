/*
 * Forbids other processes to read its memory, prctl(PR_SET_DUMPABLE), and then makes calls of which
 * some are violations whatever their arguments are.
 */
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  struct stat st;
  int fd;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return 77;
  fd = openat(AT_FDCWD, "/etc/passwd", O_RDONLY);
  openat(fd, "../etc", O_RDONLY); /* cannot be decided */
  fstatat(AT_FDCWD, "/etc", &st, 0);
  chmod("nowhere", 0);
  return 0;
}
