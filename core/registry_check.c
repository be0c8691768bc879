/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "registry_check.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "configuration.h"
#include "registry.h"
#include "text.h"

/* The layouts of ABI 1.0: up to and including the member. They stay as they are when the structs grow. */
#define SIZE_UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define HEAD_SIZE                SIZE_UP_TO(struct nuncio_plugin, abi_minor)
#define PLUGIN_SIZE              SIZE_UP_TO(struct nuncio_plugin, configure)
#define STEP_SIZE                SIZE_UP_TO(struct nuncio_step, read)
#define OPTION_SIZE              SIZE_UP_TO(struct nuncio_option, maximum)

#define KNOWN_CAPABILITIES ((NUNCIO_PARSE_JSON << 1) - 1)
#define INVALID(...)       failure_set(failure, NUNCIO_ERROR_INVALID, __VA_ARGS__)

bool registry_check_name(const char *name)
{
    if (*name < 'a' || *name > 'z')
        return false;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static int check_version(const struct nuncio_plugin *found, struct nuncio_failure *failure)
{
    if (found->size < HEAD_SIZE)
        return INVALID("the descriptor has %" PRIu32
                       " bytes, ABI 1.0 has %zu; build it against nuncio/plugin.h",
                       found->size, PLUGIN_SIZE);
    if (found->abi_major != NUNCIO_ABI_MAJOR)
        return INVALID("is for ABI %" PRIu32 ", this nuncio has %d; build or install it for ABI %d",
                       found->abi_major, NUNCIO_ABI_MAJOR, NUNCIO_ABI_MAJOR);
    if (found->abi_minor > NUNCIO_ABI_MINOR)
        return INVALID("needs ABI %" PRIu32 ".%" PRIu32 ", this nuncio has %d.%d; install a newer nuncio",
                       found->abi_major, found->abi_minor, NUNCIO_ABI_MAJOR, NUNCIO_ABI_MINOR);
    if (found->size < PLUGIN_SIZE)
        return INVALID("the descriptor has %" PRIu32
                       " bytes, ABI 1.0 has %zu; build it against nuncio/plugin.h",
                       found->size, PLUGIN_SIZE);
    return 0;
}

static int check_texts(const struct nuncio_plugin *plugin, const char *name, struct nuncio_failure *failure)
{
    if (!plugin->name || !plugin->version || !plugin->summary)
        return INVALID("the descriptor has no %s; set it", !plugin->name      ? "name"
                                                           : !plugin->version ? "version"
                                                                              : "summary");
    if (!registry_check_name(plugin->name))
        return INVALID(
            "the descriptor's name is \"%s\"; it takes a lower-case letter, then lower-case letters, "
            "digits and '_'",
            plugin->name);
    if (strcmp(plugin->name, name) != 0)
        return INVALID(
            "the descriptor's name is %s, the file's %s; set .name to that, or rename the file to %s.so",
            plugin->name, name, plugin->name);
    return 0;
}

static int check_counts(const struct nuncio_plugin *plugin, struct nuncio_failure *failure)
{
    if (plugin->step_count > REGISTRY_STEPS_LIMIT || plugin->option_count > REGISTRY_OPTIONS_LIMIT)
        return INVALID(
            "the descriptor counts %" PRIu32 " steps and %" PRIu32 " options; at most %u and %u are allowed",
            plugin->step_count, plugin->option_count, REGISTRY_STEPS_LIMIT, REGISTRY_OPTIONS_LIMIT);
    if ((plugin->step_count > 0 && !plugin->steps) || (plugin->option_count > 0 && !plugin->options))
        return INVALID("the descriptor counts %s but names no array; set the pointer",
                       plugin->step_count > 0 && !plugin->steps ? "steps" : "options");
    if (plugin->step_count > 0 && plugin->step_size < STEP_SIZE)
        return INVALID("step_size is %" PRIu32 ", ABI 1.0 has %zu; set it to sizeof(struct nuncio_step)",
                       plugin->step_size, STEP_SIZE);
    if (plugin->option_count > 0 && plugin->option_size < OPTION_SIZE)
        return INVALID("option_size is %" PRIu32 ", ABI 1.0 has %zu; set it to sizeof(struct nuncio_option)",
                       plugin->option_size, OPTION_SIZE);
    if (plugin->instance_size > REGISTRY_INSTANCE_LIMIT)
        return INVALID("instance_size is %" PRIu64 "; at most %" PRIu64 " bytes are allowed",
                       plugin->instance_size, REGISTRY_INSTANCE_LIMIT);
    return 0;
}

/* Zeroed elements of our size, each with what the plugin's element has of it. NULL without memory. */
static void *copy_elements(const void *elements, uint32_t count, size_t their_size, size_t our_size)
{
    char *copy = calloc(count, our_size);

    for (uint32_t i = 0; copy && i < count; i++)
        memcpy(copy + i * our_size, (const char *)elements + i * their_size,
               their_size < our_size ? their_size : our_size);
    return copy;
}

/* A minor version that only adds steps and members needs no newer core, so its header shows in the sizes
 * alone. */
static bool is_later(const struct nuncio_plugin *found)
{
    return found->size > sizeof(struct nuncio_plugin) || found->step_size > sizeof(struct nuncio_step) ||
           found->option_size > sizeof(struct nuncio_option);
}

static int check_steps(struct nuncio_step *steps, uint32_t *count, bool later, struct nuncio_failure *failure)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < *count; i++) {
        const char *name = registry_step_name(steps[i].kind);

        if (!name && later)
            continue;
        if (!name)
            return INVALID("step %" PRIu32 " has the kind %" PRIu32
                           ", which ABI %d.%d does not define; remove it",
                           i, steps[i].kind, NUNCIO_ABI_MAJOR, NUNCIO_ABI_MINOR);
        if (!steps[i].build || !steps[i].read)
            return INVALID("the step %s has no %s function; set it", name, steps[i].build ? "read" : "build");
        for (uint32_t j = 0; j < kept; j++)
            if (steps[j].kind == steps[i].kind)
                return INVALID("has the step %s twice; remove one", name);
        steps[kept++] = steps[i];
    }
    *count = kept;
    return 0;
}

