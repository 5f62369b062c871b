// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;

/** What VMPL0 has decided about a store: what becomes of it, and why. */
record Decision(Verdict verdict, StoreAnswer answer) {
  /** A refusal without a reason, or a reason without a refusal, is no answer at all: refused. */
  static Decision of(RequestPage request) {
    Verdict verdict = Verdict.of(request.result());
    StoreAnswer answer = request.storeAnswer();
    return verdict.done() == answer.stores()
        ? new Decision(verdict, answer)
        : new Decision(Verdict.INVALID_ANSWER, StoreAnswer.GP);
  }

  /** The same of a store that Linux was told of by an exception, which is how it is refused. */
  Decision told() {
    return stores() ? this : new Decision(verdict, StoreAnswer.GP);
  }

  boolean stores() {
    return answer.stores();
  }
}
