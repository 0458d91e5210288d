/* Fuzzy matching against a plain reference, which tries every placement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pool.h"
#include "core/random.h"
#include "tests/append.h"
#include "ui/fuzzy_internal.h"

/* ---- the reference ---- */

static int bonus(const char *text, int at)
{
    if (at == 0)
        return FUZZY_START;
    unsigned char a = (unsigned char)text[at - 1], b = (unsigned char)text[at];
    bool a_letter = isalpha(a) || a >= 0x80, a_in_word = a_letter || isdigit(a);
    bool b_in_word = isalnum(b) || b >= 0x80;
    if (a == ' ')
        return FUZZY_WORD;
    if (!a_in_word)
        return b_in_word || b == ' ' ? FUZZY_SEPARATOR : 0;
    return (islower(a) && isupper(b)) || (a_letter && isdigit(b)) ? FUZZY_CAMEL : 0;
}

static bool same(char text, char pattern, bool with_case)
{
    return text == pattern || (!with_case && isascii(text) && tolower(text) == pattern);
}

/* The best score of the rest of the word, whose last byte was placed at `last` (-1: none). */
static int try_all(const char *word, const char *text, int last, bool with_case)
{
    int best = -1000000;
    bool rest = ((unsigned char)word[0] & 0xc0) == 0x80;
    if (!word[0])
        return 0;
    for (int i = last + 1; text[i]; i++) {
        int gap = i - last - 1, cost = gap == 0 ? 0 : FUZZY_GAP + gap - 1;
        if (!same(text[i], word[0], with_case) || (rest && gap > 0))
            continue;
        int here = FUZZY_MATCH + bonus(text, i);
        if (last < 0)
            here += bonus(text, i);
        else if (gap == 0 && bonus(text, i) < FUZZY_RUN)
            here = FUZZY_MATCH + FUZZY_RUN;
        else if (gap > 0)
            here -= cost < FUZZY_GAP_MOST ? cost : FUZZY_GAP_MOST;
        int more = try_all(word + 1, text, i, with_case);
        if ((rest ? 0 : here) + more > best)
            best = (rest ? 0 : here) + more;
    }
    return best;
}

static int reference(const char *pattern, const char *text)
{
    struct fuzzy_folded folded_pattern, folded;
    fuzzy_fold(pattern, &folded_pattern);
    fuzzy_fold(text, &folded);
    int sum = 0;
    for (char *word = strtok(folded_pattern.bytes, " "); word; word = strtok(NULL, " ")) {
        bool with_case = false;
        for (char *c = word; *c; c++)
            with_case = with_case || isupper((unsigned char)*c);
        int score = try_all(word, folded.bytes, -1, with_case);
        if (score < 0)
            return -1;
        sum += score;
    }
    return sum;
}

static int score(const char *pattern, const char *text)
{
    struct fuzzy_pattern prepared;
    fuzzy_pattern_set(&prepared, pattern);
    int value = fuzzy_score(&prepared, text);
    assert_true(value <= prepared.score_most);
    return value;
}

/* Characters that make words, borders, capitals, accents and longer sequences collide often. */
static const char *const pieces[] = {
    "a",        "b", "A", "B",        " ", "-", "1", "\xc3\xa9", "e", "E", "\xc3\x89", "\xe5\xa4\x9c", "\xe5\xa4\xa9",
    "\xd0\xb6", "a", "b", "\xcc\x81", "."};
enum { PIECES = sizeof pieces / sizeof pieces[0] };

static void make_text(struct random *random, size_t most, char *text, size_t size)
{
    text[0] = '\0';
    for (uint64_t n = random_below(random, most + 1); n > 0; n--)
        append(text, size, pieces[random_below(random, PIECES)]);
}

static void test_reference(void **unused)
{
    (void)unused;
    struct random random;
    random_seed(&random, 1);
    int matched = 0;
    for (int i = 0; i < 40000; i++) {
        char pattern[64], text[64];
        make_text(&random, 4, pattern, sizeof pattern);
        make_text(&random, 12, text, sizeof text);
        int expected = reference(pattern, text);
        if (score(pattern, text) != expected)
            print_message("pattern \"%s\", text \"%s\": %d, not %d\n", pattern, text, score(pattern, text), expected);
        assert_int_equal(score(pattern, text), expected);
        matched += expected > 0;
    }
    assert_true(matched > 4000);
}

