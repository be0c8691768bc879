/* SPDX-License-Identifier: MIT */
/*
 * nuncio/plugin.h: the provider plugin interface, ABI 1.0.
 *
 * A provider plugin teaches nuncio one vendor's API. It is a shared object that exports one function,
 * nuncio_plugin_v1(), which returns one constant descriptor. A plugin does no input or output: it *builds*
 * the requests of its vendor's API and *reads* the responses. nuncio owns the sockets, the clock, the
 * waiting, the retries, the limits, the keys in transit and what is durable, so a plugin cannot send a
 * message twice.
 *
 * Words. An *interaction* is one message and its reply. A *step* is one HTTP exchange of an interaction. A
 * *conversation* is the vendor's thread or session, shared by several interactions. A *ticket* is the
 * vendor's handle to a message that it has accepted. A *cursor* says where a conversation stood before our
 * message. All that an interaction keeps between its steps is ticket, conversation and cursor, three strings
 * that only the plugin understands; so everything survives a restart.
 *
 * Rules for a plugin:
 *  - build and read are pure: same inputs, same request, same verdict. No static variables, no clock, no I/O.
 *  - Link nothing of nuncio. All services come with the arguments, through the inline functions below.
 *  - Pointers and slices that come in are valid during the call only. What is passed to a service is copied.
 *
 * Compatibility. The major version is in the symbol's name and in the install directory. Within a major
 * version structs only grow at the end, and every struct starts with its size; a plugin may use a service
 * that a later minor version added only when it names that minor version in abi_minor. struct nuncio_slice
 * and struct nuncio_node are passed by value and are frozen. Only fixed-width integers cross the boundary.
 *
 * The header is valid C99 and C++. Everything here exists since ABI 1.0 unless it says otherwise.
 */
#ifndef NUNCIO_PLUGIN_H
#define NUNCIO_PLUGIN_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NUNCIO_ABI_MAJOR 1 /* of this header; struct nuncio_plugin.abi_major */
#define NUNCIO_ABI_MINOR 0 /* of this header; a plugin names the least minor version that it needs */

/* ---- Values ----------------------------------------------------------------------------------------------
 */

/* A piece of UTF-8 text that somebody else owns. data NULL: absent, which differs from empty. Not terminated.
 */
struct nuncio_slice {
    const char *data;
    uint64_t size; /* in bytes */
};

/* The slice of a terminated string, which must outlive the slice; NULL gives the absent slice. */
#ifdef __cplusplus /* to g++ -Wshadow it hides the struct of that name, as in C it does not */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
static inline struct nuncio_slice nuncio_slice(const char *text)
{
    struct nuncio_slice slice;
    slice.data = text;
    slice.size = text ? (uint64_t)strlen(text) : 0;
    return slice;
}
#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

/* Non-zero where the slice is there and has at least one byte. */
static inline int nuncio_given(struct nuncio_slice slice)
{
    return slice.data != NULL && slice.size > 0;
}

/* Non-zero where the slice holds exactly the terminated string `text`. An absent slice equals nothing. */
static inline int nuncio_equal(struct nuncio_slice slice, const char *text)
{
    return slice.data != NULL && strlen(text) == slice.size && memcmp(slice.data, text, slice.size) == 0;
}

/* Non-zero where an answer names something else than was asked for: both slices are given and their bytes differ. What
   the vendor does not name is taken on trust. */
static inline int nuncio_differs(struct nuncio_slice named, struct nuncio_slice asked)
{
    return nuncio_given(named) && nuncio_given(asked) &&
           (named.size != asked.size || memcmp(named.data, asked.data, named.size) != 0);
}

/* The number of characters (Unicode code points) of valid UTF-8 text; vendors state limits in characters. */
static inline uint64_t nuncio_characters(struct nuncio_slice slice)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < slice.size; i++)
        count += ((unsigned char)slice.data[i] & 0xC0u) != 0x80u;
    return count;
}

/* ---- Constants -------------------------------------------------------------------------------------------
 */

/*
 * Capabilities: what the vendor can do. nuncio's dispatcher chooses the interaction strategy from them. A
 * capability needs its step, or the plugin is refused: SYNC: SEND. ASYNC_POLL and QUEUED: SEND and POLL.
 * THREADS_REQUIRED: OPEN. CANCEL: CANCEL. HISTORY: HISTORY. Without SYNC, ASYNC_POLL or QUEUED there is no
 * way to deliver a message, and the plugin is refused too.
 */
