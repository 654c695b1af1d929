package org.capemu.policy;

import static org.capemu.policy.ArgumentRules.readable;
import static org.capemu.policy.ArgumentRules.readableIfAny;
import static org.capemu.policy.ArgumentRules.readableText;
import static org.capemu.policy.ArgumentRules.readableVector;
import static org.capemu.policy.ArgumentRules.requires;
import static org.capemu.policy.DescriptorRules.descriptor;
import static org.capemu.policy.LookupRule.AT_EACCESS;
import static org.capemu.policy.LookupRule.AT_EMPTY_PATH;
import static org.capemu.policy.LookupRule.AT_REMOVEDIR;
import static org.capemu.policy.LookupRule.AT_RESOLVE_BENEATH;
import static org.capemu.policy.LookupRule.AT_SYMLINK_FOLLOW;
import static org.capemu.policy.LookupRule.AT_SYMLINK_NOFOLLOW;
import static org.capemu.policy.LookupRule.WORKING_DIRECTORY;
import static org.capemu.policy.Namei.CREATE;
import static org.capemu.policy.Namei.DELETE;
import static org.capemu.policy.Namei.EMPTYPATH;
import static org.capemu.policy.Namei.FOLLOW;
import static org.capemu.policy.Namei.RENAME;
import static org.capemu.policy.Namei.WILLBEDIR;
import static org.capemu.policy.Right.*;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What capability mode checks in every system call: capsicum(4) and rights(4) as one table.
 *
 * <p>An entry names a call as kdump(1) does and lists its checks in the kernel's order. Numbers are
 * arguments, counted from 0. Every call that is enabled in capability mode has an entry; of the
 * others those that look a path up, as lookups are recorded for them too.
 */
final class RuleTable {
  private static final Rule[] NOTHING = {};

  private final Map<String, Rule[]> rules = new HashMap<>(512);
  private final boolean strict;
  private final Memory memory;

  /**
   * @param strict with the checks that no kernel records
   * @param memory the layout of the callers' structures
   */
  RuleTable(boolean strict, Memory memory) {
    this.strict = strict;
    this.memory = memory;
    harmless();
    filesByDescriptor();
    lookups();
    sockets();
    events();
    processes();
    capabilities();
    lookupsOfDisabledCalls();
  }

  /** The calls with an entry, as kdump(1) names them. */
  Set<String> names() {
    return rules.keySet();
  }

  /** Null for a call without an entry. */
  Rule[] rulesOf(String name) {
    return rules.get(name);
  }

  /** Whole families with nothing to check. */
  private void harmless() {
    calls("_exit fork vfork rfork pdfork thr_create thr_new thr_exit thr_self thr_kill thr_wake");
    calls("thr_suspend thr_set_name abort2 _umtx_op sched_yield yield sched_getcpu membarrier");
    calls("getpid getppid getpgid getpgrp getsid setsid issetugid");
    calls("getuid geteuid getgid getegid getresuid getresgid getgroups compat14.getgroups");
    calls("setuid seteuid setreuid setresuid setgid setegid setregid setresgid setcred");
    calls("getlogin getloginclass getauid setauid getaudit setaudit getaudit_addr setaudit_addr");
    calls("__mac_get_proc __mac_set_proc");
    calls("getpriority setpriority rtprio rtprio_thread");
    calls("sched_setparam sched_getparam sched_setscheduler sched_getscheduler");
    calls("sched_get_priority_max sched_get_priority_min sched_rr_get_interval");
    calls("getrlimit setrlimit getrlimitusage getrusage compat.getrlimit compat.setrlimit");
    calls("sigaction sigprocmask sigsuspend sigpending sigaltstack sigreturn sigwait sigwaitinfo");
    calls("sigtimedwait sigqueue sigfastblock compat4.sigaction compat4.sigreturn");
    calls("compat.sigaction compat.sigprocmask compat.sigpending compat.sigreturn compat.sigvec");
    calls("compat.sigblock compat.sigsetmask compat.sigsuspend compat.sigstack");
    calls("getcontext setcontext");
    calls("break munmap mprotect madvise mincore minherit msync mlock munlock");
    calls("mlockall munlockall");
    calls("gettimeofday clock_gettime clock_getres nanosleep ntp_gettime getitimer setitimer");
    calls("ktimer_create ktimer_delete ktimer_settime ktimer_gettime ktimer_getoverrun");
    calls("umask sync getdtablesize profil utrace uuidgen getrandom exterrctl");
    calls("compat.getpagesize compat.gethostname compat.gethostid compat4.getdomainname");
    calls("close close_range compat12.closefrom dup dup2 pipe2 compat10.pipe");
    calls("kqueue kqueuex timerfd_create __specialfd");
    calls("aio_return aio_suspend aio_error aio_waitcomplete aio_cancel");
    calls("cap_enter cap_getmode __cap_rights_get cap_ioctls_get cap_fcntls_get");
    calls("posix_fadvise");
    // a module that is not loaded: ENOSYS
    calls("sctp_peeloff sctp_generic_sendmsg sctp_generic_sendmsg_iov sctp_generic_recvmsg");
  }

