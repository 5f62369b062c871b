/* SPDX-License-Identifier: Apache-2.0
 *
 * What guest and hypervisor agree on. Read by the payloads' compiler and, through jextract, by the Java
 * side, so every constant exists once.
 *
 * Encodings that AMD has published keep their published values; where they are from:
 *   [GHCB]  SEV-ES Guest-Hypervisor Communication Block Standardization, AMD 56421
 *   [SVSM]  Secure VM Service Module for SEV-SNP Guests, AMD 58019
 *   [APM]   AMD64 Architecture Programmer's Manual, volumes 2 and 3
 * Everything else is kvmpl's own and starts with KVMPL_.
 */
#ifndef KVMPL_ABI_H
#define KVMPL_ABI_H

#define KVMPL_PAGE_SIZE 4096

/* ---- Guest-physical layout -------------------------------------------------------------------------
 * Virtual equals physical in every level's page tables. Three fixed areas, then kernel memory.
 *
 *   00000000  page 0, never mapped: a null pointer faults
 *   00001000  VMPL1: tables, stacks, communication pages, guest kernel, drivers     VMPL1 R W
 *   00400000  VMPL2: the same for the drivers of that level                         VMPL1, VMPL2 R W
 *   00600000  VMPL3: the same for the drivers of that level                         VMPL1, VMPL3 R W
 *   00800000  VMPL0: the same for the validator                                     VMPL0 alone
 *   00f00000  VMPL0 tables: restricted ranges, ownership map, permissions, ...      VMPL1 to 3 R
 *   01000000  kernel memory, up to the end of memory                                VMPL1 to 3 R, more on grant
 */
#define KVMPL_VMPL1_BASE 0x00001000
#define KVMPL_VMPL1_END 0x00400000
#define KVMPL_VMPL2_BASE 0x00400000
#define KVMPL_VMPL2_END 0x00600000
#define KVMPL_VMPL3_BASE 0x00600000
#define KVMPL_VMPL3_END 0x00800000
#define KVMPL_VMPL0_BASE 0x00800000
#define KVMPL_VMPL0_END 0x00f00000
#define KVMPL_TABLES_BASE 0x00f00000
#define KVMPL_KERNEL_MEMORY_BASE 0x01000000

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

/* ---- Permissions database [APM 3, RMPADJUST, RMPQUERY, PVALIDATE] ---------------------------------- */
#define RMP_PAGE_SIZE_4K 0
#define RMP_PAGE_SIZE_2M 1
#define RMP_READ 0x1
#define RMP_WRITE 0x2
#define RMP_EXECUTE_USER 0x4
#define RMP_EXECUTE_SUPERVISOR 0x8
#define RMP_PERMISSIONS_SHIFT 8           /* in RDX; the target level is in bits 7:0 */
#define RMP_VMSA 0x10000                  /* in RDX */
#define RMP_VALIDATE 0x1                  /* PVALIDATE, in EDX: 1 validates, 0 rescinds */
#define RMP_OK 0
#define RMP_FAIL_INPUT 1
#define RMP_FAIL_PERMISSION 2
#define RMP_FAIL_SIZEMISMATCH 6
#define KVMPL_RMP_FAIL_NO_ROOM 0x80       /* KVM has no slots left for one more piece of the level's memory */
#define VECTOR_GP 13                      /* PVALIDATE below VMPL0: #GP(0) */
#define VECTOR_VC 29
#define VC_PAGE_NOT_VALIDATED 0x404       /* #VC's error code for a page that is not validated [APM 2, 15.36.10] */
/* Where the CPU raises #UD for such an instruction, the handler forwards it: `in` of 4 bytes from its port with
 * the operands still in RAX, RCX and RDX. What is read says all that the instruction does to registers: */
