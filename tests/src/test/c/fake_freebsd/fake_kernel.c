/*
 * A kernel that plays the transcript named by FAKE_TRANSCRIPT, as src/ptrec.c of the captures wrote
 * it. What is asked of it wrongly ends the stub with a message, unless FAKE_LENIENT is set. From the
 * stop numbered FAKE_REFUSED on, the first being 0, every request of ptrace(2) fails with EPERM, as
 * while security.bsd.unprivileged_proc_debug is 0. At the end the file named by FAKE_COUNT has how
 * many calls of ptrace(2), wait4(2) and sysctl(3) were made, how many entries of system calls there
 * were, how the console was muted (2) and let speak again (1), and a line for each process:
 * detached, gone, killed, or left to be killed by the kernel when the stub ends.
 */
#include "freebsd.h"


struct memory { uint64_t address; size_t length; uint8_t *bytes; };
struct file { int fd, type; uint64_t rights[2]; char path[256]; };

/* One stop, or exit, with everything the transcript says up to the next. */
struct moment {
	pid_t pid;
	int status, known, resumed_with, error;
	struct ptrace_lwpinfo pl;
	uint64_t args[16], retval;
	struct memory memory[16];
	int memories;
	char comm[32], emul[32];
	struct file files[32];
	int file_count;
};

struct process {
	pid_t pid;
	int events, running, signal, stop_sent, detached_with;
	const struct moment *facts;
};

enum { DETACHED = 2, GONE = 3, KILLED = 4 };

static struct moment stopping; /* by a SIGSTOP of the stub's */
static struct moment *moments;
static int moment_count, next_moment, entries, calls, mutings, stops;
static const struct moment *now;
static struct process processes[256];

static void
wrong(const char *what, pid_t pid)
{
	if (getenv("FAKE_LENIENT") != NULL)
		return; /* anything may be asked of it */
	fprintf(stderr, "fake kernel: %s, pid %d\n", what, pid);
	_exit(70);
}

static size_t
unhex(const char *hex, uint8_t *into)
{
	size_t n = 0;

	for (; sscanf(hex, "%2hhx", into + n) == 1; hex += 2)
		n++;
	return (n);
}

static void
count_calls(void)
{
	FILE *f = fopen(getenv("FAKE_COUNT"), "w");

	if (f != NULL) {
		fprintf(f, "%d %d %d\n", calls, entries, mutings);
		for (int i = 0; processes[i].pid != 0; i++)
			if (processes[i].running == DETACHED)
				fprintf(f, "detached %d\n", processes[i].detached_with);
			else if (processes[i].running == KILLED)
				fprintf(f, "killed %d\n", processes[i].pid);
			else if (processes[i].running == 1 || processes[i].facts != NULL)
				fprintf(f, "%s %d\n", processes[i].running == GONE ? "gone" :
				    "left", processes[i].pid);
		fclose(f);
	}
}

