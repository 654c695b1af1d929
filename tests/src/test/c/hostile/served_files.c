/*
 * Mounts a file system that this program serves itself, fuse(4) without a library, and has a child
 * look files up there: served_files DIRECTORY. Exits 0 if the child read what was served, 77 if
 * nothing can be mounted here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOKUPS 50

static const char text[] = "served\n";

static void attributes(struct fuse_attr *attr, uint64_t node) {
  memset(attr, 0, sizeof *attr);
  attr->ino = node;
  attr->mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0644;
  attr->nlink = 1;
  attr->size = node == 1 ? 0 : sizeof text - 1;
}

static void reply(int fd, uint64_t unique, int error, const void *body, size_t length) {
  struct {
    struct fuse_out_header header;
    char body[256];
  } out;
  out.header.len = sizeof out.header + length;
  out.header.error = error;
  out.header.unique = unique;
  memcpy(out.body, body, length);
  write(fd, &out, out.header.len);
}

static void serve(int fd) {
  static char request[1 << 17];
  for (;;) {
    ssize_t length = read(fd, request, sizeof request);
    if (length < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return; /* unmounted */
    }
    struct fuse_in_header *in = (void *)request;
    switch (in->opcode) {
      case FUSE_INIT: {
        struct fuse_init_out out = {.major = 7, .minor = 31, .max_write = 4096};
        reply(fd, in->unique, 0, &out, sizeof out);
        break;
      }
      case FUSE_GETATTR: {
        struct fuse_attr_out out = {0};
        attributes(&out.attr, in->nodeid);
        reply(fd, in->unique, 0, &out, sizeof out);
        break;
      }
      case FUSE_LOOKUP: { /* never cached: every lookup comes here */
        struct fuse_entry_out out = {.nodeid = 2};
        attributes(&out.attr, 2);
        reply(fd, in->unique, 0, &out, sizeof out);
        break;
      }
      case FUSE_OPEN: {
        struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO};
        reply(fd, in->unique, 0, &out, sizeof out);
        break;
      }
      case FUSE_READ: {
        struct fuse_read_in *ask = (void *)(in + 1);
        size_t rest = ask->offset < sizeof text - 1 ? sizeof text - 1 - ask->offset : 0;
        reply(fd, in->unique, 0, text + (sizeof text - 1 - rest), rest);
        break;
      }
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT:
        break;
      case FUSE_RELEASE:
      case FUSE_FLUSH:
        reply(fd, in->unique, 0, "", 0);
        break;
      default:
        reply(fd, in->unique, -ENOSYS, "", 0);
    }
  }
}

static int look_up(const char *directory) {
  char name[4096], bytes[64];
  int dirfd = open(directory, O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < LOOKUPS; i++) {
    struct stat st;
    snprintf(name, sizeof name, "%s/file%d", directory, i);
    if (stat(name, &st) != 0) return 2;
    snprintf(name, sizeof name, "file%d/../../etc", i);
    openat(dirfd, name, O_RDONLY); /* looks through the mount, if it is looked through at all */
    snprintf(name, sizeof name, "file%d", i);
    int fd = openat(dirfd, name, O_RDONLY);
    ssize_t length = read(fd, bytes, sizeof bytes);
    if (length != sizeof text - 1 || memcmp(bytes, text, length) != 0) return 3;
    close(fd);
  }
  return 0;
}

int main(int argc, char **argv) {
  char options[256];
  int fd = open("/dev/fuse", O_RDWR);
  if (argc < 2 || fd < 0) return 77;
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
  if (mount("served", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0) return 77;
  pid_t server = fork();
  if (server == 0) {
    serve(fd);
    _exit(0);
  }
  close(fd);
  pid_t client = fork();
  if (client == 0) _exit(look_up(argv[1]));
  int status = -1;
  waitpid(client, &status, 0);
  umount2(argv[1], MNT_DETACH);
  waitpid(server, NULL, 0);
  printf("client: %d\n", WEXITSTATUS(status));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
