/*
 * capemu-stub: makes the system calls of capemu's FreeBSD tracer where no JVM is.
 *
 *	cc -O2 -o capemu-stub capemu_stub.c
 *	capemu-stub [--stdin fd|file] [--stdout fd|file] [--stderr fd|file]
 *
 * It speaks the protocol of PROTOCOL.md on its standard input and output and decides nothing by
 * itself. The traced program has /dev/null as standard input and the stub's standard error as
 * output, unless the options say otherwise; where that is the stream itself, as on a serial line,
 * its output goes to /dev/null. When the stream ends or makes no sense, every traced process goes
 * on untraced.
 *
 * On systems other than FreeBSD programs run untraced and what needs ptrace(2) fails with ENOSYS;
 * the protocol is the same, which is how it is tested there.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <sys/types.h>
#ifdef __FreeBSD__
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#endif
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MAGIC "capemu\0\2" /* the last byte is the version of the protocol */
#define MAGIC_SIZE 8
#define MAX_REQUEST (1u << 20)
#define MAX_REPLY (1u << 24)
#define MAX_READ (1u << 16)
#define MAX_ARGUMENTS (1u << 16)
#define MAX_NOISE (1u << 16)
#define MAX_SYSCALLS 1024
#define SYSCALL_ARGS 8
#define MAX_MIB 24 /* CTL_MAXNAME */
#define SUN_PATH 2 /* in struct sockaddr_un, after sun_len and sun_family */

enum request {
	REQ_SPAWN = 1,
	REQ_ATTACH = 2,
	REQ_EVENTS = 3,
	REQ_RESUME = 4,
	REQ_WAIT = 6,
	REQ_READ = 7,
	REQ_PROCESS = 8,
	REQ_DESCRIPTORS = 9,
	REQ_KILL = 10,
	REQ_LSTAT = 11,
	REQ_READLINK = 12,
	REQ_FILE = 13,
	REQ_ENTRIES = 14,
	REQ_CHILDREN = 15,
	REQ_END = 16,
	REQ_QUIET = 17,
	REQ_SYSCTL_NAME = 18,
};

/* What an answer to REQ_WAIT has besides what every stop has. */
enum { HAS_ARGUMENTS = 1, HAS_RESULT = 2, HAS_SIGNAL = 4, HAS_CHILD = 8 };

/* What an answer to REQ_DESCRIPTORS says of a unix socket. */
enum { SOCKET_NAMED = 1, SOCKET_CONNECTED = 2 };

#define REPLY 0x80

/* A process that the stub traces. */
struct tracee {
	pid_t pid;
	bool stopped;
	bool stop_sent; /* SIGSTOP is on its way, so that it can be detached */
	int signal; /* what it stopped for and is to get when it goes on untraced */
	uint8_t quiet[MAX_SYSCALLS / 8]; /* calls at whose entry it goes on by itself */
};

static struct tracee *tracees;
static size_t tracee_count, tracee_room;

/* A request of ptrace(2) that failed though its process is there: the next wait answers with it. */
static int failed_error;
static pid_t failed_pid;

static volatile sig_atomic_t ending, ticked;
static struct termios saved_tty;
static bool tty_saved;
static struct sigaction saved_sigpipe, saved_sigalrm, saved_sigchld;
static int program_io[3]; /* descriptors for the program's 0, 1, 2 */
extern char **environ;

/* --- Coming and going ------------------------------------------------------------------------ */

static void detach_all(void);
static void mute_console(bool mute);

static void
restore_tty(void)
{
	if (tty_saved) {
		tcsetattr(STDIN_FILENO, TCSANOW, &saved_tty);
		mute_console(false);
	}
}

/* Ends the stub because of what came, or did not come, from the other end. */
__attribute__((format(printf, 1, 2), noreturn)) static void
give_up(const char *format, ...)
{
	size_t left = tracee_count;
	va_list list;

	detach_all();
	restore_tty();
	fprintf(stderr, "capemu-stub: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	if (left > 0)
		fprintf(stderr, "; %zu process%s left to run untraced", left, left == 1 ? "" : "es");
	fputc('\n', stderr);
	exit(1);
}

static void
note_end(int sig)
{
	ending = sig;
}

static void
wake(int sig)
{
	(void)sig;
	ticked = 1;
}

static void
catch(int sig, void (*handler)(int))
{
	struct sigaction action, old;

	/* A signal that is ignored stays so: the program inherits that. */
	if (sigaction(sig, NULL, &old) != 0 || old.sa_handler == SIG_IGN)
		return;
	memset(&action, 0, sizeof(action));
	action.sa_handler = handler; /* no SA_RESTART: it has to interrupt */
	sigemptyset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

static void
set_up_signals(void)
{
	struct itimerval tick;
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, &saved_sigpipe);
	/* Where SIGCHLD is ignored, init(8) gets to know of an end, and wait4(2) does not. */
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, &saved_sigchld);
	catch(SIGHUP, note_end);
	catch(SIGINT, note_end);
	catch(SIGQUIT, note_end);
	catch(SIGTERM, note_end);
	/* wait4(2) cannot wait for the stream too: it is looked at once a second. */
	action.sa_handler = wake;
	sigaction(SIGALRM, &action, &saved_sigalrm);
	memset(&tick, 0, sizeof(tick));
	tick.it_interval.tv_sec = 1;
	tick.it_value.tv_sec = 1;
	setitimer(ITIMER_REAL, &tick, NULL);
}

static void
set_up_tty(void)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved_tty) != 0)
		return;
	raw = saved_tty;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* What has come already stays: it may be the other end's greeting. */
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0) {
		tty_saved = true;
		mute_console(true);
	}
}

/* --- The stream ------------------------------------------------------------------------------ */

static uint8_t in_buffer[1 << 16];
static size_t in_at, in_end;