static void
load(void)
{
	FILE *in = fopen(getenv("FAKE_TRANSCRIPT"), "r");
	char *line = NULL, word[16];
	size_t room = 0;
	int at, pid;

	if (in == NULL)
		wrong("no transcript", 0);
	moments = calloc(4096, sizeof(*moments));
	while (getline(&line, &room, in) > 0) {
		struct moment *m = &moments[moment_count - 1];
		if (sscanf(line, "%15s %d %n", word, &pid, &at) < 2)
			continue;
		char *rest = line + at;
		rest[strcspn(rest, "\n")] = '\0';
		if (strcmp(word, "wait") == 0) {
			m = &moments[moment_count++];
			m->pid = pid;
			m->status = atoi(rest);
		} else if (strcmp(word, "lwpinfo") == 0) {
			m->known = unhex(rest, (uint8_t *)&m->pl) == sizeof(m->pl);
		} else if (strcmp(word, "args") == 0) {
			char *p = rest;
			int n = (int)strtol(p, &p, 10);
			for (int i = 0; i < n && i < 16; i++)
				m->args[i] = strtoull(p, &p, 10);
		} else if (strcmp(word, "mem") == 0 && m->memories < 16) {
			struct memory *memory = &m->memory[m->memories++];
			char *p;
			memory->address = strtoull(rest, &p, 10);
			memory->bytes = calloc(1, strlen(p) / 2 + 1);
			memory->length = unhex(p + 1, memory->bytes);
		} else if (strcmp(word, "ret") == 0) {
			char *p;
			m->retval = (uint64_t)strtoll(rest, &p, 10);
			strtoll(p, &p, 10);
			m->error = atoi(p);
		} else if (strcmp(word, "comm") == 0) {
			sscanf(rest, "%31s %31[^\n]", m->comm, m->emul);
		} else if (strcmp(word, "fd") == 0 && m->file_count < 32) {
			struct file *f = &m->files[m->file_count++];
			sscanf(rest, "%d %d %lx %lx %255s", &f->fd, &f->type, &f->rights[0],
			    &f->rights[1], f->path);
		} else if (strcmp(word, "resume") == 0) {
			m->resumed_with = atoi(strchr(rest, ' ') + 1);
		}
	}
	fclose(in);
	free(line);
	atexit(count_calls);
}

static struct process *
find(pid_t pid)
{
	int i = 0;

	while (processes[i].pid != 0 && processes[i].pid != pid)
		i++;
	if (i == sizeof(processes) / sizeof(processes[0]) - 1) {
		memset(&processes[i], 0, sizeof(processes[i])); /* the last stays free */
		return (&processes[i]);
	}
	processes[i].pid = pid;
	return (&processes[i]);
}

static int
is_signal(const struct moment *m)
{
	return ((m->pl.pl_flags & PL_FLAG_SI) != 0 ||
	    (WSTOPSIG(m->status) != 5 && (m->pl.pl_flags & PL_FLAG_CHILD) == 0));
}

pid_t
fake_fork(void)
{
	load();
	find(moments[0].pid)->running = 1;
	return (moments[0].pid);
}

pid_t
fake_wait4(pid_t pid, int *status, int options, void *rusage)
{
	(void)options;
	(void)rusage;
	if (pid > 0) { /* a child that asked to be traced and stopped itself */
		find(pid)->running = 0;
		find(pid)->facts = &moments[0];
		*status = SIGSTOP << 8 | 0x7f;
		return (pid);
	}
	calls++;
	for (int i = 0; processes[i].pid != 0; i++)
		if (processes[i].running != 1)
			continue;
		else if (processes[i].stop_sent == 2) {
			processes[i].stop_sent = 0;
			processes[i].running = 0;
			stopping.pl.pl_flags = PL_FLAG_SI;
			now = &stopping;
			*status = SIGSTOP << 8 | 0x7f;
			return (processes[i].pid);
		} else if (processes[i].stop_sent == 1)
			processes[i].stop_sent = 2; /* after what comes before it */
	while (next_moment < moment_count) {
		const struct moment *m = &moments[next_moment++];
		struct process *p = find(m->pid);
		if (p->running == DETACHED || p->running == GONE || p->running == KILLED)
			continue;
		*status = m->status;
		if (m->comm[0] != '\0')
			p->facts = m;
		if (!WIFSTOPPED(m->status)) {
			p->running = GONE;
			return (m->pid);
		}
		if ((m->pl.pl_flags & PL_FLAG_FORKED) != 0 && find(m->pl.pl_child_pid)->facts == NULL)
			find(m->pl.pl_child_pid)->running = 1; /* it has yet to stop */
		if (p->facts == NULL || (m->pl.pl_flags & PL_FLAG_CHILD) != 0)
			p->running = 1;
		if (!p->running) {
			wrong("stopped twice", m->pid);
			continue;
		}
		if (is_signal(m) && m->resumed_with == 0)
			continue; /* that tracer swallowed it */
		if ((m->pl.pl_flags & PL_FLAG_SCX) != 0 && (p->events & PTRACE_SCX) == 0 &&
		    (m->pl.pl_flags &
		    (PL_FLAG_EXEC | PL_FLAG_FORKED | PL_FLAG_CHILD | PL_FLAG_BORN)) == 0)
			continue;
		p->running = 0;
		p->signal = is_signal(m) ? WSTOPSIG(m->status) : 0;
		stops++;
		entries += (m->pl.pl_flags & PL_FLAG_SCE) != 0 && !is_signal(m);
		now = m;
		return (m->pid);
	}
	/* The transcript is over: what runs ends, what stands stands. */
	errno = ECHILD;
	for (int i = 0; processes[i].pid != 0; i++)
		if (processes[i].running == 1) {
			processes[i].running = GONE;
			*status = 0;
			return (processes[i].pid);
		} else if (processes[i].running == 0 && processes[i].facts != NULL)
			errno = EINTR;
	return (-1);
}

