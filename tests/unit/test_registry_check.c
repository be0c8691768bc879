/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "registry_check.h"
#include "configuration.h"
#include "registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int32_t build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                     struct nuncio_error *err)
{
    (void)instance;
    (void)call;
    (void)req;
    (void)err;
    return NUNCIO_OK;
}

static int32_t read_reply(const void *instance, const struct nuncio_call *call,
                          const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance;
    (void)call;
    (void)res;
    (void)out;
    return NUNCIO_DONE;
}

static int32_t configure(void *instance, const struct nuncio_options *options, struct nuncio_traits *traits,
                         struct nuncio_error *err)
{
    (void)instance;
    (void)options;
    (void)traits;
    (void)err;
    return NUNCIO_OK;
}

/* A sound descriptor, for each test to spoil. */
struct fixture {
    struct nuncio_plugin plugin;
    struct nuncio_step steps[8];
    struct nuncio_option options[3];
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){
        .plugin = {.size = sizeof(struct nuncio_plugin),
                   .abi_major = NUNCIO_ABI_MAJOR,
                   .flags = NUNCIO_AGENT_OPTIONAL,
                   .name = "vendor",
                   .version = "1",
                   .summary = "A vendor",
                   .capabilities = NUNCIO_SYNC,
                   .options = fixture.options,
                   .option_count = 2,
                   .option_size = sizeof(struct nuncio_option),
                   .steps = fixture.steps,
                   .step_count = 1,
                   .step_size = sizeof(struct nuncio_step),
                   .instance_size = 100,
                   .configure = configure},
        .options = {{"api_key", NULL, "the key", NUNCIO_STRING, NUNCIO_SECRET, 0, 0, 0, 0},
                    {"level", "3", NULL, NUNCIO_INTEGER, 0, 1, 0, 1, 9},
                    {"third", NULL, "spare", NUNCIO_BOOLEAN, 0, 0, 0, 0, 0}},
    };
    for (uint32_t i = 0; i < COUNT(fixture.steps); i++)
        fixture.steps[i] = (struct nuncio_step){0, 0, build, read_reply};
    fixture.steps[0].kind = NUNCIO_STEP_SEND;
    *state = &fixture;
    return 0;
}

static void set_steps(struct fixture *fixture, const uint32_t *kinds, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        fixture->steps[i].kind = kinds[i];
    fixture->plugin.step_count = count;
}

static void assert_accepted(const struct nuncio_plugin *found, struct nuncio_plugin *ret_plugin)
{
    struct nuncio_failure failure = {.text = ""};

    if (registry_check_descriptor(found, "vendor", ret_plugin, &failure) != 0)
        fail_msg("%s", failure.text);
    assert_int_equal(ret_plugin->size, sizeof(*ret_plugin));
    assert_int_equal(ret_plugin->step_size, sizeof(struct nuncio_step));
    assert_int_equal(ret_plugin->option_size, sizeof(struct nuncio_option));
}

/* The failure holds the value found and the value wanted; the output stays as it was. */
static void assert_refused(const struct nuncio_plugin *found, const char *value, const char *wanted)
{
    struct nuncio_plugin plugin;
    struct nuncio_plugin before;
    struct nuncio_failure failure;

    memset(&plugin, 0x5a, sizeof(plugin));
    before = plugin;
    assert_true(registry_check_descriptor(found, "vendor", &plugin, &failure) < 0);
    assert_memory_equal(&plugin, &before, sizeof(plugin));
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    if (!strstr(failure.text, value) || !strstr(failure.text, wanted))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", failure.text, value, wanted);
}

/* The text with a number in it, in static memory, good until the next call but one. */
__attribute__((format(printf, 1, 0))) static const char *number(const char *format, size_t value)
{
    static char texts[2][64];
    static unsigned turn;
    char *text = texts[turn++ % 2];

    snprintf(text, sizeof(texts[0]), format, value);
    return text;
}

static void test_sound(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_plugin plugin;

    assert_accepted(&fixture->plugin, &plugin);
    assert_string_equal(plugin.name, "vendor");
    assert_int_equal(plugin.flags, NUNCIO_AGENT_OPTIONAL);
    assert_int_equal(plugin.instance_size, 100);
    assert_ptr_equal(plugin.configure, configure);
    assert_int_equal(plugin.step_count, 1);
    assert_ptr_not_equal(plugin.steps, fixture->steps);
    assert_ptr_equal(plugin.steps[0].build, build);
    assert_ptr_equal(plugin.steps[0].read, read_reply);
    assert_int_equal(plugin.option_count, 2);
    assert_string_equal(plugin.options[1].name, "level");
    assert_string_equal(plugin.options[1].help, "");
    assert_int_equal(plugin.options[1].maximum, 9);
    registry_check_finish(&plugin);
}

static void test_sparse(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_plugin plugin;

    fixture->plugin.options = NULL;
    fixture->plugin.option_count = fixture->plugin.option_size = 0;
    fixture->plugin.configure = NULL;
    fixture->plugin.instance_size = 0;
    assert_accepted(&fixture->plugin, &plugin);
    assert_int_equal(plugin.option_count, 0);
    registry_check_finish(&plugin);
}

