#ifndef SLEEVE_TESTS_UI_FAILURES_FIXTURE_H
#define SLEEVE_TESTS_UI_FAILURES_FIXTURE_H

/* Include after cmocka.h: commands in Failures and what its screen shows. */
#include "screen_check.h"
#include "shared_fixture.h"

/* With all results. */
static inline void done(const char *line)
{
    run(line);
    fixture_settle(&fixture);
}

static inline void refused_unchanged(const char *line, const char *part)
{
    struct failure_filter before = failures_of(&fixture.state)->filter;
    size_t requested = fixture.requested.count;
    refused(line, part);
    assert_memory_equal(&before, &failures_of(&fixture.state)->filter, sizeof before);
    assert_int_equal(fixture.requested.count, requested);
}

static inline const struct failure *item(size_t at)
{
    assert_true(at < failures_of(&fixture.state)->list.count);
    return &failures_of(&fixture.state)->list.items[at];
}

static inline bool shows(const char *text)
{
    struct screen screen;
    struct error error;
    struct buffer dump = {0};
    assert_int_equal(screen_create(fixture.state.rows, fixture.state.columns, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    check_screen(&screen);
    screen_dump(&screen, &dump);
    bool found = strstr(dump.data, text) != NULL;
    buffer_free(&dump);
    screen_free(&screen);
    return found;
}

#endif
