/* SPDX-License-Identifier: MIT */
/*
 * A third party's program, built by installcheck.sh from the installed headers and nuncio.pc alone:
 * client CONFIG AGENT TEXT lists the agents and prints the requests that the message would take.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuncio/nuncio.h>

static void print_agent(void *context, const struct nuncio_agent_info *info)
{
    (void)context;
    printf("agent %s plugin %s %s\n", info->agent ? info->agent : "-", info->plugin,
           info->error ? info->error : "good");
}

static int look(struct nuncio *nuncio, const char *agent, const char *text, struct nuncio_failure *failure)
{
    struct nuncio_message message = {.size = sizeof(message)};
    char *requests;

    if (nuncio_each_agent(nuncio, print_agent, NULL, failure))
        return -1;
    message.agent = agent;
    message.text = text;
    message.text_size = strlen(text);
    if (nuncio_dry_run(nuncio, &message, &requests, failure))
        return -1;
    fputs(requests, stdout);
    free(requests);
    return 0;
}

int main(int argc, char **argv)
{
    struct nuncio_settings settings = {.size = sizeof(settings)};
    struct nuncio_failure failure;
    struct nuncio *nuncio;
    int result;

    if (argc != 4)
        return 2;
    settings.config_file = argv[1];
    if (nuncio_create(&settings, &nuncio, &failure)) {
        fprintf(stderr, "client: %s\n", failure.text);
        return 2;
    }
    result = look(nuncio, argv[2], argv[3], &failure);
    if (result)
        fprintf(stderr, "client: %s\n", failure.text);
    nuncio_destroy(nuncio);
    return result ? 1 : 0;
}
