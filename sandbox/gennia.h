/* SPDX-License-Identifier: MIT */
/* The parts of the Gennia API. */
#ifndef SANDBOX_GENNIA_H
#define SANDBOX_GENNIA_H

#include "exchange.h"

/* VALIDATION_ERROR with a text of its own. */
void gennia_invalid(struct exchange *x, const char *message);
/* NULL, or what is wrong with the body of a message. */
const char *gennia_check_body(const cJSON *body);

cJSON *gennia_conversation_json(const struct conversation *conversation);
cJSON *gennia_message_json(const struct conversation *conversation, const struct message *message);

void gennia_agents(struct exchange *x);
void gennia_conversations(struct exchange *x);
void gennia_conversation(struct exchange *x);
void gennia_remove_conversation(struct exchange *x);
void gennia_messages(struct exchange *x);

#endif