#define NUNCIO_SYNC             (UINT64_C(1) << 0) /* the response to SEND holds the reply */
#define NUNCIO_ASYNC_POLL       (UINT64_C(1) << 1) /* SEND gives a ticket, POLL asks until the run is final */
#define NUNCIO_QUEUED           (UINT64_C(1) << 2) /* as ASYNC_POLL, and the vendor tells a queue position */
#define NUNCIO_THREADS          (UINT64_C(1) << 3) /* a message can continue a conversation */
#define NUNCIO_THREADS_REQUIRED (UINT64_C(1) << 4) /* every message needs a conversation, made by OPEN */
#define NUNCIO_STREAM           (UINT64_C(1) << 5) /* reserved: server-sent events */
#define NUNCIO_CANCEL           (UINT64_C(1) << 6) /* a run can be stopped */
#define NUNCIO_ATTACHMENTS      (UINT64_C(1) << 7) /* SEND carries attachments */
#define NUNCIO_HISTORY          (UINT64_C(1) << 8) /* a conversation's messages can be read */
#define NUNCIO_PARSE_JSON       (UINT64_C(1) << 9) /* the vendor parses the reply as JSON (call->want_json) */

/* Steps: one HTTP exchange each. Effects: SEND, and OPEN unless it is HARMLESS; CANCEL may be repeated. */
#define NUNCIO_STEP_OPEN    1u /* make a conversation; leave it in the outcome */
#define NUNCIO_STEP_SEND    2u /* hand over the message. Leaves at most once: see NUNCIO_FAILED */
#define NUNCIO_STEP_POLL    3u /* ask about the accepted message (call->ticket) */
#define NUNCIO_STEP_FETCH   4u /* read the reply, where POLL only tells that it is there */
#define NUNCIO_STEP_HISTORY 5u /* read the conversation: where it stands, or whether our message is in it */
#define NUNCIO_STEP_CANCEL  6u /* stop the run of call->ticket */
#define NUNCIO_STEP_CHECK   7u /* a request without effect that proves base URL and key */
#define NUNCIO_STEP_UPLOAD  8u /* reserved: hand over an attachment before SEND */

/* Step flags. */
#define NUNCIO_HARMLESS 1u /* for OPEN: a conversation that was made and never used costs nothing */

/* Purposes: why HISTORY is asked (call->purpose; 0 in every other step). A HISTORY reached by NEXT has LEARN
   before SEND and RECONCILE after it. */
#define NUNCIO_LEARN     1u /* before SEND: set conversation and cursor as they stand now */
#define NUNCIO_RECONCILE 2u /* SEND may have left: is our message there, and its reply? */

/*
 * Verdicts: what read() returns. Any other value fails the interaction with class INTERNAL.
 *   DONE    the reply is in the outcome; after OPEN, LEARN, CANCEL and CHECK: the step did its job
 *   NEXT    go on at once with the step named by nuncio_next()
 *   WAIT    the run goes on, ask again later. FETCH is repeated; after any other step POLL is asked where there is a
 *           ticket and the plugin has POLL, else HISTORY. Before SEND (OPEN, LEARN): the same step again
 *   FAILED  nuncio_fail() or nuncio_refuse() said why; the core decides what follows
 *   UNSEEN  from HISTORY (RECONCILE): the conversation does not hold our message. Where the vendor has accepted it
 *           already, that reads as WAIT
 */
#define NUNCIO_DONE   1
#define NUNCIO_NEXT   2
#define NUNCIO_WAIT   3
#define NUNCIO_FAILED 4
#define NUNCIO_UNSEEN 5

/* Results of build() and configure(). Any negative value is an error whose text is in `err`. */
#define NUNCIO_OK      0
#define NUNCIO_CANNOT  1 /* build only: this call has nothing to ask with (HISTORY without a conversation) */
#define NUNCIO_INVALID (-1) /* the call or the configuration is not valid for this vendor */

/* What a run does while it is waited for: argument of nuncio_ask_again(). */
#define NUNCIO_STATE_QUEUED     1u
#define NUNCIO_STATE_PROCESSING 2u

/* call->cursor_state */
#define NUNCIO_CURSOR_UNKNOWN 0u /* nobody looked, or looking was not possible */
#define NUNCIO_CURSOR_EMPTY   1u /* the conversation is known to hold no message before ours */
#define NUNCIO_CURSOR_KNOWN   2u /* call->cursor names the last message before ours */

/* Failure classes. The plugin classifies, the core decides. Their names in lower case are error.class in
 * JSON. */
#define NUNCIO_CLASS_INVALID        1u /* the vendor does not accept the request as it is */
#define NUNCIO_CLASS_AUTH           2u /* the key is missing, wrong or expired */
#define NUNCIO_CLASS_FORBIDDEN      3u /* the key is good and has no right to this agent or conversation */
#define NUNCIO_CLASS_CREDITS        4u /* no credits left */
#define NUNCIO_CLASS_QUOTA          5u /* a limit of a day or a month is reached: no use in trying again soon */
#define NUNCIO_CLASS_RATE           6u /* too many requests now: tried again after Retry-After or a backoff */
#define NUNCIO_CLASS_NOT_FOUND      7u /* no such agent, conversation or run */
#define NUNCIO_CLASS_BUSY           8u /* the conversation still works on an earlier message */
#define NUNCIO_CLASS_EXISTS         9u /* this very message was accepted before */
#define NUNCIO_CLASS_TIMEOUT        10u /* the vendor stopped waiting for the agent; the run may go on */
#define NUNCIO_CLASS_UNAVAILABLE    11u /* the vendor or something before it does not work at the moment */
#define NUNCIO_CLASS_AGENT          12u /* the agent itself failed, and the vendor says so in its documented form */
#define NUNCIO_CLASS_CANCELLED      13u /* the run was stopped */
#define NUNCIO_CLASS_INPUT_REQUIRED 14u /* the run waits for a person; set by nuncio_input_required() */
#define NUNCIO_CLASS_PROTOCOL       15u /* the response is not what the vendor documents */
#define NUNCIO_CLASS_INTERNAL       16u /* nuncio or the plugin is wrong */
#define NUNCIO_CLASS_UNREACHABLE    17u /* no connection; set by the core only */

