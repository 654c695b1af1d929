package org.capemu.policy;

import static org.capemu.policy.ArgumentRules.label;
import static org.capemu.policy.ArgumentRules.readable;
import static org.capemu.policy.ArgumentRules.readableIfAny;
import static org.capemu.policy.ArgumentRules.readableText;
import static org.capemu.policy.ArgumentRules.readableVector;
import static org.capemu.policy.ArgumentRules.requires;
import static org.capemu.policy.DescriptorRules.descriptor;
import static org.capemu.policy.LookupRule.WORKING_DIRECTORY;
import static org.capemu.policy.Namei.CREATE;
import static org.capemu.policy.Namei.DELETE;
import static org.capemu.policy.Namei.EMPTYPATH;
import static org.capemu.policy.Namei.FOLLOW;
import static org.capemu.policy.Namei.RENAME;
import static org.capemu.policy.Namei.WILLBEDIR;
import static org.capemu.policy.Right.*;
import static org.capemu.policy.abi.Fcntl.AT_EACCESS;
import static org.capemu.policy.abi.Fcntl.AT_EMPTY_PATH;
import static org.capemu.policy.abi.Fcntl.AT_REMOVEDIR;
import static org.capemu.policy.abi.Fcntl.AT_RESOLVE_BENEATH;
import static org.capemu.policy.abi.Fcntl.AT_SYMLINK_FOLLOW;
import static org.capemu.policy.abi.Fcntl.AT_SYMLINK_NOFOLLOW;
import static org.capemu.policy.abi.Fcntl.O_DSYNC;
import static org.capemu.policy.abi.Fcntl.O_SYNC;
import static org.capemu.policy.abi.Socket.SOCK_FLAGS;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.capemu.policy.abi.Events;
import org.jspecify.annotations.Nullable;

/**
 * What capability mode checks in every system call: capsicum(4) and rights(4) as one table.
 *
 * <p>An entry names a call as kdump(1) does and lists its checks in the kernel's order. Numbers are
 * arguments, counted from 0. Every call that is enabled in capability mode has an entry; of the
 * others those that look a path up, as lookups are recorded for them too.
 */
final class RuleTable {
  private static final Rule[] NOTHING = {};
  private static final int KTROP_CLEAR = 1;
  private static final int KTROP_CLEARFILE = 2;
  private static final int KTRFAC_ROOT = 0x8000_0000;
  private static final int MNT_BYFSID = 0x0800_0000;

  private final Map<String, Rule[]> rules = new HashMap<>(512);
  private final boolean strict;
  private final Memory memory;
  private final SysctlNodes nodes;
  private final TimeRules times;

