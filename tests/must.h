#ifndef SLEEVE_TESTS_MUST_H
#define SLEEVE_TESTS_MUST_H

#include "core/status.h"

/* must(f(..., &error)): the test fails with the error's text unless the call succeeds. After cmocka.h. */
#define must(call)                                                                                                     \
    do {                                                                                                               \
        struct error error = {0};                                                                                      \
        if ((call) != STATUS_OK)                                                                                       \
            fail_msg("%s", error.text);                                                                                \
    } while (0)

#endif
