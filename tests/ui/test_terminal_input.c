/* Keys, mouse, pastes and the terminal's replies, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "ui/terminal/input.h"
#include "ui/terminal/keys.h"
#include "ui/terminal/probe.h"
#include "ui/terminal/text_screen.h"

enum { EVENTS_MAX = 64 };

struct reader {
    struct sequence_parser parser;
    struct input input;
    struct probe_answers answers;
    struct event events[EVENTS_MAX];
    int count;
};

static void take(struct reader *reader, const struct sequence *sequence)
{
    struct event event;
    if (!probe_accept(&reader->answers, sequence) && input_event(&reader->input, sequence, 1.0, &event) &&
        reader->count < EVENTS_MAX)
        reader->events[reader->count++] = event;
}

static void feed(struct reader *reader, const char *bytes, size_t size)
{
    struct sequence sequence;
    for (size_t i = 0; i < size; i++)
        if (sequence_push(&reader->parser, (uint8_t)bytes[i], &sequence))
            take(reader, &sequence);
}

static void give_up(struct reader *reader, bool expecting)
{
    struct sequence sequence;
    if (sequence_flush(&reader->parser, expecting, &sequence))
        take(reader, &sequence);
}

static void done(struct reader *reader)
{
    for (int i = 0; i < reader->count; i++)
        free(reader->events[i].text);
    sequence_parser_free(&reader->parser);
}

static struct reader read_all(const char *bytes)
{
    struct reader reader = {.input.erase = 127};
    probe_begin(&reader.answers);
    feed(&reader, bytes, strlen(bytes));
    give_up(&reader, false);
    return reader;
}

static void keys_have_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int32_t key;
        int alt;
    } table[] = {
        {"a", 'a', 0},
        {"\xc3\xa9", 0xe9, 0},
        {"\xe5\xa4\x9c", 0x591c, 0},
        {"\xf0\x9f\x8e\xb5", 0x1f3b5, 0},
        {"\r", KEYS_ENTER, 0},
        {"\n", KEYS_ENTER, 0}, /* typed before raw mode */
        {"\t", KEYS_TAB, 0},
        {"\x7f", KEYS_BACKSPACE, 0},
        {"\x03", KEY_CONTROL('c'), 0},
        {"\x1b", KEYS_ESCAPE, 0},
        {"\x1b\x1b", KEYS_ESCAPE, 0},
        {"\x1bx", 'x', 1},
        {"\x1b\xc3\xa9", 0xe9, 1},
        {"\x1b[", '[', 1},
        {"\x1bO", 'O', 1},
        {"\x1bP", 'P', 1},
        {"\x1b]", ']', 1},
        {"\x1b[A", KEYS_UP, 0},
        {"\x1bOB", KEYS_DOWN, 0},
        {"\x1b[1;5C", KEYS_RIGHT, 0},
        {"\x1b[1;3D", KEYS_LEFT, 1},
        {"\x1b\x1b[A", KEYS_UP, 1},
        {"\x1b[H", KEYS_HOME, 0},
        {"\x1b[1~", KEYS_HOME, 0},
        {"\x1b[7~", KEYS_HOME, 0},
        {"\x1bOF", KEYS_END, 0},
        {"\x1b[4~", KEYS_END, 0},
        {"\x1b[2~", KEYS_INSERT, 0},
        {"\x1b[3~", KEYS_DELETE, 0},
        {"\x1b[5~", KEYS_PAGE_UP, 0},
        {"\x1b[6;2~", KEYS_PAGE_DOWN, 0},
        {"\x1b[Z", KEYS_BACK_TAB, 0},
        {"\x1bOP", KEYS_F1, 0},
        {"\x1bOR", KEYS_F1 + 2, 0},
        {"\x1b[15~", KEYS_F1 + 4, 0},
        {"\x1b[24~", KEYS_F12, 0},
        {"\x1b[[A", KEYS_F1, 0},
        {"\x1b[[E", KEYS_F1 + 4, 0},
        {"\x1b[1;2P", KEYS_F1, 0},
        {"\x1b[97;5u", KEY_CONTROL('a'), 0},
        {"\x1b[120;3u", 'x', 1},
        {"\x1b[27;2;9~", KEYS_BACK_TAB, 0},
        {"\x1b[9;2u", KEYS_BACK_TAB, 0},
        {"\x1bOM", KEYS_ENTER, 0},
        {"\x1bOj", '*', 0},
        {"\x9b"
         "A",
         KEYS_UP, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reader reader = read_all(table[i].bytes);
        if (reader.count != 1 || reader.events[0].key != table[i].key || reader.events[0].alt != table[i].alt)
            fail_msg("entry %zu gave %d events, key %x alt %d", i, reader.count, (unsigned)reader.events[0].key,
                     reader.events[0].alt);
        done(&reader);
    }
    struct reader reader = {.input.erase = 8};
    feed(&reader, "\x08", 1);
    assert_int_equal(reader.events[0].key, KEYS_BACKSPACE);
    done(&reader);
}