  /** Files, pipes, and whatever else is used through a descriptor. */
  private void filesByDescriptor() {
    calls("read", descriptor(0, CAP_READ)); // kern_readv
    calls("readv", readableVector(1, 2, memory), descriptor(0, CAP_READ));
    calls("pread compat6.pread", descriptor(0, CAP_PREAD)); // kern_preadv
    calls("preadv", readableVector(1, 2, memory), descriptor(0, CAP_PREAD));
    calls("write", descriptor(0, CAP_WRITE)); // kern_writev
    calls("writev", readableVector(1, 2, memory), descriptor(0, CAP_WRITE));
    calls("pwrite compat6.pwrite", descriptor(0, CAP_PWRITE)); // kern_pwritev
    calls("pwritev", readableVector(1, 2, memory), descriptor(0, CAP_PWRITE));
    calls("lseek compat.lseek compat6.lseek", descriptor(0, CAP_SEEK)); // kern_lseek, to tell too
    calls("ftruncate compat.ftruncate", length(1), descriptor(0, CAP_FTRUNCATE)); // kern_ftruncate
    calls("compat6.ftruncate", length(2), descriptor(0, CAP_FTRUNCATE));
    calls("fsync fdatasync", descriptor(0, CAP_FSYNC)); // kern_fsync
    calls("fstat compat.fstat compat11.fstat", descriptor(0, CAP_FSTAT)); // kern_fstat
    calls("fstatfs compat4.fstatfs compat11.fstatfs", descriptor(0, CAP_FSTATFS)); // kern_fstatfs
    calls("fpathconf", descriptor(0, CAP_FPATHCONF)); // kern_fpathconf
    calls("fchmod", descriptor(0, CAP_FCHMOD));
    calls("fchown", descriptor(0, CAP_FCHOWN));
    calls("fchflags", descriptor(0, CAP_FCHFLAGS));
    calls("futimes", readableIfAny(1, timeSize() * 2), descriptor(0, CAP_FUTIMES));
    calls("futimens", readableIfAny(1, timeSize() * 2), descriptor(0, CAP_FUTIMES));
    calls("flock", descriptor(0, CAP_FLOCK));
    calls(
        "getdirentries compat.getdirentries compat11.getdirentries compat11.getdents",
        descriptor(0, CAP_READ)); // kern_getdirentries
    calls(
        "posix_fallocate",
        requires("offset 1 and length 2 are positive", this::isRange),
        descriptor(0, CAP_PWRITE)); // kern_posix_fallocate
    calls(
        "fspacectl",
        readable(2, 16),
        requires(
            "command 1 is SPACECTL_DEALLOC, flags 3 are 0",
            args -> (int) args[1] == 1 && (int) args[3] == 0),
        descriptor(0, CAP_PWRITE)); // kern_fspacectl
    calls(
        "copy_file_range",
        requires("flags 5 are known", args -> ((int) args[5] & ~0x0080_0000) == 0),
        readableIfAny(1, 8),
        readableIfAny(3, 8),
        descriptor(
            0,
            "CAP_READ, with an offset 1 CAP_PREAD",
            args -> (args[1] == 0 ? CAP_READ : CAP_PREAD).rights()),
        descriptor(
            2,
            "CAP_WRITE, with an offset 3 CAP_PWRITE",
            args -> (args[3] == 0 ? CAP_WRITE : CAP_PWRITE).rights())); // kern_copy_file_range
    calls("mmap compat6.mmap compat.mmap", DescriptorRules.mapped()); // kern_mmap
    calls("fcntl", FcntlRules.kinfo(), FcntlRules.rights(strict));
    calls("ioctl", StrictRules.ioctl(strict)); // kern_ioctl: CAP_IOCTL is not asked, its list is

    calls("extattr_get_fd", readableText(2), descriptor(0, CAP_EXTATTR_GET));
    calls("extattr_set_fd", readableText(2), descriptor(0, CAP_EXTATTR_SET));
    calls("extattr_delete_fd", readableText(2), descriptor(0, CAP_EXTATTR_DELETE));
    calls("extattr_list_fd", descriptor(0, CAP_EXTATTR_LIST));
    calls("__acl_get_fd", descriptor(0, CAP_ACL_GET));
    calls("__acl_set_fd", descriptor(0, CAP_ACL_SET));
    calls("__acl_delete_fd", descriptor(0, CAP_ACL_DELETE));
    calls("__acl_aclcheck_fd", descriptor(0, CAP_ACL_CHECK));
    calls("__mac_get_fd", readable(1, 2 * memory.pointerSize()), descriptor(0, CAP_MAC_GET));
    calls("__mac_set_fd", readable(1, 2 * memory.pointerSize()), descriptor(0, CAP_MAC_SET));

    calls("aio_read aio_readv compat6.aio_read", DescriptorRules.request(0, CAP_PREAD));
    calls("aio_write aio_writev compat6.aio_write", DescriptorRules.request(0, CAP_PWRITE));
    calls(
        "aio_fsync",
        requires(
            "operation 0 is O_SYNC or O_DSYNC",
            args -> (int) args[0] == 0x80 || (int) args[0] == 0x100_0000),
        DescriptorRules.request(1, CAP_FSYNC));
    calls("lio_listio compat6.lio_listio", DescriptorRules.requests(memory));

    calls("kmq_setattr", readableIfAny(1, 8 * memory.pointerSize()), descriptor(0, CAP_EVENT));
    calls("kmq_notify", descriptor(0, CAP_EVENT)); // getmq
    calls("kmq_timedreceive", readableIfAny(4, timeSize()), descriptor(0, CAP_READ)); // getmq_read
    calls("kmq_timedsend", readableIfAny(4, timeSize()), descriptor(0, CAP_WRITE)); // getmq_write
    calls("timerfd_gettime", descriptor(0, CAP_WRITE)); // kern_timerfd_gettime asks for no less
    calls(
        "timerfd_settime",
        readable(2, 2 * timeSize()),
        requires("flags 1 are known", args -> ((int) args[1] & ~0x3) == 0),
        descriptor(0, CAP_WRITE));
  }

