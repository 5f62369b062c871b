// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.SvsmCalls.INVALID_ADDRESS;
import static dev.kvmpl.tests.support.SvsmCalls.INVALID_PARAMETER;
import static dev.kvmpl.tests.support.SvsmCalls.INVALID_REQUEST;
import static dev.kvmpl.tests.support.SvsmCalls.SUCCESS;

import dev.kvmpl.memory.PageRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What docs/protocol.md says about the SVSM calls of drivers that follow one another on one
 * processor, without permissions, codebases and protected ranges: plain sets and maps. Pages are
 * addresses; what a model does not name has the state of a launch.
 */
final class RequestModel {
  static final long INCOMPLETE = 0x80000000L;
  static final long UNCHANGED = 0x80001010L;
  static final long RESTRICTED = 0x80001000L;
  static final long OWNED_BY_OTHER = 0x80001001L;
  static final long NOT_GRANTED = 0x80001004L;
  static final long SIZE_MISMATCH = 0x80001006L;
  static final long NOT_VALIDATED = 0xff;
  static final long ALL = 0xf;

  private static final long LARGE = 0x200000;
  private static final long KERNEL_MEMORY = 0x1000000;
  private static final long END = 24L << 20;
  private static final int KERNELS_LEVEL = 1;

  /** A vCPU that CREATE_VCPU has accepted. */
  private record Vcpu(long vmsa, long area, long apicId, long level, int byLevel, int byDriver) {}

  private final int drivers;
  private final PageRange restricted;
  private final Map<Long, Integer> owners = new HashMap<>();
  private final Set<Integer> unloaded = new HashSet<>();
  private final Set<Long> rescinded = new HashSet<>();
  private final Set<Long> rescindedByDriver = new HashSet<>();
  private final Set<Long> open = new HashSet<>();
  private final Map<Long, Long> taken = new HashMap<>(); // what lower levels have left, by page
  private final Map<Long, Long> vmsaLevels = new HashMap<>();
  private final List<Vcpu> vcpus = new ArrayList<>();

  private int driver;
  private int level;
  private long area;

  RequestModel(int drivers, PageRange restricted) {
    this.drivers = drivers;
    this.restricted = restricted;
  }

  /** A driver starts on processor 0. */
  void start(int number, int itsLevel) {
    driver = number;
    level = itsLevel;
    area = 0;
    unloaded.remove(number);
  }

  /** It has given its vCPU back. */
  void end(boolean unload) {
    open.clear();
    rescinded.removeAll(rescindedByDriver);
    rescindedByDriver.clear();
    vcpus.removeIf(vcpu -> vcpu.byDriver == driver && vcpu.byLevel == level);
    if (unload) {
      owners.values().removeIf(owner -> owner == driver);
      unloaded.add(driver);
    }
  }

  /** Where VMPL0 looks for the level's calls: 0 is where it was at first. */
  long area() {
    if (area != 0) {
      return area;
    }
    return vcpus.stream()
        .filter(vcpu -> vcpu.apicId == 0 && vcpu.level == level)
        .map(Vcpu::area)
        .findFirst()
        .orElse(0L);
  }

  static long firstArea(int level, long processor) {
    return (level == 1 ? 0 : level * LARGE) + 0x84000 + processor * 0x20000;
  }

  boolean isRescinded(long page) {
    return rescinded.contains(page);
  }

  Map<Long, Integer> owners() {
    return owners;
  }

  /** A page of the driver's that has a level that it may create a vCPU of, if there is one. */
  long anyVmsa(long otherwise) {
    return vmsaLevels.entrySet().stream()
        .filter(page -> isOwn(level, page.getKey()) && page.getValue() >= level)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(otherwise);
  }

  /** A page that the driver owns, if there is one. */
  long anyOwned(long otherwise) {
    return owners.entrySet().stream()
        .filter(page -> page.getValue() == driver)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(otherwise);
  }

  /** What the level may do with the page of its own, or of one below it. */
  long permissions(int of, long page) {
    if (rescinded.contains(page)) {
      return 0;
    }
    return isOwn(of, page)
        ? taken.getOrDefault(page, ALL)
        : of == KERNELS_LEVEL && (isOwn(2, page) || isOwn(3, page)) ? ALL : 0;
  }

  static boolean isOwn(int level, long page) {
    long start = level == 1 ? 0x1000 : level * LARGE;
    long end = level == 1 ? 2 * LARGE : start + LARGE;
    return page >= start && page < end;
  }

  private boolean mayUse(int of, long address) {
    return isOwn(of, address) && (permissions(of, pageOf(address)) & 3) == 3;
  }

  private static long pageOf(long address) {
    return address & -PageRange.PAGE_SIZE;
  }

  /** The driver writes a level into a page of its own. */
  void setLevel(long page, long itsLevel) {
    vmsaLevels.put(page, itsLevel);
  }

  long remapArea(long at) {
    if (at % 8 != 0 || !mayUse(level, at)) {
      return INVALID_ADDRESS;
    }
    area = at;
    return SUCCESS;
  }