  /**
   * @param release whose rules they are
   * @param strict with the checks that no kernel records
   * @param memory the layout of the callers' structures
   */
  RuleTable(Release release, boolean strict, Memory memory) {
    this.strict = strict;
    this.memory = memory;
    this.nodes = new SysctlNodes(release);
    this.times = new TimeRules(memory);
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
  Rule @Nullable [] rulesOf(String name) {
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
    calls("getrlimit setrlimit getrlimitusage getrusage");
    calls("sigaction sigprocmask sigsuspend sigpending sigaltstack sigreturn sigwait sigwaitinfo");
    calls("sigtimedwait sigqueue sigfastblock compat4.sigaction compat4.sigreturn");
    calls("getcontext setcontext");
    calls("break munmap mprotect madvise mincore minherit msync mlock munlock");
    calls("mlockall munlockall");
    calls("gettimeofday clock_gettime clock_getres nanosleep ntp_gettime getitimer setitimer");
    calls("ktimer_create ktimer_delete ktimer_settime ktimer_gettime ktimer_getoverrun");
    calls("umask sync getdtablesize profil utrace uuidgen getrandom exterrctl");
    calls("compat4.getdomainname");
    calls("close close_range compat12.closefrom dup dup2 pipe2 compat10.pipe");
    calls("kqueue kqueuex timerfd_create __specialfd");
    calls("aio_return aio_suspend aio_error aio_waitcomplete aio_cancel");
    calls("cap_enter cap_getmode __cap_rights_get cap_ioctls_get cap_fcntls_get");
    calls("posix_fadvise");
  }

  /** Files, pipes, and whatever else is used through a descriptor. */
  private void filesByDescriptor() {
    calls("read", size(2), descriptor(0, CAP_READ)); // kern_readv
    calls("readv", readableVector(1, 2, memory), descriptor(0, CAP_READ));
    calls("pread compat6.pread", size(2), descriptor(0, CAP_PREAD)); // kern_preadv
    calls("preadv", readableVector(1, 2, memory), descriptor(0, CAP_PREAD));
    calls("write", size(2), descriptor(0, CAP_WRITE)); // kern_writev
    calls("writev", readableVector(1, 2, memory), descriptor(0, CAP_WRITE));
    calls("pwrite compat6.pwrite", size(2), descriptor(0, CAP_PWRITE)); // kern_pwritev
    calls("pwritev", readableVector(1, 2, memory), descriptor(0, CAP_PWRITE));
    calls("lseek compat6.lseek", descriptor(0, CAP_SEEK)); // kern_lseek, to tell too
    calls("ftruncate", length(1), descriptor(0, CAP_FTRUNCATE)); // kern_ftruncate
    calls("compat6.ftruncate", length(2), descriptor(0, CAP_FTRUNCATE));
    calls("fsync fdatasync", descriptor(0, CAP_FSYNC)); // kern_fsync
    calls("fstat compat11.fstat", descriptor(0, CAP_FSTAT)); // kern_fstat
    calls("fstatfs compat4.fstatfs compat11.fstatfs", descriptor(0, CAP_FSTATFS)); // kern_fstatfs
    calls("fpathconf", descriptor(0, CAP_FPATHCONF)); // kern_fpathconf
    calls("fchmod", descriptor(0, CAP_FCHMOD));
    calls("fchown", descriptor(0, CAP_FCHOWN));
    calls("fchflags", descriptor(0, CAP_FCHFLAGS));
    calls("futimes", times.timesOfDay(1), descriptor(0, CAP_FUTIMES)); // kern_futimes
    calls(
        "futimens", // kern_futimens
        times.timestamps(1),
        times.notBothOmitted(1),
        descriptor(0, CAP_FUTIMES));
    calls("flock", descriptor(0, CAP_FLOCK));
    calls("getdirentries", size(2), descriptor(0, CAP_READ)); // kern_getdirentries
    calls("compat11.getdirentries compat11.getdents", descriptor(0, CAP_READ)); // at most 64 KiB
    calls(
        "posix_fallocate",
        requires("offset 1 and length 2 are positive", this::isRange),
        descriptor(0, CAP_PWRITE)); // kern_posix_fallocate
    calls("fspacectl", DescriptorRules.spaceRange(), descriptor(0, CAP_PWRITE)); // kern_fspacectl
    calls(
        "copy_file_range",
        requires("flags 5 are known", call -> (call.intAt(5) & ~0x0080_0000) == 0),
        readableIfAny(1, 8),
        readableIfAny(3, 8),
        descriptor(
            0,
            "CAP_READ, with an offset 1 CAP_PREAD",
            call -> (call.isNull(1) ? CAP_READ : CAP_PREAD).rights()),
        DescriptorRules.hasVnode(0),
        descriptor(
            2,
            "CAP_WRITE, with an offset 3 CAP_PWRITE",
            call -> (call.isNull(3) ? CAP_WRITE : CAP_PWRITE).rights())); // kern_copy_file_range
    calls("mmap", DescriptorRules.mapped(5)); // kern_mmap
    calls("compat6.mmap", DescriptorRules.mapped(6));
    calls("fcntl", FcntlRules.kinfo(), FcntlRules.rights(strict));
    if (memory.is64Bit()) {
      // kern_ioctl: CAP_IOCTL is not asked, its list is
      calls("ioctl", StrictRules.ioctlCommand(), StrictRules.ioctl(strict));
    } else {
      calls( // freebsd32_ioctl
          "ioctl", descriptor(0, CAP_IOCTL), StrictRules.ioctlCommand(), StrictRules.ioctl(strict));
    }

    calls("extattr_get_fd", readableText(2), descriptor(0, CAP_EXTATTR_GET));
    calls("extattr_set_fd", readableText(2), descriptor(0, CAP_EXTATTR_SET));
    calls("extattr_delete_fd", readableText(2), descriptor(0, CAP_EXTATTR_DELETE));
    calls(
        "extattr_list_fd",
        requires(
            "size 3 of data 2 is not too large",
            call -> call.isNull(2) || memory.isTransferSize(call.longAt(3))),
        descriptor(0, CAP_EXTATTR_LIST));
    calls("__acl_get_fd", descriptor(0, CAP_ACL_GET));
    calls("__acl_set_fd", descriptor(0, CAP_ACL_SET));
    calls("__acl_delete_fd", descriptor(0, CAP_ACL_DELETE));
    calls("__acl_aclcheck_fd", descriptor(0, CAP_ACL_CHECK));
    calls("__mac_get_fd", label(1, memory), descriptor(0, CAP_MAC_GET));
    calls("__mac_set_fd", label(1, memory), descriptor(0, CAP_MAC_SET));

    AsynchronousRules old = new AsynchronousRules(memory, true);
    AsynchronousRules present = new AsynchronousRules(memory, false);
    calls("aio_read", present.request(0, CAP_PREAD));
    calls("aio_readv", present.vectoredRequest(0, CAP_PREAD));
    calls("compat6.aio_read", old.request(0, CAP_PREAD));
    calls("aio_write", present.request(0, CAP_PWRITE));
    calls("aio_writev", present.vectoredRequest(0, CAP_PWRITE));
    calls("compat6.aio_write", old.request(0, CAP_PWRITE));
    calls(
        "aio_fsync",
        requires(
            "operation 0 is O_SYNC or O_DSYNC",
            call -> call.intAt(0) == O_SYNC || call.intAt(0) == O_DSYNC),
        present.request(1, CAP_FSYNC));
    calls("lio_listio", present.requests());
    calls("compat6.lio_listio", old.requests());

    calls("kmq_setattr", readableIfAny(1, 8 * memory.pointerSize()), descriptor(0, CAP_EVENT));
    calls("kmq_notify", readableIfAny(1, eventSize()), descriptor(0, CAP_EVENT)); // getmq
    calls("kmq_timedreceive", times.timeout(4), descriptor(0, CAP_READ)); // getmq_read
    calls("kmq_timedsend", times.timeout(4), descriptor(0, CAP_WRITE)); // getmq_write
    calls("timerfd_gettime", descriptor(0, CAP_WRITE)); // kern_timerfd_gettime asks for no less
    calls(
        "timerfd_settime",
        requires("flags 1 are known", call -> (call.intAt(1) & ~0x3) == 0),
        times.timer(2),
        descriptor(0, CAP_WRITE));
  }

  /** Paths below a directory: NDINIT_ATRIGHTS and namei(9). */
  private void lookups() {
    int usual = AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH | AT_EMPTY_PATH;
    calls("openat", lookup(0, 1, 0).openFlags(2)); // openatfp
    calls("fstatat compat11.fstatat", lookup(0, 1, 0).rights(CAP_FSTAT).atFlags(3, usual));
    calls(
        "faccessat",
        requires("mode 2 is known", call -> (call.intAt(2) & ~7) == 0),
        lookup(0, 1, 0).rights(CAP_FSTAT).atFlags(3, usual | AT_EACCESS));
    calls("fchmodat", lookup(0, 1, 0).rights(CAP_FCHMOD).atFlags(3, usual));
    calls("fchownat", lookup(0, 1, 0).rights(CAP_FCHOWN).atFlags(4, usual));
    calls("chflagsat", lookup(0, 1, 0).rights(CAP_FCHFLAGS).atFlags(3, usual));
    calls("utimensat", times.timestamps(2), lookup(0, 1, 0).rights(CAP_FUTIMES).atFlags(3, usual));
    calls("futimesat", times.timesOfDay(2), lookup(0, 1, FOLLOW).rights(CAP_FUTIMES));
    calls("readlinkat", size(3), lookup(0, 1, EMPTYPATH)); // NDINIT_AT: CAP_LOOKUP alone
    calls("mkdirat", lookup(0, 1, CREATE | WILLBEDIR).rights(CAP_MKDIRAT));
    calls("mkfifoat", lookup(0, 1, CREATE).rights(CAP_MKFIFOAT));
    calls("mknodat", new MakeNodeRule(0, 1, false));
    calls("compat11.mknodat", new MakeNodeRule(0, 1, true));
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
        lookup(0, 1, DELETE)
            .rights(CAP_UNLINKAT)
            .atFlagsUnheeded(2, AT_REMOVEDIR | AT_RESOLVE_BENEATH));
    calls(
        "funlinkat", // and the descriptor of the file itself
        requires(
            "flags 3 are known",
            call -> (call.intAt(3) & ~(AT_REMOVEDIR | AT_RESOLVE_BENEATH)) == 0),
        DescriptorRules.removed(),
        lookup(0, 1, DELETE)
            .rights(CAP_UNLINKAT)
            .atFlagsUnheeded(3, AT_REMOVEDIR | AT_RESOLVE_BENEATH));
    calls(
        "inotify_add_watch_at", // kern_inotify_add_watch
        requires("mask 3 is known", call -> WatchRule.isValidMask(call.intAt(3))),
        descriptor(0, CAP_INOTIFY_ADD),
        DescriptorRules.isInotify(0),
        new WatchRule());
    calls("inotify_rm_watch", descriptor(0, CAP_INOTIFY_RM));
  }

