/* SPDX-License-Identifier: Apache-2.0
 * Has a Linux kernel change its own code as people's programs do: time stamps of packets, BPF, perf events, network
 * namespaces. A static program without a C library: `work N` does it N times, and says how often each went well. */
#include <linux/bpf.h>
#include <linux/perf_event.h>

#define SYS_WRITE 1
#define SYS_CLOSE 3
#define SYS_IOCTL 16
#define SYS_SOCKET 41
#define SYS_SETSOCKOPT 54
#define SYS_EXIT 60
#define SYS_UNSHARE 272
#define SYS_PERF_EVENT_OPEN 298
#define SYS_BPF 321

#define AF_INET 2
#define SOCK_DGRAM 2
#define SOL_SOCKET 1
#define SO_TIMESTAMP 29
#define SO_ATTACH_BPF 50
#define CLONE_NEWNET 0x40000000
#define DIGITS 10

static long call(long number, long a, long b, long c, long d, long e) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = 0;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static void say(const char *what, unsigned long times) {
  char digits[DIGITS];
  long length = 0, at = DIGITS;
  while (what[length]) length++;
  call(SYS_WRITE, 1, (long)what, length, 0, 0);
  do digits[--at] = (char)('0' + times % 10);
  while (times /= 10);
  call(SYS_WRITE, 1, (long)(digits + at), DIGITS - at, 0, 0);
}

static void set(void *bytes, unsigned long length) {
  for (unsigned long i = 0; i < length; i++) ((volatile char *)bytes)[i] = 0;
}

/* A filter that lets nothing through, on a socket. */
static int filter(long socket) {
  struct bpf_insn code[2];
  union bpf_attr load;
  set(code, sizeof(code));
  code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  code[1].code = BPF_JMP | BPF_EXIT;
  set(&load, sizeof(load));
  load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  load.insns = (unsigned long)code;
  load.insn_cnt = 2;
  load.license = (unsigned long)"GPL";
  int program = (int)call(SYS_BPF, BPF_PROG_LOAD, (long)&load, sizeof(load), 0, 0);
  long attached = call(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_ATTACH_BPF, (long)&program, sizeof(program));
  call(SYS_CLOSE, program, 0, 0, 0, 0);
  return program >= 0 && attached == 0;
}

static int measure(void) {
  struct perf_event_attr what;
  set(&what, sizeof(what));
  what.type = PERF_TYPE_SOFTWARE;
  what.size = sizeof(what);
  what.config = PERF_COUNT_SW_CONTEXT_SWITCHES;
  long event = call(SYS_PERF_EVENT_OPEN, (long)&what, 0, -1, -1, 0);
  call(SYS_IOCTL, event, PERF_EVENT_IOC_DISABLE, 0, 0, 0);
  call(SYS_IOCTL, event, PERF_EVENT_IOC_ENABLE, 0, 0, 0);
  call(SYS_CLOSE, event, 0, 0, 0, 0);
  return event >= 0;
}

__attribute__((used)) static void start(long *stack) {
  const char *argument = (const char *)stack[2];
  unsigned long times = 0, stamps = 0, filters = 0, events = 0, spaces = 0;
  while (*argument >= '0' && *argument <= '9') times = times * 10 + (unsigned long)(*argument++ - '0');
  for (unsigned long i = 0; i < times; i++) {
    int on = 1;
    spaces += call(SYS_UNSHARE, CLONE_NEWNET, 0, 0, 0, 0) == 0;
    long socket = call(SYS_SOCKET, AF_INET, SOCK_DGRAM, 0, 0, 0);
    stamps += call(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_TIMESTAMP, (long)&on, sizeof(on)) == 0;
    filters += (unsigned long)filter(socket);
    events += (unsigned long)measure();
    call(SYS_CLOSE, socket, 0, 0, 0, 0);
  }
  say("work: namespaces ", spaces);
  say(" stamps ", stamps);
  say(" filters ", filters);
  say(" events ", events);
  call(SYS_WRITE, 1, (long)"\n", 1, 0, 0);
  call(SYS_EXIT, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n  and $-16, %rsp\n  call start\n");
