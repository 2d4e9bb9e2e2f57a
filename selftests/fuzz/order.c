// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: window and order under arbitrary calls, against a model that
 * is a heap of packets and the rules of docs/architecture.md. Whatever comes,
 * each packet is delivered once, the lowest number first, at the model's time,
 * and the books balance.
 */
#include "input.h"
#include "order.h"
#include "window.h"

#define MS 1000000LL
#define MAX_PUT 400
#define WORST (70000 * MS)

static struct sidestep_order order;
static struct sidestep_window window;
static struct sidestep_order_item items[MAX_PUT];
static bool waits[MAX_PUT];
static unsigned int n_put, n_waiting;
static __u64 now, skipped, in_order;

/**
 * struct model - what decides when a packet's turn is
 * @next: the number after the last that was delivered
 * @heard: the highest number, by path
 * @heard_at: when it came
 * @carried: paths of the last packet delivered in its turn
 */
static struct model {
	__u64 next;
	__u64 heard[2];
	__u64 heard_at[2];
	unsigned int carried;
} model;

static void model_init(void)
{
	model = (struct model){ .next = SIDESTEP_FIRST_SEQ };
}

/* The waiting packet with the lowest number. */
static const struct sidestep_order_item *model_first(void)
{
	const struct sidestep_order_item *first = NULL;

	for (unsigned int i = 0; i < n_put; i++)
		if (waits[i] && (!first || items[i].seq < first->seq))
			first = &items[i];
	return first;
}

/* Nothing before @seq can still come on these paths. */
static bool model_gone_past(unsigned int paths, __u64 seq)
{
	for (unsigned int path = 0; path < 2; path++)
		if (paths >> path & 1 && model.heard[path] < seq)
			return false;
	return true;
}

/* When hope ends for what is before @item: a path that comes nearer feeds it. */
static __u64 model_give_up(const struct sidestep_order_item *item,
			   unsigned int paths)
{
	__s64 tunnel = order.margin > SIDESTEP_ORDER_STALL ?
		       order.margin : SIDESTEP_ORDER_STALL;
	__u64 last = item->give_up;

	for (unsigned int path = 0; path < 2; path++) {
		__u64 end = model.heard_at[path] + (path ? tunnel : order.margin);

		if (!model_gone_past(paths & 1 << path, item->seq) &&
		    end > last)
			last = end;
	}
	if (last - item->give_up > SIDESTEP_ORDER_QUEUE)
		last = item->give_up + SIDESTEP_ORDER_QUEUE;
	return last;
}

static __u64 model_wake(void)
{
	const struct sidestep_order_item *item = model_first();
	unsigned int paths;
	__u64 due, give_up;

	if (!item)
		return ~0ULL;
	if (item->seq < model.next)
		return 0;
	due = item->due;
	/* The last moment for what was swapped is in @due. */
	if (model_gone_past(3, item->seq))
		return item->seq > model.next ? due : 0;
	if (model.heard[0] < order.fresh && order.fresh <= item->seq &&
	    order.settled > due)
		due = order.settled;
	paths = item->paths | model.carried;
	give_up = model_give_up(item, paths);
	if (item->seq > model.next && give_up > due &&
	    !model_gone_past(paths, item->seq))
		return give_up;
	return due;
}

static void model_deliver(__u64 seq, unsigned int paths)
{
	if (seq < model.next)
		return;
	model.next = seq + 1;
	model.carried = paths;
}

static void init(void)
{
	sidestep_order_init(&order);
	model_init();
	sidestep_window_reset(&window, 0);
	n_put = 0;
	n_waiting = 0;
	now = MS;
	skipped = 0;
	in_order = 0;
}

/* On the way home a packet may go on where it is. */
static bool passes(__u64 seq)
{
	bool may = seq == model.next && !n_waiting && !order.playout;

	assert(sidestep_order_pass(&order, seq) == may);
	if (may) {
		model.next++;
		in_order++;
	}
	return may;
}

static void put(__u64 seq, unsigned int path, unsigned int paths, bool home)
{
	struct sidestep_order_item *item = &items[n_put];

	sidestep_order_heard(&order, path, seq, now);
	if (seq > model.heard[path]) {
		model.heard[path] = seq;
		model.heard_at[path] = now;
	}
	if (sidestep_window_check(&window, seq) != SIDESTEP_SEQ_NEW)
		return;
	sidestep_window_mark(&window, seq);
	if (home && passes(seq))
		return;
	item->seq = seq;
	item->paths = paths;
	sidestep_order_put(&order, item, path, now);
	assert(item->due >= now && item->due <= now + WORST);
	assert(item->give_up >= now && item->give_up <= now + WORST);
	waits[n_put++] = true;
	n_waiting++;
}

static void check_got(const struct sidestep_order_item *item)
{
	unsigned int index = item - items;

	assert(index < n_put && waits[index]);
	waits[index] = false;
	n_waiting--;
	for (unsigned int i = 0; i < n_put; i++)
		assert(!waits[i] || items[i].seq > item->seq);
	in_order += item->seq >= model.next;
	model_deliver(item->seq, item->paths);
	assert(order.next == model.next);
}

/* What is due at @at; and that sidestep_order_wake() knew. */
static void get_all(__u64 at)
{
	for (;;) {
		__u64 wake = sidestep_order_wake(&order);
		struct sidestep_order_item *item =
			sidestep_order_get(&order, at, &skipped);

		assert(wake == model_wake());
		assert(!!item == (n_waiting && wake <= at));
		if (!item)
			break;
		check_got(item);
	}
	assert(order.count == n_waiting);
	assert(skipped + in_order == order.next - SIDESTEP_FIRST_SEQ);
}

static void restart(void)
{
	get_all(~0ULL);
	assert(n_waiting == 0);
	sidestep_order_restart(&order, SIDESTEP_FIRST_SEQ);
	model_init();
	sidestep_window_reset(&window, 0);
	skipped = 0;
	in_order = 0;
}

static void step(struct input *in)
{
	__u8 op = TAKE(__u8, in), paths = op >> 4 & 3, wants = op >> 6 & 3;

	switch (op & 7) {
	case 0:
		sidestep_order_tune(&order, TAKE(__s16, in) * MS,
				    TAKE(__u8, in) * MS);
		break;
	case 1:
		now += TAKE(__u16, in) * (MS / 16);
		break;
	case 2:
		sidestep_order_glide(&order, paths, wants, now);
		break;
	case 3:
		put(window.top + TAKE(__s8, in), op >> 3 & 1, paths, false);
		break;
	case 4:
		put(window.top + TAKE(__u16, in), op >> 3 & 1, paths, false);
		break;
	case 5:
		if (op == 0xfd)
			restart();
		break;
	default:
		now += MS;
		sidestep_order_glide(&order, paths, wants, now);
		put(window.top + 1, op >> 3 & 1, paths, op & 1);
		break;
	}
	get_all(now);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct input in = { data, size };

	init();
	while (in.size && n_put < MAX_PUT)
		step(&in);
	get_all(~0ULL);
	assert(n_waiting == 0);
	return 0;
}
