/* Tags, duration and cover of music files. tests/oracle/media.py made the files with mutagen, which does not use
 * libavformat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/media.h"
#include "tests/must.h"

static int open_data(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", getenv("SLEEVE_TEST_DATA"), name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        fail_msg("%s cannot be opened", path);
    return descriptor;
}

/* A file in memory with these bytes. */
static int make_file(const void *bytes, size_t size)
{
    int descriptor = memfd_create("test", MFD_CLOEXEC);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, size), size);
    return descriptor;
}

static size_t read_data(const char *name, unsigned char *bytes, size_t room)
{
    int descriptor = open_data(name);
    const ssize_t got = pread(descriptor, bytes, room, 0);
    close(descriptor);
    assert_true(got > 0 && (size_t)got < room);
    return (size_t)got;
}

static void every_format_gives_its_tags(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool recording, isrc, original, compilation, guest;
        int duration_min, duration_max; /* lossy encoders add a part of a frame */
    } files[] = {
        {"tagged.flac", true, true, true, false, true, 1000, 1000},
        {"tagged.ogg", true, true, true, false, true, 1000, 1000},
        {"tagged.opus", true, true, true, false, true, 1000, 1010},
        {"tagged.mp3", true, true, true, true, false, 1000, 1160},
        {"tagged.m4a", true, true, false, false, false, 1000, 1200},
        {"alac.m4a", true, true, false, false, false, 1000, 1000},
        {"tagged.wav", false, true, true, true, false, 250, 250},
        {"tagged.aiff", false, true, true, true, false, 250, 250},
        {"tagged.wma", true, false, false, false, false, 1000, 2000}, /* from the bit rate */
        {"tagged.wv", true, false, false, false, false, 1000, 1000},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct media_tags tags;
        struct buffer picture = {0};
        int descriptor = open_data(files[i].name);
        print_message("# %s\n", files[i].name);
        must(media_read(descriptor, files[i].name, &tags, &picture, &error));
        assert_string_equal(tags.title, "Ágætis");
        assert_string_equal(tags.artist, "Sigur Rós");
        assert_string_equal(tags.album, "Kveikur");
        assert_string_equal(tags.album_artist, "Sigur Rós");
        assert_string_equal(tags.genre, "Post-Rock");
        assert_string_equal(tags.date, "2013-06-17");
        assert_string_equal(tags.original_date, files[i].original ? "2013" : "");
        assert_string_equal(tags.recording, files[i].recording ? "12345678-9abc-4def-8123-456789abcdef" : "");
        assert_string_equal(tags.release, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee");
        assert_string_equal(tags.isrc, files[i].isrc ? "GBBKS1300123" : "");
        assert_int_equal(tags.track, 3);
        assert_int_equal(tags.disc, 2);
        assert_int_equal(tags.compilation, files[i].compilation);
        assert_int_equal(tags.more_artists, files[i].guest);
        assert_in_range(tags.duration_ms, files[i].duration_min, files[i].duration_max);
        assert_true(tags.picture != MEDIA_NO_PICTURE);
        assert_int_equal(tags.picture_size, picture.size);
        assert_memory_equal(picture.data, "\x89PNG", 4);
        assert_string_equal(tags.picture_hash, "95b1391cccba25a0d3a2dae26825d75e"); /* the front, not the back */
        buffer_free(&picture);
        close(descriptor);
    }
}

static void old_tags_in_latin_1_are_converted(void **state)
{
    (void)state;
    struct media_tags tags;
    int descriptor = open_data("latin1.mp3");
    must(media_read(descriptor, "latin1.mp3", &tags, NULL, &error));
    assert_string_equal(tags.title, "Café");
    assert_string_equal(tags.artist, "Zoë");
    assert_string_equal(tags.date, "1999");
    assert_int_equal(tags.track, 7);
    assert_int_equal(tags.picture, MEDIA_NO_PICTURE);
    assert_in_range(tags.duration_ms, 1000, 1300); /* from the bit rate of the first frame */
    close(descriptor);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *reason;
        size_t size;
    } files[] = {
        {"", "empty", 0},
        {"#EXTM3U\n/etc/passwd\n", "known format", 20},
        {"\x89PNG\r\n\x1a\n....IHDR", "known format", 16},
        {"OggS............", "damaged", 16},
        {"fLaC\x04\xff\xff\xff....", "damaged", 12},
        {"....ftypM4A ....", "damaged", 16},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct media_tags tags;
        struct error error = {0};
        int descriptor = make_file(files[i].bytes, files[i].size);
        assert_int_equal(media_read(descriptor, "some file", &tags, NULL, &error), STATUS_BAD_DATA);
        assert_non_null(strstr(error.text, "some file"));
        if (!strstr(error.text, files[i].reason))
            fail_msg("%s", error.text);
        close(descriptor);
    }
}

static bool is_valid(const struct media_tags *tags, const struct buffer *picture)
{
    return memchr(tags->title, 0, sizeof tags->title) && memchr(tags->album, 0, sizeof tags->album) &&
           memchr(tags->picture_hash, 0, sizeof tags->picture_hash) && tags->picture_size == picture->size;
}

