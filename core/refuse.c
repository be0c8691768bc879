/* SPDX-License-Identifier: MIT */
/* From HTTP status and vendor code to a failure class, and to a sentence where the vendor gives none. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "outcome.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- Classes
 * ----------------------------------------------------------------------------------------------- */

/* Rows may be larger than ours, where the plugin was built against a later header. */
static const struct nuncio_rule *rule_at(const struct nuncio_rule *rules, uint32_t rule_size, uint32_t i)
{
    return (const struct nuncio_rule *)(const void *)((const char *)rules + (size_t)rule_size * i);
}

static bool fits(const struct nuncio_rule *rule, int32_t status, struct nuncio_slice code)
{
    if (rule->status != 0 && rule->status != status)
        return false;
    if (!rule->code)
        return true;
    return strcmp(rule->code, "*") == 0 ? nuncio_given(code) : nuncio_equal(code, rule->code);
}

static uint32_t class_of_status(int32_t status)
{
    switch (status) {
    case 401:
        return NUNCIO_CLASS_AUTH;
    case 402:
        return NUNCIO_CLASS_CREDITS;
    case 403:
        return NUNCIO_CLASS_FORBIDDEN;
    case 404:
    case 410:
        return NUNCIO_CLASS_NOT_FOUND;
    case 408:
        return NUNCIO_CLASS_TIMEOUT;
    case 409:
        return NUNCIO_CLASS_BUSY;
    case 429:
        return NUNCIO_CLASS_RATE;
    default:
        break;
    }
    if (status >= 500)
        return NUNCIO_CLASS_UNAVAILABLE;
    return status >= 400 ? NUNCIO_CLASS_INVALID : NUNCIO_CLASS_PROTOCOL;
}

static uint32_t classify(const struct nuncio_rule *rules, uint32_t rule_count, uint32_t rule_size,
                         int32_t status, struct nuncio_slice code)
{
    bool named = false;
    for (uint32_t i = 0; i < rule_count; i++) {
        const struct nuncio_rule *rule = rule_at(rules, rule_size, i);
        if (fits(rule, status, code))
            return rule->class_;
        named = named || (rule->code && nuncio_equal(code, rule->code));
    }
    /* BUSY lets the core send again, so it needs a code that the plugin knows: anything else may be a 409 of
       something between us and the vendor. */
    if (status == 409 && !named)
        return NUNCIO_CLASS_PROTOCOL;
    return class_of_status(status);
}

int32_t outcome_refuse(struct nuncio_outcome *abi, const struct nuncio_response *response,
                       const struct nuncio_rule *rules, uint32_t rule_count, uint32_t rule_size)
{
    struct outcome *outcome = (struct outcome *)(void *)abi;
    if (!outcome)
        return NUNCIO_FAILED;
    if (!response || (rule_count > 0 && (!rules || rule_size < sizeof *rules))) {
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: nuncio_refuse() without response or rules");
        return NUNCIO_FAILED;
    }
    int32_t status = response_of(response)->http_status;
    struct nuncio_slice text = response_vendor_message(response);
    /* In a success a list of texts is no complaint about a field. */
    if (status < 400 && text.data && text.data == response_of(response)->composed)
        text = nuncio_slice(NULL);
    uint32_t class_ = classify(rules, rule_count, rule_size, status, response_vendor_code(response));
    return outcome_fail(abi, class_, text);
}

/* ---- Sentences
 * --------------------------------------------------------------------------------------------- */

static const char *reason_phrase(int32_t status)
{
    static const struct {
        int32_t status;
        const char *phrase;
    } table[] = {
        {200, " OK"},
        {201, " Created"},
        {202, " Accepted"},
        {204, " No Content"},
        {400, " Bad Request"},
        {401, " Unauthorized"},
        {402, " Payment Required"},
        {403, " Forbidden"},
        {404, " Not Found"},
        {405, " Method Not Allowed"},
        {408, " Request Timeout"},
        {409, " Conflict"},
        {410, " Gone"},
        {413, " Content Too Large"},
        {415, " Unsupported Media Type"},
        {422, " Unprocessable Content"},
        {429, " Too Many Requests"},
        {500, " Internal Server Error"},
        {501, " Not Implemented"},
        {502, " Bad Gateway"},
        {503, " Service Unavailable"},
        {504, " Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].status == status)
            return table[i].phrase;
    }
    return "";
}

static const char *class_sentence(uint32_t class_)
{
    switch (class_) {
    case NUNCIO_CLASS_AUTH:
        return "the vendor does not accept the key";
    case NUNCIO_CLASS_FORBIDDEN:
        return "the key has no right to this agent or conversation";
    case NUNCIO_CLASS_CREDITS:
        return "no credits are left";
    case NUNCIO_CLASS_QUOTA:
        return "the quota is used up";
    case NUNCIO_CLASS_RATE:
        return "too many requests at the moment";
    case NUNCIO_CLASS_NOT_FOUND:
        return "the vendor has no such agent, conversation or run";
    case NUNCIO_CLASS_BUSY:
        return "the conversation still works on an earlier message";
    case NUNCIO_CLASS_EXISTS:
        return "the vendor has accepted this message before";
    case NUNCIO_CLASS_TIMEOUT:
        return "the vendor stopped waiting for the agent";
    case NUNCIO_CLASS_UNAVAILABLE:
        return "the vendor does not work at the moment";
    case NUNCIO_CLASS_AGENT:
        return "the agent failed, and the vendor does not say why";
    case NUNCIO_CLASS_CANCELLED:
        return "the run was stopped";
    case NUNCIO_CLASS_PROTOCOL:
        return "the response is not what the vendor documents";
    case NUNCIO_CLASS_INTERNAL:
        return "the plugin failed and does not say why";
    default:
        return "the vendor does not accept the request";
    }
}

void outcome_describe(uint32_t class_, const struct response *response, char *ret_text, size_t capacity)
{
    int32_t status = response->http_status;
    const char *phrase = reason_phrase(status);
    if (class_ == NUNCIO_CLASS_PROTOCOL && response->problem)
        (void)snprintf(ret_text, capacity, "the vendor answered %d%s, but %s", status, phrase,
                       json_problem_text(response->problem));
    else if (class_ == NUNCIO_CLASS_PROTOCOL)
        (void)snprintf(ret_text, capacity,
                       "the vendor answered %d%s, but the response is not what it documents", status, phrase);
    else if (status >= 400)
        (void)snprintf(ret_text, capacity, "the vendor answered %d%s", status, phrase);
    else
        (void)snprintf(ret_text, capacity, "%s", class_sentence(class_));
}
