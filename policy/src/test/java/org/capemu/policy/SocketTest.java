package org.capemu.policy;

import static org.capemu.policy.Right.*;
import static org.capemu.policy.Watched.AT_FDCWD;
import static org.capemu.policy.Watched.GATE;
import static org.capemu.policy.Watched.WORKING_DIRECTORY;
import static org.capemu.policy.Watched.bytes;
import static org.capemu.policy.Watched.kernel;
import static org.capemu.policy.Watched.lacks;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.Mockito.doReturn;

import java.util.List;
import org.capemu.policy.Descriptor.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets: protocols, addresses and the paths of unix sockets. */
class SocketTest {
  private static final byte[] INET = {
    16, 2, 0x13, (byte) 0x88, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
  };
  private static final byte[] UNIX = {8, 1, 's', 'o', 'c', 'k', 0, 0};
  private static final CapRights SEND_TO = CapRights.of(CAP_WRITE, CAP_CONNECT);

  @ParameterizedTest
  @CsvSource({
    "2, 1, 0",
    "2, 1, 6",
    "2, 2, 0",
    "2, 2, 17",
    "2, 2, 136",
    "28, 1, 0",
    "28, 2, 17",
    "1, 1, 0",
    "1, 2, 0",
    "1, 5, 0",
    "2, 0x30000001, 0",
  })
  void ordinarySocketsAreAllowed(int domain, String type, int protocol) {
    assertEquals(List.of(), kernel().decide("socket", domain, Integer.decode(type), protocol));
    assertEquals(List.of(), kernel().decide("socketpair", domain, Integer.decode(type), protocol));
  }

  @ParameterizedTest
  @CsvSource({"2, 3, 1", "2, 3, 0", "28, 3, 58", "17, 3, 0", "38, 3, 0", "38, 2, 16"})
  void rawAndRoutingSocketsAreNot(int domain, int type, int protocol) {
    assertEquals(
        List.of(new Violation.Proto(protocol)), kernel().decide("socket", domain, type, protocol));
  }

  @Test
  void aPairOfThemIsTwoOfThemIfTheFirstCanBeMade() {
    Violation icmp = new Violation.Proto(1);
    assertEquals(List.of(icmp, icmp), kernel().decide("socketpair", 2, 3, 1));
    assertEquals(2, kernel().decide("socketpair", 38, 3, 16).size());
    assertEquals(1, kernel().decide("socketpair", 38, 3, 15).size());
    assertEquals(2, kernel().decide("socketpair", 17, 3, 0).size());
    assertEquals(List.of(icmp), kernel().inCapabilityMode().decide("socketpair", 2, 3, 1));
    Watched user = kernel();
    doReturn(false).when(user.caller).isSuperuser();
    assertEquals(List.of(icmp), user.decide("socketpair", 2, 3, 1));
    assertEquals(List.of(new Violation.Proto(256)), kernel().decide("socketpair", 2, 3, 256));
  }

  @Test
  void withoutAFreeDescriptorASocketIsNotMade() {
    Watched full = kernel();
    doReturn(false).when(full.caller).hasFreeDescriptor();
    assertEquals(List.of(), full.decide("socket", 2, 3, 1));
    assertEquals(2, full.decide("socketpair", 2, 3, 1).size());
  }

  @ParameterizedTest
  @CsvSource({"99, 1, 0", "2, 1, 17", "2, 9, 0", "1, 3, 0", "2, 3, 258", "2, 5, 132"})
  void whatThereIsNoProtocolForFailsFirst(int domain, int type, int protocol) {
    assertEquals(List.of(), kernel().decide("socket", domain, type, protocol));
  }

  @Test
  void aDestinationIsRecordedBeforeTheDescriptorIsLookedAt() {
    Watched process = kernel().limited(3, CAP_WRITE).sockaddr(7, INET);
    assertEquals(
        List.of(Violation.Sockaddr.cut(INET), lacks(SEND_TO, CAP_WRITE)),
        process.decide("sendto", 3, 1, 1, 0, 7, 16));
    assertEquals(
        List.of(Violation.Sockaddr.cut(INET)), process.decide("sendto", 33, 1, 1, 0, 7, 16));
    assertEquals(List.of(), process.decide("sendto", 3, 1, 1, 0, 0, 0));
    assertEquals(List.of(), process.decide("sendto", 3, 1, 1, 0, 8, 16)); // EFAULT
  }

