/* What carries a suggestion, by the stated rule, and what the catalogue adds to an explanation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "app/explain.h"
#include "core/pool.h"
#include "db/import/import.h"
#include "tests/folder.h"
#include "tests/must.h"

/* ---- the rule ---- */

static struct track track = {.title = "Halo", .artist = "Beyoncé", .album = "I Am"};

/* An explanation of score 1 in which nothing has a share. */
static struct app_why plain(void)
{
    struct app_why why = {.counted = true};
    why.tracks.items = &track;
    why.tracks.count = 1;
    why.score = (struct score_explanation){
        .score = 1, .by = ANSWER_MODEL, .typical = 0.1, .without = {NAN, NAN, NAN}, .n_parts = 1};
    why.score.parts[0] = (struct explained_part){"song", PART_SONG, 1};
    return why;
}

static void carries(struct app_why *why, enum why_carrier carrier, const char *words)
{
    app_why_conclude(why, "als");
    if (why->carrier != carrier || !strstr(why->sentence, words))
        fail_msg("%s: %s", why_carrier_name(why->carrier), why->sentence);
}

static void the_first_half_carries_it(void **state)
{
    enum { ARTIST, ALBUM, TOGETHER };
    (void)state;
    struct app_why why = plain();
    carries(&why, WHY_MIXED, "popularity 10 %");
    why.score.without[TOGETHER] = 0.9;
    carries(&why, WHY_CO_OCCURRENCE, "Co-occurrence carries it: without the 0 tracks");
    why.score.parts[why.score.n_parts++] = (struct explained_part){"gist", PART_FEATURE, 0.6};
    carries(&why, WHY_FEATURE, "\"gist\" is 60 % of the score");
    why.score.without[ARTIST] = 0.5;
    carries(&why, WHY_ARTIST, "by Beyoncé the score would be 50 % less");
    why.score.without[ALBUM] = 0.49;
    carries(&why, WHY_ARTIST, "Its artist carries it");
    why.score.whole[ALBUM] = true; /* the model knows no other track */
    carries(&why, WHY_ALBUM, "\"I Am\" nothing of the score would be left");
    why.score.typical = 0.5;
    carries(&why, WHY_POPULARITY, "50 % of the score on average");
    why.score.typical = 9.84;
    carries(&why, WHY_POPULARITY, "9.84 times this score on average");
    why = plain();
    why.score.parts[why.score.n_parts++] = (struct explained_part){"gist", PART_FEATURE, 0.3};
    why.score.parts[0].value = 0.7;
    carries(&why, WHY_MIXED,
            "Nothing carries it alone: learned from playlists 70 %, gist 30 %, popularity 10 % of "
            "the score (they overlap)");
}

static void what_cannot_be_said_is_not(void **state)
{
    (void)state;
    struct app_why why = plain();
    why.score.score = -2;
    carries(&why, WHY_UNKNOWN, "not above 0");
    why.score.score = NAN;
    carries(&why, WHY_UNKNOWN, "could not be computed");
    why = plain();
    why.counted = false;
    why.score.without[2] = 1;
    app_why_conclude(&why, "als");
    assert_true(isnan(why.shares[WHY_CO_OCCURRENCE]));
}

static void other_lists_are_told(void **state)
{
    (void)state;
    struct app_why why = plain();
    why.score.by = ANSWER_TITLE;
    why.score.ignores_seeds = true;
    carries(&why, WHY_TITLE, "The title carries it");
    why = plain();
    why.score.by = ANSWER_FEATURES;
    why.score.counts.distinct = 3;
    app_why_conclude(&why, "als");
    assert_non_null(strstr(why.list_note, "als knows none of the tracks; the list holds tracks with similar features"));
    why = plain();
    why.score.join = (struct explained_join){3, 0, 4.5, 0};
    app_why_conclude(&why, "als");
    assert_non_null(strstr(why.list_note, "4.5 (rank 3 for the tracks) + 0 (not among them for the title) = 4.5"));
}

/* ---- a catalogue ---- */

