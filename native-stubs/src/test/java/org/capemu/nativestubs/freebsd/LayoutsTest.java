package org.capemu.nativestubs.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.capemu.nativestubs.freebsd.Layouts.Dirent;
import org.capemu.nativestubs.freebsd.Layouts.IoDesc;
import org.capemu.nativestubs.freebsd.Layouts.KinfoFile;
import org.capemu.nativestubs.freebsd.Layouts.KinfoProc;
import org.capemu.nativestubs.freebsd.Layouts.LwpInfo;
import org.capemu.nativestubs.freebsd.Layouts.ScRet;
import org.capemu.nativestubs.freebsd.Layouts.SigInfo;
import org.capemu.nativestubs.freebsd.Layouts.SockaddrUn;
import org.capemu.nativestubs.freebsd.Layouts.Stat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of the kernel's structs lies where its headers say. */
class LayoutsTest {
  @Test
  void offsetsAndSizesAreThoseOfTheHeaders() throws IOException {
    Map<String, int[]> facts = facts();
    Map<String, int[]> ours = new HashMap<>();
    put(ours, "ptrace_lwpinfo -", 0, LwpInfo.SIZE);
    put(ours, "ptrace_lwpinfo pl_lwpid", LwpInfo.LWPID, 4);
    put(ours, "ptrace_lwpinfo pl_flags", LwpInfo.FLAGS, 4);
    put(ours, "ptrace_lwpinfo pl_sigmask", LwpInfo.SIGMASK, 16);
    put(ours, "ptrace_lwpinfo pl_siginfo", LwpInfo.SIGINFO, 80);
    put(ours, "ptrace_lwpinfo pl_tdname", LwpInfo.TDNAME, LwpInfo.TDNAME_SIZE);
    put(ours, "ptrace_lwpinfo pl_child_pid", LwpInfo.CHILD_PID, 4);
    put(ours, "ptrace_lwpinfo pl_syscall_code", LwpInfo.SYSCALL_CODE, 4);
    put(ours, "ptrace_lwpinfo pl_syscall_narg", LwpInfo.SYSCALL_NARG, 4);
    put(ours, "__siginfo si_signo", SigInfo.SIGNO, 4);
    put(ours, "__siginfo si_code", SigInfo.CODE, 4);
    put(ours, "__siginfo si_pid", SigInfo.PID, 4);
    put(ours, "ptrace_sc_ret -", 0, ScRet.SIZE);
    put(ours, "ptrace_sc_ret sr_retval", ScRet.RETVAL, 16);
    put(ours, "ptrace_sc_ret sr_error", ScRet.ERROR, 4);
    put(ours, "ptrace_io_desc -", 0, IoDesc.SIZE);
    put(ours, "ptrace_io_desc piod_op", IoDesc.OP, 4);
    put(ours, "ptrace_io_desc piod_offs", IoDesc.OFFS, 8);
    put(ours, "ptrace_io_desc piod_addr", IoDesc.ADDR, 8);
    put(ours, "ptrace_io_desc piod_len", IoDesc.LEN, 8);
    put(ours, "kinfo_proc -", 0, KinfoProc.SIZE);
    put(ours, "kinfo_proc ki_pid", KinfoProc.PID, 4);
    put(ours, "kinfo_proc ki_ppid", KinfoProc.PPID, 4);
    put(ours, "kinfo_proc ki_sigignore", KinfoProc.SIGIGNORE, 16);
    put(ours, "kinfo_proc ki_sigcatch", KinfoProc.SIGCATCH, 16);
    put(ours, "kinfo_proc ki_comm", KinfoProc.COMM, KinfoProc.COMM_SIZE);
    put(ours, "kinfo_proc ki_emul", KinfoProc.EMUL, KinfoProc.EMUL_SIZE);
    put(ours, "kinfo_proc ki_cr_flags", KinfoProc.CR_FLAGS, 4);
    put(ours, "kinfo_file kf_structsize", KinfoFile.STRUCTSIZE, 4);
    put(ours, "kinfo_file kf_type", KinfoFile.TYPE, 4);
    put(ours, "kinfo_file kf_fd", KinfoFile.FD, 4);
    put(ours, "kinfo_file kf_file_type", KinfoFile.FILE_TYPE, 4);
    put(ours, "kinfo_file kf_sock_domain0", KinfoFile.SOCK_DOMAIN, 4);
    put(ours, "kinfo_file kf_sock_type0", KinfoFile.SOCK_TYPE, 4);
    put(ours, "kinfo_file kf_sa_local", KinfoFile.SA_LOCAL, 128);
    put(ours, "kinfo_file kf_sock_unpconn", KinfoFile.SOCK_UNPCONN, 8);
    put(ours, "sockaddr_un sun_path", SockaddrUn.PATH, 104);
    put(ours, "kinfo_file kf_cap_rights", KinfoFile.CAP_RIGHTS, 16);
    put(ours, "kinfo_file kf_path", KinfoFile.PATH, KinfoFile.PATH_SIZE);
    put(ours, "stat -", 0, Stat.SIZE);
    put(ours, "stat st_mode", Stat.MODE, 2);
    put(ours, "dirent d_reclen", Dirent.RECLEN, 2);
    put(ours, "dirent d_namlen", Dirent.NAMLEN, 2);
    put(ours, "dirent d_name", Dirent.NAME, 256);
    ours.forEach(
        (field, place) -> {
          int[] fact = facts.get(field);
          assertNotNull(fact, field);
          assertEquals(fact[0], place[0], "offset of " + field);
          assertEquals(fact[1], place[1], "size of " + field);
        });
  }

