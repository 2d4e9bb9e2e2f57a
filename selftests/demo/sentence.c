// SPDX-License-Identifier: GPL-2.0-or-later
#include "sentence.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/**
 * struct spoken - a line in which a mark was found
 * @who: 'A' or 'B', whose program has said it
 * @line: all of it
 * @rest: what follows the mark
 * @text: for the sentence
 */
struct spoken {
	char who;
	const char *line;
	const char *rest;
	char *text;
};

/**
 * struct rule - a line that is a step
 * @program: of whom
 * @mark: what the line has in it
 * @tell: writes the sentence; false if the line is no step after all
 */
struct rule {
	const char *program;
	const char *mark;
	bool (*tell)(const struct spoken *s);
};

/* EPUIDs are ue-a@a.example and so on: whose UE, and whose subscriber it is. */
struct epuid {
	char ue;
	char mno;
};

/* By UE, as it has registered. */
static struct epuid registered[2];

static char other(char who)
{
	return who == 'A' ? 'B' : 'A';
}

static char mno_of(char ue)
{
	return registered[ue - 'A'].mno;
}

static bool epuid_read(const char *word, struct epuid *id)
{
	if (sscanf(word, "ue-%c@%c.", &id->ue, &id->mno) != 2)
		return false;
	id->ue = toupper(id->ue);
	id->mno = toupper(id->mno);
	return (id->ue == 'A' || id->ue == 'B') && (id->mno == 'A' || id->mno == 'B');
}

#define SAY(s, ...) (snprintf((s)->text, SENTENCE_LEN, __VA_ARGS__), true)

/* --- helpers -------------------------------------------------------------- */

static bool tell_registered(const struct spoken *s)
{
	struct epuid id;

	if (!epuid_read(s->rest, &id))
		return false;
	registered[s->who - 'A'] = id;
	return SAY(s, "UE-%c registers with MNO-%c", s->who, id.mno);
}

static bool tell_met(const struct spoken *s)
{
	return SAY(s, "UE-%c finds UE-%c on the direct link", s->who, other(s->who));
}

static bool tell_agreed(const struct spoken *s)
{
	const char *version = strstr(s->rest, ": version ");

	return version && SAY(s, "UE-%c and MNO-%c agree on triggers:%s", s->who,
			      mno_of(s->who), version + 1);
}

static bool tell_ordered(const struct spoken *s)
{
	return SAY(s, "MNO-%c tells UE-%c to connect with UE-%c", mno_of(s->who),
		   s->who, other(s->who));
}

static bool tell_reached(const struct spoken *s)
{
	return SAY(s, "UE-%c reaches UE-%c by the relay", s->who, other(s->who));
}

static bool tell_direct(const struct spoken *s)
{
	return SAY(s, "UE-%c reaches UE-%c through the NATs, without the relay", s->who,
		   other(s->who));
}

static bool tell_over(const struct spoken *s)
{
	return SAY(s, "UE-%c gives the IP connection up", s->who);
}

/* --- functions ------------------------------------------------------------ */

/* "session ID of EPUID and EPUID: ..." */
static bool pair_read(const struct spoken *s, struct epuid *from, struct epuid *to)
{
	const char *of = strstr(s->line, " of "), *and = strstr(s->line, " and ");

	return of && and && epuid_read(of + 4, from) && epuid_read(and + 5, to);
}

/* Whose word it was is the word before the mark. */
static const char *asker(const struct spoken *s)
{
	const char *colon = s->line, *next;

	while ((next = strstr(colon, ": ")) && next < s->rest - strlen(" asks: "))
		colon = next + 2;
	return colon;
}

static bool tell_asks(const struct spoken *s)
{
	struct epuid from, to;
	char why[64] = "the operator's word";
	const char *cause = s->rest;

	if (!pair_read(s, &from, &to))
		return false;
	if (!strncmp(asker(s), "ue ", 3))
		snprintf(why, sizeof(why), "UE-%c's trigger", from.ue);
	else if (!strncmp(asker(s), "judge ", 6))
		snprintf(why, sizeof(why), "its own judgement of UE-%c's reports", from.ue);
	if (!strncmp(cause, "judged: ", 8))
		cause += 8;
	if (from.mno == to.mno)
		return SAY(s, "MNO-%c assists UE-%c and UE-%c, by %s: %s", s->who,
			   from.ue, to.ue, why, cause);
	return SAY(s, "MNO-%c asks MNO-%c to assist UE-%c and UE-%c, by %s: %s", s->who,
		   to.mno, from.ue, to.ue, why, cause);
}