#define KVMPL_PORT_RMPADJUST 0xa0
#define KVMPL_PORT_RMPQUERY 0xa1
#define KVMPL_PORT_PVALIDATE 0xa2
#define KVMPL_RMP_RESULT_MASK 0xff        /* EAX */
#define KVMPL_RMP_CARRY 0x100             /* CF: PVALIDATE has changed nothing */
#define KVMPL_RMP_LARGE 0x200             /* RCX = 1: RMPQUERY of a 2 MiB entry, else 0 */
#define KVMPL_RMP_RDX_SHIFT 8             /* bits 31:16 are RDX's bits 23:8 after RMPQUERY: permissions, VMSA */
#define KVMPL_RMP_RDX_MASK 0xffff00
/* or that it raises an exception instead: the vector in bits 7:0, the error code in bits 31:16 */
#define KVMPL_RMP_EXCEPTION 0x400
#define KVMPL_RMP_ERROR_SHIFT 16

/* ---- Results [SVSM table 3]; protocol-specific ones from 0x80001000 -------------------------------- */
#define SVSM_SUCCESS 0x00000000
#define SVSM_ERR_INCOMPLETE 0x80000000
#define SVSM_ERR_UNSUPPORTED_PROTOCOL 0x80000001
#define SVSM_ERR_UNSUPPORTED_CALL 0x80000002
#define SVSM_ERR_INVALID_ADDRESS 0x80000003
#define SVSM_ERR_INVALID_FORMAT 0x80000004
#define SVSM_ERR_INVALID_PARAMETER 0x80000005
#define SVSM_ERR_INVALID_REQUEST 0x80000006
#define SVSM_ERR_BUSY 0x80000007
#define SVSM_ERR_PROTOCOL_BASE 0x80001000
#define KVMPL_ERR_RESTRICTED 0x80001000      /* inside a restricted range */
#define KVMPL_ERR_OWNED_BY_OTHER 0x80001001  /* assigned to another driver */
#define KVMPL_ERR_NO_DRIVER 0x80001002       /* no driver is associated with the vCPU */
#define KVMPL_ERR_MAP_FULL 0x80001003        /* no room: ownership map, list of grants, KVM's slots */
#define KVMPL_ERR_NOT_GRANTED 0x80001004     /* the permissions database refused the change */
#define KVMPL_ERR_NO_CODEBASE 0x80001005     /* no codebase decides for the address */
#define KVMPL_ERR_UNKNOWN_CODEBASE 0x80001006  /* the codebase that decides for it is not registered */
#define KVMPL_ERR_MEASUREMENT 0x80001007     /* that codebase is not what was loaded */
#define KVMPL_ERR_EXCEPTION 0x80001100       /* + vector: status of a hosted driver that an exception has ended */
#define KVMPL_ERR_NOT_DETECTED 0x80001008    /* the guest kernel could not be told, or did not ask */
#define KVMPL_ERR_NO_PERMISSION 0x80001009   /* the driver's stored permissions do not have it */
#define KVMPL_ERR_REMAPPED 0x8000100a        /* a protected virtual page leads elsewhere, or another leads there too */
#define KVMPL_GP_REFUSED 0xfffc              /* #GP's error code where the access at RIP is refused; why is in the GHCB page */

/* ---- SVSM calls [SVSM 5 and 6] -----------------------------------------------------------------------
 * RAX = protocol << 32 | call. The doorbell here is a write of the GHCB MSR, which takes RAX, RCX and RDX: so the
 * registers of a call are those of the GHCB page, with the event SNP_RUN_VMPL. */
struct svsm_calling_area {
  unsigned char call_pending;
  unsigned char memory_available;
  unsigned char reserved[6];
};

/* What PVALIDATE's RCX points to: entries in the same page, of which `next` is the first to be done. */
struct svsm_pvalidate_list {
  unsigned short count;
  unsigned short next;
  unsigned int reserved;
  unsigned long entries[];  /* page's address | SVSM_PVALIDATE_... */
};
#define SVSM_PVALIDATE_SIZE_MASK 0x3      /* 0 = 4 KiB, 1 = 2 MiB */
#define SVSM_PVALIDATE_VALIDATE 0x4       /* else rescind */
#define SVSM_PVALIDATE_IGNORE_CF 0x8      /* a page that is in that state already is no error */
#define SVSM_ERR_PVALIDATE_UNCHANGED 0x80001010 /* others: SVSM_ERR_PROTOCOL_BASE + the instruction's code */

