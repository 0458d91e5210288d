/* The command line of a player, and starting it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/play.h"

static struct error failure;

static void words_of_commands(void **state)
{
    (void)state;
    static const struct {
        const char *command, *file, *uri, *words; /* with | between */
    } cases[] = {
        {"mpv", "/m/a b.mp3", NULL, "mpv|/m/a b.mp3"},
        {"mpv --x {file}", "/m/a'b.mp3", "u:1", "mpv|--x|/m/a'b.mp3"},
        {"open {uri}", NULL, "spotify:track:x", "open|spotify:track:x"},
        {"open", NULL, "spotify:track:x", "open|spotify:track:x"},
        {"p --at={file} '{uri}' \"a \\\" b\" c\\ d 'e\\f'", "/f", "u", "p|--at=/f|u|a \" b|c d|e\\f"},
        {"  mpv   {file} ", "$(rm -rf x); `y`", NULL, "mpv|$(rm -rf x); `y`"},
        {"mpv \"\" {file}", "{uri}", NULL, "mpv||{uri}"}, /* what is put in is not read again */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char **words, text[256] = "";
        assert_int_equal(play_words(cases[i].command, cases[i].file, cases[i].uri, &words, &failure), STATUS_OK);
        size_t at = 0;
        for (size_t k = 0; words[k] && at < sizeof text; k++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", k > 0 ? "|" : "", words[k]);
        assert_string_equal(text, cases[i].words);
        play_words_free(words);
    }
}

static void what_cannot_be_played(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"", "/f", NULL, "no player is set"},       {"mpv {file}", NULL, "u", "has no file"},
        {"mpv {uri}", "/f", NULL, "has no URI"},    {"mpv", NULL, NULL, "has no file"},
        {"mpv \"{file}", "/f", NULL, "not closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char **words;
        assert_int_equal(play_words(cases[i][0], cases[i][1], cases[i][2], &words, &failure), STATUS_USAGE);
        assert_non_null(strstr(failure.text, cases[i][3]));
        assert_null(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_commands),
        cmocka_unit_test(what_cannot_be_played),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
