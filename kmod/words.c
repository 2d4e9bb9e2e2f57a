// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trigger engine's findings in words. Pure: no lock, no allocation.
 */
#include "words.h"

static const char *const quantity_words[SIDESTEP_QUANTITIES] = {
	[SIDESTEP_QUANTITY_SIGNAL] = "signal",
	[SIDESTEP_QUANTITY_LOSS] = "loss",
	[SIDESTEP_QUANTITY_RTT] = "rtt",
	[SIDESTEP_QUANTITY_LIVENESS] = "liveness",
};

static const char *const unit_words[SIDESTEP_QUANTITIES_RULED] = {
	[SIDESTEP_QUANTITY_SIGNAL] = "dBm",
	[SIDESTEP_QUANTITY_LOSS] = "%",
	[SIDESTEP_QUANTITY_RTT] = "ms",
};

/* What a tenth of the unit is made of. */
static const __s32 tenths[SIDESTEP_QUANTITIES_RULED] = {
	[SIDESTEP_QUANTITY_SIGNAL] = 10,
	[SIDESTEP_QUANTITY_LOSS] = 1,
	[SIDESTEP_QUANTITY_RTT] = 100,
};

static const char *const link_words[] = {
	[SIDESTEP_LINK_UNKNOWN] = "unknown",
	[SIDESTEP_LINK_ALIVE] = "alive",
	[SIDESTEP_LINK_SHAKY] = "shaky",
	[SIDESTEP_LINK_FAILED] = "failed",
	[SIDESTEP_LINK_GONE] = "gone",
};

/**
 * sidestep_words_link() - what is known of a link
 * @state: enum sidestep_link
 *
 * Return: a word.
 */
const char *sidestep_words_link(unsigned int state)
{
	return link_words[state];
}

static __s32 divide_down(__s32 value, __s32 by)
{
	return value / by - (value % by < 0);
}

static __s32 divide_up(__s32 value, __s32 by)
{
	return value / by + (value % by > 0);
}

/* @tenth: the value, in tenths of its unit */
static int write_tenths(__s32 tenth, unsigned int quantity, char *buf,
			size_t size)
{
	__s32 magnitude = tenth < 0 ? -tenth : tenth;

	return scnprintf(buf, size, "%s%d.%d %s", tenth < 0 ? "-" : "",
			 magnitude / 10, magnitude % 10, unit_words[quantity]);
}

/* Rounded apart, so that the words are as true as the figures. */
static int write_rule(const struct sidestep_cause *cause, char *buf,
		      size_t size)
{
	bool below = cause->value < cause->threshold;
	__s32 unit = tenths[cause->quantity];
	__s32 value, threshold;
	int length;

	value = below ? divide_down(cause->value, unit) :
			divide_up(cause->value, unit);
	threshold = below ? divide_up(cause->threshold, unit) :
			    divide_down(cause->threshold, unit);
	length = scnprintf(buf, size, "%s ", quantity_words[cause->quantity]);
	length += write_tenths(value, cause->quantity, buf + length,
			       size - length);
	length += scnprintf(buf + length, size - length, " %c ",
			    below ? '<' : '>');
	length += write_tenths(threshold, cause->quantity, buf + length,
			       size - length);
	return length + scnprintf(buf + length, size - length, " for %u ms",
				  cause->ms);
}

static int write_trend(const struct sidestep_cause *cause, char *buf,
		       size_t size)
{
	int length = scnprintf(buf, size, "signal ");

	length += write_tenths(divide_down(cause->value, 10),
			       SIDESTEP_QUANTITY_SIGNAL, buf + length,
			       size - length);
	length += scnprintf(buf + length, size - length, " falls to ");
	length += write_tenths(divide_down(cause->threshold, 10),
			       SIDESTEP_QUANTITY_SIGNAL, buf + length,
			       size - length);
	return length + scnprintf(buf + length, size - length, " in %u ms",
				  cause->ms);
}

static int write_order(const struct sidestep_cause *cause, char *buf,
		       size_t size)
{
	const char *colon = cause->why[0] ? ": " : "";

	if (cause->kind == SIDESTEP_CAUSE_HAND)
		return scnprintf(buf, size, "by hand%s%s", colon, cause->why);
	return scnprintf(buf, size, "order %llu of the helper%s%s", cause->id,
			 colon, cause->why);
}

/**
 * sidestep_words_measured() - what was measured
 * @measured: of some path
 * @quantity: enum sidestep_quantity, not liveness
 * @buf: is written to
 * @size: its size, not 0; %SIDESTEP_WORDS_LEN suffices
 *
 * "-74.5 dBm", or "unknown".
 *
 * Return: how many characters, without the NUL.
 */
int sidestep_words_measured(const struct sidestep_measured *measured,
			    unsigned int quantity, char *buf, size_t size)
{
	if (!measured->known)
		return scnprintf(buf, size, "unknown");
	return write_tenths(divide_down(measured->value, tenths[quantity]),
			    quantity, buf, size);
}

/**
 * sidestep_words_cause() - a decision, and what made it
 * @cause: the decision
 * @buf: is written to
 * @size: its size, not 0; %SIDESTEP_WORDS_LEN suffices
 *
 * "prepare: signal -74.5 dBm < -72.0 dBm for 160 ms", for example.
 *
 * Return: how many characters, without the NUL.
 */
int sidestep_words_cause(const struct sidestep_cause *cause, char *buf,
			 size_t size)
{
	static const char *const decisions[SIDESTEP_DECISIONS] = {
		[SIDESTEP_DECISION_RELEASE] = "release",
		[SIDESTEP_DECISION_PREPARE] = "prepare",
		[SIDESTEP_DECISION_EXECUTE] = "execute",
	};
	int length = scnprintf(buf, size, "%s: ", decisions[cause->decision]);

	buf += length;
	size -= length;
	switch (cause->kind) {
	case SIDESTEP_CAUSE_RULE:
		return length + write_rule(cause, buf, size);
	case SIDESTEP_CAUSE_TREND:
		return length + write_trend(cause, buf, size);
	case SIDESTEP_CAUSE_LOSSES:
		return length + scnprintf(buf, size, "%d losses in a row",
					  cause->value);
	case SIDESTEP_CAUSE_EXPIRY:
		return length + scnprintf(buf, size, "no better in %u ms (T310)",
					  cause->ms);
	case SIDESTEP_CAUSE_ALIVE:
		return length + scnprintf(buf, size, "alive for %u ms",
					  cause->ms);
	default:
		return length + write_order(cause, buf, size);
	}
}
