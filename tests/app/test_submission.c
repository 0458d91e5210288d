/* The rules of submissions: a file that keeps them is accepted, and one that breaks any of them is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/submission.h"

static const char *const shown[] = {"spotify:track:0000000000000000000900", "spotify:track:0000000000000000000901"};
static const struct list_query queries[] = {
    {.key = "1000", .seed_keys = shown, .n_keys = 2},
    {.key = "1001"},
};

static void add_line(struct buffer *out, const char *pid, int first, int count)
{
    buffer_add_text(out, pid);
    for (int i = 0; i < count; i++)
        buffer_printf(out, " , spotify:track:%022d", first + i);
    buffer_add_byte(out, '\n');
}

static enum status check(const struct buffer *text, struct error *error)
{
    return submission_check(text->data, text->size, queries, 2, error);
}

static void a_valid_file_is_accepted(void **state)
{
    (void)state;
    struct buffer text = {0};
    struct error error;
    buffer_add_text(&text, "# a comment\n\n  team_info , main , Us , a@b.c\n");
    add_line(&text, "1001", 900, 500);
    buffer_add_text(&text, "\n#1001\n");
    add_line(&text, "1000", 0, 500);
    assert_int_equal(check(&text, &error), STATUS_OK);
    text.size--; /* without the last line end */
    assert_int_equal(check(&text, &error), STATUS_OK);
    buffer_free(&text);
}

/* Files with two lines: the playlists, their first tracks and their numbers of tracks. */
static const struct {
    const char *team;
    struct {
        const char *pid;
        int first, count;
    } lines[2];
    const char *says;
} broken[] = {
    {"team_info,main,Us,a@b.c", {{"1000", 0, 499}, {"1001", 0, 500}}, "line 2 of the submission: not exactly 500"},
    {"team_info,main,Us,a@b.c", {{"1000", 0, 501}, {"1001", 0, 500}}, "not exactly 500"},
    {"team_info,main,Us,a@b.c", {{"1000", 401, 500}, {"1001", 0, 500}}, "one that the playlist shows: 1000"},
    {"team_info,main,Us,a@b.c",
     {{"1000", 0, 500}, {"1002", 0, 500}},
     "line 3 of the submission: a playlist that is not"},
    {"team_info,main,Us,a@b.c", {{"1000", 0, 500}, {"1000", 0, 500}}, "has a line already: 1000"},
    {"team_info,main,Us,a@b.c", {{"1000", 0, 500}, {NULL, 0, 0}}, "without a line for a playlist: 1001"},
    {"team_info,side,Us,a@b.c", {{"1000", 0, 500}, {"1001", 0, 500}}, "main or creative"},
    {"team_info,main,Us", {{"1000", 0, 500}, {"1001", 0, 500}}, "a team and an address"},
    {"team_info,main,,a@b.c", {{"1000", 0, 500}, {"1001", 0, 500}}, "an empty field"},
    {"", {{"1000", 0, 500}, {"1001", 0, 500}}, "team_info must come first"},
    {"", {{NULL, 0, 0}, {NULL, 0, 0}}, "there is no team_info"},
};

static void broken_rules_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct buffer text = {0};
        struct error error = {.text = ""};
        buffer_printf(&text, "%s\n", broken[i].team);
        for (int line = 0; line < 2 && broken[i].lines[line].pid; line++)
            add_line(&text, broken[i].lines[line].pid, broken[i].lines[line].first, broken[i].lines[line].count);
        const enum status status = check(&text, &error);
        if (status != STATUS_BAD_DATA || !strstr(error.text, broken[i].says))
            fail_msg("file %zu: status %d, \"%s\" lacks \"%s\"", i, (int)status, error.text, broken[i].says);
        buffer_free(&text);
    }
}

static void fields_are_uris_of_tracks(void **state)
{
    (void)state;
    static const char *const wrong[] = {"spotify:album:0000000000000000000001",
                                        "spotify:track:000000000000000000001",
                                        "spotify:track:00000000000000000000001",
                                        "spotify:track:00000000000000000000-1",
                                        "",
                                        "0000000000000000000001"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buffer text = {0};
        struct error error = {.text = ""};
        buffer_add_text(&text, "team_info,main,Us,a@b.c\n");
        add_line(&text, "1000", 0, 499);
        text.size--;
        buffer_printf(&text, ",%s\n", wrong[i]);
        add_line(&text, "1001", 0, 500);
        assert_false(submission_is_uri(wrong[i], strlen(wrong[i])));
        assert_int_equal(check(&text, &error), STATUS_BAD_DATA);
        buffer_free(&text);
    }
    assert_true(submission_is_uri(shown[0], strlen(shown[0])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_file_is_accepted),
        cmocka_unit_test(broken_rules_are_found),
        cmocka_unit_test(fields_are_uris_of_tracks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
