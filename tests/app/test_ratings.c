/* Ratings: the table, agreement, files in and out, and what is left after a kill or without the playlist. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/rating_file.h"
#include "app/rating_table.h"
#include "app/ratings.h"
#include "core/file.h"
#include "db/catalogue.h"
#include "db/import/import.h"
#include "tests/folder.h"
#include "tests/must.h"

enum { TRACKS = 60 };

static char folder[TEST_FOLDER_MAX], path[96], csv[96];
static struct catalogue *catalogue;

/* Playlists "a", "b" and "odd" with 60 tracks that all of them share; one title is odd, one begins as a formula. */
static int begin(void **state)
{
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    snprintf(csv, sizeof csv, "%s/r.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist\n");
    for (int p = 0; p < 3; p++)
        for (int t = 0; t < TRACKS; t++)
            fprintf(file, "%s,%d,\"%s %d\",artist %d\n",
                    p == 2 ? "\"odd, \"\"\xe9\x9b\xa8\"\"\""
                    : p    ? "b"
                           : "a",
                    t,
                    t == 1   ? "line\nend, \"\"x\"\" \xf0\x9f\x90\xb9"
                    : t == 2 ? "=SUM(1)"
                             : "song",
                    t, t / 4);
    fclose(file);
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, NULL, NULL, &report, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    catalogue_close(catalogue);
    char command[TEST_FOLDER_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void rate(int64_t playlist, int64_t track, const char *model, const char *rater, enum rating_value value,
                 const char *reason, int64_t rated)
{
    const struct rating rating = {.playlist_id = playlist,
                                  .track_id = track,
                                  .model = model,
                                  .rater = rater,
                                  .value = value,
                                  .reason = reason,
                                  .metadata = strcmp(reason, "wrong decade") == 0,
                                  .rank = (int32_t)track,
                                  .rated = rated};
    must(catalogue_rating_write(catalogue, &rating, &error));
}

static struct rating_table table_of(const char *rater)
{
    struct rating_table table;
    const struct rating_filter filter = {.rater = rater};
    must(ratings_table(catalogue, &filter, &table, &error));
    return table;
}

static size_t count_ratings(void)
{
    struct rating_list list;
    const struct rating_filter all = {0};
    must(catalogue_ratings_read(catalogue, &all, &list, &error));
    const size_t count = list.count;
    rating_list_free(&list);
    return count;
}

/* Two raters and two models: shares as counted by hand, with and without wrong metadata. */
static void shares_are_counted(void **state)
{
    (void)state;
    for (int t = 1; t <= 10; t++)
        rate(1, t, "als", "ann",
             t <= 4   ? RATING_GOOD
             : t <= 6 ? RATING_BORDERLINE
                      : RATING_BAD,
             t <= 6   ? ""
             : t <= 9 ? "wrong decade"
                      : "too loud",
             100);
    rate(1, 1, "mf", "ann", RATING_BAD, "too loud", 50);
    rate(2, 1, "als", "bob", RATING_GOOD, "", 100);
    struct rating_table table = table_of(NULL);
    assert_int_equal(table.n_rows, 3);
    const struct rating_row *row = &table.rows[0];
    assert_string_equal(row->playlist, "a");
    assert_string_equal(row->model, "als");
    size_t n;
    assert_true(fabs(rating_row_share(row, RATING_GOOD, false, &n) - 0.4) < 1e-12 && n == 10);
    assert_true(fabs(rating_row_share(row, RATING_BAD, false, NULL) - 0.4) < 1e-12);
    assert_true(fabs(rating_row_share(row, RATING_GOOD, true, &n) - 4.0 / 7) < 1e-12 && n == 7);
    assert_true(fabs(rating_row_share(row, RATING_BAD, true, NULL) - 1.0 / 7) < 1e-12);
    assert_int_equal(table.n_totals, 1); /* only als has two playlists */
    assert_int_equal(table.totals[0].n, 11);
    assert_int_equal(table.totals[0].raters, 2);
    assert_int_equal(table.n_reasons, 2);
    assert_string_equal(table.reasons[0].reason, "wrong decade");
    assert_true(table.reasons[0].metadata && table.reasons[0].count == 3);
    rating_table_free(&table);
    table = table_of("bob");
    assert_int_equal(table.n_rows, 1);
    assert_int_equal(table.n_pairs, 0);
    rating_table_free(&table);
}

/* With all ratings being wrong metadata, nothing is left to take shares of. */
static void nothing_left_is_no_share(void **state)
{
    (void)state;
    rate(1, 1, "als", "ann", RATING_BAD, "wrong decade", 1);
    struct rating_table table = table_of(NULL);
    assert_true(isnan(rating_row_share(&table.rows[0], RATING_GOOD, true, NULL)));
    assert_true(rating_row_share(&table.rows[0], RATING_BAD, false, NULL) == 1);
    rating_table_free(&table);
}

/* Each rater's latest rating of a track for a playlist counts, whatever the model; three raters give three pairs. */
static void raters_agree_on_what_both_rated(void **state)
{
    (void)state;
    rate(1, 1, "als", "ann", RATING_BAD, "x", 10);
    rate(1, 1, "mf", "ann", RATING_GOOD, "", 20);
    rate(1, 1, "als", "bob", RATING_GOOD, "", 5);
    rate(1, 2, "als", "ann", RATING_BAD, "x", 10);
    rate(1, 2, "mf", "bob", RATING_BAD, "x", 10);
    rate(2, 2, "mf", "bob", RATING_GOOD, "", 10); /* ann did not rate it for this playlist */
    rate(1, 3, "als", "ann", RATING_BORDERLINE, "", 10);
    rate(1, 3, "als", "bob", RATING_GOOD, "", 10);
    rate(3, 9, "als", "cy", RATING_GOOD, "", 10);
    struct rating_table table = table_of(NULL);
    assert_int_equal(table.n_pairs, 3);
    const struct rating_pair *pair = &table.pairs[0];
    assert_string_equal(pair->a, "ann");
    assert_string_equal(pair->b, "bob");
    assert_int_equal(pair->agreement.n, 3);
    /* observed 2/3; by chance 1/3 * 2/3 + 1/3 * 0 + 1/3 * 1/3 = 1/3 */
    assert_true(fabs(pair->agreement.kappa - 0.5) < 1e-12);
    assert_int_equal(table.pairs[1].agreement.n, 0);
    assert_true(isnan(table.pairs[1].agreement.kappa));
    rating_table_free(&table);
}

static void a_deleted_playlist_takes_its_ratings(void **state)
{
    (void)state;
    const int64_t ids[] = {1, 2};
    int64_t own = 0;
    must(catalogue_own_playlist_save(catalogue, &own, "mine", ids, 2, &error));
    rate(own, 5, "als", "ann", RATING_BAD, "x", 1);
    rate(own, 5, "mf", "bob", RATING_BAD, "x", 1);
    rate(own, 4, "als", "ann", RATING_GOOD, "", 1);
    rate(1, 6, "als", "ann", RATING_BAD, "x", 1);
    must(catalogue_own_playlist_delete(catalogue, own, &error));
    assert_int_equal(count_ratings(), 1);
    must(catalogue_check(catalogue, &error));
}

static void wrong_requests_change_nothing(void **state)
{
    (void)state;
    char longer[RATING_TEXT_MAX + 2];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    const struct rating_request wrong[] = {
        {.playlist = "a", .track = "song 5 / artist 1", .model = "", .rating = "fine", .rater = "ann"},
        {.playlist = "a", .track = "song 5 / artist 1", .model = "", .rating = "bad", .rater = "ann"},
        {.playlist = "a", .track = "song 5 / artist 1", .model = "", .rating = "bad", .reason = "\xff", .rater = "ann"},
        {.playlist = "a",
         .track = "song 5 / artist 1",
         .model = "",
         .rating = "bad",
         .reason = "x\x1b[m",
         .rater = "ann"},
        {.playlist = "a", .track = "song 5 / artist 1", .model = "", .rating = "bad", .reason = "x", .rater = "a\nb"},
        {.playlist = "a", .track = "song 5 / artist 1", .model = "", .rating = "bad", .reason = longer, .rater = "ann"},
        {.playlist = "a", .track = "song 5 / artist 1", .model = "", .rating = "good", .reason = "x", .rater = "ann"},
        {.playlist = "a", .track = "song 5 / artist 1", .model = "", .rating = "good", .rater = " "},
        {.playlist = "a", .track = "song 5 / artist 1", .model = "none", .rating = "good", .rater = "ann"},
        {.playlist = "none", .track = "song 5 / artist 1", .model = "", .rating = "good", .rater = "ann"},
        {.playlist = "a", .track = "none", .model = "", .rating = "good", .rater = "ann"},
    };
    struct rating_list stored;
    struct error failure;
    bool replaced;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_not_equal(ratings_add(catalogue, &wrong[i], &stored, &replaced, &failure), STATUS_OK);
    assert_int_equal(count_ratings(), 0);
    assert_int_equal(ratings_set_rater(catalogue, "a\tb", &failure), STATUS_USAGE);
    struct rater stored_earlier; /* such a name from elsewhere must not stop what only reads it */
    must(catalogue_setting_write(catalogue, "rater", "a\tb", &error));
    must(ratings_rater(catalogue, NULL, &stored_earlier, &error));
    must(ratings_set_rater(catalogue, "", &error));
    struct rating_request right = wrong[0];
    right.rating = "good";
    right.rater = " ann ";
    must(ratings_add(catalogue, &right, &stored, &replaced, &error));
    assert_false(replaced);
    assert_string_equal(stored.items[0].rater, "ann");
    rating_list_free(&stored);
    must(ratings_add(catalogue, &right, &stored, &replaced, &error));
    assert_true(replaced);
    rating_list_free(&stored);
    assert_int_equal(count_ratings(), 1);
}

/* ---- files ---- */

static void write_file(bool spreadsheet)
{
    struct buffer out = {0};
    size_t count;
    const struct rating_filter all = {0};
    must(ratings_write(catalogue, &all, spreadsheet, &out, &count, &error));
    must(atomic_file_write(csv, &out, &error));
    buffer_free(&out);
}

static void remove_all(void)
{
    int64_t removed;
    const struct rating_filter all = {0};
    must(catalogue_ratings_remove(catalogue, &all, &removed, &error));
}

static void files_come_back(void **state)
{
    static const char *const odd[] = {"=1+1", "'quoted", "a, \"b\";\tc", "\xe9\x9b\xa8 \xf0\x9f\x90\xb9", " blanks "};
    (void)state;
    for (int spreadsheet = 0; spreadsheet < 2; spreadsheet++) {
        struct rating_list before, after;
        struct rating_import report;
        const struct rating_filter all = {0};
        for (int64_t t = 1; t <= 20; t++)
            rate(1 + t % 3, t, t % 2 ? odd[t % 5] : "", odd[t % 4], RATING_BAD, odd[t % 5], 1000 + t);
        rate(1, 2, "als", "ann", RATING_BAD, "wrong decade", 5);
        rate(1, 3, "als", "ann", RATING_GOOD, "", 6);
        must(catalogue_ratings_read(catalogue, &all, &before, &error));
        write_file(spreadsheet);
        must(ratings_import(catalogue, csv, "nobody", NULL, &report, &error));
        assert_int_equal(report.unchanged, 22);
        remove_all();
        must(ratings_import(catalogue, csv, "nobody", NULL, &report, &error));
        assert_int_equal(report.added, 22);
        must(catalogue_ratings_read(catalogue, &all, &after, &error));
        assert_int_equal(before.count, after.count);
        for (size_t i = 0; i < before.count; i++) {
            const struct rating *a = &before.items[i], *b = &after.items[i];
            assert_true(a->playlist_id == b->playlist_id && a->track_id == b->track_id && a->rank == b->rank &&
                        a->value == b->value && a->rated == b->rated && a->metadata == b->metadata);
            assert_string_equal(a->rater, b->rater);
            assert_string_equal(a->model, b->model);
            assert_string_equal(a->reason, b->reason);
        }
        rating_list_free(&before);
        rating_list_free(&after);
        remove_all();
    }
}

static void put(const char *text)
{
    struct buffer bytes = {0};
    buffer_add_text(&bytes, text);
    must(atomic_file_write(csv, &bytes, &error));
    buffer_free(&bytes);
}

static void later_ratings_replace_earlier_ones(void **state)
{
    struct rating_import report;
    (void)state;
    rate(1, 5, "", "ann", RATING_GOOD, "", 1700000000);
    put("playlist,track_key,rating,rater,rated,reason\n"
        "a,song 4 / artist 1,bad,ann,2000-01-01T00:00:00Z,old\n" /* track 5: earlier than the stored one */
        "a,song 5 / artist 1,borderline,ann,2000-01-01T00:00:00Z,\n"
        "a,song 5 / artist 1,bad,,2001-01-01T00:00:00Z,loud\n" /* by the rater who imports */
        "a,song 5 / artist 1,bad,ann,2001-01-01T00:00:00Z,loud\n"
        "nowhere,song 5 / artist 1,good,ann,,\n"
        "a,nothing,good,ann,,\n"
        "a,song 6 / artist 1,fine,ann,,\n"
        "a,song 6 / artist 1,good,ann,yesterday,\n");
    must(ratings_import(catalogue, csv, "cy", NULL, &report, &error));
    assert_int_equal(report.rows, 8);
    assert_int_equal(report.older, 1);
    assert_int_equal(report.added, 2);
    assert_int_equal(report.changed, 1);
    assert_int_equal(report.skipped, 4);
    assert_non_null(strstr(report.first_skipped, "line 6: the catalogue has no playlist \"nowhere\""));
    assert_int_equal(count_ratings(), 3);
    put("playlist,track_key,rating,rater,reason\na,song 5 / artist 1,bad,ann,loud\n"); /* says nothing new */
    must(ratings_import(catalogue, csv, "cy", NULL, &report, &error));
    assert_int_equal(report.unchanged, 1);
}

static void files_without_ratings_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "rating\ngood\n",
        "playlist,track_key,rating\n",
        "playlist,track_key\na,b\n",
        "playlist,track_key,rating\na,none,good\n",
    };
    struct rating_import report;
    struct error failure;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put(wrong[i]);
        assert_int_equal(ratings_import(catalogue, csv, "ann", NULL, &report, &failure), STATUS_BAD_DATA);
    }
    assert_int_equal(count_ratings(), 0);
}