static void test_version(void **state)
{
    struct fixture *fixture = *state;

    fixture->plugin.abi_major = 2;
    assert_refused(&fixture->plugin, "is for ABI 2", "nuncio has 1");
    fixture->plugin.abi_major = 0;
    assert_refused(&fixture->plugin, "is for ABI 0", "nuncio has 1");
    fixture->plugin.abi_major = 1;
    fixture->plugin.abi_minor = 7;
    assert_refused(&fixture->plugin, "needs ABI 1.7", "nuncio has 1.0");
}

/* The heap, so that reading beyond the size is noticed by the sanitizer and valgrind. */
static void test_short(void **state)
{
    struct fixture *fixture = *state;
    const uint32_t sizes[] = {4, 11, 12, offsetof(struct nuncio_plugin, configure)};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct nuncio_plugin *found = malloc(sizes[i]);
        assert_non_null(found);
        fixture->plugin.size = sizes[i];
        memcpy(found, &fixture->plugin, sizes[i]);
        assert_refused(found, number("has %zu bytes", sizes[i]), number("1.0 has %zu", sizeof(*found)));
        free(found);
    }
}

static void test_longer(void **state)
{
    struct fixture *fixture = *state;
    struct {
        struct nuncio_plugin plugin;
        uint64_t added;
    } later = {fixture->plugin, 1};
    struct {
        struct nuncio_step step;
        char added[5]; /* odd sizes are copied too */
    } steps[] = {{{99, 0, NULL, NULL}, ""}, {fixture->steps[0], ""}, {{100, 0, NULL, NULL}, ""}};
    struct nuncio_plugin plugin;

    later.plugin.size = sizeof(later);
    later.plugin.capabilities |= UINT64_C(1) << 40;
    later.plugin.steps = &steps[0].step;
    later.plugin.step_count = COUNT(steps);
    later.plugin.step_size = sizeof(steps[0]);
    assert_accepted(&later.plugin, &plugin);
    assert_int_equal(plugin.step_count, 1);
    assert_int_equal(plugin.steps[0].kind, NUNCIO_STEP_SEND);
    assert_int_equal(plugin.capabilities, NUNCIO_SYNC);
    registry_check_finish(&plugin);
}

static void test_longer_options(void **state)
{
    struct fixture *fixture = *state;
    struct {
        struct nuncio_option option;
        uint64_t added[2];
    } options[] = {{fixture->options[0], {1, 2}}, {fixture->options[1], {3, 4}}};
    struct nuncio_plugin plugin;

    fixture->plugin.options = &options[0].option;
    fixture->plugin.option_size = sizeof(options[0]);
    assert_accepted(&fixture->plugin, &plugin);
    assert_string_equal(plugin.options[0].name, "api_key");
    assert_string_equal(plugin.options[1].name, "level");
    registry_check_finish(&plugin);
}

static void test_texts(void **state)
{
    struct fixture *fixture = *state;

    fixture->plugin.name = NULL;
    assert_refused(&fixture->plugin, "no name", "set it");
    fixture->plugin.name = "vendor";
    fixture->plugin.version = NULL;
    assert_refused(&fixture->plugin, "no version", "set it");
    fixture->plugin.version = "1";
    fixture->plugin.summary = NULL;
    assert_refused(&fixture->plugin, "no summary", "set it");
}

static void test_names(void **state)
{
    struct fixture *fixture = *state;
    const char *const bad[] = {"",        "Vendor", "1vendor",   "_vendor",
                               "ven-dor", "vendör", "../vendor", "vendor "};

    for (size_t i = 0; i < COUNT(bad); i++) {
        fixture->plugin.name = bad[i];
        assert_refused(&fixture->plugin, "name is \"", "lower-case");
        assert_false(registry_check_name(bad[i]));
    }
    assert_true(registry_check_name("a_9"));
    fixture->plugin.name = "other";
    assert_refused(&fixture->plugin, "name is other", "the file's vendor");
}

static void test_step_arrays(void **state)
{
    struct fixture *fixture = *state;

    fixture->plugin.step_size = offsetof(struct nuncio_step, read);
    assert_refused(&fixture->plugin, number("step_size is %zu", offsetof(struct nuncio_step, read)),
                   number("has %zu", sizeof(struct nuncio_step)));
    fixture->plugin.step_size = 0;
    assert_refused(&fixture->plugin, "step_size is 0", "sizeof(struct nuncio_step)");
    fixture->plugin.step_size = sizeof(struct nuncio_step);
    fixture->plugin.steps = NULL;
    assert_refused(&fixture->plugin, "counts steps", "set the pointer");
    fixture->plugin.step_count = UINT32_MAX;
    assert_refused(&fixture->plugin, "counts 4294967295 steps", "at most 64");
}