static void test_examples(void **unused)
{
    (void)unused;
    assert_true(score("bey", "Beyonc\xc3\xa9") > 0);
    assert_true(score("beyonce", "Beyonc\xc3\xa9") > 0);
    assert_true(score("beyonc\xc3\xa9", "Beyonce") > 0);
    assert_true(score("Bey", "beyonce") < 0);
    assert_true(score("E", "\xc3\x89milie") > 0);
    assert_true(score("E", "\xc3\xa9milie") < 0);
    assert_true(score("summer rain", "Rain in summer") > 0);
    assert_true(score("summer snow", "Rain in summer") < 0);
    assert_true(score("\xe5\xa4\x9c\xe3\x81\xab", "\xe5\xa4\x9c\xe3\x81\xab\xe9\xa7\x86") > 0);
    assert_int_equal(score("  ", "anything"), 0);
    /* a start of a word before its middle, a run before scattered letters, the start before a later word */
    assert_true(score("ro", "Rock") > score("ro", "Hero"));
    assert_true(score("rt", "Road Trip") > score("rt", "Party"));
    assert_true(score("rain", "Rainy day") > score("rain", "Red apple in nature"));
    assert_true(score("mix", "mixtape") > score("mix", "my mix"));
    assert_true(score("dm", "DailyMix") > score("dm", "dramas"));
}

static void marks_are(const char *pattern, const char *text, const char *expected)
{
    struct fuzzy_pattern prepared;
    bool marks[64];
    char shown[64] = "";
    fuzzy_pattern_set(&prepared, pattern);
    fuzzy_marks(&prepared, text, marks, strlen(text));
    for (size_t i = 0; i < strlen(text); i++)
        shown[i] = marks[i] ? '^' : '.';
    assert_string_equal(shown, expected);
}

static void test_marks(void **unused)
{
    (void)unused;
    marks_are("rt", "Road Trip", "^....^...");
    marks_are("trip", "Tram to a trip", "..........^^^^");
    marks_are("ce", "Beyonc\xc3\xa9", ".....^^^");
    marks_are("ip ro", "Road Trip", "^^.....^^");
    marks_are("xyz", "Road Trip", ".........");
    marks_are("", "Road", "....");
}

/* Every marked character is in the pattern, and their number is that of the pattern's characters. */
static void test_marks_fit(void **unused)
{
    (void)unused;
    struct random random;
    random_seed(&random, 2);
    for (int i = 0; i < 20000; i++) {
        char pattern[64], text[128];
        make_text(&random, 3, pattern, sizeof pattern);
        make_text(&random, 20, text, sizeof text);
        struct fuzzy_pattern prepared;
        bool marks[128], any = false;
        fuzzy_pattern_set(&prepared, pattern);
        bool matches = fuzzy_marks(&prepared, text, marks, strlen(text));
        for (size_t k = 0; k < strlen(text); k++)
            any = any || marks[k];
        assert_int_equal(matches, fuzzy_score(&prepared, text) >= 0);
        assert_int_equal(any, matches && prepared.n_words > 0);
    }
}

/* ---- lists ---- */

enum { TEXTS = 30000 };

static void make_list(struct fuzzy_list *list, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (int i = 0; i < TEXTS; i++) {
        char text[128];
        make_text(&random, 24, text, sizeof text);
        assert_true(fuzzy_list_add(list, text));
    }
}

static void check_order(const struct fuzzy_list *list, const struct fuzzy_pattern *pattern,
                        const struct fuzzy_found *found)
{
    for (size_t i = 1; i < found->count; i++) {
        uint32_t a = found->best[i - 1], b = found->best[i];
        int score_a = fuzzy_score(pattern, fuzzy_list_text(list, a)),
            score_b = fuzzy_score(pattern, fuzzy_list_text(list, b));
        size_t size_a = strlen(list->bytes + list->folded[a]), size_b = strlen(list->bytes + list->folded[b]);
        assert_true(score_a > score_b || (score_a == score_b && (size_a < size_b || (size_a == size_b && a < b))));
        assert_true(found->ordered[i - 1] < found->ordered[i]);
    }
}

