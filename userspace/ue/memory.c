// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* What cannot be written is as it is in the file. */
static int let_go(struct dl_phdr_info *object, size_t size, void *data)
{
	uintptr_t page = sysconf(_SC_PAGESIZE), begin, end;

	(void)size;
	(void)data;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || part->p_flags & PF_W)
			continue;
		begin = (object->dlpi_addr + part->p_vaddr) & -page;
		end = object->dlpi_addr + part->p_vaddr + part->p_memsz;
		madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 0;
}

void memory_let_go(void)
{
	malloc_trim(0);
	dl_iterate_phdr(let_go, NULL);
}
