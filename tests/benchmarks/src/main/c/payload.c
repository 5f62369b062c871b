/* SPDX-License-Identifier: Apache-2.0 */
#include "payload.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvm.h"
#include "kvmpl/abi.h"

static const Elf64_Phdr *segments(const struct payload *payload, int *count) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)payload->file;
  *count = header->e_phnum;
  return (const Elf64_Phdr *)(payload->file + header->e_phoff);
}

struct payload payload_read(const char *path) {
  FILE *in = fopen(path, "rb");
  if (!in || fseek(in, 0, SEEK_END) < 0) die(path);
  size_t size = (size_t)ftell(in);
  struct payload payload = {.file = malloc(size)};
  rewind(in);
  if (!payload.file || fread(payload.file, 1, size, in) != size) die(path);
  fclose(in);
  int count;
  const Elf64_Phdr *segment = segments(&payload, &count);
  for (int i = 0; i < count; i++) {
    unsigned long end = (segment[i].p_vaddr + segment[i].p_memsz + KVMPL_PAGE_SIZE - 1) & -(unsigned long)KVMPL_PAGE_SIZE;
    if (segment[i].p_type == PT_LOAD && end > payload.footprint) payload.footprint = end;
  }
  return payload;
}

static void relocate(char *memory, unsigned long gpa, const Elf64_Dyn *dynamic) {
  unsigned long table = 0, bytes = 0;
  for (; dynamic->d_tag != DT_NULL; dynamic++) {
    if (dynamic->d_tag == DT_RELA) table = dynamic->d_un.d_ptr;
    if (dynamic->d_tag == DT_RELASZ) bytes = dynamic->d_un.d_val;
  }
  const Elf64_Rela *rela = (const Elf64_Rela *)(memory + gpa + table);
  for (unsigned long i = 0; i < bytes / sizeof *rela; i++)
    if (ELF64_R_TYPE(rela[i].r_info) == R_X86_64_RELATIVE)
      *(unsigned long *)(memory + gpa + rela[i].r_offset) = gpa + (unsigned long)rela[i].r_addend;
}

unsigned long payload_load(const struct payload *payload, char *memory, unsigned long gpa) {
  int count;
  const Elf64_Phdr *segment = segments(payload, &count);
  for (int i = 0; i < count; i++)
    if (segment[i].p_type == PT_LOAD)
      memcpy(memory + gpa + segment[i].p_vaddr, payload->file + segment[i].p_offset, segment[i].p_filesz);
  for (int i = 0; i < count; i++)
    if (segment[i].p_type == PT_DYNAMIC)
      relocate(memory, gpa, (const Elf64_Dyn *)(memory + gpa + segment[i].p_vaddr));
  return gpa + ((const Elf64_Ehdr *)payload->file)->e_entry;
}
