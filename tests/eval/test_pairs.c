#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/random.h"
#include "db/import/import.h"
#include "eval/pairs.h"
#include "gpu/compute.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Pairs and means against a linear search for each playlist in each list; valid and invalid reference files. */

enum { PLAYLISTS = 60, MODELS = 3 };

static char folder[TEST_FOLDER_MAX], path[96], file_path[96];
static struct compute compute;
static struct catalogue *catalogue;

static int make_catalogue(void **state)
{
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    snprintf(file_path, sizeof file_path, "%s/p.csv", folder);
    FILE *file = fopen(file_path, "w");
    fprintf(file, "playlist,pos,track,artist\n");
    for (int p = 0; p < PLAYLISTS; p++)
        fprintf(file, "list %d,1,song %d,artist\n", p, p);
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(compute_open(DEVICE_CPU, 1, &compute, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, file_path, &options, compute.pool, NULL, &report, &error));
    return 0;
}

static int remove_catalogue(void **state)
{
    (void)state;
    catalogue_close(catalogue);
    compute_close(&compute);
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* Each playlist is in the list with some probability, occasionally with another number of seeds. */
static struct result_list draw_list(struct random *random)
{
    struct result_list list = {calloc(PLAYLISTS, sizeof *list.items), 0};
    for (int p = 0; p < PLAYLISTS; p++) {
        if (random_below(random, 8) == 0)
            continue;
        struct result_row *row = &list.items[list.count++];
        *row = (struct result_row){.playlist_id = 10 + p, .seeds = 1 + p % 10};
        row->seeds += random_below(random, 8) == 0;
        for (int metric = 0; metric < METRICS; metric++)
            row->values[metric] = (double)random_below(random, 5);
    }
    return list;
}

static const struct result_row *look_up(const struct result_list *list, int64_t id, int seeds)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].playlist_id == id && list->items[i].seeds == seeds)
            return &list->items[i];
    return NULL;
}

static void means_and_pairs_are_by_playlist(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 11);
    for (int round = 0; round < 50; round++) {
        struct result_list lists[MODELS], other = draw_list(&random), mean;
        for (int m = 0; m < MODELS; m++)
            lists[m] = draw_list(&random);
        struct result_pairs pairs;
        must(result_mean(lists, MODELS, &mean, &error));
        must(result_pairs_make(&mean, &other, &pairs, &error));
        size_t of_mean = 0, of_pairs = 0;
        for (int64_t id = 10; id < 10 + PLAYLISTS; id++)
            for (int seeds = 1; seeds <= 11; seeds++) {
                const struct result_row *rows[MODELS], *b = look_up(&other, id, seeds);
                bool all = true;
                for (int m = 0; m < MODELS; m++) {
                    rows[m] = look_up(&lists[m], id, seeds);
                    all = all && rows[m];
                }
                if (!all)
                    continue;
                const struct result_row *got = &mean.items[of_mean++];
                const struct result_row *difference = b ? &pairs.difference.items[of_pairs++] : NULL;
                assert_true(got->playlist_id == id && got->seeds == seeds);
                for (int k = 0; k < METRICS; k++) {
                    double wanted = (rows[0]->values[k] + rows[1]->values[k] + rows[2]->values[k]) / 3;
                    assert_true(fabs(got->values[k] - wanted) < 1e-12);
                    if (difference)
                        assert_true(fabs(difference->values[k] - (wanted - b->values[k])) < 1e-12);
                }
                if (difference)
                    assert_true(difference->playlist_id == id && difference->seeds == seeds);
            }
        assert_int_equal(mean.count, of_mean);
        assert_int_equal(pairs.difference.count, of_pairs);
        assert_int_equal(pairs.a.count, of_pairs);
        assert_int_equal(pairs.b.count, of_pairs);
        assert_true(of_pairs > 0 && of_pairs < of_mean && of_mean < PLAYLISTS);
        result_pairs_free(&pairs);
        result_list_free(&mean);
        result_list_free(&other);
        for (int m = 0; m < MODELS; m++)
            result_list_free(&lists[m]);
    }
}