  @Test
  void aShortAddressIsFilledUpAndALongOneCut() {
    assertEquals(
        "SOCKADDR 0801736f636b00000000000000000000", Violation.Sockaddr.cut(UNIX).toString());
    byte[] long6 = new byte[28];
    long6[0] = 28;
    long6[1] = 28;
    long6[20] = 1;
    assertEquals(
        "SOCKADDR 1c1c0000000000000000000000000000", Violation.Sockaddr.cut(long6).toString());
  }

  @Test
  void aMessageHoldsItsDestination() {
    Watched process = kernel().limited(3).sockaddr(7, INET).memory(1, bytes(7L, 16));
    assertEquals(
        List.of(Violation.Sockaddr.cut(INET), lacks(SEND_TO)), process.decide("sendmsg", 3, 1, 0));
  }

  @Test
  void aMessagesVectorIsReadBeforeItsAddressAndItsControlDataAfter() {
    Watched process = kernel().limited(3).sockaddr(7, INET).memory(1, bytes(7L, 16));
    process.memory(17, bytes(0x5000L, 1025)); // EMSGSIZE
    assertEquals(List.of(), process.decide("sendmsg", 3, 1, 0));
    process.memory(17, bytes(0x5000L, 1)).memory(33, bytes(0x6000L, 4)); // too short
    assertEquals(List.of(Violation.Sockaddr.cut(INET)), process.decide("sendmsg", 3, 1, 0));
  }

  @Test
  void aDatagramToAUnixSocketLooksItsPathUp() {
    Watched process =
        kernel().descriptor(3, Descriptor.unlimited(Kind.UNIX_DATAGRAM_SOCKET)).sockaddr(7, UNIX);
    assertEquals(
        List.of(Violation.Sockaddr.cut(UNIX), "sock", WORKING_DIRECTORY),
        process.decide("sendto", 3, 1, 1, 0, 7, 8));
  }

  @Test
  void aDatagramIsCheckedBeforeItsPath() {
    Watched process =
        kernel().descriptor(3, Descriptor.unlimited(Kind.UNIX_DATAGRAM_SOCKET)).sockaddr(7, UNIX);
    List<Object> address = List.of(Violation.Sockaddr.cut(UNIX));
    assertEquals(address, process.decide("sendto", 3, 1, 1, 1, 7, 8)); // MSG_OOB
    assertEquals(address, process.decide("sendto", 3, 1, 8193, 0, 7, 8)); // EMSGSIZE
    assertEquals(address, process.decide("sendto", 3, 1, -1, 0, 7, 8)); // EINVAL
    assertEquals(address, process.decide("sendto", 3, 0, 1, 0, 7, 8)); // EFAULT
    process.memory(1, bytes(7L, 8)).memory(17, bytes(0x5000L, 2));
    process.memory(0x5000, bytes(0x6000L, 8000L, 0x6000L, 193L));
    assertEquals(address, process.decide("sendmsg", 3, 1, 0)); // EMSGSIZE
    process.memory(0x5000, bytes(0x6000L, 8000L, 0x6000L, 192L));
    assertEquals(
        List.of(address.get(0), "sock", WORKING_DIRECTORY), process.decide("sendmsg", 3, 1, 0));
    assertEquals(address, process.decide("sendmsg", 3, 1, 1)); // MSG_OOB
  }

  @Test
  void aSocketThatHasAPeerDoesNotLookAnotherUp() {
    Watched process =
        kernel().descriptor(3, Descriptor.unlimited(Kind.UNIX_DATAGRAM_SOCKET)).sockaddr(7, UNIX);
    doReturn(false).when(process.caller).looksUpAddress();
    assertEquals(List.of(Violation.Sockaddr.cut(UNIX)), process.decide("sendto", 3, 1, 1, 0, 7, 8));
    assertEquals(List.of(WORKING_DIRECTORY), process.decide("connectat", AT_FDCWD, 3, 7, 8));
    assertEquals(List.of(), process.decide("bindat", 5, 3, 7, 8));
  }

