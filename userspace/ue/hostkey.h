/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostkey: what this host proves who it is by, an Ed25519 key (RFC 8032)
 */
#ifndef _SIDESTEP_HOSTKEY_H
#define _SIDESTEP_HOSTKEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

enum hostkey_limits {
	HOSTKEY_LEN = 32,
	/* base64, with its NUL */
	HOSTKEY_TEXT_SIZE = 45,
};

/**
 * struct hostkey - the key
 * @pkey: private and public
 * @cert: a self-signed certificate of it, made anew each time; peers look at nothing
 *	  but its key
 * @public: the public key
 */
struct hostkey {
	EVP_PKEY *pkey;
	X509 *cert;
	uint8_t public[HOSTKEY_LEN];
};

/**
 * hostkey_load() - read the key of this host, or make one
 * @key: the result, to be freed with hostkey_free()
 * @dir: directory with the file "host.key" (PEM, mode 0600)
 *
 * A file that others may read, or that is no Ed25519 key, is refused and not
 * replaced. A new key is written and synced before it is used. Failures are logged
 * with the file's name and the way out.
 *
 * Return: 0 or a negative errno value.
 */
int hostkey_load(struct hostkey *key, const char *dir);
void hostkey_free(struct hostkey *key);

/* hostkey_text() - a public key in base64 */
void hostkey_text(char text[HOSTKEY_TEXT_SIZE], const uint8_t public[HOSTKEY_LEN]);

#endif /* _SIDESTEP_HOSTKEY_H */
