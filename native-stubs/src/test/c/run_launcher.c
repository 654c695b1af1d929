/*
 * run_launcher IMAGE TRACE-ERROR EXEC-ERROR ARGUMENT...
 *
 * Runs a launcher for FreeBSD amd64 on Linux, with these arguments and A=1 for an environment, and
 * answers its system calls as FreeBSD does: an error comes in eax with the carry flag. Says what it
 * asked for, a call a line.
 */
#define _GNU_SOURCE
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif

enum { EXIT = 1, GETPID = 20, PTRACE = 26, KILL = 37, EXECVE = 59 };
enum { PID = 4711, FREEBSD_SIGSTOP = 17, CARRY = 1 };

static pid_t child;

static long
peek(unsigned long address)
{
	errno = 0;
	long word = ptrace(PTRACE_PEEKDATA, child, (void *)address, NULL);
	if (errno != 0) {
		printf("bad address %lx\n", address);
		exit(3);
	}
	return (word);
}

static void
print_string(unsigned long address)
{
	for (;; address++) {
		char c = (char)peek(address);
		if (c == '\0')
			return;
		putchar(c);
	}
}

static void
print_strings(unsigned long array)
{
	for (; peek(array) != 0; array += 8) {
		printf(" ");
		print_string((unsigned long)peek(array));
	}
}

int
main(int argc, char **argv)
{
	static char *environment[] = { "A=1", NULL };
	struct user_regs_struct regs;
	int status;

	if (argc < 5)
		return (2);
	child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execve(argv[1], argv + 4, environment);
		_exit(127);
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_EXITKILL);
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	regs.rdi = regs.rsp; /* exec_setregs: the address of argc */
	ptrace(PTRACE_SETREGS, child, NULL, &regs);
	for (;;) {
		ptrace(PTRACE_SYSEMU, child, NULL, NULL);
		if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
			printf("crashed\n");
			return (1);
		}
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
		long error = 0;
		unsigned long result = 0;
		switch (regs.orig_rax) {
		case PTRACE:
			printf("ptrace %llu\n", regs.rdi);
			error = atoi(argv[2]);
			break;
		case GETPID:
			result = PID;
			break;
		case KILL:
			printf("kill %s %s\n", regs.rdi == PID ? "itself" : "another",
			    regs.rsi == FREEBSD_SIGSTOP ? "SIGSTOP" : "?");
			break;
		case EXECVE:
			printf("execve ");
			print_string(regs.rdi);
			printf(":");
			print_strings(regs.rsi);
			printf(";");
			print_strings(regs.rdx);
			printf("\n");
			error = atoi(argv[3]);
			break;
		case EXIT:
			printf("exit %llu\n", regs.rdi);
			return (0);
		default:
			printf("call %llu\n", regs.orig_rax);
			return (1);
		}
		regs.rax = error != 0 ? (unsigned long)error : result;
		regs.eflags = error != 0 ? regs.eflags | CARRY : regs.eflags & ~(unsigned long)CARRY;
		ptrace(PTRACE_SETREGS, child, NULL, &regs);
	}
}