  private void sockets() {
    calls("socket", SocketRules.protocol(false)); // kern_socket, socreate
    calls("socketpair", SocketRules.protocol(true));
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
    calls("accept", readableIfAny(1, 2, 4), descriptor(0, CAP_ACCEPT));
    calls(
        "accept4",
        requires("flags 3 are known", call -> (call.intAt(3) & ~SOCK_FLAGS) == 0),
        readableIfAny(1, 2, 4),
        descriptor(0, CAP_ACCEPT));
    calls("getsockname", readable(2, 4), descriptor(0, CAP_GETSOCKNAME));
    calls("getpeername", readable(2, 4), descriptor(0, CAP_GETPEERNAME));
    calls("getsockopt", SocketRules.optionLength(), descriptor(0, CAP_GETSOCKOPT));
    calls(
        "setsockopt",
        requires(
            "value 3 is there for size 4",
            call -> (!call.isNull(3) || call.intAt(4) == 0) && call.intAt(4) >= 0),
        descriptor(0, CAP_SETSOCKOPT),
        SocketRules.spliced(memory, strict)); // sosetopt
    calls(
        "shutdown",
        requires("how 1 is known", call -> call.intAt(1) >= 0 && call.intAt(1) <= 2),
        descriptor(0, CAP_SHUTDOWN));
    calls("sendto", SocketRules.sendTo(strict)); // sendit, kern_sendit
    calls("sendmsg", SocketRules.sendMessage(memory, strict));
    calls("recvfrom", readableIfAny(5, 4), descriptor(0, CAP_READ));
    calls("recvmsg", SocketRules.messageHeader(memory), descriptor(0, CAP_READ)); // kern_recvit
    calls(
        "sendfile compat4.sendfile", // sendfile, sendfile_getsock
        length(2),
        SocketRules.sendfileHeaders(memory),
        descriptor(0, CAP_PREAD),
        DescriptorRules.hasPages(0),
        descriptor(1, CAP_WRITE));
    // of a module that is not loaded: ENOSYS
    calls("sctp_peeloff sctp_generic_sendmsg sctp_generic_sendmsg_iov sctp_generic_recvmsg");
  }