struct killer {
    struct progress progress;
    int left;
};

static bool kill_later(struct progress *progress)
{
    struct killer *killer = (struct killer *)progress;
    if (killer->left-- == 0)
        kill(getpid(), SIGKILL);
    return false;
}

static void a_killed_import_leaves_nothing(void **state)
{
    struct rating_import report;
    (void)state;
    for (int64_t t = 1; t <= TRACKS; t++)
        for (int64_t p = 1; p <= 3; p++)
            rate(p, t, "als", "ann", RATING_BAD, "too loud", t);
    write_file(false);
    remove_all();
    catalogue_close(catalogue);
    for (int at = 0; at < 3 * TRACKS; at += 40) {
        fflush(NULL);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct killer killer = {{.cancelled = kill_later}, at};
            if (catalogue_open(path, CATALOGUE_WRITE, &catalogue, NULL) == STATUS_OK)
                ratings_import(catalogue, csv, "ann", &killer.progress, &report, NULL);
            _exit(1);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
        assert_int_equal(count_ratings(), 0);
        must(catalogue_check(catalogue, &error));
        catalogue_close(catalogue);
    }
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    must(ratings_import(catalogue, csv, "ann", NULL, &report, &error));
    assert_int_equal(count_ratings(), 3 * TRACKS);
}

