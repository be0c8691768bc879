/* SPDX-License-Identifier: MIT */
/* Gumloop sessions as JSON: one session, and the list of them. */
#include "config.h"

#include "gumloop.h"
#include "gumloop_sessions.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *sessions_state(struct conversation *session, int64_t now)
{
    static const char *const words[] = {
        [RUN_QUEUED] = "queued",
        [RUN_WORKING] = "processing",
        [RUN_WAITING_APPROVAL] = "approval_required",
        [RUN_COMPLETED] = "completed",
        [RUN_FAILED] = "failed",
    };
    const struct run *run = world_last_run(session);
    return run ? words[world_run_state(run, now)] : "idle";
}

static cJSON *message_json(const struct exchange *x, const struct message *message)
{
    cJSON *json = cJSON_CreateObject();
    bool user = message->speaker == SPEAKER_USER;
    cJSON_AddStringToObject(json, "id", message->id);
    cJSON_AddStringToObject(json, "role", user ? "user" : "assistant");
    if (user) {
        cJSON_AddStringToObject(json, "content", message->text);
        cJSON_AddNullToObject(json, "parts");
    } else {
        gumloop_put_text(x, json, message);
    }
    json_put_time(json, "created_at", message->created_at);
    json_put_text(json, "creator_id", user ? GUMLOOP_USER : NULL);
    return json;
}

static void put_people(cJSON *json)
{
    cJSON *person = cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, "participants"), GUMLOOP_USER);
    cJSON_AddStringToObject(person, "first_name", "Ada");
    cJSON_AddStringToObject(person, "last_name", "Lovelace");
    cJSON *creator = cJSON_AddObjectToObject(json, "creator");
    cJSON_AddStringToObject(creator, "id", GUMLOOP_USER);
    cJSON_AddStringToObject(creator, "first_name", "Ada");
    cJSON_AddStringToObject(creator, "last_name", "Lovelace");
    cJSON_AddStringToObject(creator, "email", "ada@example.com");
    cJSON_AddNullToObject(creator, "profile_picture");
}

static void put_usage(cJSON *json, const struct conversation *session)
{
    long input = 0, output = 0, credits = 0;
    for (size_t i = 0; i < session->run_count; i++)
        if (session->runs[i].settled) {
            input += session->runs[i].input_tokens;
            output += session->runs[i].output_tokens;
            credits += 1 + (session->runs[i].input_tokens + session->runs[i].output_tokens) / 1000;
        }
    cJSON *usage = cJSON_AddObjectToObject(json, "usage");
    cJSON_AddNumberToObject(usage, "credit_cost", (double)credits);
    cJSON_AddNumberToObject(usage, "tool_credit_cost", 0);
    cJSON_AddNumberToObject(usage, "flow_credit_cost", 0);
    cJSON_AddNumberToObject(usage, "input_tokens", (double)input);
    cJSON_AddNumberToObject(usage, "cached_input_tokens", 0);
    cJSON_AddNumberToObject(usage, "cache_write_input_tokens", 0);
    cJSON_AddNumberToObject(usage, "output_tokens", (double)output);
    cJSON_AddNumberToObject(usage, "reasoning_tokens", 0);
}

static void put_approvals(cJSON *json, struct conversation *session, int64_t now)
{
    const struct run *run = world_last_run(session);
    cJSON *list = cJSON_AddArrayToObject(json, "pending_approvals");
    if (!run || world_run_state(run, now) != RUN_WAITING_APPROVAL)
        return;
    cJSON *approval = cJSON_CreateObject();
    cJSON_AddStringToObject(approval, "action_request_id", run->approval_id);
    cJSON_AddStringToObject(approval, "type", "tool_approval");
    cJSON_AddStringToObject(approval, "title", "Send an e-mail");
    cJSON_AddStringToObject(approval, "reason", "The tool changes something outside");
    cJSON_AddStringToObject(approval, "recipient_user_id", GUMLOOP_USER);
    cJSON_AddStringToObject(approval, "tool_name", "send_email");
    cJSON_AddStringToObject(approval, "server_label", "sandbox");
    cJSON_AddArrayToObject(approval, "display_fields");
    cJSON_AddArrayToObject(approval, "questions");
    cJSON_AddItemToArray(list, approval);
}

cJSON *sessions_object(struct exchange *x, struct conversation *session, enum session_detail detail)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "id", session->id);
    cJSON_AddStringToObject(json, "agent_id", session->agent);
    json_put_text(json, "name", session->name);
    cJSON_AddStringToObject(json, "type", "api");
    cJSON *list = cJSON_AddArrayToObject(json, "messages");
    for (size_t i = 0; detail != SESSION_LISTED && i < session->message_count; i++)
        cJSON_AddItemToArray(list, message_json(x, &session->messages[i]));
    json_put_time(json, "created_at", session->created_at);
    cJSON_AddStringToObject(json, "state", sessions_state(session, x->now));
    if (session->metadata)
        cJSON_AddItemToObject(cJSON_AddObjectToObject(json, "metadata"), "client",
                              cJSON_Duplicate(session->metadata, true));
    cJSON_AddStringToObject(json, "agent_name", "Sandbox agent");
    cJSON_AddStringToObject(json, "agent_team_id", GUMLOOP_TEAM);
    cJSON_AddStringToObject(json, "agent_creator_user_id", GUMLOOP_USER);
    cJSON_AddNullToObject(json, "agent_icon_url");
    cJSON_AddArrayToObject(json, "agent_tools");
    put_people(json);
    if (detail == SESSION_RETRIEVED)
        put_approvals(json, session, x->now);
    if (detail != SESSION_LISTED)
        put_usage(json, session);
    return json;
}

