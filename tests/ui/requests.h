#ifndef SLEEVE_TESTS_UI_REQUESTS_H
#define SLEEVE_TESTS_UI_REQUESTS_H

#include "shared_fixture.h"

/* The effects that a state has requested, and commands that change nothing. */

static inline void refused_unchanged(const char *line, const char *part)
{
    size_t versions = fixture.state.playlist.count;
    refused(line, part);
    assert_int_equal(fixture.state.playlist.count, versions);
}

static inline size_t requested(enum effect_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture.requested.count; i++)
        count += fixture.requested.items[i].type == type;
    return count;
}

static inline size_t where(enum effect_type type, size_t nth)
{
    for (size_t i = 0; i < fixture.requested.count; i++)
        if (fixture.requested.items[i].type == type && nth-- == 0)
            return i;
    fail();
    return 0;
}

#endif
