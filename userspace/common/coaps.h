/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coaps: CoAP (RFC 7252) over DTLS 1.2 with X.509 at both ends, by libcoap, in a loop
 * of sd-event
 *
 * One struct coaps is one credential: libcoap keeps certificates by context. It listens,
 * or makes associations, or both roles are two of them. On an association both ends send
 * requests, whoever made it.
 */
#ifndef _SIDESTEP_COAPS_H
#define _SIDESTEP_COAPS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct coaps;
struct coaps_assoc;

enum coaps_limits {
	/* A path, its segments joined with "/", with its NUL. */
	COAPS_PATH_SIZE = 256,
	/* Of a body; longer ones are refused with 4.13. */
	COAPS_MAX_BODY = 1024,
	COAPS_NAME_SIZE = 65,
};

/* CoAP methods and response codes as one number, class * 100 + detail: 205 is 2.05. */
enum coaps_code {
	COAPS_GET = 1,
	COAPS_POST = 2,
	COAPS_PUT = 3,
	COAPS_DELETE = 4,
	COAPS_CREATED = 201,
	COAPS_DELETED = 202,
	COAPS_CHANGED = 204,
	COAPS_CONTENT = 205,
	COAPS_BAD_REQUEST = 400,
	COAPS_FORBIDDEN = 403,
	COAPS_NOT_FOUND = 404,
	COAPS_METHOD_NOT_ALLOWED = 405,
	COAPS_CONFLICT = 409,
	COAPS_PRECONDITION_FAILED = 412,
	COAPS_TOO_LARGE = 413,
	COAPS_UNSUPPORTED_FORMAT = 415,
	COAPS_TOO_MANY_REQUESTS = 429,
	COAPS_INTERNAL_ERROR = 500,
	COAPS_UNAVAILABLE = 503,
};

/**
 * struct coaps_message - a request or a response
 * @code: enum coaps_code
 * @path: of a request, without the first "/": "pf/v1/reports/3". Segments have no "/"
 * @location: of a response 2.01, likewise; "" if there is none
 * @format: Content-Format of @body, -1 if there is none
 * @body: may be NULL if @len is 0; valid during the call only
 * @len: bytes
 * @has_if_match: of a request
 * @if_match: version, as a CoAP uint in the ETag's place
 * @observe: of a request GET: register (RFC 7641)
 */
struct coaps_message {
	unsigned int code;
	char path[COAPS_PATH_SIZE];
	char location[COAPS_PATH_SIZE];
	int format;
	const uint8_t *body;
	size_t len;
	bool has_if_match;
	uint32_t if_match;
	bool observe;
};

/**
 * typedef coaps_answered - a request has come to its end, or a notification came
 * @data: as given with the request
 * @error: 0, -ETIMEDOUT: no answer after all retransmissions, or -ECONNRESET: the
 *	   association is gone
 * @response: if @error is 0
 */
typedef void (*coaps_answered)(void *data, int error,
			       const struct coaps_message *response);

/**
 * struct coaps_ops - what happens
 * @requested: a request came. Fill in @response (all zero but for @format, -1), whose
 *	       body is copied after the call; use coaps_body() for room
 * @connected: an association is made and the other end's certificate is good
 * @closed: it is gone (@why in words) and must not be used any more after this call. Of
 *	    one that was made here it is called as well if it never was connected
 */
struct coaps_ops {
	void (*requested)(void *data, struct coaps_assoc *assoc,
			  const struct coaps_message *request,
			  struct coaps_message *response);
	void (*connected)(void *data, struct coaps_assoc *assoc);
	void (*closed)(void *data, struct coaps_assoc *assoc, const char *why);
};

/**
 * struct coaps_setup - a credential, and what to do with it
 * @cert: file of the certificate (chain), PEM
 * @key: file of its private key, PEM
 * @ca: file of the authority's certificates for the other end, PEM
 * @listen: where to listen; AF_UNSPEC: nowhere
 * @ops: must outlive it
 * @data: for @ops
 * @trusted: is that common name welcome? NULL: each that the authority vouches for
 */