int
fake_ptrace(int request, pid_t pid, caddr_t address, int data)
{
	struct process *p = find(pid);

	const char *refused = getenv("FAKE_REFUSED");

	calls++;
	if (refused != NULL && stops >= atoi(refused)) {
		errno = EPERM;
		return (-1);
	}
	if (p->running) {
		errno = p->running == GONE ? ESRCH : p->running == DETACHED ? EPERM : EBUSY;
		return (-1);
	}
	switch (request) {
	case PT_LWPINFO:
		if (data != sizeof(now->pl))
			wrong("size of ptrace_lwpinfo", pid);
		memcpy(address, &now->pl, sizeof(now->pl));
		return (0);
	case PT_GET_SC_ARGS:
		memcpy(address, now->args, (size_t)data < sizeof(now->args) ? (size_t)data : sizeof(now->args));
		return (0);
	case PT_GET_SC_RET: {
		struct ptrace_sc_ret ret = { { now->retval, 0 }, now->error };
		memcpy(address, &ret, (size_t)data);
		return (0);
	}
	case PT_IO: {
		struct ptrace_io_desc *io = (void *)address;
		for (int i = 0; i < now->memories; i++) {
			const struct memory *m = &now->memory[i];
			uint64_t at = (uint64_t)io->piod_offs - m->address;
			if (at >= m->length)
				continue;
			/* Behind what the transcript has there are zeros. */
			memset(io->piod_addr, 0, io->piod_len);
			memcpy(io->piod_addr, m->bytes + at,
			    io->piod_len < m->length - at ? io->piod_len : m->length - at);
			return (0);
		}
		errno = EFAULT;
		return (-1);
	}
	case PT_SET_EVENT_MASK:
		memcpy(&p->events, address, sizeof(p->events));
		return (0);
	case PT_TO_SCX:
	case PT_SYSCALL:
	case PT_TO_SCE:
	case PT_CONTINUE:
		if (data < 0 || data > 128) {
			errno = EINVAL;
			return (-1);
		}
		if (request == PT_TO_SCX || request == PT_SYSCALL)
			p->events |= PTRACE_SCX;
		if (address != (caddr_t)1)
			wrong("moved to another address", pid);
		if (data != p->signal)
			wrong("not its signal", pid);
		p->running = 1;
		return (0);
	case PT_DETACH:
		if (data < 0 || data > 128) {
			errno = EINVAL;
			return (-1);
		}
		p->running = DETACHED;
		p->detached_with = data;
		return (0);
	default:
		wrong("unexpected request", pid);
		errno = EINVAL;
		return (-1);
	}
}

int
fake_uname(struct utsname *name)
{
	strcpy(name->sysname, "FreeBSD");
	strcpy(name->machine, "amd64");
	return (0);
}

int
fake_kill(pid_t pid, int sig)
{
	/* A process that stands still is no concern of a SIGKILL's before its tracer ends. */
	if (sig == SIGKILL && getenv("FAKE_REFUSED") != NULL)
		find(pid)->running = KILLED;
	else if (sig != SIGSTOP || find(pid)->running != 1)
		wrong("killed", pid);
	else
		find(pid)->stop_sent = 1;
	return (0);
}

