// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: window and order under arbitrary calls. Whatever comes,
 * each packet that was put is got once, the lowest number first, when
 * sidestep_order_wake() says, and the books balance.
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

static void init(void)
{
	sidestep_order_init(&order);
	sidestep_window_reset(&window, 0);
	n_put = 0;
	n_waiting = 0;
	now = MS;
	skipped = 0;
	in_order = 0;
}

static void put(__u64 seq, unsigned int path, unsigned int paths)
{
	struct sidestep_order_item *item = &items[n_put];

	sidestep_order_heard(&order, path, seq);
	if (sidestep_window_check(&window, seq) != SIDESTEP_SEQ_NEW)
		return;
	sidestep_window_mark(&window, seq);
	item->seq = seq;
	item->paths = paths;
	sidestep_order_put(&order, item, path, now);
	assert(item->due >= now && item->due <= now + WORST);
	assert(item->give_up >= now && item->give_up <= now + WORST);
	waits[n_put++] = true;
	n_waiting++;
}

static void check_got(const struct sidestep_order_item *item, __u64 next)
{
	unsigned int index = item - items;

	assert(index < n_put && waits[index]);
	waits[index] = false;
	n_waiting--;
	for (unsigned int i = 0; i < n_put; i++)
		assert(!waits[i] || items[i].seq > item->seq);
	assert(order.next == (item->seq < next ? next : item->seq + 1));
	in_order += item->seq >= next;
}

/* What is due at @at; and that sidestep_order_wake() knew. */
static void get_all(__u64 at)
{
	for (;;) {
		__u64 next = order.next, wake = sidestep_order_wake(&order);
		struct sidestep_order_item *item =
			sidestep_order_get(&order, at, &skipped);

		assert((wake == ~0ULL) == (n_waiting == 0));
		assert(!!item == (n_waiting && wake <= at));
		if (!item)
			break;
		check_got(item, next);
	}
	assert(order.count == n_waiting);
	assert(skipped + in_order == order.next - SIDESTEP_FIRST_SEQ);
}

static void restart(void)
{
	get_all(~0ULL);
	assert(n_waiting == 0);
	sidestep_order_restart(&order, SIDESTEP_FIRST_SEQ);
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
		put(window.top + TAKE(__s8, in), op >> 3 & 1, paths);
		break;
	case 4:
		put(window.top + TAKE(__u16, in), op >> 3 & 1, paths);
		break;
	case 5:
		if (op == 0xfd)
			restart();
		break;
	default:
		now += MS;
		sidestep_order_glide(&order, paths, wants, now);
		put(window.top + 1, op >> 3 & 1, paths);
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