struct coaps_setup {
	const char *cert;
	const char *key;
	const char *ca;
	struct sockaddr_storage listen;
	const struct coaps_ops *ops;
	void *data;
	bool (*trusted)(void *data, const char *name);
};

/**
 * coaps_open() - be ready
 * @coaps: the result
 * @event: the loop
 * @setup: strings are copied
 *
 * What is wrong is logged, of files with their names.
 *
 * Return: 0, or a negative errno value: -ENOENT, -EACCES, -EBADMSG for a file that is no
 * certificate or key or do not belong together, -EADDRINUSE, ...
 */
int coaps_open(struct coaps **coaps, sd_event *event,
	       const struct coaps_setup *setup);

/* coaps_close() - all associations go, without a call of closed() */
void coaps_close(struct coaps *coaps);

/**
 * struct coaps_hellos - what came of ClientHellos, since the credential began
 * @asked: for a cookie
 * @begun: handshakes, with a good one
 * @refused_source: not begun, its source had too many that were not finished
 * @refused_full: likewise, all together had
 * @stray: no ClientHellos, but alike
 * @unfinished: handshakes now
 */
struct coaps_hellos {
	uint64_t asked;
	uint64_t begun;
	uint64_t refused_source;
	uint64_t refused_full;
	uint64_t stray;
	unsigned int unfinished;
};

/* coaps_hellos() - of one that listens, added to what is there */
void coaps_hellos(const struct coaps *coaps, struct coaps_hellos *hellos);

/**
 * coaps_connect() - make an association
 * @coaps: whose credential; not one that listens
 * @local: address to send from, port 0 for any; NULL or AF_UNSPEC: the kernel chooses
 * @remote: where to
 * @name: common name that the other end must have
 * @keepalive_s: seconds of silence after which it is asked whether it is still there
 *		 (CoAP ping), twice; it is closed if no answer comes, in 700 ms if
 *		 this is 2 s or less, otherwise in 2.6 s
 * @data: see coaps_assoc_data()
 *
 * Return: the association, not connected yet, or NULL (errno).
 */
struct coaps_assoc *coaps_connect(struct coaps *coaps,
				  const struct sockaddr_storage *local,
				  const struct sockaddr_storage *remote,
				  const char *name, unsigned int keepalive_s,
				  void *data);

/* coaps_disconnect() - end it; no call of closed(), open requests are forgotten */
void coaps_disconnect(struct coaps_assoc *assoc);

/* coaps_set_keepalive() - from now on */
void coaps_set_keepalive(struct coaps_assoc *assoc, unsigned int keepalive_s);

/* coaps_assoc_name() - common name in the other end's certificate; "" before connected */
const char *coaps_assoc_name(const struct coaps_assoc *assoc);
const struct sockaddr_storage *coaps_assoc_remote(const struct coaps_assoc *assoc);
void *coaps_assoc_data(const struct coaps_assoc *assoc);
void coaps_assoc_set_data(struct coaps_assoc *assoc, void *data);

/**
 * coaps_request() - send a confirmable request
 * @assoc: connected
 * @request: is copied
 * @answered: called once; with @request->observe also with each notification, until the
 *	      association ends. NULL: nobody wants to know
 * @data: for @answered
 *
 * Without an answer it is sent again after 250 and 600 ms, as another message with the
 * same token, and each of them after 1, 3 and 7 s more; -ETIMEDOUT comes after 15 s. Up
 * to 8 messages are on their way at once, more wait (RFC 7252 4.8 has 2 s and 1:
 * docs/mno-protocol.md says why not).
 *
 * Return: 0 or a negative errno value; @answered is not called then.
 */
int coaps_request(struct coaps_assoc *assoc, const struct coaps_message *request,
		  coaps_answered answered, void *data);

/* coaps_forget() - no call with that data any more: its owner goes */
void coaps_forget(struct coaps *coaps, void *data);

/* coaps_notify() - a resource that the other end may observe has changed: @requested is
 * called as for a GET, if it does
 */
void coaps_notify(struct coaps_assoc *assoc, const char *path);

/* coaps_body() - room of COAPS_MAX_BODY bytes for a response, valid until the next call */
uint8_t *coaps_body(void);

#endif /* _SIDESTEP_COAPS_H */