static void
check_ending(void)
{
	if (ending != 0)
		give_up("signal %d", (int)ending);
}

/* After a failed read or write: true if it is to be tried again. */
static bool
may_go_on(int fd, short events)
{
	struct pollfd wanted = { .fd = fd, .events = events };

	if (errno != EAGAIN && errno != EINTR)
		return (false);
	if (errno == EAGAIN) /* somebody else made it so */
		poll(&wanted, 1, -1);
	check_ending();
	return (true);
}

/* Reads exactly so many bytes; false at an end before the first. */
static bool
get_bytes(void *into, size_t length)
{
	uint8_t *p = into;
	bool begun = false;

	while (length > 0) {
		if (in_at == in_end) {
			ssize_t n = read(STDIN_FILENO, in_buffer, sizeof(in_buffer));
			if (n < 0 && may_go_on(STDIN_FILENO, POLLIN))
				continue;
			check_ending();
			if (n < 0)
				give_up("reading requests: %s", strerror(errno));
			if (n == 0) {
				if (begun)
					give_up("the stream ends within a request");
				return (false);
			}
			in_at = 0;
			in_end = (size_t)n;
		}
		size_t part = in_end - in_at < length ? in_end - in_at : length;
		memcpy(p, in_buffer + in_at, part);
		in_at += part;
		p += part;
		length -= part;
		begun = true;
	}
	return (true);
}

/* True if a request, or the end of the stream, is there to be read. */
static bool
input_waits(void)
{
	struct pollfd poll_in = { .fd = STDIN_FILENO, .events = POLLIN };

	return (in_at < in_end || poll(&poll_in, 1, 0) > 0);
}

static void
put_bytes(const void *from, size_t length)
{
	const uint8_t *p = from;

	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, p, length);
		if (n < 0 && may_go_on(STDOUT_FILENO, POLLOUT))
			continue;
		check_ending();
		if (n < 0)
			give_up("writing answers: %s", strerror(errno));
		p += n;
		length -= (size_t)n;
	}
}

static uint32_t
decode32(const uint8_t *p)
{
	return ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

/* What is left of the request at hand. */
static const uint8_t *request_at;
static size_t request_left;

static const uint8_t *
take(size_t length)
{
	const uint8_t *p = request_at;

	if (length > request_left)
		give_up("a request is too short");
	request_at += length;
	request_left -= length;
	return (p);
}

static uint32_t
take32(void)
{
	return (decode32(take(4)));
}

static uint64_t
take64(void)
{
	uint64_t low = take32();

	return (low | (uint64_t)take32() << 32);
}

/* A string of the request, copied and ended by NUL; none may be within it. */
static char *
take_string(void)
{
	size_t length = take32();
	const uint8_t *p = take(length);
	char *s = malloc(length + 1);

	if (s == NULL)
		give_up("out of memory");
	memcpy(s, p, length);
	s[length] = '\0';
	if (strlen(s) != length)
		give_up("a string holds NUL");
	return (s);
}

static uint8_t *reply;
static size_t reply_length, reply_room;

static void
reply_bytes(const void *from, size_t length)
{
	if (length > reply_room - reply_length) {
		size_t room = reply_room == 0 ? 4096 : reply_room;

		while (room - reply_length < length)
			room *= 2;
		reply = realloc(reply, room);
		if (reply == NULL)
			give_up("out of memory");
		reply_room = room;
	}
	memcpy(reply + reply_length, from, length);
	reply_length += length;
}

static void
reply32(uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
		(uint8_t)(value >> 24) };

	reply_bytes(bytes, sizeof(bytes));
}

static void
reply_string(const char *s, size_t size)
{
	size_t length = strnlen(s, size);

	reply32((uint32_t)length);
	reply_bytes(s, length);
}

static void
begin_reply(enum request to)
{
	uint8_t head[5] = { 0, 0, 0, 0, (uint8_t)(REPLY | to) };

	reply_length = 0;
	reply_bytes(head, sizeof(head));
}

static void
end_reply(void)
{
	uint32_t length = (uint32_t)(reply_length - 4);

	for (int i = 0; i < 4; i++)
		reply[i] = (uint8_t)(length >> 8 * i);
	put_bytes(reply, reply_length);
}

/* An answer that is an error number alone, 0 for success. */
static void
reply_error(enum request to, int error)
{
	begin_reply(to);
	reply32((uint32_t)error);
	end_reply();
}

/* --- The traced processes -------------------------------------------------------------------- */

static struct tracee *
find_tracee(pid_t pid)
{
	for (size_t i = 0; i < tracee_count; i++)
		if (tracees[i].pid == pid)
			return (&tracees[i]);
	return (NULL);
}

static struct tracee *
add_tracee(pid_t pid)
{
	struct tracee *t = find_tracee(pid);

	if (t == NULL) {
		if (tracee_count == tracee_room) {
			tracee_room = tracee_room == 0 ? 16 : 2 * tracee_room;
			tracees = realloc(tracees, tracee_room * sizeof(*tracees));
			if (tracees == NULL) {
				tracee_count = 0;
				give_up("out of memory");
			}
		}
		t = &tracees[tracee_count++];
		memset(t, 0, sizeof(*t));
		t->pid = pid;
	}
	t->stopped = false;
	t->signal = 0;
	return (t);
}

static void
remove_tracee(pid_t pid)
{
	struct tracee *t = find_tracee(pid);

	if (t != NULL)
		*t = tracees[--tracee_count];
}

/*
 * Keeps why a request failed. A process that is gone, or on its way there, is no failure: its end
 * is what wait4(2) tells next.
 */
static bool
note_failure(pid_t pid)
{
	if (errno == ESRCH || errno == EBUSY)
		return (false);
	if (failed_error == 0) {
		failed_error = errno;
		failed_pid = pid;
	}
	return (true);
}

