// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What became of an operation: one of those below, or a refusal with an error code of the
 * validator's or a codebase's own. There is one object for each.
 */
public final class Verdict {
  /** The first error code to which validators and codebases may give a meaning of their own. */
  public static final long OWN_FIRST = Abi.KVMPL_ERR_OWN_FIRST() & 0xffffffffL;

  /** The last one. */
  public static final long OWN_LAST = Abi.KVMPL_ERR_OWN_LAST() & 0xffffffffL;

  /** Judged, granted and done. */
  public static final Verdict ALLOWED = standard("allowed", Abi.SVSM_SUCCESS());

  /** Inside a restricted range. */
  public static final Verdict RESTRICTED = standard("restricted", Abi.KVMPL_ERR_RESTRICTED());

  /** Assigned to another driver. */
  public static final Verdict OWNED_BY_OTHER =
      standard("owned-by-other", Abi.KVMPL_ERR_OWNED_BY_OTHER());

  /** No driver was associated with the vCPU. */
  public static final Verdict NO_DRIVER = standard("no-driver", Abi.KVMPL_ERR_NO_DRIVER());

  /** The validator's tables are full, or KVM's slots. */
  public static final Verdict MAP_FULL = standard("map-full", Abi.KVMPL_ERR_MAP_FULL());

  /** The permissions database does not have the permission, whatever the validator said. */
  public static final Verdict NOT_GRANTED = standard("not-granted", Abi.KVMPL_ERR_NOT_GRANTED());

  /** No codebase decides for the address. */
  public static final Verdict NO_CODEBASE = standard("no-codebase", Abi.KVMPL_ERR_NO_CODEBASE());

  /** The codebase that decides for the address is not registered. */
  public static final Verdict UNKNOWN_CODEBASE =
      standard("unknown-codebase", Abi.KVMPL_ERR_UNKNOWN_CODEBASE());

  /** The codebase that decides for the address is not what was loaded. */
  public static final Verdict MEASUREMENT = standard("measurement", Abi.KVMPL_ERR_MEASUREMENT());

  /** The guest kernel, which has to detect it, could not be told, or did not ask. */
  public static final Verdict NOT_DETECTED = standard("not-detected", Abi.KVMPL_ERR_NOT_DETECTED());

  /** The driver's stored permissions do not have it. */
  public static final Verdict NO_PERMISSION =
      standard("no-permission", Abi.KVMPL_ERR_NO_PERMISSION());

  /** The level's page tables lead elsewhere than protected virtual ranges are meant to. */
  public static final Verdict REMAPPED = standard("remapped", Abi.KVMPL_ERR_REMAPPED());

  /** The validator gave no answer, or one that means nothing. */
  public static final Verdict INVALID_ANSWER =
      standard("invalid-answer", Abi.SVSM_ERR_INCOMPLETE());

  /** Nobody was asked: the page was open already, and there was no exit. */
  public static final Verdict ALREADY_OPEN = standard("already-open", Abi.SVSM_SUCCESS());

  /**
   * Done, although it would be refused: what a machine that only watches says in the place of every
   * refusal. This one names it; those that machines say have their {@link #reason}.
   */
  public static final Verdict WOULD_REFUSE = INVALID_ANSWER.wouldRefuse();

  private static final List<Verdict> STANDARD =
      List.of(
          ALLOWED,
          RESTRICTED,
          OWNED_BY_OTHER,
          NO_DRIVER,
          MAP_FULL,
          NOT_GRANTED,
          NO_CODEBASE,
          UNKNOWN_CODEBASE,
          MEASUREMENT,
          NOT_DETECTED,
          NO_PERMISSION,
          REMAPPED,
          INVALID_ANSWER,
          ALREADY_OPEN,
          WOULD_REFUSE);

  private static final long CODE = 0xffffffffL;

  private static final AtomicReferenceArray<@Nullable Verdict> OWN =
      new AtomicReferenceArray<>((int) (OWN_LAST - OWN_FIRST + 1));

  private final String label;
  private final long code;

  /** Of what is done although it would be refused: why. */
  private final @Nullable Verdict reason;

  /** Of a refusal: the one that is told in its place by a machine that only watches. */
  private final @Nullable Verdict watched;

  private Verdict(String label, long code) {
    this.label = label;
    this.code = code;
    this.reason = null;
    this.watched = code == Abi.SVSM_SUCCESS() ? null : new Verdict(this);
  }

  private Verdict(Verdict reason) {
    this.label = "would-refuse";
    this.code = Abi.SVSM_SUCCESS();
    this.reason = reason;
    this.watched = null;
  }

  private static Verdict standard(String label, int code) {
    return new Verdict(label, code & 0xffffffffL);
  }

  /** All that kvmpl itself knows, in the order above. */
  public static List<Verdict> standard() {
    return STANDARD;
  }

  /**
   * The verdict behind a result of a validator that is to watch and to refuse nothing: as {@link
   * #of}, but with {@code KVMPL_WOULD_REFUSE} {@link #wouldRefuse}.
   */
  public static Verdict watched(long result) {
    if ((result & ~CODE) != Abi.KVMPL_WOULD_REFUSE()) {
      return of(result);
    }
    Verdict refusal = of(result & CODE);
    return refusal.done() ? INVALID_ANSWER.wouldRefuse() : refusal.wouldRefuse();
  }

  /** This refusal, of something that is done all the same; itself if it is none. */
  public Verdict wouldRefuse() {
    return watched == null ? this : watched;
  }

  /** Why it would be refused, of {@link #wouldRefuse}; else itself. */
  public Verdict reason() {
    return reason == null ? this : reason;
  }

  /** Whether it was carried out although it would be refused. */
  public boolean isWouldRefuse() {
    return reason != null;
  }

  /**
   * The verdict on something of several parts, of which this is the later one's: not done unless
   * all are, and not allowed unless all are.
   */
  public Verdict after(Verdict earlier) {
    return this == ALLOWED ? earlier : this;
  }

  /** The name in documents; of an own one its code, {@code 0x80002001}. */
  public String label() {
    return label;
  }

  /** The error code that the driver gets, 0 for none. */
  public long code() {
    return code;
  }

  /** Whether the operation was carried out. */
  public boolean done() {
    return code == Abi.SVSM_SUCCESS();
  }

  /** Whether it is a refusal for which the validator or a codebase has a code of its own. */
  public boolean isOwn() {
    return code >= OWN_FIRST && code <= OWN_LAST;
  }

  /** The verdict behind a validator's result; an unknown one is {@link #INVALID_ANSWER}. */
  public static Verdict of(long result) {
    for (int i = 0; i < STANDARD.size(); i++) {
      if (STANDARD.get(i).code == result) {
        return STANDARD.get(i);
      }
    }
    return result >= OWN_FIRST && result <= OWN_LAST ? own(result) : INVALID_ANSWER;
  }

  private static Verdict own(long code) {
    int index = (int) (code - OWN_FIRST);
    Verdict known = OWN.get(index);
    if (known != null) {
      return known;
    }
    Verdict made = new Verdict(String.format(Locale.ROOT, "%#x", code), code);
    Verdict before = OWN.compareAndExchange(index, null, made);
    return before == null ? made : before;
  }

  /** The verdict of that {@link #label} among those that kvmpl knows. */
  public static Optional<Verdict> byLabel(String label) {
    return STANDARD.stream().filter(verdict -> verdict.label.equals(label)).findFirst();
  }

  @Override
  public String toString() {
    return label;
  }
}
