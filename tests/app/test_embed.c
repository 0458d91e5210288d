/* Vectors of image files, lists of them, and the check of a file of weights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/embed.h"
#include "app/file_list.h"
#include "app/weights_check.h"
#include "core/file.h"
#include "core/log.h"
#include "core/sha256.h"
#include "tests/folder.h"
#include "tests/vit/small_model.h"

/* Fewer pictures under the thread sanitizer, where each takes a tenth of a second. */
#ifdef __SANITIZE_THREAD__
enum { WIDTH = 24, ROWS_MAX = 80 };
#else
enum { WIDTH = 24, ROWS_MAX = 400 };
#endif

struct world {
    char folder[TEST_FOLDER_MAX], weights[80];
    struct device device;
    struct device_use use;
};

static int n_errors;

static void count_messages(enum log_level level, const char *text, void *context)
{
    (void)text, (void)context;
    n_errors += level == LOG_ERROR;
}

static void path_in(const struct world *world, const char *name, char path[120])
{
    snprintf(path, 120, "%s/%s", world->folder, name);
}

static void write_text(const struct world *world, const char *name, const char *text)
{
    char path[120];
    struct buffer bytes = {0};
    path_in(world, name, path);
    buffer_add_text(&bytes, text);
    must(atomic_file_write(path, &bytes, &error));
    buffer_free(&bytes);
}

static void write_picture(const struct world *world, const char *name, int width)
{
    char path[120];
    struct buffer bytes = {0};
    struct image image = small_picture(width, 40);
    path_in(world, name, path);
    must(image_encode_png(&image, &bytes, &error));
    must(atomic_file_write(path, &bytes, &error));
    buffer_free(&bytes);
    image_free(&image);
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char path[120];
    if (!world || !test_folder_make(world->folder))
        return -1;
    log_set_sink(count_messages, NULL);
    n_errors = 0;
    snprintf(world->weights, sizeof world->weights, "%s/model.safetensors", world->folder);
    struct safetensors *golden = golden_open("clip");
    small_model_write(golden, world->weights, &(struct small_variant){0});
    safetensors_close(golden);
    path_in(world, "pictures", path);
    must(folder_make(path, &error));
    path_in(world, "pictures/sub", path);
    must(folder_make(path, &error));
    write_picture(world, "pictures/b.png", 40);
    write_picture(world, "pictures/a.PNG", 60);
    write_picture(world, "pictures/.hidden.png", 40);
    write_picture(world, "pictures/sub/c.png", 30);
    write_text(world, "pictures/notes.txt", "no picture");
    device_start(&world->device, &(struct device_options){.choice = DEVICE_CPU, .threads = 2});
    world->use = (struct device_use){.device = &world->device};
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    char command[80];
    device_close(&world->use);
    device_end(&world->device);
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    int rc = system(command);
    free(world);
    log_set_sink(NULL, NULL);
    return rc;
}

/* ---- lists ---- */

static void check_list(const struct file_list *list, const struct world *world, const char *const *names, size_t count)
{
    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++) {
        char path[120];
        path_in(world, names[i], path);
        assert_string_equal(list->paths[i], path);
    }
}

static void folders_and_lists(void **state)
{
    struct world *world = *state;
    struct file_list list = {0};
    char folder[120], file[124], text[300];
    path_in(world, "pictures", folder);
    must(file_list_add(&list, folder, &error));
    check_list(&list, world, (const char *const[]){"pictures/a.PNG", "pictures/b.png", "pictures/sub/c.png"}, 3);
    file_list_free(&list);
    snprintf(text, sizeof text, "%s/b.png\r\n\n%s/sub/c.png", folder, folder);
    write_text(world, "list.txt", text);
    snprintf(file, sizeof file, "@%s/list.txt", world->folder);
    must(file_list_add(&list, file, &error));
    must(file_list_add(&list, "missing.png", &error));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.paths[2], "missing.png");
    file_list_free(&list);
    list.kind = FILE_LIST_MUSIC;
    write_text(world, "pictures/sub/song.OGG", "");
    must(file_list_add(&list, folder, &error));
    check_list(&list, world, (const char *const[]){"pictures/sub/song.OGG"}, 1);
    file_list_free(&list);
}

static void lists_without_images_are_refused(void **state)
{
    struct world *world = *state;
    struct file_list list = {0};
    struct error why;
    char path[124];
    path_in(world, "empty", path);
    must(folder_make(path, &error));
    assert_int_equal(file_list_add(&list, path, &why), STATUS_BAD_DATA);
    assert_non_null(strstr(why.text, "has no images (.png"));
    list.kind = FILE_LIST_MUSIC;
    assert_int_equal(file_list_add(&list, path, &why), STATUS_BAD_DATA);
    assert_non_null(strstr(why.text, "has no music files"));
    write_text(world, "empty.txt", "\n\n");
    snprintf(path, sizeof path, "@%s/empty.txt", world->folder);
    assert_int_equal(file_list_add(&list, path, &why), STATUS_BAD_DATA);
    assert_int_equal(file_list_add(&list, "@missing.txt", &why), STATUS_BAD_DATA);
    file_list_free(&list);
}

