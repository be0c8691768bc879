/* SPDX-License-Identifier: MIT */
/* Gennia's reading calls: agents, conversations, and their messages, page by page. */
#include "config.h"

#include "gennia.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

cJSON *gennia_conversation_json(const struct conversation *conversation)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "agentPublicId", conversation->agent);
    cJSON_AddStringToObject(json, "channel", "api");
    json_put_text(json, "externalUserId", conversation->user);
    cJSON_AddFalseToObject(json, "isEnded");
    cJSON_AddFalseToObject(json, "isPaused");
    cJSON_AddBoolToObject(json, "isTest", conversation->is_test);
    json_put_time(json, "lastMessageAt", world_last_message_at(conversation));
    cJSON_AddNumberToObject(json, "messageCount", (double)conversation->message_count);
    if (conversation->metadata)
        cJSON_AddItemToObject(json, "metadata", cJSON_Duplicate(conversation->metadata, true));
    else
        cJSON_AddNullToObject(json, "metadata");
    cJSON_AddStringToObject(json, "publicId", conversation->id);
    json_put_time(json, "startedAt", conversation->created_at);
    return json;
}

/* The run that wrote the message, NULL for a message of the user. */
static const struct run *author(const struct conversation *conversation, const struct message *message)
{
    size_t index = (size_t)(message - conversation->messages);
    for (size_t i = 0; i < conversation->run_count; i++)
        if (conversation->runs[i].replied && conversation->runs[i].reply_index == index)
            return &conversation->runs[i];
    return NULL;
}

cJSON *gennia_message_json(const struct conversation *conversation, const struct message *message)
{
    const struct run *run = author(conversation, message);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "content", message->text);
    cJSON_AddStringToObject(json, "conversationPublicId", conversation->id);
    if (run) {
        double tokens = (double)(run->input_tokens + run->output_tokens);
        cJSON_AddNumberToObject(json, "costOps", 1);
        cJSON_AddNumberToObject(json, "costUsd", tokens / 1000000.0 * 3.0);
        cJSON_AddStringToObject(json, "model", "sandbox-1");
    } else {
        cJSON_AddNullToObject(json, "costOps");
        cJSON_AddNullToObject(json, "costUsd");
        cJSON_AddNullToObject(json, "model");
    }
    cJSON_AddStringToObject(json, "publicId", message->id);
    cJSON_AddStringToObject(json, "role", run ? "agent" : "user");
    json_put_time(json, "sentAt", message->created_at);
    if (run) {
        cJSON *usage = cJSON_AddObjectToObject(json, "tokenUsage");
        cJSON_AddNumberToObject(usage, "inputTokens", (double)run->input_tokens);
        cJSON_AddNumberToObject(usage, "outputTokens", (double)run->output_tokens);
        cJSON_AddNumberToObject(usage, "totalTokens", (double)(run->input_tokens + run->output_tokens));
    } else {
        cJSON_AddNullToObject(json, "tokenUsage");
    }
    return json;
}

struct page {
    long number, limit, total;
    cJSON *items;
};

static bool read_page(struct exchange *x, struct page *page, long limit, long max)
{
    *page = (struct page){.number = 1, .limit = limit};
    if (exchange_query_number(x, "page", 1, 1000000, &page->number) &&
        exchange_query_number(x, "limit", 1, max, &page->limit)) {
        page->items = cJSON_CreateArray();
        return true;
    }
    gennia_invalid(x, "page or limit is out of range");
    return false;
}

/* Counts one hit; true where it belongs on this page. */
static bool on_page(struct page *page)
{
    long at = page->total++;
    return at / page->limit == page->number - 1;
}

static void answer_page(struct exchange *x, struct page *page)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "items", page->items);
    cJSON_AddNumberToObject(json, "page", (double)page->number);
    cJSON_AddNumberToObject(json, "limit", (double)page->limit);
    cJSON_AddNumberToObject(json, "total", (double)page->total);
    cJSON_AddNumberToObject(json, "totalPages", (double)((page->total + page->limit - 1) / page->limit));
    answer_json(x, MHD_HTTP_OK, json);
}

void gennia_agents(struct exchange *x)
{
    static const struct {
        const char *id, *name, *status;
    } agents[] = {{GENNIA_AGENT, "Sandbox agent", "published"}, {GENNIA_AGENT_DRAFT, "Draft agent", "draft"}};
    struct page page;
    if (!read_page(x, &page, 20, 100))
        return;
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
        if (!on_page(&page))
            continue;
        cJSON *agent = cJSON_CreateObject();
        cJSON_AddStringToObject(agent, "publicId", agents[i].id);
        cJSON_AddStringToObject(agent, "name", agents[i].name);
        cJSON_AddStringToObject(agent, "status", agents[i].status);
        cJSON_AddItemToArray(page.items, agent);
    }
    answer_page(x, &page);
}