/* Usage kinds, for nuncio_usage(). */
#define NUNCIO_INPUT_TOKENS  1u
#define NUNCIO_OUTPUT_TOKENS 2u
#define NUNCIO_TOTAL_TOKENS  3u
#define NUNCIO_COST_USD      4u /* US dollars, may be fractional */
#define NUNCIO_CREDITS       5u /* the vendor's own unit */

/* ---- What a step may depend on ---------------------------------------------------------------------------
 */

/* A file or a URL that goes with the message. */
struct nuncio_attachment {
    uint64_t size;                  /* of this struct */
    struct nuncio_slice url;        /* absent for a file */
    struct nuncio_slice file_name;  /* without a directory; of a URL: its last path segment, may be absent */
    struct nuncio_slice media_type; /* "image/png"; "application/octet-stream" where it could not be told */
    uint64_t bytes;                 /* a file's size in bytes; 0 for a URL */
};

/* All that build() and read() may depend on, besides the provider's options. Owned by the core. */
struct nuncio_call {
    uint64_t size;             /* of this struct */
    uint32_t step;             /* NUNCIO_STEP_OPEN … */
    uint32_t purpose;          /* NUNCIO_LEARN or NUNCIO_RECONCILE for HISTORY, else 0 */
    uint64_t delivery;         /* the chosen delivery: NUNCIO_SYNC, NUNCIO_ASYNC_POLL or NUNCIO_QUEUED */
    struct nuncio_slice text;  /* the message; valid UTF-8 without NUL; absent in CHECK */
    struct nuncio_slice agent; /* the vendor's id of the agent; absent where none is configured */
    struct nuncio_slice conversation; /* the vendor's id of the conversation; absent: a new one */
    struct nuncio_slice ticket;       /* absent until an outcome set it */
    struct nuncio_slice
        cursor; /* from before this interaction's SEND, never changed after; see cursor_state */
    struct nuncio_slice interaction; /* nuncio's own id of the interaction, 26 characters [0-9A-Z] */
    struct nuncio_slice key; /* idempotency key: the same for a repeated request, new after a refusal */
    const struct nuncio_attachment *attachments; /* attachment_count elements, attachment_size bytes apart */
    uint32_t attachment_count;
    uint32_t attachment_size;
    uint32_t cursor_state; /* NUNCIO_CURSOR_… */
    uint32_t want_json;    /* 1: the caller asked for a reply that is parsed as JSON */
    uint32_t continued;    /* 1: the conversation existed before this interaction */
    uint32_t cancelling;   /* 1: the caller asked to cancel this run */
    int64_t polls;         /* how often the vendor was asked about the accepted message so far */
    int64_t age_ms;        /* since the interaction was created */
    int64_t left_ms;       /* until the caller's patience ends; at least 1 */
};

/* The i-th attachment; i must be below call->attachment_count. */
static inline const struct nuncio_attachment *nuncio_attachment_at(const struct nuncio_call *call, uint32_t i)
{
    return (const struct nuncio_attachment *)(const void *)((const char *)(const void *)call->attachments +
                                                            (uint64_t)call->attachment_size * i);
}

/* ---- Errors ----------------------------------------------------------------------------------------------
 */

struct nuncio_error; /* where build() and configure() say why they failed; opaque, used through
                        nuncio_invalid() */

struct nuncio_error_services {
    uint64_t size;
    void (*set)(struct nuncio_error *err, const char *text); /* copies text; the first text set stays */
};

struct nuncio_error {
    uint64_t size;
    const struct nuncio_error_services *services;
};

/* Sets the text (one line, no full stop, says what to do) and returns NUNCIO_INVALID, to be returned. */
static inline int32_t nuncio_invalid(struct nuncio_error *err, const char *text)
{
    err->services->set(err, text);
    return NUNCIO_INVALID;
}

/* ---- Options: the provider's own ini keys ----------------------------------------------------------------
 */

#define NUNCIO_STRING  1u
#define NUNCIO_INTEGER 2u /* decimal, within minimum and maximum */
#define NUNCIO_BOOLEAN 3u /* yes, no, true, false, on, off, 1, 0 */

