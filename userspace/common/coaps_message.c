// SPDX-License-Identifier: GPL-2.0-or-later
#include "coaps_priv.h"

#include <string.h>

static unsigned int read_segment(char path[COAPS_PATH_SIZE], const coap_opt_t *option)
{
	size_t len = coap_opt_length(option), used = strlen(path);
	const uint8_t *text = coap_opt_value(option);

	if (used + len + 2 > COAPS_PATH_SIZE || memchr(text, '/', len) ||
	    memchr(text, 0, len))
		return COAPS_BAD_REQUEST;
	if (used)
		path[used++] = '/';
	memcpy(path + used, text, len);
	path[used + len] = '\0';
	return 0;
}

static uint32_t option_uint(const coap_opt_t *option)
{
	return coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option));
}

static unsigned int read_option(struct coaps_message *message, uint16_t number,
				const coap_opt_t *option)
{
	switch (number) {
	case COAP_OPTION_IF_MATCH:
		if (coap_opt_length(option) > sizeof(message->if_match))
			return COAPS_PRECONDITION_FAILED;
		message->has_if_match = true;
		message->if_match = option_uint(option);
		return 0;
	case COAP_OPTION_OBSERVE:
		message->observe = option_uint(option) == COAP_OBSERVE_ESTABLISH;
		return 0;
	case COAP_OPTION_URI_PATH:
		return read_segment(message->path, option);
	case COAP_OPTION_LOCATION_PATH:
		return read_segment(message->location, option);
	case COAP_OPTION_CONTENT_FORMAT:
		message->format = option_uint(option);
		return 0;
	case COAP_OPTION_BLOCK1:
		return COAPS_TOO_LARGE;
	default:
		return 0;
	}
}

unsigned int coaps_read(struct coaps_message *message, const coap_pdu_t *pdu)
{
	coap_pdu_code_t code = coap_pdu_get_code(pdu);
	coap_opt_iterator_t at;
	unsigned int refused;
	coap_opt_t *option;

	memset(message, 0, sizeof(*message));
	message->code = code < 32 ? code : (code >> 5) * 100 + (code & 31);
	message->format = -1;
	coap_option_iterator_init(pdu, &at, COAP_OPT_ALL);
	while ((option = coap_option_next(&at))) {
		refused = read_option(message, at.number, option);
		if (refused)
			return refused;
	}
	if (!coap_get_data(pdu, &message->len, &message->body)) {
		message->len = 0;
		message->body = NULL;
	}
	return message->len > COAPS_MAX_BODY ? COAPS_TOO_LARGE : 0;
}

static bool write_uint(coap_pdu_t *pdu, uint16_t number, uint32_t value)
{
	uint8_t bytes[4];
	size_t len = coap_encode_var_safe(bytes, sizeof(bytes), value);

	return coap_add_option(pdu, number, len, bytes) > 0;
}

static bool write_path(coap_pdu_t *pdu, uint16_t number, const char *path)
{
	size_t len;

	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (!coap_add_option(pdu, number, len, (const uint8_t *)path))
			return false;
	}
	return true;
}

/* Options come in the order of their numbers. */
bool coaps_write(const struct coaps_message *message, coap_pdu_t *pdu, int64_t observe)
{
	return (!message->has_if_match ||
		write_uint(pdu, COAP_OPTION_IF_MATCH, message->if_match)) &&
	       (observe < 0 || write_uint(pdu, COAP_OPTION_OBSERVE, observe)) &&
	       write_path(pdu, COAP_OPTION_LOCATION_PATH, message->location) &&
	       write_path(pdu, COAP_OPTION_URI_PATH, message->path) &&
	       (message->format < 0 ||
		write_uint(pdu, COAP_OPTION_CONTENT_FORMAT, message->format)) &&
	       (!message->len || coap_add_data(pdu, message->len, message->body));
}