  private void events() {
    int signalSet = 16;
    calls(
        "poll", // pollscan
        requires("timeout 2 is -1 or more", call -> call.intAt(2) >= -1),
        DescriptorRules.polled(strict));
    calls("ppoll", times.interval(2), readableIfAny(3, signalSet), DescriptorRules.polled(strict));
    calls("select", times.intervalOfMicroseconds(4), DescriptorRules.selected(memory)); // selscan
    calls(
        "pselect",
        times.intervalInMicroseconds(4),
        readableIfAny(5, signalSet),
        DescriptorRules.selected(memory));
    calls(
        "kevent", // kern_kevent, kqueue_register
        times.timeout(5),
        DescriptorRules.kqueue(),
        DescriptorRules.isKqueue(0),
        DescriptorRules.changes(memory, Events.keventSize(memory.is64Bit())));
    calls(
        "compat11.kevent",
        times.timeout(5),
        DescriptorRules.kqueue(),
        DescriptorRules.isKqueue(0),
        DescriptorRules.changes(memory, Events.oldKeventSize(memory.is64Bit())));
  }

  private void processes() {
    calls("kill", ProcessRules.signal(0, 1)); // kern_kill
    calls(
        "pdkill",
        requires("signal 1 is known", call -> call.intAt(1) >= 0 && call.intAt(1) <= 128),
        descriptor(0, CAP_PDKILL));
    calls("pdgetpid", descriptor(0, CAP_PDGETPID));
    calls("wait4"); // in capability mode it overlooks pdfork(2) children, but refuses nothing
    calls(
        "fexecve", // exec_copyin_args, do_execve
        ProcessRules.hasArguments(memory),
        descriptor(0, CAP_FEXECVE),
        ProcessRules.interpretersOfDescriptor(strict));
    calls("cpuset_getaffinity", ProcessRules.cpuset(memory, false, false));
    calls("cpuset_setaffinity", ProcessRules.cpuset(memory, true, false));
    calls("cpuset_getdomain", ProcessRules.cpuset(memory, false, true));
    calls("cpuset_setdomain", ProcessRules.cpuset(memory, false, false));
    calls("sysarch", ProcessRules.machineOperation());
    calls("shm_open2", ProcessRules.sharedMemoryName(3)); // kern_shm_open2
    calls("compat12.shm_open", ProcessRules.sharedMemoryName(-1));
    calls("__sysctl", SysctlRules.byNumbers(memory, nodes, strict)); // sysctl_root
    calls("__sysctlbyname", SysctlRules.byName(memory, nodes, strict));
  }

