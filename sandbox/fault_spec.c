/* SPDX-License-Identifier: MIT */
/* Reading a fault spec. */
#include "config.h"

#include "api.h"
#include "faults.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

enum fault_value { VALUE_NONE, VALUE_NUMBER, VALUE_STATUS, VALUE_ERROR, VALUE_URL };

#define ANY_VENDOR         ((1u << VENDOR_COUNT) - 1)
#define VENDOR_BIT(vendor) (1u << (vendor))

static const struct kind {
    const char *name;
    enum fault_value value;
    bool before; /* default; status and error decide by their status */
    bool behaviour;
    unsigned vendors; /* of a behaviour: whose it is, and at which step */
    enum step step;
} kinds[FAULT_KIND_COUNT] = {
    [FAULT_DELAY] = {.name = "delay", .value = VALUE_NUMBER},
    [FAULT_STATUS] = {.name = "status", .value = VALUE_STATUS},
    [FAULT_ERROR] = {.name = "error", .value = VALUE_ERROR},
    [FAULT_DROP] = {.name = "drop"},
    [FAULT_RESET] = {.name = "reset"},
    [FAULT_CUT] = {.name = "cut", .value = VALUE_NUMBER},
    [FAULT_CUT_RESET] = {.name = "cut-reset", .value = VALUE_NUMBER},
    [FAULT_GARBAGE] = {.name = "garbage"},
    [FAULT_HTML] = {.name = "html"},
    [FAULT_REDIRECT] = {.name = "redirect", .value = VALUE_URL, .before = true},
    [FAULT_SLOW] = {.name = "slow", .value = VALUE_NUMBER},
    [FAULT_REUSED_CLOSE] = {.name = "reused-close"},
    [FAULT_HOLD] = {.name = "hold"},
    [FAULT_DUPLICATE_OLD] = {"duplicate-old", VALUE_NONE, false, true, VENDOR_BIT(GUMLOOP_AGENTS), STEP_POLL},
    [FAULT_APPROVAL] = {"approval", VALUE_NONE, false, true, VENDOR_BIT(GUMLOOP_SESSIONS), STEP_SEND},
    [FAULT_LOST_TASK] = {"lost-task", VALUE_NONE, false, true, VENDOR_BIT(ENTHUSIAST), STEP_SEND},
    [FAULT_FAIL] = {"fail", VALUE_NONE, false, true, ANY_VENDOR, STEP_SEND},
    [FAULT_AGENT_ERROR] = {"agent-error", VALUE_NONE, false, true, VENDOR_BIT(ENTHUSIAST), STEP_SEND},
};

static const char help[] =
    "  delay=MS              hold the answer\n"
    "  status=CODE[,retry-after=SECONDS]  bare status, empty body\n"
    "  error=NAME[,retry-after=SECONDS]   a documented error; GET /_errors lists them\n"
    "  drop, reset           close without an answer, by FIN or by RST\n"
    "  cut=BYTES, cut-reset=BYTES  send the head and BYTES of the body, then close\n"
    "  garbage, html         200 with text that is no JSON; a proxy's 502 page\n"
    "  redirect=URL          307\n"
    "  slow=BYTES            so many bytes of the body a second\n"
    "  reused-close          on a connection's second or later request: run it, close without a byte\n"
    "  hold                  no answer until DELETE /_faults\n"
    "  fail                  the agent itself fails (VENDOR.send)\n"
    "  duplicate-old         gumloop_agents.poll shows the old COMPLETED once more after a continuation\n"
    "  approval              gumloop_sessions.send: the run waits for POST approvals\n"
    "  lost-task             enthusiast.send: the task stays PENDING, the history gets the reply\n"
    "  agent-error           enthusiast.send: SUCCESS, but the answer is an error of the agent\n";

const char *faults_help(void)
{
    return help;
}

static char *kind_names(void)
{
    char *names = text_copy("");
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        char *longer = text_format("%s%s%s", names, *names ? ", " : "", kinds[i].name);
        free(names);
        names = longer;
    }
    return names;
}

/* Takes `*COUNT` and `@before` or `@after` off the end of what follows the kind. A URL may hold '*' and '@'
 * itself. */
static char *read_tail(struct fault *fault, char *text, bool *placed)
{
    bool in_value = kinds[fault->kind].value == VALUE_URL;
    char *star = strrchr(text, '*');
    fault->left = 1;
    if (star && strcmp(star + 1, "forever") == 0)
        fault->left = FAULT_FOREVER;
    else if (star &&
             (!number_parse(star + 1, strlen(star + 1), 1000000000, &fault->left) || fault->left == 0)) {
        if (!in_value)
            return text_copy("COUNT after '*' is a number from 1 on, or 'forever'");
        fault->left = 1;
        star = NULL;
    }
    if (star)
        *star = '\0';
    char *at = strrchr(text, '@');
    *placed = at && (strcmp(at + 1, "before") == 0 || strcmp(at + 1, "after") == 0);
    if (*placed) {
        fault->before = strcmp(at + 1, "before") == 0;
        *at = '\0';
    } else if (at && !in_value) {
        return text_copy("after '@' comes 'before' or 'after'");
    }
    return NULL;
}

static char *read_retry_after(struct fault *fault, char *value)
{
    char *comma = strchr(value, ',');
    if (!comma)
        return NULL;
    *comma = '\0';
    if (!text_starts_with(comma + 1, "retry-after=") ||
        !number_parse(comma + 13, strlen(comma + 13), 1000000, &fault->retry_after))
        return text_copy("after ',' comes 'retry-after=SECONDS'");
    return NULL;
}

static char *read_url(struct fault *fault, const char *value)
{
    for (const char *c = value; *c; c++)
        if ((unsigned char)*c <= 0x20 || *c == 0x7f)
            return text_copy("a URL holds no blank and no control character");
    fault->url = text_copy(value);
    return NULL;
}