  /** Paths below a directory: NDINIT_ATRIGHTS and namei(9). */
  private void lookups() {
    int usual = AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH;
    calls("openat", lookup(0, 1, 0).openFlags(2)); // openatfp
    calls("fstatat compat11.fstatat", lookup(0, 1, 0).rights(CAP_FSTAT).atFlags(3, usual));
    calls(
        "faccessat",
        requires("mode 2 is known", args -> ((int) args[2] & ~7) == 0),
        lookup(0, 1, 0).rights(CAP_FSTAT).atFlags(3, usual | AT_EACCESS));
    calls("fchmodat", lookup(0, 1, 0).rights(CAP_FCHMOD).atFlags(3, usual));
    calls("fchownat", lookup(0, 1, 0).rights(CAP_FCHOWN).atFlags(4, usual));
    calls("chflagsat", lookup(0, 1, 0).rights(CAP_FCHFLAGS).atFlags(3, usual));
    calls(
        "utimensat",
        readableIfAny(2, 2 * timeSize()),
        lookup(0, 1, 0).rights(CAP_FUTIMES).atFlags(3, usual));
    calls("futimesat", readableIfAny(2, 2 * timeSize()), lookup(0, 1, FOLLOW).rights(CAP_FUTIMES));
    calls("readlinkat", lookup(0, 1, EMPTYPATH)); // NDINIT_AT: CAP_LOOKUP alone
    calls("mkdirat", lookup(0, 1, CREATE | WILLBEDIR).rights(CAP_MKDIRAT));
    calls("mkfifoat", lookup(0, 1, CREATE).rights(CAP_MKFIFOAT));
    calls("mknodat compat11.mknodat", new MakeNodeRule());
    calls("symlinkat", readableText(0), lookup(1, 2, CREATE).rights(CAP_SYMLINKAT));
    calls(
        "linkat", // kern_linkat, kern_linkat_vp
        lookup(0, 1, 0)
            .rights(CAP_LINKAT_SOURCE)
            .atFlags(4, AT_SYMLINK_FOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH)
            .ofLinkSource(),
        lookup(2, 3, CREATE).rights(CAP_LINKAT_TARGET));
    calls(
        "renameat", // kern_renameat
        lookup(0, 1, DELETE).rights(CAP_RENAMEAT_SOURCE),
        lookup(2, 3, RENAME).rights(CAP_RENAMEAT_TARGET).ofTarget());
    calls(
        "unlinkat", // kern_funlinkat, kern_frmdirat
        lookup(0, 1, DELETE).rights(CAP_UNLINKAT).atFlags(2, AT_REMOVEDIR | AT_RESOLVE_BENEATH));
    calls(
        "funlinkat", // and the descriptor of the file itself
        DescriptorRules.removed(),
        lookup(0, 1, DELETE).rights(CAP_UNLINKAT).atFlags(3, AT_REMOVEDIR | AT_RESOLVE_BENEATH));
    calls(
        "inotify_add_watch_at", // kern_inotify_add_watch
        requires("mask 3 is known", args -> WatchRule.isValidMask((int) args[3])),
        descriptor(0, CAP_INOTIFY_ADD),
        new WatchRule());
    calls("inotify_rm_watch", descriptor(0, CAP_INOTIFY_RM));
  }

