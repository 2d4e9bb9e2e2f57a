// SPDX-License-Identifier: GPL-2.0-or-later
#include "hostkey.h"
#include "../common/base64.h"
#include "log.h"
#include "statefile.h"

#include <errno.h>
#include <openssl/pem.h>
#include <string.h>

#define FILE_NAME "host.key"

enum {
	/* PEM of an Ed25519 key is 119 bytes. */
	FILE_SIZE = 1024,
	/* No peer looks at it. */
	VALID_S = 10 * 365 * 86400,
};

static int take_public(struct hostkey *key)
{
	size_t len = sizeof(key->public);

	if (EVP_PKEY_get_id(key->pkey) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(key->pkey, key->public, &len) != 1 ||
	    len != sizeof(key->public))
		return -EINVAL;
	return 0;
}

static int parse(struct hostkey *key, const uint8_t *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, len);

	if (!bio)
		return -ENOMEM;
	/* An empty passphrase: nobody is there to be asked for one. */
	key->pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
	BIO_free(bio);
	return key->pkey ? take_public(key) : -EINVAL;
}

static int save(const struct hostkey *key, const char *dir)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	int err = -ENOMEM;
	char *pem;
	long len;

	if (bio && PEM_write_bio_PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL)) {
		len = BIO_get_mem_data(bio, &pem);
		err = statefile_write(dir, FILE_NAME, (const uint8_t *)pem, len);
	}
	BIO_free(bio);
	return err;
}

static int make(struct hostkey *key, const char *dir)
{
	int err;

	key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!key->pkey)
		return -EIO;
	err = take_public(key);
	return err ?: save(key, dir);
}

static int load_or_make(struct hostkey *key, const char *dir)
{
	uint8_t pem[FILE_SIZE];
	ssize_t len = statefile_read(dir, FILE_NAME, pem, sizeof(pem));
	int err;

	if (len == -ENOENT)
		return make(key, dir);
	if (len < 0)
		return len;
	err = parse(key, pem, len);
	OPENSSL_cleanse(pem, sizeof(pem));
	if (err)
		log_say(LOG_ERR, NULL,
			"%s/" FILE_NAME ": is no Ed25519 private key in PEM: mend it; or remove it, and peers must be told of the new one",
			dir);
	return err;
}

static int certify(struct hostkey *key)
{
	X509_NAME *name;
	X509 *cert = X509_new();

	key->cert = cert;
	if (!cert || !X509_set_version(cert, X509_VERSION_3) ||
	    !ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) ||
	    !X509_gmtime_adj(X509_getm_notBefore(cert), 0) ||
	    !X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S) ||
	    !X509_set_pubkey(cert, key->pkey))
		return -ENOMEM;
	name = X509_get_subject_name(cert);
	if (!X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					(const unsigned char *)"sidestep", -1, -1, 0) ||
	    !X509_set_issuer_name(cert, name) || !X509_sign(cert, key->pkey, NULL))
		return -ENOMEM;
	return 0;
}

int hostkey_load(struct hostkey *key, const char *dir)
{
	int err;

	*key = (struct hostkey){};
	err = load_or_make(key, dir);
	if (!err)
		err = certify(key);
	if (err)
		hostkey_free(key);
	return err;
}

void hostkey_free(struct hostkey *key)
{
	X509_free(key->cert);
	EVP_PKEY_free(key->pkey);
	*key = (struct hostkey){};
}

void hostkey_text(char text[HOSTKEY_TEXT_SIZE], const uint8_t public[HOSTKEY_LEN])
{
	base64_encode(text, public, HOSTKEY_LEN);
}
