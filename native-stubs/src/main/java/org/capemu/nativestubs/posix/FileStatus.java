package org.capemu.nativestubs.posix;

/**
 * What stat(2) says of a file.
 *
 * @param mode {@code st_mode}: type and permissions
 * @param owner a user id
 * @param device with the inode, which file it is
 * @param size in bytes
 */
public record FileStatus(int mode, int owner, long device, long inode, long size) {
  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFLNK = 0120000;

  public boolean isRegular() {
    return (mode & S_IFMT) == S_IFREG;
  }

  public boolean isSymbolicLink() {
    return (mode & S_IFMT) == S_IFLNK;
  }

  public boolean isSameFileAs(FileStatus other) {
    return device == other.device && inode == other.inode;
  }
}