#define SVSM_PROTOCOL_SHIFT 32
#define SVSM_PROTOCOL_CORE 0
#define SVSM_CORE_VERSION 1
#define SVSM_CORE_REMAP_CA 0
#define SVSM_CORE_PVALIDATE 1
#define SVSM_CORE_CREATE_VCPU 2
#define SVSM_CORE_DELETE_VCPU 3
#define SVSM_CORE_QUERY_PROTOCOL 6
/* kvmpl's own protocol. */
#define KVMPL_PROTOCOL 0x6b766d
#define KVMPL_PROTOCOL_VERSION 1
#define KVMPL_CALL_VALIDATE 0   /* may I do access (RDX) at address (RCX), length (R8)? answer: owner in RCX */
#define KVMPL_CALL_TRANSFER 1   /* [RCX, RCX + RDX), all of it mine, is driver R8's from now on, and closed to me */

/* ---- What a hosted driver, at CPL 3, asks the guest kernel for: number in RAX, argument in RDI, answer in RAX */
#define KVMPL_CPL_HOSTED 3
#define KVMPL_SYSTEM_CALL_EXIT 0       /* the driver is done; its status */
#define KVMPL_SYSTEM_CALL_RESULT 1     /* why the operation before was refused; forgets it */
#define KVMPL_SYSTEM_CALL_HANDLER 2    /* where to go on at an interrupt, with its vector in RDI; 0 = let it wait */
#define KVMPL_SYSTEM_CALL_INTERRUPT 3  /* an interrupt, please */
#define KVMPL_SYSTEM_CALL_RETURN 4     /* the handler is done: go on where the interrupt came */

/* ---- Validation: hypervisor -> VMPL0 -> hypervisor, in VMPL0's memory ------------------------------ */
#define KVMPL_REQUEST_NONE 0
#define KVMPL_REQUEST_VALIDATE 1   /* may `driver` do `access` at [gpa, gpa + length)? */
#define KVMPL_REQUEST_ASSOCIATE 2  /* from now on a vCPU of `vmpl` belongs to `driver` */
#define KVMPL_REQUEST_CALL 3       /* an SVSM call of `vmpl`: registers below, and out again */
#define KVMPL_REQUEST_DISSOCIATE 4 /* no vCPU of `vmpl` belongs to `driver` any more; `data`: */
#define KVMPL_DISSOCIATE_UNLOAD 1  /* the driver is unloaded: what it owns is nobody's */

/* A bit of a page-table entry that the CPU ignores: with detection fault VMPL1's tables have the page as not present
 * until the guest kernel is granted it. */
#define KVMPL_PTE_HIDDEN 0x200

/* What an operation is. */
#define KVMPL_ACCESS_WRITE 0
#define KVMPL_ACCESS_READ 1
#define KVMPL_ACCESS_EXECUTE 2
#define KVMPL_ACCESS_PORT_READ 3   /* `gpa` is the port */
#define KVMPL_ACCESS_PORT_WRITE 4
#define KVMPL_ACCESS_MSR_READ 5    /* `gpa` is the MSR */
#define KVMPL_ACCESS_MSR_WRITE 6

struct kvmpl_request {
  unsigned int kind;
  unsigned int driver;    /* as recorded by the hypervisor, 0 = none */
  unsigned int vmpl;      /* the level that asks, and runs on when this is answered */
  unsigned int access;
  unsigned long gpa;      /* or port, or MSR */
  unsigned long length;   /* bytes, 1 to 8, inside one page */
  unsigned long data;     /* what would be stored, little-endian, zero above length; 0 for other accesses */
  unsigned int pending;   /* 1 from the request to its answer */
  unsigned int owner;     /* answer: the driver that the page is assigned to, 0 = none */
  unsigned long result;   /* answer: SVSM_SUCCESS or an error */
  unsigned long rax, rcx, rdx, r8, r9;
  unsigned long cr3;      /* of the vCPU that asks, where virtual ranges are protected, else 0 */
};