  private void sockets() {
    calls("socket socketpair", SocketRules.protocol()); // socreate
    calls(
        "bindat", // kern_bindat, uipc_bindat
        SocketRules.directoryOfAddress(),
        descriptor(1, CAP_BIND),
        SocketRules.path(0, 1, CREATE, CAP_BINDAT, true, strict));
    calls(
        "connectat", // kern_connectat, unp_connectat
        SocketRules.directoryOfAddress(),
        descriptor(1, CAP_CONNECT),
        SocketRules.path(0, 1, FOLLOW, CAP_CONNECTAT, true, strict));
    calls("listen", descriptor(0, CAP_LISTEN));
    calls("accept compat.accept", readableIfAny(1, 2, 4), descriptor(0, CAP_ACCEPT));
    calls(
        "accept4",
        requires("flags 3 are known", args -> ((int) args[3] & ~0x7000_0000) == 0),
        readableIfAny(1, 2, 4),
        descriptor(0, CAP_ACCEPT));
    calls("getsockname compat.getsockname", readable(2, 4), descriptor(0, CAP_GETSOCKNAME));
    calls("getpeername compat.getpeername", readable(2, 4), descriptor(0, CAP_GETPEERNAME));
    calls("getsockopt", readableIfAny(3, 4, 4), descriptor(0, CAP_GETSOCKOPT));
    calls(
        "setsockopt",
        requires(
            "value 3 is there for size 4",
            args -> (args[3] != 0 || (int) args[4] == 0) && (int) args[4] >= 0),
        descriptor(0, CAP_SETSOCKOPT),
        SocketRules.spliced(memory, strict)); // sosetopt
    calls(
        "shutdown",
        requires("how 1 is known", args -> (int) args[1] >= 0 && (int) args[1] <= 2),
        descriptor(0, CAP_SHUTDOWN));
    calls("sendto", SocketRules.sendTo(strict)); // sendit, kern_sendit
    calls("sendmsg compat.sendmsg", SocketRules.sendMessage(memory, strict));
    calls("compat.send", descriptor(0, CAP_WRITE));
    calls("recvfrom compat.recvfrom", readableIfAny(5, 4), descriptor(0, CAP_READ));
    calls("recvmsg compat.recvmsg", readable(1, 3 * memory.pointerSize()), descriptor(0, CAP_READ));
    calls("compat.recv", descriptor(0, CAP_READ)); // kern_recvit
    calls(
        "sendfile compat4.sendfile", // sendfile, sendfile_getsock
        requires("offset 2 is positive", args -> !memory.is64Bit() || args[2] >= 0),
        descriptor(0, CAP_PREAD),
        descriptor(1, CAP_WRITE));
  }

