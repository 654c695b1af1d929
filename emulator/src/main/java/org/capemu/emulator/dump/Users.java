package org.capemu.emulator.dump;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** This machine's names of users and groups, for -r. */
final class Users {
  private final Map<Long, String> users;
  private final Map<Long, String> groups;

  Users(Map<Long, String> users, Map<Long, String> groups) {
    this.users = users;
    this.groups = groups;
  }

  /**
   * Reads the files that getpwuid(3) and getgrgid(3) of FreeBSD go by. It asks for users a database
   * that pwd_mkdb(8) makes; where there is none, as on any other system, it knows no user.
   */
  static Users ofThisMachine() {
    Map<Long, String> users =
        Files.exists(Path.of("/etc/pwd.db")) ? read(Path.of("/etc/passwd")) : Map.of();
    return new Users(users, read(Path.of("/etc/group")));
  }

  private static Map<Long, String> read(Path file) {
    Map<Long, String> names = new HashMap<>();
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(":");
        if (fields.length > 2 && fields[2].matches("\\d{1,10}")) {
          names.putIfAbsent(Long.parseLong(fields[2]), fields[0]);
        }
      }
    } catch (IOException e) {
      return names;
    }
    return names;
  }

  /** Null if the number has no name. */
  String user(long uid) {
    return users.get(uid);
  }

  /** Null if the number has no name. */
  String group(long gid) {
    return groups.get(gid);
  }
}