#define NUNCIO_REQUIRED 1u
#define NUNCIO_SECRET   2u /* also taken as NAME_env, NAME_file, NAME_command, NAME_credential; never shown */

/* One ini key of [provider NAME]; keys that are not SECRET may be overridden in [agent NAME]. */
struct nuncio_option {
    const char *name;          /* [a-z][a-z0-9_]*, not one of nuncio's own keys */
    const char *default_value; /* as written in the ini; NULL: none */
    const char *help;          /* one line, no full stop */
    uint32_t type;             /* NUNCIO_STRING … */
    uint32_t flags;            /* NUNCIO_REQUIRED, NUNCIO_SECRET */
    uint32_t group;            /* not 0: of all options of this group at least one must be set */
    uint32_t reserved;         /* 0 */
    int64_t minimum, maximum;  /* INTEGER: range; STRING: length in bytes; both 0: no bounds */
};

struct nuncio_options; /* the values of one provider, opaque */

struct nuncio_options_services {
    uint64_t size;
    struct nuncio_slice (*value)(const struct nuncio_options *options, const char *name);
};

struct nuncio_options {
    uint64_t size;
    const struct nuncio_options_services *services;
};

/* The value as text ("yes" and "no" for booleans); absent where it is not set. A SECRET one is always absent.
 */
static inline struct nuncio_slice nuncio_option_value(const struct nuncio_options *options, const char *name)
{
    return options->services->value(options, name);
}

/* What configure() may change for this provider; filled with the descriptor's values before the call. */
struct nuncio_traits {
    uint64_t size;         /* of this struct */
    uint64_t capabilities; /* may be narrowed; a bit that needs a step must have it */
    const char *base_url;  /* NULL: none. Must stay valid as long as the instance */
    const char *gate; /* not NULL: every interaction of an agent of this provider belongs to one conversation
                         of that name, taken one at a time, and HISTORY (LEARN) runs before every SEND. Must
                         stay valid as long as the instance. At most 255 bytes */
};

/* ---- Requests --------------------------------------------------------------------------------------------
 */

/*
 * Built by build() through the functions below. Errors are sticky: after the first one the others do nothing,
 * and nuncio_built() reports it. Templates hold text and names in braces: {agent} {conversation} {ticket}
 * {cursor} {key} {interaction}  of the call, and {NAME} of an option. Pointers are JSON Pointers (RFC 6901)
 * into the request's JSON body; missing objects and arrays are made; `-` appends to an array; an index must
 * be at most the array's length. A POST into which nothing was put has the body {}.
 */
struct nuncio_request;

struct nuncio_request_services {
    uint64_t size;
    void (*target)(struct nuncio_request *, const char *method, const char *path);
    void (*query)(struct nuncio_request *, const char *name, const char *value);
    void (*header)(struct nuncio_request *, const char *name, const char *value, uint32_t flags);
    void (*put_string)(struct nuncio_request *, const char *pointer, struct nuncio_slice value);
    void (*put_template)(struct nuncio_request *, const char *pointer, const char *value);
    void (*put_integer)(struct nuncio_request *, const char *pointer, int64_t value);
    void (*put_boolean)(struct nuncio_request *, const char *pointer, int32_t value);
    void (*put_option)(struct nuncio_request *, const char *pointer, const char *name);
    void (*put_id)(struct nuncio_request *, const char *pointer, struct nuncio_slice value);
    void (*put_attachment)(struct nuncio_request *, const char *pointer, uint32_t index);
    void (*patience)(struct nuncio_request *, int64_t milliseconds);
    void (*repeatable)(struct nuncio_request *, struct nuncio_slice key);
    int32_t (*built)(struct nuncio_request *, struct nuncio_error *);
};

struct nuncio_request {
    uint64_t size;
    const struct nuncio_request_services *services;
};

/* Method (GET, POST, PUT, PATCH, DELETE) and path below the base URL, a template that starts with '/'. Values
   of names are percent-encoded as one path segment each; an unset, empty, "." or ".." value is an error. */
static inline void nuncio_target(struct nuncio_request *req, const char *method, const char *path)
{
    req->services->target(req, method, path);
}

/* A query parameter; value is a template, percent-encoded. Left out where a name in it is unset. */
static inline void nuncio_query(struct nuncio_request *req, const char *name, const char *value)
{
    req->services->query(req, name, value);
}

/* A header; value is a template, left out where a name in it is unset. flags: NUNCIO_SECRET where the value
   must never be shown. A value with a control character is an error. Content-Type and Accept are set by the
   core. */
static inline void nuncio_header(struct nuncio_request *req, const char *name, const char *value,
                                 uint32_t flags)
{
    req->services->header(req, name, value, flags);
}

/* A JSON string; an absent slice writes nothing. */
static inline void nuncio_put_string(struct nuncio_request *req, const char *pointer,
                                     struct nuncio_slice value)
{
    req->services->put_string(req, pointer, value);
}

