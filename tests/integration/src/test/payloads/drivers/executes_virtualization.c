/* SPDX-License-Identifier: Apache-2.0
 * Turns on SVM and VMX, or executes one of their instructions, or one of SMM, SGX or SMX. Arguments: which, and the page that
 * it is given. Its status is 1 if that was an exception. */
#include "kvmpl/driver.h"

#define MSR_EFER 0xc0000080
#define EFER_SVME 0x1000
#define CR4_VMXE 0x2000

#define TRY(instruction) KVMPL_GUARDED(self, rip, instruction, KVMPL_COMMA "+a"(rax) KVMPL_COMMA "+c"(rcx) KVMPL_COMMA "+d"(rdx), [page] "b"(page), "cc")

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long page = self->arguments[1], rip = 0, rax = page, rcx = 0, rdx = 0;
  kvmpl_clear_result(self);
  switch (self->arguments[0]) {
    case 0:
      rcx = MSR_EFER;
      rax = rdmsr(MSR_EFER) | EFER_SVME;
      TRY("wrmsr");
      break;
    case 1:
      __asm__ volatile("mov %%cr4, %0" : "=r"(rax));
      rax |= CR4_VMXE;
      TRY("mov %%rax, %%cr4");
      break;
    case 2: TRY("vmrun"); break;
    case 3: TRY("vmsave"); break;
    case 4: TRY("vmload"); break;
    case 5: TRY("stgi"); break;
    case 6: TRY("skinit"); break;
    case 7: TRY("vmxon (%[page])"); break;
    case 8: TRY("vmclear (%[page])"); break;
    case 9: TRY("vmptrst (%[page])"); break;
    case 10: TRY("vmread %%rcx, (%[page])"); break;
    case 11: TRY("vmlaunch"); break;
    case 12: TRY("rsm"); break;
    case 13: TRY(".byte 0x0f, 0x01, 0xcf"); break; /* encls */
    case 14: TRY("getsec"); break;
  }
  return kvmpl_result(self) != SVSM_SUCCESS;
}
