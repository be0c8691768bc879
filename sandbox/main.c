/* SPDX-License-Identifier: MIT */
/* nuncio-sandbox: a local imitation of the vendor APIs over real HTTP. */
#include "config.h"

#include "json.h"
#include "options.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>

static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    fputs("nuncio-sandbox: cannot write to standard output\n", stderr);
    return EXIT_FAILURE;
}

static int serve(struct sandbox *box)
{
    struct server server;
    int status = EXIT_FAILURE;
    if (server_start(&server, box, &box->settings.port)) {
        printf("nuncio-sandbox: listening on http://127.0.0.1:%ld\n", box->settings.port);
        status = finish_output();
        if (status == EXIT_SUCCESS)
            server_run(&server);
    }
    server_stop(&server);
    return status;
}

int main(int argc, char **argv)
{
    struct sandbox box = {0};
    json_setup();
    enum options_result result = options_read(argc, argv, &box);
    int status = result == OPTIONS_SERVE ? serve(&box) : result == OPTIONS_DONE ? finish_output() : 2;
    faults_clear(&box.faults);
    stats_clear(&box.stats);
    world_clear(&box.world);
    return status;
}
