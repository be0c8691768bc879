/* SPDX-License-Identifier: MIT */
/*
 * Configuration: a byte that says how many overrides follow, these, and an ini file, which the linker's --wrap
 * puts in the place of a real one. Either there is a configuration that keeps every promise of
 * configuration.h, or a one-line failure that names a line of the file.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "fuzz.h"

#include "configuration.h"
#include "configuration_files.h"
#include "configuration_keys.h"

#define FILE_NAME "/etc/nuncio/fuzz.ini" /* absolute, so that nobody asks for the current directory */

static struct nuncio_slice file;
static unsigned lines; /* of it */

int __wrap_config_file_read(const char *path, char **ret_text, size_t *ret_size, struct stat *ret_info,
                            struct nuncio_failure *failure);

int __wrap_config_file_read(const char *path, char **ret_text, size_t *ret_size, struct stat *ret_info,
                            struct nuncio_failure *failure)
{
    FUZZ_CHECK(strcmp(path, FILE_NAME) == 0);
    (void)failure;
    *ret_text = malloc((size_t)file.size + (file.size == 0));
    FUZZ_CHECK(*ret_text);
    memcpy(*ret_text, file.data, (size_t)file.size);
    *ret_size = (size_t)file.size;
    memset(ret_info, 0, sizeof *ret_info);
    return 0;
}

static void check_text(const char *text)
{
    if (text)
        fuzz_clean(nuncio_slice(text), CONFIG_FILE_LIMIT, 0);
}

static void check_place(const struct config_place *place)
{
    FUZZ_CHECK(place->line <= lines);
    FUZZ_CHECK(!place->file || strcmp(place->file, place->line ? FILE_NAME : "-o") == 0);
}

static void check_entries(const struct config_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        FUZZ_CHECK(entries->items[i].key && *entries->items[i].key && entries->items[i].value);
        check_text(entries->items[i].key);
        check_text(entries->items[i].value);
        check_place(&entries->items[i].place);
        for (size_t j = 0; j < i; j++)
            FUZZ_CHECK(strcmp(entries->items[i].key, entries->items[j].key) != 0);
    }
}

static void check_provider(const struct provider_config *provider)
{
    FUZZ_CHECK(config_is_name(provider->name) && config_is_name(provider->plugin));
    FUZZ_CHECK(provider->timeout_ms > 0 && provider->connect_timeout_ms > 0 && provider->give_up_ms > 0);
    FUZZ_CHECK(provider->poll_min_ms > 0 && provider->poll_min_ms <= provider->poll_max_ms);
    FUZZ_CHECK(provider->reconcile_ms >= 0 && provider->max_in_flight > 0 && provider->max_reply > 0);
    FUZZ_CHECK(provider->rate_count >= 0 && (provider->rate_count == 0 || provider->rate_period_ms > 0));
    FUZZ_CHECK(!provider->ca_file || provider->ca_file[0] == '/');
    check_text(provider->base_url);
    check_text(provider->proxy);
    check_place(&provider->place);
    check_entries(&provider->options);
}

static void check_agent(const struct config *config, const struct agent_config *agent)
{
    FUZZ_CHECK(config_is_name(agent->name));
    FUZZ_CHECK(agent->provider_index < config->provider_count);
    FUZZ_CHECK(strcmp(config->providers[agent->provider_index].name, agent->provider) == 0);
    check_text(agent->id);
    check_place(&agent->place);
    check_entries(&agent->options);
}

static void check_config(const struct config *config)
{
    FUZZ_CHECK(config->state_dir && config->state_dir[0] == '/');
    FUZZ_CHECK(config_is_name(config->store) && config->keep_ms > 0);
    FUZZ_CHECK(config->log_level >= 0 && config->log_level <= NUNCIO_LOG_DEBUG);
    FUZZ_CHECK(config->plugin_path_count > 0);
    for (size_t i = 0; i < config->plugin_path_count; i++)
        FUZZ_CHECK(config->plugin_path[i][0] == '/');
    for (size_t i = 0; i < config->provider_count; i++)
        check_provider(&config->providers[i]);
    for (size_t i = 0; i < config->agent_count; i++)
        check_agent(config, &config->agents[i]);
}

static void check_failure(const struct nuncio_failure *failure)
{
    struct nuncio_slice text = nuncio_slice(failure->text);
    FUZZ_CHECK(failure->error_class == NUNCIO_ERROR_INVALID && text.size > 0);
    fuzz_clean(text, sizeof failure->text - 1, 1);
    if (strncmp(text.data, FILE_NAME ":", sizeof FILE_NAME) == 0) {
        const struct config_place place = {.file = FILE_NAME,
                                           .line = (unsigned)strtoul(text.data + sizeof FILE_NAME, NULL, 10)};
        FUZZ_CHECK(place.line > 0);
        check_place(&place);
    } else {
        FUZZ_CHECK(strncmp(text.data, "-o: ", 4) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_start(data, size);
    const char *overrides[3];
    struct config_request request = {.file = FILE_NAME, .overrides = overrides};
    struct config config = {0};
    struct nuncio_failure failure = {0};

    (void)setenv("HOME", "/home/fuzz", 1);
    for (size_t count = fuzz_byte(&input) % 4u; request.override_count < count; request.override_count++)
        overrides[request.override_count] = text_copy(fuzz_piece(&input));
    file = fuzz_rest(&input);
    lines = 1;
    for (uint64_t i = 0; i < file.size; i++)
        lines += file.data[i] == '\n';
    if (config_read_in("/nowhere", &request, &config, &failure) == 0)
        check_config(&config);
    else
        check_failure(&failure);
    config_finish(&config);
    for (size_t i = 0; i < request.override_count; i++)
        free((char *)(uintptr_t)overrides[i]);
    return 0;
}
