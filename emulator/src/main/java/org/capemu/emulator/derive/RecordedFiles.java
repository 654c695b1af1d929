package org.capemu.emulator.derive;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.capemu.emulator.process.EmulatedProcess;
import org.capemu.emulator.process.ProcessTable;
import org.capemu.policy.FileTree.FileType;

/**
 * The files that a trace tells of: what a program makes, renames, removes and looks at. A directory
 * that was made in the trace is known whole, all others only as far as calls have shown them.
 *
 * <p>Directories have names: a path below the root directory, or below one whose place is not
 * known, as the first working directory. A name that goes through a link leads where the link
 * leads.
 */
final class RecordedFiles {
  /** Beginning of a name for a directory whose place is not known. */
  private static final char PLACELESS = '\u0001';

  /** How the names of first working directories begin: {@link ProcessTable#start}. */
  private static final String FIRST_DIRECTORY = PLACELESS + "cwd";

  /** After the name of a link: what it leads to. */
  private static final String TARGET = "\u0002";

  private static final int MOST = 1 << 16;
  private static final int MAX_LENGTH = 4096;

  /** What a name is; {@link #EXISTS} without its type. */
  private static final Object EXISTS = new Object();

  private final TreeMap<String, Object> types = new TreeMap<>();

  /** Directories whose entries are all known. */
  private final NavigableSet<String> known = new TreeSet<>();

  private final Map<String, String> places = new HashMap<>();
  private int placeless;

  /** A name for a directory of which nothing is known. */
  String newPlace() {
    return PLACELESS + "dir" + placeless++;
  }

  static boolean isPlaceless(String name) {
    return name.charAt(0) == PLACELESS && name.indexOf('/') < 0;
  }

  /** A name in the light of what was learned since it was given. */
  String current(String name) {
    if (name == null || places.isEmpty() || name.charAt(0) != PLACELESS) {
      return name;
    }
    int end = name.indexOf('/');
    String place = places.get(end < 0 ? name : name.substring(0, end));
    return place == null ? name : end < 0 ? place : join(place, name.substring(end + 1));
  }

  /** Null if it is not known. */
  FileType typeOf(String name) {
    Object type = types.get(name);
    if (type == EXISTS) {
      return null;
    }
    if (type != null) {
      return (FileType) type;
    }
    return known.contains(directoryOf(name)) ? FileType.MISSING : null;
  }

  /** True if the name is certainly that of a directory, and of no link to one. */
  boolean isDirectory(String name) {
    return typeOf(name) == FileType.DIRECTORY;
  }

  private static String directoryOf(String name) {
    int end = name.lastIndexOf('/');
    return end < 0 ? "" : end == 0 ? "/" : name.substring(0, end);
  }

  static String join(String directory, String name) {
    return directory.endsWith("/") ? directory + name : directory + "/" + name;
  }

  /**
   * The name of what a path leads to; null if that is not known.
   *
   * @param follow whether a link at the end is followed
   */
  String locate(EmulatedProcess process, String start, String path, boolean follow) {
    String at = path.startsWith("/") ? process.root() + "/" : current(start);
    if (at == null || path.length() > MAX_LENGTH) {
      return null;
    }
    String[] names = path.split("/");
    for (int i = 0; i < names.length; i++) {
      String name = names[i];
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        if (at.equals(process.root() + "/")) {
          continue;
        }
        if (!isDirectory(at)) {
          return null;
        }
        at = directoryOf(at);
        continue;
      }
      at = join(at, name);
      boolean last = i == names.length - 1;
      if ((!last || follow) && typeOf(at) == FileType.SYMLINK) {
        at += TARGET;
      }
      if (at.length() > MAX_LENGTH) {
        return null;
      }
    }
    return at;
  }

  /**
   * A link was put into a directory, or a directory into another, that may be one with other names:
   * then nothing is sure any more.
   */
  void changed(String name) {
    String directory = name == null ? null : directoryOf(name);
    boolean certain =
        directory != null
            && (directory.equals("/")
                || directory.startsWith(FIRST_DIRECTORY) && isPlaceless(directory)
                || isDirectory(directory));
    if (!certain) {
      forgetAll();
    }
  }

  void forgetAll() {
    types.clear();
    known.clear();
  }

  void learn(String name, FileType type) {
    if (name == null) {
      return;
    }
    if (types.size() > MOST) {
      forgetAll();
    }
    types.put(name, type == null ? EXISTS : type);
  }

  /** A directory was made: all that will be in it will be made in the trace. */
  void made(String directory) {
    changed(directory);
    if (directory != null) {
      forgetBelow(directory);
      learn(directory, FileType.DIRECTORY);
      known.add(directory);
    }
  }

  void removed(String name) {
    if (name != null) {
      forgetBelow(name);
      learn(name, FileType.MISSING);
    }
  }

  /** rename(2): what is below goes along. */
  void renamed(String from, String to) {
    changed(from);
    changed(to);
    if (to == null || from == null) {
      removed(from);
      if (to != null) {
        forgetBelow(to);
        learn(to, null);
      }
      return;
    }
    Object type = types.get(from);
    move(from, to);
    types.put(to, type == null || type == FileType.MISSING ? EXISTS : type);
    types.put(from, FileType.MISSING);
  }

  /** The working directory's place was told by getcwd(3). */
  void placed(String name, String place) {
    if (isPlaceless(name) && places.size() < MOST) {
      move(name, place);
      places.put(name, place);
      for (int end = 0; end >= 0; end = place.indexOf('/', end + 1)) {
        learn(end == 0 ? "/" : place.substring(0, end), FileType.DIRECTORY);
      }
      learn(place, FileType.DIRECTORY);
    }
  }

  private void move(String from, String to) {
    if (from.equals(to)) {
      return;
    }
    Map<String, Object> below = new HashMap<>(below(from));
    List<String> whole = new ArrayList<>(known.subSet(from + "/", from + "0"));
    if (known.contains(from)) {
      whole.add(from);
    }
    forgetBelow(from);
    forgetBelow(to);
    below.forEach((name, type) -> types.put(to + name.substring(from.length()), type));
    whole.forEach(name -> known.add(to + name.substring(from.length())));
  }

  private Map<String, Object> below(String name) {
    return types.subMap(name + "/", name + "0"); // '0' comes after '/'
  }

  private void forgetBelow(String name) {
    below(name).clear();
    known.remove(name);
    known.subSet(name + "/", name + "0").clear();
  }
}