  long createVcpu(long vmsa, long at, long apicId) {
    if (vmsa % PageRange.PAGE_SIZE != 0 || vmsa % LARGE == 0 || !mayUse(level, vmsa)) {
      return INVALID_ADDRESS;
    }
    long of = vmsaLevels.getOrDefault(vmsa, 0L);
    if (of < level || of > 3 || apicId > 3) {
      return INVALID_PARAMETER;
    }
    if (at % 8 != 0 || !isOwn((int) of, at)) {
      return INVALID_ADDRESS;
    }
    if (level != KERNELS_LEVEL && (permissions(level, pageOf(at)) & 3) != 3) {
      return INVALID_ADDRESS;
    }
    if (vcpus.stream()
        .anyMatch(vcpu -> vcpu.vmsa == vmsa || (vcpu.apicId == apicId && vcpu.level == of))) {
      return INVALID_REQUEST;
    }
    vcpus.add(new Vcpu(vmsa, at, apicId, of, level, driver));
    return SUCCESS;
  }

  long deleteVcpu(long vmsa) {
    return vcpus.removeIf(vcpu -> vcpu.vmsa == vmsa) ? SUCCESS : INVALID_PARAMETER;
  }

  /** What VMPL0 still needs of the page. */
  private boolean isNeeded(long page, long list) {
    return page == pageOf(list)
        || (area != 0 && page == pageOf(area))
        || vcpus.stream().anyMatch(vcpu -> page == vcpu.vmsa || page == pageOf(vcpu.area))
        || List.of(1, 2, 3).stream().anyMatch(of -> page == firstArea(of, 0));
  }

  long pvalidate(long list, long entry) {
    long page = pageOf(entry);
    boolean validate = (entry & 4) != 0;
    if ((entry & 3) > 1) {
      return INVALID_PARAMETER;
    }
    if ((entry & 3) == 1) {
      return SIZE_MISMATCH; // the generator names no other than validated memory of 4 KiB entries
    }
    boolean own = isOwn(level, page);
    boolean kept =
        own
            ? !validate && !rescinded.contains(page) && (permissions(level, page) & 3) != 3
            : page < KERNEL_MEMORY || page >= END || isRestricted(page) || isOthers(page);
    if (kept) {
      return INVALID_ADDRESS;
    }
    if (!validate && isNeeded(page, list)) {
      return INVALID_REQUEST;
    }
    boolean changed = validate ? rescinded.remove(page) : rescinded.add(page);
    open.remove(validate ? -1L : page);
    if (changed && validate) {
      rescindedByDriver.remove(page);
    } else if (changed) {
      rescindedByDriver.add(page);
    }
    return changed || (entry & 8) != 0 ? SUCCESS : UNCHANGED;
  }

  private boolean isRestricted(long page) {
    return page >= restricted.start() && page < restricted.end();
  }

  private boolean isOthers(long page) {
    return owners.getOrDefault(page, driver) != driver;
  }

  /** A store to kernel memory, or the call that asks for it. */
  long validate(long page) {
    if (page < KERNEL_MEMORY || page >= END || isRestricted(page)) {
      return RESTRICTED;
    }
    if (isOthers(page)) {
      return OWNED_BY_OTHER;
    }
    if (rescinded.contains(page)) {
      return NOT_GRANTED;
    }
    owners.put(page, driver);
    open.add(page);
    return SUCCESS;
  }

  long transfer(long start, long length, int to) {
    if (to < 1 || to > 64 || length <= 0 || length % PageRange.PAGE_SIZE != 0) {
      return INVALID_PARAMETER;
    }
    for (long page = start; page < start + length; page += PageRange.PAGE_SIZE) {
      Integer owner = owners.get(page);
      if (owner == null) {
        return INVALID_ADDRESS;
      }
      if (owner != driver) {
        return OWNED_BY_OTHER;
      }
    }
    if (to > drivers || unloaded.contains(to)) {
      return INVALID_PARAMETER;
    }
    for (long page = start; page < start + length; page += PageRange.PAGE_SIZE) {
      owners.put(page, to);
      open.remove(page);
    }
    return SUCCESS;
  }

  /** RMPADJUST of a page of a lower level's, by VMPL1. */
  long adjust(long page, int of, long permissions) {
    if (of <= level) {
      return 2;
    }
    if (rescinded.contains(page)) {
      return NOT_VALIDATED;
    }
    if ((permissions & ~permissions(level, page)) != 0) {
      return 2;
    }
    taken.put(page, permissions);
    return 0;
  }

  /** RMPQUERY of a page of its own: the result, and above it permissions and VMSA bit. */
  long query(long page) {
    boolean isVmsa = vcpus.stream().anyMatch(vcpu -> vcpu.vmsa == page);
    return rescinded.contains(page)
        ? NOT_VALIDATED
        : (permissions(level, page) | (isVmsa ? 0x100 : 0)) << Integer.SIZE;
  }
}
