/* docs/commands.md names a counterpart on the command line, or a reason, for every command of the explorer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "ui/commands.h"

static struct buffer page;

static int begin(void **unused)
{
    struct buffer path = {0};
    struct error error;
    (void)unused;
    buffer_printf(&path, "%s/docs/commands.md", getenv("SLEEVE_SOURCE") ? getenv("SLEEVE_SOURCE") : ".");
    assert_int_equal(file_read(path.data, 1 << 20, &page, &error), STATUS_OK);
    buffer_free(&path);
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    buffer_free(&page);
    return 0;
}

/* Whether the first column of a row has `word` in backquotes. */
static bool has_row(const char *word)
{
    char quoted[96];
    snprintf(quoted, sizeof quoted, "`%s`", word);
    for (const char *line = page.data; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        const char *found = line[0] == '|' ? strstr(line, quoted) : NULL, *second = strchr(line + 1, '|');
        if (found && second && found < second)
            return true;
    }
    return false;
}

static void test_every_command_has_a_row(void **unused)
{
    (void)unused;
    const struct explorer_command *command;
    int missing = 0;
    for (size_t i = 0; (command = command_at(i)); i++) {
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)strcspn(command->name, " "), command->name);
        if (!has_row(word) && ++missing)
            print_message(
                "docs/commands.md: no row has `%s`; say which command of the command line does the same, or why "
                "there is none\n",
                word);
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_every_command_has_a_row, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
