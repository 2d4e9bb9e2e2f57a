/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attr: take a netlink attribute's payload, if it has the right size
 *
 * Each returns MNL_CB_OK or MNL_CB_ERROR.
 */
#ifndef _SIDESTEP_ATTR_H
#define _SIDESTEP_ATTR_H

#include <libmnl/libmnl.h>
#include <stdint.h>

static inline int attr_u8(const struct nlattr *attr, uint8_t *value)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U8) < 0)
		return MNL_CB_ERROR;
	*value = mnl_attr_get_u8(attr);
	return MNL_CB_OK;
}

static inline int attr_u16(const struct nlattr *attr, uint16_t *value)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
		return MNL_CB_ERROR;
	*value = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static inline int attr_u32(const struct nlattr *attr, uint32_t *value)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return MNL_CB_ERROR;
	*value = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static inline int attr_s32(const struct nlattr *attr, int32_t *value)
{
	uint32_t raw = 0;
	int ret = attr_u32(attr, &raw);

	*value = (int32_t)raw;
	return ret;
}

static inline int attr_u64(const struct nlattr *attr, uint64_t *value)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U64) < 0)
		return MNL_CB_ERROR;
	*value = mnl_attr_get_u64(attr);
	return MNL_CB_OK;
}

#endif /* _SIDESTEP_ATTR_H */
