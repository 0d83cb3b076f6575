/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a handler could not be attached, in words. */
#ifndef WEIR_TOOL_BRIDGE_TEXT_H
#define WEIR_TOOL_BRIDGE_TEXT_H

/** bridge_error() - what a negative errno of weir_bridge__attach() means */
const char *bridge_error(int err);

#endif