/* Answers a wait with the request that failed. */
static void
reply_failure(void)
{
	begin_reply(REQ_WAIT);
	reply32((uint32_t)failed_error);
	reply32((uint32_t)failed_pid);
	end_reply();
	failed_error = 0;
}

#ifdef __FreeBSD__

static void
reply64(uint64_t value)
{
	reply32((uint32_t)value);
	reply32((uint32_t)(value >> 32));
}

/* True if a stop is the delivery of a signal, which goes on with the process. */
static bool
is_signal_stop(int status, const struct ptrace_lwpinfo *pl)
{
	return ((pl->pl_flags & PL_FLAG_SI) != 0 ||
	    (WSTOPSIG(status) != SIGTRAP && (pl->pl_flags & PL_FLAG_CHILD) == 0));
}

/*
 * True if a process that runs is one of ours. The end of a pdfork(2) child is not reported to its
 * tracer, and its number may be another's by now.
 */
static bool
still_traced(pid_t pid)
{
	struct ptrace_lwpinfo pl;

	return (ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)) == 0 || errno == EBUSY);
}

/* A process that was just made is traced before it stops for the first time. */
static void
note_child(const struct ptrace_lwpinfo *pl)
{
	if ((pl->pl_flags & PL_FLAG_FORKED) != 0 && find_tracee(pl->pl_child_pid) == NULL &&
	    still_traced(pl->pl_child_pid))
		add_tracee(pl->pl_child_pid);
}

/*
 * PT_DETACH needs a stop. A process that runs is stopped by SIGSTOP, and goes through what it
 * stops for before; that signal alone is taken away again.
 */
static void
detach_all(void)
{
	struct ptrace_lwpinfo pl;
	int status;
	pid_t pid;

	for (size_t i = tracee_count; i-- > 0;)
		if (tracees[i].stopped) {
			ptrace(PT_DETACH, tracees[i].pid, (caddr_t)1, tracees[i].signal);
			tracees[i] = tracees[--tracee_count];
		} else if (still_traced(tracees[i].pid))
			tracees[i].stop_sent = kill(tracees[i].pid, SIGSTOP) == 0;
		else
			tracees[i] = tracees[--tracee_count];
	while (tracee_count > 0) {
		pid = wait4(-1, &status, 0, NULL);
		if (pid < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (!WIFSTOPPED(status)) {
			remove_tracee(pid);
			continue;
		}
		if (ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)) != 0) {
			if (note_failure(pid))
				remove_tracee(pid); /* not ours to move any more */
			continue; /* killed: its exit follows */
		}
		note_child(&pl);
		struct tracee *t = find_tracee(pid);
		bool stop_sent = t != NULL && t->stop_sent;
		int sig = is_signal_stop(status, &pl) ? WSTOPSIG(status) : 0;
		if (!stop_sent || sig == SIGSTOP) {
			/* A child that was made meanwhile has no SIGSTOP coming. */
			ptrace(PT_DETACH, pid, (caddr_t)1, stop_sent ? 0 : sig);
			remove_tracee(pid);
		} else {
			int none = 0;
			ptrace(PT_SET_EVENT_MASK, pid, (caddr_t)&none, sizeof(none));
			if (ptrace(PT_CONTINUE, pid, (caddr_t)1, sig) != 0 && note_failure(pid))
				remove_tracee(pid);
		}
	}
	tracee_count = 0;
}

/* Attaches and waits for the stop that this makes. */
static int
attach(pid_t pid)
{
	int status;

	if (ptrace(PT_ATTACH, pid, NULL, 0) != 0)
		return (errno);
	add_tracee(pid);
	while (wait4(pid, &status, 0, NULL) < 0)
		if (errno != EINTR)
			return (errno);
	if (!WIFSTOPPED(status)) {
		remove_tracee(pid);
		return (ESRCH);
	}
	struct tracee *t = find_tracee(pid);
	t->stopped = true;
	t->signal = 0;
	/* Something else came first, as a stop of the terminal: on to the stop of PT_ATTACH. */
	while (WSTOPSIG(status) != SIGSTOP) {
		int sig = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		if (ptrace(PT_CONTINUE, pid, (caddr_t)1, sig) != 0 && errno != ESRCH)
			return (errno);
		while (wait4(pid, &status, 0, NULL) < 0)
			if (errno != EINTR)
				return (errno);
		if (!WIFSTOPPED(status)) {
			remove_tracee(pid);
			return (ESRCH);
		}
	}
	return (0);
}

static int
set_events(pid_t pid, int events)
{
	return (ptrace(PT_SET_EVENT_MASK, pid, (caddr_t)&events, sizeof(events)));
}

/* In the child, before its exec: from here on it is traced, and it stops. */
static void
become_traced(int report)
{
	if (ptrace(PT_TRACE_ME, 0, NULL, 0) != 0) {
		int error = errno;
		if (write(report, &error, sizeof(error)) < 0)
			_exit(126);
		_exit(127);
	}
	kill(getpid(), SIGSTOP);
}

/* Waits until the child stands still; 0, or why it does not. */
static int
wait_for_child(pid_t pid, int report)
{
	int status, error;

	while (wait4(pid, &status, 0, NULL) < 0)
		if (errno != EINTR)
			return (errno);
	if (WIFSTOPPED(status)) {
		find_tracee(pid)->stopped = true;
		return (0);
	}
	remove_tracee(pid);
	return (read(report, &error, sizeof(error)) == sizeof(error) ? error : ECHILD);
}

