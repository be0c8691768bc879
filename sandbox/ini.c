/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "identities.h"
#include "options.h"

void print_ini(FILE *out, long port)
{
    static const struct {
        const char *plugin, *path, *options;
    } providers[] = {
        {"gumloop_agents", "/gumloop/api/v1", "user_id = " GUMLOOP_USER "\n"},
        {"gumloop_sessions", "/gumloop/api/v1", "user_id = " GUMLOOP_USER "\n"},
        {"gennia", "/gennia/public/api/v1", ""},
        {"dumpling", "/dumpling/api/v1", ""},
        {"enthusiast", "/enthusiast", "data_set_id = 1\n"},
    };
    static const struct {
        const char *name, *provider, *id;
    } agents[] = {
        {"gumloop-agent", "gumloop_agents", GUMLOOP_AGENT},
        {"gumloop-session", "gumloop_sessions", GUMLOOP_AGENT},
        {"gennia", "gennia", GENNIA_AGENT},
        {"dumpling", "dumpling", DUMPLING_AGENT},
        {"enthusiast", "enthusiast", "1"},
    };
    fprintf(out,
            "; nuncio against its sandbox, where a message costs nothing.\n"
            "; Start the sandbox in one terminal:      nuncio-sandbox --port %ld\n"
            "; and send from another:                  nuncio --config sandbox.ini send dumpling 'Hello'\n"
            "; This file is what `nuncio-sandbox --port %ld --print-ini` prints.\n",
            port, port);
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        fprintf(out, "\n[provider %s]\nbase_url = http://127.0.0.1:%ld%s\napi_key_command = echo %s\n%s",
                providers[i].plugin, port, providers[i].path, SANDBOX_KEY, providers[i].options);
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++)
        fprintf(out, "\n[agent %s]\nprovider = %s\nid = %s\n", agents[i].name, agents[i].provider,
                agents[i].id);
}
