/*
 * As much of FreeBSD as capemu_stub.c's own part for it takes, on another system: included before
 * it. Layouts are FreeBSD's only where a transcript brings them.
 */
#ifndef FAKE_FREEBSD_H
#define FAKE_FREEBSD_H
#define _GNU_SOURCE
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#undef __linux__
#define __FreeBSD__ 15

#undef si_pid
#undef SIGSTOP
#define SIGSTOP 17

typedef char *caddr_t_;
#define caddr_t caddr_t_
typedef uint64_t syscallarg_t;

enum {
	PT_TRACE_ME = 0, PT_CONTINUE = 7, PT_ATTACH = 10, PT_DETACH = 11, PT_IO = 12,
	PT_LWPINFO = 13, PT_TO_SCE = 20, PT_TO_SCX = 21, PT_SYSCALL = 22, PT_SET_EVENT_MASK = 26,
	PT_GET_SC_ARGS = 27, PT_GET_SC_RET = 28,
};
enum {
	PL_FLAG_SCE = 0x04, PL_FLAG_SCX = 0x08, PL_FLAG_EXEC = 0x10, PL_FLAG_SI = 0x20,
	PL_FLAG_FORKED = 0x40, PL_FLAG_CHILD = 0x80, PL_FLAG_BORN = 0x100, PL_FLAG_EXITED = 0x200,
};
enum { PTRACE_SCX = 0x04, PIOD_READ_D = 1 };
enum { CTL_KERN = 1, KERN_PROC = 14, KERN_PROC_PID = 1, KERN_PROC_PROC = 8, KERN_PROC_FILEDESC = 33 };
enum { KF_TYPE_VNODE = 1, KF_TYPE_SOCKET = 2 };

struct fake_sigset { uint32_t __bits[4]; };

struct ptrace_lwpinfo {
	int32_t pl_lwpid, pl_event, pl_flags;
	struct fake_sigset pl_sigmask, pl_siglist;
	struct {
		_Alignas(8) int32_t si_signo;
		int32_t si_errno, si_code, si_pid, rest[16];
	} pl_siginfo;
	char pl_tdname[20];
	int32_t pl_child_pid;
	uint32_t pl_syscall_code, pl_syscall_narg;
};
_Static_assert(sizeof(struct ptrace_lwpinfo) == 160, "struct ptrace_lwpinfo");

struct ptrace_sc_ret { syscallarg_t sr_retval[2]; int sr_error; };
struct ptrace_io_desc { int piod_op; void *piod_offs, *piod_addr; size_t piod_len; };

struct kinfo_proc {
	pid_t ki_pid, ki_ppid;
	uid_t ki_uid;
	uint32_t ki_cr_flags;
	struct fake_sigset ki_sigignore, ki_sigcatch;
	char ki_comm[20], ki_emul[17];
};
struct kinfo_file {
	int kf_structsize, kf_type, kf_fd;
	union {
		struct { int kf_file_type; } kf_file;
		struct {
			int kf_sock_domain0, kf_sock_type0;
			char kf_sa_local[128];
			uint64_t kf_sock_unpconn;
		} kf_sock;
	} kf_un;
	struct { uint64_t cr_rights[2]; } kf_cap_rights;
	char kf_path[1024];
};

int fake_ptrace(int, pid_t, caddr_t, int);
pid_t fake_wait4(pid_t, int *, int, void *);
pid_t fake_fork(void);
int fake_kill(pid_t, int);
int fake_uname(struct utsname *);
int sysctl(const int *, u_int, void *, size_t *, const void *, size_t);
int sysctlbyname(const char *, void *, size_t *, const void *, size_t);
#define ptrace fake_ptrace
#define wait4 fake_wait4
#define fork fake_fork
#define kill fake_kill
#define uname fake_uname

#endif