/* Copies a tracee's memory; how many bytes there are before the first that is not mapped. */
static size_t
read_memory(pid_t pid, uint64_t address, uint8_t *into, size_t length)
{
	struct ptrace_io_desc io;
	size_t done = 0;

	while (done < length) {
		io.piod_op = PIOD_READ_D;
		io.piod_offs = (void *)(uintptr_t)(address + done);
		io.piod_addr = into + done;
		io.piod_len = length - done;
		if (ptrace(PT_IO, pid, (caddr_t)&io, 0) == 0) {
			if (io.piod_len == 0)
				break;
			done += io.piod_len;
			continue;
		}
		/* It does not say how much there was: as far as the page goes. */
		if (errno == EPERM || errno == ENOSYS)
			note_failure(pid);
		size_t page = 4096 - ((address + done) & 4095);
		if (page >= length - done)
			break;
		io.piod_op = PIOD_READ_D;
		io.piod_offs = (void *)(uintptr_t)(address + done);
		io.piod_addr = into + done;
		io.piod_len = page;
		if (ptrace(PT_IO, pid, (caddr_t)&io, 0) != 0)
			break;
		done += page;
	}
	return (done);
}

/* True for a call that is of no interest at its entry: then the process goes on already. */
static bool
passes_over(pid_t pid, unsigned code)
{
	struct tracee *t = find_tracee(pid);

	return (t != NULL && code < MAX_SYSCALLS && (t->quiet[code / 8] & 1 << code % 8) != 0 &&
	    ptrace(PT_CONTINUE, pid, (caddr_t)1, 0) == 0);
}

/* Answers with what there is to tell of a stop or an end; false if there is nothing. */
static bool
answer_stop(pid_t pid, int status)
{
	struct ptrace_lwpinfo pl;
	struct ptrace_sc_ret ret;
	uint64_t args[2 * SYSCALL_ARGS]; /* syscallarg_t, which not every 13 has */
	uint8_t has = 0, length, narg;

	if (!WIFSTOPPED(status) || ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)) != 0) {
		if (!WIFSTOPPED(status))
			remove_tracee(pid);
		else if (note_failure(pid)) {
			add_tracee(pid)->stopped = true;
			reply_failure();
			return (true);
		}
		begin_reply(REQ_WAIT);
		reply32(0);
		reply32((uint32_t)pid);
		reply32((uint32_t)status);
		end_reply();
		return (true);
	}
	bool signaled = is_signal_stop(status, &pl);
	bool entry = !signaled && (pl.pl_flags & (PL_FLAG_SCE | PL_FLAG_EXITED)) == PL_FLAG_SCE;
	if (entry && passes_over(pid, pl.pl_syscall_code))
		return (false);
	struct tracee *t = add_tracee(pid);
	t->stopped = true;
	t->signal = signaled ? WSTOPSIG(status) : 0;
	if ((pl.pl_flags & PL_FLAG_CHILD) != 0)
		memset(t->quiet, 0, sizeof(t->quiet));
	note_child(&pl);
	narg = (uint8_t)(pl.pl_syscall_narg < SYSCALL_ARGS ? pl.pl_syscall_narg : SYSCALL_ARGS);
	memset(args, 0, sizeof(args));
	if (entry && (narg == 0 || ptrace(PT_GET_SC_ARGS, pid, (caddr_t)args, sizeof(args)) == 0))
		has |= HAS_ARGUMENTS;
	else if (entry)
		note_failure(pid);
	if ((pl.pl_flags & (PL_FLAG_SCX | PL_FLAG_CHILD | PL_FLAG_BORN)) == PL_FLAG_SCX) {
		if (ptrace(PT_GET_SC_RET, pid, (caddr_t)&ret, sizeof(ret)) == 0)
			has |= HAS_RESULT;
		else
			note_failure(pid);
	}
	if (failed_error != 0) {
		reply_failure(); /* an answer without them would be a wrong one */
		return (true);
	}
	if (signaled)
		has |= HAS_SIGNAL;
	if ((pl.pl_flags & PL_FLAG_FORKED) != 0)
		has |= HAS_CHILD;
	begin_reply(REQ_WAIT);
	reply32(0);
	reply32((uint32_t)pid);
	reply32((uint32_t)status);
	reply32((uint32_t)pl.pl_lwpid);
	reply32((uint32_t)pl.pl_flags);
	reply32(pl.pl_syscall_code);
	length = (uint8_t)strnlen(pl.pl_tdname, sizeof(pl.pl_tdname));
	reply_bytes(&length, 1);
	reply_bytes(pl.pl_tdname, length);
	reply_bytes(&has, 1);
	if ((has & HAS_ARGUMENTS) != 0) {
		reply_bytes(&narg, 1);
		for (int i = 0; i < narg; i++)
			reply64(args[i]);
	}
	if ((has & HAS_RESULT) != 0) {
		reply32((uint32_t)ret.sr_error);
		reply64((uint64_t)ret.sr_retval[0]);
	}
	if ((has & HAS_SIGNAL) != 0) {
		reply32((uint32_t)pl.pl_siginfo.si_signo);
		reply32((uint32_t)pl.pl_siginfo.si_code);
		reply32((uint32_t)pl.pl_siginfo.si_pid);
		for (int i = 0; i < 4; i++)
			reply32(pl.pl_sigmask.__bits[i]);
	}
	if ((has & HAS_CHILD) != 0)
		reply32((uint32_t)pl.pl_child_pid);
	end_reply();
	return (true);
}

static void
answer_process(pid_t pid)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid };
	struct kinfo_proc kp;
	size_t length = sizeof(kp);

	memset(&kp, 0, sizeof(kp));
	if (sysctl(mib, 4, &kp, &length, NULL, 0) != 0 || length < sizeof(kp)) {
		reply_error(REQ_PROCESS, ESRCH);
		return;
	}
	begin_reply(REQ_PROCESS);
	reply32(0);
	reply32((uint32_t)kp.ki_ppid);
	reply32((uint32_t)kp.ki_uid);
	reply32((uint32_t)kp.ki_cr_flags);
	for (int i = 0; i < 4; i++)
		reply32(kp.ki_sigignore.__bits[i]);
	for (int i = 0; i < 4; i++)
		reply32(kp.ki_sigcatch.__bits[i]);
	reply_string(kp.ki_comm, sizeof(kp.ki_comm));
	reply_string(kp.ki_emul, sizeof(kp.ki_emul));
	end_reply();
}

