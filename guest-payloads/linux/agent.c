/* SPDX-License-Identifier: Apache-2.0
 * The agent's part outside of the kernel, a static program without a C library: `agent symbols` tells the hypervisor
 * where everything is, `agent ready` has it protect what it shall, `agent status N` says how what was run has ended. */
#include "kvmpl/abi/agent.h"

#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_OPEN 2
#define SYS_MMAP 9
#define SYS_EXIT 60
#define SYS_IOPERM 173
#define PROT_READ_WRITE 3
#define MAP_PRIVATE_ANONYMOUS 0x22

#define SYMBOLS_MAX (32UL << 20)
#define CHUNK (1UL << 20)

static long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static void tell(unsigned int what, unsigned long address, unsigned long length) {
  __asm__ volatile("outl %0, %1"
                   :
                   : "a"(what), "Nd"((unsigned short)KVMPL_AGENT_PORT), "b"(address), "c"(length)
                   : "memory");
}

static int is(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static int failed(const char *why) {
  long length = 0;
  while (why[length]) length++;
  system_call(SYS_WRITE, 2, (long)why, length, 0, 0, 0);
  return 1;
}

static int symbols(void) {
  char *text = (char *)system_call(SYS_MMAP, 0, SYMBOLS_MAX, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  long file = system_call(SYS_OPEN, (long)"/proc/kallsyms", 0, 0, 0, 0, 0);
  unsigned long length = 0;
  if ((long)text < 0 || file < 0) return failed("agent: no /proc/kallsyms\n");
  for (long count; length + CHUNK <= SYMBOLS_MAX; length += (unsigned long)count) {
    count = system_call(SYS_READ, file, (long)(text + length), CHUNK, 0, 0, 0);
    if (count <= 0) break;
  }
  tell(KVMPL_AGENT_SYMBOLS, (unsigned long)text, length);
  return 0;
}

static unsigned long number(const char *text) {
  unsigned long value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (unsigned long)(*text++ - '0');
  return value;
}

static int agent(long count, char **arguments) {
  if (system_call(SYS_IOPERM, KVMPL_AGENT_PORT, 4, 1, 0, 0, 0) < 0) return failed("agent: no access to ports\n");
  if (count == 2 && is(arguments[1], "symbols")) return symbols();
  if (count == 2 && is(arguments[1], "ready")) return tell(KVMPL_AGENT_READY, 0, 0), 0;
  if (count == 3 && is(arguments[1], "status")) return tell(KVMPL_AGENT_STATUS, number(arguments[2]), 0), 0;
  return failed("usage: agent symbols|ready|status N\n");
}

__attribute__((used)) static void start(long *stack) {
  system_call(SYS_EXIT, agent(stack[0], (char **)(stack + 1)), 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n  and $-16, %rsp\n  call start\n");
