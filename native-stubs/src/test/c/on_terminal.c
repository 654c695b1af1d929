/*
 * Runs a program on a pseudo terminal: what comes in on standard input reaches the terminal as it
 * is, from the beginning, what the terminal prints goes to standard output. Exits with the
 * program's status, or with 99 if the terminal's modes are not afterwards what they were before.
 *
 *	on_terminal blocking|nonblocking program [arguments]
 */
#define _GNU_SOURCE
#include <sys/ioctl.h>
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
	int status, terminal, ended[2];
	pid_t pid;

	if (argc < 3 || (master = posix_openpt(O_RDWR | O_NOCTTY)) < 0 || grantpt(master) != 0 ||
	    unlockpt(master) != 0 || (terminal = open(ptsname(master), O_RDWR | O_NOCTTY)) < 0)
		return (98);
	if (strcmp(argv[1], "nonblocking") == 0)
		fcntl(terminal, F_SETFL, O_RDWR | O_NONBLOCK);
	tcgetattr(terminal, &before);
	/* A session's leader has to outlive the rest, as its end hangs the terminal up. */
	pid = pipe(ended) == 0 ? fork() : -1;
	if (pid == 0) {
		setsid();
		ioctl(terminal, TIOCSCTTY, 0);
		pid = fork();
		if (pid == 0) {
			dup2(terminal, 0);
			dup2(terminal, 1);
			close(ended[0]);
			close(ended[1]);
			close(master);
			close(terminal);
			execv(argv[2], argv + 2);
			_exit(97);
		}
		waitpid(pid, &status, 0);
		if (write(ended[1], &status, sizeof(status)) < 0)
			_exit(94);
		pause();
	}
	pthread_create(&thread, NULL, copy_in, NULL);
	for (;;) {
		struct pollfd p[2] = { { .fd = master, .events = POLLIN }, { .fd = ended[0], .events = POLLIN } };
		poll(p, 2, -1);
		if ((p[0].revents & POLLIN) != 0) {
			ssize_t n = read(master, buf, sizeof(buf));
			if (n > 0 && write(1, buf, n) != n)
				return (96);
		} else if (p[1].revents != 0)
			break;
	}
	if (read(ended[0], &status, sizeof(status)) != sizeof(status))
		return (95);
	tcgetattr(terminal, &after);
	kill(pid, SIGKILL);
	if (before.c_lflag != after.c_lflag || before.c_iflag != after.c_iflag ||
	    before.c_oflag != after.c_oflag)
		return (99);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 95);
}
