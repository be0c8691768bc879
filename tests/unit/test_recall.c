/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* Messages that refer to earlier interactions, of this runtime or of another that is gone. */
#include "journaling.h"

#define NOWHERE "01AAAAAAAAAAAAAAAAAAAAAAAA"

static struct journaling world;
static struct nuncio_failure failure;

static struct journaling *start(const char *provider)
{
    journaling_start(&world, provider);
    return &world;
}

static int teardown(void **state)
{
    (void)state;
    journaling_stop(&world);
    return 0;
}

static struct nuncio_message again(const char *id)
{
    return (struct nuncio_message){
        .size = sizeof(struct nuncio_message), .agent = "research", .again_of = id};
}

static struct nuncio_message continuing(const char *id)
{
    struct nuncio_message message = running_message("and then?");
    message.continue_of = id;
    return message;
}

static void check_refused(struct running *running, const struct nuncio_message *message, const char *word)
{
    char id[NUNCIO_ID_SIZE] = "untouched";
    assert_int_equal(nuncio_submit(running->nuncio, message, id, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, word);
    assert_string_equal(id, "untouched");
}

static void done(struct journaling *w, const char *text, const char *conversation, char id[NUNCIO_ID_SIZE])
{
    journaling_submit(&w->a, text, conversation, id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
}

static const struct server_request *last(struct journaling *w)
{
    return &w->server->requests[server_requests(w->server) - 1];
}

/* The same text and files, as a new interaction, by whichever runtime, and once that one is gone. */
static void test_again(void **state)
{
    static const char *const files[] = {"again.txt"};
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,attachments");
    struct nuncio_message message = running_message("caf\xc3\xa9");
    (void)state;
    fixture_write("again.txt", "hello");
    message.attachments = files;
    message.attachment_count = 1;
    running_submit(&w->a, &message, ids[0]);
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");
    char *first = strdup(server_body(last(w)));
    struct running *runtimes[] = {&w->a, &w->b, &w->b};
    for (size_t i = 0; i < COUNT(runtimes); i++) {
        const struct nuncio_message second = again(ids[0]);
        running_submit(runtimes[i], &second, ids[1]);
        const struct nuncio_interaction sent = journaling_wait(w, runtimes[i], ids[1]);
        assert_interaction(sent, "completed");
        assert_string_not_equal(ids[1], ids[0]);
        assert_string_equal(sent.again_of, ids[0]);
        assert_string_equal(sent.message, message.text);
        assert_int_equal(sent.sends, 1);
        assert_string_equal(running_member(last(w), "key"), ids[1]);
        assert_int_equal(strcspn(server_body(last(w)), "k"), strcspn(first, "k"));
        assert_holds(server_body(last(w)), "aGVsbG8=");
        if (i == 0)
            journaling_kill(&w->a);
        if (i == 1) { /* and of one that is loaded */
            assert_int_equal(nuncio_load(w->b.nuncio, ids[0], &failure), 0);
        }
    }
    free(first);
    assert_int_equal(server_requests(w->server), 4);
    assert_int_equal(unlink("again.txt"), 0);
    const struct nuncio_message third = again(ids[0]);
    check_refused(&w->b, &third, "again.txt");
}

static void test_again_refused(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct nuncio_message message = again(NOWHERE);
    (void)state;
    check_refused(&w->a, &message, "there is no interaction " NOWHERE);
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "runs", NULL, ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    message = again(ids[0]);
    check_refused(&w->a, &message, "is still sending; 'nuncio wait ");
    check_refused(&w->b, &message, "is still sending; 'nuncio wait ");
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");

    journaling_set(w, (struct vendor){.drops = 1});
    journaling_submit(&w->a, "lost", NULL, ids[0]);
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "unknown");
    message = again(ids[0]);
    check_refused(&w->b, &message, "may have run, and sending it again may cost twice");
    unsigned requests = server_requests(w->server);
    message.again_unknown = 1;
    running_submit(&w->b, &message, ids[1]);
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_int_equal(server_requests(w->server), requests + 1);
    assert_string_equal(running_member(last(w), "text"), "lost");
    assert_string_equal(journaling_state(&w->a, ids[0]),
                        "unknown"); /* of that one nothing is known now either */
}

/* What was not kept cannot be sent again by another process. */
static void test_again_not_kept(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    w->overrides = "nuncio.keep_content=no";
    journaling_kill(&w->a);
    journaling_again(w, &w->a);
    done(w, "secret", NULL, id);
    const struct nuncio_message message = again(id);
    check_refused(&w->b, &message, "was not kept (keep_content = no); send it by hand");
}

/* Files for a vendor that takes none. */
static void test_again_elsewhere(void **state)
{
    static const char *const files[] = {"/etc/hostname"};
    char id[NUNCIO_ID_SIZE], text[2048];
    struct journaling *w = start("can = sync,threads,attachments");
    struct nuncio_message message = running_message("with a file");
    (void)state;
    message.attachments = files;
    message.attachment_count = 1;
    running_submit(&w->a, &message, id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    journaling_kill(&w->b);
    snprintf(text, sizeof(text),
             "[provider sales]\nplugin = chat\nbase_url = %s\napi_key = s\n"
             "[agent research]\nprovider = sales\nid = a1\n",
             w->server->url);
    fixture_write("nuncio.ini", text);
    journaling_again(w, &w->b);
    message = again(id);
    check_refused(&w->b, &message, "has attachments, which the vendor of research does not take");
}

/* The conversation of an earlier one goes on, from where it stands, one at a time. */
static void test_continue(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct nuncio_message message;
    (void)state;
    done(w, "first", NULL, ids[0]);
    message = continuing(ids[0]);
    running_submit(&w->b, &message, ids[1]);
    const struct nuncio_interaction next = journaling_wait(w, &w->b, ids[1]);
    assert_interaction(next, "completed");
    assert_string_equal(next.remote_id, "c1");
    assert_string_equal(next.strategy, "thread+sync");
    assert_null(next.again_of);
    assert_string_equal(running_member(last(w), "conversation"), "c1");
    journaling_set(w, (struct vendor){.hold = true});
    message = continuing(ids[1]);
    running_submit(&w->a, &message, ids[0]);
    running_submit(&w->b, &message, ids[2]);
    journaling_until(w, server_waiting(w->server) == 1);
    journaling_quiet(w, 40);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[2]), "completed");
    assert_int_equal(server_peak(w->server), 1);
}

