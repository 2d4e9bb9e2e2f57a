// SPDX-License-Identifier: GPL-2.0-or-later
#include "hostkey.h"

#include "../common/base64.h"
#include "../common/log.h"
#include "secret.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

_Static_assert(BASE64_LEN(HOSTKEY_LEN) + 1 == HOSTKEY_TEXT_SIZE, "base64 and NUL");

static const char file_name[] = "host.key";

/* OpenSSL asks the terminal if nobody else answers. */
static int no_passphrase(char *buf, int size, int writing, void *data)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)data;
	return -1;
}

static EVP_PKEY *parse(const uint8_t *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *pkey;

	if (!bio)
		return NULL;
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (!pkey || EVP_PKEY_is_a(pkey, "ED25519"))
		return pkey;
	EVP_PKEY_free(pkey);
	return NULL;
}

static int read_key(EVP_PKEY **pkey, const struct secret *secret)
{
	uint8_t pem[SECRET_MAX_SIZE];
	ssize_t len = secret_read(secret, pem);

	if (len < 0)
		return (int)len;
	*pkey = parse(pem, len);
	OPENSSL_cleanse(pem, len);
	if (*pkey)
		return 0;
	log_say(LOG_ERR, NULL,
		"%s/%s is no Ed25519 private key in PEM without a passphrase; put it back from a copy, or remove it for a new one, whose public part every peer must then be told",
		secret->dir, secret->name);
	return -EINVAL;
}

static int write_key(const EVP_PKEY *pkey, const struct secret *secret)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	int err = -ENOMEM;
	char *pem;
	long len;

	if (!bio)
		return err;
	if (PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		len = BIO_get_mem_data(bio, &pem);
		err = secret_create(secret, (const uint8_t *)pem, len);
	}
	BIO_free(bio);
	return err;
}

static int make_key(EVP_PKEY **pkey, const struct secret *secret)
{
	int err;

	*pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!*pkey) {
		log_say(LOG_ERR, NULL, "OpenSSL makes no Ed25519 key");
		return -EIO;
	}
	err = write_key(*pkey, secret);
	if (!err)
		return 0;
	EVP_PKEY_free(*pkey);
	*pkey = NULL;
	return err;
}

/* RFC 5280, 4.1.2.5: no date at which it ends. Clocks may be wrong. */
static X509 *make_cert(EVP_PKEY *pkey)
{
	static const unsigned char name[] = "sidestep";
	X509 *cert = X509_new();
	X509_NAME *subject;

	if (!cert)
		return NULL;
	subject = X509_get_subject_name(cert);
	if (X509_set_version(cert, X509_VERSION_3) &&
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
	    ASN1_TIME_set_string_X509(X509_getm_notBefore(cert), "19700101000000Z") &&
	    ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), "99991231235959Z") &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) &&
	    X509_set_issuer_name(cert, subject) && X509_set_pubkey(cert, pkey) &&
	    X509_sign(cert, pkey, NULL))
		return cert;
	X509_free(cert);
	return NULL;
}

static int derive(struct hostkey *key)
{
	size_t len = sizeof(key->public);

	key->cert = make_cert(key->pkey);
	if (key->cert && EVP_PKEY_get_raw_public_key(key->pkey, key->public, &len) &&
	    len == sizeof(key->public))
		return 0;
	log_say(LOG_ERR, NULL, "OpenSSL makes no certificate of the host's key");
	return -EIO;
}

int hostkey_load(struct hostkey *key, const char *dir)
{
	const struct secret secret = { .dir = dir, .name = file_name };
	int err;

	*key = (struct hostkey){};
	err = read_key(&key->pkey, &secret);
	if (err == -ENOENT)
		err = make_key(&key->pkey, &secret);
	/* Somebody else was faster. */
	if (err == -EEXIST)
		err = read_key(&key->pkey, &secret);
	err = err ?: derive(key);
	if (err)
		hostkey_free(key);
	/* What is left there would be taken for an error of a connection. */
	ERR_clear_error();
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
