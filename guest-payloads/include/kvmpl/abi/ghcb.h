/* SPDX-License-Identifier: Apache-2.0
 * Part of abi.h, which says where values come from. What guest and hypervisor tell each other: GHCB MSR, GHCB page, VMSA. */
#ifndef KVMPL_ABI_GHCB_H
#define KVMPL_ABI_GHCB_H

/* ---- GHCB MSR protocol [GHCB 2.3.1] ---------------------------------------------------------------- */
#define KVMPL_MSR_GHCB 0xc0010130
#define GHCB_MSR_INFO_MASK 0xfff
#define GHCB_MSR_GPA 0x000                /* value is the GPA of a GHCB page: serve the event in it */
#define GHCB_MSR_SEV_INFO_RESPONSE 0x001
#define GHCB_MSR_SEV_INFO_REQUEST 0x002
#define GHCB_MSR_REGISTER_GPA_REQUEST 0x012
#define GHCB_MSR_REGISTER_GPA_RESPONSE 0x013
#define GHCB_MSR_RUN_VMPL_REQUEST 0x016   /* level in bits 39:32 */
#define GHCB_MSR_RUN_VMPL_RESPONSE 0x017  /* 0 in bits 63:32 is success */
#define GHCB_MSR_RUN_VMPL_SHIFT 32
#define GHCB_MSR_HV_FEATURES_REQUEST 0x080
#define GHCB_MSR_HV_FEATURES_RESPONSE 0x081 /* features in bits 63:12 */
#define GHCB_MSR_TERMINATE_REQUEST 0x100  /* reason set in bits 15:12, reason in bits 23:16 */
#define GHCB_MSR_TERMINATE_SET_SHIFT 12
#define GHCB_MSR_TERMINATE_REASON_SHIFT 16
#define GHCB_PROTOCOL_VERSION_MIN 1
#define GHCB_PROTOCOL_VERSION_MAX 2

/* What the hypervisor offers [GHCB table 6]. */
#define GHCB_HV_FEATURE_SNP 0x01
#define GHCB_HV_FEATURE_AP_CREATION 0x02
#define GHCB_HV_FEATURE_MULTI_VMPL 0x20

/* kvmpl's own set of termination reasons. */
#define KVMPL_TERMINATE_SET 0x4
#define KVMPL_TERMINATE_FINISHED 0
#define KVMPL_TERMINATE_PANIC 1

/* ---- Non-automatic exits, in SW_EXITCODE of a GHCB page [GHCB 4.1] --------------------------------- */
#define GHCB_NAE_IOIO 0x7b
#define GHCB_NAE_MSR 0x7c
#define GHCB_NAE_NPF 0x400
#define GHCB_NAE_SNP_AP_CREATION 0x80000013
#define GHCB_NAE_HV_IPI 0x80000015
#define GHCB_NAE_SNP_RUN_VMPL 0x80000018  /* EXITINFO1: the level in bits 3:0 */
#define GHCB_NAE_HV_FEATURES 0x8000fffd   /* answer in EXITINFO2 */
/* SNP_AP_CREATION: EXITINFO1 = APIC id << 32 | VMPL << 16 | one of: */
#define GHCB_AP_CREATE_ON_INIT 0          /* starts at the next INIT that HV_IPI sends */
#define GHCB_AP_CREATE 1
#define GHCB_AP_DESTROY 2
#define GHCB_AP_VMPL_SHIFT 16
#define GHCB_AP_APIC_SHIFT 32
/* HV_IPI: EXITINFO1 = what would be written to the x2APIC ICR. */
#define APIC_ICR_VECTOR_MASK 0xff
#define APIC_ICR_DELIVERY_INIT 0x500
#define APIC_ICR_SHORTHAND_SELF 0x40000
#define APIC_ICR_DESTINATION_SHIFT 32
#define KVMPL_VECTOR_RELAUNCH 64  /* the validator's interrupt to itself: its verdict is there */
#define KVMPL_VECTOR_SYSTEM_CALL 48 /* `int`: what a hosted driver asks the guest kernel for */
#define KVMPL_VECTOR_DEVICE 49    /* an interrupt that the guest kernel passes to a hosted driver */
#define KVMPL_VECTOR_REFLECT 28   /* an exit that the hypervisor reflects, where SNP has #HV */
/* An answer's SW_EXITINFO1, low half: 0 = done, 2 = the request was malformed (EXITINFO2 says how). */
#define GHCB_RESULT_OK 0
#define GHCB_RESULT_MALFORMED 2
#define GHCB_ERROR_NOT_REGISTERED 1
#define GHCB_ERROR_INVALID_USAGE 2
#define GHCB_ERROR_MISSING_INPUT 4
#define GHCB_ERROR_INVALID_INPUT 5
#define GHCB_ERROR_INVALID_EVENT 6
/* NPF: EXITINFO1 bits of a nested page fault [APM 2, 15.25.6 and 15.36.10]. */
#define NPF_INFO_WRITE 0x2
#define NPF_INFO_FETCH 0x10
#define NPF_INFO_RMP 0x80000000
#define NPF_INFO_VMPL 0x1000000000
#define KVMPL_NPF_INFO_PENDING 0x4000000000000000  /* kvmpl's own: the instruction has not been executed, RIP is at it */
/* IOIO: EXITINFO1 = port << 16 | bytes << 4 | direction [APM 2, 15.10.2]. MSR: its direction, and RCX the MSR. */
#define IOIO_INFO_IN 0x1
#define IOIO_INFO_SIZE_SHIFT 4
#define IOIO_INFO_PORT_SHIFT 16
#define MSR_INFO_WRITE 0x1

/* The GHCB page, the fields that are used [GHCB table 3]. */
struct ghcb {
  unsigned char reserved_000[0x1f8];
  unsigned long rax;
  unsigned char reserved_200[0x108];
  unsigned long rcx;
  unsigned long rdx;
  unsigned char reserved_318[0x28];
  unsigned long r8;
  unsigned long r9;
  unsigned char reserved_350[0x40];
  unsigned long sw_exitcode;
  unsigned long sw_exitinfo1;
  unsigned long sw_exitinfo2;
  unsigned long sw_scratch;
  unsigned char reserved_3b0[0x40];
  unsigned char valid_bitmap[16];
  unsigned char reserved_400[0xbfa];
  unsigned short protocol_version;
  unsigned int usage;
};

/* The VMSA, the fields that are used [APM 2, table B-4]. */
struct vmsa {
  unsigned char reserved_000[0xca];
  unsigned char vmpl;
  unsigned char cpl;      /* 0 or 3: the code is the kernel's or the user's */
  unsigned char reserved_0cc[0x84];
  unsigned long cr3;      /* with cpl 3; else the level's */
  unsigned char reserved_158[0x18];
  unsigned long rflags;
  unsigned long rip;
  unsigned char reserved_180[0x58];
  unsigned long rsp;
  unsigned char reserved_1e0[0x158];
  unsigned long rdi;
  unsigned char reserved_340[0xcc0];
};

#endif
