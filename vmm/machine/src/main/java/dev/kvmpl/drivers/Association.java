// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.drivers;

/**
 * Whose a vCPU is: the life of a driver there. A state changes into another by one of its
 * transitions, and has no others:
 *
 * <pre>{@code
 * Vacant --announce--> Announced --begin--> Held --take--> Taken
 *   ^                      |                 |               |
 *   |                      | refuse          | giveBack      | giveBack
 *   +----------------------+                 v               v
 *   +---------------forget----------------- Left <-----------+
 *   +------- leave, while the driver has another vCPU of the level
 * }</pre>
 */
public sealed interface Association {
  /** In place of a driver's number. */
  int NONE = 0;

  /** The driver that runs on the vCPU, {@link #NONE} if none does. */
  default int holder() {
    return NONE;
  }

  /** The driver that the vCPU's state is about, whether it runs there or not. */
  int driver();

  /** Nobody's. */
  record Vacant() implements Association {
    @Override
    public int driver() {
      return NONE;
    }

    /** VMPL0 is going to hear that a driver gets it. */
    Announced announce(int driver) {
      return new Announced(driver);
    }
  }

  /** VMPL0 has been told that the driver is going to have it, and has not answered. */
  record Announced(int driver) implements Association {
    /** VMPL0 is ready: the driver starts. */
    Held begin() {
      return new Held(driver);
    }

    /** VMPL0 will not have it. */
    Vacant refuse() {
      return new Vacant();
    }
  }

  /** The driver runs on it. */
  record Held(int driver) implements Association {
    @Override
    public int holder() {
      return driver;
    }

    /** The guest kernel has it back, as soon as the driver has left the guest. */
    Taken take() {
      return new Taken(driver);
    }

    /** The driver is done, and this was its last vCPU of the level. */
    Left giveBack() {
      return new Left(driver);
    }

    /** The driver is done here, and has another vCPU of the level. */
    Vacant leave() {
      return new Vacant();
    }
  }

  /** The guest kernel has taken it from the driver, which does not know yet. */
  record Taken(int driver) implements Association {
    @Override
    public int holder() {
      return driver;
    }

    /** The driver has left the guest, and this was its last vCPU of the level. */
    Left giveBack() {
      return new Left(driver);
    }

    /** The driver has left the guest, and has another vCPU of the level. */
    Vacant leave() {
      return new Vacant();
    }
  }

  /** The driver has given it back, and VMPL0 has not closed what it was granted. */
  record Left(int driver) implements Association {
    /** VMPL0 has closed it. */
    Vacant forget() {
      return new Vacant();
    }
  }
}
