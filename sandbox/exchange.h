/* SPDX-License-Identifier: MIT */
/* One request and its answer, and the sandbox as a whole. */
#ifndef SANDBOX_EXCHANGE_H
#define SANDBOX_EXCHANGE_H

#include "faults.h"
#include "names.h"
#include "stats.h"
#include "world.h"

#include <cjson/cJSON.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_BODY     ((size_t)32 * 1024 * 1024)
#define MAX_CAPTURES 4
#define MAX_HEADERS  4
#define SANDBOX_KEY  "sandbox-key"

enum enthusiast_version { ENTHUSIAST_1_0, ENTHUSIAST_1_2, ENTHUSIAST_1_4 };

struct settings {
    long port;
    int64_t work_ms[VENDOR_COUNT];
    int queue_new, queue_more; /* positions before the first run of a session, and before its later ones */
    enum enthusiast_version enthusiast_version;
    bool gumloop_content;      /* assistant text in `content`, not in `parts` */
    bool dumpling_flat_errors; /* {error, code, message} */
    bool log;
};

struct sandbox {
    struct settings settings;
    struct world world;
    struct stats stats;
    struct faults faults;
    struct server *server;
    unsigned long generation; /* grows with every reset, which forgets all conversations */
};

struct answer {
    unsigned status;
    char *body;
    size_t length;
    const char *type;
    struct {
        const char *name;
        char *value;
    } headers[MAX_HEADERS];
    size_t header_count;
};

enum stage { STAGE_ARRIVE, STAGE_ACCEPT, STAGE_WORK, STAGE_SPOIL, STAGE_DELIVER };

struct exchange;
typedef void (*exchange_step)(struct exchange *);

struct exchange {
    struct sandbox *box;
    struct MHD_Connection *connection;
    bool reused_connection;
    char *method, *path, *query; /* path and query as sent, still percent-encoded */
    char *body;
    size_t body_length, body_capacity;
    bool too_large;
    cJSON *json;
    const struct api *api;
    const struct route *route;
    char *captures[MAX_CAPTURES];
    int64_t now;

    enum stage stage;
    struct fault spoiler;
    bool spoiled;
    struct answer answer;
    /* A handler that cannot answer yet sets both: finish is called when the time has come. */
    int64_t wait_until;
    exchange_step finish;
    char *conversation_id;
    size_t run;
    int64_t started_at;
    unsigned long generation;

    /* The list of deadlines. */
    int64_t deadline;
    size_t heap_index; /* from 1 on; 0: not waiting */
    bool held;
};

struct exchange *exchange_create(struct sandbox *box, struct MHD_Connection *connection, const char *target);
void exchange_destroy(struct exchange *x);
void exchange_add_body(struct exchange *x, const char *bytes, size_t length);
/* Goes on as far as possible. True: the answer is ready; false: call again at x->deadline. */
bool exchange_advance(struct exchange *x);

const char *exchange_header(const struct exchange *x, const char *name);
/* A decoded query parameter, NULL where absent; the caller frees it. */
char *exchange_query(const struct exchange *x, const char *name);
/* "a=b" percent-decoded; NULL where it is no valid UTF-8 or holds NUL. */
char *percent_decoded(const char *text, size_t length, bool plus_is_blank);
/* page=… and the like: the default where absent, false where it is no number in min..max. */
bool exchange_query_number(const struct exchange *x, const char *name, long min, long max, long *number);
/* -1 absent, 0 false, 1 true, 2 something else. */
int exchange_query_bool(const struct exchange *x, const char *name);
/* The key after `Authorization: WORD `, or NULL. */
const char *exchange_authorization(const struct exchange *x, const char *word);
bool exchange_is_json(const struct exchange *x);

void answer_clear(struct answer *answer);
void answer_json(struct exchange *x, unsigned status, cJSON *tree);
void answer_text(struct exchange *x, unsigned status, const char *type, const char *text);
void answer_header(struct exchange *x, const char *name, const char *value);
void answer_error(struct exchange *x, const char *name);

/* How the agent will run this time: the vendor's work time and the behaviours that were ordered. */
struct run_plan exchange_plan(struct exchange *x);
bool exchange_behaves(struct exchange *x, enum fault_kind kind);
/* Counts and starts a run. */
size_t exchange_run(struct exchange *x, struct conversation *conversation, const char *text,
                    const struct run_plan *plan);

#endif
