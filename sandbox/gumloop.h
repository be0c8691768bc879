/* SPDX-License-Identifier: MIT */
/* What the two Gumloop APIs share. */
#ifndef SANDBOX_GUMLOOP_H
#define SANDBOX_GUMLOOP_H

#include "exchange.h"

bool gumloop_agent_known(const char *agent);
/* The text of an assistant's message: in `parts` with `content` null, or in `content`, as the settings say.
 */
void gumloop_put_text(const struct exchange *x, cJSON *json, const struct message *message);

#endif
