/*
 * Makes children with CLONE_UNTRACED, each of which looks up a file of its own name, and checks that neither a register
 * nor a word of its memory is another after the call, in maker and child. "shared": the flags lie in shared memory.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

int clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

static long call(long number, long first, long second, long third, long *after) {
    register long r10 asm("r10") = 0;
    register long r8 asm("r8") = 0;
    long result;
    long rdi = first;

    asm volatile("syscall"
        : "=a"(result), "+D"(rdi), "+S"(second), "+d"(third), "+r"(r10), "+r"(r8)
        : "0"(number)
        : "rcx", "r11", "memory");
    *after = rdi;
    return result;
}

static void child(long pid, int same, const char *name) {
    int status;

    if (pid == 0) {
        open(name, O_RDONLY);
        _exit(same ? 0 : 1);
    }
    if (pid < 0 || !same || waitpid(pid, &status, 0) != pid || status != 0)
        exit(1);
}

static volatile int done;

static int thread(void *name) {
    open(name, O_RDONLY);
    done = 1;
    syscall(SYS_exit, 0);
    return 0;
}

int main(int argc, char **argv) {
    static char stack[65536] __attribute__((aligned(16)));
    struct clone_args on_stack;
    struct clone_args *args = &on_stack;
    long flags = CLONE_UNTRACED | SIGCHLD;
    long after;
    long pid;

    if (argc > 1 && strcmp(argv[1], "shared") == 0)
        args = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(args, 0, sizeof *args);
    pid = call(SYS_clone, flags, 0, 0, &after);
    child(pid, after == flags, "/made/by/clone");
    pid = call(SYS_clone, flags | CLONE_VFORK, 0, 0, &after);
    child(pid, after == (flags | CLONE_VFORK), "/made/by/vfork");
    args->flags = CLONE_UNTRACED;
    args->exit_signal = SIGCHLD;
    pid = call(SYS_clone3, (long)args, sizeof *args, 0, &after);
    child(pid, after == (long)args && args->flags == CLONE_UNTRACED, "/made/by/clone3");
    clone(thread, stack + sizeof stack, THREAD | CLONE_UNTRACED, "/made/by/thread");
    while (!done)
        usleep(1000);
    return 0;
}
