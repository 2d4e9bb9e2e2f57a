// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include "endpoint.h"

#include <string.h>

#define NSEC_PER_MSEC 1000000ull

uint32_t check_priority(enum pf_candidate_type type, int family)
{
	static const uint32_t preference[PF_CANDIDATE_TYPES] = {
		[PF_CANDIDATE_HOST] = 126,
		[PF_CANDIDATE_SRFLX] = 100,
		[PF_CANDIDATE_RELAY] = 0,
	};

	return preference[type] << 24 | (family == AF_INET6 ? 65535u : 65534u) << 8 | 255;
}

/* --- what goes out -------------------------------------------------------- */

static void send_message(const struct check *check, const struct stun_message *message,
			 const struct sockaddr_storage *to)
{
	uint8_t buf[STUN_MAX_SIZE];
	size_t len = stun_encode(message, check->key, sizeof(check->key), buf, sizeof(buf));

	if (len)
		check->ops->send(check->data, to, buf, len);
}

static bool is_used(const struct check *check, const struct check_pair *pair)
{
	return check->used >= 0 && pair == &check->pair[check->used];
}

static bool is_named(const struct check *check, const struct check_pair *pair)
{
	return check->named >= 0 && pair == &check->pair[check->named];
}

static void ask(struct check *check, struct check_pair *pair)
{
	struct stun_message message = { .class = STUN_REQUEST };

	/* What is sent again keeps its id: a late answer is one, too. */
	if ((!pair->tries || is_used(check, pair)) && stun_new_id(pair->id))
		return;
	memcpy(message.id, pair->id, sizeof(pair->id));
	memcpy(message.user, check->session, sizeof(check->session));
	if (pair != &check->server) {
		message.has_priority = true;
		message.priority = check_priority(PF_CANDIDATE_SRFLX,
						  pair->addr.ss_family);
		message.role = check->controlling ? STUN_CONTROLLING : STUN_CONTROLLED;
		message.tie_breaker = check->tie_breaker;
		message.use_candidate = check->controlling && is_used(check, pair);
	}
	pair->waits = true;
	pair->tries++;
	send_message(check, &message, &pair->addr);
}

static void begin(struct check_pair *pair, uint64_t at_ns)
{
	pair->tries = 0;
	pair->works = false;
	pair->waits = false;
	pair->next_ns = at_ns;
}

/* --- life ----------------------------------------------------------------- */

void check_init(struct check *check, const struct pf_order *order, uint64_t tie_breaker,
		const struct check_ops *ops, void *data)
{
	*check = (struct check){
		.ops = ops,
		.data = data,
		.controlling = order->initiator,
		.tie_breaker = tie_breaker,
		.used = -1,
		.named = -1,
	};
	memcpy(check->session, order->session, sizeof(check->session));
	memcpy(check->key, order->check_key, sizeof(check->key));
}

void check_ask_server(struct check *check, const struct sockaddr_storage *server,
		      uint64_t now_ns)
{
	check->server.addr = *server;
	if (server->ss_family)
		begin(&check->server, now_ns);
}

static struct check_pair *find(struct check *check, const struct sockaddr_storage *addr)
{
	for (size_t i = 0; i < check->n; i++)
		if (endpoint_same(&check->pair[i].addr, addr))
			return &check->pair[i];
	return NULL;
}

/* Does it make room for one that is told, or was seen just now? */
static bool yields(const struct check *check, const struct check_pair *pair, bool told)
{
	if (pair->told || is_used(check, pair) || is_named(check, pair))
		return false;
	return told || (!pair->works && !pair->next_ns);
}

/* Return: a place for it, or NULL. */
static struct check_pair *place(struct check *check, bool told)
{
	if (check->n < CHECK_MAX_PAIRS)
		return &check->pair[check->n++];
	for (size_t i = 0; i < check->n; i++)
		if (yields(check, &check->pair[i], told))
			return &check->pair[i];
	return NULL;
}

/* Return: the pair; NULL: there is no room. */
static struct check_pair *add(struct check *check, const struct sockaddr_storage *addr,
			      uint32_t priority, bool told, uint64_t at_ns)
{
	struct check_pair *pair = place(check, told);

	if (!pair)
		return NULL;
	*pair = (struct check_pair){ .addr = *addr, .priority = priority, .told = told };
	begin(pair, at_ns);
	return pair;
}