/* A JSON string from a template (nothing is encoded); writes nothing where a name in it is unset. */
static inline void nuncio_put_template(struct nuncio_request *req, const char *pointer, const char *value)
{
    req->services->put_template(req, pointer, value);
}

/* A JSON number; all 64 bits are kept. */
static inline void nuncio_put_integer(struct nuncio_request *req, const char *pointer, int64_t value)
{
    req->services->put_integer(req, pointer, value);
}

/* true where value is not 0, else false. */
static inline void nuncio_put_boolean(struct nuncio_request *req, const char *pointer, int32_t value)
{
    req->services->put_boolean(req, pointer, value);
}

/* The option's value by its type: string, number, true or false. Writes nothing where it is unset. Not for
   SECRET options: those go into headers only. */
static inline void nuncio_put_option(struct nuncio_request *req, const char *pointer, const char *name)
{
    req->services->put_option(req, pointer, name);
}

/* An id that the vendor writes as number or string: decimal digits (no leading zero, at most 18) become a
   number, anything else a string. An absent slice writes nothing. */
static inline void nuncio_put_id(struct nuncio_request *req, const char *pointer, struct nuncio_slice value)
{
    req->services->put_id(req, pointer, value);
}

/* The content of the index-th attachment, a file, as a base64 string. The core streams it: nothing is copied.
 */
static inline void nuncio_put_attachment(struct nuncio_request *req, const char *pointer, uint32_t index)
{
    req->services->put_attachment(req, pointer, index);
}

/* The vendor holds this request for up to so many ms while the agent works. Without it a request has 60 s.
   The caller's patience ends it in any case. */
static inline void nuncio_patience(struct nuncio_request *req, int64_t milliseconds)
{
    req->services->patience(req, milliseconds);
}

/* The vendor recognises a repeat of this very request by `key`, so a lost one may be sent again as it is. */
static inline void nuncio_repeatable(struct nuncio_request *req, struct nuncio_slice key)
{
    req->services->repeatable(req, key);
}

/* Ends build(): NUNCIO_OK, or NUNCIO_INVALID with the first error's text in err. */
static inline int32_t nuncio_built(struct nuncio_request *req, struct nuncio_error *err)
{
    return req->services->built(req, err);
}

/* ---- Responses -------------------------------------------------------------------------------------------
 */

/* A value in the response's JSON document. handle NULL: absent, and every service takes an absent node. */
struct nuncio_node {
    const void *handle;
};

/* What nuncio_type() answers. */
#define NUNCIO_TYPE_ABSENT 0u
#define NUNCIO_TYPE_NULL   1u
#define NUNCIO_TYPE_FALSE  2u
#define NUNCIO_TYPE_TRUE   3u
#define NUNCIO_TYPE_NUMBER 4u
#define NUNCIO_TYPE_STRING 5u
#define NUNCIO_TYPE_ARRAY  6u
#define NUNCIO_TYPE_OBJECT 7u

static inline int nuncio_present(struct nuncio_node node)
{
    return node.handle != NULL;
}

/*
 * How a vendor lists the messages of a conversation, for nuncio_find_reply() and nuncio_reply_message(). Keys
 * are names of members of a message. Word lists are separated by blanks; messages with other words are passed
 * over.
 */
struct nuncio_shape {
    uint64_t size;          /* sizeof(struct nuncio_shape) */
    const char *id;         /* member with the message's id, a string or an integer */
    const char *role;       /* member with the speaker's word */
    const char *other_role; /* read where role is not there; NULL: none */
    const char *text;       /* member with the text, a string or null */
    const char *parts; /* member with an array of {type, text}, read where text is not there or empty; NULL */
    const char *user_words;  /* "user human" */
    const char *agent_words; /* "assistant" */
    const char *error_words; /* words of messages that tell the agent failed; NULL: none */
    uint32_t newest_first;   /* 1: the list is ordered from new to old */
    uint32_t reserved;       /* 0 */
};

/* What nuncio_find_reply() found. */
struct nuncio_found {
    uint64_t size; /* set by the caller: sizeof(struct nuncio_found) */
    uint32_t seen; /* 1: our message is in the list */
    uint32_t reserved;
    struct nuncio_node reply;   /* the last message of the agent after ours and before the next of the user */
    struct nuncio_node failure; /* the last message with an error word there, where no reply follows it */
    struct nuncio_slice
        last; /* the id of the newest message of the list, of any role; absent where it is empty */
};

/* One row of a plugin's table of refusals, see nuncio_refuse(). */
struct nuncio_rule {
    int32_t status;   /* HTTP status; 0: any */
    uint32_t class_;  /* NUNCIO_CLASS_… */
    const char *code; /* the vendor's error code; "*": any, but there must be one; NULL: with or without */
};

struct nuncio_response;

