#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A minute of the soak, see docs/soak.md.
#
# Guest: --icount
# Takes: 120
exec "$(dirname "$0")/soak/guest.sh" 1 1