  private static void put(Map<String, int[]> map, String field, int offset, int size) {
    map.put(field, new int[] {offset, size});
  }

  private static Map<String, int[]> facts() throws IOException {
    Map<String, int[]> facts = new HashMap<>();
    try (InputStream in = LayoutsTest.class.getResourceAsStream("/freebsd-layouts.tsv")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      text.lines()
          .filter(line -> !line.startsWith("#") && !line.startsWith("struct"))
          .map(line -> line.split("\t"))
          .forEach(
              row ->
                  put(
                      facts,
                      row[0] + " " + row[1],
                      Integer.parseInt(row[2]),
                      Integer.parseInt(row[3])));
    }
    return facts;
  }

  @Test
  void aListOfDescriptorsIsReadEntryByEntry() {
    ByteBuffer list = ByteBuffer.allocate(376 + 384).order(ByteOrder.LITTLE_ENDIAN);
    list.putInt(0, 376).putInt(4, 2).putInt(8, 5).putInt(36, 1).putInt(40, 2);
    list.putLong(344, 0x200000000000001L).putLong(352, 0x400000000000000L);
    list.putInt(376, 384).putInt(380, 1).putInt(384, -1).putInt(376 + 32, 2);
    list.position(376 + 368).put("/tmp".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        List.of(
            new OpenFile(5, 2, 0, 1, 2, 0x200000000000001L, 0x400000000000000L, ""),
            new OpenFile(-1, 1, 2, 0, 0, 0, 0, "/tmp")),
        LibcFreeBsdKernel.openFiles(list.array()));
  }

  @Test
  void aListOfDescriptorsThatIsCutEndsBeforeTheCut() {
    byte[] list = new byte[500];
    ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 600);
    assertEquals(List.of(), LibcFreeBsdKernel.openFiles(list));
  }

  @Test
  void factsOfAProcessAreRead() {
    ByteBuffer proc = ByteBuffer.allocate(1088).order(ByteOrder.LITTLE_ENDIAN);
    proc.putInt(76, 7).putInt(168, 1001).putInt(588, 1).putLong(136, 4).putLong(152, 8);
    proc.position(447).put("unzip".getBytes(StandardCharsets.ISO_8859_1));
    proc.position(467).put("FreeBSD ELF64".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        new ProcessFacts(7, 1001, "unzip", "FreeBSD ELF64", true, 4, 8),
        LibcFreeBsdKernel.facts(proc.array()));
    assertEquals(null, LibcFreeBsdKernel.facts(new byte[0]));
  }

  @Test
  void namesInADirectoryLeaveOutDotsAndDeletedOnes() {
    ByteBuffer block = ByteBuffer.allocate(4 * 32).order(ByteOrder.LITTLE_ENDIAN);
    entry(block, 0, 2, ".");
    entry(block, 32, 2, "..");
    entry(block, 64, 0, "gone");
    entry(block, 96, 9, "motd");
    List<String> names = new ArrayList<>();
    LibcFreeBsdKernel.addNames(block.array(), 128, names);
    assertEquals(List.of("motd"), names);
  }

  private static void entry(ByteBuffer block, int at, long inode, String name) {
    block.putLong(at, inode).putShort(at + 16, (short) 32).putShort(at + 20, (short) name.length());
    block.position(at + 24).put(name.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The entry point of the launcher comes after the headers, and all of it is loaded. */
  @ParameterizedTest
  @CsvSource({"amd64, 62, 118", "aarch64, 183, 140"})
  void theLauncherIsAFreeBsdProgram(String architecture, int machine, int code) throws IOException {
    ByteBuffer elf = ByteBuffer.wrap(LauncherImage.of(architecture)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0x464c457f, elf.getInt(0));
    assertEquals(9, elf.get(7), "ELFOSABI_FREEBSD");
    assertEquals(machine, elf.getShort(18));
    assertEquals(176 + code, elf.capacity());
    assertEquals(0x400000 + 176, elf.getLong(24), "e_entry");
    assertEquals(elf.capacity(), elf.getLong(64 + 32), "p_filesz");
  }

  /** So that a JVM on FreeBSD can make the calls at all. */
  @ParameterizedTest
  @ValueSource(strings = {"x86_64-FreeBSD", "aarch64-FreeBSD"})
  void theNativePartForFreeBsdIsThere(String platform) {
    assertNotNull(
        jnr.ffi.Runtime.class.getClassLoader().getResource("jni/" + platform + "/libjffi-1.2.so"));
  }
}
