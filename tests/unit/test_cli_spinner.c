/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cli/spinner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct nuncio_interaction queued(const char *agent)
{
    return (struct nuncio_interaction){
        .size = sizeof(struct nuncio_interaction),
        .agent = agent,
        .state = NUNCIO_INTERACTION_QUEUED,
        .queue_position = 2,
        .duration_ms = 3999,
    };
}

static void state_and_position_are_told(void **state)
{
    struct nuncio_interaction interaction = queued("research");
    char line[SPINNER_LINE_SIZE];

    (void)state;
    spinner_describe(&interaction, 0, 1, 80, line);
    assert_string_equal(line, "research: queued, position 2 (3 s)");
    interaction.queue_position = -1;
    spinner_describe(&interaction, 0, 1, 80, line);
    assert_string_equal(line, "research: queued (3 s)");
    interaction.queue_position = 2;
    interaction.state = NUNCIO_INTERACTION_PROCESSING;
    spinner_describe(&interaction, 0, 1, 80, line);
    assert_string_equal(line, "research: processing (3 s)");
    interaction.held = 1;
    spinner_describe(&interaction, 0, 1, 80, line);
    assert_string_equal(line, "research: processing (3 s); another process works on it");
    interaction.trouble = "no connection";
    spinner_describe(&interaction, 1, 3, 120, line);
    assert_string_equal(
        line, "1 of 3 ended; research: processing (3 s); another process works on it; trying again: "
              "no connection");
}

static void line_fits_the_terminal(void **state)
{
    struct nuncio_interaction interaction = queued("größe");
    char line[SPINNER_LINE_SIZE];

    (void)state;
    spinner_describe(&interaction, 0, 1, 4, line);
    assert_string_equal(line, "größ");
    spinner_describe(&interaction, 0, 1, 0, line);
    assert_string_equal(line, "");
}

static void agent_cannot_command_the_terminal(void **state)
{
    char agent[SPINNER_LINE_SIZE * 2], line[SPINNER_LINE_SIZE];
    struct nuncio_interaction interaction = queued("a\033[2J\nb");

    (void)state;
    spinner_describe(&interaction, 0, 1, 80, line);
    assert_string_equal(line, "a b: queued, position 2 (3 s)");
    memset(agent, 'x', sizeof(agent) - 1);
    agent[sizeof(agent) - 1] = '\0';
    interaction = queued(agent);
    spinner_describe(&interaction, 0, 1, 1000, line);
    assert_int_equal(strlen(line), SPINNER_LINE_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_and_position_are_told),
        cmocka_unit_test(line_fits_the_terminal),
        cmocka_unit_test(agent_cannot_command_the_terminal),
    };

    return cmocka_run_group_tests_name("cli_spinner", tests, NULL, NULL);
}
