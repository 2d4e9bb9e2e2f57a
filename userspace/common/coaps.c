// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"
#include "coaps_priv.h"
#include "log.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	/* Of what strangers cause, at most so often. */
	COMPLAIN_NS = 1000000000,
	/* Of the socket that listens, bytes: some 10,000 datagrams. */
	RECEIVE_BUFFER = 4 << 20,
	/* Of what is sent, bytes; more than COAPS_MTU. */
	MAX_FRAGMENT = 2048,
};

/* --- what is said --------------------------------------------------------- */

/* libcoap's own words are for who looks for a fault. */
static void on_libcoap_log(coap_log_t level, const char *message)
{
	(void)level;
	log_say(LOG_DEBUG, NULL, "coap: %.*s", (int)strcspn(message, "\n"), message);
}

static void complain(struct coaps *coaps, coap_session_t *session, const char *what,
		     const char *name)
{
	const coap_address_t *from = coap_session_get_addr_remote(session);
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	char host[NI_MAXHOST] = "?";

	if (coaps->complained_ns && now - coaps->complained_ns < COMPLAIN_NS)
		return;
	coaps->complained_ns = now;
	getnameinfo(&from->addr.sa, from->size, host, sizeof(host), NULL, 0,
		    NI_NUMERICHOST);
	log_say(LOG_WARNING, NULL, "%s: certificate%s%s refused: %s", host,
		*name ? " of " : "", name, what);
}

/* --- certificates --------------------------------------------------------- */

static bool cert_name(X509 *cert, char name[COAPS_NAME_SIZE])
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	const ASN1_STRING *text;
	int len;

	if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return false;
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	len = ASN1_STRING_length(text);
	if (len < 1 || len >= COAPS_NAME_SIZE ||
	    memchr(ASN1_STRING_get0_data(text), 0, len))
		return false;
	memcpy(name, ASN1_STRING_get0_data(text), len);
	name[len] = '\0';
	return true;
}

bool coaps_session_name(coap_session_t *session, char name[COAPS_NAME_SIZE])
{
	coap_tls_library_t library;
	SSL *ssl = coap_session_get_tls(session, &library);
	X509 *cert = ssl ? SSL_get1_peer_certificate(ssl) : NULL;
	bool ok = cert && cert_name(cert, name);

	X509_free(cert);
	return ok;
}

/* Of one that an authority has signed. */
static const char *name_fault(struct coaps *coaps, struct coaps_assoc *assoc,
			      const char *name)
{
	if (!*name)
		return "it has no common name, or several";
	if (assoc && strcmp(assoc->name, name) != 0)
		return "another name is expected";
	if (coaps->trusted && !coaps->trusted(coaps->data, name))
		return "nobody of that name is known here";
	return NULL;
}

/* The common name that libcoap says is the first that looks like one. */
static int on_cert(const char *said, const uint8_t *der, size_t len,
		   coap_session_t *session, unsigned int depth, int validated, void *data)
{
	struct coaps_assoc *assoc = coap_session_get_app_data(session);
	struct coaps *coaps = data;
	char name[COAPS_NAME_SIZE] = "";
	const char *fault;
	X509 *cert;

	(void)said;
	if (depth > 0 || !validated)
		return validated;
	cert = d2i_X509(NULL, &der, len);
	if (!cert)
		return 0;
	if (!cert_name(cert, name))
		name[0] = '\0';
	X509_free(cert);
	fault = name_fault(coaps, assoc, name);
	if (!fault)
		return 1;
	complain(coaps, session, fault, name);
	if (assoc)
		coaps_assoc_die(assoc, fault);
	return 0;
}

static int file_fault(const char *path, const char *what)
{
	unsigned long code = ERR_peek_error();
	int err = ERR_GET_LIB(code) == ERR_LIB_SYS ? ERR_GET_REASON(code) : EBADMSG;
	const char *reason = ERR_reason_error_string(code);

	log_say(LOG_ERR, NULL, "%s: %s", path,
		err == EBADMSG ? what : strerror(err));
	log_say(LOG_DEBUG, NULL, "%s: %s", path, reason ? reason : "?");
	ERR_clear_error();
	return -err;
}

/* libcoap reads them itself, but cannot say what is wrong. */
static int files_fault(const struct coaps *coaps)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
	int err = 0;

	if (!ctx)
		return -ENOMEM;
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, coaps->cert) != 1)
		err = file_fault(coaps->cert, "is no certificate (PEM)");
	else if (SSL_CTX_load_verify_locations(ctx, coaps->ca, NULL) != 1)
		err = file_fault(coaps->ca, "has no certificate of an authority (PEM)");
	else if (SSL_CTX_use_PrivateKey_file(ctx, coaps->key, SSL_FILETYPE_PEM) != 1)
		err = file_fault(coaps->key, "is no private key (PEM), or not that of the certificate");
	SSL_CTX_free(ctx);
	return err;
}

