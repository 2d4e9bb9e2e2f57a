// SPDX-License-Identifier: GPL-2.0-or-later
#include "coaps_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Once more after so long, and after so much longer: RFC 7252 4.2 is too slow for orders. */
static const uint64_t COPY_US[] = { 250000, 350000 };
static const uint64_t COPY_SLACK_US = 5000;

/* RFC 7641 3.4: 24 bits */
static const uint32_t OBSERVE_MASK = 0xffffff;

uint8_t *coaps_body(void)
{
	static uint8_t body[COAPS_MAX_BODY];

	return body;
}

static size_t read_token(const coap_pdu_t *pdu, uint8_t token[TOKEN_SIZE])
{
	coap_bin_const_t value = coap_pdu_get_token(pdu);
	size_t len = value.length < TOKEN_SIZE ? value.length : TOKEN_SIZE;

	memcpy(token, value.s, len);
	return len;
}

static bool token_is(const uint8_t *token, size_t len, const uint8_t *other, size_t other_len)
{
	return len == other_len && !memcmp(token, other, len);
}

/* --- requests of ours ----------------------------------------------------- */

static void pending_del(struct coaps_pending *pending)
{
	LIST_REMOVE(pending, entry);
	sd_event_source_disable_unref(pending->timer);
	free((void *)pending->request.body);
	free(pending);
}

static coap_pdu_t *request_pdu(const struct coaps_pending *pending)
{
	const struct coaps_message *request = &pending->request;
	coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, request->code,
				       pending->assoc->session);

	if (!pdu)
		return NULL;
	if (coap_add_token(pdu, pending->token_len, pending->token) &&
	    coaps_write(request, pdu, request->observe ? COAP_OBSERVE_ESTABLISH : -1))
		return pdu;
	coap_delete_pdu(pdu);
	return NULL;
}

static int on_copy_due(sd_event_source *source, uint64_t now, void *data)
{
	struct coaps_pending *pending = data;
	coap_pdu_t *pdu = request_pdu(pending);

	(void)source;
	(void)now;
	if (pdu)
		coap_send(pending->assoc->session, pdu);
	if (++pending->copies < sizeof(COPY_US) / sizeof(COPY_US[0])) {
		sd_event_source_set_time_relative(pending->timer, COPY_US[pending->copies]);
		sd_event_source_set_enabled(pending->timer, SD_EVENT_ONESHOT);
	}
	coaps_kick(pending->assoc->coaps);
	return 0;
}

static bool pending_fill(struct coaps_pending *pending, const struct coaps_message *request)
{
	uint8_t *body = malloc(request->len + 1);

	pending->request = *request;
	pending->request.body = body;
	if (!body)
		return false;
	if (request->len)
		memcpy(body, request->body, request->len);
	return sd_event_add_time_relative(pending->assoc->coaps->event, &pending->timer,
					  CLOCK_BOOTTIME, COPY_US[0], COPY_SLACK_US,
					  on_copy_due, pending) >= 0;
}

static struct coaps_pending *pending_add(struct coaps_assoc *assoc,
					 const struct coaps_message *request,
					 coaps_answered answered, void *data)
{
	struct coaps_pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return NULL;
	pending->assoc = assoc;
	LIST_INSERT_HEAD(&assoc->pending, pending, entry);
	if (!pending_fill(pending, request)) {
		pending_del(pending);
		return NULL;
	}
	pending->token_len = sizeof(pending->token);
	coap_session_new_token(assoc->session, &pending->token_len, pending->token);
	pending->answered = answered;
	pending->data = data;
	return pending;
}

/* Taken off first: who is told may ask again. */
static void pending_finish(struct coaps_pending *pending, int error,
			   const struct coaps_message *response)
{
	coaps_answered answered = pending->answered;
	void *data = pending->data;

	pending_del(pending);
	if (answered)
		answered(data, error, response);
}

/* It stays: more may come. */
static void pending_notified(struct coaps_pending *pending,
			     const struct coaps_message *response)
{
	sd_event_source_set_enabled(pending->timer, SD_EVENT_OFF);
	if (pending->answered)
		pending->answered(pending->data, 0, response);
}

void coaps_pending_end(struct coaps_assoc *assoc, int error)
{
	struct coaps_pending *pending;

	while ((pending = LIST_FIRST(&assoc->pending))) {
		if (error)
			pending_finish(pending, error, NULL);
		else
			pending_del(pending);
	}
}

static struct coaps_pending *pending_of(struct coaps_assoc *assoc, const coap_pdu_t *pdu)
{
	uint8_t token[TOKEN_SIZE];
	size_t len = read_token(pdu, token);
	struct coaps_pending *pending;

	LIST_FOREACH(pending, &assoc->pending, entry)
		if (token_is(pending->token, pending->token_len, token, len))
			return pending;
	return NULL;
}