void check_candidates(struct check *check, const struct pf_candidates *candidates,
		      uint64_t now_ns)
{
	uint64_t at_ns = now_ns;

	for (size_t i = 0; i < candidates->n; i++) {
		const struct pf_candidate *c = &candidates->candidate[i];
		struct check_pair *pair = find(check, &c->addr);

		if (pair) {
			pair->priority = c->priority;
			pair->told = true;
		} else if (add(check, &c->addr, c->priority, true, at_ns)) {
			at_ns += CHECK_PACE_MS * NSEC_PER_MSEC;
		}
	}
	check->again_ns = now_ns + CHECK_AGAIN_MS * NSEC_PER_MSEC;
}

static void begin_all(struct check *check, uint64_t now_ns)
{
	for (size_t i = 0; i < check->n; i++)
		begin(&check->pair[i], now_ns + i * CHECK_PACE_MS * NSEC_PER_MSEC);
	check->choose_ns = 0;
	check->again_ns = now_ns + CHECK_AGAIN_MS * NSEC_PER_MSEC;
}

/* By the relay, and all is tried anew. */
static void give_up(struct check *check, uint64_t now_ns)
{
	bool was = check->used >= 0;

	check->used = check->named = -1;
	check->misses = 0;
	begin_all(check, now_ns);
	if (was)
		check->ops->chosen(check->data, NULL);
}

void check_restart(struct check *check, uint64_t now_ns)
{
	give_up(check, now_ns);
	check_ask_server(check, &check->server.addr, now_ns);
}

/* --- choosing ------------------------------------------------------------- */

/* Both ends go by it from now on; the other one learns of it by USE-CANDIDATE. */
static void use(struct check *check, struct check_pair *pair, uint64_t now_ns)
{
	if (is_used(check, pair))
		return;
	check->misses = 0;
	check->choose_ns = check->again_ns = 0;
	check->used = (int)(pair - check->pair);
	check->named = -1;
	pair->waits = false;
	pair->next_ns = now_ns;
	check->ops->chosen(check->data, &pair->addr);
}

static void choose(struct check *check, uint64_t now_ns)
{
	struct check_pair *best = NULL;

	for (size_t i = 0; i < check->n; i++)
		if (check->pair[i].works &&
		    (!best || check->pair[i].priority > best->priority))
			best = &check->pair[i];
	check->choose_ns = 0;
	if (!best)
		return;
	for (size_t i = 0; i < check->n; i++)
		check->pair[i].next_ns = 0;
	use(check, best, now_ns);
}

/* --- what comes in -------------------------------------------------------- */

static void answer(const struct check *check, const struct stun_message *request,
		   const struct sockaddr_storage *from)
{
	struct stun_message message = { .class = STUN_SUCCESS, .mapped = *from };

	memcpy(message.id, request->id, sizeof(message.id));
	send_message(check, &message, from);
}

/* The controlling end wants to use it. */
static void name(struct check *check, struct check_pair *pair, uint64_t now_ns)
{
	if (pair->works) {
		use(check, pair, now_ns);
		return;
	}
	check->named = (int)(pair - check->pair);
	if (!pair->next_ns)
		begin(pair, now_ns);
}

/* It is behind a NAT that nobody knew of, or somewhere else than before: that way may work
 * as well, and the one in use may not any more.
 */
static struct check_pair *meet(struct check *check, const struct stun_message *request,
			       const struct sockaddr_storage *from, uint64_t now_ns)
{
	uint32_t priority = request->has_priority ? request->priority : 0;
	struct check_pair *pair = add(check, from, priority, false, now_ns);

	if (pair && check->used >= 0 && !check->pair[check->used].waits)
		check->pair[check->used].next_ns = now_ns;
	return pair;
}