int coaps_pki_fill(struct coaps *coaps)
{
	int err = files_fault(coaps);

	coaps->pki = (coap_dtls_pki_t){
		.version = COAP_DTLS_PKI_SETUP_VERSION,
		.verify_peer_cert = 1,
		.check_common_ca = 1,
		.cert_chain_validation = 1,
		.cert_chain_verify_depth = 3,
		.validate_cn_call_back = on_cert,
		.cn_call_back_arg = coaps,
		.pki_key = {
			.key_type = COAP_PKI_KEY_PEM,
			.key.pem = { coaps->ca, coaps->cert, coaps->key },
		},
	};
	if (!err && !coap_context_set_pki(coaps->ctx, &coaps->pki))
		err = -EBADMSG;
	return err;
}

/* --- libcoap's events ----------------------------------------------------- */

/* With thousands of associations: a handshake that comes next gets room for datagrams, not
 * for TLS's 16 KiB; the certificate and the key are not needed any more. Another handshake on
 * the same association would need them.
 */
static void save_memory(coap_session_t *session)
{
	coap_tls_library_t library;
	SSL *ssl = coap_session_get_tls(session, &library);

	if (!ssl)
		return;
	SSL_CTX_set_max_send_fragment(SSL_get_SSL_CTX(ssl), MAX_FRAGMENT);
	SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
	SSL_certs_clear(ssl);
}

static void session_connected(struct coaps *coaps, coap_session_t *session)
{
	struct coaps_assoc *assoc = coap_session_get_app_data(session);
	char name[COAPS_NAME_SIZE];

	if (!assoc)
		assoc = coaps_assoc_new(coaps, session, false);
	if (!assoc)
		return;
	if (!assoc->made_here) {
		coaps_gate_done(coaps->gate, &assoc->remote);
		save_memory(session);
	}
	if (coaps_session_name(session, name))
		coaps_assoc_connected(assoc, name);
	else
		coaps_assoc_die(assoc, "no certificate");
}

/* OpenSSL knows what it did not like; the other end's reason is in an alert. */
static void handshake_failed(struct coaps *coaps, coap_session_t *session)
{
	struct coaps_assoc *assoc = coap_session_get_app_data(session);
	const char *why = "the other end refused, or does not speak DTLS";
	coap_tls_library_t library;
	SSL *ssl = coap_session_get_tls(session, &library);
	long result = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;

	if (result != X509_V_OK) {
		why = X509_verify_cert_error_string(result);
		complain(coaps, session, why, "");
	}
	if (assoc)
		coaps_assoc_die(assoc, why);
}

static int on_event(coap_session_t *session, const coap_event_t event)
{
	struct coaps *coaps = coap_get_app_data(coap_session_get_context(session));
	struct coaps_assoc *assoc = coap_session_get_app_data(session);

	switch (event) {
	case COAP_EVENT_SERVER_SESSION_NEW:
		coap_session_set_max_retransmit(session, coaps_gate_retransmits(coaps->gate));
		break;
	case COAP_EVENT_DTLS_CONNECTED:
		session_connected(coaps, session);
		break;
	case COAP_EVENT_DTLS_CLOSED:
	case COAP_EVENT_SERVER_SESSION_DEL:
		if (assoc)
			coaps_assoc_die(assoc, assoc->connected ?
					"the other end has closed it" :
					"the other end refused");
		break;
	case COAP_EVENT_DTLS_ERROR:
		handshake_failed(coaps, session);
		break;
	default:
		break;
	}
	return 0;
}

/* --- a credential --------------------------------------------------------- */

static void coap_address_of(coap_address_t *to, const struct sockaddr_storage *from)
{
	coap_address_init(to);
	to->size = from->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						 sizeof(struct sockaddr_in);
	memcpy(&to->addr, from, to->size);
}

/* The lowest that is free, as POSIX says; libcoap does not tell that of its socket. */
static int next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* After an outage of the network all come at once. Without the privilege it is what
 * net.core.rmem_max allows.
 */