static char folder[TEST_FOLDER_MAX], path[TEST_FOLDER_MAX + 32];
static struct app *app;

static void import_text(const char *text)
{
    char csv[TEST_FOLDER_MAX + 32];
    struct catalogue *catalogue;
    struct import_report report = {0};
    struct pool *pool;
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album\n%s", text);
    fclose(file);
    must(pool_create(1, &pool, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, pool, NULL, &report, &error));
    catalogue_close(catalogue);
    pool_destroy(pool);
}

static int begin(void **state)
{
    struct catalogue *catalogue;
    struct compute compute;
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    import_text("one,0,A,Ann,First\none,1,B,Ann,First\none,2,C,Cid,\none,3,D,Dan,\n"
                "two,0,A,Ann,First\ntwo,1,D,Dan,\ntwo,2,E,Eve,\n"
                "three,0,C,Cid,\nthree,1,F,Fay,\n");
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    must(compute_open(DEVICE_CPU, 1, &compute, &error));
    const struct model_spec spec = {.kind = "sknn", .name = "sknn", .seed = 1, .split_sets = SPLIT_TRAIN};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    compute_close(&compute);
    catalogue_close(catalogue);
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 1, NULL}};
    must(app_open(&options, &app, &error));
    return 0;
}

static int end(void **state)
{
    char command[TEST_FOLDER_MAX + 16];
    (void)state;
    app_close(app);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : -1;
}

/* Tracks are numbered A 1, B 2, C 3, D 4, E 5, F 6. */
static void voters_and_common_playlists_are_named(void **state)
{
    (void)state;
    const int64_t seeds[] = {1, 2, 6, 1};
    const struct recommend_query query = {.seeds = seeds, .n_seeds = 4};
    struct app_why why;
    must(app_explain(app, "sknn", &query, 4, 10, &why, &error));
    assert_int_equal(why.score.n_seeds, 3);
    assert_true(why.counted);
    assert_int_equal(why.together[0], 2);
    assert_int_equal(why.together[1], 1);
    assert_int_equal(why.together[2], 0);
    assert_int_equal(why.n_voters, 2);
    assert_string_equal(why.voters[0].name, "one"); /* it shares two tracks */
    assert_string_equal(why.voters[1].name, "two");
    assert_true(fabs(why.voters[0].gain + why.voters[1].gain - why.score.score) < 1e-6);
    assert_int_equal(why.score.playlists, 2);
    assert_int_equal(why.score.popularity_rank, 1);
    assert_int_equal(why.groups[0], SEEDS_TOGETHER);
    app_why_free(&why);
    struct error refusal = {0};
    assert_int_equal(app_explain(app, "sknn", &query, 2, 10, &why, &refusal), STATUS_USAGE);
    assert_int_equal(app_explain(app, "none", &query, 4, 10, &why, &refusal), STATUS_FAILED);
}

/* Playlists that were added since the training are not those that the model was trained on. */
static void changed_playlists_are_not_counted(void **state)
{
    (void)state;
    const int64_t seeds[] = {1};
    const struct recommend_query query = {.seeds = seeds, .n_seeds = 1};
    struct app_why why;
    app_close(app);
    import_text("four,0,A,Ann,First\nfour,1,D,Dan,\n");
    const struct app_options options = {.catalogue = path, .device = {DEVICE_CPU, 1, NULL}};
    must(app_open(&options, &app, &error));
    must(app_explain(app, "sknn", &query, 4, 10, &why, &error));
    assert_false(why.counted);
    assert_non_null(strstr(why.counted_note, "have changed since the training"));
    assert_int_equal(why.n_voters, 2);
    assert_int_equal(why.voters[0].id, 0);
    assert_true(why.score.score > 0);
    app_why_free(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_half_carries_it),
        cmocka_unit_test(what_cannot_be_said_is_not),
        cmocka_unit_test(other_lists_are_told),
        cmocka_unit_test(voters_and_common_playlists_are_named),
        cmocka_unit_test(changed_playlists_are_not_counted),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
