// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>

#include "report.h"

/* As the script asks. */
enum { PING_EVERY_US = 100 * 1000 };

static const char *const direction[UES] = { [UE_A] = "A to B", [UE_B] = "B to A" };

static void __attribute__((format(printf, 2, 3)))
reason(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	if (v->count == VERDICT_MAX_REASONS)
		return;
	va_start(ap, fmt);
	vsnprintf(v->reasons[v->count++], VERDICT_REASON_LEN, fmt, ap);
	va_end(ap);
}

static int64_t interval_us(const struct run *run, enum stream stream)
{
	return 1000 * 1000 / run->rate_pps[stream];
}

int64_t verdict_jitter_us(const struct run *run, enum stream stream)
{
	int64_t longest = interval_us(run, stream);
	int ue;

	for (ue = 0; ue < UES; ue++)
		if (gap_us(run->flow[stream][ue].control) > longest)
			longest = gap_us(run->flow[stream][ue].control);
	return longest - interval_us(run, stream);
}

int64_t verdict_bound_us(const struct run *run, enum stream stream)
{
	return interval_us(run, stream) + run->delay_us[PATH_INFRA] -
	       run->delay_us[PATH_DIRECT] + verdict_jitter_us(run, stream) + run->blind_us;
}

uint64_t verdict_story_retransmissions(const struct run *run)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 1; i < run->steps_count; i++)
		sum += run->steps[i].retransmissions;
	return sum;
}

static void judge_zero(struct verdict *v, const char *what, const char *fault,
		       uint64_t count)
{
	if (count)
		reason(v, "%s: %" PRIu64 " %s", what, count, fault);
}

/* A cut that nothing warned of may cost what was sent in so long, all of it in one go. */
static void judge_lost(struct verdict *v, const struct run *run, const char *what,
		       uint64_t lost, uint64_t span, int64_t interval)
{
	uint64_t most = run->blind_us ? run->blind_us / interval + 1 : 0;

	if (lost > most)
		reason(v, "%s: %" PRIu64 " lost, %" PRIu64 " may be", what, lost, most);
	else if (span > most)
		reason(v, "%s: lost at more than one time", what);
}

/*
 * With nothing on the direct path, what still comes by the relay is overtaken when the
 * tunnel leaves that: by no more than was sent in the round trip between.
 */
static void judge_order(struct verdict *v, const struct run *run, const char *what,
			uint64_t reordered, int64_t interval)
{
	uint64_t most = run->blind_us ? 2 * run->delay_us[PATH_INFRA] / interval + 1 : 0;

	if (reordered > most)
		reason(v, "%s: %" PRIu64 " reordered, %" PRIu64 " may be", what, reordered,
		       most);
}

static void judge_flow(struct verdict *v, const struct run *run, enum stream stream,
		       enum ue ue)
{
	const struct flow *flow = &run->flow[stream][ue];
	int64_t bound = verdict_bound_us(run, stream);
	int64_t gap = gap_us(flow->story);
	char what[24];

	snprintf(what, sizeof(what), "UDP IPv%c %s", stream == STREAM_V6 ? '6' : '4',
		 direction[ue]);
	if (!flow->sent)
		reason(v, "%s: nothing was sent", what);
	judge_lost(v, run, what, flow->lost, flow->lost_span, interval_us(run, stream));
	if (run->blind_us && flow->lost && flow->lost_after < run_story_start(run))
		reason(v, "%s: lost before the radios began to part", what);
	judge_zero(v, what, "doubled", flow->duplicated);
	judge_order(v, run, what, flow->reordered, interval_us(run, stream));
	judge_zero(v, what, "corrupted", flow->corrupted);
	if (gap > bound)
		reason(v, "%s: a gap of %" PRId64 " us, %" PRId64 " are allowed",
		       what, gap, bound);
}

static void judge_ping(struct verdict *v, const struct run *run)
{
	const struct ping *ping = &run->ping;

	if (!ping->sent)
		reason(v, "ping: nothing was sent");
	judge_lost(v, run, "ping", ping->lost, 0, PING_EVERY_US);
	judge_zero(v, "ping", "doubled", ping->duplicated);
}

/* What was lost without a warning has to be sent again. */
static void judge_scp(struct verdict *v, const struct run *run)
{
	if (!run->scp.finished)
		reason(v, "scp: did not finish");
	if (!run->scp.sha256_ok || run->scp.bytes != run->file_bytes)
		reason(v, "scp: the copy differs from the file");
	if (!run->blind_us)
		judge_zero(v, "TCP", "retransmissions since the radios began to part",
			   verdict_story_retransmissions(run));
}

static void judge_chat(struct verdict *v, const struct run *run, enum ue ue)
{
	const struct chat *chat = &run->chat[ue];
	char what[24];

	snprintf(what, sizeof(what), "chat %s", direction[ue]);
	if (!chat->said)
		reason(v, "%s: nothing was said", what);
	judge_zero(v, what, "lines lost", chat->said - chat->heard);
	judge_zero(v, what, "lines wrong", chat->wrong);
}

/* A story in which nothing was cut or moved proves nothing. */
static void judge_step(struct verdict *v, const struct run *run,
		       const struct step *step)
{
	const struct sample *from = run_sample_at(run, step->start);
	const struct sample *to = run_sample_at(run, step->end);
	int64_t expected = run->rate_pps[STREAM_V4] * (to->at - from->at) / NS_PER_S / 2;
	int ue;

	if (step->state == STATE_DIRECT)
		return;
	for (ue = 0; ue < UES; ue++)
		if ((int64_t)(to->dev[ue][DEVICE_INFRA].tx_packets -
			      from->dev[ue][DEVICE_INFRA].tx_packets) < expected)
			reason(v, "step %s: UE %c did not send on the infra path",
			       step->name, 'A' + ue);
}

static void judge_story(struct verdict *v, const struct run *run)
{
	bool cut = false;
	size_t i;

	for (i = 0; i < run->steps_count; i++) {
		judge_step(v, run, &run->steps[i]);
		cut |= run->steps[i].cut && run->steps[i].state == STATE_INFRA;
	}
	if (!cut)
		reason(v, "the direct link was never dead in infra");
}

void verdict_make(struct verdict *v, const struct run *sidestep,
		  const struct run *without)
{
	int stream, ue;

	v->count = 0;
	for (stream = 0; stream < STREAMS; stream++)
		for (ue = 0; ue < UES; ue++) {
			judge_flow(v, sidestep, stream, ue);
			if (!without->flow[stream][ue].lost)
				reason(v, "%s, %s: nothing was lost without Sidestep: was there a cut?",
				       stream_names[stream], direction[ue]);
		}
	judge_ping(v, sidestep);
	judge_scp(v, sidestep);
	for (ue = 0; ue < UES; ue++)
		judge_chat(v, sidestep, ue);
	judge_story(v, sidestep);
}