static void make_room(int socket)
{
	int size = RECEIVE_BUFFER, is_udp = 0;
	socklen_t len = sizeof(is_udp);

	if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &is_udp, &len) < 0 ||
	    is_udp != SOCK_DGRAM)
		return;
	if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int do_listen(struct coaps *coaps, const struct sockaddr_storage *where)
{
	coap_address_t addr;
	int socket, err;

	if (where->ss_family == AF_UNSPEC)
		return 0;
	coap_address_of(&addr, where);
	errno = 0;
	socket = next_descriptor();
	if (coap_new_endpoint(coaps->ctx, &addr, COAP_PROTO_DTLS)) {
		make_room(socket);
		coaps->gate = coaps_gate_open(coaps->ctx, coaps->tls, socket);
		return coaps->gate ? 0 : -ENOMEM;
	}
	err = errno ? errno : EADDRINUSE;
	log_say(LOG_ERR, NULL, "cannot listen for CoAP: %s", strerror(err));
	return -err;
}

static int context_init(struct coaps *coaps)
{
	coap_startup();
	coap_set_log_handler(on_libcoap_log);
	/* Each read that finds nothing is a warning. */
	coap_dtls_set_log_level(LOG_ERR);
	coap_set_log_level(LOG_ERR);
	coaps->ctx = coaps_gate_context(&coaps->tls);
	if (!coaps->ctx)
		return -ENOMEM;
	coap_set_app_data(coaps->ctx, coaps);
	coap_register_event_handler(coaps->ctx, on_event);
	coaps_register(coaps);
	return 0;
}

static bool copy_setup(struct coaps *coaps, const struct coaps_setup *setup)
{
	coaps->cert = strdup(setup->cert);
	coaps->key = strdup(setup->key);
	coaps->ca = strdup(setup->ca);
	coaps->ops = setup->ops;
	coaps->data = setup->data;
	coaps->trusted = setup->trusted;
	return coaps->cert && coaps->key && coaps->ca;
}

int coaps_open(struct coaps **result, sd_event *event, const struct coaps_setup *setup)
{
	struct coaps *coaps = calloc(1, sizeof(*coaps));
	int err;

	if (!coaps)
		return -ENOMEM;
	STAILQ_INIT(&coaps->dying);
	coaps->event = sd_event_ref(event);
	err = copy_setup(coaps, setup) ? context_init(coaps) : -ENOMEM;
	if (!err)
		err = coaps_pki_fill(coaps);
	if (!err)
		err = do_listen(coaps, &setup->listen);
	if (!err)
		err = coaps_loop_init(coaps);
	if (err) {
		coaps_close(coaps);
		return err;
	}
	*result = coaps;
	return 0;
}

void coaps_close(struct coaps *coaps)
{
	if (!coaps)
		return;
	while (!LIST_EMPTY(&coaps->assocs))
		coaps_assoc_free(LIST_FIRST(&coaps->assocs));
	coaps_loop_end(coaps);
	coap_free_context(coaps->ctx);
	coaps_gate_close(coaps->gate);
	sd_event_unref(coaps->event);
	free(coaps->cert);
	free(coaps->key);
	free(coaps->ca);
	free(coaps);
}

void coaps_hellos(const struct coaps *coaps, struct coaps_hellos *hellos)
{
	if (coaps->gate)
		coaps_gate_count(coaps->gate, hellos);
}

/* --- associations that are made here -------------------------------------- */

static coap_session_t *new_session(struct coaps *coaps, const struct sockaddr_storage *local,
				   const struct sockaddr_storage *remote)
{
	bool bound = local && local->ss_family != AF_UNSPEC;
	coap_address_t from, to;

	coap_address_of(&to, remote);
	if (bound)
		coap_address_of(&from, local);
	errno = 0;
	return coap_new_client_session_pki(coaps->ctx, bound ? &from : NULL, &to,
					   COAP_PROTO_DTLS, &coaps->pki);
}

struct coaps_assoc *coaps_connect(struct coaps *coaps, const struct sockaddr_storage *local,
				  const struct sockaddr_storage *remote, const char *name,
				  unsigned int keepalive_s, void *data)
{
	coap_session_t *session;
	struct coaps_assoc *assoc;

	/* What would come for it does not come by the gate. */
	if (coaps->gate) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	session = new_session(coaps, local, remote);
	if (!session) {
		if (!errno)
			errno = ENETUNREACH;
		return NULL;
	}
	assoc = coaps_assoc_new(coaps, session, true);
	/* It has a reference of its own, if it is there. */
	coap_session_release(session);
	if (!assoc) {
		errno = ENOMEM;
		return NULL;
	}
	snprintf(assoc->name, sizeof(assoc->name), "%s", name);
	assoc->keepalive_s = keepalive_s;
	assoc->data = data;
	coaps_kick(coaps);
	return assoc;
}