/* ---- The validator's tables ------------------------------------------------------------------------ */
struct kvmpl_range {
  unsigned long start;    /* first byte, page-aligned */
  unsigned long end;      /* one past the last byte, page-aligned */
};

#define KVMPL_RESTRICTED_MAX 1024
struct kvmpl_restricted {
  unsigned long count;
  struct kvmpl_range ranges[KVMPL_RESTRICTED_MAX];  /* by start, disjoint */
};

struct kvmpl_ownership {
  unsigned long start;
  unsigned long end;
  unsigned long driver;
};

#define KVMPL_OWNERSHIP_MAX 16384
struct kvmpl_ownership_map {
  unsigned long count;
  struct kvmpl_ownership entries[KVMPL_OWNERSHIP_MAX];  /* by start, disjoint */
};

/* What a driver may do: those operations at those addresses, ports or MSRs. */
struct kvmpl_permission {
  unsigned int driver;
  unsigned int access;
  unsigned long start;
  unsigned long end;      /* one past the last */
};

#define KVMPL_PERMISSIONS_MAX 1024
struct kvmpl_permissions {
  unsigned long drivers;  /* bit n: for driver n + 1 something is stored, even if it is that it may do nothing */
  unsigned long count;
  struct kvmpl_permission entries[KVMPL_PERMISSIONS_MAX];  /* by driver, access, start; disjoint */
};

/* Guest-virtual ranges that shall lead where they lead at launch, and nothing else there. */
#define KVMPL_PROTECTED_MAX 64
#define KVMPL_PROTECTED_PAGES_MAX 256
struct kvmpl_protected {
  unsigned long count;
  unsigned long root;     /* VMPL1's CR3 at launch */
  struct kvmpl_range ranges[KVMPL_PROTECTED_MAX];  /* virtual, disjoint, KVMPL_PROTECTED_PAGES_MAX in all */
};

/* The codebases that decide, in VMPL0's memory. */
#define KVMPL_MEASUREMENT_BYTES 48  /* SHA-384 */
struct kvmpl_codebase {
  unsigned long id;       /* not 0 */
  unsigned long image;    /* first byte, in VMPL0's memory */
  unsigned long size;     /* bytes, all of which are measured */
  unsigned long entry;    /* its codebase_main */
  unsigned char measurement[KVMPL_MEASUREMENT_BYTES];  /* of the image, as it was loaded */
};

struct kvmpl_codebase_range {
  unsigned long start;
  unsigned long end;
  unsigned long codebase; /* the identifier of the one that decides there */
};

#define KVMPL_CODEBASES_MAX 16
#define KVMPL_CODEBASE_RANGES_MAX 1024
struct kvmpl_codebases {
  unsigned long count;
  unsigned long range_count;
  struct kvmpl_codebase entries[KVMPL_CODEBASES_MAX];
  struct kvmpl_codebase_range ranges[KVMPL_CODEBASE_RANGES_MAX];  /* by start, disjoint */
};

#define KVMPL_RESTRICTED_GPA 0x00f00000
#define KVMPL_OWNERSHIP_GPA 0x00f10000
#define KVMPL_PERMISSIONS_GPA 0x00f80000
#define KVMPL_PROTECTED_GPA 0x00f90000

/* ---- Trace: one ring a vCPU, in its level's memory -------------------------------------------------- */
enum kvmpl_step {
  KVMPL_STEP_ASSIGN = 1,
  KVMPL_STEP_REQUEST,
  KVMPL_STEP_ASSOCIATE,
  KVMPL_STEP_ATTEMPT,
  KVMPL_STEP_DETECT,
  KVMPL_STEP_EXIT1,
  KVMPL_STEP_LAUNCH,
  KVMPL_STEP_LOOKUP,
  KVMPL_STEP_OBTAIN,
  KVMPL_STEP_EXECUTE,
  KVMPL_STEP_RESTRICTED,
  KVMPL_STEP_OWNER,
  KVMPL_STEP_ERROR,
  KVMPL_STEP_DESIGNATE,
  KVMPL_STEP_ADJUST,
  KVMPL_STEP_GRANT,
  KVMPL_STEP_IRQ,
  KVMPL_STEP_EXIT2,
  KVMPL_STEP_RELAUNCH,
  KVMPL_STEP_COMPLETE
};