  @Test
  void sendmsgOfA32BitProcessDoesNotRecordItsDestination() {
    Watched process =
        kernel().abi(Abi.FREEBSD32).limited(3, CAP_WRITE).sockaddr(7, INET).memory(1, bytes(7, 16));
    assertEquals(List.of(lacks(SEND_TO, CAP_WRITE)), process.decide("sendmsg", 3, 1, 0));
    assertEquals(List.of(), process.decide("sendmsg", 4, 1, 0));
    assertEquals(List.of(), process.inCapabilityMode().decide("sendmsg", 4, 1, 0));
    assertEquals(
        List.of(Violation.Sockaddr.cut(INET)), process.decide("sendto", 4, 1, 1, 0, 7, 16));
  }

  @Test
  void bindatAndConnectatAreNotForTheWorkingDirectory() {
    Watched process =
        kernel().descriptor(3, new Descriptor(Kind.INET_SOCKET, CapRights.NONE)).sockaddr(7, INET);
    assertEquals(
        List.of(WORKING_DIRECTORY, lacks(CAP_BIND)), process.decide("bindat", AT_FDCWD, 3, 7, 16));
    assertEquals(
        List.of(WORKING_DIRECTORY, lacks(CAP_CONNECT)),
        process.decide("connectat", AT_FDCWD, 3, 7, 16));
    assertEquals(List.of(), process.decide("connectat", AT_FDCWD, 3, 9, 16)); // EFAULT
    assertEquals(List.of(), process.decide("bindat", 5, 3, 9, 16));
  }

  @Test
  void connectatLooksTheSocketsPathUp() {
    Watched process =
        kernel()
            .descriptor(3, Descriptor.unlimited(Kind.UNIX_SOCKET))
            .limited(5, CAP_LOOKUP)
            .sockaddr(7, UNIX);
    assertEquals(
        List.of("sock", lacks(CAP_CONNECTAT, CAP_LOOKUP)), process.decide("connectat", 5, 3, 7, 8));
    assertEquals(
        List.of("sock", lacks(CAP_BINDAT, CAP_LOOKUP)), process.decide("bindat", 5, 3, 7, 8));
    assertEquals(
        List.of(WORKING_DIRECTORY, "sock", WORKING_DIRECTORY),
        process.decide("connectat", AT_FDCWD, 3, 7, 8));
  }

  @Test
  void bindAndConnectAreNotEnabled() {
    Watched process = kernel().descriptor(3, Descriptor.unlimited(Kind.UNIX_SOCKET));
    process.sockaddr(7, UNIX);
    assertEquals(List.of(GATE, "sock"), process.decide("bind", 3, 7, 8));
    assertEquals(List.of(GATE, "sock"), process.decide("connect", 3, 7, 8));
  }

  @Test
  void theLengthOfAnOptionIsCheckedFirst() {
    Watched process = kernel().limited(3).memory(7, bytes(-1)).memory(8, bytes(4));
    assertEquals(List.of(), process.decide("getsockopt", 3, 0xffff, 4, 1, 7)); // EINVAL
    assertEquals(List.of(), process.decide("getsockopt", 3, 0xffff, 4, 1, 0)); // EFAULT
    List<Object> lacks = List.of(lacks(CAP_GETSOCKOPT));
    assertEquals(lacks, process.decide("getsockopt", 3, 0xffff, 4, 1, 8));
    assertEquals(lacks, process.decide("getsockopt", 3, 0xffff, 4, 0, 7));
  }

  @Test
  void aSplicedSocketNeedsTheRightToSend() {
    Watched process = kernel().limited(4).memory(1, bytes(4, 0, 0L, 0L, 0L));
    assertEquals(List.of(lacks(CAP_WRITE)), process.decide("setsockopt", 3, 0xffff, 0x1023, 1, 32));
    assertEquals(List.of(), process.decide("setsockopt", 3, 0xffff, 0x4, 1, 4));
  }
}