struct nuncio_response_services {
    uint64_t size;
    int32_t (*status)(const struct nuncio_response *);
    struct nuncio_slice (*header)(const struct nuncio_response *, const char *name);
    struct nuncio_slice (*body)(const struct nuncio_response *);
    struct nuncio_node (*root)(const struct nuncio_response *);
    struct nuncio_node (*at)(const struct nuncio_response *, struct nuncio_node, const char *pointer);
    struct nuncio_slice (*string)(const struct nuncio_response *, struct nuncio_node);
    struct nuncio_slice (*id)(const struct nuncio_response *, struct nuncio_node);
    int32_t (*integer)(const struct nuncio_response *, struct nuncio_node, int64_t *ret_value);
    uint32_t (*type)(const struct nuncio_response *, struct nuncio_node);
    struct nuncio_node (*first)(const struct nuncio_response *, struct nuncio_node);
    struct nuncio_node (*next_item)(const struct nuncio_response *, struct nuncio_node);
    struct nuncio_slice (*vendor_code)(const struct nuncio_response *);
    struct nuncio_slice (*vendor_message)(const struct nuncio_response *);
    void (*find_reply)(const struct nuncio_response *, struct nuncio_node list, const struct nuncio_shape *,
                       const struct nuncio_call *, struct nuncio_found *ret_found);
};

/* A complete answer. Broken, cut and oversized ones and redirects never reach read(): the core judges those.
   The slices it gives live as long as the call of read(). */
struct nuncio_response {
    uint64_t size;
    const struct nuncio_response_services *services;
};

/* The HTTP status, 200 to 599 without 3xx. */
static inline int32_t nuncio_status(const struct nuncio_response *res)
{
    return res->services->status(res);
}

/* The last header of that name (case does not matter); absent where there is none. */
static inline struct nuncio_slice nuncio_response_header(const struct nuncio_response *res, const char *name)
{
    return res->services->header(res, name);
}

/* The raw body, not checked for UTF-8. Absent where it is strict JSON and longer than 256 KiB: it is not held beside
 * its document. */
static inline struct nuncio_slice nuncio_body(const struct nuncio_response *res)
{
    return res->services->body(res);
}

/* The value at a JSON Pointer of the document; "" is the whole. Absent where it is not there, where the body
   is not strict JSON, and where a name on the way stands twice in its object. Names are compared with case.
 */
static inline struct nuncio_node nuncio_at(const struct nuncio_response *res, const char *pointer)
{
    return res->services->at(res, res->services->root(res), pointer);
}

/* As nuncio_at(), from a node. */
static inline struct nuncio_node nuncio_below(const struct nuncio_response *res, struct nuncio_node node,
                                              const char *pointer)
{
    return res->services->at(res, node, pointer);
}

/* A string's text; absent for anything else. */
static inline struct nuncio_slice nuncio_string(const struct nuncio_response *res, struct nuncio_node node)
{
    return res->services->string(res, node);
}

/* An id: a non-empty string's text, or an integer's digits, all of them; absent for anything else. */
static inline struct nuncio_slice nuncio_id(const struct nuncio_response *res, struct nuncio_node node)
{
    return res->services->id(res, node);
}

/* Non-zero where the node is an integer that fits, which is then in *ret_value; else *ret_value stays. */
static inline int32_t nuncio_integer(const struct nuncio_response *res, struct nuncio_node node,
                                     int64_t *ret_value)
{
    return res->services->integer(res, node, ret_value);
}

/* Which kind of JSON value the node is: NUNCIO_TYPE_…; NUNCIO_TYPE_ABSENT for an absent one. */
static inline uint32_t nuncio_type(const struct nuncio_response *res, struct nuncio_node node)
{
    return res->services->type(res, node);
}

/* The first item of an array; absent where it is empty or no array. */
static inline struct nuncio_node nuncio_first(const struct nuncio_response *res, struct nuncio_node list)
{
    return res->services->first(res, list);
}

/* The item after `item` in its array; absent after the last. */
static inline struct nuncio_node nuncio_next_item(const struct nuncio_response *res, struct nuncio_node item)
{
    return res->services->next_item(res, item);
}

/*
 * The vendor's error code and text, whichever of the usual forms the body has: {"error":"x"},
 * {"error":{"code","message"}}, {"code","message"}, {"detail":"x"}, {"field":["x"]}. A lone text without
 * blanks counts as code too. Absent where the body has none of the forms.
 */
static inline struct nuncio_slice nuncio_vendor_code(const struct nuncio_response *res)
{
    return res->services->vendor_code(res);
}

static inline struct nuncio_slice nuncio_vendor_message(const struct nuncio_response *res)
{
    return res->services->vendor_message(res);
}

/*
 * Finds our message and its reply in a list of messages. Only messages after call->cursor count (all, where
 * it is EMPTY; where it is UNKNOWN, or not in the list, our message is the last of the user and must have our
 * text). Our message is the one with our text, leading and trailing white space aside, since some vendors
 * trim; where exactly one message of the user follows a known cursor it is ours whatever its text.
 */
