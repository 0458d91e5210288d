/* Requesting pictures: the caches in memory and on disk, cancelling, failures, and new versions of a map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "core/paths.h"
#include "sample_pictures.h"
#include "ui/image_disk.h"
#include "ui/image_service.h"
#include "ui/terminal/blocks.h"
#include "ui/terminal/sixel.h"

struct stage {
    struct workers *workers;
    struct image_service *images;
    atomic_int calls;
};

static char cache_folder[128];

static void stage_begin(struct stage *stage, size_t limit)
{
    struct error error;
    atomic_init(&stage->calls, 0);
    struct image_source source = sample_source(&stage->calls);
    assert_int_equal(workers_create(1, &stage->workers, &error), STATUS_OK);
    assert_int_equal(image_service_create(stage->workers, &source, limit, &stage->images, &error), STATUS_OK);
}

static void stage_end(struct stage *stage)
{
    image_service_destroy(stage->images);
    workers_destroy(stage->workers, NULL);
}

static void wait_all(struct stage *stage)
{
    while (workers_pending(stage->workers) > 0 || image_service_pending(stage->images) > 0) {
        workers_collect(stage->workers, NULL);
        usleep(200);
    }
    workers_collect(stage->workers, NULL);
}

static struct image_request cover(int64_t id, int edge)
{
    return (struct image_request){.reference = {IMAGE_COVER, id, 0},
                                  .format = FORMAT_SIXEL,
                                  .width = edge,
                                  .height = edge,
                                  .registers = 256,
                                  .background = 0x101014,
                                  .colour = 0x334455};
}

static int count_files(void)
{
    DIR *directory = opendir(cache_folder);
    int count = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return count;
}

static void remove_files(void)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", cache_folder);
    assert_int_equal(system(command), 0);
}

static void a_picture_is_made_once(void **state)
{
    (void)state;
    remove_files();
    struct stage stage;
    stage_begin(&stage, 1 << 20);
    struct image_request request = cover(1, 36);
    assert_null(image_service_get(stage.images, &request));
    assert_null(image_service_get(stage.images, &request));
    image_service_prefetch(stage.images, &request);
    assert_int_equal(image_service_pending(stage.images), 1);
    assert_int_equal(image_service_ahead(stage.images), 0);
    wait_all(&stage);
    assert_int_equal(image_service_ahead(stage.images), 0); /* it is awaited */
    const struct encoded_image *picture = image_service_get(stage.images, &request);
    assert_non_null(picture);
    assert_true(picture->serial != 0 && picture->bytes.size > 50);
    uint64_t serial = picture->serial;
    image_service_end_frame(stage.images);
    assert_true(image_service_get(stage.images, &request)->serial == serial);
    request.dimmed = true;
    const struct encoded_image *dimmed = image_service_get(stage.images, &request);
    assert_non_null(dimmed);
    assert_true(dimmed->serial != serial);
    assert_int_equal(atomic_load(&stage.calls), 1);
    stage_end(&stage);
    stage_begin(&stage, 1 << 20); /* the next run reads it from the disk */
    request.dimmed = false;
    image_service_get(stage.images, &request);
    wait_all(&stage);
    assert_non_null(image_service_get(stage.images, &request));
    assert_int_equal(atomic_load(&stage.calls), 0);
    stage_end(&stage);
}

static void pictures_made_ahead_need_no_frame(void **state)
{
    (void)state;
    remove_files();
    struct stage stage;
    stage_begin(&stage, 1 << 20);
    struct image_request now = cover(1, 36), next = cover(2, 36);
    assert_null(image_service_get(stage.images, &now));
    assert_false(image_service_prefetch(stage.images, &next));
    image_service_end_frame(stage.images);
    wait_all(&stage);
    assert_int_equal(image_service_ahead(stage.images), 1);
    assert_true(image_service_prefetch(stage.images, &next));
    assert_non_null(image_service_get(stage.images, &next));
    stage_end(&stage);
}

/* A picture whose file has this size, all background. */
static void add_sixel(int width, int height, size_t size, struct buffer *out)
{
    buffer_printf(out, "\x1bP0;1q\"1;1;%d;%d#0;2;1;2;3#0!%d?", width, height, width);
    while (out->size + 2 < size)
        buffer_add_byte(out, '$');
    buffer_add_text(out, "\x1b\\");
}