static void the_mouse_clicks_and_scrolls(void **state)
{
    (void)state;
    struct reader reader = read_all("\x1b[<0;5;7M\x1b[<0;5;7m\x1b[<0;5;7M\x1b[<0;5;7M\x1b[<64;1;1M\x1b[<65;1;1M"
                                    "\x1b[<2;1;1M\x1b[<0;0;0M\x1b[<0;1M\x1b[<35;4;4M");
    assert_int_equal(reader.count, 5);
    assert_int_equal(reader.events[0].type, EVENT_CLICK);
    assert_int_equal(reader.events[0].row, 6);
    assert_int_equal(reader.events[0].column, 4);
    assert_int_equal(reader.events[0].clicks, 1);
    assert_int_equal(reader.events[1].clicks, 2);
    assert_int_equal(reader.events[2].clicks, 1);
    assert_int_equal(reader.events[3].type, EVENT_WHEEL);
    assert_int_equal(reader.events[3].direction, -1);
    assert_int_equal(reader.events[4].direction, 1);
    done(&reader);
    reader = read_all("\x1b[<0;5;7M\x1b[<32;6;7M\x1b[<32;6;7M\x1b[<32;4;9M\x1b[<0;4;9m"); /* it drags */
    assert_int_equal(reader.count, 3);
    assert_int_equal(reader.events[1].type, EVENT_DRAG);
    assert_true(reader.events[1].rows == 0 && reader.events[1].columns == 1);
    assert_true(reader.events[2].rows == 2 && reader.events[2].columns == -2);
    assert_true(reader.events[2].row == 8 && reader.events[2].column == 3);
    done(&reader);
    reader = read_all("\x1b[M !!a"); /* the whole old form is skipped */
    assert_int_equal(reader.count, 1);
    assert_int_equal(reader.events[0].key, 'a');
    done(&reader);
}

static void a_paste_is_one_event(void **state)
{
    (void)state;
    struct reader reader = read_all("x\x1b[200~two\rlines \x1b[A and \x1b[201 ~\x1b[201~y");
    assert_int_equal(reader.count, 3);
    assert_int_equal(reader.events[1].type, EVENT_PASTE);
    assert_string_equal(reader.events[1].text, "two\nlines \x1b[A and \x1b[201 ~");
    assert_int_equal(reader.events[2].key, 'y');
    done(&reader);
    size_t size = 3 << 20;
    char *much = malloc(size);
    memset(much, 'p', size);
    reader = (struct reader){0};
    feed(&reader, "\x1b[200~", 6);
    feed(&reader, much, size);
    feed(&reader, "\x1b[201~q", 7);
    assert_int_equal(reader.count, 2);
    assert_true(strlen(reader.events[0].text) <= 1 << 20);
    assert_int_equal(reader.events[1].key, 'q');
    free(much);
    done(&reader);
}