static bool tell_asked(const struct spoken *s)
{
	struct epuid from, to;

	return pair_read(s, &from, &to) &&
	       SAY(s, "MNO-%c assists: UE-%c has agreed to be connected with UE-%c",
		   s->who, to.ue, from.ue);
}

static bool tell_relayed(const struct spoken *s)
{
	struct epuid from, to;

	return pair_read(s, &from, &to) &&
	       SAY(s, "MNO-%c: the IP connection stands, by MNO-%c's relay", s->who, from.mno);
}

static bool tell_promoted(const struct spoken *s)
{
	/* It is the line's last word. */
	return !*s->rest && SAY(s, "MNO-%c: the IP connection needs no relay any more", s->who);
}

static bool tell_ended(const struct spoken *s)
{
	return SAY(s, "MNO-%c ends the IP connection: %s", s->who, s->rest);
}

/* --- the kernel's events -------------------------------------------------- */

static bool tell_decision(const struct spoken *s)
{
	const char *reason = strchr(s->rest, ';');
	int len;

	if (!reason)
		return false;
	reason += 2;
	len = (int)strcspn(reason, ";");
	return SAY(s, "UE-%c decides: %.*s", s->who, len, reason);
}

static bool tell_state(const struct spoken *s)
{
	static const char *const words[][2] = {
		{ "direct,", "on the direct path only" },
		{ "bicast,", "a copy on both paths" },
		{ "infra,", "on the infrastructure path only" },
	};
	static int last[2];

	for (int i = 0; i < 3; i++)
		if (!strncmp(s->rest, words[i][0], strlen(words[i][0]))) {
			if (last[s->who - 'A'] == i)
				return false;
			last[s->who - 'A'] = i;
			return SAY(s, "UE-%c sends %s", s->who, words[i][1]);
		}
	return false;
}

/* "radio NAME up|cut TEXT" */
static bool tell_radio(const struct spoken *s)
{
	const char *text = s->rest;

	for (int words = 2; words && *text; text++)
		words -= *text == ' ';
	return SAY(s, "%s", text);
}

static bool tell_plain(const struct spoken *s)
{
	return SAY(s, "%s", s->rest);
}

static const struct rule rules[] = {
	{ "helper", "registered as ", tell_registered },
	{ "helper", ": met ", tell_met },
	{ "helper", "agreed with the function about ", tell_agreed },
	{ "helper", ": the function connects ", tell_ordered },
	{ "helper", " is connected by the relay", tell_reached },
	{ "helper", " is connected without the relay", tell_direct },
	{ "helper", "the function's session with ", tell_over },
	{ "function", " asks: ", tell_asks },
	{ "function", ": asked by ", tell_asked },
	{ "function", ": by the relay", tell_relayed },
	{ "function", ": direct", tell_promoted },
	{ "function", ": ended: ", tell_ended },
	{ "watch", " decision: ", tell_decision },
	{ "watch", " state: ", tell_state },
	{ "world", "radio ", tell_radio },
	{ "world", "note ", tell_plain },
	{ "world", "end ", tell_plain },
};

bool sentence_of(const char *source, const char *line, char *text)
{
	struct spoken s = { .who = 'A', .line = line, .text = text };
	size_t len = strcspn(source, "_");

	if (source[len] == '_')
		s.who = source[len + 1] == 'b' ? 'B' : 'A';
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const char *found = strstr(line, rules[i].mark);

		if (!found || strlen(rules[i].program) != len ||
		    strncmp(rules[i].program, source, len))
			continue;
		s.rest = found + strlen(rules[i].mark);
		return rules[i].tell(&s);
	}
	return false;
}