  private void capabilities() {
    calls("cap_rights_limit", DescriptorRules.rightsLimit()); // kern_cap_rights_limit
    calls("cap_ioctls_limit", StrictRules.ioctlsLimit(memory, strict)); // kern_cap_ioctls_limit
    calls(
        "cap_fcntls_limit", // sys_cap_fcntls_limit
        requires("fcntl rights 1 are known", call -> (call.intAt(1) & ~Descriptor.ALL_FCNTLS) == 0),
        StrictRules.fcntlsLimit(strict));
  }

  /** NAMI alone: of a call that is not enabled nothing is recorded but that. */
  private void lookupsOfDisabledCalls() {
    calls("open", lookup(WORKING_DIRECTORY, 0, 0).openFlags(1));
    calls("chdir chroot chmod chown chflags utimes truncate compat6.truncate", path(0, FOLLOW));
    calls("lchmod lchown lchflags lutimes", path(0, 0));
    calls(
        "access eaccess statfs compat4.statfs compat11.statfs pathconf revoke quotactl",
        path(0, FOLLOW));
    calls("compat11.stat compat11.nstat getfh", path(0, FOLLOW));
    calls("compat11.lstat compat11.nlstat lgetfh lpathconf readlink", path(0, 0));
    calls("mkdir", path(0, CREATE | WILLBEDIR));
    calls("mkfifo", path(0, CREATE));
    calls("compat11.mknod", new MakeNodeRule(WORKING_DIRECTORY, 0, true));
    calls("rmdir unlink undelete", path(0, DELETE));
    calls("symlink", readableText(0), path(1, CREATE));
    calls("link", path(0, FOLLOW).ofLinkSource(), path(1, CREATE));
    calls("rename", path(0, DELETE), path(1, RENAME));
    calls("execve", ProcessRules.hasArguments(memory), path(0, FOLLOW).ofProgram());
    calls(
        "__mac_execve", // mac_execve_enter: EINVAL without a policy that labels
        ProcessRules.hasArguments(memory),
        requires("label 3 is none", call -> call.isNull(3)),
        path(0, FOLLOW).ofProgram());
    calls(
        "__realpathat",
        requires("flags 4 are 0", call -> call.intAt(4) == 0),
        lookup(0, 1, FOLLOW).rights(CAP_FSTAT));
    calls("getfhat", lookup(0, 1, 0).atFlags(3, AT_SYMLINK_NOFOLLOW | AT_RESOLVE_BENEATH));
    calls("__getcwd", ProcessRules.workingDirectory());
    calls("swapon compat13.swapoff", path(0, FOLLOW));
    calls(
        "swapoff", // kern_swapoff
        requires("flags 1 are known", call -> (call.intAt(1) & ~0x1) == 0),
        path(0, FOLLOW));
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
    calls("fhlink", ProcessRules.fileHandle(0), path(1, CREATE));
    calls("fhlinkat", ProcessRules.fileHandle(0), lookup(1, 2, CREATE));
    calls(
        "unmount", // kern_unmount
        requires("flags 1 name no file system id", call -> (call.intAt(1) & MNT_BYFSID) == 0),
        path(0, FOLLOW));
    calls(
        "ktrace", // sys_ktrace
        requires("operation 1 is not KTROP_CLEAR", call -> (call.intAt(1) & 3) != KTROP_CLEAR),
        requires(
            "facilities 2 are some, or operation 1 is KTROP_CLEARFILE",
            call -> (call.intAt(1) & 3) == KTROP_CLEARFILE || (call.intAt(2) & ~KTRFAC_ROOT) != 0),
        path(0, 0));
    calls("auditctl", path(0, FOLLOW));
    calls("extattrctl", readableIfAny(4, 1), path(2, FOLLOW).ifAny(), path(0, FOLLOW));
    calls("shm_unlink", ProcessRules.sharedMemoryNames(0));
    calls(
        "shm_rename",
        requires("flags 2 are one at most", call -> Integer.compareUnsigned(call.intAt(2), 2) <= 0),
        ProcessRules.sharedMemoryNames(0, 1));
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

  /** EINVAL for more than IOSIZE_MAX. */
  private Rule size(int arg) {
    return requires(
        "size " + arg + " is not too large", call -> memory.isTransferSize(call.longAt(arg)));
  }

  private Rule length(int arg) {
    return requires("offset " + arg + " is not negative", call -> call.wideAt(arg) >= 0);
  }

  private boolean isRange(SystemCall call) {
    long offset = call.wideAt(1);
    long length = call.wideAt(memory.is64Bit() ? 2 : 3);
    return offset >= 0 && length > 0 && offset <= Long.MAX_VALUE - length;
  }

  private int eventSize() {
    return memory.is64Bit() ? 80 : 44; // struct sigevent
  }
}
