#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/failure_fields.h"
#include "app/failure_file.h"
#include "app/failure_query.h"
#include "tests/append.h"

/* Conditions on failures: what each form means, and what the file of a list says. tests/fuzz/fuzz_failure_query.c
 * checks properties of any text. */

enum { COUNT = 6 };

static struct failure_list list = {.model = "als", .against = "pop"};
static struct failure failures[COUNT];
static struct error error;

static int begin(void **state)
{
    (void)state;
    static const struct {
        const char *name, *genre;
        double ndcg, artist;
        int seeds;
        bool causes;
    } made[COUNT] = {
        {"Rainy Day", "rock", 0.05, 1, 1, true},
        {"rain dance", "hard rock", 0.5, 0.25, 2, true},
        {"Caf\xc3\xa9 del Mar", "", 0.25, 0.9, 3, true},
        {"a<b, \"c\"", "r&b", 0, NAN, 1, true},
        {"sunny", "", 0.125, NAN, 5, false},
        {"Rainy Day", "pop", 0.05, 0.5, 4, true},
    };
    for (int i = 0; i < COUNT; i++) {
        struct failure *failure = &failures[i];
        *failure = (struct failure){.playlist_id = i, .n_entries = 10 * i, .seeds = made[i].seeds};
        failure->has_causes = made[i].causes;
        for (int fact = 0; fact < FACTS; fact++)
            failure->facts[fact] = made[i].causes ? 0 : (double)NAN;
        failure->facts[CAUSE_ARTIST] = made[i].artist;
        for (int metric = 0; metric < METRICS; metric++)
            failure->values[metric] = failure->other[metric] = made[i].ndcg;
        failure->other[METRIC_NDCG] = i == 2 ? (double)NAN : 0.25;
        char key[8] = {'k', (char)('0' + i)};
        assert_int_equal(failure_set_texts(&list, failure, key, made[i].name, made[i].genre, &error), STATUS_OK);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    failure_list_free(&list);
    return 0;
}

/* The numbers of the playlists, in order. */
static void selects(const char *where, const char *numbers)
{
    struct failure some[COUNT];
    struct failure_query query;
    size_t kept;
    char found[COUNT + 1] = "";
    if (failure_query_parse(where, &query, &error) != STATUS_OK)
        fail_msg("%s: %s", where, error.text);
    assert_int_equal(failure_query_select(&query, failures, COUNT, some, &kept, &error), STATUS_OK);
    for (size_t i = 0; i < kept; i++)
        found[i] = (char)('0' + some[i].playlist_id);
    if (strcmp(found, numbers) != 0)
        print_message("%s\n", where);
    assert_string_equal(found, numbers);
}

static void each_form_has_its_meaning(void **state)
{
    (void)state;
    selects("", "012345");
    selects("rain", "015");
    selects("RAIN day", "05"); /* all words, in any order */
    selects("\"rainy d\"", "05");
    selects("!rain", "234");
    selects("cafe", "2");
    selects("\"a<b\"", "3");
    selects("ndcg<0.1", "035");
    selects("ndcg<10%", "035");
    selects("ndcg<=,05", "035");
    selects("ndcg=0.5", "1");
    selects("ndcg!=0.05 seeds!=1", "124");
    selects("seeds>=3 seeds<5", "25");
    selects("cause:artist", "02");   /* applies from 0.9 on */
    selects("!cause:artist", "135"); /* not where causes are unknown */
    selects("cause:none", "135");
    selects("artist>=0.5", "025");
    selects("!artist>=0.5", "1"); /* an unknown share holds in no comparison */
    selects("loss<0", "0345");
    selects("genre:rock", "01");
    selects("genre=rock", "0");
    selects("genre!=rock", "1235");
    selects("genre:r&b", "3");
    selects("genre=\"0\"", ""); /* a genre, not the share */
    selects("genre=0", "01235");
    selects("genre>0.5", "");
    selects("length>20 rain", "5");
}

static void orders(void **state)
{
    (void)state;
    selects("sort:ndcg", "305421"); /* the worst first; equal ones keep their order */
    selects("sort:-ndcg", "124053");
    selects("sort:+seeds", "031254");
    selects("sort:artist", "025134"); /* the largest share is the worst; unknown ones last */
    selects("sort:+artist", "152034");
    selects("sort:loss ndcg>0", "05412");
    selects("sort:seeds sort:-length rain", "510"); /* the last order counts */
}

static void refuses(const char *where, const char *part)
{
    struct failure_query query;
    assert_int_equal(failure_query_parse(where, &query, &error), STATUS_USAGE);
    if (!strstr(error.text, part))
        print_message("%s: %s\n", where, error.text);
    assert_non_null(strstr(error.text, part));
}

static void what_is_not_understood_is_named(void **state)
{
    (void)state;
    struct failure_query query;
    char many[256] = "";
    refuses("foo<3", "there is no field \"foo\"");
    refuses("ndcg<", "after \"ndcg<\" comes a number");
    refuses("ndcg<x%", "comes a number");
    refuses("ndcg<nan", "comes a number");
    refuses("cause:sun", "comes unknown, unreachable,");
    refuses("genre:", "comes a genre");
    refuses("genre=", "comes a genre");
    refuses("sort:", "comes a field");
    refuses("sort:-foo", "there is no field \"foo\"");
    refuses("!sort:ndcg", "cannot be negated");
    for (int i = 0; i <= FAILURE_TERMS_MAX; i++)
        append(many, sizeof many, "a ");
    refuses(many, "at most 24 conditions");
    /* The first fault is named; the other words count. */
    assert_int_equal(failure_query_parse("foo<3 rain ndcg< seeds=1 bar<2", &query, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "foo"));
    assert_int_equal(query.count, 2);
}

static void what_needs_causes(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        bool needs;
    } cases[] = {{"rain ndcg<1 sort:clicks", false},
                 {"cause:none", true},
                 {"genre:x", true},
                 {"ceiling<1", true},
                 {"sort:popular", true},
                 {"popularity<1", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct failure_query query;
        assert_int_equal(failure_query_parse(cases[i].where, &query, &error), STATUS_OK);
        assert_int_equal(failure_query_needs_causes(&query), cases[i].needs);
    }
}

static void files(void **state)
{
    (void)state;
    struct buffer csv = {0}, lines = {0};
    failure_file_text(&list, failures + 3, 2, FAILURES_CSV, &csv);
    failure_file_text(&list, failures + 3, 2, FAILURES_JSONL, &lines);
    assert_false(csv.failed || lines.failed);
    assert_int_equal(strncmp(csv.data, "model,playlist,name,genre,cause,seeds,length,", 45), 0);
    assert_non_null(strstr(csv.data, "\r\nals,k3,\"a<b, \"\"c\"\"\",r&b,none,1,30,0,-0.25,0.25,"));
    assert_non_null(strstr(csv.data, "\r\nals,k4,sunny,,,5,40,,-0.125,0.25,,,,0.125,"));
    assert_non_null(strstr(lines.data, "\"name\":\"a<b, \\\"c\\\"\""));
    assert_non_null(strstr(lines.data, "\"causes\":{\"unknown\":null,")); /* of the second */
    assert_null(strstr(lines.data, "nan"));
    buffer_free(&csv);
    buffer_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_has_its_meaning),
        cmocka_unit_test(orders),
        cmocka_unit_test(what_is_not_understood_is_named),
        cmocka_unit_test(what_needs_causes),
        cmocka_unit_test(files),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, begin, end);
}