static char *read_number(struct fault *fault, const char *value)
{
    bool slow = fault->kind == FAULT_SLOW;
    if (number_parse(value, strlen(value), 1000000000, &fault->number) && !(slow && fault->number == 0))
        return NULL;
    return text_format("'%s' needs a whole number%s", kinds[fault->kind].name, slow ? " from 1 on" : "");
}

static char *read_error(struct fault *fault, const char *value)
{
    fault->error = error_find(fault->vendor, value);
    if (fault->error)
        return NULL;
    char *names = error_names(fault->vendor);
    char *wrong = text_format("%s has no error '%s'; it has: %s", vendor_name(fault->vendor), value, names);
    free(names);
    return wrong;
}

static char *read_value(struct fault *fault, char *value)
{
    const struct kind *kind = &kinds[fault->kind];
    if (kind->value == VALUE_NONE)
        return value ? text_format("'%s' takes no value", kind->name) : NULL;
    if (!value || !*value)
        return text_format("'%s' needs a value: %s=%s", kind->name, kind->name,
                           kind->value == VALUE_ERROR ? "NAME"
                           : kind->value == VALUE_URL ? "URL"
                                                      : "NUMBER");
    if (kind->value == VALUE_URL)
        return read_url(fault, value);
    if (kind->value == VALUE_NUMBER)
        return read_number(fault, value);
    char *wrong = read_retry_after(fault, value);
    if (wrong)
        return wrong;
    if (kind->value == VALUE_STATUS) {
        if (!number_parse(value, strlen(value), 599, &fault->number) || fault->number < 200)
            return text_copy("'status' needs a code from 200 to 599");
        return NULL;
    }
    return read_error(fault, value);
}

static char *read_target(struct fault *fault, const char *text, size_t length)
{
    const char *dot = memchr(text, '.', length);
    if (!dot)
        return text_copy("it begins with VENDOR.STEP:");
    if (!vendor_from_name(text, (size_t)(dot - text), &fault->vendor))
        return text_copy("VENDOR is one of: " VENDOR_NAMES);
    if (!step_from_name(dot + 1, length - (size_t)(dot + 1 - text), &fault->step))
        return text_copy("STEP is one of: " STEP_NAMES);
    if (api_has_step(fault->vendor, fault->step))
        return NULL;
    char *names = api_step_names(fault->vendor);
    char *wrong = text_format("%s has no step '%s'; it has: %s", vendor_name(fault->vendor),
                              step_name(fault->step), names);
    free(names);
    return wrong;
}

static char *read_kind(struct fault *fault, const char *name, size_t length)
{
    int found = 0;
    while (found < FAULT_KIND_COUNT &&
           (strlen(kinds[found].name) != length || memcmp(kinds[found].name, name, length) != 0))
        found++;
    if (found == FAULT_KIND_COUNT) {
        char *names = kind_names();
        char *wrong = text_format("KIND is one of: %s", names);
        free(names);
        return wrong;
    }
    const struct kind *kind = &kinds[found];
    fault->kind = (enum fault_kind)found;
    if (kind->behaviour && (!(kind->vendors & VENDOR_BIT(fault->vendor)) || kind->step != fault->step)) {
        if (kind->vendors == ANY_VENDOR)
            return text_format("'%s' goes with VENDOR.%s", kind->name, step_name(kind->step));
        for (int vendor = 0; vendor < VENDOR_COUNT; vendor++)
            if (kind->vendors & VENDOR_BIT(vendor))
                return text_format("'%s' goes with %s.%s", kind->name, vendor_name((enum vendor)vendor),
                                   step_name(kind->step));
    }
    return NULL;
}

static bool default_before(const struct fault *fault)
{
    unsigned status = fault->kind == FAULT_STATUS  ? (unsigned)fault->number
                      : fault->kind == FAULT_ERROR ? fault->error->status
                                                   : 0;
    /* 408 is said by a vendor that took the message and then stopped waiting for its agent. */
    return status ? status >= 300 && status < 500 && status != 408 : kinds[fault->kind].before;
}

static char *parse(struct fault *fault, char *text)
{
    char *colon = strchr(text, ':');
    if (!colon)
        return text_copy("it reads VENDOR.STEP:KIND[=VALUE][@before|@after][*COUNT]");
    char *wrong = read_target(fault, text, (size_t)(colon - text));
    if (wrong)
        return wrong;
    bool placed = false;
    size_t length = strcspn(colon + 1, "=@*");
    char *rest = colon + 1 + length;
    wrong = read_kind(fault, colon + 1, length);
    if (!wrong)
        wrong = read_tail(fault, rest, &placed);
    if (!wrong)
        wrong = read_value(fault, *rest == '=' ? rest + 1 : NULL);
    if (!wrong && placed && kinds[fault->kind].behaviour)
        wrong = text_format("'%s' takes neither @before nor @after", kinds[fault->kind].name);
    if (!wrong && !placed)
        fault->before = default_before(fault);
    return wrong;
}

char *faults_add(struct faults *faults, const char *spec)
{
    struct fault fault = {.retry_after = -1};
    char *text = text_copy(spec);
    char *wrong = parse(&fault, text);
    free(text);
    if (wrong) {
        char *whole = text_format("fault '%s': %s", spec, wrong);
        free(wrong);
        free(fault.url);
        return whole;
    }
    fault.spec = text_copy(spec);
    faults->list = mem_grow(faults->list, &faults->capacity, faults->count + 1, sizeof fault);
    faults->list[faults->count++] = fault;
    return NULL;
}

bool fault_is_behaviour(enum fault_kind kind)
{
    return kinds[kind].behaviour;
}
