// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange_tls.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#define LABEL "EXPORTER-sidestep-session"

/* The exported secret: id, name, key of what the end with the lower public key sends,
 * key of what the other one sends.
 */
struct secret {
	uint8_t id[2];
	uint8_t keys_id[OFFER_KEYS_ID_LEN];
	uint8_t lower[SIDESTEP_KEY_LEN];
	uint8_t higher[SIDESTEP_KEY_LEN];
};

static bool raw_key(X509 *cert, uint8_t key[HOSTKEY_LEN])
{
	EVP_PKEY *pkey = cert ? X509_get0_pubkey(cert) : NULL;
	size_t len = HOSTKEY_LEN;

	return pkey && EVP_PKEY_get_id(pkey) == EVP_PKEY_ED25519 &&
	       EVP_PKEY_get_raw_public_key(pkey, key, &len) == 1 && len == HOSTKEY_LEN;
}

/* In place of all that is usually looked for in a certificate. */
static int verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
					      SSL_get_ex_data_X509_STORE_CTX_idx());
	exchange_tls_check check = *(exchange_tls_check *)arg;
	uint8_t key[HOSTKEY_LEN];

	if (raw_key(X509_STORE_CTX_get0_cert(store), key) &&
	    check(key, SSL_get_app_data(ssl))) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

enum {
	/* Of a peer's certificates, together; one takes less than 300 bytes. */
	MAX_CERTS = 4096,
};

static bool set_up(SSL_CTX *ctx, const struct hostkey *key)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_max_cert_list(ctx, MAX_CERTS);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) &&
	       SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) &&
	       SSL_CTX_set_num_tickets(ctx, 0) &&
	       /* No stranger may choose one that takes long. */
	       SSL_CTX_set1_groups_list(ctx, "X25519") &&
	       SSL_CTX_set1_sigalgs_list(ctx, "ed25519") &&
	       SSL_CTX_use_certificate(ctx, key->cert) == 1 &&
	       SSL_CTX_use_PrivateKey(ctx, key->pkey) == 1;
}

SSL_CTX *exchange_tls_open(const struct hostkey *key, exchange_tls_check check)
{
	/* OpenSSL takes a pointer to an object, and this is one to a function. */
	static exchange_tls_check the_check;
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (!ctx || !set_up(ctx, key)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	the_check = check;
	SSL_CTX_set_cert_verify_callback(ctx, verify, &the_check);
	return ctx;
}

SSL *exchange_tls_new(SSL_CTX *ctx, int fd, bool connects, void *data)
{
	SSL *ssl = SSL_new(ctx);

	if (!ssl || !SSL_set_fd(ssl, fd)) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_app_data(ssl, data);
	if (connects)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	return ssl;
}

bool exchange_tls_keys(SSL *ssl, struct exchange_keys *keys,
		       const uint8_t own[HOSTKEY_LEN], const uint8_t peer[HOSTKEY_LEN])
{
	bool lower = memcmp(own, peer, HOSTKEY_LEN) < 0;
	struct secret secret;

	if (SSL_export_keying_material(ssl, (uint8_t *)&secret, sizeof(secret), LABEL,
				       strlen(LABEL), NULL, 0, 0) != 1)
		return false;
	keys->id = (secret.id[0] << 8 | secret.id[1]) % UINT16_MAX + 1;
	memcpy(keys->keys_id, secret.keys_id, sizeof(keys->keys_id));
	memcpy(keys->tx, lower ? secret.lower : secret.higher, sizeof(keys->tx));
	memcpy(keys->rx, lower ? secret.higher : secret.lower, sizeof(keys->rx));
	OPENSSL_cleanse(&secret, sizeof(secret));
	return true;
}

bool exchange_tls_alerted(void)
{
	unsigned long error = ERR_peek_error();

	ERR_clear_error();
	return ERR_GET_LIB(error) == ERR_LIB_SSL &&
	       ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
}
