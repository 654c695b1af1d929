package org.capemu.emulator.run;

import org.capemu.tracer.Structure;

/**
 * A structure that a call copied in or out, as it is recorded.
 *
 * @param elementSize 0 for KTR_STRUCT; of KTR_STRUCT_ARRAY the bytes of an element
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RecordedStructure(String name, int elementSize, byte[] bytes) {
  /** Null for a structure that was not there. */
  static RecordedStructure one(Structure structure, byte[] bytes) {
    return bytes == null ? null : new RecordedStructure(structure.recordName(), 0, bytes);
  }

  static RecordedStructure array(Structure structure, byte[] bytes) {
    return bytes == null
        ? null
        : new RecordedStructure(structure.recordName(), structure.size(), bytes);
  }

  static RecordedStructure address(byte[] sockaddr) {
    return sockaddr == null ? null : new RecordedStructure("sockaddr", 0, sockaddr);
  }
}
