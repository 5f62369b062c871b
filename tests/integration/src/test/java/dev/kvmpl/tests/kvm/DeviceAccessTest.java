// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.host.DeviceAccess;
import dev.kvmpl.kvm.host.DeviceAccess.Caller;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The advice for each kind of node and caller; no KVM needed. */
@Tag("host-kernel")
class DeviceAccessTest {
  private static final Path KVM = Path.of("/dev/kvm");
  private static final Caller USER = new Caller(1000, Set.of(1000, 27));

  private static String remedy(int group, String name, int mode, Caller caller) {
    return new DeviceAccess(0, group, Optional.of(name).filter(n -> !n.isEmpty()), mode)
        .remedy(KVM, caller);
  }

  @Test
  void groupThatMayUseIt_isToBeJoined_byItsName() {
    String remedy = remedy(105, "virt", 0660, USER);

    assertTrue(remedy.startsWith("join its group (sudo usermod -aG virt $USER, "), remedy);
    assertTrue(remedy.endsWith("in a container add that group (--group-add 105)"), remedy);
  }

  @Test
  void groupWithoutAName_isToBeAdded_byItsNumber() {
    String remedy = remedy(993, "", 0660, USER);

    assertTrue(remedy.startsWith("join its group, which has no name here: "), remedy);
    assertTrue(remedy.contains("run with group 993"), remedy);
    assertTrue(remedy.contains("--group-add 993"), remedy);
  }

  @Test
  void modeThatKeepsEveryGroupOut_isToBeChanged() {
    String remedy = remedy(0, "root", 0600, USER);

    assertTrue(remedy.startsWith("its mode is 600, so let a group use it"), remedy);
    assertTrue(remedy.contains("sudo chgrp kvm /dev/kvm && sudo chmod g+rw /dev/kvm"), remedy);
    assertTrue(remedy.contains("udev rule"), remedy);
  }

  @Test
  void groupOfTheCallersThatMayOnlyRead_isToGetMore() {
    assertTrue(remedy(27, "kvm", 0640, USER).contains("chmod g+rw /dev/kvm"));
  }

  /** Nobody should join root's. */
  @Test
  void groupOfRoot_isToBeChanged() {
    assertTrue(remedy(0, "root", 0660, USER).contains("chgrp kvm /dev/kvm"));
  }

  @Test
  void callerWhomTheNodeLets_isKeptOutBySomethingElse() {
    String remedy = remedy(27, "kvm", 0660, USER);

    assertTrue(remedy.contains("its node lets this user"), remedy);
    assertTrue(remedy.contains("--device /dev/kvm"), remedy);
    assertTrue(remedy.contains("security module"), remedy);
    assertEquals(remedy, remedy(105, "kvm", 0666, USER));
    assertEquals(remedy, remedy(105, "kvm", 0600, new Caller(0, Set.of())));
  }

  /** As the kernel does: the group's permissions count for its members, not the others'. */
  @Test
  void memberOfAGroupWithLessThanOthers_isKeptOutByTheNode() {
    assertTrue(remedy(27, "kvm", 0606, USER).startsWith("its mode is 606"));
  }

  @Test
  void node_isLookedAt(@TempDir Path folder) throws Exception {
    Path file = Files.createFile(folder.resolve("kvm"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

    DeviceAccess node = DeviceAccess.of(file).orElseThrow();

    assertEquals(0640, node.mode());
    assertEquals(Files.getAttribute(file, "unix:uid"), node.owner());
    assertEquals(Files.getAttribute(file, "unix:gid"), node.group());
    assertEquals(node.owner(), Caller.self().user());
    assertTrue(DeviceAccess.of(folder.resolve("none")).isEmpty());
  }
}