static void damaged_files_are_as_good_as_none(void **state)
{
    (void)state;
    struct image_request request = cover(2, 36);
    struct buffer bytes = {0};
    struct buffer again = {0};
    add_sixel(36, 36, 60, &bytes);
    remove_files();
    image_disk_write(cache_folder, "print", &request, &bytes);
    assert_true(image_disk_read(cache_folder, "print", &request, &again));
    assert_string_equal(again.data, bytes.data);
    assert_false(image_disk_read(cache_folder, "other", &request, &again));
    request.width = 37;
    assert_false(image_disk_read(cache_folder, "print", &request, &again));
    request.width = 36;
    char command[256];
    snprintf(command, sizeof command, "ls %s", cache_folder);
    FILE *list = popen(command, "r");
    char name[64] = "";
    assert_int_equal(fscanf(list, "%63s", name), 1);
    pclose(list);
    char path[256];
    snprintf(path, sizeof path, "%s/%s", cache_folder, name);
    struct buffer whole = {0};
    struct error error;
    assert_int_equal(file_read(path, 1 << 20, &whole, &error), STATUS_OK);
    for (size_t i = 0; i <= whole.size; i++) { /* one wrong byte, or cut at this byte */
        for (int cut = 0; cut < 2; cut++) {
            FILE *file = fopen(path, "wb");
            char wrong = (char)(whole.data[i] ^ 1);
            fwrite(whole.data, 1, i, file);
            if (!cut && i < whole.size) {
                fwrite(&wrong, 1, 1, file);
                fwrite(whole.data + i + 1, 1, whole.size - i - 1, file);
            }
            fclose(file);
            if (i < whole.size)
                assert_false(image_disk_read(cache_folder, "print", &request, &again));
        }
    }
    image_disk_write("/proc/nowhere", "print", &request, &bytes);
    assert_false(image_disk_read("/proc/nowhere", "print", &request, &again));
    buffer_free(&bytes);
    buffer_free(&again);
    buffer_free(&whole);
}

static void nothing_but_a_picture_comes_from_the_disk(void **state)
{
    (void)state;
    remove_files();
    static const char *const wrong[] = {
        "\x1bP0;1q\"1;1;36;36?\x1b\\\x1b]52;c;aGk=\x1b\\", /* something after the picture */
        "\x1bP0;1q\"1;1;36;36?\x1b[2J\x1b\\",              /* something inside the picture */
        "\x1bP0;1q\"1;1;36;36?\x9c?\x1b\\",                /* an 8-bit control */
        "\x1bP0;1q\"1;1;36;36?\x18?\x1b\\",                /* one that ends the control string */
        "\x1b]0;title\x1b\\",
        "\x1bP0;1|17/17\x1b\\",
        "\x1bP0;1q\"1;1;36;37?\x1b\\",       /* of another size */
        "\x1bP0;1q\"1;1;36;36!99999?\x1b\\", /* wider than declared */
        "\x1bP0;1q\"1;1;36;36!36?!1?\x1b\\",
        "\x1bP0;1q\"1;1;36;36--------?\x1b\\", /* higher */
        "\x1bP0;1q\"1;1;36;36#256?\x1b\\",
        "\x1bP0;1q\"1;1;36;36#1;2;3?\x1b\\",
        "\x1bP0;1q\"1;1;36;36!?\x1b\\",
        "\x1bP0;1q\"1;1;36;36\"1;1;36;36?\x1b\\",
        "\x1bP0;1q?\x1b\\", /* no size */
        "\x1bP0;1q\x1b\\",
        "\x1b\\",
        "",
    };
    struct image_request request = cover(3, 36);
    struct buffer out = {0}, good = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct buffer bytes = {0};
        buffer_add_text(&bytes, wrong[i]);
        image_disk_write(cache_folder, "print", &request, &bytes); /* with the right hash */
        assert_false(image_disk_read(cache_folder, "print", &request, &out));
        buffer_free(&bytes);
    }
    assert_int_equal(out.size, 0);
    for (int edge = 6; edge < 80; edge += 5) { /* the encoder's output is accepted */
        struct image image;
        assert_int_equal(image_create(edge, edge + edge % 7, &image, NULL), STATUS_OK);
        for (int i = 0; i < image.width * image.height * 3; i++)
            image.rgb[i] = (uint8_t)(i * i / 5);
        buffer_clear(&good);
        assert_int_equal(sixel_encode_image(&image, 256, &good, NULL), STATUS_OK);
        assert_true(sixel_is_image(good.data, good.size, image.width, image.height));
        assert_false(sixel_is_image(good.data, good.size, image.width, image.height + 1));
        image_free(&image);
    }
    buffer_free(&out);
    buffer_free(&good);
}

