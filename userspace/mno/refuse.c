// SPDX-License-Identifier: GPL-2.0-or-later
#include "refuse.h"

#include <errno.h>
#include <stdio.h>

unsigned int refuse_problem(struct coaps_message *response, unsigned int code,
			    const struct pf_problem *problem)
{
	response->code = code;
	response->format = PF_FORMAT_PROBLEM;
	response->body = coaps_body();
	response->len = pf_encode_problem(problem, coaps_body(), COAPS_MAX_BODY);
	return code;
}

unsigned int refuse_say(struct pf_problem *problem, unsigned int code, const char *title,
			const char *detail)
{
	snprintf(problem->title, sizeof(problem->title), "%s", title);
	snprintf(problem->detail, sizeof(problem->detail), "%s", detail ? detail : "");
	return code;
}

unsigned int refuse(struct coaps_message *response, unsigned int code, const char *title,
		    const char *detail)
{
	struct pf_problem problem = {};

	refuse_say(&problem, code, title, detail);
	return refuse_problem(response, code, &problem);
}

unsigned int refuse_not_stored(struct coaps_message *response)
{
	return refuse(response, COAPS_INTERNAL_ERROR, "not stored",
		      "the database cannot be written");
}

bool refuse_format(struct coaps_message *response, const struct coaps_message *request)
{
	if (request->format == PF_FORMAT_CBOR)
		return false;
	refuse(response, COAPS_UNSUPPORTED_FORMAT, "the body is no CBOR",
	       "Content-Format 60 is expected");
	return true;
}

unsigned int refuse_document(struct coaps_message *response, int err, const char *why)
{
	return refuse(response, COAPS_BAD_REQUEST, err == -EPROTONOSUPPORT ?
		      "protocol version" : "bad document", why);
}
