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
 * @param named a unix socket that has an address: bind(2), or that of the listening socket which
 *     accept(2) made it from
 * @param connected a unix socket that has a peer
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
    boolean named,
    boolean connected,
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

  /** Anything but a unix socket that has an address or a peer. */
  public OpenFile(
      int fd,
      int type,
      int vnodeType,
      int domain,
      int socketType,
      long rights0,
      long rights1,
      String path) {
    this(fd, type, vnodeType, domain, socketType, rights0, rights1, false, false, path);
  }
}
