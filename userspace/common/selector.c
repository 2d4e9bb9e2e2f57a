// SPDX-License-Identifier: GPL-2.0-or-later
#include "selector.h"

#include "attr.h"

#include <string.h>

_Static_assert(SIDESTEP_SELECTOR_A_MAX < 32,
	       "struct selector's bitmap is too small");

static int parse_field(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct selector *selector = data;

	if (type > SIDESTEP_SELECTOR_A_MAX)
		return MNL_CB_OK;
	selector->has |= 1u << type;
	switch (type) {
	case SIDESTEP_SELECTOR_A_PROTO:
		return attr_u8(attr, &selector->proto);
	case SIDESTEP_SELECTOR_A_SPORT_MIN:
		return attr_u16(attr, &selector->sport[0]);
	case SIDESTEP_SELECTOR_A_SPORT_MAX:
		return attr_u16(attr, &selector->sport[1]);
	case SIDESTEP_SELECTOR_A_DPORT_MIN:
		return attr_u16(attr, &selector->dport[0]);
	case SIDESTEP_SELECTOR_A_DPORT_MAX:
		return attr_u16(attr, &selector->dport[1]);
	case SIDESTEP_SELECTOR_A_MARK:
		return attr_u32(attr, &selector->mark);
	case SIDESTEP_SELECTOR_A_MASK:
		return attr_u32(attr, &selector->mask);
	case SIDESTEP_SELECTOR_A_DSCP:
		return attr_u8(attr, &selector->dscp);
	case SIDESTEP_SELECTOR_A_UID_MIN:
		return attr_u32(attr, &selector->uid[0]);
	case SIDESTEP_SELECTOR_A_UID_MAX:
		return attr_u32(attr, &selector->uid[1]);
	case SIDESTEP_SELECTOR_A_CGROUP:
		return attr_u64(attr, &selector->cgroup);
	}
	return MNL_CB_OK;
}

int selector_parse(const struct nlattr *attr, struct selector *selector)
{
	memset(selector, 0, sizeof(*selector));
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
		return MNL_CB_ERROR;
	return mnl_attr_parse_nested(attr, parse_field, selector);
}
