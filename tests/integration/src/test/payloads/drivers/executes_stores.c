/* SPDX-License-Identifier: Apache-2.0
 * Executes the instructions of `cases` (arguments: where they are, where the results go, the first, how many). The
 * first 8 bytes of the results say where an instruction has to jump when it is done. */
#include "kvmpl/driver.h"
#include "store_cases.h"

#define USED_BELOW __attribute__((used)) static volatile unsigned long
USED_BELOW saved_rsp, start_rsp, target, registers[16], rflags;

/* With the case's registers to its code, and back. RSP stays the driver's if the case has 0 there. */
__attribute__((noinline, noclone)) static void execute(const struct store_case *c, struct kvmpl_driver *self,
                                              unsigned long *back) {
  target = (unsigned long)c->code;
  start_rsp = c->registers[4];
  __asm__ volatile(
      "push %%rbx\n\tpush %%rbp\n\tpush %%r12\n\tpush %%r13\n\tpush %%r14\n\tpush %%r15\n\t"
      "mov %%rsp, saved_rsp(%%rip)\n\t"
      "cmpq $0, start_rsp(%%rip)\n\tjne 2f\n\tmov %%rsp, start_rsp(%%rip)\n2:\t"
      "lea 1f(%%rip), %%rax\n\tmov %%rax, (%%rdx)\n\t"
      "mov %%rax, %c[fixup_rip](%%rsi)\n\tmov %%rsp, %c[fixup_rsp](%%rsi)\n\t"
      "pushq %c[rflags](%%rdi)\n\tpopfq\n\t"
      "mov %c[regs]+0(%%rdi), %%rax\n\tmov %c[regs]+8(%%rdi), %%rcx\n\tmov %c[regs]+16(%%rdi), %%rdx\n\t"
      "mov %c[regs]+24(%%rdi), %%rbx\n\tmov %c[regs]+40(%%rdi), %%rbp\n\tmov %c[regs]+48(%%rdi), %%rsi\n\t"
      "mov %c[regs]+64(%%rdi), %%r8\n\tmov %c[regs]+72(%%rdi), %%r9\n\tmov %c[regs]+80(%%rdi), %%r10\n\t"
      "mov %c[regs]+88(%%rdi), %%r11\n\tmov %c[regs]+96(%%rdi), %%r12\n\tmov %c[regs]+104(%%rdi), %%r13\n\t"
      "mov %c[regs]+112(%%rdi), %%r14\n\tmov %c[regs]+120(%%rdi), %%r15\n\t"
      "mov start_rsp(%%rip), %%rsp\n\tmov %c[regs]+56(%%rdi), %%rdi\n\t"
      "jmp *target(%%rip)\n"
      "1:\tmov %%rax, registers+0(%%rip)\n\tmov %%rcx, registers+8(%%rip)\n\tmov %%rdx, registers+16(%%rip)\n\t"
      "mov %%rbx, registers+24(%%rip)\n\tmov %%rsp, registers+32(%%rip)\n\tmov %%rbp, registers+40(%%rip)\n\t"
      "mov %%rsi, registers+48(%%rip)\n\tmov %%rdi, registers+56(%%rip)\n\tmov %%r8, registers+64(%%rip)\n\t"
      "mov %%r9, registers+72(%%rip)\n\tmov %%r10, registers+80(%%rip)\n\tmov %%r11, registers+88(%%rip)\n\t"
      "mov %%r12, registers+96(%%rip)\n\tmov %%r13, registers+104(%%rip)\n\tmov %%r14, registers+112(%%rip)\n\t"
      "mov %%r15, registers+120(%%rip)\n\t"
      "mov saved_rsp(%%rip), %%rsp\n\tpushfq\n\tpopq rflags(%%rip)\n\tcld\n\t"
      "pop %%r15\n\tpop %%r14\n\tpop %%r13\n\tpop %%r12\n\tpop %%rbp\n\tpop %%rbx\n\t"
      : "+D"(c), "+S"(self), "+d"(back)
      : [regs] "i"(__builtin_offsetof(struct store_case, registers)),
        [rflags] "i"(__builtin_offsetof(struct store_case, rflags)),
        [fixup_rip] "i"(__builtin_offsetof(struct kvmpl_driver, fixup_rip)),
        [fixup_rsp] "i"(__builtin_offsetof(struct kvmpl_driver, fixup_rsp))
      : "rax", "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
}

unsigned long driver_main(struct kvmpl_driver *self) {
  const struct store_case *cases = (const struct store_case *)self->arguments[0];
  volatile struct store_result *results = (volatile struct store_result *)self->arguments[1];
  for (unsigned long i = self->arguments[2]; i < self->arguments[3]; i++) {
    volatile struct store_result *result = &results[i + 1]; /* the first is for the jump */
    for (int page = 0; page < 2; page++)
      if (cases[i].open[page]) {
        volatile unsigned char *byte = (volatile unsigned char *)cases[i].open[page];
        *byte = *byte;
      }
    result->reserved[0] = 0; /* granted now, and not by the first result */
    kvmpl_clear_result(self);
    execute(&cases[i], self, (unsigned long *)results);
    self->fixup_rip = 0;
    result->error = kvmpl_result(self);
    for (int n = 0; n < 16; n++) result->registers[n] = registers[n];
    result->rflags = rflags;
    result->executed = 1;
  }
  return 0;
}