int coaps_request(struct coaps_assoc *assoc, const struct coaps_message *request,
		  coaps_answered answered, void *data)
{
	struct coaps_pending *pending;
	coap_pdu_t *pdu;

	if (assoc->dead || !assoc->connected)
		return -ENOTCONN;
	if (request->len > COAPS_MAX_BODY)
		return -EMSGSIZE;
	pending = pending_add(assoc, request, answered, data);
	if (!pending)
		return -ENOMEM;
	pdu = request_pdu(pending);
	if (!pdu || coap_send(assoc->session, pdu) == COAP_INVALID_MID) {
		pending_del(pending);
		return pdu ? -ECONNRESET : -EMSGSIZE;
	}
	coaps_kick(assoc->coaps);
	return 0;
}

void coaps_forget(struct coaps *coaps, void *data)
{
	struct coaps_assoc *assoc;
	struct coaps_pending *pending;

	LIST_FOREACH(assoc, &coaps->assocs, entry)
		LIST_FOREACH(pending, &assoc->pending, entry)
			if (pending->data == data)
				pending->answered = NULL;
}

static coap_response_t on_response(coap_session_t *session, const coap_pdu_t *sent,
				   const coap_pdu_t *received, const coap_mid_t mid)
{
	struct coaps_assoc *assoc = coap_session_get_app_data(session);
	struct coaps_pending *pending;
	struct coaps_message response;

	(void)sent;
	(void)mid;
	if (!assoc || assoc->dead)
		return COAP_RESPONSE_FAIL;
	coaps_assoc_heard(assoc);
	pending = pending_of(assoc, received);
	if (!pending)
		return COAP_RESPONSE_FAIL;
	if (coaps_read(&response, received))
		pending_finish(pending, -EBADMSG, NULL);
	else if (pending->request.observe && response.code == COAPS_CONTENT)
		pending_notified(pending, &response);
	else
		pending_finish(pending, 0, &response);
	return COAP_RESPONSE_OK;
}

static void observer_del(struct coaps_assoc *assoc, const coap_pdu_t *sent);

static void on_nack(coap_session_t *session, const coap_pdu_t *sent,
		    const coap_nack_reason_t reason, const coap_mid_t mid)
{
	struct coaps_assoc *assoc = coap_session_get_app_data(session);
	struct coaps_pending *pending;

	(void)mid;
	if (!assoc || assoc->dead)
		return;
	/* So is the answer to a ping (RFC 7252 4.3). */
	if (reason == COAP_NACK_RST)
		coaps_assoc_heard(assoc);
	if (assoc->connected &&
	    (reason == COAP_NACK_NOT_DELIVERABLE || reason == COAP_NACK_TLS_FAILED))
		coaps_assoc_die(assoc, "nothing can be sent any more");
	if (!sent || assoc->dead)
		return;
	pending = pending_of(assoc, sent);
	if (pending)
		pending_finish(pending, reason == COAP_NACK_TOO_MANY_RETRIES ?
			       -ETIMEDOUT : -ECONNRESET, NULL);
	else
		observer_del(assoc, sent);
}

/* --- requests of the other end -------------------------------------------- */

/* FNV-1a, for no more than to know a request again. */
static uint64_t digest(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *byte = data;

	while (len--)
		sum = (sum ^ *byte++) * 0x100000001b3;
	return sum;
}

/* A token that comes again with the same request is the same request: see COPY_US. */
static uint64_t request_digest(const coap_pdu_t *pdu, const struct coaps_message *request)
{
	coap_bin_const_t token = coap_pdu_get_token(pdu);
	coap_mid_t mid = coap_pdu_get_mid(pdu);
	uint64_t sum = digest(0xcbf29ce484222325, &request->code, sizeof(request->code));

	sum = token.length ? digest(sum, token.s, token.length) :
			     digest(sum, &mid, sizeof(mid));
	sum = digest(sum, request->path, strlen(request->path));
	return digest(sum, request->body, request->len);
}

/* Return: it was answered: @response, whose body is kept. */
static bool answer_again(const struct coaps_assoc *assoc, uint64_t request,
			 struct coaps_message *response)
{
	const struct coaps_answer *answer = assoc->answer;

	for (; answer < assoc->answer + ANSWERS; answer++) {
		if (!answer->text || answer->request != request)
			continue;
		response->code = answer->code;
		response->format = answer->format;
		response->len = answer->len;
		strcpy(response->location, answer->text);
		response->body = (uint8_t *)answer->text + strlen(answer->text) + 1;
		return true;
	}
	return false;
}

/* An answer that cannot be kept is not repeated; the request is idempotent. */
static void answer_keep(struct coaps_assoc *assoc, uint64_t request,
			const struct coaps_message *response)
{
	struct coaps_answer *answer = &assoc->answer[assoc->next_answer];
	size_t size = strlen(response->location) + 1;
	char *text = malloc(size + response->len);

	if (!text)
		return;
	assoc->next_answer = (assoc->next_answer + 1) % ANSWERS;
	memcpy(text, response->location, size);
	if (response->len)
		memcpy(text + size, response->body, response->len);
	free(answer->text);
	*answer = (struct coaps_answer){
		.request = request, .code = response->code, .format = response->format,
		.len = response->len, .text = text,
	};
}