/*
 * A sysctl(3) of a size that is not known before, in room that is kept, so that one call is enough.
 * NULL with errno set if it fails.
 */
static const char *
sysctl_all(int *mib, u_int count, size_t *length)
{
	static char *buffer;
	static size_t room;

	for (;;) {
		*length = room;
		if (room > 0 && sysctl(mib, count, buffer, length, NULL, 0) == 0)
			return (buffer);
		if ((room > 0 && errno != ENOMEM) || room > MAX_REPLY)
			return (NULL);
		free(buffer);
		room = room == 0 ? 1 << 16 : 2 * room;
		buffer = malloc(room);
		if (buffer == NULL) {
			room = 0;
			errno = ENOMEM;
			return (NULL);
		}
	}
}

static void
answer_descriptors(pid_t pid)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_FILEDESC, pid };
	struct kinfo_file kf;
	size_t length, at;
	const char *buffer = sysctl_all(mib, 4, &length);

	if (buffer == NULL) {
		reply_error(REQ_DESCRIPTORS, errno);
		return;
	}
	begin_reply(REQ_DESCRIPTORS);
	reply32(0);
	for (at = 0; at + offsetof(struct kinfo_file, kf_path) <= length;) {
		/* Each is cut behind its path. */
		memset(&kf, 0, sizeof(kf));
		memcpy(&kf, buffer + at, offsetof(struct kinfo_file, kf_path));
		size_t size = (size_t)kf.kf_structsize;
		if (kf.kf_structsize <= 0 || size > length - at)
			break;
		memcpy(&kf, buffer + at, size < sizeof(kf) ? size : sizeof(kf));
		if (reply_length + sizeof(kf) > MAX_REPLY)
			break;
		bool socket = kf.kf_type == KF_TYPE_SOCKET;
		uint32_t state = 0;
		if (socket && kf.kf_un.kf_sock.kf_sock_domain0 == AF_UNIX) {
			const char *local = (const char *)&kf.kf_un.kf_sock.kf_sa_local;
			if (local[SUN_PATH] != '\0')
				state |= SOCKET_NAMED;
			if (kf.kf_un.kf_sock.kf_sock_unpconn != 0)
				state |= SOCKET_CONNECTED;
		}
		reply32((uint32_t)kf.kf_fd);
		reply32((uint32_t)kf.kf_type);
		reply32(kf.kf_type == KF_TYPE_VNODE ? (uint32_t)kf.kf_un.kf_file.kf_file_type : 0);
		reply32(socket ? (uint32_t)kf.kf_un.kf_sock.kf_sock_domain0 : 0);
		reply32(socket ? (uint32_t)kf.kf_un.kf_sock.kf_sock_type0 : 0);
		reply32(state);
		reply64(kf.kf_cap_rights.cr_rights[0]);
		reply64(kf.kf_cap_rights.cr_rights[1]);
		reply_string(kf.kf_path, sizeof(kf.kf_path));
		at += size;
	}
	end_reply();
}

static void
answer_children(pid_t parent)
{
	int mib[3] = { CTL_KERN, KERN_PROC, KERN_PROC_PROC };
	size_t length;
	const char *buffer = sysctl_all(mib, 3, &length);

	if (buffer == NULL) {
		reply_error(REQ_CHILDREN, errno);
		return;
	}
	begin_reply(REQ_CHILDREN);
	reply32(0);
	for (size_t at = 0; at + sizeof(struct kinfo_proc) <= length;
	    at += sizeof(struct kinfo_proc)) {
		const struct kinfo_proc *kp = (const struct kinfo_proc *)(void *)(buffer + at);
		if (kp->ki_ppid == parent && kp->ki_pid != parent)
			reply32((uint32_t)kp->ki_pid);
	}
	end_reply();
}

/* The name of a node of sysctl(3), by its numbers: {0, 1, numbers}, as sysctl(8) asks. */
static void
answer_sysctl_name(const int *numbers, u_int count)
{
	int mib[2 + MAX_MIB] = { 0, 1 };
	char name[1024];
	size_t length = sizeof(name);

	memcpy(mib + 2, numbers, count * sizeof(*numbers));
	if (sysctl(mib, count + 2, name, &length, NULL, 0) != 0) {
		reply_error(REQ_SYSCTL_NAME, errno);
		return;
	}
	begin_reply(REQ_SYSCTL_NAME);
	reply32(0);
	reply_string(name, length);
	end_reply();
}

/*
 * The kernel's own messages would be in the stream if it comes over the console's line. Both what
 * the system is asked here and what it is told is best effort: only root may mute it.
 */
static void
mute_console(bool mute)
{
	static bool muted;
	char consoles[256] = "";
	size_t length = sizeof(consoles) - 1;
	const char *line = ttyname(STDIN_FILENO);
	int is_mute = 1, value = mute;

	if (!mute) {
		if (muted)
			sysctlbyname("kern.consmute", NULL, NULL, &value, sizeof(value));
		muted = false;
		return;
	}
	if (line == NULL || strncmp(line, "/dev/", 5) != 0 ||
	    sysctlbyname("kern.console", consoles, &length, NULL, 0) != 0)
		return;
	/* "ttyu0,ttyv0,/ttyu0,ttyv0,gdb,": those in use, then those there are. */
	char *end = strstr(consoles, ",/");
	if (end == NULL)
		return;
	*end = '\0';
	bool ours = strcmp(line + 5, "console") == 0;
	for (char *name = strtok(consoles, ","); name != NULL; name = strtok(NULL, ","))
		ours |= strcmp(line + 5, name) == 0;
	length = sizeof(is_mute);
	if (ours && sysctlbyname("kern.consmute", &is_mute, &length, NULL, 0) == 0 && is_mute == 0)
		muted = sysctlbyname("kern.consmute", NULL, NULL, &value, sizeof(value)) == 0;
}