/* ---- vectors ---- */

static struct {
    char paths[ROWS_MAX][120];
    float rows[ROWS_MAX][WIDTH];
    size_t count;
} seen;

static enum status take_row(const char *path, const float *values, int width, struct error *error)
{
    (void)error;
    assert_int_equal(width, WIDTH);
    assert_true(seen.count < ROWS_MAX);
    snprintf(seen.paths[seen.count], sizeof seen.paths[0], "%s", path);
    memcpy(seen.rows[seen.count++], values, sizeof seen.rows[0]);
    return STATUS_OK;
}

static enum status embed(struct world *world, const char *const *paths, size_t count, struct error *error)
{
    const struct embed_settings settings = {
        .extractor = extractor_find("clip"), .weights = world->weights, .threads = 2, .device = &world->use};
    seen.count = 0;
    return app_embed_images(&settings, paths, count, take_row, error);
}

/* More than a batch and than the command line's limit of options: each row is that of its picture. */
static void many_images(void **state)
{
    struct world *world = *state;
    char a[120], b[120];
    const char *paths[ROWS_MAX - 1];
    path_in(world, "pictures/a.PNG", a);
    path_in(world, "pictures/b.png", b);
    for (size_t i = 0; i < ROWS_MAX - 1; i++)
        paths[i] = i % 3 == 0 ? a : b;
    must(embed(world, paths, ROWS_MAX - 1, &error));
    assert_int_equal(seen.count, ROWS_MAX - 1);
    for (size_t i = 0; i < seen.count; i++) {
        assert_string_equal(seen.paths[i], paths[i]);
        for (int j = 0; j < WIDTH; j++)
            assert_true(seen.rows[i][j] - seen.rows[i % 3 == 0 ? 0 : 1][j] < 1e-4F &&
                        seen.rows[i % 3 == 0 ? 0 : 1][j] - seen.rows[i][j] < 1e-4F);
    }
    assert_true(memcmp(seen.rows[0], seen.rows[1], sizeof seen.rows[0]) != 0);
}

static void bad_images_are_left_out(void **state)
{
    struct world *world = *state;
    char good[120], bad[120];
    struct error error = {0};
    path_in(world, "pictures/a.PNG", good);
    path_in(world, "pictures/notes.txt", bad);
    const char *const paths[] = {bad, good, "missing.png", good};
    assert_int_equal(embed(world, paths, 4, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "2 of 4"));
    assert_int_equal(n_errors, 2);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.paths[1], good);
}

/* ---- weights ---- */

static void weights_are_checked(void **state)
{
    struct world *world = *state;
    struct weights_check check;
    struct buffer bytes = {0};
    struct sha256 hash;
    char expected[65];
    const struct weights_check_settings settings = {.path = world->weights, .device = &world->use};
    must(app_weights_check(&settings, &check, &error));
    must(file_read(world->weights, 1 << 24, &bytes, &error));
    sha256_begin(&hash);
    sha256_add(&hash, bytes.data, bytes.size);
    sha256_end(&hash, expected);
    assert_string_equal(check.sha256, expected);
    assert_int_equal(check.file_size, bytes.size);
    assert_true(check.inspection.usable);
    buffer_free(&bytes);
}

static void weights_without_published_results(void **state)
{
    struct world *world = *state;
    struct weights_check check;
    struct error error = {0};
    char picture[120];
    path_in(world, "pictures/a.PNG", picture);
    const struct weights_check_settings settings = {.path = world->weights, .image = picture, .device = &world->use};
    assert_int_equal(app_weights_check(&settings, &check, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "no published results"));
}

static void other_files_are_no_weights(void **state)
{
    struct world *world = *state;
    struct weights_check check;
    struct error error = {0};
    char picture[120];
    path_in(world, "pictures/a.PNG", picture);
    const struct weights_check_settings settings = {.path = picture, .device = &world->use};
    assert_int_equal(app_weights_check(&settings, &check, &error), STATUS_BAD_DATA);
    assert_false(check.inspection.usable);
    const struct weights_check_settings missing = {.path = "missing.safetensors", .device = &world->use};
    assert_int_not_equal(app_weights_check(&missing, &check, &error), STATUS_OK);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(folders_and_lists),
        WORLD_TEST(lists_without_images_are_refused),
        WORLD_TEST(many_images),
        WORLD_TEST(bad_images_are_left_out),
        WORLD_TEST(weights_are_checked),
        WORLD_TEST(weights_without_published_results),
        WORLD_TEST(other_files_are_no_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
