/*
 * Runs a program on a pseudo terminal: what comes in on standard input reaches the terminal as it
 * is, from the beginning, what the terminal prints goes to standard output. Exits with the
 * program's status, or with 99 if the terminal's modes are not afterwards what they were before.
 *
 *	on_terminal blocking|nonblocking program [arguments]
 */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int master;

static void *
copy_in(void *unused)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;)
			at += write(master, buf + at, n - at);
	return (unused);
}

int
main(int argc, char **argv)
{
	struct termios before, after;
	pthread_t thread;
	char buf[4096];
	int status, terminal;
	pid_t pid;

	if (argc < 3 || (master = posix_openpt(O_RDWR | O_NOCTTY)) < 0 || grantpt(master) != 0 ||
	    unlockpt(master) != 0 || (terminal = open(ptsname(master), O_RDWR | O_NOCTTY)) < 0)
		return (98);
	if (strcmp(argv[1], "nonblocking") == 0)
		fcntl(terminal, F_SETFL, O_RDWR | O_NONBLOCK);
	tcgetattr(terminal, &before);
	pid = fork();
	if (pid == 0) {
		setsid();
		dup2(terminal, 0);
		dup2(terminal, 1);
		execv(argv[2], argv + 2);
		_exit(97);
	}
	pthread_create(&thread, NULL, copy_in, NULL);
	for (;;) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		if (poll(&p, 1, 100) > 0) {
			ssize_t n = read(master, buf, sizeof(buf));
			if (n > 0 && write(1, buf, n) != n)
				return (96);
		} else if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	tcgetattr(terminal, &after);
	if (before.c_lflag != after.c_lflag || before.c_iflag != after.c_iflag ||
	    before.c_oflag != after.c_oflag)
		return (99);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 95);
}
