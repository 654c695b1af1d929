package org.capemu.tracer.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * A symbol table: SHT_SYMTAB or SHT_DYNSYM. Read from end to end for each question, never held:
 * that of a browser is larger than what this process may use.
 */
final class SymbolTable {
  private static final int STT_NOTYPE = 0;
  private static final int STT_OBJECT = 1;
  private static final int STT_FUNC = 2;
  private static final int STT_GNU_IFUNC = 10;

  private static final int STB_LOCAL = 0;

  private static final int SYMBOLS_A_PIECE = 4096;

  private final BoundedReader reader;
  private final Layout layout;
  private final Section table;
  private final StringTable names;
  private final List<Section> sections;

  SymbolTable(
      BoundedReader reader,
      Layout layout,
      Section table,
      StringTable names,
      List<Section> sections) {
    this.reader = reader;
    this.layout = layout;
    this.table = table;
    this.names = names;
    this.sections = sections;
  }

  /** Elf64_Sym of elf(5), whose fields are in another order than Elf32_Sym's. */
  private record Symbol(int name, int info, int section, long value, long size) {
    static Symbol at(ByteBuffer from, int at, Layout layout) {
      return layout == Layout.ELF64
          ? new Symbol(
              from.getInt(at),
              from.get(at + 4),
              from.getShort(at + 6) & 0xffff,
              from.getLong(at + 8),
              from.getLong(at + 16))
          : new Symbol(
              from.getInt(at),
              from.get(at + 12),
              from.getShort(at + 14) & 0xffff,
              layout.word(from, at + 4),
              layout.word(from, at + 8));
    }

    int type() {
      return info & 0xf;
    }

    boolean isLocal() {
      return (info >> 4 & 0xf) == STB_LOCAL;
    }
  }

  @FunctionalInterface
  private interface Visitor {
    /** Returns whether to go on after the symbol at an offset. */
    boolean visit(ByteBuffer fields, int at);
  }

  /** The function of a name: one that other files may call before one that is local to its own. */
  Optional<Function> named(String name) {
    // What an indirect function's symbol has is the address of its resolver.
    return named(name, symbol -> symbol.type() != STT_GNU_IFUNC && isFunction(symbol))
        .map(symbol -> new Function(name, symbol.value(), symbol.size()));
  }

  /** The address of the variable of a name. */
  OptionalLong variable(String name) {
    return named(name, symbol -> symbol.type() == STT_OBJECT).stream()
        .mapToLong(Symbol::value)
        .findFirst();
  }

  private Optional<Symbol> named(String name, Predicate<Symbol> wanted) {
    int[] places = names.places(name);
    if (places.length == 0) {
      return Optional.empty();
    }
    Symbol[] found = new Symbol[1];
    visit(
        (fields, at) -> {
          if (Arrays.binarySearch(places, fields.getInt(at)) < 0) { // st_name
            return true;
          }
          Symbol symbol = Symbol.at(fields, at, layout);
          if (wanted.test(symbol) && (found[0] == null || !symbol.isLocal())) {
            found[0] = symbol;
          }
          return found[0] == null || found[0].isLocal();
        });
    return Optional.ofNullable(found[0]);
  }

  /**
   * The function that begins nearest before an address, if it reaches it. One whose symbol has no
   * size reaches up to the next, or to the end of its section.
   */
  Optional<Function> covering(long address) {
    Symbol[] nearest = new Symbol[1];
    Symbol[] covering = new Symbol[1];
    visit(
        (fields, at) -> {
          Symbol symbol = Symbol.at(fields, at, layout);
          long into = address - symbol.value();
          if (Long.compareUnsigned(symbol.value(), address) > 0 || !isFunction(symbol)) {
            return true;
          }
          if (isBetter(symbol, nearest[0])) {
            nearest[0] = symbol;
          }
          boolean reaches =
              symbol.size() == 0
                  ? sections.get(symbol.section()).isCode(address)
                  : Long.compareUnsigned(into, symbol.size()) < 0;
          if (reaches && isBetter(symbol, covering[0])) {
            covering[0] = symbol;
          }
          return true;
        });
    Symbol found = covering[0];
    return found == null || found.size() == 0 && found.value() != nearest[0].value()
        ? Optional.empty()
        : Optional.of(new Function(names.name(found.name()), found.value(), found.size()))
            .filter(function -> !function.name().isEmpty());
  }

  /** Nearer; at the same address, one with a size, and then one that other files may call. */
  private static boolean isBetter(Symbol symbol, Symbol than) {
    if (than == null || symbol.value() != than.value()) {
      return than == null || Long.compareUnsigned(symbol.value(), than.value()) > 0;
    }
    if ((symbol.size() == 0) != (than.size() == 0)) {
      return than.size() == 0;
    }
    return than.isLocal() && !symbol.isLocal();
  }

  /**
   * A symbol of code. Assembly may leave the type out; such labels count only where they are
   * global, as others mark places within a function.
   */
  private boolean isFunction(Symbol symbol) {
    int type = symbol.type();
    return (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE && !symbol.isLocal())
        && symbol.section() < sections.size()
        && sections.get(symbol.section()).isCode(symbol.value());
  }

  private void visit(Visitor visitor) {
    byte[] piece = new byte[SYMBOLS_A_PIECE * layout.symbol];
    ByteBuffer fields = ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN);
    long size = table.size();
    for (long start = 0; start < size; start += piece.length) {
      int wanted = (int) Math.min(piece.length, size - start);
      int length = reader.read(table.offset() + start, piece, 0, wanted);
      for (int at = 0; at + layout.symbol <= length; at += layout.symbol) {
        if (!visitor.visit(fields, at)) {
          return;
        }
      }
      if (length < wanted) {
        return;
      }
    }
  }
}