static const char answers[] = "\x1b[1;2R\x1b[?1;0;16S\x1b[?1;0;256S\x1b[?2;0;480;312S\x1b[6;13;6t\x1b[4;312;480t"
                              "\x1b[8;24;80t\x1b_Gi=31;OK\x1b\\\x1bP>|XTerm(379)\x1b\\"
                              "\x1b]10;rgb:d8d8/d8d8/d8d8\x1b\\\x1b]11;rgb:1010/1010/1414\x07"
                              "\x1b[?2026;2$y\x1b[?80;1$y\x1bP1$r0;48:2:1:2:3m\x1b\\\x1b[?63;1;2;4;6;9;15;22c";

static void check_answers(const struct probe_answers *answers_)
{
    assert_true(answers_->attributes && answers_->sixel && answers_->kitty && answers_->synchronised);
    assert_true(answers_->sixel_display_mode && answers_->truecolour);
    assert_string_equal(answers_->version, "XTerm(379)");
    assert_int_equal(answers_->registers, 256);
    assert_int_equal(answers_->utf8_column, 2);
    assert_int_equal(answers_->foreground, 0xd8d8d8);
    assert_int_equal(answers_->background, 0x101014);
    int width;
    int height;
    assert_string_equal(probe_cell_size(answers_, 24, 80, 484, 316, &width, &height), "16t");
    assert_int_equal(width, 6);
    assert_int_equal(height, 13);
}

static void answers_are_understood_however_they_are_cut(void **state)
{
    (void)state;
    struct reader reader = read_all(answers);
    check_answers(&reader.answers);
    assert_int_equal(reader.count, 0);
    done(&reader);
    for (size_t cut = 0; cut < sizeof answers - 1; cut++) { /* a pause after every byte, shorter than the limit */
        reader = (struct reader){0};
        probe_begin(&reader.answers);
        feed(&reader, answers, cut);
        assert_true(sequence_timeout(&reader.parser, true) == -1 || sequence_timeout(&reader.parser, true) >= 400);
        feed(&reader, answers + cut, sizeof answers - 1 - cut);
        check_answers(&reader.answers);
        assert_int_equal(reader.count, 0);
        done(&reader);
    }
    for (size_t cut = 0; cut < sizeof answers - 1; cut++) { /* the rest never arrives */
        reader = (struct reader){0};
        probe_begin(&reader.answers);
        feed(&reader, answers, cut);
        give_up(&reader, true);
        for (int i = 0; i < reader.count; i++) /* nothing but a lone ESC becomes a key */
            assert_true(reader.events[i].key == KEYS_ESCAPE && i == 0);
        done(&reader);
    }
}

static void wrong_answers_do_no_harm(void **state)
{
    (void)state;
    struct reader reader = read_all(
        "\x1b[?1;3;0S\x1b[?1;0;99999999999999S\x1b[?2;0;0;0S\x1b[6;0;0t\x1b[6;-1;3t\x1b[6;99999;99999t\x1b[4t\x1b[t"
        "\x1b]11;rgb:zz/00/00\x1b\\\x1b]11;rgb:1/2\x1b\\\x1b]11;\x1b\\\x1b]\x1b\\\x1b_Gi=31;ENOENT\x1b\\"
        "\x1b[?2026;0$y\x1b[?2026$y\x1bP0$r\x1b\\\x1b[?c\x1b[0;0R\x1b[>0;1;2c\x1b[?997;1n\x1b[8;1;1;1;1;1t");
    assert_int_equal(reader.count, 0);
    assert_false(reader.answers.sixel || reader.answers.kitty || reader.answers.synchronised);
    assert_int_equal(reader.answers.background, (uint32_t)PROBE_NO_COLOUR);
    assert_true(probe_registers(&reader.answers) <= 256);
    int width;
    int height;
    assert_string_equal(probe_cell_size(&reader.answers, 24, 80, 0, 0, &width, &height), "guess");
    assert_int_equal(width, 8);
    done(&reader);
    char many[3000] = "\x1b[?";
    memset(many + 3, ';', sizeof many - 5);
    many[sizeof many - 2] = 'c';
    many[sizeof many - 1] = '\0';
    reader = read_all(many);
    assert_int_equal(reader.count, 0);
    assert_false(reader.answers.attributes);
    done(&reader);
}

