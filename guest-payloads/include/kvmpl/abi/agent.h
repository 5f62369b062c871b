/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. What the agent in a Linux guest tells the hypervisor. */
#ifndef KVMPL_ABI_AGENT_H
#define KVMPL_ABI_AGENT_H

/* `out` of 4 bytes to this port, with one of these in EAX, a virtual address or a number in RBX and a length in RCX.
 * When the instruction is done, the hypervisor has followed. */
#define KVMPL_AGENT_PORT 0x5f0
#define KVMPL_AGENT_SYMBOLS 1      /* the text of /proc/kallsyms */
#define KVMPL_AGENT_TASKS 2        /* RBX: where in a task's structure its name is, RCX: where its number */
#define KVMPL_AGENT_COMING 3       /* a struct kvmpl_module that is about to be started; RBX is its number then */
#define KVMPL_AGENT_LIVE 4         /* one that has been started */
#define KVMPL_AGENT_GOING 5        /* one whose memory is about to be freed */
#define KVMPL_AGENT_READY 6        /* all that was to be told is told: protect */
#define KVMPL_AGENT_STATUS 7       /* RBX: the exit status of what was run */
#define KVMPL_AGENT_ASSOCIATE 8    /* RBX: the number of one that is about to be started, RCX: the level that it is
                                      assigned; RBX is 1 then if it has it, else 0 */
#define KVMPL_AGENT_DETECTS 9      /* from now on a module's store to closed memory is told the kernel, by #GP */
#define KVMPL_AGENT_CAUGHT 10      /* RBX: RIP of a #GP, RCX: its RSP; if it is about such a store RBX is the module's
                                      number then, RCX the guest-physical address, RDX the length, else RBX is 0 */
#define KVMPL_AGENT_DETECTED 11    /* RBX, RCX: the same; it is judged, and RBX is one of these then: */
#define KVMPL_DETECTED_NOTHING 0   /* that was something else */
#define KVMPL_DETECTED_DONE 1      /* allowed: it is done, or will be by the instruction itself */
#define KVMPL_DETECTED_REFUSED 2   /* nothing has been stored */
#define KVMPL_AGENT_WHO 12         /* RBX: an address; RBX is the number of the module whose code is there then, 0 = none */

/* The trace ring of Linux's vCPU of the processor with APIC id n is n strides further: where VMPL2 has that of its own. */
#define KVMPL_LINUX_TRACE_GPA 0x485000
#define KVMPL_LINUX_TRACE_STRIDE 0x20000

#define KVMPL_MODULE_NAME 56
#define KVMPL_MODULE_AREAS 8       /* text, data, read-only data, ... in the order of the kernel's enum mod_mem_type */
struct kvmpl_module_area {
  unsigned long start;             /* virtual; 0 = there is none */
  unsigned long bytes;
};

struct kvmpl_module {
  char name[KVMPL_MODULE_NAME];
  unsigned long reserved;
  struct kvmpl_module_area areas[KVMPL_MODULE_AREAS];
};

#endif
