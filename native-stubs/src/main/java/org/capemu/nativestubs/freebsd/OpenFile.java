package org.capemu.nativestubs.freebsd;

/**
 * struct kinfo_file: sysctl kern.proc.filedesc.
 *
 * @param fd the descriptor, or one of the negative numbers below
 * @param type KF_TYPE_
 * @param vnodeType KF_VTYPE_, for KF_TYPE_VNODE
 * @param domain for KF_TYPE_SOCKET
 * @param socketType SOCK_, for KF_TYPE_SOCKET
 * @param rights0 first word of {@code cap_rights_t}
 * @param rights1 second word
 * @param path of a vnode, one char a byte, as seen by who asks; empty if the kernel cannot tell
 */
public record OpenFile(
    int fd,
    int type,
    int vnodeType,
    int domain,
    int socketType,
    long rights0,
    long rights1,
    String path) {
  /** The working directory: KF_FD_TYPE_CWD. */
  public static final int CWD = -1;

  /** The root directory: KF_FD_TYPE_ROOT. */
  public static final int ROOT = -2;

  public static final int TYPE_VNODE = 1;
  public static final int TYPE_SOCKET = 2;
  public static final int TYPE_PIPE = 3;
  public static final int TYPE_KQUEUE = 5;
  public static final int TYPE_MQUEUE = 7;
  public static final int TYPE_SHM = 8;
  public static final int TYPE_SEM = 9;
  public static final int TYPE_PROCDESC = 11;
  public static final int TYPE_EVENTFD = 13;
  public static final int TYPE_TIMERFD = 14;
  public static final int TYPE_INOTIFY = 15;
  public static final int TYPE_JAILDESC = 16;
  public static final int VNODE_DIRECTORY = 2;
}