static void reasons_are_kept_while_they_are_given(void **state)
{
    struct rating_reason_list list;
    struct error failure;
    bool removed;
    (void)state;
    rate(1, 1, "", "ann", RATING_BAD, "too loud", 1);
    must(catalogue_rating_reasons(catalogue, &list, &error));
    assert_string_equal(list.items[0].text, "too loud");
    assert_int_equal(list.items[0].count, 1);
    rating_reason_list_free(&list);
    assert_int_equal(catalogue_rating_reason_remove(catalogue, "too loud", &removed, &failure), STATUS_USAGE);
    must(catalogue_rating_reason_write(catalogue, "too loud", true, &error));
    struct rating_table table = table_of(NULL);
    assert_int_equal(table.rows[0].metadata, 1);
    rating_table_free(&table);
    remove_all();
    must(catalogue_rating_reason_remove(catalogue, "too loud", &removed, &error));
    assert_true(removed);
    must(catalogue_rating_reason_remove(catalogue, "too loud", &removed, &error));
    assert_false(removed);
}

/* The latest rating of each rater counts; those that disagree between good and bad are left out. */
static void tracks_are_good_or_bad(void **state)
{
    (void)state;
    rate(1, 1, "als", "ann", RATING_BAD, "too loud", 1);
    rate(1, 1, "mf", "ann", RATING_GOOD, "", 2);
    rate(1, 1, "als", "bob", RATING_BORDERLINE, "", 1);
    rate(1, 2, "als", "ann", RATING_GOOD, "", 1);
    rate(1, 2, "als", "bob", RATING_BAD, "too loud", 1);
    rate(1, 3, "als", "ann", RATING_BORDERLINE, "", 1);
    rate(2, 1, "als", "ann", RATING_BAD, "wrong decade", 1);
    rate(2, 2, "als", "ann", RATING_BAD, "too loud", 1);
    for (int discount = 0; discount < 2; discount++) {
        struct rating_list list;
        struct rating_verdicts items;
        const struct rating_filter all = {0};
        must(catalogue_ratings_read(catalogue, &all, &list, &error));
        must(rating_verdicts_make(&list, discount, &items, &error));
        assert_int_equal(items.count, discount ? 2 : 3);
        assert_int_equal(items.borderline, 1);
        assert_int_equal(items.contested, 1);
        assert_true(items.items[0].playlist == 1 && items.items[0].track == 1 && items.items[0].good);
        assert_true(items.items[1].playlist == 2 && items.items[1].track == (discount ? 2 : 1));
        assert_false(items.items[1].good);
        free(items.items);
        rating_list_free(&list);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shares_are_counted),
        TEST(nothing_left_is_no_share),
        TEST(raters_agree_on_what_both_rated),
        TEST(tracks_are_good_or_bad),
        TEST(a_deleted_playlist_takes_its_ratings),
        TEST(wrong_requests_change_nothing),
        TEST(files_come_back),
        TEST(later_ratings_replace_earlier_ones),
        TEST(files_without_ratings_are_refused),
        TEST(a_killed_import_leaves_nothing),
        TEST(reasons_are_kept_while_they_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