/* "api_key_file" of "api_key": a SECRET option takes the key in these forms too. */
static bool is_secret_form(const char *name, const char *base)
{
    static const char *const forms[] = {"_env", "_file", "_command", "_credential"};
    size_t size = strlen(base);

    if (strncmp(name, base, size) != 0)
        return false;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(name + size, forms[i]) == 0)
            return true;
    return false;
}

static int check_clash(const struct nuncio_option *option, struct nuncio_failure *failure)
{
    const char *const *keys = config_provider_keys();

    for (size_t i = 0; keys[i]; i++) {
        if (strcmp(option->name, keys[i]) == 0 || is_secret_form(option->name, keys[i]))
            return INVALID("the option %s is nuncio's own key %s%s; rename the option", option->name, keys[i],
                           strcmp(option->name, keys[i]) == 0 ? "" : " in a secret's form");
        if (option->flags & NUNCIO_SECRET && is_secret_form(keys[i], option->name))
            return INVALID(
                "the secret option %s may be written %s, which is nuncio's own key; rename the option",
                option->name, keys[i]);
    }
    return 0;
}

static int check_pair(const struct nuncio_option *option, const struct nuncio_option *other,
                      struct nuncio_failure *failure)
{
    if (strcmp(option->name, other->name) == 0)
        return INVALID("has the option %s twice; remove one", option->name);
    if ((other->flags & NUNCIO_SECRET && is_secret_form(option->name, other->name)) ||
        (option->flags & NUNCIO_SECRET && is_secret_form(other->name, option->name)))
        return INVALID(
            "the options %s and %s are one key, as a secret may be written with _env, _file, _command and "
            "_credential; rename one",
            other->name, option->name);
    return 0;
}

static int check_options(struct nuncio_option *options, uint32_t count, struct nuncio_failure *failure)
{
    for (uint32_t i = 0; i < count; i++) {
        struct nuncio_option *option = &options[i];

        if (!option->name || !registry_check_name(option->name))
            return INVALID("option %" PRIu32
                           " is named \"%s\"; it takes a lower-case letter, then lower-case letters, "
                           "digits and '_'",
                           i, option->name ? option->name : "");
        if (option->type < NUNCIO_STRING || option->type > NUNCIO_BOOLEAN)
            return INVALID("the option %s has the type %" PRIu32 "; ABI %d.%d has %u to %u", option->name,
                           option->type, NUNCIO_ABI_MAJOR, NUNCIO_ABI_MINOR, NUNCIO_STRING, NUNCIO_BOOLEAN);
        if (check_clash(option, failure) < 0)
            return -1;
        for (uint32_t j = 0; j < i; j++)
            if (check_pair(option, &options[j], failure) < 0)
                return -1;
        if (!option->help)
            option->help = "";
    }
    return 0;
}

/* `plugin` holds the plugin's own arrays, and ours after success. */
static int copy_arrays(struct nuncio_plugin *plugin, bool later, struct nuncio_failure *failure)
{
    struct nuncio_step *steps = NULL;
    struct nuncio_option *options = NULL;
    uint32_t step_count = plugin->step_count;
    int result = 0;

    if (step_count > 0)
        steps = copy_elements(plugin->steps, step_count, plugin->step_size, sizeof(*steps));
    if (plugin->option_count > 0)
        options = copy_elements(plugin->options, plugin->option_count, plugin->option_size, sizeof(*options));
    if ((step_count > 0 && !steps) || (plugin->option_count > 0 && !options))
        result = failure_memory(failure);
    if (result == 0)
        result = check_steps(steps, &step_count, later, failure);
    if (result == 0)
        result = check_options(options, plugin->option_count, failure);
    if (result < 0) {
        free(steps);
        free(options);
        return result;
    }
    plugin->steps = steps;
    plugin->step_count = step_count;
    plugin->step_size = sizeof(*steps);
    plugin->options = options;
    plugin->option_size = sizeof(*options);
    return 0;
}

int registry_check_descriptor(const struct nuncio_plugin *found, const char *name,
                              struct nuncio_plugin *ret_plugin, struct nuncio_failure *failure)
{
    struct nuncio_plugin plugin = {0};

    if (check_version(found, failure) < 0)
        return -1;
    memcpy(&plugin, found, found->size < sizeof(plugin) ? found->size : sizeof(plugin));
    plugin.capabilities &= KNOWN_CAPABILITIES; /* what a later minor added is nothing that we could use */
    if (check_texts(&plugin, name, failure) < 0 || check_counts(&plugin, failure) < 0)
        return -1;
    if (copy_arrays(&plugin, is_later(&plugin), failure) < 0)
        return -1;
    plugin.size = sizeof(plugin);
    if (registry_check_capabilities(&plugin, plugin.capabilities, failure) < 0) {
        registry_check_finish(&plugin);
        return -1;
    }
    *ret_plugin = plugin;
    return 0;
}

void registry_check_finish(struct nuncio_plugin *plugin)
{
    free((void *)plugin->steps);
    free((void *)plugin->options);
    plugin->steps = NULL;
    plugin->options = NULL;
}