static struct coaps_observer *observer_find(struct coaps_assoc *assoc, const char *path)
{
	unsigned int i;

	if (!assoc->observer)
		assoc->observer = calloc(OBSERVERS, sizeof(*assoc->observer));
	for (i = 0; assoc->observer && i < OBSERVERS; i++)
		if (!strcmp(assoc->observer[i].path, path))
			return &assoc->observer[i];
	return NULL;
}

/* Return: the number of the first notification, or -1 if there can be none. */
static int64_t observe(struct coaps_assoc *assoc, const coap_pdu_t *request,
		       const struct coaps_message *message)
{
	struct coaps_observer *observer = observer_find(assoc, message->path);

	if (!observer)
		observer = observer_find(assoc, "");
	if (!observer)
		return -1;
	memcpy(observer->path, message->path, sizeof(observer->path));
	observer->token_len = read_token(request, observer->token);
	return observer->seq & OBSERVE_MASK;
}

static void observer_del(struct coaps_assoc *assoc, const coap_pdu_t *sent)
{
	uint8_t token[TOKEN_SIZE];
	size_t len = read_token(sent, token);
	unsigned int i;

	for (i = 0; assoc->observer && i < OBSERVERS; i++)
		if (token_is(assoc->observer[i].token, assoc->observer[i].token_len,
			     token, len))
			assoc->observer[i].path[0] = '\0';
}

static void answer(struct coaps_assoc *assoc, const coap_pdu_t *pdu,
		   const struct coaps_message *request, coap_pdu_t *reply)
{
	struct coaps_message response = { .format = -1 };
	uint64_t known_by = request_digest(pdu, request);
	bool again = answer_again(assoc, known_by, &response);
	int64_t seq = -1;

	if (!again)
		assoc->coaps->ops->requested(assoc->coaps->data, assoc, request, &response);
	if (request->code == COAPS_GET && request->observe && response.code == COAPS_CONTENT)
		seq = observe(assoc, pdu, request);
	coap_pdu_set_code(reply, coaps_to_code(response.code));
	coaps_write(&response, reply, seq);
	if (!again)
		answer_keep(assoc, known_by, &response);
}

static void on_request(coap_resource_t *resource, coap_session_t *session,
		       const coap_pdu_t *request, const coap_string_t *query,
		       coap_pdu_t *response)
{
	struct coaps_assoc *assoc = coap_session_get_app_data(session);
	unsigned int refused = COAPS_UNAVAILABLE;
	struct coaps_message message;

	(void)resource;
	(void)query;
	if (assoc && !assoc->dead && assoc->connected) {
		coaps_assoc_heard(assoc);
		refused = coaps_read(&message, request);
	}
	if (refused)
		coap_pdu_set_code(response, coaps_to_code(refused));
	else
		answer(assoc, request, &message, response);
}

/* --- who observes --------------------------------------------------------- */

static void notify(struct coaps_assoc *assoc, struct coaps_observer *observer)
{
	struct coaps_message request = { .code = COAPS_GET, .format = -1 };
	struct coaps_message response = { .format = -1 };
	coap_pdu_t *pdu;

	memcpy(request.path, observer->path, sizeof(request.path));
	assoc->coaps->ops->requested(assoc->coaps->data, assoc, &request, &response);
	pdu = coap_new_pdu(COAP_MESSAGE_CON, coaps_to_code(response.code), assoc->session);
	if (!pdu)
		return;
	observer->seq++;
	if (coap_add_token(pdu, observer->token_len, observer->token) &&
	    coaps_write(&response, pdu, observer->seq & OBSERVE_MASK))
		coap_send(assoc->session, pdu);
	else
		coap_delete_pdu(pdu);
}

void coaps_notify(struct coaps_assoc *assoc, const char *path)
{
	unsigned int i;

	for (i = 0; assoc->observer && i < OBSERVERS; i++)
		if (!assoc->dead && !strcmp(assoc->observer[i].path, path))
			notify(assoc, &assoc->observer[i]);
	coaps_kick(assoc->coaps);
}

/* --- whom libcoap calls --------------------------------------------------- */

static void on_ping(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid)
{
	struct coaps_assoc *assoc = coap_session_get_app_data(session);

	(void)received;
	(void)mid;
	if (assoc)
		coaps_assoc_heard(assoc);
}

/* Every path is the application's. */
void coaps_register(struct coaps *coaps)
{
	coap_resource_t *all = coap_resource_unknown_init(on_request);

	coap_register_request_handler(all, COAP_REQUEST_GET, on_request);
	coap_register_request_handler(all, COAP_REQUEST_POST, on_request);
	coap_register_request_handler(all, COAP_REQUEST_DELETE, on_request);
	coap_add_resource(coaps->ctx, all);
	coap_register_response_handler(coaps->ctx, on_response);
	coap_register_nack_handler(coaps->ctx, on_nack);
	coap_register_ping_handler(coaps->ctx, on_ping);
}
