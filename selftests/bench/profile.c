// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * profile: counts the guest's instructions by address, as a plugin of QEMU's
 *
 * Counting begins and ends where a program in the guest executes the marks of
 * mark.h, and each end writes a file: PREFIX.0, PREFIX.1 and so on, a line
 * "ADDRESS INSTRUCTIONS" for each piece of code that ran without a jump.
 *
 * Usage: qemu-system-x86_64 ... -plugin profile.so,prefix=PREFIX
 */
#include "mark.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* QEMU's plugin interface, version 1; its header comes in no package. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_callback)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*insn_callback)(unsigned int cpu, void *data);

enum plugin_constants { PLUGIN_INLINE_ADD = 0, PLUGIN_NO_REGISTERS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_callback cb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *counter, uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, insn_callback cb,
					    int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

#define PLUGIN_EXPORT __attribute__((visibility("default")))
PLUGIN_EXPORT int qemu_plugin_version = 1;
PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
				      char **argv);

enum limits { BUCKETS = 65536, NAME_LEN = 4096 };

/**
 * struct block - a piece of code without a jump
 * @next: in the same bucket
 * @address: of its first instruction
 * @length: instructions
 * @count: instructions executed since counting began
 */
struct block {
	struct block *next;
	uint64_t address;
	uint64_t length;
	uint64_t count;
};

static struct block *blocks[BUCKETS];
static const char *prefix;
static unsigned int files;

static struct block *block_of(uint64_t address, uint64_t length)
{
	struct block **bucket = &blocks[(address ^ address >> 16) % BUCKETS];
	struct block *b;

	for (b = *bucket; b; b = b->next)
		if (b->address == address && b->length == length)
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->address = address;
	b->length = length;
	b->next = *bucket;
	*bucket = b;
	return b;
}

static void on_begin(unsigned int cpu, void *data)
{
	struct block *b;
	int i;

	(void)cpu;
	(void)data;
	for (i = 0; i < BUCKETS; i++)
		for (b = blocks[i]; b; b = b->next)
			b->count = 0;
}

static void on_end(unsigned int cpu, void *data)
{
	char name[NAME_LEN];
	struct block *b;
	FILE *f;
	int i;

	(void)cpu;
	(void)data;
	snprintf(name, sizeof(name), "%s.%u", prefix, files++);
	f = fopen(name, "w");
	if (!f)
		abort();
	for (i = 0; i < BUCKETS; i++)
		for (b = blocks[i]; b; b = b->next)
			if (b->count)
				fprintf(f, "%016" PRIx64 " %" PRIu64 "\n", b->address, b->count);
	if (fclose(f))
		abort();
}

static bool is_mark(const struct qemu_plugin_insn *insn, const char *mark)
{
	return qemu_plugin_insn_size(insn) == MARK_LEN &&
	       !memcmp(qemu_plugin_insn_data(insn), mark, MARK_LEN);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, PLUGIN_INLINE_ADD,
						 &block_of(qemu_plugin_tb_vaddr(tb), n)->count, n);
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (is_mark(insn, MARK_BEGIN))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, PLUGIN_NO_REGISTERS,
							       NULL);
		if (is_mark(insn, MARK_END))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, PLUGIN_NO_REGISTERS,
							       NULL);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "prefix=", 7))
		return 1;
	prefix = strdup(argv[0] + 7);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
