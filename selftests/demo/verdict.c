// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>

#include "report.h"

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

static int64_t interval_us(const struct run *run)
{
	return 1000 * 1000 / run->rate_pps;
}

int64_t verdict_jitter_us(const struct run *run)
{
	int64_t longest = interval_us(run);
	int ue;

	for (ue = 0; ue < UES; ue++)
		if (gap_us(run->flow[ue].control) > longest)
			longest = gap_us(run->flow[ue].control);
	return longest - interval_us(run);
}

int64_t verdict_bound_us(const struct run *run)
{
	return interval_us(run) + run->delay_us[PATH_INFRA] -
	       run->delay_us[PATH_DIRECT] + verdict_jitter_us(run);
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

static void judge_flow(struct verdict *v, const struct run *run, enum ue ue)
{
	const struct flow *flow = &run->flow[ue];
	int64_t bound = verdict_bound_us(run);
	int64_t gap = gap_us(flow->story);
	char what[16];

	snprintf(what, sizeof(what), "UDP %s", direction[ue]);
	if (!flow->sent)
		reason(v, "%s: nothing was sent", what);
	judge_zero(v, what, "lost", flow->lost);
	judge_zero(v, what, "doubled", flow->duplicated);
	judge_zero(v, what, "reordered", flow->reordered);
	judge_zero(v, what, "corrupted", flow->corrupted);
	if (gap > bound)
		reason(v, "%s: a gap of %" PRId64 " us, %" PRId64 " are allowed",
		       what, gap, bound);
}

static void judge_ping(struct verdict *v, const struct ping *ping)
{
	if (!ping->sent)
		reason(v, "ping: nothing was sent");
	judge_zero(v, "ping", "lost", ping->lost);
	judge_zero(v, "ping", "doubled", ping->duplicated);
}

static void judge_scp(struct verdict *v, const struct run *run)
{
	if (!run->scp.finished)
		reason(v, "scp: did not finish");
	if (!run->scp.sha256_ok || run->scp.bytes != run->file_bytes)
		reason(v, "scp: the copy differs from the file");
	judge_zero(v, "TCP", "retransmissions since the radios began to part",
		   verdict_story_retransmissions(run));
}

/* A story in which nothing was cut or moved proves nothing. */
static void judge_step(struct verdict *v, const struct run *run,
		       const struct step *step)
{
	const struct sample *from = run_sample_at(run, step->start);
	const struct sample *to = run_sample_at(run, step->end);
	int64_t expected = run->rate_pps * (to->at - from->at) / NS_PER_S / 2;
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
	int ue;

	v->count = 0;
	for (ue = 0; ue < UES; ue++)
		judge_flow(v, sidestep, ue);
	judge_ping(v, &sidestep->ping);
	judge_scp(v, sidestep);
	judge_story(v, sidestep);
	for (ue = 0; ue < UES; ue++)
		if (!without->flow[ue].lost)
			reason(v, "UDP %s: nothing was lost without Sidestep: was there a cut?",
			       direction[ue]);
}