static cJSON *with_position(cJSON *session, int position)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "session", session);
    if (position)
        cJSON_AddNumberToObject(json, "queue_position", position);
    else
        cJSON_AddNullToObject(json, "queue_position");
    return json;
}

cJSON *sessions_json(struct exchange *x, struct conversation *session, enum session_detail detail)
{
    const struct run *run = world_last_run(session);
    return with_position(sessions_object(x, session, detail), run ? world_queue_position(run, x->now) : 0);
}

cJSON *sessions_cancelled_json(struct exchange *x, struct conversation *session)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "id", session->id);
    cJSON_AddStringToObject(json, "agent_id", session->agent);
    cJSON_AddStringToObject(json, "state", sessions_state(session, x->now));
    cJSON_AddArrayToObject(json, "messages");
    cJSON_AddNullToObject(json, "created_at");
    static const char *const empty[] = {"agent_name", "agent_team_id", "agent_creator_user_id",
                                        "agent_icon_url", "creator"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        cJSON_AddNullToObject(json, empty[i]);
    cJSON_AddArrayToObject(json, "agent_tools");
    cJSON_AddObjectToObject(json, "participants");
    return with_position(json, 0);
}

struct filter {
    long page_size, start;
    bool oldest_first;
    char *search, *state, *type, *creator, *cursor, *order, *trigger;
};

static bool read_filter(struct exchange *x, struct filter *filter)
{
    *filter = (struct filter){.page_size = 20,
                              .search = exchange_query(x, "search"),
                              .state = exchange_query(x, "state"),
                              .type = exchange_query(x, "type"),
                              .creator = exchange_query(x, "creator_user_id"),
                              .cursor = exchange_query(x, "cursor"),
                              .order = exchange_query(x, "sort_order"),
                              .trigger = exchange_query(x, "trigger_id")};
    filter->oldest_first = filter->order && strcmp(filter->order, "oldest") == 0;
    bool good = exchange_query_number(x, "page_size", 1, 100, &filter->page_size);
    if (filter->order && !filter->oldest_first && strcmp(filter->order, "newest") != 0)
        good = false;
    if (filter->cursor && !number_parse(filter->cursor, strlen(filter->cursor), 1000000000, &filter->start))
        good = false;
    return good;
}

static void free_filter(struct filter *filter)
{
    free(filter->search);
    free(filter->state);
    free(filter->type);
    free(filter->creator);
    free(filter->cursor);
    free(filter->order);
    free(filter->trigger);
}

static bool passes(const struct exchange *x, const struct filter *filter, struct conversation *session)
{
    return session->vendor == GUMLOOP_SESSIONS && !session->removed &&
           strcmp(session->agent, x->captures[0]) == 0 &&
           (!filter->state || strcmp(filter->state, sessions_state(session, x->now)) == 0) &&
           (!filter->type || strcmp(filter->type, "api") == 0) && !filter->trigger &&
           (!filter->creator || strcmp(filter->creator, GUMLOOP_USER) == 0) &&
           (!filter->search || (session->name && strcasestr(session->name, filter->search)));
}

void sessions_list(struct exchange *x)
{
    struct world *world = &x->box->world;
    struct filter filter;
    if (!gumloop_agent_known(x->captures[0])) {
        answer_error(x, "agent-not-found");
        return;
    }
    if (!read_filter(x, &filter)) {
        free_filter(&filter);
        answer_error(x, "invalid-request");
        return;
    }
    cJSON *json = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(json, "sessions");
    long seen = 0, listed = 0;
    bool more = false;
    for (size_t i = 0; i < world->count && !more; i++) {
        struct conversation *session = world->conversations[filter.oldest_first ? i : world->count - 1 - i];
        if (session->vendor == GUMLOOP_SESSIONS)
            world_settle(world, session, x->now);
        if (!passes(x, &filter, session) || seen++ < filter.start)
            continue;
        more = listed == filter.page_size;
        if (!more) {
            cJSON_AddItemToArray(list, sessions_object(x, session, SESSION_LISTED));
            listed++;
        }
    }
    char *next = more ? text_format("%ld", filter.start + listed) : NULL;
    json_put_text(json, "next_cursor", next);
    free(next);
    free_filter(&filter);
    answer_json(x, MHD_HTTP_OK, json);
}
