#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/title_text.h"
#include "tests/must.h"

/* Titles as words and terms. */

static void words_are_normalised(void **state)
{
    (void)state;
    static const struct {
        const char *title, *words;
    } cases[] = {
        {"Road Trip", "road trip"},
        {"  trip\tROAD, trip! ", "road trip"},
        {"Ｆｕｌｌ Ｗｉｄｔｈ", "full width"},
        {"Éxitos de España", "de espana exito"},
        {"Straße STRASSE", "strasse"},
        {"smørrebrød", "smorrebrod"},
        {"ΣΊΣΥΦΟΣ", "σισυφοσ"},
        {"Ёлка", "елка"},
        {"رقص BALLARE", "ballare رقص"},
        {"夏の歌", "夏の歌"},
        {"Parties songs hits", "hit party song"},
        {"Vibes vibe classes class", "class classe vibe"},
        {"bus gas yes s", "bus gas s yes"},
        {"don't dont DON\xe2\x80\x99T", "dont"},
        {"R&B RnB r'n'b", "rnb"},
        {"Drum & Bass", "bass drum"},
        {"90s 1990s '90s", "90s"},
        {"2000s 80's 808s", "00s 808s 80s"},
        {"Best of 2019", "2019 best of"},
        {"2017-2020", "2017 2020"},
        {"2013-08-21 The Doctor", "2013-08-21 doctor the"},
        {"2013/8/21 2013.08.21", "2013-08-21"},
        {"2013-13-21", "13 2013 21"},
        {"2013-08-21st 12013-08-21", "08 12013 2013 21 21st"},
        {"electropop\xf0\x9f\x90\xb9", "electropop \xf0\x9f\x90\xb9"},
        {"\xf0\x9f\x94\xa5\xf0\x9f\x94\xa5", "\xf0\x9f\x94\xa5"},
        {"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", "\xf0\x9f\x91\x8d"},                 /* thumbs up with a skin tone */
        {"\xe2\x9d\xa4\xef\xb8\x8f \xe2\x9d\xa4", "\xe2\x9d\xa4"},                /* hearts with and without a style */
        {"\xf0\x9f\x87\xa7\xf0\x9f\x87\xb7", "\xf0\x9f\x87\xa7\xf0\x9f\x87\xb7"}, /* the flag of Brazil */
        {"A$AP #1 (x) [y] -- _z_", "1 a ap x y z"},
        {"", ""},
        {" \t\n", ""},
        {"!?...", ""},
        {"\x01\x1b[31m\x7f", "31m"},
        {"\xff\xfe rock \xc3", "rock"},
        {"\xe2\x80\x8b\xe2\x80\xae", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer words = {0};
        title_words(cases[i].title, strlen(cases[i].title), &words);
        assert_false(words.failed);
        assert_string_equal(words.data ? words.data : "", cases[i].words);
        buffer_free(&words);
    }
}

static void add_terms(const char *title, struct title_terms *terms)
{
    struct buffer words = {0};
    title_words(title, strlen(title), &words);
    must(title_terms_make(words.data ? words.data : "", words.size, terms, &error));
    buffer_free(&words);
}

/* The terms that two titles have in common, words and triples. */
static void count_common(const char *left, const char *right, size_t common[2])
{
    struct title_terms a, b;
    add_terms(left, &a);
    add_terms(right, &b);
    common[0] = common[1] = 0;
    for (size_t i = 0; i < a.count; i++)
        for (size_t j = 0; j < b.count; j++)
            common[title_term_is_triple(a.items[i].hash)] += a.items[i].hash == b.items[j].hash;
    title_terms_free(&a);
    title_terms_free(&b);
}

static void near_titles_have_terms_in_common(void **state)
{
    (void)state;
    static const struct {
        const char *left, *right;
        size_t words, triples;
    } cases[] = {
        {"rock", "rock", 1, 4},
        {"rock", "rocks", 1, 4},
        {"rock", "rocknroll", 0, 3}, /* " ro", "roc", "ock" */
        {"rock", "jazz", 0, 0},
        {"a", "a", 1, 1},     /* " a " */
        {"abab", "ab", 0, 2}, /* " ab", "ab " */
        {"\xe5\xa4\x8f", "\xe5\xa4\x8f\xe6\xad\x8c", 0, 0},
        {"2013-08-21", "2013-08-21", 8, 0},
        {"2013-08-21", "2014-08-21", 0, 0},
        {"2013-08-01", "2013 rock", 1, 0},
        {"2013-12-31", "2014-01-01", 4, 0}, /* two of the six periods end between them */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t common[2];
        count_common(cases[i].left, cases[i].right, common);
        assert_int_equal(common[0], cases[i].words);
        assert_int_equal(common[1], cases[i].triples);
    }
}

/* The more days lie between two dates of a month, the fewer terms they have in common. */
static void near_dates_have_more_in_common(void **state)
{
    (void)state;
    size_t last = 8, all = 0;
    for (int days = 0; days < 28; days++) {
        char other[24];
        size_t common[2];
        snprintf(other, sizeof other, "2016-02-%02d", 1 + days);
        count_common("2016-02-01", other, common);
        assert_true(common[0] <= last && common[0] >= 2);
        last = common[0];
        all += common[0];
    }
    assert_true(last <= 3);
    assert_in_range(all, 28 * 2 + 20, 28 * 2 + 100);
}

static void any_bytes_are_accepted(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 3);
    for (int round = 0; round < 3000; round++) {
        unsigned char title[64];
        size_t size = (size_t)random_below(&random, sizeof title);
        for (size_t i = 0; i < size; i++)
            title[i] =
                random_below(&random, 2) ? (unsigned char)random_below(&random, 256) : (unsigned char)"a1-/&'s "[i % 8];
        struct buffer once = {0}, twice = {0};
        title_words((const char *)title, size, &once);
        assert_false(once.failed);
        if (once.size > 0) { /* the words of words are these words */
            title_words(once.data, once.size, &twice);
            assert_string_equal(twice.data, once.data);
        }
        struct title_terms terms;
        must(title_terms_make(once.data ? once.data : "", once.size, &terms, &error));
        for (size_t i = 1; i < terms.count; i++)
            assert_true(terms.items[i - 1].hash < terms.items[i].hash);
        title_terms_free(&terms);
        buffer_free(&once);
        buffer_free(&twice);
    }
}

/* Every word and triple of a long title counts. */
static void long_titles_are_read_whole(void **state)
{
    (void)state;
    enum { SIZE = 10000 };
    char *title = malloc(SIZE + 1);
    assert_non_null(title);
    memset(title, 'x', SIZE);
    title[SIZE] = '\0';
    struct title_terms terms;
    add_terms(title, &terms);
    assert_int_equal(terms.count, 4); /* the word, " xx", "xxx", "xx " */
    float most = 0;
    for (size_t i = 0; i < terms.count; i++)
        most = terms.items[i].count > most ? terms.items[i].count : most;
    assert_true(most == SIZE - 2);
    title_terms_free(&terms);
    for (int i = 0; i < SIZE; i += 5) {
        char word[16];
        snprintf(word, sizeof word, "%04d ", i / 5);
        memcpy(title + i, word, 5);
    }
    title[SIZE] = '\0';
    struct buffer words = {0};
    title_words(title, SIZE, &words);
    assert_int_equal(words.size, SIZE - 1);
    buffer_free(&words);
    free(title);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_normalised),           cmocka_unit_test(near_titles_have_terms_in_common),
        cmocka_unit_test(near_dates_have_more_in_common), cmocka_unit_test(any_bytes_are_accepted),
        cmocka_unit_test(long_titles_are_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
