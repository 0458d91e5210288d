/* Maps as files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/map_file.h"
#include "core/file.h"
#include "map/npy.h"
#include "tests/folder.h"

static char folder[TEST_FOLDER_MAX];
static char path[TEST_FOLDER_MAX + 16];
static struct error error;

static const float points[] = {0, 1, 2, -3, 0.5F, 0.25F};
static const int labels[] = {0, 1, 0};
static const char *const names[] = {"Ann", "Bob"};
static const char *const keys[] = {"k1", "k2", "k3"};
static const struct map_file map = {.n = 3,
                                    .panels = {{.points = points}},
                                    .n_panels = 1,
                                    .labels = labels,
                                    .label_names = names,
                                    .n_labels = 2,
                                    .keys = keys,
                                    .title = "Two people"};

static int setup(void **state)
{
    (void)state;
    return test_folder_make(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void write_map(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (map_file_write(&map, path, &error) != STATUS_OK)
        fail_msg("%s: %s", name, error.text);
}

/* The contents of the written file, NUL-terminated; the caller frees them. */
static char *take_file(size_t *size)
{
    struct mapped_file file;
    assert_int_equal(mapped_file_open(path, &file, &error), STATUS_OK);
    char *bytes = malloc(file.size + 1);
    assert_non_null(bytes);
    memcpy(bytes, file.bytes, file.size);
    bytes[file.size] = '\0';
    *size = file.size;
    mapped_file_close(&file);
    assert_int_equal(unlink(path), 0);
    return bytes;
}

static void a_table_has_a_line_a_point(void **state)
{
    (void)state;
    size_t size;
    write_map("m.tsv");
    char *text = take_file(&size);
    assert_string_equal(text, "x\ty\tlabel\tkey\n0\t1\tAnn\tk1\n2\t-3\tBob\tk2\n0.5\t0.25\tAnn\tk3\n");
    free(text);
}

static void a_matrix_has_the_points(void **state)
{
    (void)state;
    struct npy_matrix matrix;
    write_map("m.npy");
    assert_int_equal(npy_read(path, &matrix, &error), STATUS_OK);
    assert_int_equal(matrix.rows, 3);
    assert_int_equal(matrix.columns, 2);
    assert_memory_equal(matrix.values, points, sizeof points);
    npy_free(&matrix);
    assert_int_equal(unlink(path), 0);
}

static void figures_say_how_they_were_made(void **state)
{
    (void)state;
    const struct map_run run = {
        .source = "gist", .points = "3 covers", .perplexity = 1, .iterations = 250, .seed = 7, .kl_divergence = 0.25};
    struct map_file with_run = map;
    with_run.panels[0].run = &run;
    snprintf(path, sizeof path, "%s/run.svg", folder);
    assert_int_equal(map_file_write(&with_run, path, &error), STATUS_OK);
    size_t size;
    char *text = take_file(&size);
    assert_non_null(
        strstr(text, ">t-SNE of gist: 3 covers, perplexity 1, 250 iterations, seed 7, KL divergence 0.250<"));
    free(text);
    const struct map_measures on_map = {10, 0.5, 0.125, 0.25}, space = {10, 0.75, 0.125, -0.5};
    struct map_run measured = run;
    measured.label = "artist";
    measured.map = &on_map;
    measured.space = &space;
    measured.random_weights = true;
    with_run.panels[0].run = &measured;
    assert_int_equal(map_file_write(&with_run, path, &error), STATUS_OK);
    text = take_file(&size);
    assert_non_null(strstr(text, ">t-SNE of gist (random weights): 3 covers"));
    assert_non_null(strstr(text, ">10 nearest of the same artist: 50.0 % (embedding 75.0 %, chance 12.5 %), "
                                 "silhouette 0.250 (embedding -0.500)<"));
    free(text);
}

static void two_maps_are_in_one_file(void **state)
{
    (void)state;
    static const float other[] = {9, 8, 7, 6, 5, 4};
    const struct map_run run = {.source = "gray16", .points = "3 covers", .perplexity = 1, .random_weights = true};
    struct map_file both = map;
    struct npy_matrix matrix;
    size_t size;
    both.n_panels = 2;
    both.panels[1] = (struct map_file_panel){.points = other, .run = &run};
    snprintf(path, sizeof path, "%s/both.tsv", folder);
    assert_int_equal(map_file_write(&both, path, &error), STATUS_OK);
    char *text = take_file(&size);
    assert_string_equal(text, "x\ty\tlabel\tkey\tx2\ty2\n0\t1\tAnn\tk1\t9\t8\n2\t-3\tBob\tk2\t7\t6\n"
                              "0.5\t0.25\tAnn\tk3\t5\t4\n");
    free(text);
    snprintf(path, sizeof path, "%s/both.npy", folder);
    assert_int_equal(map_file_write(&both, path, &error), STATUS_OK);
    assert_int_equal(npy_read(path, &matrix, &error), STATUS_OK);
    assert_int_equal(matrix.columns, 4);
    static const float expected[] = {0, 1, 9, 8, 2, -3, 7, 6, 0.5F, 0.25F, 5, 4};
    assert_memory_equal(matrix.values, expected, sizeof expected);
    npy_free(&matrix);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/both.svg", folder);
    assert_int_equal(map_file_write(&both, path, &error), STATUS_OK);
    text = take_file(&size);
    assert_non_null(strstr(text, ">gray16 (random weights)</text>"));
    free(text);
}

static void figures_are_of_their_kind(void **state)
{
    (void)state;
    size_t size;
    write_map("m.svg");
    char *text = take_file(&size);
    assert_non_null(strstr(text, "<svg"));
    assert_non_null(strstr(text, "Two people"));
    assert_non_null(strstr(text, "Bob"));
    free(text);
    write_map("m.png");
    text = take_file(&size);
    assert_memory_equal(text, "\x89PNG\r\n\x1a\n", 8);
    free(text);
}

static void other_names_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"m.gif", "m", ".png", "m.png.txt"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(map_file_check(wrong[i], &error), STATUS_USAGE);
        assert_int_equal(map_file_write(&map, wrong[i], &error), STATUS_USAGE);
        assert_int_not_equal(access(wrong[i], F_OK), 0);
    }
}

static void a_map_of_covers_has_the_keys_of_its_albums(void **state)
{
    (void)state;
    struct album albums[] = {{.key = "k1"}, {.key = "k2"}, {.key = "k3"}};
    int numbers[] = {0, 1, 0};
    char ann[] = "Ann", bob[] = "Bob", title[] = "covers";
    const struct app_map covers = {.albums = {.items = albums, .count = 3},
                                   .labels = numbers,
                                   .label_names = {ann, bob},
                                   .n_labels = 2,
                                   .n_panels = 1,
                                   .title = title};
    const struct app_map_points panel = {.points = points};
    size_t sizes[2];
    write_map("m.tsv");
    char *plain = take_file(&sizes[0]);
    assert_int_equal(app_map_write(NULL, &covers, &panel, false, path, &error), STATUS_OK);
    char *text = take_file(&sizes[1]);
    assert_string_equal(plain, text);
    free(plain);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_a_line_a_point),
        cmocka_unit_test(a_matrix_has_the_points),
        cmocka_unit_test(figures_say_how_they_were_made),
        cmocka_unit_test(figures_are_of_their_kind),
        cmocka_unit_test(two_maps_are_in_one_file),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(a_map_of_covers_has_the_keys_of_its_albums),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