static void test_option_arrays(void **state)
{
    struct fixture *fixture = *state;

    fixture->plugin.option_size = offsetof(struct nuncio_option, maximum);
    assert_refused(&fixture->plugin, number("option_size is %zu", offsetof(struct nuncio_option, maximum)),
                   number("has %zu", sizeof(struct nuncio_option)));
    fixture->plugin.option_size = sizeof(struct nuncio_option);
    fixture->plugin.options = NULL;
    assert_refused(&fixture->plugin, "counts options", "set the pointer");
    fixture->plugin.option_count = 257;
    assert_refused(&fixture->plugin, "257 options", "256");
}

static void test_instance_size(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_plugin plugin;

    fixture->plugin.instance_size = 64 * 1024;
    assert_accepted(&fixture->plugin, &plugin);
    registry_check_finish(&plugin);
    fixture->plugin.instance_size = 64 * 1024 + 1;
    assert_refused(&fixture->plugin, "instance_size is 65537", "65536");
    fixture->plugin.instance_size = UINT64_MAX;
    assert_refused(&fixture->plugin, "18446744073709551615", "65536");
}

static void test_steps(void **state)
{
    struct fixture *fixture = *state;

    set_steps(fixture, (const uint32_t[]){NUNCIO_STEP_SEND, 99}, 2);
    assert_refused(&fixture->plugin, "kind 99", "ABI 1.0");
    set_steps(fixture, (const uint32_t[]){0}, 1);
    assert_refused(&fixture->plugin, "kind 0", "ABI 1.0");
    set_steps(fixture, (const uint32_t[]){NUNCIO_STEP_SEND, NUNCIO_STEP_CHECK, NUNCIO_STEP_SEND}, 3);
    assert_refused(&fixture->plugin, "SEND twice", "remove one");
    set_steps(fixture, (const uint32_t[]){NUNCIO_STEP_SEND}, 1);
    fixture->steps[0].build = NULL;
    assert_refused(&fixture->plugin, "SEND has no build", "set it");
    fixture->steps[0].build = build;
    fixture->steps[0].read = NULL;
    assert_refused(&fixture->plugin, "SEND has no read", "set it");
}

static void test_capabilities(void **state)
{
    struct fixture *fixture = *state;

    fixture->plugin.capabilities = NUNCIO_SYNC | NUNCIO_CANCEL;
    assert_refused(&fixture->plugin, "cancel", "CANCEL");
    fixture->plugin.step_count = 0;
    assert_refused(&fixture->plugin, "sync", "SEND");
    fixture->plugin.capabilities = NUNCIO_THREADS;
    assert_refused(&fixture->plugin, "none of the capabilities", "queued, async-poll and sync");
}

static void test_option_names(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_option *option = &fixture->options[1];

    option->name = NULL;
    assert_refused(&fixture->plugin, "option 1", "lower-case");
    option->name = "Level";
    assert_refused(&fixture->plugin, "\"Level\"", "lower-case");
    option->name = "api_key";
    assert_refused(&fixture->plugin, "api_key twice", "remove one");
    option->name = "level";
    option->type = 4;
    assert_refused(&fixture->plugin, "type 4", "1 to 3");
    option->type = 0;
    assert_refused(&fixture->plugin, "type 0", "1 to 3");
}

static void test_own_keys(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_option *option = &fixture->options[1];
    struct nuncio_plugin plugin;

    for (const char *const *key = config_provider_keys(); *key; key++) {
        option->name = *key;
        assert_refused(&fixture->plugin, *key, "own key");
    }
    option->name = "base_url_env";
    assert_refused(&fixture->plugin, "base_url_env", "own key base_url");
    option->name = "base_url_other";
    assert_accepted(&fixture->plugin, &plugin);
    registry_check_finish(&plugin);
}

/* ca_file is nuncio's; a secret option called ca would take it too. */
static void test_secret_forms(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_option *option = &fixture->options[1];
    struct nuncio_plugin plugin;

    option->name = "ca";
    assert_accepted(&fixture->plugin, &plugin);
    registry_check_finish(&plugin);
    option->flags = NUNCIO_SECRET;
    assert_refused(&fixture->plugin, "option ca", "ca_file");
    option->flags = 0;
    option->name = "api_key_command";
    assert_refused(&fixture->plugin, "api_key_command", "api_key");
    fixture->options[0].flags = 0;
    assert_accepted(&fixture->plugin, &plugin);
    registry_check_finish(&plugin);
    /* The other way round: the secret comes second. */
    fixture->options[0].name = "token_file";
    option->name = "token";
    option->flags = NUNCIO_SECRET;
    assert_refused(&fixture->plugin, "token_file", "token");
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_sound),        CASE(test_sparse),         CASE(test_version),       CASE(test_short),
        CASE(test_longer),       CASE(test_longer_options), CASE(test_texts),         CASE(test_names),
        CASE(test_step_arrays),  CASE(test_option_arrays),  CASE(test_instance_size), CASE(test_steps),
        CASE(test_capabilities), CASE(test_option_names),   CASE(test_own_keys),      CASE(test_secret_forms),
    };

    return cmocka_run_group_tests_name("registry_check", tests, NULL, NULL);
}
