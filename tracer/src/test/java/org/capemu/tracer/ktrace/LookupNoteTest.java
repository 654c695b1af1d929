package org.capemu.tracer.ktrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.capemu.policy.FileTree.FileType;
import org.capemu.policy.Undecided;
import org.junit.jupiter.api.Test;

class LookupNoteTest {
  private static LookupNote decode(int type, byte[] payload) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (KtraceWriter writer = KtraceWriter.to(file)) {
      writer.record(new KtraceHeader().thread(1, 1), type, payload, 0, payload.length);
    }
    KtraceReader reader = KtraceReader.open(new ByteArrayInputStream(file.toByteArray()));
    assertTrue(reader.next());
    return CapemuNote.read(reader.record()) instanceof LookupNote note ? note : null;
  }

  private static LookupNote.Writer twoLookups() {
    LookupNote.Writer writer = new LookupNote.Writer();
    writer.start("/a\u00ff");
    writer.type(FileType.SYMLINK);
    writer.target("sS"); // letters of other answers
    writer.root(true);
    writer.target(null);
    writer.start(null);
    writer.start("");
    writer.type(FileType.MISSING);
    return writer;
  }

  @Test
  void answersInTheirOrder() throws IOException {
    LookupNote note = decode(RecordType.USER, twoLookups().encode());
    for (int time = 0; time < 2; time++) {
      assertEquals("/a\u00ff", note.start());
      assertEquals(FileType.SYMLINK, note.type());
      assertEquals("sS", note.target());
      assertTrue(note.root());
      assertNull(note.target());
      assertNull(note.start());
      assertEquals("", note.start());
      assertEquals(FileType.MISSING, note.type());
      assertThrows(Undecided.class, note::type);
      note.again();
    }
  }

  @Test
  void aLookupThatIsLeftEarlyIsPassedOver() throws IOException {
    LookupNote note = decode(RecordType.USER, twoLookups().encode());
    assertEquals("/a\u00ff", note.start());
    assertNull(note.start());
  }

  @Test
  void anotherQuestionHasNoAnswer() throws IOException {
    LookupNote note = decode(RecordType.USER, twoLookups().encode());
    assertThrows(Undecided.class, note::type);
    assertThrows(Undecided.class, note::root);
    assertThrows(Undecided.class, note::target);
    assertEquals("/a\u00ff", note.start());
  }

  @Test
  void whatIsNoNoteIsNone() throws IOException {
    byte[] note = twoLookups().encode();
    assertNull(decode(RecordType.GENIO, note));
    assertNull(decode(RecordType.USER, "capemu look".getBytes(StandardCharsets.US_ASCII)));
    assertNull(decode(RecordType.USER, new byte[0]));
    assertNull(new LookupNote.Writer().encode());
  }

  /** Its text may be cut or anything. */
  @Test
  void aNoteThatIsCutAnswersAsFarAsItGoes() throws IOException {
    byte[] whole = twoLookups().encode();
    for (int length = 15; length < whole.length; length++) {
      LookupNote note = decode(RecordType.USER, Arrays.copyOf(whole, length));
      try {
        while (true) {
          note.start();
        }
      } catch (Undecided atItsEnd) {
        assertThrows(Undecided.class, note::root);
      }
    }
  }

  /** kdump(1) takes any KTR_USER record of 24 bytes for malloc(3)'s. */
  @Test
  void noneHasTheLengthOfWhatMallocWrites() {
    for (int length = 0; length < 20; length++) {
      LookupNote.Writer writer = new LookupNote.Writer();
      writer.start("x".repeat(length));
      assertFalse(writer.encode().length == 24, "a name of " + length);
    }
  }
}