static void damaged_files_are_refused_or_read(void **state)
{
    (void)state;
    static const char *const names[] = {"tagged.flac", "tagged.ogg", "tagged.opus", "tagged.mp3", "tagged.m4a",
                                        "alac.m4a",    "tagged.wav", "tagged.aiff", "tagged.wma", "tagged.wv"};
    static unsigned char bytes[16384], changed[16384];
    unsigned random = 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t size = read_data(names[i], bytes, sizeof bytes);
        for (int round = 0; round < 60; round++) {
            struct media_tags tags;
            struct buffer picture = {0};
            size_t keep = size;
            memcpy(changed, bytes, size);
            random = random * 1664525U + 1013904223U;
            if (round % 3 == 0)
                keep = (random >> 8) % size;
            for (int change = 0; round % 3 > 0 && change < 1 << round % 5; change++) {
                random = random * 1664525U + 1013904223U;
                changed[(random >> 8) % size] = round % 3 == 1 ? 0xff : (unsigned char)random;
            }
            int descriptor = make_file(changed, keep);
            const enum status status = media_read(descriptor, names[i], &tags, &picture, NULL);
            assert_true(status == STATUS_BAD_DATA || (status == STATUS_OK && is_valid(&tags, &picture)));
            buffer_free(&picture);
            close(descriptor);
        }
    }
}

/* A FLAC block of 16 MB that a file of some bytes claims to have, a picture of 4 GB inside a small block, and an ID3
 * tag of 256 MB. */
static void sizes_that_lie_cost_nothing(void **state)
{
    (void)state;
    unsigned char bytes[16384];
    struct media_tags tags;
    size_t size = read_data("tagged.flac", bytes, sizeof bytes);
    unsigned char *picture = memmem(bytes, size, "image/png", 9);
    assert_non_null(picture);
    memset(picture + 9 + 4 + 16, 0xff, 4); /* the size of the data behind description and dimensions */
    int descriptor = make_file(bytes, size);
    enum status status = media_read(descriptor, "a.flac", &tags, NULL, NULL);
    assert_true(status == STATUS_BAD_DATA || (status == STATUS_OK && tags.picture_size < size));
    close(descriptor);
    static const unsigned char id3[] = "ID3\x03\0\0\x7f\x7f\x7f\x7f"
                                       "APIC\x7f\xff\xff\xff\0\0";
    descriptor = make_file(id3, sizeof id3);
    assert_int_equal(media_read(descriptor, "a.mp3", &tags, NULL, NULL), STATUS_BAD_DATA);
    close(descriptor);
}

static void a_decoder_reads_the_same(void **state)
{
    (void)state;
    static const char *const names[] = {"tagged.flac", "tagged.ogg", "tagged.mp3", "tagged.m4a", "tagged.wma"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct media_tags here, there;
        struct buffer a = {0}, b = {0};
        int descriptor = open_data(names[i]);
        must(media_read(descriptor, names[i], &here, &a, &error));
        must(media_read_safely(descriptor, names[i], &there, &b, &error));
        assert_memory_equal(&here, &there, sizeof here);
        assert_int_equal(a.size, b.size);
        assert_memory_equal(a.data, b.data, a.size);
        must(media_read_safely(descriptor, names[i], &there, NULL, &error));
        assert_memory_equal(&here, &there, sizeof here);
        buffer_free(&a);
        buffer_free(&b);
        close(descriptor);
    }
    struct media_tags tags;
    struct error error;
    int descriptor = make_file("fLaC\x04\xff\xff\xff....", 12);
    assert_int_equal(media_read_safely(descriptor, "some file", &tags, NULL, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "some file: damaged"));
    close(descriptor);
}

static void packed_tags_are_checked(void **state)
{
    (void)state;
    struct media_tags tags, unpacked;
    struct buffer picture = {0}, bytes = {0}, other = {0};
    int descriptor = open_data("tagged.flac");
    must(media_read(descriptor, "tagged.flac", &tags, &picture, &error));
    close(descriptor);
    media_pack(&tags, &picture, &bytes);
    must(media_unpack(bytes.data, bytes.size, &unpacked, &other, &error));
    assert_memory_equal(&tags, &unpacked, sizeof tags);
    assert_int_equal(other.size, picture.size);
    assert_memory_equal(other.data, picture.data, picture.size);
    for (size_t size = 0; size < bytes.size; size += 37)
        assert_int_equal(media_unpack(bytes.data, size, &unpacked, NULL, NULL), STATUS_BAD_DATA);
    unsigned random = 1;
    for (int round = 0; round < 2000; round++) {
        random = random * 1664525U + 1013904223U;
        char *byte = &bytes.data[(random >> 8) % sizeof tags], old = *byte;
        *byte = (char)(round % 2 ? 0xff : random >> 24);
        if (media_unpack(bytes.data, bytes.size, &unpacked, NULL, NULL) == STATUS_OK)
            assert_true(is_valid(&unpacked, &picture));
        *byte = old;
    }
    memset(bytes.data, 'x', sizeof tags);
    assert_int_equal(media_unpack(bytes.data, bytes.size, &unpacked, NULL, NULL), STATUS_BAD_DATA);
    buffer_free(&picture);
    buffer_free(&bytes);
    buffer_free(&other);
}

static void names_tell_music(void **state)
{
    (void)state;
    static const char *const music[] = {"a.mp3", "b.FLAC", "folder.mp3/c.Opus", ".x.m4a"};
    static const char *const other[] = {"a.mp4", "mp3", ".mp3", "a.mp3.part", "folder.mp3/readme", "a.m3u8", ""};
    for (size_t i = 0; i < sizeof music / sizeof *music; i++)
        assert_true(media_is_music_name(music[i]));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(media_is_music_name(other[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_gives_its_tags), cmocka_unit_test(old_tags_in_latin_1_are_converted),
        cmocka_unit_test(other_files_are_refused),     cmocka_unit_test(damaged_files_are_refused_or_read),
        cmocka_unit_test(sizes_that_lie_cost_nothing), cmocka_unit_test(a_decoder_reads_the_same),
        cmocka_unit_test(packed_tags_are_checked),     cmocka_unit_test(names_tell_music),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