static void take_request(struct check *check, const struct stun_message *request,
			 const struct sockaddr_storage *from, uint64_t now_ns)
{
	enum stun_role theirs = check->controlling ? STUN_CONTROLLED : STUN_CONTROLLING;
	struct check_pair *pair;

	if (request->role != theirs || strcmp(request->user, check->session))
		return;
	answer(check, request, from);
	pair = find(check, from);
	if (!pair)
		pair = meet(check, request, from, now_ns);
	else if (!pair->works && !pair->next_ns && check->used < 0)
		begin(pair, now_ns);
	if (pair && request->use_candidate && !check->controlling)
		name(check, pair, now_ns);
}

static bool is_answer(struct check_pair *pair, const struct stun_message *message,
		      const struct sockaddr_storage *from)
{
	return pair->waits && endpoint_same(&pair->addr, from) &&
	       !memcmp(pair->id, message->id, sizeof(pair->id));
}

static void take_pair_answer(struct check *check, struct check_pair *pair,
			     uint64_t now_ns)
{
	pair->waits = false;
	pair->works = true;
	if (is_used(check, pair)) {
		check->misses = 0;
		pair->next_ns = now_ns + CHECK_CONSENT_MS * NSEC_PER_MSEC;
		check->ops->consented(check->data);
		return;
	}
	pair->next_ns = 0;
	if (is_named(check, pair))
		use(check, pair, now_ns);
	if (check->controlling && check->used < 0 && !check->choose_ns)
		check->choose_ns = now_ns + CHECK_CHOICE_MS * NSEC_PER_MSEC;
}

static void take_answer(struct check *check, const struct stun_message *message,
			const struct sockaddr_storage *from, uint64_t now_ns)
{
	if (is_answer(&check->server, message, from)) {
		check->server.waits = false;
		check->server.next_ns = 0;
		if (message->mapped.ss_family)
			check->ops->mapped(check->data, &message->mapped);
		return;
	}
	for (size_t i = 0; i < check->n; i++)
		if (is_answer(&check->pair[i], message, from))
			take_pair_answer(check, &check->pair[i], now_ns);
}

void check_received(struct check *check, const struct sockaddr_storage *from,
		    const uint8_t *buf, size_t len, uint64_t now_ns)
{
	struct stun_message message;

	if (stun_decode(&message, buf, len) ||
	    !stun_is_from(buf, len, check->key, sizeof(check->key)))
		return;
	if (message.class == STUN_REQUEST)
		take_request(check, &message, from, now_ns);
	else if (message.class == STUN_SUCCESS)
		take_answer(check, &message, from, now_ns);
}

/* --- time ----------------------------------------------------------------- */

static void step_used(struct check *check, struct check_pair *pair, uint64_t now_ns)
{
	if (pair->waits && ++check->misses >= CHECK_MISSES) {
		give_up(check, now_ns);
		return;
	}
	ask(check, pair);
	pair->next_ns = now_ns + CHECK_DOUBT_MS * NSEC_PER_MSEC;
}

static void step_pair(struct check *check, struct check_pair *pair, uint64_t now_ns)
{
	if (!pair->next_ns || now_ns < pair->next_ns)
		return;
	if (is_used(check, pair)) {
		step_used(check, pair, now_ns);
		return;
	}
	if (pair->tries == CHECK_TRIES) {
		pair->next_ns = 0;
		return;
	}
	pair->next_ns = now_ns + ((uint64_t)CHECK_FIRST_WAIT_MS << pair->tries) *
				 NSEC_PER_MSEC;
	ask(check, pair);
}

static void sooner(uint64_t *next_ns, uint64_t at_ns)
{
	if (at_ns && (!*next_ns || at_ns < *next_ns))
		*next_ns = at_ns;
}

uint64_t check_step(struct check *check, uint64_t now_ns)
{
	uint64_t next_ns = 0;

	if (check->choose_ns && now_ns >= check->choose_ns)
		choose(check, now_ns);
	if (check->again_ns && now_ns >= check->again_ns && check->used < 0)
		begin_all(check, now_ns);
	step_pair(check, &check->server, now_ns);
	sooner(&next_ns, check->server.next_ns);
	for (size_t i = 0; i < check->n; i++) {
		step_pair(check, &check->pair[i], now_ns);
		sooner(&next_ns, check->pair[i].next_ns);
	}
	sooner(&next_ns, check->choose_ns);
	if (check->used < 0)
		sooner(&next_ns, check->again_ns);
	return next_ns;
}