static void test_filter(void **unused)
{
    (void)unused;
    static const char *const patterns[] = {"a", "ab", "ab1", "e b", "E", "\xe5\xa4\x9c", "-", "abab ee", ""};
    struct fuzzy_list list = {0};
    struct pool *pool;
    make_list(&list, 3);
    assert_int_equal(pool_create(3, &pool, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct fuzzy_pattern pattern;
        struct fuzzy_found alone, found;
        size_t expected = 0;
        fuzzy_pattern_set(&pattern, patterns[i]);
        assert_int_equal(fuzzy_filter(&list, &pattern, NULL, NULL, NULL, &alone, NULL), STATUS_OK);
        assert_int_equal(fuzzy_filter(&list, &pattern, NULL, pool, NULL, &found, NULL), STATUS_OK);
        for (size_t k = 0; k < list.count; k++)
            expected += fuzzy_score(&pattern, fuzzy_list_text(&list, k)) >= 0;
        assert_int_equal(found.count, expected);
        assert_int_equal(alone.count, expected);
        assert_memory_equal(found.best, alone.best, expected * sizeof *found.best);
        check_order(&list, &pattern, &found);
        fuzzy_found_free(&found);
        fuzzy_found_free(&alone);
    }
    pool_destroy(pool);
    fuzzy_list_free(&list);
}

/* Typing more never brings anything back, and filtering what was left gives the same as filtering everything. */
static void test_narrowing(void **unused)
{
    (void)unused;
    struct random random;
    random_seed(&random, 4);
    struct fuzzy_list list = {0};
    make_list(&list, 5);
    for (int i = 0; i < 60; i++) {
        char text[64] = "";
        struct fuzzy_pattern before, pattern;
        struct fuzzy_found left = {0}, found, all;
        fuzzy_pattern_set(&before, text);
        assert_int_equal(fuzzy_filter(&list, &before, NULL, NULL, NULL, &left, NULL), STATUS_OK);
        for (int k = 0; k < 5; k++) {
            append(text, sizeof text, pieces[random_below(&random, PIECES)]);
            fuzzy_pattern_set(&pattern, text);
            if (!fuzzy_pattern_narrows(&before, &pattern))
                break; /* a lone accent was dropped, for example */
            assert_int_equal(fuzzy_filter(&list, &pattern, &left, NULL, NULL, &found, NULL), STATUS_OK);
            assert_int_equal(fuzzy_filter(&list, &pattern, NULL, NULL, NULL, &all, NULL), STATUS_OK);
            assert_int_equal(found.count, all.count);
            assert_memory_equal(found.best, all.best, all.count * sizeof *all.best);
            fuzzy_found_free(&all);
            fuzzy_found_free(&left);
            left = found;
            before = pattern;
        }
        fuzzy_found_free(&left);
    }
    fuzzy_list_free(&list);
}

static bool narrows(const char *before, const char *after)
{
    struct fuzzy_pattern a, b;
    fuzzy_pattern_set(&a, before);
    fuzzy_pattern_set(&b, after);
    return fuzzy_pattern_narrows(&a, &b);
}

static void test_narrows(void **unused)
{
    (void)unused;
    assert_true(narrows("", "a"));
    assert_true(narrows("ra", "rain"));
    assert_true(narrows("ra", "rain s"));
    assert_true(narrows("ra", "raI"));
    assert_false(narrows("rI", "ri"));
    assert_false(narrows("rain", "ra"));
    assert_false(narrows("ra", "ro"));
}

static void test_cancel(void **unused)
{
    (void)unused;
    struct fuzzy_list list = {0};
    struct fuzzy_pattern pattern;
    struct fuzzy_found found;
    struct error error;
    atomic_bool cancel = true;
    make_list(&list, 6);
    fuzzy_pattern_set(&pattern, "a");
    assert_int_equal(fuzzy_filter(&list, &pattern, NULL, NULL, &cancel, &found, &error), STATUS_INTERRUPTED);
    assert_null(found.best);
    fuzzy_list_free(&list);
}

/* Any bytes, and texts longer than what is searched. */
static void test_any_bytes(void **unused)
{
    (void)unused;
    struct random random;
    random_seed(&random, 7);
    for (int i = 0; i < 3000; i++) {
        char pattern[400], text[3000];
        bool marks[3000];
        struct fuzzy_pattern prepared;
        struct fuzzy_list list = {0};
        size_t size = random_below(&random, sizeof text), typed = random_below(&random, i % 3 ? 6 : sizeof pattern);
        for (size_t k = 0; k < size; k++)
            text[k] = (char)(1 + random_below(&random, 255));
        for (size_t k = 0; k < typed; k++)
            pattern[k] = (char)(1 + random_below(&random, 255));
        text[size > 0 ? size - 1 : 0] = pattern[typed > 0 ? typed - 1 : 0] = '\0';
        fuzzy_pattern_set(&prepared, pattern);
        assert_int_equal(fuzzy_marks(&prepared, text, marks, sizeof marks), fuzzy_score(&prepared, text) >= 0);
        assert_true(fuzzy_list_add(&list, text));
        assert_string_equal(fuzzy_list_text(&list, 0), text);
        struct fuzzy_found found;
        assert_int_equal(fuzzy_filter(&list, &prepared, NULL, NULL, NULL, &found, NULL), STATUS_OK);
        assert_int_equal(found.count, fuzzy_score(&prepared, text) >= 0);
        fuzzy_found_free(&found);
        fuzzy_list_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference), cmocka_unit_test(test_examples), cmocka_unit_test(test_marks),
        cmocka_unit_test(test_marks_fit), cmocka_unit_test(test_filter),   cmocka_unit_test(test_narrowing),
        cmocka_unit_test(test_narrows),   cmocka_unit_test(test_cancel),   cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