static void the_cell_size_comes_from_the_best_source(void **state)
{
    (void)state;
    struct probe_answers known;
    int width;
    int height;
    probe_begin(&known);
    assert_string_equal(probe_cell_size(&known, 24, 80, 484, 316, &width, &height), "TIOCGWINSZ");
    assert_int_equal(width, 6);
    assert_int_equal(height, 13);
    assert_string_equal(probe_cell_size(&known, 24, 80, 484, 0, &width, &height), "guess");
    known.geometry_width = 480;
    known.geometry_height = 312;
    assert_string_equal(probe_cell_size(&known, 24, 80, 0, 0, &width, &height), "XTSMGRAPHICS");
    assert_int_equal(height, 13);
    known.geometry_width = known.geometry_height = 1000; /* a limit, not the window's size */
    assert_string_equal(probe_cell_size(&known, 24, 80, 720, 432, &width, &height), "XTSMGRAPHICS");
    known.text_width = 720;
    known.text_height = 432;
    assert_string_equal(probe_cell_size(&known, 24, 80, 484, 316, &width, &height), "14t");
    assert_int_equal(width, 9);
    assert_int_equal(height, 18);
}

/* Any bytes: no crash, and after silence the parser is always in its initial state. */
static void any_bytes_are_survived(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 3);
    static const char pieces[] = "\x1b[]PO_;:?<0123456789mcRtSy~u\\\x07\x9b\x90\x9c\xe5\xa4\x9c$Ma";
    for (int round = 0; round < 20000; round++) {
        struct reader reader = {0};
        probe_begin(&reader.answers);
        for (uint64_t i = random_below(&random, 40); i > 0; i--) {
            char byte = pieces[random_below(&random, sizeof pieces - 1)];
            feed(&reader, &byte, 1);
        }
        give_up(&reader, random_below(&random, 2) == 0);
        assert_int_equal(sequence_timeout(&reader.parser, false), -1);
        int before = reader.count;
        feed(&reader, "k", 1);
        if (before < EVENTS_MAX) {
            assert_int_equal(reader.count, before + 1);
            assert_int_equal(reader.events[before].key, 'k');
        }
        done(&reader);
    }
}

/* What terminfo says of other terminals. */
static void other_terminals_have_other_keys(void **state)
{
    (void)state;
    static const struct {
        const char *type, *bytes;
        int32_t key;
    } table[] = {
        {"rxvt", "\x1b[7~", KEYS_HOME},  {"rxvt", "\x1b[11~", KEYS_F1},        {"linux", "\x1b[[C", KEYS_F1 + 2},
        {"linux", "\x1b[1~", KEYS_HOME}, {"vt220", "\x1bOP", KEYS_F1},         {"vt220", "\x1b[17~", KEYS_F1 + 5},
        {"screen", "\x1b[4~", KEYS_END}, {"tmux-256color", "\x1bOA", KEYS_UP}, {"sun", "\x1b[224z", KEYS_F1},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct text_screen *screen;
        struct error error;
        assert_int_equal(text_screen_open(table[i].type, &screen, &error), STATUS_OK);
        struct reader reader = read_all(table[i].bytes);
        if (reader.count != 1 || reader.events[0].key != table[i].key)
            fail_msg("%s, entry %zu: %d events, key %x", table[i].type, i, reader.count,
                     (unsigned)reader.events[0].key);
        done(&reader);
        text_screen_close(screen);
    }
}

static struct text_screen *xterm;

static int open_xterm(void **state)
{
    (void)state;
    struct error error;
    return text_screen_open("xterm-256color", &xterm, &error) == STATUS_OK ? 0 : -1;
}

static int close_xterm(void **state)
{
    (void)state;
    text_screen_close(xterm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_have_their_names, open_xterm, close_xterm),
        cmocka_unit_test(other_terminals_have_other_keys),
        cmocka_unit_test(the_mouse_clicks_and_scrolls),
        cmocka_unit_test(a_paste_is_one_event),
        cmocka_unit_test(answers_are_understood_however_they_are_cut),
        cmocka_unit_test(wrong_answers_do_no_harm),
        cmocka_unit_test(the_cell_size_comes_from_the_best_source),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
