package org.capemu.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** cap_rights_t: an algebra of sets, and their names. */
class CapRightsTest {
  @Provide
  Arbitrary<CapRights> sets() {
    return Arbitraries.of(Right.class).array(Right[].class).ofMaxSize(12).map(CapRights::of);
  }

  @Property
  void aUnionHoldsBothAndNothingElse(@ForAll("sets") CapRights a, @ForAll("sets") CapRights b) {
    CapRights union = a.merge(b);
    assertTrue(union.contains(a) && union.contains(b));
    assertEquals(union, b.merge(a));
    assertEquals(b, union.remove(a.remove(b)));
  }

  @Property
  void aUnionIsAssociative(
      @ForAll("sets") CapRights a, @ForAll("sets") CapRights b, @ForAll("sets") CapRights c) {
    assertEquals(a.merge(b).merge(c), a.merge(b.merge(c)));
  }

  @Property
  void aDifferenceHoldsNothingOfWhatWasTaken(
      @ForAll("sets") CapRights a, @ForAll("sets") CapRights b) {
    CapRights rest = a.remove(b);
    assertTrue(a.contains(rest));
    assertEquals(CapRights.NONE, rest.remove(a));
    assertEquals(a.merge(b), rest.merge(b));
  }

  @Property
  void containingIsAnOrder(@ForAll("sets") CapRights a, @ForAll("sets") CapRights b) {
    assertTrue(a.contains(a) && a.contains(CapRights.NONE) && CapRights.ALL.contains(a));
    assertEquals(a.equals(b), a.contains(b) && b.contains(a));
    assertEquals(a.contains(b), a.merge(b).equals(a));
  }

  @Property
  void itsNamesAreThoseOfTheSet(@ForAll("sets") CapRights rights) {
    CapRights named = CapRights.NONE;
    for (String name : rights.toString().split(",")) {
      named = name.equals("CAP_NONE") ? named : named.merge(Right.valueOf(name).rights());
    }
    assertEquals(rights, named);
  }

  @Property
  void theKernelsFormIsWellFormed(@ForAll("sets") CapRights rights) {
    assertTrue(CapRights.isWellFormed(rights.encodedWord0(), rights.encodedWord1()));
    assertEquals(rights, new CapRights(rights.encodedWord0(), rights.encodedWord1()));
  }

  @Property
  void aDescriptorLimitedTwiceHoldsTheSecondLimit(
      @ForAll("sets") CapRights a, @ForAll("sets") CapRights b) {
    Descriptor descriptor = Descriptor.UNLIMITED.limitedTo(a.merge(b)).limitedTo(b);
    assertEquals(b, descriptor.rights());
    boolean fcntl = b.contains(Right.CAP_FCNTL.rights());
    assertEquals(fcntl ? Descriptor.ALL_FCNTLS : 0, descriptor.fcntls());
    assertEquals(b.contains(Right.CAP_IOCTL.rights()), descriptor.ioctls() == null);
  }

  @Test
  void namesStandInKdumpsOrderTheLargerSetsFirst() {
    assertEquals(
        "CAP_PREAD,CAP_FSTATAT",
        CapRights.of(Right.CAP_READ, Right.CAP_SEEK, Right.CAP_FSTAT, Right.CAP_LOOKUP).toString());
    assertEquals("CAP_MMAP_RW", Right.CAP_MMAP_RW.rights().toString());
    assertEquals("CAP_NONE", CapRights.NONE.toString());
    assertEquals("CAP_READ,unknown rights", new CapRights(1, 1L << 40).toString());
  }

  @Test
  void whatTheKernelRefusesIsIllFormed() {
    long index0 = 1L << 57;
    long index1 = 1L << 58;
    assertTrue(CapRights.isWellFormed(index0 | 1, index1));
    assertFalse(CapRights.isWellFormed(1, index1)); // no index
    assertFalse(CapRights.isWellFormed(index0 | 1, 0));
    assertFalse(CapRights.isWellFormed(index0 | index1, index1));
    assertFalse(CapRights.isWellFormed(1L << 62 | index0, index1)); // version 1
    assertFalse(CapRights.isWellFormed(index0, index1 | 1L << 30)); // no such right
  }

  @Test
  void everyRightIsPartOfAll() {
    assertEquals(CapRights.ALL, CapRights.of(Right.values()));
    assertEquals(
        Right.values().length, Arrays.stream(Right.values()).map(Right::rights).distinct().count());
  }
}