static void only_own_regular_files_come_from_the_disk(void **state)
{
    (void)state;
    remove_files();
    struct image_request request = cover(4, 36);
    struct buffer bytes = {0}, out = {0};
    add_sixel(36, 36, 60, &bytes);
    image_disk_write(cache_folder, "print", &request, &bytes);
    char command[512], name[64] = "", path[256], other[256];
    snprintf(command, sizeof command, "ls %s", cache_folder);
    FILE *list = popen(command, "r");
    assert_int_equal(fscanf(list, "%63s", name), 1);
    pclose(list);
    snprintf(path, sizeof path, "%s/%s", cache_folder, name);
    snprintf(other, sizeof other, "%s/other", cache_folder);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_true(image_disk_read(cache_folder, "print", &request, &out));

    assert_int_equal(chmod(path, 0666), 0); /* others could have written it */
    assert_false(image_disk_read(cache_folder, "print", &request, &out));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(cache_folder, 0777), 0);
    assert_false(image_disk_read(cache_folder, "print", &request, &out));
    struct image_request second = cover(5, 36);
    image_disk_write(cache_folder, "print", &second, &bytes);
    assert_int_equal(count_files(), 1);
    image_disk_prune(cache_folder, 0);
    assert_int_equal(count_files(), 1);
    assert_int_equal(chmod(cache_folder, 0700), 0);

    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_false(image_disk_read(cache_folder, "print", &request, &out));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(image_disk_read(cache_folder, "print", &request, &out)); /* and reading does not block */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rename(other, path), 0);
    assert_true(image_disk_read(cache_folder, "print", &request, &out));
    assert_int_equal(truncate(path, (off_t)4 << 30), 0); /* sparse */
    assert_false(image_disk_read(cache_folder, "print", &request, &out));
    buffer_free(&bytes);
    buffer_free(&out);
}

static void the_folder_keeps_its_size(void **state)
{
    (void)state;
    remove_files();
    struct buffer bytes = {0};
    add_sixel(36, 36, 1000, &bytes);
    for (int i = 0; i < 40; i++) {
        struct image_request request = cover(i, 36);
        image_disk_write(cache_folder, "print", &request, &bytes);
        usleep(1000);
    }
    struct buffer out = {0};
    struct image_request first = cover(0, 36);
    struct image_request second = cover(1, 36);
    usleep(20000);
    assert_true(image_disk_read(cache_folder, "print", &first, &out)); /* used now, so it is kept */
    image_disk_prune(cache_folder, 100000);
    assert_int_equal(count_files(), 40);
    image_disk_prune(cache_folder, 20000);
    assert_true(count_files() <= 15 && count_files() >= 10);
    assert_true(image_disk_read(cache_folder, "print", &first, &out));
    assert_false(image_disk_read(cache_folder, "print", &second, &out));
    buffer_free(&bytes);
    buffer_free(&out);
}

static void requests_that_are_not_repeated_are_dropped(void **state)
{
    (void)state;
    remove_files();
    struct stage stage;
    stage_begin(&stage, 1 << 20);
    for (int i = 0; i < 200; i++) {
        struct image_request request = cover(100 + i, 120);
        assert_null(image_service_get(stage.images, &request));
    }
    image_service_end_frame(stage.images);
    struct image_request request = cover(7, 36);
    assert_null(image_service_get(stage.images, &request));
    image_service_end_frame(stage.images); /* the 200 requests were not repeated */
    assert_true(image_service_pending(stage.images) <= 2);
    wait_all(&stage);
    assert_true(atomic_load(&stage.calls) < 20);
    assert_non_null(image_service_get(stage.images, &request));
    for (int i = 0; i < 5; i++) { /* destroyed with pending jobs */
        request = cover(300 + i, 36);
        image_service_get(stage.images, &request);
    }
    stage_end(&stage);
    stage_begin(&stage, 1 << 20); /* the other order */
    image_service_get(stage.images, &request);
    workers_destroy(stage.workers, NULL);
    image_service_destroy(stage.images);
}

