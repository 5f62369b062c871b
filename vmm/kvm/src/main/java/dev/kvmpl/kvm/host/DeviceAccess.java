// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Why this process may not open a device, and what helps: as the device's node says.
 *
 * @param owner the node's user id
 * @param group its group id
 * @param groupName empty where that has no name, as in many containers
 * @param mode its permissions, the low nine bits of st_mode
 */
public record DeviceAccess(int owner, int group, Optional<String> groupName, int mode) {
  private static final int READ_WRITE = 6;
  private static final int ROOT = 0;

  /**
   * Who wants to open it.
   *
   * @param user the effective user id
   * @param groups the effective group id and the supplementary ones
   */
  public record Caller(int user, Set<Integer> groups) {
    /** Which of an id's four values: real, effective, saved, the file system's. */
    private static final int EFFECTIVE = 1;

    /** Where /proc does not say. */
    private static final int NOBODY = -1;

    public Caller {
      groups = Set.copyOf(groups);
    }

    /** This process, by /proc. */
    public static Caller self() {
      Set<Integer> groups = new HashSet<>(status("Groups:"));
      groups.add(effective("Gid:"));
      return new Caller(effective("Uid:"), groups);
    }

    private static int effective(String field) {
      return status(field).stream().skip(EFFECTIVE).findFirst().orElse(NOBODY);
    }

    private static List<Integer> status(String field) {
      return Host.lines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(field))
          .flatMap(line -> Arrays.stream(line.substring(field.length()).strip().split("\\s+")))
          .filter(id -> !id.isEmpty())
          .map(Integer::parseUnsignedInt)
          .toList();
    }
  }

  /** Looks at a node; empty if it cannot be looked at. */
  public static Optional<DeviceAccess> of(Path device) {
    try {
      Map<String, Object> node = Files.readAttributes(device, "unix:mode,uid,gid,group");
      int gid = number(node, "gid");
      String group = String.valueOf(node.get("group"));
      return Optional.of(
          new DeviceAccess(
              number(node, "uid"),
              gid,
              // For a group without a name Java gives its number.
              group.equals(Integer.toUnsignedString(gid)) ? Optional.empty() : Optional.of(group),
              number(node, "mode") & 0777));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static int number(Map<String, Object> node, String attribute) {
    return (int) Objects.requireNonNull(node.get(attribute));
  }

  /** What lets the caller open {@code device}, as half a sentence. */
  public String remedy(Path device, Caller caller) {
    if (lets(caller)) {
      return "its node lets this user, but something else does not: a device rule of the container"
          + " (pass it on with --device "
          + device
          + "), a mount without devices (nodev), or a security module";
    }
    if ((mode >> 3 & READ_WRITE) == READ_WRITE && group != ROOT) {
      return groupName
              .map(
                  name -> "join its group (sudo usermod -aG " + name + " $USER, then log in again)")
              .orElse("join its group, which has no name here: run with group " + group)
          + ", or in a container add that group (--group-add "
          + group
          + ")";
    }
    String byRule = "; to keep it so, a udev rule: KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\"";
    return "its mode is "
        + Integer.toOctalString(mode)
        + ", so let a group use it (sudo chgrp kvm "
        + device
        + " && sudo chmod g+rw "
        + device
        + byRule
        + ") and join that";
  }

  /** As the kernel decides: the first class that fits counts. Root may open whatever there is. */
  private boolean lets(Caller caller) {
    int shift = caller.user == owner ? 6 : caller.groups.contains(group) ? 3 : 0;
    return caller.user == ROOT || (mode >> shift & READ_WRITE) == READ_WRITE;
  }
}
