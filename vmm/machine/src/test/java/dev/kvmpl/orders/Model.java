// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What docs/protocol.md and docs/design say of one page of kernel memory, and of who has which vCPU
 * beside the guest kernel's processor, which is the first. One driver of VMPL1 is granted the page,
 * so what any level has of it beyond {@link #BEFORE} came from that grant.
 */
final class Model {
  static final int BEFORE = PagePermissions.READ_EXECUTE;
  static final int PROCESSORS = 4;

  /** Where a driver's life on a vCPU is. */
  enum Life {
    VACANT,
    ANNOUNCED,
    HELD,
    TAKEN,
    LEFT
  }

  /** Of one vCPU. */
  record Place(Life life, int driver) {
    static final Place VACANT = new Place(Life.VACANT, 0);

    private boolean isOn() {
      return life == Life.HELD || life == Life.TAKEN;
    }

    private boolean hasLevel() {
      return isOn() || life == Life.ANNOUNCED;
    }
  }

  private final int[] permissions = {PagePermissions.ALL, BEFORE, BEFORE, BEFORE}; // by level
  private final List<Place[]> places = new ArrayList<>(); // by level and processor
  private final int[] turns = {1, -1, -1, -1};
  private boolean validated = true;
  private final int grantee;
  private boolean ended;

  /** Nobody has a vCPU yet, or the grant. */
  Model(int grantee) {
    this.grantee = grantee;
    for (int i = 0; i < permissions.length; i++) {
      Place[] of = new Place[PROCESSORS];
      Arrays.fill(of, Place.VACANT);
      places.add(of);
    }
  }

  int permissions(Vmpl level) {
    return permissions[level.number()];
  }

  int access(Vmpl level) {
    return validated ? permissions(level) : PagePermissions.NONE;
  }

  boolean isValidated() {
    return validated;
  }

  private Place[] places(Vmpl level) {
    return places.get(level.number());
  }

  Place place(Vmpl level, int apicId) {
    return places(level)[apicId];
  }

  int turn(int apicId) {
    return turns[apicId];
  }

  boolean hasEnded() {
    return ended;
  }

  /** Whether a level's vCPU executes; VMPL0 does on the first processor, called by the kernel. */
  boolean executes(Vmpl level, int apicId) {
    return !ended && (turns[apicId] == level.number() || (level == Vmpl.VMPL0 && apicId == 0));
  }

  /** RMPADJUST: a level changes what those below it may, up to what it has itself. */
  boolean adjust(Vmpl by, Vmpl target, int wanted) {
    boolean done = validated && by.number() < target.number() && (wanted & ~permissions(by)) == 0;
    if (done) {
      permissions[target.number()] = wanted;
    }
    return done;
  }

  /** PVALIDATE, by VMPL0: whether it changed anything. */
  boolean validate(boolean valid) {
    boolean changed = validated != valid;
    validated = valid;
    return changed;
  }

  /** Whether a driver can get a vCPU, which VMPL0 then hears of. */
  boolean create(int driver, Vmpl level, int apicId) {
    boolean free = turns[apicId] == -1 && place(level, apicId).life == Life.VACANT;
    for (Place place : places(level)) {
      free &= !place.hasLevel() || place.driver == driver;
    }
    if (free) {
      become(level, apicId, new Place(Life.ANNOUNCED, driver), 0);
    }
    return free;
  }

  /** Whether the guest kernel can take a vCPU from its driver. */
  boolean take(Vmpl level, int apicId) {
    boolean held = place(level, apicId).life == Life.HELD;
    if (held) {
      places(level)[apicId] = new Place(Life.TAKEN, place(level, apicId).driver);
    }
    return held;
  }

  /** The driver has left a vCPU, by itself or because it was taken. */
  void leave(Vmpl level, int apicId) {
    int driver = place(level, apicId).driver;
    become(level, apicId, Place.VACANT, -1);
    boolean last = true;
    for (Place place : places(level)) {
      last &= !place.hasLevel();
    }
    if (last) {
      become(level, apicId, new Place(Life.LEFT, driver), 0);
    }
  }

  /** VMPL0's answer on a processor where it was asked about an association. */
  void answer(Vmpl level, int apicId, boolean done) {
    Place asked = place(level, apicId);
    become(level, apicId, Place.VACANT, -1);
    if (asked.life == Life.LEFT) {
      ended = !done || (isGrantee(level, asked.driver) && isAnythingLeft() && !isInvolved());
    } else if (done && level == Vmpl.VMPL1 && asked.driver != grantee && isAnythingLeft()) {
      ended = true;
    } else if (done) {
      become(level, apicId, new Place(Life.HELD, asked.driver), level.number());
    }
  }

  private boolean isGrantee(Vmpl level, int driver) {
    return level == Vmpl.VMPL1 && driver == grantee;
  }

  /** Whether the driver that was granted has the level still or again, or is giving it back. */
  private boolean isInvolved() {
    boolean involved = false;
    for (Place place : places(Vmpl.VMPL1)) {
      involved |= place.life != Life.VACANT && place.driver == grantee;
    }
    return involved;
  }

  /** Whether any level below VMPL0 has more of the page than it had before the grant. */
  boolean isAnythingLeft() {
    return Arrays.stream(permissions).skip(1).anyMatch(has -> (has & ~BEFORE) != 0);
  }

  private void become(Vmpl level, int apicId, Place place, int turn) {
    places(level)[apicId] = place;
    turns[apicId] = turn;
  }
}
