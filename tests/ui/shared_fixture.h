#ifndef SLEEVE_TESTS_UI_SHARED_FIXTURE_H
#define SLEEVE_TESTS_UI_SHARED_FIXTURE_H

/* Include after cmocka.h: one explorer, started again for each test, and commands that must succeed or be refused. */
#include <string.h>

#include "ui/layout.h"
#include "ui_fixture.h"

static struct fixture fixture;

static inline int begin(void **unused)
{
    (void)unused;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    return 0;
}

static inline int end(void **unused)
{
    (void)unused;
    fixture_free(&fixture);
    return 0;
}

static inline void run(const char *line)
{
    struct error error = {0};
    enum status status = command_run(&fixture.state, &fixture.requested, line, &error);
    layout_settle(&fixture.state);
    if (status != STATUS_OK)
        print_message("%s: %s\n", line, error.text);
    assert_int_equal(status, STATUS_OK);
}

/* The same, with all results that it leads to. */
static inline void run_and_wait(const char *line)
{
    run(line);
    fixture_settle(&fixture);
    layout_settle(&fixture.state);
}

/* The command is wrong usage, and its message contains `part`. */
static inline void refused(const char *line, const char *part)
{
    struct error error = {0};
    assert_int_equal(command_run(&fixture.state, &fixture.requested, line, &error), STATUS_USAGE);
    if (!strstr(error.text, part))
        print_message("%s: %s\n", line, error.text);
    assert_non_null(strstr(error.text, part));
}

#endif