static inline void nuncio_find_reply(const struct nuncio_response *res, struct nuncio_node list,
                                     const struct nuncio_shape *shape, const struct nuncio_call *call,
                                     struct nuncio_found *ret_found)
{
    res->services->find_reply(res, list, shape, call, ret_found);
}

/* ---- Outcomes --------------------------------------------------------------------------------------------
 */

/* What read() concludes. Everything set here is applied only when the verdict is valid. */
struct nuncio_outcome;

struct nuncio_outcome_services {
    uint64_t size;
    void (*conversation)(struct nuncio_outcome *, struct nuncio_slice id);
    void (*ticket)(struct nuncio_outcome *, struct nuncio_slice ticket);
    void (*cursor)(struct nuncio_outcome *, struct nuncio_slice cursor);
    void (*usage)(struct nuncio_outcome *, const struct nuncio_response *, uint32_t kind, struct nuncio_node);
    void (*reply_text)(struct nuncio_outcome *, struct nuncio_slice text);
    void (*reply_part)(struct nuncio_outcome *, struct nuncio_slice text);
    void (*reply_message)(struct nuncio_outcome *, const struct nuncio_response *,
                          const struct nuncio_shape *, struct nuncio_node message);
    void (*reply_json)(struct nuncio_outcome *, const struct nuncio_response *, struct nuncio_node);
    int32_t (*next)(struct nuncio_outcome *, uint32_t step);
    int32_t (*wait)(struct nuncio_outcome *, uint32_t state, int64_t queue_position, int64_t hint_ms);
    void (*input_required)(struct nuncio_outcome *, struct nuncio_slice text);
    int32_t (*fail)(struct nuncio_outcome *, uint32_t class_, struct nuncio_slice text);
    int32_t (*refuse)(struct nuncio_outcome *, const struct nuncio_response *,
                      const struct nuncio_rule *rules, uint32_t rule_count, uint32_t rule_size);
};

struct nuncio_outcome {
    uint64_t size;
    const struct nuncio_outcome_services *services;
};

/* The vendor's id of the conversation; at most 1,024 bytes, longer fails with PROTOCOL. Absent: unchanged. */
static inline void nuncio_set_conversation(struct nuncio_outcome *out, struct nuncio_slice id)
{
    out->services->conversation(out, id);
}

/* The handle to the accepted message; at most 1,024 bytes. Setting it says: the vendor has accepted. */
static inline void nuncio_set_ticket(struct nuncio_outcome *out, struct nuncio_slice ticket)
{
    out->services->ticket(out, ticket);
}

/* Where the conversation stands now; at most 1,024 bytes. Empty or absent: it holds no message. From HISTORY
   (LEARN) it becomes call->cursor of this interaction; from a final verdict the next interaction's. */
static inline void nuncio_set_cursor(struct nuncio_outcome *out, struct nuncio_slice cursor)
{
    out->services->cursor(out, cursor);
}

/* A number of the vendor's usage report; an absent node, or one that is no number, leaves it unknown. */
static inline void nuncio_usage(struct nuncio_outcome *out, const struct nuncio_response *res, uint32_t kind,
                                struct nuncio_node node)
{
    out->services->usage(out, res, kind, node);
}

/* The reply's text; an absent slice changes nothing, an empty one is an empty reply. */
static inline void nuncio_reply_text(struct nuncio_outcome *out, struct nuncio_slice text)
{
    out->services->reply_text(out, text);
}

/* Appends to the reply's text. */
static inline void nuncio_reply_part(struct nuncio_outcome *out, struct nuncio_slice text)
{
    out->services->reply_part(out, text);
}

/* The reply's text from a message: its text member, else the texts of its parts of type "text", joined. A
   message without any text gives an empty reply. */
static inline void nuncio_reply_message(struct nuncio_outcome *out, const struct nuncio_response *res,
                                        const struct nuncio_shape *shape, struct nuncio_node message)
{
    out->services->reply_message(out, res, shape, message);
}

/* The reply as JSON, as the vendor parsed it; an absent node or null leaves it unknown. */
static inline void nuncio_reply_json(struct nuncio_outcome *out, const struct nuncio_response *res,
                                     struct nuncio_node node)
{
    out->services->reply_json(out, res, node);
}

/* Go on with that step, which the descriptor must have. To be returned. Chains are bounded, and SEND after a
   SEND that has left is refused. */
static inline int32_t nuncio_next(struct nuncio_outcome *out, uint32_t step)
{
    return out->services->next(out, step);
}

/* The run goes on; after SEND a ticket must be set too. state: NUNCIO_STATE_QUEUED or
   NUNCIO_STATE_PROCESSING; queue_position: -1 where there is none; hint_ms: the vendor's advice how long to
   wait, 0 where there is none. To be returned. */
static inline int32_t nuncio_ask_again(struct nuncio_outcome *out, uint32_t state, int64_t queue_position,
                                       int64_t hint_ms)
{
    return out->services->wait(out, state, queue_position, hint_ms);
}