static void what_a_text_file_rounds_away_is_no_difference(void **state)
{
    (void)state;
    struct result_row left = {.playlist_id = 1, .seeds = 1, .values = {0.147058823529, 0.5}};
    struct result_row right = {.playlist_id = 1, .seeds = 1, .values = {0.147059, 0.50001}};
    const struct result_list a = {&left, 1}, b = {&right, 1};
    struct result_pairs pairs;
    must(result_pairs_make(&a, &b, &pairs, &error));
    assert_true(pairs.difference.items[0].values[0] == 0);
    assert_true(pairs.difference.items[0].values[1] < 0);
    result_pairs_free(&pairs);
}

static void write_file(const char *text)
{
    FILE *file = fopen(file_path, "w");
    fputs(text, file);
    fclose(file);
}

static void a_reference_is_read_by_its_header(void **state)
{
    (void)state;
    struct result_list list;
    size_t unknown;
    write_file("ndcg\tnote\tplaylist\tmodel\tseeds\tclicks\n"
               "0.5\tx\tlist 7\tours\t3\t2\n\n"
               "0.25\ty\tlist 3 \tours\t10\t51\r\n"
               "0.1\tz\tnobody's\tours\t1\t0\n"
               "0.9\tz\tlist 3\tours, too\t1\t0\n");
    must(result_reference_read(catalogue, file_path, "ours", &list, &unknown, &error));
    assert_int_equal(list.count, 2);
    assert_int_equal(unknown, 1);
    int64_t third = 0, seventh = 0;
    must(catalogue_playlist_find(catalogue, "list 3", &third, &error));
    must(catalogue_playlist_find(catalogue, "list 7", &seventh, &error));
    const struct result_row *row = look_up(&list, third, 10), *other = look_up(&list, seventh, 3);
    assert_non_null(row);
    assert_non_null(other);
    assert_true(row->values[METRIC_NDCG] == 0.25 && row->values[METRIC_CLICKS] == 51);
    assert_true(other->values[METRIC_NDCG] == 0.5 && other->values[METRIC_CLICKS] == 2);
    assert_true(isnan(row->values[METRIC_RECALL]));
    assert_true(list.items[0].playlist_id < list.items[1].playlist_id);
    result_list_free(&list);
}

static void a_wrong_reference_says_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "holds no results"},
        {"model\tplaylist\tseeds\n", "header"},
        {"model\tplaylist\tndcg\nours\tlist 1\t1\n", "header"},
        {"model\tplaylist\tseeds\tndcg\nours\tlist 1\t1\n", "line 2: there are 3 fields"},
        {"model\tplaylist\tseeds\tndcg\nours\tlist 1\tone\t0.5\n", "line 2: seeds"},
        {"model\tplaylist\tseeds\tndcg\nours\tlist 1\t-1\t0.5\n", "seeds"},
        {"model\tplaylist\tseeds\tndcg\nours\tlist 1\t1\t0.5x\n", "ndcg is \"0.5x\""},
        {"model\tplaylist\tseeds\tndcg\nours\tlist 1\t1\tnan\n", "ndcg"},
        {"model\tplaylist\tseeds\tndcg\nours\tlist 1\t1\t0.5\nours\tlist 1\t2\t0.5\n", "a second result of ours"},
        {"model\tplaylist\tseeds\tndcg\nour\tlist 1\t1\t0.5\nmine\tlist 1\t1\t0.5\n", "it has those of our, mine"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct result_list list = {0};
        struct error error = {0};
        size_t unknown;
        write_file(wrong[i].text);
        assert_int_equal(result_reference_read(catalogue, file_path, "ours", &list, &unknown, &error), STATUS_BAD_DATA);
        if (!strstr(error.text, wrong[i].says) || !strstr(error.text, file_path))
            fail_msg("\"%s\" lacks \"%s\"", error.text, wrong[i].says);
        assert_null(list.items);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_and_pairs_are_by_playlist),
        cmocka_unit_test(what_a_text_file_rounds_away_is_no_difference),
        cmocka_unit_test(a_reference_is_read_by_its_header),
        cmocka_unit_test(a_wrong_reference_says_what_is_wrong),
    };
    return cmocka_run_group_tests_name("pairs", tests, make_catalogue, remove_catalogue);
}
