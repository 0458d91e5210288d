/* Music files read in decoder processes: the same tags, covers and reasons as in this process, also of damaged files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after the above: */
#include <cmocka.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../must.h"
#include "core/file.h"
#include "core/random.h"
#include "media/media.h"

enum { DAMAGED = 12 }; /* copies of each file */

static const char *const names[] = {"tagged.aiff", "tagged.flac", "tagged.m4a", "alac.m4a",
                                    "tagged.mp3",  "latin1.mp3",  "tagged.ogg", "tagged.opus",
                                    "tagged.wav",  "tagged.wma",  "tagged.wv"};
enum { N_NAMES = sizeof names / sizeof names[0] };

static struct buffer contents_of(const char *name)
{
    struct buffer path = {0}, file = {0};
    buffer_printf(&path, "%s/tests/media/data/%s", getenv("SLEEVE_SOURCE"), name);
    must(file_read(path.data, 1 << 20, &file, &error));
    buffer_free(&path);
    return file;
}

static int open_copy(const struct buffer *file)
{
    int descriptor = memfd_create("music", MFD_CLOEXEC);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, file->data, file->size), file->size);
    return descriptor;
}

static void assert_same(const char *name, const struct buffer *file)
{
    struct media_tags here, there;
    struct buffer pictures[2] = {{0}};
    struct error errors[2] = {{0}};
    int descriptor = open_copy(file);
    enum status status = media_read(descriptor, name, &here, &pictures[0], &errors[0]);
    assert_int_equal(media_read_safely(descriptor, name, &there, &pictures[1], &errors[1]), status);
    assert_string_equal(errors[0].text, errors[1].text);
    if (status == STATUS_OK) {
        assert_memory_equal(&here, &there, offsetof(struct media_tags, picture_hash) + sizeof here.picture_hash);
        assert_int_equal(pictures[0].size, pictures[1].size);
        assert_memory_equal(pictures[0].data ? pictures[0].data : "", pictures[1].data ? pictures[1].data : "",
                            pictures[0].size);
    }
    buffer_free(&pictures[0]);
    buffer_free(&pictures[1]);
    close(descriptor);
}

static void a_decoder_reads_every_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_NAMES; i++) {
        struct buffer file = contents_of(names[i]);
        assert_same(names[i], &file);
        buffer_free(&file);
    }
}

static void a_decoder_gives_the_same_reasons_for_damaged_files(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    for (size_t i = 0; i < N_NAMES * DAMAGED; i++) {
        struct buffer file = contents_of(names[i % N_NAMES]);
        for (uint64_t n = 1 + random_below(&random, 8); n > 0; n--)
            file.data[random_below(&random, file.size)] = (char)random_below(&random, 256);
        if (random_below(&random, 3) == 0)
            file.size = random_below(&random, file.size);
        assert_same(names[i % N_NAMES], &file);
        buffer_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decoder_reads_every_format),
        cmocka_unit_test(a_decoder_gives_the_same_reasons_for_damaged_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