  private void events() {
    calls("poll ppoll", DescriptorRules.polled(strict)); // pollscan
    calls("select pselect", DescriptorRules.selected()); // selscan
    calls(
        "kevent", // kern_kevent, kqueue_register
        readableIfAny(5, timeSize()),
        DescriptorRules.kqueue(),
        DescriptorRules.changes(memory, memory.is64Bit() ? 64 : 56));
    calls(
        "compat11.kevent",
        readableIfAny(5, timeSize()),
        DescriptorRules.kqueue(),
        DescriptorRules.changes(memory, memory.is64Bit() ? 32 : 20));
  }

  private void processes() {
    calls("kill", ProcessRules.signal(0, 1)); // kern_kill
    calls(
        "pdkill",
        requires("signal 1 is known", args -> (int) args[1] >= 0 && (int) args[1] <= 128),
        descriptor(0, CAP_PDKILL));
    calls("pdgetpid", descriptor(0, CAP_PDGETPID));
    calls("wait4"); // in capability mode it overlooks pdfork(2) children, but refuses nothing
    calls(
        "fexecve", // do_execve
        descriptor(0, CAP_FEXECVE),
        ProcessRules.interpretersOfDescriptor(strict));
    calls("cpuset_getaffinity", ProcessRules.cpuset(memory, false, false));
    calls("cpuset_setaffinity", ProcessRules.cpuset(memory, true, false));
    calls("cpuset_getdomain", ProcessRules.cpuset(memory, false, true));
    calls("cpuset_setdomain", ProcessRules.cpuset(memory, false, false));
    calls("sysarch", ProcessRules.machineOperation());
    calls("shm_open2", ProcessRules.sharedMemoryName(3)); // kern_shm_open2
    calls("compat12.shm_open", ProcessRules.sharedMemoryName(-1));
    calls("__sysctl", SysctlRules.byNumbers(strict)); // sysctl_root
    calls("__sysctlbyname", SysctlRules.byName(strict));
  }

  private void capabilities() {
    calls("cap_rights_limit", DescriptorRules.rightsLimit()); // kern_cap_rights_limit
    calls("cap_ioctls_limit", StrictRules.ioctlsLimit(memory, strict)); // kern_cap_ioctls_limit
    calls(
        "cap_fcntls_limit", // sys_cap_fcntls_limit
        requires("fcntl rights 1 are known", args -> ((int) args[1] & ~Descriptor.ALL_FCNTLS) == 0),
        StrictRules.fcntlsLimit(strict));
  }