/* Before nuncio_ask_again(): the run waits for a person; text says where and how to answer. */
static inline void nuncio_input_required(struct nuncio_outcome *out, struct nuncio_slice text)
{
    out->services->input_required(out, text);
}

/* The step failed; text is the vendor's own where it has one. To be returned. From POLL, FETCH and HISTORY
   only AGENT and CANCELLED end the run; the core asks again or stops asking for all others. */
static inline int32_t nuncio_fail(struct nuncio_outcome *out, uint32_t class_, struct nuncio_slice text)
{
    return out->services->fail(out, class_, text);
}

/*
 * The usual end of read() for a response that is not the documented success. The class is that of the first
 * rule whose status and code fit, else by status: 400 413 415 422 INVALID, 401 AUTH, 402 CREDITS, 403
 * FORBIDDEN, 404 410 NOT_FOUND, 408 TIMEOUT, 409 BUSY, 429 RATE, other 4xx INVALID, 5xx UNAVAILABLE, 2xx
 * PROTOCOL. 409 without a code that a rule names is PROTOCOL. The text is the vendor's. To be returned.
 */
static inline int32_t nuncio_refuse(struct nuncio_outcome *out, const struct nuncio_response *res,
                                    const struct nuncio_rule *rules, uint32_t rule_count)
{
    return out->services->refuse(out, res, rules, rule_count, (uint32_t)sizeof(struct nuncio_rule));
}

/* ---- The descriptor --------------------------------------------------------------------------------------
 */

/* The first members of struct nuncio_plugin; `minor` is the least minor version whose services the plugin uses. */
#define NUNCIO_ABI(minor)                                                                                    \
    .size = sizeof(struct nuncio_plugin), .abi_major = NUNCIO_ABI_MAJOR, .abi_minor = (minor)

/* Members of struct nuncio_plugin from a table: its elements, their number and their size. */
#define NUNCIO_OPTIONS(table)                                                                                \
    .options = (table), .option_count = sizeof(table) / sizeof((table)[0]), .option_size = sizeof((table)[0])
#define NUNCIO_STEPS(table)                                                                                  \
    .steps = (table), .step_count = sizeof(table) / sizeof((table)[0]), .step_size = sizeof((table)[0])

/* One step of the vendor's API. */
struct nuncio_step {
    uint32_t kind;  /* NUNCIO_STEP_OPEN … */
    uint32_t flags; /* NUNCIO_HARMLESS */
    /* Builds the request. Returns what nuncio_built() returns, NUNCIO_CANNOT, or nuncio_invalid(). `instance`
       is NULL where instance_size is 0. Called again for the same call it builds the same request. */
    int32_t (*build)(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                     struct nuncio_error *err);
    /* Reads the response. Returns a verdict. */
    int32_t (*read)(const void *instance, const struct nuncio_call *call, const struct nuncio_response *res,
                    struct nuncio_outcome *out);
};

/* What nuncio_plugin_v1() returns: constant, static, valid for ever. */
struct nuncio_plugin {
    uint32_t size;                 /* sizeof(struct nuncio_plugin) */
    uint32_t abi_major;            /* NUNCIO_ABI_MAJOR */
    uint32_t abi_minor;            /* the least minor version whose services this plugin uses */
    uint32_t flags;                /* NUNCIO_AGENT_OPTIONAL */
    const char *name;              /* [a-z][a-z0-9_]*, the file's name without ".so" */
    const char *version;           /* the plugin's own */
    const char *summary;           /* one line: vendor and API */
    const char *documentation_url; /* the vendor's documentation of this API */
    const char *base_url;          /* default; NULL: the configuration must have one */
    uint64_t capabilities;
    const struct nuncio_option *options; /* may be NULL */
    uint32_t option_count, option_size;  /* elements, and sizeof(struct nuncio_option) */
    const struct nuncio_step *steps;     /* what the vendor's API has, in any order; absent = not supported */
    uint32_t step_count, step_size;      /* elements, and sizeof(struct nuncio_step) */
    uint64_t instance_size; /* bytes of per-provider memory, allocated zeroed by the core and freed by it; at
                               most 64 KiB */
    /* Optional. Once per provider, before anything else: checks the options, fills the instance, changes the
       traits. Returns NUNCIO_OK or nuncio_invalid(). */
    int32_t (*configure)(void *instance, const struct nuncio_options *options, struct nuncio_traits *traits,
                         struct nuncio_error *err);
};

#define NUNCIO_AGENT_OPTIONAL 1u /* a message can be sent without an agent id */

#if defined(__GNUC__)
#define NUNCIO_EXPORT __attribute__((visibility("default")))
#else
#define NUNCIO_EXPORT
#endif

/* The one symbol of a plugin. Never returns NULL. */
NUNCIO_EXPORT const struct nuncio_plugin *nuncio_plugin_v1(void);

#ifdef __cplusplus
}
#endif

#endif
