/* SPDX-License-Identifier: Apache-2.0
 * Asks the hypervisor for interrupts, and notes in which order they come. With an IDT of its own: all vectors that can be
 * asked for have a gate there. */
#ifndef INTERRUPT_ORDER_H
#define INTERRUPT_ORDER_H

#include "kvmpl/ghcb.h"

#define FIRST_INTERRUPT 32
#define ORDER_MAX 512

/* How many have come; each one's vector is in interrupt_order, which has room for more than can come once. */
__attribute__((used)) static volatile unsigned long interrupts_taken;
__attribute__((used)) static volatile unsigned char interrupt_order[ORDER_MAX];

/* One stub a vector, 16 bytes apart; none of these has an error code. */
__asm__(".text\n"
        ".balign 16\n"
        "order_stubs:\n"
        ".set vector, 32\n"
        ".rept 224\n"
        ".balign 16\n"
        "pushq $vector\n"
        "jmp note_order\n"
        ".set vector, vector + 1\n"
        ".endr\n"
        "note_order:\n"
        "pushq %rax\n"
        "pushq %rcx\n"
        "pushq %rdx\n"
        "movq 24(%rsp), %rax\n"
        "movq interrupts_taken(%rip), %rcx\n"
        "cmpq $512, %rcx\n"
        "jae 1f\n"
        "leaq interrupt_order(%rip), %rdx\n"
        "movb %al, (%rdx, %rcx)\n"
        "1: incq interrupts_taken(%rip)\n"
        "popq %rdx\n"
        "popq %rcx\n"
        "popq %rax\n"
        "addq $8, %rsp\n"
        "iretq\n");
extern const unsigned char order_stubs[];

struct order_gate { /* a long-mode interrupt gate [APM 2, 4.8.4] */
  unsigned short offset_low, selector;
  unsigned char ist, type;
  unsigned short offset_middle;
  unsigned int offset_high, reserved;
};
struct __attribute__((packed)) idt_register {
  unsigned short limit;
  unsigned long base;
};
static struct order_gate order_idt[256] __attribute__((aligned(16)));

/* Exceptions go where they went. */
static inline void note_interrupts(void) {
  struct idt_register old, own = {sizeof order_idt - 1, (unsigned long)order_idt};
  __asm__ volatile("sidt %0" : "=m"(old));
  for (unsigned int i = 0; i < FIRST_INTERRUPT; i++) order_idt[i] = ((const struct order_gate *)old.base)[i];
  for (unsigned int i = FIRST_INTERRUPT; i < 256; i++) {
    unsigned long stub = (unsigned long)(order_stubs + (i - FIRST_INTERRUPT) * 16);
    order_idt[i] = (struct order_gate){
        .offset_low = (unsigned short)stub,
        .selector = 0x08,
        .type = 0x8e, /* present, an interrupt gate: no other interrupt while this one is handled */
        .offset_middle = (unsigned short)(stub >> 16),
        .offset_high = (unsigned int)(stub >> 32),
    };
  }
  __asm__ volatile("lidt %0" : : "m"(own));
}

/* Asks for `count` vectors, eight to a word, the first in the lowest byte; returns how many requests were refused. */
static inline unsigned long ask_for_interrupts(struct ghcb *ghcb, const unsigned long *vectors, unsigned long count) {
  unsigned long refused = 0;
  for (unsigned long i = 0; i < count; i++)
    refused +=
        ghcb_event(ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | (vectors[i / 8] >> i % 8 * 8 & 0xff), 0) != 0;
  return refused;
}

/* Lets all come that wait, without an exit of its own: LAST_INTERRUPT is one of them, and the last, as the lowest. Then asks
 * for it once more: what should have been forgotten and has not comes before it. */
#define LAST_INTERRUPT FIRST_INTERRUPT
static inline void let_interrupts_come(struct ghcb *ghcb) {
  const unsigned long last = LAST_INTERRUPT;
  enable_interrupts();
  while (!interrupts_taken || interrupt_order[interrupts_taken - 1] != LAST_INTERRUPT) __asm__ volatile("pause");
  unsigned long before = interrupts_taken;
  ask_for_interrupts(ghcb, &last, 1);
  while (interrupts_taken == before || interrupt_order[interrupts_taken - 1] != LAST_INTERRUPT)
    __asm__ volatile("pause");
  disable_interrupts();
}

#endif
