#ifndef SLEEVE_TESTS_FOLDER_H
#define SLEEVE_TESTS_FOLDER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEST_FOLDER_MAX = 40 };

/* Makes a new folder in $TMPDIR, or in /tmp without it or where its path is too long, and writes the folder's path.
 * False when that fails. */
static inline bool test_folder_make(char path[TEST_FOLDER_MAX])
{
    const char *parent = getenv("TMPDIR");
    if (!parent || snprintf(path, TEST_FOLDER_MAX, "%s/sleeve-test-XXXXXX", parent) >= TEST_FOLDER_MAX)
        snprintf(path, TEST_FOLDER_MAX, "/tmp/sleeve-test-XXXXXX");
    return mkdtemp(path);
}

#endif
