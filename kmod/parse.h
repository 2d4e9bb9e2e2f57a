/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SIDESTEP_PARSE_H
#define _SIDESTEP_PARSE_H

struct genl_info;
struct sidestep_config;

const char *sidestep_parse_device(const struct sidestep_config *config,
				  unsigned int path);
int sidestep_parse(struct sidestep_config *config,
		   const struct sidestep_config *old, struct genl_info *info);

#endif /* _SIDESTEP_PARSE_H */