/* The disk cache gives only what its format may contain, and each format has its own files. */
static void every_format_is_checked(void **state)
{
    (void)state;
    static const char png[] = "\x89PNG\r\n\x1a\nrest", jpeg[] = "\xff\xd8\xff\xe0rest", text[] = "\x1b]0;title\a  ";
    struct block blocks[2] = {{.mask = 7}, {.mask = 31}};
    const struct {
        enum image_format format;
        enum block_shape shape;
        const void *bytes;
        size_t size;
        bool good;
    } cases[] = {
        {FORMAT_PNG, 0, png, sizeof png - 1, true},
        {FORMAT_PNG, 0, jpeg, sizeof jpeg - 1, false},
        {FORMAT_PNG, 0, text, sizeof text - 1, false},
        {FORMAT_JPEG, 0, jpeg, sizeof jpeg - 1, true},
        {FORMAT_JPEG, 0, text, sizeof text - 1, false},
        {FORMAT_SIXEL, 0, png, sizeof png - 1, false},
        {FORMAT_BLOCKS, BLOCKS_SEXTANT, blocks, sizeof blocks, true},
        {FORMAT_BLOCKS, BLOCKS_QUADRANT, blocks, sizeof blocks, false},
        {FORMAT_BLOCKS, BLOCKS_SEXTANT, blocks, sizeof blocks[0], false},
        {FORMAT_BLOCKS, BLOCKS_SEXTANT, text, sizeof text - 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer bytes = {0}, again = {0};
        struct image_request request = cover(7, 12), other;
        request.format = cases[i].format;
        request.registers = (int)cases[i].shape;
        remove_files();
        buffer_add(&bytes, cases[i].bytes, cases[i].size);
        image_disk_write(cache_folder, "print", &request, &bytes);
        assert_int_equal(image_disk_read(cache_folder, "print", &request, &again), cases[i].good);
        other = request;
        other.format = request.format == FORMAT_PNG ? FORMAT_JPEG : FORMAT_PNG;
        assert_false(image_disk_read(cache_folder, "print", &other, &again));
        buffer_free(&bytes);
        buffer_free(&again);
    }
}

static void failures_become_plain_pictures(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 1 << 20);
    struct image_request request = cover(13, 12);
    request.format = FORMAT_BLOCKS;
    request.registers = BLOCKS_SEXTANT;
    for (int i = 0; i < 5; i++) {
        image_service_get(stage.images, &request);
        image_service_end_frame(stage.images);
        wait_all(&stage);
    }
    const struct encoded_image *picture = image_service_get(stage.images, &request);
    assert_non_null(picture);
    struct block blocks[2];
    assert_int_equal(picture->bytes.size, sizeof blocks);
    memcpy(blocks, picture->bytes.data, sizeof blocks);
    assert_memory_equal(blocks[1].background, "\x33\x44\x55", 3);
    assert_int_equal(blocks[1].mask, 0);
    assert_int_equal(atomic_load(&stage.calls), 1);
    stage_end(&stage);
}

static void covers_are_square_on_the_page(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 1 << 20);
    struct image_request request = cover(3, 24);
    request.format = FORMAT_BLOCKS;
    request.registers = BLOCKS_SEXTANT;
    request.width = 36;
    image_service_get(stage.images, &request);
    wait_all(&stage);
    const struct encoded_image *picture = image_service_get(stage.images, &request);
    struct block blocks[6 * 2]; /* the page, four columns of cells with the cover, the page */
    assert_int_equal(picture->bytes.size, sizeof blocks);
    memcpy(blocks, picture->bytes.data, sizeof blocks);
    assert_memory_equal(blocks[0].background, "\x10\x10\x14", 3);
    assert_int_equal(blocks[0].mask, 0);
    assert_memory_not_equal(blocks[1].background, "\x10\x10\x14", 3);
    assert_memory_not_equal(blocks[4].background, "\x10\x10\x14", 3);
    assert_memory_equal(blocks[11].background, "\x10\x10\x14", 3);
    stage_end(&stage);
}