struct filter {
    char *agent, *user, *channel, *since, *until;
    int is_test, is_ended;
};

static bool is_channel(const char *word)
{
    return strcmp(word, "api") == 0 || strcmp(word, "web_chat") == 0 || strcmp(word, "whatsapp") == 0 ||
           strcmp(word, "z_api") == 0;
}

/* ISO 8601 in UTC sorts as text. */
static bool in_time(const struct filter *filter, const struct conversation *conversation)
{
    char text[TIME_TEXT];
    clock_text(world_last_message_at(conversation), text);
    return (!filter->since || strcmp(text, filter->since) >= 0) &&
           (!filter->until || strcmp(text, filter->until) <= 0);
}

static bool passes(const struct filter *filter, const struct conversation *conversation)
{
    return conversation->vendor == GENNIA && !conversation->removed &&
           (!filter->agent || strcmp(filter->agent, conversation->agent) == 0) &&
           (!filter->user || strcmp(filter->user, conversation->user) == 0) &&
           (!filter->channel || strcmp(filter->channel, "api") == 0) &&
           (filter->is_test < 0 || filter->is_test == conversation->is_test) && filter->is_ended != 1 &&
           in_time(filter, conversation);
}

void gennia_conversations(struct exchange *x)
{
    struct world *world = &x->box->world;
    struct page page;
    if (!read_page(x, &page, 20, 100))
        return;
    struct filter filter = {exchange_query(x, "agentPublicId"), exchange_query(x, "externalUserId"),
                            exchange_query(x, "channel"),       exchange_query(x, "since"),
                            exchange_query(x, "until"),         exchange_query_bool(x, "isTest"),
                            exchange_query_bool(x, "isEnded")};
    bool good = filter.is_test < 2 && filter.is_ended < 2 &&
                (!filter.channel || is_channel(filter.channel)) &&
                (!filter.agent || text_is_uuid(filter.agent));
    /* Newest first. */
    for (size_t i = world->count; good && i-- > 0;) {
        struct conversation *conversation = world->conversations[i];
        if (conversation->vendor == GENNIA)
            world_settle(world, conversation, x->now);
        if (passes(&filter, conversation) && on_page(&page))
            cJSON_AddItemToArray(page.items, gennia_conversation_json(conversation));
    }
    if (good) {
        answer_page(x, &page);
    } else {
        cJSON_Delete(page.items);
        gennia_invalid(x, "a filter has an impossible value");
    }
    free(filter.agent);
    free(filter.user);
    free(filter.channel);
    free(filter.since);
    free(filter.until);
}

static struct conversation *find(struct exchange *x)
{
    if (!text_is_uuid(x->captures[0])) {
        gennia_invalid(x, "the conversation's id must be a UUID");
        return NULL;
    }
    struct conversation *conversation = world_find(&x->box->world, GENNIA, x->captures[0], x->now);
    if (!conversation)
        answer_error(x, "conversation-not-found");
    return conversation;
}

void gennia_conversation(struct exchange *x)
{
    const struct conversation *conversation = find(x);
    if (conversation)
        answer_json(x, MHD_HTTP_OK, gennia_conversation_json(conversation));
}

void gennia_remove_conversation(struct exchange *x)
{
    struct conversation *conversation = find(x);
    if (!conversation)
        return;
    world_remove(conversation);
    answer_text(x, MHD_HTTP_NO_CONTENT, NULL, "");
}

static bool is_one_of(const char *word, const char *one, const char *other)
{
    return !word || strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

void gennia_messages(struct exchange *x)
{
    const struct conversation *conversation = find(x);
    struct page page;
    if (!conversation || !read_page(x, &page, 50, 200))
        return;
    char *order = exchange_query(x, "order"), *role = exchange_query(x, "role");
    bool good = is_one_of(order, "asc", "desc") && is_one_of(role, "user", "agent");
    bool newest_first = order && strcmp(order, "desc") == 0;
    for (size_t i = 0; good && i < conversation->message_count; i++) {
        const struct message *message =
            &conversation->messages[newest_first ? conversation->message_count - 1 - i : i];
        bool wanted = !role || (strcmp(role, "user") == 0) == (message->speaker == SPEAKER_USER);
        if (wanted && on_page(&page))
            cJSON_AddItemToArray(page.items, gennia_message_json(conversation, message));
    }
    if (good) {
        answer_page(x, &page);
    } else {
        cJSON_Delete(page.items);
        gennia_invalid(x, "order is asc or desc, role is user or agent");
    }
    free(order);
    free(role);
}