int
sysctl(const int *name, u_int count, void *old, size_t *length, const void *new, size_t new_length)
{
	struct process *p;

	(void)new;
	(void)new_length;
	calls++;
	if (count == 5 && name[0] == 0 && name[1] == 1) {
		*length = (size_t)snprintf(old, *length, "kern.proc.%d", name[4]) + 1;
		return (0);
	}
	if (count != 4 || name[0] != CTL_KERN || name[1] != KERN_PROC) {
		errno = ENOENT;
		return (-1);
	}
	p = find(name[3]);
	if (p->facts == NULL) {
		errno = ESRCH;
		return (-1);
	}
	if (name[2] == KERN_PROC_PID) {
		struct kinfo_proc *kp = old;
		memset(kp, 0, sizeof(*kp));
		kp->ki_pid = p->pid;
		kp->ki_uid = 0;
		kp->ki_ppid = 1;
		for (int i = 0; i < moment_count; i++)
			if (moments[i].pl.pl_child_pid == p->pid)
				kp->ki_ppid = moments[i].pid;
		snprintf(kp->ki_comm, sizeof(kp->ki_comm), "%.19s", p->facts->comm);
		snprintf(kp->ki_emul, sizeof(kp->ki_emul), "%.16s", p->facts->emul);
		*length = sizeof(*kp);
		return (0);
	}
	size_t needed = (size_t)p->facts->file_count * sizeof(struct kinfo_file);
	if (old != NULL) {
		if (*length < needed) {
			errno = ENOMEM;
			return (-1);
		}
		for (int i = 0; i < p->facts->file_count; i++) {
			const struct file *f = &p->facts->files[i];
			struct kinfo_file *kf = (struct kinfo_file *)old + i;
			memset(kf, 0, sizeof(*kf));
			kf->kf_structsize = sizeof(*kf);
			kf->kf_fd = f->fd;
			kf->kf_type = f->type;
			if (f->type == KF_TYPE_SOCKET) { /* local::x is named, local:x connected */
				kf->kf_un.kf_sock.kf_sock_domain0 = AF_UNIX;
				kf->kf_un.kf_sock.kf_sock_type0 = SOCK_STREAM;
				if (strncmp(f->path, "local::", 7) == 0)
					strcpy(kf->kf_un.kf_sock.kf_sa_local + 2, "x");
				else
					kf->kf_un.kf_sock.kf_sock_unpconn = 4096;
			} else
				kf->kf_un.kf_file.kf_file_type =
				    f->path[strlen(f->path) - 1] == '/' ? 2 : 1;
			memcpy(kf->kf_cap_rights.cr_rights, f->rights, sizeof(f->rights));
			snprintf(kf->kf_path, sizeof(kf->kf_path), "%.255s", f->path);
		}
	}
	*length = needed;
	return (0);
}

int
sysctlbyname(const char *name, void *old, size_t *length, const void *new, size_t new_length)
{
	static int muted;
	int value = strcmp(name, "kern.osreldate") == 0 ? 1500068 : 1;

	if (strcmp(name, "kern.console") == 0) {
		/* The line that the stub is on is the console's, if it is on one. */
		snprintf(old, *length, "%s,ttyv0,/ttyv0,gdb,", ttyname(0) + strlen("/dev/"));
		return (0);
	}
	if (strcmp(name, "kern.consmute") == 0) {
		if (new != NULL) {
			if (new_length != sizeof(muted))
				wrong("size of kern.consmute", 0);
			memcpy(&muted, new, sizeof(muted));
			mutings = mutings * 10 + 1 + muted;
		}
		value = muted;
	}
	if (old != NULL)
		memcpy(old, &value, *length < sizeof(value) ? *length : sizeof(value));
	return (0);
}
