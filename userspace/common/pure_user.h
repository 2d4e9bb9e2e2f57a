/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pure_user: the kernel's share of kmod/pure.h, for user space. siphash() is OpenSSL's,
 * so the module's MAC is compared with one that others wrote.
 */
#ifndef _SIDESTEP_PURE_USER_H
#define _SIDESTEP_PURE_USER_H

#define __packed __attribute__((packed))

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#define cpu_to_be16(x) ((__be16)htobe16(x))
#define cpu_to_be32(x) ((__be32)htobe32(x))
#define cpu_to_be64(x) ((__be64)htobe64(x))
#define cpu_to_le64(x) ((__le64)htole64(x))
#define be16_to_cpu(x) be16toh(x)
#define be32_to_cpu(x) be32toh(x)
#define be64_to_cpu(x) be64toh(x)
#define le64_to_cpu(x) le64toh(x)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline __u64 div_u64(__u64 dividend, __u32 divisor)
{
	return dividend / divisor;
}

static inline __s64 div64_s64(__s64 dividend, __s64 divisor)
{
	return dividend / divisor;
}

/* Returns how many characters were written, without the final NUL. */
static inline int __attribute__((format(printf, 3, 4)))
scnprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buf, size, format, args);
	va_end(args);
	return (size_t)length < size ? length : (int)size - 1;
}

struct list_head {
	struct list_head *next, *prev;
};

#define list_entry(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	entry->next = head->next;
	entry->prev = head;
	head->next->prev = entry;
	head->next = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

typedef struct {
	__u64 key[2];
} siphash_key_t;

static inline void __attribute__((noreturn)) siphash_missing(void)
{
	fputs("OpenSSL has no SipHash\n", stderr);
	abort();
}

static inline EVP_MAC_CTX *siphash_context(void)
{
	static EVP_MAC_CTX *context;

	if (!context) {
		EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);

		context = mac ? EVP_MAC_CTX_new(mac) : NULL;
		EVP_MAC_free(mac);
		if (!context)
			siphash_missing();
	}
	return context;
}

static inline __u64 siphash(const void *data, size_t len,
			    const siphash_key_t *key)
{
	__le64 words[2] = { cpu_to_le64(key->key[0]),
			    cpu_to_le64(key->key[1]) };
	size_t size = sizeof(__le64);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *context = siphash_context();
	__le64 mac;

	if (!EVP_MAC_init(context, (const unsigned char *)words, sizeof(words),
			  params) ||
	    !EVP_MAC_update(context, data, len) ||
	    !EVP_MAC_final(context, (unsigned char *)&mac, &size, sizeof(mac)) ||
	    size != sizeof(mac))
		siphash_missing();
	return le64_to_cpu(mac);
}

#endif /* _SIDESTEP_PURE_USER_H */
