// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.protocol.Access;
import dev.kvmpl.spec.Detection;
import java.util.ArrayList;
import java.util.List;

/**
 * One claim: what it is about, the parts that it consists of, and the runs that show it.
 *
 * @param number 1 to 20
 * @param form what is claimed
 * @param parts all have to be shown in each run
 * @param shows where
 */
record Claim(int number, Form form, List<Part> parts, List<Show> shows) {
  Claim {
    parts = List.copyOf(parts);
    shows = List.copyOf(shows);
  }

  /** In what form the same steps are claimed. */
  enum Form {
    SYSTEM("system"),
    METHOD("method"),
    PROGRAM("program");

    private final String label;

    Form(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /**
   * A run that has to show the claim.
   *
   * @param scenario a file next to this class
   * @param accesses the operations in it that are looked at
   */
  record Show(String scenario, Detection detection, List<Access> accesses) {
    Show {
      accesses = List.copyOf(accesses);
    }
  }

  /**
   * All of them. In each the guest kernel detects the attempt, so detection trap, in which the
   * hypervisor does, shows none of them. A guest kernel to which an exit is reflected hears of
   * writes only: a read that KVM has begun has to be given its data first.
   */
  static List<Claim> all() {
    List<Claim> claims = new ArrayList<>();
    for (Form form : Form.values()) {
      for (Part part : Part.values()) {
        if (form == Form.PROGRAM && part == Part.CODEBASE) {
          continue; // only the system and the method are claimed with it
        }
        List<Part> parts = part == Part.VALIDATION ? List.of(part) : List.of(Part.VALIDATION, part);
        claims.add(new Claim(claims.size() + 1, form, parts, shows(form, part)));
      }
    }
    return claims;
  }

  private static List<Show> shows(Form form, Part part) {
    String scenario = part == Part.CODEBASE ? "codebases" : "write";
    List<Show> shows = new ArrayList<>();
    for (Detection detection : List.of(Detection.REFLECT, Detection.FAULT)) {
      shows.add(new Show(scenario, detection, List.of(Access.WRITE)));
    }
    if (form == Form.PROGRAM) { // it says operation where the others say write
      shows.add(new Show("operations", Detection.FAULT, Access.ofMemory()));
    }
    return shows;
  }

  /** The part that is its own; a claim of its own form's first one includes that too. */
  Part own() {
    return parts.getLast();
  }

  String title() {
    return form.label() + ": " + own().title();
  }
}
