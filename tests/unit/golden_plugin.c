/* SPDX-License-Identifier: MIT */
/* Case files, plugins and their options. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "golden.h"
#include "plugin_error.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Files and plugins --------------------------------------------------------------------------------- */

struct json_document *golden_load(const char *path, char *why)
{
    struct buffer text;
    char block[4096];
    size_t size;
    FILE *file = fopen(path, "rb");
    if (!file) {
        golden_fail(why, "cannot be opened", path);
        return NULL;
    }
    buffer_init(&text, SIZE_MAX);
    while ((size = fread(block, 1, sizeof(block), file)) > 0)
        buffer_append(&text, block, size);
    fclose(file);
    struct json_document *document = NULL;
    enum json_problem problem = json_parse(buffer_text(&text), text.size, &document);
    if (problem != JSON_GOOD)
        golden_fail(why, path, json_problem_text(problem));
    buffer_finish(&text);
    return document;
}

bool golden_open(const char *name, const char *directory, struct golden_plugin *ret_plugin, char *why)
{
    char path[4096];
    const char *plugins = getenv("PLUGIN_DIR");
    memset(ret_plugin, 0, sizeof(*ret_plugin));
    snprintf(ret_plugin->name, sizeof(ret_plugin->name), "%s", name);
    snprintf(path, sizeof(path), "%s/defaults.json", directory);
    ret_plugin->defaults = golden_load(path, why);
    if (!ret_plugin->defaults)
        return false;
    snprintf(path, sizeof(path), "%s/%s.so", plugins ? plugins : "plugins/providers/.libs", name);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module)
        return golden_fail(why, "cannot be opened", dlerror());
    const struct nuncio_plugin *(*get)(void);
    *(void **)&get = dlsym(module, "nuncio_plugin_v1");
    if (!get)
        return golden_fail(why, "has no nuncio_plugin_v1", path);
    ret_plugin->descriptor = get();
    return true;
}

void golden_close(struct golden_plugin *plugin)
{
    json_destroy(plugin->defaults);
}

/* ---- Options ------------------------------------------------------------------------------------------- */

bool golden_option(const void *context, const char *name, struct nuncio_slice *ret_value, uint32_t *ret_type,
                   uint32_t *ret_flags)
{
    const struct golden_case *golden = context;
    const struct nuncio_plugin *plugin = golden->plugin->descriptor;
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(golden->values, "options");
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        if (strcmp(plugin->options[i].name, name) != 0)
            continue;
        *ret_value = nuncio_slice(golden_text(options, name));
        *ret_type = plugin->options[i].type;
        *ret_flags = plugin->options[i].flags;
        return true;
    }
    return false;
}

/* For configure(): secrets are absent. */
static struct nuncio_slice configure_value(const struct nuncio_options *options, const char *name)
{
    struct nuncio_slice value = {NULL, 0};
    uint32_t type, flags = 0;
    golden_option(options, name, &value, &type, &flags);
    return flags & NUNCIO_SECRET ? nuncio_slice(NULL) : value;
}

static bool check_names(const struct golden_case *golden, char *why)
{
    struct nuncio_slice value;
    uint32_t type, flags;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(golden->values, "options"))
    {
        if (!golden_option(golden, item->string, &value, &type, &flags))
            return golden_fail(why, "the plugin has no option", item->string);
    }
    return true;
}

bool golden_configure(struct golden_case *golden, char *why)
{
    static const struct nuncio_options_services services = {sizeof(services), configure_value};
    const struct nuncio_plugin *plugin = golden->plugin->descriptor;
    const char *gate = golden_text(golden->root, "gate");
    struct plugin_error error;

    golden->options = (struct nuncio_options){sizeof(golden->options), &services};
    golden->traits = (struct nuncio_traits){
        .size = sizeof(golden->traits), .capabilities = plugin->capabilities, .base_url = plugin->base_url};
    golden->instance = plugin->instance_size ? calloc(1, plugin->instance_size) : NULL;
    plugin_error_init(&error);
    if (plugin->configure &&
        plugin->configure(golden->instance, &golden->options, &golden->traits, &error.abi) != NUNCIO_OK)
        return golden_fail(why, "configure", error.text);
    if ((gate == NULL) != (golden->traits.gate == NULL) || (gate && strcmp(gate, golden->traits.gate) != 0))
        return golden_fail(why, "the gate is", golden->traits.gate);
    return check_names(golden, why);
}
