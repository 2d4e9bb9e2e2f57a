// SPDX-License-Identifier: GPL-2.0-or-later
/* result.json; docs/demo.md has the keys. No string in it needs escapes. */
#include <inttypes.h>

#include "report.h"

static void write_flow(FILE *out, const struct run *run, const char *name,
		       const struct flow *flow, const char *after)
{
	fprintf(out, "      \"%s\": {\"sent\": %" PRIu64 ", \"received\": %" PRIu64
		", \"lost\": %" PRIu64 ", \"lost_span\": %" PRIu64 ", \"duplicated\": %" PRIu64
		", \"reordered\": %" PRIu64 ", \"corrupted\": %" PRIu64
		",\n                 \"longest_gap_us\": %" PRId64
		", \"longest_gap_end_s\": %.3f"
		", \"longest_gap_control_us\": %" PRId64 "}%s\n", name,
		flow->sent, flow->received, flow->lost, flow->lost_span, flow->duplicated,
		flow->reordered, flow->corrupted, gap_us(flow->story),
		run_seconds(run, flow->story.to), gap_us(flow->control), after);
}

static void write_udp(FILE *out, const struct run *run)
{
	const struct ping *ping = &run->ping;
	int stream;

	for (stream = 0; stream < STREAMS; stream++) {
		fprintf(out, "    \"%s\": {\n", stream_names[stream]);
		write_flow(out, run, "a_to_b", &run->flow[stream][UE_A], ",");
		write_flow(out, run, "b_to_a", &run->flow[stream][UE_B], ",");
		fprintf(out, "      \"jitter_us\": %" PRId64 ", \"bound_us\": %" PRId64
			"\n    },\n", verdict_jitter_us(run, stream),
			verdict_bound_us(run, stream));
	}
	fprintf(out, "    \"ping\": {\"sent\": %" PRIu64
		", \"received\": %" PRIu64 ", \"lost\": %" PRIu64
		", \"duplicated\": %" PRIu64 "},\n", ping->sent,
		ping->received, ping->lost, ping->duplicated);
}

static void write_chat(FILE *out, const char *name, const struct chat *chat,
		       const char *after)
{
	fprintf(out, "      \"%s\": {\"said\": %" PRIu64 ", \"heard\": %" PRIu64
		", \"wrong\": %" PRIu64 ", \"longest_us\": %" PRId64 "}%s\n", name,
		chat->said, chat->heard, chat->wrong, chat->longest_us, after);
}

static void write_programs(FILE *out, const struct run *run)
{
	const struct scp *scp = &run->scp;

	if (!run->tcp_only)
		write_udp(out, run);
	fprintf(out, "    \"scp\": {\"finished\": %s, \"sha256_ok\": %s"
		", \"bytes\": %" PRIu64 ", \"seconds\": %.1f},\n    \"chat\": {\n",
		scp->finished ? "true" : "false",
		scp->sha256_ok ? "true" : "false", scp->bytes, scp->seconds);
	write_chat(out, "a_to_b", &run->chat[UE_A], ",");
	write_chat(out, "b_to_a", &run->chat[UE_B], "");
	fprintf(out, "    },\n");
}

static void write_step(FILE *out, const struct run *run, const struct step *step,
		       const char *after)
{
	fprintf(out, "      {\"name\": \"%s\", \"state\": \"%s\", \"direct_link\": \"%s\""
		", \"start_s\": %.3f, \"end_s\": %.3f"
		", \"tcp_retransmissions\": %" PRIu64
		", \"metered_bytes\": %" PRIu64 "}%s\n", step->name,
		state_names[step->state], step->cut ? "cut" : "up",
		run_seconds(run, step->start), run_seconds(run, step->end),
		step->retransmissions,
		run_metered_bytes(run, step->start, step->end), after);
}

static void write_run(FILE *out, const char *name, const struct run *run,
		      const char *after)
{
	size_t i;

	fprintf(out, "  \"%s\": {\n", name);
	write_programs(out, run);
	fprintf(out, "    \"tcp_retransmissions\": {\"total\": %" PRIu64
		", \"in_story\": %" PRIu64 "},\n", run->retransmissions,
		verdict_story_retransmissions(run));
	fprintf(out, "    \"metered_bytes\": %" PRIu64 ",\n",
		run_metered_bytes(run, run->steps[0].start, run_story_end(run)));
	fprintf(out, "    \"steps\": [\n");
	for (i = 0; i < run->steps_count; i++)
		write_step(out, run, &run->steps[i],
			   i + 1 < run->steps_count ? "," : "");
	fprintf(out, "    ]\n  }%s\n", after);
}

static void write_reasons(FILE *out, const struct verdict *v)
{
	unsigned int i;

	fprintf(out, "  \"reasons\": [");
	for (i = 0; i < v->count; i++)
		fprintf(out, "%s\"%s\"", i ? ", " : "", v->reasons[i]);
	fprintf(out, "],\n");
}

void result_write(FILE *out, const struct verdict *v,
		  const struct run *sidestep, const struct run *without,
		  const struct run *mptcp)
{
	fprintf(out, "{\n  \"clean\": %s,\n", v->count ? "false" : "true");
	write_reasons(out, v);
	fprintf(out, "  \"udp_pps\": %" PRId64 ",\n  \"udp6_pps\": %" PRId64
		",\n  \"direct_delay_us\": %" PRId64 ",\n  \"infra_delay_us\": %" PRId64
		",\n  \"blind_us\": %" PRId64 ",\n", sidestep->rate_pps[STREAM_V4],
		sidestep->rate_pps[STREAM_V6], sidestep->delay_us[PATH_DIRECT],
		sidestep->delay_us[PATH_INFRA], sidestep->blind_us);
	write_run(out, "sidestep", sidestep, ",");
	write_run(out, "without", without, ",");
	write_run(out, "mptcp", mptcp, "");
	fprintf(out, "}\n");
}