struct kvmpl_trace_record {
  unsigned long tsc;
  unsigned int step;
  unsigned int driver;
  unsigned long gpa;
  unsigned long length;
  unsigned long data;
  unsigned long rip;      /* the instruction that it is about, 0 = none */
  unsigned int access;
  unsigned int reserved;
};

#define KVMPL_TRACE_CAPACITY 512
struct kvmpl_trace_ring {
  unsigned long enabled;  /* set by the hypervisor before launch */
  unsigned long head;     /* records written since launch; record i is at i % CAPACITY */
  struct kvmpl_trace_record records[KVMPL_TRACE_CAPACITY];
};

/* ---- Launch: what a vCPU finds in GS:0, and a level's kernel in RDI too --------------------------------- */
struct kvmpl_panic {
  unsigned long vector;
  unsigned long error;
  unsigned long rip;
  unsigned long cr2;
};

#define KVMPL_PROCESSORS_MAX 4
#define KVMPL_DRIVERS_MAX 64    /* a driver counts once a processor that it runs on */
#define KVMPL_ARGUMENTS_MAX 64

/* What a driver finds in RDI when it starts, one a processor that it runs on. The guest kernel fills in the
 * level, the driver its status. */
struct kvmpl_driver {
  unsigned int id;        /* 1, 2, ... in the scenario's order */
  unsigned int level;     /* set by the guest kernel: ASSIGN */
  unsigned int wanted_level;
  unsigned int processor; /* APIC id of the processor that it shall run on */
  unsigned int cpl;       /* KVMPL_CPL_HOSTED, or 0 */
  unsigned int reserved;
  unsigned long entry;
  unsigned long image;    /* first byte of its code and data, which end where the stack starts */
  unsigned long stack;    /* top, 16-byte aligned */
  unsigned long vmsa;     /* a page for the vCPU request */
  struct ghcb *ghcb;
  struct kvmpl_trace_ring *trace;
  unsigned long status;   /* what the driver returned */
  unsigned long fixup_rip; /* where to go on, and with which RSP, if the access that is under way is refused by */
  unsigned long fixup_rsp; /* an exception; 0 = none is under way */
  unsigned long instance; /* 0, 1, ... on the driver's processors */
  unsigned long argument_count;
  unsigned long arguments[KVMPL_ARGUMENTS_MAX];
};

struct kvmpl_boot_info {
  struct kvmpl_boot_info *self;   /* so that GS:0 is the address of this */
  struct ghcb *ghcb;
  struct kvmpl_trace_ring *trace;
  struct kvmpl_request *request;  /* VMPL0 only */
  struct svsm_calling_area *calling_area; /* where this vCPU announces its SVSM calls at first */
  struct svsm_calling_area *calling_areas[4]; /* VMPL0 only: where this processor's levels do, by level */
  struct kvmpl_codebases *codebases;  /* VMPL0 only; 0 = the validator decides by itself */
  unsigned long processor;        /* APIC id */
  unsigned long memory_size;      /* bytes */
  unsigned long detection;        /* KVMPL_DETECTION_*; VMPL1 only */
  unsigned long driver_count;     /* the guest kernel's: one a processor that a driver runs on; VMPL0's: drivers */
  struct kvmpl_driver *driver;    /* the one that runs on this vCPU, 0 = none; kept by the guest */
  struct kvmpl_panic panic;       /* written before KVMPL_TERMINATE_PANIC */
  struct kvmpl_driver *drivers[KVMPL_DRIVERS_MAX];
};

#define KVMPL_DETECTION_TRAP 0
#define KVMPL_DETECTION_REFLECT 1
#define KVMPL_DETECTION_FAULT 2

#endif
