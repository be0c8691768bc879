/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* One message, one charge, through the whole runtime: whatever comes back, the vendor is asked once. */
#include "running.h"

/* The vendor says this to every SEND, cut. */
struct vendor {
    const char *raw; /* NULL: a good answer, but none to the message "drop" */
    size_t cut;
};

static void vendor(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    const struct vendor *vendor = context;
    (void)number;
    if (vendor->raw) {
        server_say(answer, "%s", vendor->raw);
        answer->cut = vendor->cut;
        answer->end = SERVER_FIN;
    } else if (strcmp(running_member(request, "text"), "drop") == 0) {
        answer->end = SERVER_FIN;
    } else {
        server_reply(answer, 200, "{\"reply\":\"re\",\"conversation\":\"c1\"}");
    }
}

struct fixture {
    struct vendor vendor;
    struct running running;
};

static struct fixture fixture;

static struct running *start(const char *provider)
{
    fixture.vendor = (struct vendor){.cut = SIZE_MAX};
    running_start(&fixture.running, vendor, &fixture.vendor, provider);
    return &fixture.running;
}

static int teardown(void **state)
{
    (void)state;
    running_stop(&fixture.running);
    return 0;
}

/* However the answer is cut, the message is asked to run once, and no reply is made up. */
static void test_cuts(void **state)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
        "{\"reply\":\"42\",\"conversation\":\"c1\"}";
    struct running *running = start("");
    (void)state;
    fixture.vendor.raw = answer;
    for (size_t cut = 0; cut < sizeof(answer); cut++) {
        server_restart(running->server, vendor, &fixture.vendor);
        fixture.vendor.cut = cut;
        const struct nuncio_interaction interaction = running_send(running, "x");
        assert_int_equal(server_requests(running->server), 1);
        assert_int_equal(interaction.sends, 1);
        if (cut < sizeof(answer) - 1) {
            assert_interaction(interaction, "unknown");
            assert_null(interaction.reply_text);
            assert_int_equal(nuncio_exit_code(&interaction), 7);
        } else {
            assert_interaction(interaction, "completed");
            assert_string_equal(interaction.reply_text, "42");
        }
    }
}

static void test_kept_connection_dies(void **state)
{
    struct running *running = start("");
    (void)state;
    assert_interaction(running_send(running, "x"), "completed");
    const struct nuncio_interaction interaction = running_send(running, "drop");
    assert_interaction(interaction, "unknown");
    assert_int_equal(interaction.sends, 1);
    assert_int_equal(server_requests(running->server), 2);
    assert_holds(interaction.error_text, "never sent again by itself");
}

static void check_raw(struct running *running, const char *raw, const char *wanted, uint32_t error_class)
{
    server_restart(running->server, vendor, &fixture.vendor);
    fixture.vendor.raw = raw;
    const struct nuncio_interaction interaction = running_send(running, "x");
    assert_interaction(interaction, wanted);
    assert_int_equal(interaction.error_class, error_class);
    assert_int_equal(server_requests(running->server), 1);
}

#define BARE(status) "HTTP/1.1 " status " Said\r\nContent-Length: 0\r\n\r\n"

static void test_answers(void **state)
{
    struct running *running = start("max_reply = 100");
    (void)state;
    check_raw(running, BARE("401"), "failed", NUNCIO_ERROR_AUTH);
    check_raw(running, BARE("404"), "failed", NUNCIO_ERROR_NOT_FOUND);
    check_raw(running, BARE("408"), "unknown", NUNCIO_ERROR_TIMEOUT);
    check_raw(running, BARE("500"), "unknown", NUNCIO_ERROR_UNAVAILABLE);
    check_raw(running, BARE("502"), "unknown", NUNCIO_ERROR_UNAVAILABLE);
    check_raw(running, BARE("200"), "unknown", NUNCIO_ERROR_PROTOCOL);
    check_raw(
        running,
        "HTTP/1.1 502 Bad\r\nContent-Length: 40\r\n\r\n{\"error\":\"agent_failed\",\"message\":\"So\"}  ",
        "failed", NUNCIO_ERROR_AGENT);
    check_raw(running, "HTTP/1.1 307 Moved\r\nLocation: /send\r\nContent-Length: 0\r\n\r\n", "failed",
              NUNCIO_ERROR_INVALID);
    char large[400];
    snprintf(large, sizeof(large), "HTTP/1.1 200 OK\r\n\r\n{\"reply\":\"%0200d\"}", 7);
    check_raw(running, large, "unknown", NUNCIO_ERROR_PROTOCOL);
}

/* A vendor that recognises a repeat by its key is asked again with the same key, and only such a one. */
static void test_repeatable(void **state)
{
    struct running *running = start("fault = repeatable\ncan = sync,threads,history\ntimeout = 15s");
    (void)state;
    fixture.vendor.raw = BARE("502");
    char id[NUNCIO_ID_SIZE];
    const struct nuncio_message message = running_message("x");
    running_submit(running, &message, id);
    running_until(running, 2); /* HISTORY cannot be asked without a conversation */
    fixture.vendor.raw = NULL;
    const struct nuncio_interaction interaction = running_wait(running, id);
    assert_interaction(interaction, "completed");
    unsigned requests = server_requests(running->server);
    assert_in_range(requests, 2, 4);
    for (unsigned i = 0; i < requests; i++)
        assert_string_equal(running_member(&running->server->requests[i], "key"), id);
}

/* ---- Attachments and JSON ---------------------------------------------------------------------------------
 */

static void test_attachment(void **state)
{
    struct running *running = start("can = sync,threads,attachments");
    static const char *const files[] = {"note.txt"};
    char id[NUNCIO_ID_SIZE];
    struct nuncio_message message = running_message("x");
    (void)state;
    fixture_write("note.txt", "hello, world");
    message.attachments = files;
    message.attachment_count = 1;
    running_submit(running, &message, id);
    unlink("note.txt"); /* is held open */
    assert_interaction(running_wait(running, id), "completed");
    assert_holds(server_body(&running->server->requests[0]), "\"files\":[\"note.txt\",\"aGVsbG8sIHdvcmxk\"]");
}

static void test_parse_json(void **state)
{
    struct running *running = start("");
    char id[NUNCIO_ID_SIZE];
    struct nuncio_message message = running_message("x");
    (void)state;
    message.parse_json = 1;
    running_submit(running, &message, id);
    struct nuncio_interaction interaction = running_wait(running, id);
    assert_null(interaction.reply_json);
    assert_holds(interaction.warning, "not JSON");
    fixture.vendor.raw = "HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{\"reply\":\"{\\\"n\\\": [1, 2]}\"}  ";
    running_submit(running, &message, id);
    interaction = running_wait(running, id);
    assert_string_equal(interaction.reply_json, "{\"n\":[1,2]}");
    assert_null(interaction.warning);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_cuts),       CASE(test_kept_connection_dies), CASE(test_answers),
        CASE(test_repeatable), CASE(test_attachment),           CASE(test_parse_json),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
