#ifndef SLEEVE_TESTS_FOLDER_H
#define SLEEVE_TESTS_FOLDER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEST_FOLDER_MAX = 64 };

/* Makes a new folder in $TMPDIR, or /tmp without it, and writes its path. False when that fails. */
static inline bool test_folder_make(char path[TEST_FOLDER_MAX])
{
    const char *parent = getenv("TMPDIR");
    int size = snprintf(path, TEST_FOLDER_MAX, "%s/sleeve-test-XXXXXX", parent && parent[0] ? parent : "/tmp");
    return size < TEST_FOLDER_MAX && mkdtemp(path);
}

#endif