static uint32_t
may_debug(void)
{
	int value = 1;
	size_t length = sizeof(value);

	sysctlbyname("security.bsd.unprivileged_proc_debug", &value, &length, NULL, 0);
	return (value != 0 || geteuid() == 0);
}

static uint32_t
os_release(void)
{
	int value = 0;
	size_t length = sizeof(value);

	sysctlbyname("kern.osreldate", &value, &length, NULL, 0);
	return ((uint32_t)value);
}

#else /* !__FreeBSD__ */

static void
detach_all(void)
{
	tracee_count = 0;
}

static int
attach(pid_t pid)
{
	(void)pid;
	return (ENOSYS);
}

static int
set_events(pid_t pid, int events)
{
	(void)pid;
	(void)events;
	return (-1);
}

static int
ptrace(int request, pid_t pid, void *address, int data)
{
	(void)request;
	(void)pid;
	(void)address;
	(void)data;
	return (-1);
}

static void
become_traced(int report)
{
	(void)report;
}

static int
wait_for_child(pid_t pid, int report)
{
	int error;

	/* The other end is closed by a successful exec. */
	if (read(report, &error, sizeof(error)) != sizeof(error))
		return (0);
	waitpid(pid, NULL, 0);
	remove_tracee(pid);
	return (error);
}

static size_t
read_memory(pid_t pid, uint64_t address, uint8_t *into, size_t length)
{
	(void)pid;
	(void)address;
	(void)into;
	(void)length;
	return (0);
}

static bool
answer_stop(pid_t pid, int status)
{
	remove_tracee(pid);
	begin_reply(REQ_WAIT);
	reply32(0);
	reply32((uint32_t)pid);
	reply32((uint32_t)status);
	end_reply();
	return (true);
}

static void
mute_console(bool mute)
{
	(void)mute;
}

static void
answer_process(pid_t pid)
{
	(void)pid;
	reply_error(REQ_PROCESS, ENOSYS);
}

static void
answer_descriptors(pid_t pid)
{
	(void)pid;
	reply_error(REQ_DESCRIPTORS, ENOSYS);
}

static void
answer_children(pid_t parent)
{
	(void)parent;
	reply_error(REQ_CHILDREN, ENOSYS);
}

static void
answer_sysctl_name(const int *numbers, unsigned count)
{
	(void)numbers;
	(void)count;
	reply_error(REQ_SYSCTL_NAME, ENOSYS);
}

static uint32_t
may_debug(void)
{
	return (0);
}

static uint32_t
os_release(void)
{
	return (0);
}

#endif /* __FreeBSD__ */

/* --- Requests -------------------------------------------------------------------------------- */

/* The file that a name stands for, as execvp(3) finds it; an error number if there is none. */
static int
find_program(const char *name, char *path, size_t size)
{
	const char *list = getenv("PATH");
	int error = ENOENT;
	struct stat st;

	if (strchr(name, '/') != NULL) {
		if (snprintf(path, size, "%s", name) >= (int)size)
			return (ENAMETOOLONG);
		return (0);
	}
	if (list == NULL)
		list = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";
	for (;;) {
		size_t length = strcspn(list, ":");
		int n = length == 0 ? snprintf(path, size, "%s", name) :
		    snprintf(path, size, "%.*s/%s", (int)length, list, name);
		if (name[0] != '\0' && n < (int)size && stat(path, &st) == 0 &&
		    S_ISREG(st.st_mode)) {
			if (access(path, X_OK) == 0)
				return (0);
			error = EACCES;
		}
		if (list[length] == '\0')
			return (error);
		list += length + 1;
	}
}

static void
spawn(void)
{
	size_t count = take32();
	char **argv, **script, path[PATH_MAX];
	int error, report[2] = { -1, -1 };
	pid_t pid = -1;

	if (count == 0 || count > MAX_ARGUMENTS)
		give_up("a program with %zu arguments", count);
	argv = calloc(count + 1, sizeof(*argv));
	script = calloc(count + 2, sizeof(*script));
	if (argv == NULL || script == NULL)
		give_up("out of memory");
	for (size_t i = 0; i < count; i++)
		argv[i] = take_string();
	script[0] = (char *)(uintptr_t)"sh";
	script[1] = path;
	memcpy(script + 2, argv + 1, count * sizeof(*argv));
	error = find_program(argv[0], path, sizeof(path));
	if (error == 0 && pipe(report) != 0)
		error = errno;
	if (error == 0) {
		/* Out of the way of the program's own descriptors, and closed by its exec. */
		for (int i = 0; i < 2; i++) {
			int fd = fcntl(report[i], F_DUPFD_CLOEXEC, 3);
			close(report[i]);
			report[i] = fd;
		}
		pid = fork();
		if (pid < 0)
			error = errno;
	}
	if (pid == 0) {
		sigaction(SIGPIPE, &saved_sigpipe, NULL);
		sigaction(SIGALRM, &saved_sigalrm, NULL);
		sigaction(SIGCHLD, &saved_sigchld, NULL);
		for (int i = 0; i < 3; i++)
			if (dup2(program_io[i], i) < 0)
				_exit(127);
		/* The line is not its controlling terminal: /dev/tty and uprintf(9) lead to that. */
		if (tty_saved)
			setsid();
		become_traced(report[1]);
		execve(path, argv, environ);
		if (errno == ENOEXEC) /* as execvp(3), and so ktrace(1), does */
			execve("/bin/sh", script, environ);
		error = errno;
		if (write(report[1], &error, sizeof(error)) < 0)
			_exit(126);
		_exit(127);
	}
	if (report[1] >= 0)
		close(report[1]);
	if (error == 0) {
		add_tracee(pid);
		error = wait_for_child(pid, report[0]);
	}
	if (report[0] >= 0)
		close(report[0]);
	for (size_t i = 0; i < count; i++)
		free(argv[i]);
	free(argv);
	free(script);
	begin_reply(REQ_SPAWN);
	reply32((uint32_t)error);
	reply32((uint32_t)pid);
	end_reply();
}

