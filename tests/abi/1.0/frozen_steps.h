/* SPDX-License-Identifier: MIT */
/* The steps of tests/mocks/frozen.c, in the words of the first header. They stay as they are, as that does.
 */
#ifndef NUNCIO_TESTS_FROZEN_STEPS_H
#define NUNCIO_TESTS_FROZEN_STEPS_H

#include <nuncio/plugin.h>

static inline int32_t frozen_build(const void *instance, const struct nuncio_call *call,
                                   struct nuncio_request *req, struct nuncio_error *err)
{
    if (*(const int32_t *)instance != 7)
        return nuncio_invalid(err, "the instance is not what configure() left");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    if (call->step == NUNCIO_STEP_OPEN) {
        nuncio_target(req, "POST", "/talks");
        nuncio_put_option(req, "/level", "level");
    } else if (call->step == NUNCIO_STEP_SEND) {
        nuncio_target(req, "POST", "/talks/{conversation}/messages");
        nuncio_put_string(req, "/text", call->text);
        nuncio_put_id(req, "/agent", call->agent);
        nuncio_put_template(req, "/by", "{interaction}");
        nuncio_put_boolean(req, "/first", call->cursor_state == NUNCIO_CURSOR_EMPTY);
        nuncio_put_integer(req, "/characters", (int64_t)nuncio_characters(call->text));
        nuncio_patience(req, call->left_ms);
    } else {
        nuncio_target(req, "GET",
                      call->step == NUNCIO_STEP_POLL ? "/runs/{ticket}" : "/talks/{conversation}");
        nuncio_query(req, "level", "{level}");
    }
    return nuncio_built(req, err);
}

static inline int32_t frozen_found(const struct nuncio_call *call, const struct nuncio_response *res,
                                   struct nuncio_outcome *out)
{
    static const struct nuncio_shape shape = {.size = sizeof(shape),
                                              .id = "id",
                                              .role = "by",
                                              .text = "text",
                                              .user_words = "me",
                                              .agent_words = "it"};
    struct nuncio_found found = {.size = sizeof(found)};

    nuncio_find_reply(res, nuncio_at(res, "/messages"), &shape, call, &found);
    if (!nuncio_present(found.reply))
        return nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_body(res));
    nuncio_reply_message(out, res, &shape, found.reply);
    nuncio_reply_json(out, res, nuncio_at(res, "/as_json"));
    nuncio_set_cursor(out, found.last);
    return NUNCIO_DONE;
}

static inline int32_t frozen_read(const void *instance, const struct nuncio_call *call,
                                  const struct nuncio_response *res, struct nuncio_outcome *out)
{
    static const struct nuncio_rule rules[] = {{429, NUNCIO_CLASS_QUOTA, "month"}};
    int64_t position = -1;

    (void)instance;
    if (nuncio_status(res) != 200)
        return nuncio_refuse(out, res, rules, sizeof(rules) / sizeof(rules[0]));
    nuncio_set_conversation(out, nuncio_id(res, nuncio_at(res, "/talk")));
    nuncio_set_ticket(out, nuncio_string(res, nuncio_at(res, "/run")));
    nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_at(res, "/cost"));
    if (call->step == NUNCIO_STEP_OPEN)
        return NUNCIO_DONE;
    if (call->step == NUNCIO_STEP_FETCH)
        return frozen_found(call, res, out);
    if (nuncio_integer(res, nuncio_below(res, nuncio_at(res, "/queue"), "/ahead"), &position))
        return nuncio_ask_again(out, NUNCIO_STATE_QUEUED, position, 1);
    return nuncio_next(out, NUNCIO_STEP_FETCH);
}

#endif