  /** NAMI alone: of a call that is not enabled nothing is recorded but that. */
  private void lookupsOfDisabledCalls() {
    calls("open", lookup(WORKING_DIRECTORY, 0, 0).openFlags(1));
    calls("compat.creat", path(0, CREATE | FOLLOW));
    calls(
        "chdir chroot chmod chown chflags utimes truncate compat.truncate compat6.truncate",
        path(0, FOLLOW));
    calls("lchmod lchown lchflags lutimes", path(0, 0));
    calls(
        "access eaccess statfs compat4.statfs compat11.statfs pathconf revoke quotactl",
        path(0, FOLLOW));
    calls("compat.stat compat11.stat compat11.nstat getfh", path(0, FOLLOW));
    calls("compat.lstat compat11.lstat compat11.nlstat lgetfh lpathconf readlink", path(0, 0));
    calls("mkdir", path(0, CREATE | WILLBEDIR));
    calls("mkfifo compat11.mknod", path(0, CREATE));
    calls("rmdir unlink undelete", path(0, DELETE));
    calls("symlink", readableText(0), path(1, CREATE));
    calls("link", path(0, FOLLOW).ofLinkSource(), path(1, CREATE));
    calls("rename", path(0, DELETE), path(1, RENAME));
    calls("execve __mac_execve", path(0, FOLLOW).ofProgram());
    calls(
        "__realpathat",
        requires("flags 4 are 0", args -> (int) args[4] == 0),
        lookup(0, 1, FOLLOW).rights(CAP_FSTAT));
    calls("getfhat", lookup(0, 1, 0).atFlags(3, AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH));
    calls("__getcwd", ProcessRules.workingDirectory());
    calls("swapon swapoff compat13.swapoff", path(0, FOLLOW));
    calls("acct", path(0, 0));
    calls("bind", SocketRules.path(WORKING_DIRECTORY, 0, CREATE, CAP_BINDAT, strict, strict));
    calls("connect", SocketRules.path(WORKING_DIRECTORY, 0, FOLLOW, CAP_CONNECTAT, strict, strict));
    calls(
        "extattr_get_file extattr_set_file extattr_delete_file", readableText(2), path(0, FOLLOW));
    calls("extattr_get_link extattr_set_link extattr_delete_link", readableText(2), path(0, 0));
    calls("extattr_list_file", path(0, FOLLOW));
    calls("extattr_list_link", path(0, 0));
    calls("__acl_get_file __acl_set_file __acl_delete_file __acl_aclcheck_file", path(0, FOLLOW));
    calls("__acl_get_link __acl_set_link __acl_delete_link __acl_aclcheck_link", path(0, 0));
    calls("shm_unlink", ProcessRules.sharedMemoryRemoved());
  }

  private void calls(String names, Rule... checks) {
    for (String name : names.split(" ")) {
      rules.put(name, checks.length == 0 ? NOTHING : checks);
    }
  }

  private static LookupRule lookup(int dirfdArg, int pathArg, int flags) {
    return new LookupRule(dirfdArg, pathArg, flags);
  }

  private static LookupRule path(int pathArg, int flags) {
    return new LookupRule(WORKING_DIRECTORY, pathArg, flags);
  }

  private Rule length(int arg) {
    return requires(
        "length " + arg + " is not negative", args -> !memory.is64Bit() || args[arg] >= 0);
  }

  private boolean isRange(long[] args) {
    return !memory.is64Bit()
        || (args[1] >= 0 && args[2] > 0 && args[1] <= Long.MAX_VALUE - args[2]);
  }

  /** struct timespec, struct timeval. */
  private int timeSize() {
    return 2 * memory.pointerSize();
  }
}