/* Waits for the next stop or exit, but no longer than until the next request comes. */
static void
wait_for_stop(void)
{
	int status;

	if (failed_error != 0) {
		reply_failure();
		return;
	}
	for (;;) {
		pid_t pid = wait4(-1, &status, 0, NULL);
		if (pid >= 0 && answer_stop(pid, status))
			return;
		int error = pid >= 0 ? 0 : errno;
		check_ending();
		if (pid < 0 && error != EINTR) {
			tracee_count = 0;
			reply_error(REQ_WAIT, error);
			return;
		}
		bool look = pid < 0 || ticked != 0;
		ticked = 0;
		if (look && input_waits()) {
			reply_error(REQ_WAIT, EINTR);
			return;
		}
	}
}

static void
resume(pid_t pid, int request, int sig)
{
	struct tracee *t = find_tracee(pid);

	if (t == NULL || !t->stopped)
		return; /* killed meanwhile */
	/* A process that is gone is not there any more; one that was not moved stands where it stood. */
	t->stopped = ptrace(request, pid, (caddr_t)1, sig) != 0 && errno != ESRCH;
	if (t->stopped)
		note_failure(pid);
}

/* The calls at whose entry a process goes on by itself, whether it runs now or stands. */
static void
set_quiet(pid_t pid, size_t length)
{
	struct tracee *t = find_tracee(pid);
	const uint8_t *calls = take(length);

	if (length > sizeof(t->quiet))
		give_up("%zu bytes of system calls", length);
	if (t != NULL) {
		memset(t->quiet, 0, sizeof(t->quiet));
		memcpy(t->quiet, calls, length);
	}
}

static void
answer_read(pid_t pid, uint64_t address, size_t length)
{
	static uint8_t buffer[MAX_READ];
	struct tracee *t = find_tracee(pid);

	if (length > sizeof(buffer))
		give_up("%zu bytes asked for", length);
	if (t == NULL || !t->stopped)
		length = 0;
	length = read_memory(pid, address, buffer, length);
	begin_reply(REQ_READ);
	reply32(0);
	reply_bytes(buffer, length);
	end_reply();
}

static void
answer_lstat(const char *path)
{
	struct stat st;

	begin_reply(REQ_LSTAT);
	if (lstat(path, &st) != 0)
		reply32((uint32_t)errno);
	else {
		reply32(0);
		reply32((uint32_t)st.st_mode);
	}
	end_reply();
}

static void
answer_readlink(const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	begin_reply(REQ_READLINK);
	reply32(n < 0 ? (uint32_t)errno : 0);
	if (n >= 0)
		reply_bytes(target, (size_t)n);
	end_reply();
}

/* A part of a regular file; anything else is not opened, as that might block or be noticed. */
static void
answer_file(const char *path, uint64_t offset, size_t length)
{
	static uint8_t buffer[MAX_READ];
	struct stat st;
	ssize_t n = -1;
	int fd, error;

	if (length > sizeof(buffer))
		give_up("%zu bytes asked for", length);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		error = EINVAL;
	else {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0)
			n = pread(fd, buffer, length, (off_t)offset);
		error = errno;
		if (fd >= 0)
			close(fd);
	}
	begin_reply(REQ_FILE);
	reply32(n < 0 ? (uint32_t)error : 0);
	if (n > 0)
		reply_bytes(buffer, (size_t)n);
	end_reply();
}

static void
answer_entries(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (directory == NULL) {
		reply_error(REQ_ENTRIES, errno);
		return;
	}
	begin_reply(REQ_ENTRIES);
	reply32(0);
	while ((entry = readdir(directory)) != NULL && reply_length < MAX_REPLY - 4096)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			reply_string(entry->d_name, sizeof(entry->d_name));
	closedir(directory);
	end_reply();
}

