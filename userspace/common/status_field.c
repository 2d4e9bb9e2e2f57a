// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_field.h"

#define TEXT(type, member) \
	{ #member, STATUS_TEXT, offsetof(type, member), \
	  sizeof(((type *)0)->member), 0 }
#define NUMBER(member, kind, unknown) \
	{ #member, kind, offsetof(struct status_session, member), 0, unknown }

const struct status_field status_fields[] = {
	TEXT(struct status, version),
	TEXT(struct status, name),
	TEXT(struct status, key),
	{},
};

const struct status_field status_session_fields[] = {
	TEXT(struct status_session, device),
	TEXT(struct status_session, peer),
	NUMBER(met, STATUS_BOOL, -1),
	NUMBER(met_s, STATUS_S64, -1),
	TEXT(struct status_session, problem),
	TEXT(struct status_session, standby),
	TEXT(struct status_session, tunnel),
	TEXT(struct status_session, modem),
	TEXT(struct status_session, modem_state),
	TEXT(struct status_session, operator),
	TEXT(struct status_session, endpoint),
	NUMBER(handshake_s, STATUS_S64, -1),
	NUMBER(standby_bytes_per_day, STATUS_S64, -1),
	NUMBER(signal_mbm, STATUS_S32, INT32_MIN),
	NUMBER(signal_age_ms, STATUS_S64, -1),
	NUMBER(tx_retries_permille, STATUS_S32, -1),
	NUMBER(tx_failed_permille, STATUS_S32, -1),
	TEXT(struct status_session, function),
	TEXT(struct status_session, function_problem),
	NUMBER(agreement, STATUS_S64, -1),
	NUMBER(order, STATUS_S64, -1),
	TEXT(struct status_session, assisted),
	{},
};

int64_t status_number(const struct status_field *field, const void *base)
{
	const void *at = (const char *)base + field->offset;

	switch (field->kind) {
	case STATUS_BOOL:
		return *(const bool *)at;
	case STATUS_S32:
		return *(const int32_t *)at;
	default:
		return *(const int64_t *)at;
	}
}

void status_set_number(const struct status_field *field, void *base,
		       int64_t number)
{
	void *at = (char *)base + field->offset;

	switch (field->kind) {
	case STATUS_BOOL:
		*(bool *)at = number;
		break;
	case STATUS_S32:
		*(int32_t *)at = (int32_t)number;
		break;
	default:
		*(int64_t *)at = number;
		break;
	}
}
