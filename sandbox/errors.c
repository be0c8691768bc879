/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "errors.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

/* The forms in which the vendors wrap a code or a text. */
#define FLAT(text)         "{\"error\":\"" text "\"}"
#define CODED(code, text)  "{\"code\":\"" code "\",\"message\":\"" text "\"}"
#define DETAIL(text)       "{\"detail\":\"" text "\"}"
#define FIELD(field, text) "{\"" field "\":[\"" text "\"]}"
#define WRAPPED(code, text)                                                                                  \
    "{\"error\":{\"code\":\"" code "\",\"message\":\"" text "\"},\"status\":\"error\"}"
#define NESTED(code, text, type, param)                                                                      \
    "{\"error\":{\"code\":\"" code "\",\"message\":\"" text "\",\"type\":\"" type "\",\"param\":" param      \
    ",\"details\":null}}"

#define INVALID  "invalid_request_error"
#define CONFLICT "conflict_error"
#define MISSING  "not_found_error"

#define NEED_KEY "Authorization header with Bearer token or api_key query parameter is required"

static const struct vendor_error table[] = {
    {GUMLOOP_AGENTS, STEP_SEND, "gummie-id-required", 400, FLAT("gummie_id is required")},
    {GUMLOOP_AGENTS, STEP_SEND, "message-required", 400, FLAT("message is required")},
    {GUMLOOP_AGENTS, STEP_SEND, "project-id-or-user-id-required", 400,
     FLAT("project_id or user_id is required")},
    {GUMLOOP_AGENTS, STEP_SEND, "interaction-gummie-mismatch", 400, FLAT("interaction_gummie_mismatch")},
    {GUMLOOP_AGENTS, STEP_SEND, "invalid-body", 400, FLAT("Request body must be a JSON object")},
    {GUMLOOP_AGENTS, STEP_SEND, "authorization-required", 401, FLAT(NEED_KEY)},
    {GUMLOOP_AGENTS, STEP_SEND, "unauthorized", 403, FLAT("Unauthorized")},
    {GUMLOOP_AGENTS, STEP_SEND, "unauthorized-gummie-access", 403, FLAT("unauthorized_gummie_access")},
    {GUMLOOP_AGENTS, STEP_SEND, "unauthorized-interaction-access", 403,
     FLAT("unauthorized_interaction_access")},
    {GUMLOOP_AGENTS, STEP_SEND, "gummie-not-found", 404, FLAT("gummie_not_found")},
    {GUMLOOP_AGENTS, STEP_SEND, "interaction-not-found", 404, FLAT("interaction_not_found")},
    {GUMLOOP_AGENTS, STEP_SEND, "interaction-not-in-terminal-state", 409,
     FLAT("interaction_not_in_terminal_state")},
    {GUMLOOP_AGENTS, STEP_POLL, "poll-authorization-required", 401, FLAT(NEED_KEY)},
    {GUMLOOP_AGENTS, STEP_POLL, "poll-unauthorized", 403, FLAT("unauthorized")},
    {GUMLOOP_AGENTS, STEP_POLL, "poll-interaction-not-found", 404, FLAT("interaction_not_found")},
    {GUMLOOP_AGENTS, STEP_OTHER, "not-found", 404, FLAT("not_found")},
    {GUMLOOP_AGENTS, STEP_OTHER, "method-not-allowed", 405, FLAT("method_not_allowed")},

    {GUMLOOP_SESSIONS, STEP_SEND, "missing-input", 400,
     NESTED("missing_input", "input is required", INVALID, "\"input\"")},
    {GUMLOOP_SESSIONS, STEP_SEND, "invalid-request", 400,
     NESTED("invalid_request", "The request is invalid", INVALID, "null")},
    {GUMLOOP_SESSIONS, STEP_SEND, "stream-on-wrong-host", 400,
     NESTED("stream_not_supported", "stream is served by https://ws.gumloop.com/api/v1 only", INVALID,
            "\"stream\"")},
    {GUMLOOP_SESSIONS, STEP_SEND, "approvals-require-stream-or-approvals-endpoint", 400,
     NESTED("approvals_require_stream_or_approvals_endpoint", "Resolve approvals at the approvals endpoint",
            INVALID, "\"approval_responses\"")},
    {GUMLOOP_SESSIONS, STEP_SEND, "invalid-attachment", 400,
     NESTED("invalid_attachment", "An attachment names no uploaded file", INVALID, "\"attachments\"")},
    {GUMLOOP_SESSIONS, STEP_SEND, "unauthorized", 401,
     NESTED("unauthorized", "Invalid or missing credentials", "authentication_error", "null")},
    {GUMLOOP_SESSIONS, STEP_SEND, "missing-auth-key", 401,
     NESTED("missing_auth_key", "Personal API keys need the x-auth-key header", "authentication_error",
            "\"x-auth-key\"")},
    {GUMLOOP_SESSIONS, STEP_SEND, "forbidden", 403,
     NESTED("forbidden", "You do not have access to this resource", "permission_error", "null")},
    {GUMLOOP_SESSIONS, STEP_SEND, "agent-not-found", 404,
     NESTED("agent_not_found", "Agent not found", MISSING, "null")},
    {GUMLOOP_SESSIONS, STEP_SEND, "session-not-found", 404,
     NESTED("session_not_found", "Session not found", MISSING, "null")},
    {GUMLOOP_SESSIONS, STEP_SEND, "interaction-not-in-terminal-state", 409,
     NESTED("interaction_not_in_terminal_state", "The session is still running", CONFLICT, "null")},
    {GUMLOOP_SESSIONS, STEP_SEND, "session-already-exists", 409,
     NESTED("session_already_exists", "A session with this session_id exists", CONFLICT, "\"session_id\"")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "session-not-awaiting-approval", 409,
     NESTED("session_not_awaiting_approval", "The session awaits no approval", CONFLICT, "null")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "queue-full", 409,
     NESTED("queue_full", "The queue holds 20 messages", CONFLICT, "null")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "incognito-session-unsupported", 409,
     NESTED("incognito_session_unsupported", "Incognito sessions have no queue", CONFLICT, "null")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "queued-message-not-eligible", 409,
     NESTED("queued_message_not_eligible", "The queued message cannot be sent now", CONFLICT, "null")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "queued-message-not-found", 404,
     NESTED("queued_message_not_found", "Queued message not found", MISSING, "null")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "file-too-large", 413,
     NESTED("file_too_large", "The file is larger than 200 MB", INVALID, "\"file_content\"")},
    {GUMLOOP_SESSIONS, STEP_SEND, "agent-concurrency-limit-exceeded", 429,
     NESTED("agent_concurrency_limit_exceeded", "Too many agents run at the same time", "rate_limit_error",
            "null")},
    {GUMLOOP_SESSIONS, STEP_CANCEL, "failed-to-abort", 500,
     NESTED("failed_to_abort", "The session could not be aborted", "api_error", "null")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "not-found", 404,
     NESTED("not_found", "No such endpoint", MISSING, "null")},
    {GUMLOOP_SESSIONS, STEP_OTHER, "method-not-allowed", 405,
     NESTED("method_not_allowed", "Method not allowed", INVALID, "null")},

    {GENNIA, STEP_SEND, "validation-error", 400, CODED("VALIDATION_ERROR", "The request is invalid")},
    {GENNIA, STEP_SEND, "unsupported-media", 400,
     CODED("UNSUPPORTED_MEDIA", "The attachment's media type is not supported")},
    {GENNIA, STEP_SEND, "missing-api-key", 401, CODED("MISSING_API_KEY", "An API key is required")},
    {GENNIA, STEP_SEND, "invalid-api-key-format", 401,
     CODED("INVALID_API_KEY_FORMAT", "The API key is malformed")},
    {GENNIA, STEP_SEND, "invalid-api-key", 401, CODED("INVALID_API_KEY", "The API key is not valid")},
    {GENNIA, STEP_SEND, "agent-not-found", 404, CODED("AGENT_NOT_FOUND", "Agent not found")},
    {GENNIA, STEP_SEND, "conversation-not-found", 404,
     CODED("CONVERSATION_NOT_FOUND", "Conversation not found")},
    {GENNIA, STEP_SEND, "timeout", 408, CODED("TIMEOUT", "The agent did not finish within timeoutSeconds")},
    {GENNIA, STEP_SEND, "agent-not-published", 422,
     CODED("AGENT_NOT_PUBLISHED", "The agent is not published")},
    {GENNIA, STEP_SEND, "conversation-paused", 422,
     CODED("CONVERSATION_PAUSED", "The conversation is paused")},
    {GENNIA, STEP_SEND, "attachment-too-large", 422,
     CODED("ATTACHMENT_TOO_LARGE", "An attachment is too large")},
    {GENNIA, STEP_SEND, "operation-limit-exceeded", 429,
     CODED("OPERATION_LIMIT_EXCEEDED", "The workspace is over its monthly operation limit")},
    {GENNIA, STEP_SEND, "agent-error", 502, CODED("AGENT_ERROR", "The agent failed")},
    {GENNIA, STEP_OTHER, "not-found", 404, CODED("NOT_FOUND", "No such endpoint")},
    {GENNIA, STEP_OTHER, "method-not-allowed", 405, CODED("METHOD_NOT_ALLOWED", "Method not allowed")},

    {DUMPLING, STEP_SEND, "bad-request", 400, WRAPPED("BAD_REQUEST", "The request is invalid")},
    {DUMPLING, STEP_SEND, "unauthorized", 401, WRAPPED("UNAUTHORIZED", "The API key is invalid")},
    {DUMPLING, STEP_SEND, "agent-access-denied", 401,
     WRAPPED("UNAUTHORIZED", "The user has no access to the specified agent")},
    {DUMPLING, STEP_SEND, "insufficient-credits", 403, WRAPPED("INSUFFICIENT_CREDITS", "Not enough credits")},
    {DUMPLING, STEP_SEND, "agent-not-found", 404, WRAPPED("AGENT_NOT_FOUND", "Agent not found")},
    {DUMPLING, STEP_SEND, "thread-not-found", 404, WRAPPED("THREAD_NOT_FOUND", "Thread not found")},
    {DUMPLING, STEP_SEND, "rate-limit-exceeded", 429,
     WRAPPED("RATE_LIMIT_EXCEEDED", "The plan's rate limit is exceeded")},
    {DUMPLING, STEP_SEND, "agent-error", 500, WRAPPED("AGENT_ERROR", "The agent failed")},
    {DUMPLING, STEP_OTHER, "not-found", 404, WRAPPED("NOT_FOUND", "No such endpoint")},
    {DUMPLING, STEP_OTHER, "method-not-allowed", 405, WRAPPED("METHOD_NOT_ALLOWED", "Method not allowed")},

    {ENTHUSIAST, STEP_OPEN, "agent-id-required", 400, FIELD("agent_id", "This field is required.")},
    {ENTHUSIAST, STEP_OPEN, "agent-id-invalid", 400, FIELD("agent_id", "A valid integer is required.")},
    {ENTHUSIAST, STEP_OPEN, "data-set-id-required", 400, FIELD("data_set_id", "This field is required.")},
    {ENTHUSIAST, STEP_OPEN, "no-dataset-access", 403, DETAIL("No dataset access.")},
    {ENTHUSIAST, STEP_OPEN, "agent-not-found", 404, DETAIL("Agent not found.")},
    {ENTHUSIAST, STEP_SEND, "question-message-required", 400,
     FIELD("question_message", "This field is required.")},
    {ENTHUSIAST, STEP_SEND, "question-message-null", 400,
     FIELD("question_message", "This field may not be null.")},
    {ENTHUSIAST, STEP_SEND, "question-message-blank", 400,
     FIELD("question_message", "This field may not be blank.")},
    {ENTHUSIAST, STEP_SEND, "question-message-invalid", 400,
     FIELD("question_message", "Not a valid string.")},
    {ENTHUSIAST, STEP_SEND, "data-set-id-invalid", 400, FIELD("data_set_id", "A valid integer is required.")},
    {ENTHUSIAST, STEP_SEND, "streaming-invalid", 400, FIELD("streaming", "Must be a valid boolean.")},
    {ENTHUSIAST, STEP_SEND, "file-ids-invalid", 400, FIELD("file_ids", "Expected a list of items.")},
    {ENTHUSIAST, STEP_SEND, "conversation-locked", 400, DETAIL("Conversation locked.")},
    {ENTHUSIAST, STEP_SEND, "parse-error", 400, DETAIL("JSON parse error")},
    {ENTHUSIAST, STEP_SEND, "invalid-data", 400,
     FIELD("non_field_errors", "Invalid data. Expected a dictionary.")},
    {ENTHUSIAST, STEP_SEND, "not-authenticated", 401,
     DETAIL("Authentication credentials were not provided.")},
    {ENTHUSIAST, STEP_SEND, "invalid-token", 401, DETAIL("Invalid token.")},
    {ENTHUSIAST, STEP_SEND, "permission-denied", 403,
     DETAIL("You do not have permission to perform this action.")},
    {ENTHUSIAST, STEP_SEND, "conversation-not-found", 404, DETAIL("Not found.")},
    {ENTHUSIAST, STEP_HISTORY, "invalid-page", 404, DETAIL("Invalid page.")},
    {ENTHUSIAST, STEP_OTHER, "method-not-allowed", 405, DETAIL("Method not allowed.")},
    {ENTHUSIAST, STEP_SEND, "unsupported-media-type", 415, DETAIL("Unsupported media type in request.")},
};

const struct vendor_error *error_find(enum vendor vendor, const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].vendor == vendor && strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

cJSON *errors_json(void)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "vendor", vendor_name(table[i].vendor));
        cJSON_AddStringToObject(row, "step", step_name(table[i].step));
        cJSON_AddStringToObject(row, "name", table[i].name);
        cJSON_AddNumberToObject(row, "status", table[i].status);
        cJSON_AddRawToObject(row, "body", table[i].body);
        cJSON_AddItemToArray(list, row);
    }
    return list;
}

char *error_names(enum vendor vendor)
{
    char *names = text_copy("");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].vendor != vendor)
            continue;
        char *longer = text_format("%s%s%s", names, *names ? ", " : "", table[i].name);
        free(names);
        names = longer;
    }
    return names;
}