/* Performs one request; false when there is none to come. */
static bool
perform(enum request type)
{
	struct tracee *t;
	char *path;
	pid_t pid;

	switch (type) {
	case REQ_SPAWN:
		spawn();
		break;
	case REQ_ATTACH:
		reply_error(type, attach((pid_t)take32()));
		break;
	case REQ_EVENTS:
		pid = (pid_t)take32();
		t = find_tracee(pid);
		int events = (int)take32();
		if (t != NULL && t->stopped && set_events(pid, events) != 0)
			note_failure(pid);
		break;
	case REQ_RESUME: {
		pid = (pid_t)take32();
		int request = (int)take32();
		int sig = (int)take32();
#ifdef __FreeBSD__
		if (request != PT_CONTINUE && request != PT_TO_SCE && request != PT_TO_SCX &&
		    request != PT_SYSCALL)
			give_up("resume by request %d", request);
#endif
		resume(pid, request, sig);
		break;
	}
	case REQ_WAIT:
		wait_for_stop();
		break;
	case REQ_READ: {
		pid = (pid_t)take32();
		uint64_t address = take64();
		answer_read(pid, address, take32());
		break;
	}
	case REQ_PROCESS:
		answer_process((pid_t)take32());
		break;
	case REQ_DESCRIPTORS:
		answer_descriptors((pid_t)take32());
		break;
	case REQ_KILL: {
		pid = (pid_t)take32();
		int sig = (int)take32();
		if (find_tracee(pid) != NULL)
			kill(pid, sig);
		break;
	}
	case REQ_LSTAT:
		path = take_string();
		answer_lstat(path);
		free(path);
		break;
	case REQ_READLINK:
		path = take_string();
		answer_readlink(path);
		free(path);
		break;
	case REQ_FILE: {
		path = take_string();
		uint64_t offset = take64();
		answer_file(path, offset, take32());
		free(path);
		break;
	}
	case REQ_ENTRIES:
		path = take_string();
		answer_entries(path);
		free(path);
		break;
	case REQ_CHILDREN:
		answer_children((pid_t)take32());
		break;
	case REQ_QUIET:
		pid = (pid_t)take32();
		set_quiet(pid, take32());
		break;
	case REQ_SYSCTL_NAME: {
		int numbers[MAX_MIB];
		size_t count = take32();
		if (count > MAX_MIB)
			give_up("a name of sysctl of %zu numbers", count);
		for (size_t i = 0; i < count; i++)
			numbers[i] = (int)take32();
		answer_sysctl_name(numbers, (unsigned)count);
		break;
	}
	case REQ_END:
		detach_all();
		reply_error(type, 0);
		return (false);
	default:
		give_up("request %d is not known", (int)type);
	}
	if (request_left != 0)
		give_up("a request is too long");
	return (true);
}

static void
greet(void)
{
	struct utsname name;
	uint8_t magic[MAGIC_SIZE] = { 0 };

	/* A line may bring something before it: the rest of what was typed to start the stub. */
	for (unsigned skipped = 0; memcmp(magic, MAGIC, MAGIC_SIZE - 1) != 0; skipped++) {
		memmove(magic, magic + 1, MAGIC_SIZE - 1);
		if (skipped == MAX_NOISE || !get_bytes(magic + MAGIC_SIZE - 1, 1))
			give_up(skipped == 0 ? "nobody is there" :
			    "the other end does not speak capemu's protocol");
	}
	/* The answer goes out in any case: the other end can say which version it wants. */
	put_bytes(MAGIC, MAGIC_SIZE);
	if (magic[MAGIC_SIZE - 1] != (uint8_t)MAGIC[MAGIC_SIZE - 1])
		give_up("the other end speaks version %d of the protocol, not %d",
		    magic[MAGIC_SIZE - 1], MAGIC[MAGIC_SIZE - 1]);
	memset(&name, 0, sizeof(name));
	uname(&name);
	begin_reply(0);
	reply32(0);
	reply32(os_release());
	reply32(may_debug());
	reply_string(name.sysname, sizeof(name.sysname));
	reply_string(name.machine, sizeof(name.machine));
	end_reply();
}

static void
serve(void)
{
	static uint8_t request[MAX_REQUEST];
	uint8_t head[5];

	greet();
	while (get_bytes(head, sizeof(head))) {
		size_t length = decode32(head);
		if (memcmp(head, MAGIC, sizeof(head)) == 0)
			length = MAGIC_SIZE - 4; /* it greets until it is answered */
		if (length < 1 || length > sizeof(request))
			give_up("a request of %zu bytes", length);
		request_at = request;
		request_left = length - 1;
		if (request_left > 0 && !get_bytes(request, request_left))
			give_up("the stream ends within a request");
		if (memcmp(head, MAGIC, sizeof(head)) != 0 && !perform((enum request)head[4]))
			return;
	}
	if (tracee_count > 0)
		give_up("the stream ends");
}

/* --- The program's own input and output ------------------------------------------------------ */

/* A descriptor above those that the program gets, from a number or a file's name. */
static int
open_io(const char *what, int flags)
{
	char *end;
	long number = strtol(what, &end, 10);
	int fd, high;

	if (*what != '\0' && *end == '\0' && number >= 0 && number <= INT_MAX) {
		fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
		if (fd < 0) {
			fprintf(stderr, "capemu-stub: descriptor %s: %s\n", what, strerror(errno));
			exit(2);
		}
		if (number > STDERR_FILENO)
			fcntl((int)number, F_SETFD, FD_CLOEXEC);
		return (fd);
	}
	fd = open(what, flags | O_CLOEXEC | O_NOCTTY, 0666);
	high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (high < 0) {
		fprintf(stderr, "capemu-stub: %s: %s\n", what, strerror(errno));
		exit(2);
	}
	close(fd);
	return (high);
}

/* True if what is written to standard error would be in the stream. */
static bool
stderr_is_stream(void)
{
	struct stat out, err;

	return (fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
	    out.st_dev == err.st_dev && out.st_ino == err.st_ino && out.st_rdev == err.st_rdev &&
	    (out.st_mode & S_IFMT) == (err.st_mode & S_IFMT));
}

int
main(int argc, char **argv)
{
	static const char *const options[3] = { "--stdin", "--stdout", "--stderr" };
	const char *output = stderr_is_stream() ? "/dev/null" : "2";
	const char *given[3] = { "/dev/null", output, output };

	for (int i = 1; i < argc; i++) {
		int n = 0;
		while (n < 3 && strcmp(argv[i], options[n]) != 0)
			n++;
		if (n == 3 || i + 1 == argc) {
			fprintf(stderr, "usage: capemu-stub [--stdin fd|file] [--stdout fd|file] "
			    "[--stderr fd|file]\n");
			return (2);
		}
		given[n] = argv[++i];
	}
	for (int n = 0; n < 3; n++)
		program_io[n] = open_io(given[n],
		    n == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC);
	set_up_signals();
	set_up_tty();
	serve();
	restore_tty();
	return (0);
}
