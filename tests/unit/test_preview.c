/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "running.h"

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    (void)context, (void)request, (void)number;
    server_reply(answer, 200, "{}");
}

static struct running running;

static void start(const char *provider)
{
    running_start(&running, script, NULL, provider);
}

/* A preview sends nothing and leaves nothing. */
static int teardown(void **state)
{
    (void)state;
    assert_int_equal(server_connection_count(running.server), 0);
    assert_null(running.nuncio->jobs);
    assert_int_equal(running.nuncio->engine.live, 0);
    assert_int_equal(running.nuncio->journal.access, JOURNAL_CLOSED);
    running_stop(&running);
    return 0;
}

static void check_explained(const struct nuncio_message *message, const char *wanted)
{
    char *text = NULL;
    struct nuncio_failure failure;
    if (nuncio_explain(running.nuncio, message, &text, &failure) < 0)
        fail_msg("%s", failure.text);
    assert_string_equal(text, wanted);
    free(text);
}

/* The preview of a message; to be freed. */
static char *dry_run(const struct nuncio_message *message)
{
    char *text = NULL;
    struct nuncio_failure failure;
    if (nuncio_dry_run(running.nuncio, message, &text, &failure) < 0)
        fail_msg("%s", failure.text);
    assert_null(strstr(text, "s3cret"));
    return text;
}

/* Replaces what differs between two runs, the id and the port, in static memory. */
static const char *plain(const char *text)
{
    static char plain[8192];
    size_t size = 0;
    const char *port = strrchr(running.server->url, ':');
    while (*text && size + 1 < sizeof(plain)) {
        if (strncmp(text, port, strlen(port)) == 0) {
            text += strlen(port);
        } else if (strncmp(text, "\"key\":\"", 7) == 0) {
            memcpy(plain + size, "\"key\":\"ID", 9);
            size += 9;
            text += 7 + 26;
        } else {
            plain[size++] = *text++;
        }
    }
    plain[size] = '\0';
    return plain;
}

static void test_explain(void **state)
{
    struct nuncio_message message = running_message("hello");
    (void)state;
    start("can = queue,poll,sync,threads");
    check_explained(
        &message, "queued: the vendor queues the message and tells its position; a conversation of its own");
    message.strategy = "sync";
    message.conversation = "brief";
    check_explained(&message, "thread+sync: asked for by --strategy; a conversation is continued");
    message.text = NULL; /* the choice does not depend on it */
    message.text_size = 0;
    check_explained(&message, "thread+sync: asked for by --strategy; a conversation is continued");
    message.size = offsetof(struct nuncio_message, text);
    check_explained(
        &message, "queued: the vendor queues the message and tells its position; a conversation of its own");
}

static void test_not_explained(void **state)
{
    struct nuncio_message message = running_message("hello");
    struct nuncio_failure failure;
    char *text = NULL;
    (void)state;
    start("can = poll,threads");
    message.strategy = "sync";
    assert_int_equal(nuncio_explain(running.nuncio, &message, &text, &failure), -1);
    assert_holds(failure.text, "possible: async-poll");
    assert_int_equal(nuncio_dry_run(running.nuncio, &message, &text, &failure), -1);
    assert_holds(failure.text, "possible: async-poll");
    assert_null(text);
}

#define HEADERS "Host: 127.0.0.1\nAccept: application/json\n"

static void test_sync(void **state)
{
    const struct nuncio_message message = running_message("hello");
    (void)state;
    start("");
    char *text = dry_run(&message);
    assert_string_equal(plain(text), "# SEND: the message\nPOST /send HTTP/1.1\n" HEADERS
                                     "Content-Type: application/json\nContent-Length: 64\n"
                                     "Authorization: Bearer ***\n\n"
                                     "{\"text\":\"hello\",\"agent\":\"a1\",\"key\":\"ID\"}\n");
    free(text);
}

/* Secrets are not even resolved. */
static void test_no_key(void **state)
{
    const struct nuncio_message message = running_message("hello");
    struct nuncio_failure failure;
    (void)state;
    start("");
    nuncio_destroy(running.nuncio);
    running.nuncio = NULL;
    const struct nuncio_settings settings = {.size = sizeof(settings), .config_file = "env.ini"};
    char ini[4200];
    snprintf(
        ini, sizeof(ini),
        "[nuncio]\nplugin_path = %.4000s/plugins\n[provider sales]\nplugin = chat\n"
        "base_url = https://x.example\napi_key_env = NUNCIO_TEST_UNSET\n[agent research]\nprovider = sales\n",
        fixture_directory);
    fixture_write("env.ini", ini);
    assert_int_equal(nuncio_create(&settings, &running.nuncio, &failure), 0);
    char *text = dry_run(&message);
    assert_holds(text, "Authorization: Bearer ***\n");
    free(text);
}

/* All that the message would take, with what is only known later in braces. */
static void test_all_steps(void **state)
{
    struct nuncio_message message = running_message("hello");
    (void)state;
    start("can = poll,open,threads,history");
    message.conversation = "brief";
    char *text = dry_run(&message);
    const char *shown = plain(text);
    assert_memory_equal(shown, "# OPEN: make a conversation\nPOST /open HTTP/1.1\n", 48);
    assert_holds(shown, "\n\n{}\n\n# SEND: the message\nPOST /send HTTP/1.1\n");
    assert_holds(shown, "\n\n# FETCH: the reply\nGET /replies/{conversation} HTTP/1.1\n" HEADERS
                        "Authorization: Bearer ***\n\n");
    assert_null(strstr(shown, "HISTORY")); /* of a conversation that is new here */
    free(text);
}

static void test_remote(void **state)
{
    struct nuncio_message message = running_message("hello");
    (void)state;
    start("can = sync,open,threads,history");
    message.remote_id = "c7";
    char *text = dry_run(&message);
    const char *shown = plain(text);
    assert_memory_equal(shown, "# HISTORY: where the conversation stands\nGET /conversations/c7 HTTP/1.1\n",
                        72);
    assert_holds(shown, "\"conversation\":\"c7\"");
    assert_null(strstr(shown, "# OPEN"));
    assert_null(strstr(shown, "# POLL")); /* the response holds the reply */
    free(text);
}

/* The gate of a plugin has HISTORY before every SEND, if there is anything to ask with. */
static void test_nothing_to_ask(void **state)
{
    const struct nuncio_message message = running_message("hello");
    (void)state;
    start("can = sync,threads,history\ngate = user");
    char *text = dry_run(&message);
    assert_memory_equal(text, "# SEND", 6);
    free(text);
}

static void test_attachments(void **state)
{
    static const char *const files[] = {"file.txt"};
    struct nuncio_message message = running_message("hello");
    (void)state;
    start("can = sync,attachments");
    fixture_write("file.txt", "abcd");
    message.attachments = files;
    message.attachment_count = 1;
    char *text = dry_run(&message);
    assert_holds(text, "\"files\":[\"file.txt\",\"{8 bytes of base64}\"]");
    free(text);
}

static void test_refused(void **state)
{
    const struct nuncio_message message = running_message("longer than ten");
    struct nuncio_failure failure;
    char *text = NULL;
    (void)state;
    start("fault = refuse_text");
    assert_int_equal(nuncio_dry_run(running.nuncio, &message, &text, &failure), -1);
    assert_holds(failure.text, "research: ");
    assert_holds(failure.text, "longer than 10 characters");
    assert_null(text);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_explain),        CASE(test_not_explained), CASE(test_sync),
        CASE(test_no_key),         CASE(test_all_steps),     CASE(test_remote),
        CASE(test_nothing_to_ask), CASE(test_attachments),   CASE(test_refused),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
