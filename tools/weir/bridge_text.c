// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Why a handler could not be attached, in words. */
#include <errno.h>
#include <string.h>

#include "tools/weir/bridge_text.h"

const char *bridge_error(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such guard (weir guards)";
	case -EEXIST:
		return "a handler is attached already (weir bridge detach)";
	case -EBUSY:
		return "somebody is changing it; try again";
	case -EINVAL:
		return "a handler must be of the program's kind";
	case -E2BIG:
		return "a handler may use 256 bytes of stack over all frames";
	case -ELOOP:
		return "a handler has no handlers itself";
	case -EOPNOTSUPP:
		return "a handler makes no tail calls, and this machine must "
		       "be able to patch";
	case -ENOLINK:
		return "the program is going away";
	case -ENOSPC:
		return "code memory is full";
	case -EDQUOT:
		return "no more code memory may be used (module limits)";
	case -ERANGE:
		return "code memory that is near enough is full";
	default:
		return strerror(-err);
	}
}
