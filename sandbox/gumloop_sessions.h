/* SPDX-License-Identifier: MIT */
/* The parts of the Gumloop sessions API. */
#ifndef SANDBOX_GUMLOOP_SESSIONS_H
#define SANDBOX_GUMLOOP_SESSIONS_H

#include "exchange.h"

/* The session of the first capture; NULL: refused already. */
struct conversation *sessions_find(struct exchange *x);
void sessions_run(struct exchange *x, struct conversation *session, const char *text);
/* Runs what the caller queued, where the session has become free. */
void sessions_start_queued(struct exchange *x, struct conversation *session);

/* A listed session has no messages; only a retrieved one shows what waits for approval. */
enum session_detail { SESSION_LISTED, SESSION_ANSWERED, SESSION_RETRIEVED };
cJSON *sessions_object(struct exchange *x, struct conversation *session, enum session_detail detail);
/* `{session, queue_position}` */
cJSON *sessions_json(struct exchange *x, struct conversation *session, enum session_detail detail);
/* After a cancel only id, agent_id and state are filled. */
cJSON *sessions_cancelled_json(struct exchange *x, struct conversation *session);
const char *sessions_state(struct conversation *session, int64_t now);

void sessions_agents(struct exchange *x);
void sessions_agent(struct exchange *x);
void sessions_list(struct exchange *x);
void sessions_approve(struct exchange *x);
void sessions_upload(struct exchange *x);
void sessions_queue_list(struct exchange *x);
void sessions_queue_add(struct exchange *x);
void sessions_queue_change(struct exchange *x);
void sessions_queue_remove(struct exchange *x);
void sessions_queue_send(struct exchange *x);

#endif