static void small_covers_keep_a_margin(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 1 << 20);
    struct image_request request = cover(3, 24);
    request.format = FORMAT_BLOCKS;
    request.registers = BLOCKS_HALF;
    request.margin = 6;
    image_service_get(stage.images, &request);
    wait_all(&stage);
    const struct encoded_image *picture = image_service_get(stage.images, &request);
    struct block blocks[4 * 2]; /* in the middle two columns, half of each cell has the cover */
    assert_int_equal(picture->bytes.size, sizeof blocks);
    memcpy(blocks, picture->bytes.data, sizeof blocks);
    assert_memory_equal(blocks[0].background, "\x10\x10\x14", 3);
    assert_int_equal(blocks[0].mask, 0);
    assert_int_not_equal(blocks[1].mask, 0);
    assert_memory_equal(blocks[7].background, "\x10\x10\x14", 3);
    assert_int_equal(blocks[7].mask, 0);
    request.margin = 0; /* another picture */
    assert_null(image_service_get(stage.images, &request));
    wait_all(&stage);
    stage_end(&stage);
}

static void memory_keeps_its_limit(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 6 * 1000);
    struct image_request request;
    for (int i = 0; i < 100; i++) { /* more than 100 bytes each */
        request = cover(1000 + i, 36);
        request.format = FORMAT_PNG;
        image_service_get(stage.images, &request);
        wait_all(&stage);
        assert_true(image_service_get(stage.images, &request)->bytes.size > 100);
        image_service_end_frame(stage.images);
    }
    request = cover(1000, 36);
    request.format = FORMAT_PNG;
    assert_null(image_service_get(stage.images, &request)); /* not used for a long time */
    request = cover(1099, 36);
    request.format = FORMAT_PNG;
    assert_non_null(image_service_get(stage.images, &request));
    stage_end(&stage);
}

static void a_moving_map_never_vanishes(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 1 << 20);
    struct image_request request = {
        .reference = {IMAGE_MAP, 1, 1}, .format = FORMAT_SIXEL, .width = 200, .height = 100, .registers = 256};
    assert_null(image_service_get(stage.images, &request));
    wait_all(&stage);
    uint64_t serial = image_service_get(stage.images, &request)->serial;
    for (uint64_t version = 2; version < 60; version++) {
        request.reference.version = version;
        const struct encoded_image *picture = image_service_get(stage.images, &request);
        assert_non_null(picture);
        assert_true(picture->serial >= serial);
        serial = picture->serial;
        assert_true(image_service_pending(stage.images) <= 1);
        image_service_end_frame(stage.images);
        workers_collect(stage.workers, NULL);
    }
    wait_all(&stage);
    image_service_get(stage.images, &request);
    wait_all(&stage);
    uint64_t last = image_service_get(stage.images, &request)->serial;
    wait_all(&stage);
    assert_true(image_service_get(stage.images, &request)->serial == last); /* this is the newest version: no further
                                                                             * request */
    assert_int_equal(image_service_pending(stage.images), 0);
    stage_end(&stage);
}

static void keep_quiet(enum log_level level, const char *text, void *context)
{
    (void)level;
    (void)text;
    (void)context;
}

static int use_own_cache(void **state)
{
    log_set_sink(keep_quiet, NULL);
    if (sample_cache_make(state) != 0)
        return -1;
    snprintf(cache_folder, sizeof cache_folder, "%s/sleeve/covers", getenv("XDG_CACHE_HOME"));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_made_once),
        cmocka_unit_test(pictures_made_ahead_need_no_frame),
        cmocka_unit_test(damaged_files_are_as_good_as_none),
        cmocka_unit_test(nothing_but_a_picture_comes_from_the_disk),
        cmocka_unit_test(only_own_regular_files_come_from_the_disk),
        cmocka_unit_test(the_folder_keeps_its_size),
        cmocka_unit_test(requests_that_are_not_repeated_are_dropped),
        cmocka_unit_test(every_format_is_checked),
        cmocka_unit_test(failures_become_plain_pictures),
        cmocka_unit_test(covers_are_square_on_the_page),
        cmocka_unit_test(small_covers_keep_a_margin),
        cmocka_unit_test(memory_keeps_its_limit),
        cmocka_unit_test(a_moving_map_never_vanishes),
    };
    return cmocka_run_group_tests(tests, use_own_cache, sample_cache_remove);
}