static void test_continue_refused(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct nuncio_message message = continuing(NOWHERE);
    (void)state;
    check_refused(&w->a, &message, "there is no interaction " NOWHERE);
    journaling_set(w, (struct vendor){.sent = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"});
    journaling_submit(&w->a, "x", NULL, id);
    assert_interaction(journaling_wait(w, &w->a, id), "failed");
    message = continuing(id);
    check_refused(&w->b, &message, "the vendor has told no conversation of interaction ");
    check_refused(&w->b, &message, "which is failed");

    char text[2048];
    journaling_kill(&w->b);
    snprintf(text, sizeof(text),
             "[provider buys]\nplugin = chat\nbase_url = %s\napi_key = s\n"
             "[agent buyer]\nprovider = buys\nid = a1\n",
             w->server->url);
    fixture_write("nuncio.ini", text);
    journaling_again(w, &w->b);
    message = continuing(id);
    message.agent = "buyer";
    check_refused(&w->b, &message, "was sent with provider sales, and buyer is an agent of buys");
}

/* A name that starts afresh leads to the new conversation from then on. */
static void test_fresh(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct nuncio_message message = running_message("anew");
    (void)state;
    done(w, "first", "brief", ids[0]);
    message.conversation = "brief";
    message.fresh = 1;
    journaling_set(w, (struct vendor){.sent = "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n"
                                              "{\"reply\":\"new\",\"conversation\":\"c2\"}  "});
    running_submit(&w->b, &message, ids[1]);
    const struct nuncio_interaction anew = journaling_wait(w, &w->b, ids[1]);
    assert_interaction(anew, "completed");
    assert_string_equal(running_member(last(w), "conversation"), "");
    assert_string_equal(anew.remote_id, "c2");
    journaling_set(w, (struct vendor){0});
    done(w, "third", "brief", ids[2]);
    assert_string_equal(running_member(last(w), "conversation"), "c2");
}

/* It does so for good: what is taken up or settled of the former conversation does not lead back there. */
static void test_fresh_stays(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct nuncio_message message = running_message("anew");
    (void)state;
    done(w, "first", "brief", ids[0]);
    journaling_set(w, (struct vendor){.drops = 1});
    journaling_submit(&w->a, "lost", "brief", ids[1]);
    assert_interaction(journaling_wait(w, &w->a, ids[1]), "unknown");
    message.conversation = "brief";
    message.fresh = 1;
    journaling_set(w, (struct vendor){.sent = "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n"
                                              "{\"reply\":\"new\",\"conversation\":\"c2\"}  "});
    running_submit(&w->b, &message, ids[2]);
    assert_interaction(journaling_wait(w, &w->b, ids[2]), "completed");
    assert_int_equal(nuncio_settle(w->b.nuncio, ids[1], 1, "seen", 4, &failure), 0);
    journaling_set(w, (struct vendor){0});
    done(w, "next", "brief", ids[2]);
    assert_string_equal(running_member(last(w), "conversation"), "c2");
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_again),           CASE(test_again_refused), CASE(test_again_not_kept),
        CASE(test_again_elsewhere), CASE(test_continue),      CASE(test_continue_refused),
        CASE(test_fresh),           CASE(test_fresh_stays),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
