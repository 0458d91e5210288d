#ifndef SLEEVE_TESTS_UI_SHARED_FIXTURE_H
#define SLEEVE_TESTS_UI_SHARED_FIXTURE_H

/* Include after cmocka.h: one explorer, started again for each test, and commands that must succeed. */
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

#endif
