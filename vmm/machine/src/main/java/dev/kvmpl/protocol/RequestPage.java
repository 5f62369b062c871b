// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_request;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.protocol.stores.StorePolicy;

/** The page in VMPL0's memory through which the hypervisor asks the validator. */
public final class RequestPage {
  private static final long KIND = kvmpl_request.kind$offset();
  private static final long DRIVER = kvmpl_request.driver$offset();
  private static final long VMPL = kvmpl_request.vmpl$offset();
  private static final long ACCESS = kvmpl_request.access$offset();
  private static final long GPA = kvmpl_request.gpa$offset();
  private static final long LENGTH = kvmpl_request.length$offset();
  private static final long DATA = kvmpl_request.data$offset();
  private static final long PENDING = kvmpl_request.pending$offset();
  private static final long OWNER = kvmpl_request.owner$offset();
  private static final long RESULT = kvmpl_request.result$offset();

  private final GuestMemory memory;
  private final long page;

  public RequestPage(GuestMemory memory, long page) {
    this.memory = memory;
    this.page = page;
  }

  /** Its guest-physical address. */
  public long gpa() {
    return page;
  }

  /** Before launch: no request, and the level that VMPL0 runs when it is ready. */
  public void prepare(int vmpl) {
    memory.putInt(page + KIND, Abi.KVMPL_REQUEST_NONE());
    memory.putInt(page + VMPL, vmpl);
  }

  /**
   * May the driver do that?
   *
   * @param vmpl the level that asks
   */
  public void askToAccess(int driver, int vmpl, Access access, long gpa, int length, long data) {
    ask(Abi.KVMPL_REQUEST_VALIDATE(), driver, vmpl, access, gpa, length, data);
  }

  /** With the next request: the page tables (CR3) of the vCPU that it is about. */
  public void reportTables(long root) {
    memory.putLong(page + kvmpl_request.cr3$offset(), root);
  }

  /**
   * May that be stored?
   *
   * @param module whose code stores, 0 for the kernel's
   * @param row who that is in the {@link StorePolicy}
   * @param rip the instruction's address, or one inside it
   */
  public void askToStore(int module, int vmpl, int row, long gpa, int length, long data, long rip) {
    memory.putLong(page + kvmpl_request.rax$offset(), rip);
    memory.putLong(page + kvmpl_request.rcx$offset(), row);
    memory.putLong(page + kvmpl_request.rdx$offset(), StoreAnswer.GP.number());
    ask(Abi.KVMPL_REQUEST_STORE(), module, vmpl, Access.WRITE, gpa, length, data);
  }

  /** What becomes of the store, once {@link #result} is there. */
  public StoreAnswer storeAnswer() {
    return StoreAnswer.of(memory.getLong(page + kvmpl_request.rdx$offset()));
  }

  /** From now on a vCPU of level {@code vmpl} belongs to {@code driver}. */
  public void tellAssociation(int driver, int vmpl) {
    ask(Abi.KVMPL_REQUEST_ASSOCIATE(), driver, vmpl, Access.WRITE, 0, 0, 0);
  }

  /** A level makes an SVSM call. */
  public void askToServe(int driver, int vmpl, SvsmCall call) {
    memory.putLong(page + kvmpl_request.rax$offset(), call.rax());
    memory.putLong(page + kvmpl_request.rcx$offset(), call.rcx());
    memory.putLong(page + kvmpl_request.rdx$offset(), call.rdx());
    memory.putLong(page + kvmpl_request.r8$offset(), call.r8());
    memory.putLong(page + kvmpl_request.r9$offset(), call.r9());
    ask(Abi.KVMPL_REQUEST_CALL(), driver, vmpl, Access.WRITE, 0, 0, 0);
  }

  /** The registers that an SVSM call comes back with. */
  public SvsmCall served() {
    return new SvsmCall(
        memory.getLong(page + kvmpl_request.rax$offset()),
        memory.getLong(page + kvmpl_request.rcx$offset()),
        memory.getLong(page + kvmpl_request.rdx$offset()),
        memory.getLong(page + kvmpl_request.r8$offset()),
        memory.getLong(page + kvmpl_request.r9$offset()));
  }

  /**
   * No vCPU of level {@code vmpl} belongs to {@code driver} any more.
   *
   * @param unload whether the driver is unloaded, so that what it owns is nobody's
   */
  public void tellDissociation(int driver, int vmpl, boolean unload) {
    long how = unload ? Abi.KVMPL_DISSOCIATE_UNLOAD() : 0;
    ask(Abi.KVMPL_REQUEST_DISSOCIATE(), driver, vmpl, Access.WRITE, 0, 0, how);
  }

  private void ask(int kind, int driver, int vmpl, Access access, long gpa, int length, long data) {
    memory.putInt(page + KIND, kind);
    memory.putInt(page + DRIVER, driver);
    memory.putInt(page + VMPL, vmpl);
    memory.putInt(page + ACCESS, access.number());
    memory.putLong(page + GPA, gpa);
    memory.putLong(page + LENGTH, length);
    memory.putLong(page + DATA, data);
    memory.putInt(page + OWNER, 0);
    memory.putLong(page + RESULT, Abi.SVSM_ERR_INCOMPLETE() & 0xffffffffL);
    memory.putInt(page + PENDING, 1);
  }

  /** Tells of a step that is about the request. */
  void record(TraceRing.Reader reader, long tsc, int step) {
    reader.record(
        tsc,
        step,
        memory.getInt(page + DRIVER),
        memory.getInt(page + ACCESS),
        memory.getLong(page + GPA),
        memory.getLong(page + LENGTH),
        memory.getLong(page + DATA),
        0);
  }

  /** SVSM_SUCCESS, or why not; SVSM_ERR_INCOMPLETE if there is no answer yet. */
  public long result() {
    return memory.getInt(page + PENDING) != 0
        ? Abi.SVSM_ERR_INCOMPLETE() & 0xffffffffL
        : memory.getLong(page + RESULT);
  }

  /** The driver that the validator found to own the page, 0 for none. */
  public int owner() {
    return memory.getInt(page + OWNER);
  }
}
