/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pf_table: words to write tables of struct pf_field with; for files that have such
 */
#ifndef _SIDESTEP_PF_TABLE_H
#define _SIDESTEP_PF_TABLE_H

#include "pf_field.h"
#include "pf_msg.h"

/* Initialisers of struct pf_field, behind its key. DOC is the struct that the table is of. */
#define VALUE(type, member, name)						\
	.kind = type,								\
	.offset = offsetof(struct DOC, member),					\
	.size = sizeof(((struct DOC *)0)->member),				\
	.fault = name ": of another type, or out of range",			\
	.missing = name ": missing"
#define U32(member, name, from, to) \
	VALUE(PF_U32, member, name), .min = (from), .max = (to)
#define WORDS(member, name) VALUE(PF_TEXT, member, name), .check = pf_words_fault
#define EPUID(member, name) VALUE(PF_TEXT, member, name), .check = pf_epuid_fault
#define SESSION(member, name) VALUE(PF_TEXT, member, name), .check = pf_session_fault
#define ADDR(member, name, family) VALUE(PF_ADDR, member, name), .max = (family)
#define KEY(member, name) VALUE(PF_BYTES, member, name)
#define U64(member, name) VALUE(PF_U64, member, name)
#define BOOL(member, name) VALUE(PF_BOOL, member, name)
#define HAS(member) .has = offsetof(struct DOC, member)
#define NEEDED .needed = true
#define LIST(type, n, array, name, most, table)					\
	.kind = type,								\
	.offset = offsetof(struct DOC, n),					\
	.list = offsetof(struct DOC, array),					\
	.size = sizeof(((struct DOC *)0)->array[0]),				\
	.max = (most),								\
	.member = table,							\
	.fault = name ": no list, or too many",					\
	.missing = name ": missing"

#endif /* _SIDESTEP_PF_TABLE_H */
