/* Covers and embedding sets in a real catalogue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/file.h"
#include "core/log.h"
#include "db/import/import.h"
#include "features/extractor.h"
#include "pattern.h"
#include "sandbox/sandbox_internal.h"
#include "vision/cover_files.h"
#include "vision/cover_map.h"
#include "vision/cover_store.h"

struct world {
    char folder[64];
    struct catalogue *catalogue;
    struct pool *pool;
};

static void write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    struct buffer path = {0};
    buffer_printf(&path, "%s/%s", folder, name);
    FILE *file = fopen(path.data, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    buffer_free(&path);
}

static void import(struct world *world, const char *name, int first, int last)
{
    struct buffer csv = {0}, path = {0};
    struct error error;
    buffer_add_text(&csv, "track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,"
                          "track_album_release_date,playlist_name,playlist_id,playlist_genre,playlist_subgenre,"
                          "danceability,energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,"
                          "valence,tempo,duration_ms\n");
    for (int i = first; i <= last; i++)
        buffer_printf(&csv,
                      "T%d,Song %d,Artist %d,50,A%d,Album %d,2001-01-01,P,P%d,rock,hard rock,0.5,0.6,5,-6,1,0.05,"
                      "0.1,0,0.1,0.5,120,200000\n",
                      i, i, i % 3, i, i, first);
    write_file(world->folder, name, csv.data, csv.size);
    buffer_printf(&path, "%s/%s", world->folder, name);
    struct import_report report = {0};
    struct csv_options options = {.preset = CSV_SPOTIFY_SONGS};
    assert_int_equal(import_csv(world->catalogue, path.data, &options, world->pool, NULL, &report, &error), STATUS_OK);
    buffer_free(&csv);
    buffer_free(&path);
}

static struct catalogue *open_catalogue(const struct world *world, const char *name)
{
    struct buffer path = {0};
    struct catalogue *catalogue;
    struct error error;
    buffer_printf(&path, "%s/%s", world->folder, name);
    assert_int_equal(catalogue_open(path.data, CATALOGUE_CREATE, &catalogue, &error), STATUS_OK);
    buffer_free(&path);
    return catalogue;
}

static void quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct error error;
    snprintf(world->folder, sizeof world->folder, "/tmp/sleeve-covers-XXXXXX");
    if (!mkdtemp(world->folder) || pool_create(2, &world->pool, &error) != STATUS_OK)
        return -1;
    log_set_sink(quiet, NULL);
    world->catalogue = open_catalogue(world, "a.db");
    import(world, "a.csv", 1, 9);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    catalogue_close(world->catalogue);
    pool_destroy(world->pool);
    struct buffer command = {0};
    buffer_printf(&command, "rm -rf '%s'", world->folder);
    int rc = system(command.data);
    buffer_free(&command);
    free(world);
    log_set_sink(NULL, NULL);
    return rc;
}

static enum cover_origin origin_of(struct world *world, int64_t album, int edge, struct image *image)
{
    struct album_list albums;
    enum cover_origin origin;
    struct error error;
    assert_int_equal(catalogue_albums_read(world->catalogue, &album, 1, &albums, &error), STATUS_OK);
    assert_int_equal(cover_pixels(world->catalogue, &albums.items[0], edge, image, &origin, &error), STATUS_OK);
    assert_int_equal(image->width, edge);
    album_list_free(&albums);
    return origin;
}

static void add_folder(struct world *world, const char *map, struct covers_report *report)
{
    struct buffer path = {0}, map_path = {0};
    struct error error;
    buffer_printf(&path, "%s/covers", world->folder);
    buffer_printf(&map_path, "%s/%s", world->folder, map ? map : "");
    assert_int_equal(
        covers_add(world->catalogue, path.data, map ? map_path.data : NULL, world->pool, NULL, report, &error),
        STATUS_OK);
    buffer_free(&path);
    buffer_free(&map_path);
}

static void covers_come_from_files_then_artwork_then_placeholders(void **state)
{
    struct world *world = *state;
    struct image image;
    assert_int_equal(origin_of(world, 1, 40, &image), COVER_PLACEHOLDER);
    image_free(&image);

    struct buffer folder = {0}, png = {0};
    struct error error;
    struct image picture = pattern(224, 224);
    buffer_printf(&folder, "%s/covers", world->folder);
    assert_int_equal(folder_make(folder.data, &error), STATUS_OK);
    assert_int_equal(image_encode_png(&picture, &png, &error), STATUS_OK);
    write_file(folder.data, "A1.png", png.data, png.size);
    write_file(folder.data, "A2.PNG", png.data, png.size / 2);
    write_file(folder.data, "A3.jpg", "not an image", 12);
    write_file(folder.data, "unknown.png", png.data, png.size);
    write_file(folder.data, "notes.txt", "x", 1);
    memset(picture.rgb, 200, 224 * 224 * 3);
    buffer_clear(&png);
    assert_int_equal(image_encode_png(&picture, &png, &error), STATUS_OK);
    write_file(folder.data, "flat.png", png.data, png.size);

    struct covers_report report;
    add_folder(world, NULL, &report);
    assert_int_equal(report.added, 1);
    assert_int_equal(report.bad, 2);
    assert_int_equal(report.unmatched, 2);
    add_folder(world, NULL, &report);
    assert_int_equal(report.added, 0);
    assert_int_equal(report.unchanged, 1);

    static const char map[] = "album,path\r\nA4,flat.png\r\n\"A5\",\"flat.png\"\r\nA6,missing.png\r\nZ,flat.png\r\n";
    write_file(world->folder, "map.csv", map, sizeof map - 1);
    add_folder(world, "map.csv", &report);
    assert_int_equal(report.added, 2);
    assert_int_equal(report.bad, 1);
    assert_int_equal(report.unmatched, 1);

    assert_int_equal(origin_of(world, 1, 224, &image), COVER_STORED);
    image_free(&image);
    assert_int_equal(origin_of(world, 4, 30, &image), COVER_STORED);
    for (int i = 0; i < 30 * 30 * 3; i++)
        assert_int_equal(image.rgb[i], 200);
    image_free(&image);
    assert_int_equal(catalogue_setting_write(world->catalogue, "covers.generated", "1", &error), STATUS_OK);
    assert_int_equal(origin_of(world, 4, 30, &image), COVER_STORED);
    image_free(&image);
    assert_int_equal(origin_of(world, 7, 30, &image), COVER_GENERATED);
    image_free(&image);

    /* A stored cover that is not an image any more is replaced by a placeholder. */
    assert_int_equal(catalogue_cover_write(world->catalogue, 8, "rubbish", 7, NULL, &error), STATUS_OK);
    assert_int_equal(origin_of(world, 8, 30, &image), COVER_PLACEHOLDER);
    image_free(&image);
    image_free(&picture);
    buffer_free(&png);
    buffer_free(&folder);
}

/* Without a decoder nothing is decoded, and no file is called bad. */
static void covers_are_not_added_without_a_decoder(void **state)
{
    struct world *world = *state;
    const struct sandbox_program missing = {.file = "sleeve-no-decoder", .processor_seconds = 1, .seconds = 1};
    struct covers_report report;
    struct error error;
    struct buffer folder = {0}, png = {0}, bytes = {0};
    struct image picture = pattern(100, 100), shown;
    bool found;
    buffer_printf(&folder, "%s/others", world->folder);
    assert_int_equal(folder_make(folder.data, &error), STATUS_OK);
    assert_int_equal(image_encode_png(&picture, &png, &error), STATUS_OK);
    write_file(folder.data, "A9.png", png.data, png.size);
    sandbox_set_program(SANDBOX_IMAGE, &missing);
    assert_int_equal(covers_add(world->catalogue, folder.data, NULL, world->pool, NULL, &report, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "sleeve-no-decoder is neither beside the program"));
    assert_int_equal(report.bad, 0);
    struct album_list albums;
    enum cover_origin origin;
    int64_t album = 1; /* its cover is stored */
    assert_int_equal(catalogue_albums_read(world->catalogue, &album, 1, &albums, &error), STATUS_OK);
    assert_int_equal(cover_pixels(world->catalogue, &albums.items[0], 40, &shown, &origin, &error), STATUS_FAILED);
    sandbox_set_program(SANDBOX_IMAGE, NULL);
    album_list_free(&albums);
    assert_int_equal(catalogue_cover_read(world->catalogue, 9, &bytes, &found, &error), STATUS_OK);
    assert_false(found);
    assert_int_equal(covers_add(world->catalogue, folder.data, NULL, world->pool, NULL, &report, &error), STATUS_OK);
    assert_int_equal(report.added, 1);
    image_free(&picture);
    buffer_free(&bytes);
    buffer_free(&png);
    buffer_free(&folder);
}

static void count_name(const char *name, void *context)
{
    assert_string_equal(name, "gray16");
    ++*(int *)context;
}

static bool is_zero(const struct feature_set *set, int64_t album)
{
    for (int i = 0; i < set->width; i++)
        if (set->values[(album - 1) * set->width + i] != 0.0F)
            return false;
    return true;
}

static void sets_are_made_opened_and_refused(void **state)
{
    struct world *world = *state;
    const struct extractor *gray16 = extractor_find("gray16");
    const struct extractor_options options = {.pool = world->pool};
    struct feature_set set;
    struct error error;
    assert_int_equal(catalogue_setting_write(world->catalogue, "covers.generated", "0", &error), STATUS_OK);
    assert_int_equal(feature_set_open(world->catalogue, "gray16", &set, &error), STATUS_FAILED);
    assert_int_equal(feature_set_open(world->catalogue, "../gray16", &set, &error), STATUS_USAGE);
    assert_int_equal(feature_sets_make(world->catalogue, &gray16, 1, &options, NULL, &error), STATUS_OK);
    assert_int_equal(feature_set_open(world->catalogue, "gray16", &set, &error), STATUS_OK);
    assert_int_equal(set.n_rows, 9);
    assert_int_equal(set.width, 256);
    assert_false(is_zero(&set, 1));
    for (int64_t album = 2; album <= 9; album++)
        assert_true(is_zero(&set, album)); /* no cover, a bad one, or a single colour */
    feature_set_close(&set);

    assert_int_equal(catalogue_setting_write(world->catalogue, "covers.generated", "1", &error), STATUS_OK);
    assert_int_equal(feature_sets_make(world->catalogue, &gray16, 1, &options, NULL, &error), STATUS_OK);
    assert_int_equal(feature_set_open(world->catalogue, "gray16", &set, &error), STATUS_OK);
    assert_false(is_zero(&set, 9));
    struct neighbour nearest[3];
    size_t count;
    assert_int_equal(feature_neighbours(&set, 9, 3, nearest, &count, &error), STATUS_OK);
    assert_int_equal(count, 3);
    feature_set_close(&set);

    int sets = 0;
    assert_int_equal(feature_sets_list(world->catalogue, count_name, &sets, &error), STATUS_OK);
    assert_int_equal(sets, 1);

    /* Albums added later leave it valid. */
    import(world, "b.csv", 10, 12);
    assert_int_equal(feature_set_open(world->catalogue, "gray16", &set, &error), STATUS_OK);
    assert_int_equal(set.n_rows, 9);
    feature_set_close(&set);

    /* Another catalogue refuses it. */
    struct world other = *world;
    other.catalogue = open_catalogue(world, "other.db");
    import(&other, "c.csv", 30, 45);
    struct buffer from = {0}, to = {0}, bytes = {0};
    catalogue_sidecar(world->catalogue, "embeddings/gray16.safetensors", &from);
    catalogue_sidecar(other.catalogue, "embeddings", &to);
    assert_int_equal(folder_make(to.data, &error), STATUS_OK);
    assert_int_equal(file_read(from.data, 1 << 20, &bytes, &error), STATUS_OK);
    write_file(to.data, "gray16.safetensors", bytes.data, bytes.size);
    assert_int_equal(feature_set_open(other.catalogue, "gray16", &set, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "another catalogue"));
    write_file(to.data, "gray16.safetensors", bytes.data, bytes.size / 2);
    assert_int_equal(feature_set_open(other.catalogue, "gray16", &set, &error), STATUS_BAD_DATA);
    catalogue_close(other.catalogue);
    buffer_free(&from);
    buffer_free(&to);
    buffer_free(&bytes);
}

static bool always(struct progress *progress)
{
    (void)progress;
    return true;
}

static void a_stopped_set_leaves_nothing_behind(void **state)
{
    struct world *world = *state;
    struct progress progress = {.cancelled = always};
    const struct extractor_options options = {.pool = world->pool};
    struct feature_set set;
    struct error error;
    assert_int_equal(feature_sets_make(world->catalogue, extractors, 2, &options, &progress, &error),
                     STATUS_INTERRUPTED);
    assert_int_equal(feature_set_open(world->catalogue, "gist", &set, &error), STATUS_FAILED);
}

static void sets_made_together_are_those_made_alone(void **state)
{
    struct world *world = *state;
    const struct extractor_options options = {.pool = world->pool};
    struct error error;
    assert_int_equal(feature_sets_make(world->catalogue, extractors, 2, &options, NULL, &error), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        struct feature_set together, alone;
        assert_int_equal(feature_set_open(world->catalogue, extractors[i]->name, &together, &error), STATUS_OK);
        assert_int_equal(feature_sets_make(world->catalogue, extractors + i, 1, &options, NULL, &error), STATUS_OK);
        assert_int_equal(feature_set_open(world->catalogue, extractors[i]->name, &alone, &error), STATUS_OK);
        assert_int_equal(alone.n_rows, together.n_rows);
        assert_memory_equal(alone.values, together.values,
                            (size_t)alone.n_rows * (size_t)alone.width * sizeof *alone.values);
        feature_set_close(&together); /* mapped while another file replaced it */
        feature_set_close(&alone);
    }
}

static struct album album_of(struct world *world, int64_t id)
{
    struct album_list albums;
    struct error error;
    assert_int_equal(catalogue_albums_read(world->catalogue, &id, 1, &albums, &error), STATUS_OK);
    struct album album = albums.items[0];
    album.key = album.title = album.artist = album.genre = NULL;
    album_list_free(&albums);
    return album;
}

static void assert_near(uint32_t a, uint32_t b, int tolerance)
{
    for (int shift = 0; shift < 24; shift += 8)
        assert_in_range((a >> shift & 255) + 255 - (b >> shift & 255), 255 - tolerance, 255 + tolerance);
}

/* The stored colour of each album is the mean of its picture as it is decoded or drawn. */
static void check_colours(struct world *world, int64_t n_albums)
{
    for (int64_t id = 1; id <= n_albums; id++) {
        struct album album = album_of(world, id);
        struct image image;
        enum cover_origin origin = origin_of(world, id, album.cover == COVER_STORED ? COVER_EDGE : 32, &image);
        if (id == 8) { /* cannot be decoded */
            assert_int_equal(album.cover_colour, COVER_NO_COLOUR);
        } else {
            assert_int_equal(album.cover, origin);
            assert_near(album.cover_colour, image_mean_colour(&image), origin == COVER_STORED ? 1 : 0);
        }
        image_free(&image);
    }
}

static void albums_know_the_colours_of_their_covers(void **state)
{
    struct world *world = *state;
    struct error error;
    check_colours(world, 12); /* after sets of covers were made */
    struct track_list tracks;
    assert_int_equal(catalogue_tracks_read(world->catalogue, (int64_t[]){1, 9}, 2, &tracks, &error), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        struct album album = album_of(world, tracks.items[i].album_id);
        assert_int_equal(tracks.items[i].cover, i == 0 ? COVER_STORED : COVER_GENERATED);
        assert_int_equal(tracks.items[i].cover, album.cover);
        assert_int_equal(tracks.items[i].cover_colour, album.cover_colour);
    }
    track_list_free(&tracks);

    /* An import may change the artwork, but no stored cover. */
    import(world, "d.csv", 13, 14);
    assert_int_equal(album_of(world, 9).cover, COVER_GENERATED);
    assert_int_equal(album_of(world, 9).cover_colour, COVER_NO_COLOUR);
    assert_int_equal(album_of(world, 4).cover_colour, 0xc8c8c8);

    /* A catalogue of an earlier version has no colours: covers that are added again get theirs, without being new. */
    struct covers_report report;
    assert_int_equal(catalogue_cover_colour_write(world->catalogue, 4, COVER_STORED, 0x123456, &error), STATUS_OK);
    assert_int_equal(catalogue_cover_colour_write(world->catalogue, 4, COVER_GENERATED, 0x654321, &error), STATUS_OK);
    assert_int_equal(album_of(world, 4).cover_colour, 0x123456);
    add_folder(world, "map.csv", &report);
    assert_int_equal(report.added, 0);
    assert_int_equal(report.unchanged, 2);
    assert_int_equal(album_of(world, 4).cover_colour, 0xc8c8c8);

    /* Another picture has another colour. */
    assert_int_equal(catalogue_cover_write(world->catalogue, 4, "other", 5, NULL, &error), STATUS_OK);
    assert_int_equal(album_of(world, 4).cover, COVER_STORED);
    assert_int_equal(album_of(world, 4).cover_colour, COVER_NO_COLOUR);
    assert_int_equal(catalogue_cover_write(world->catalogue, 4, NULL, 0, "lost", &error), STATUS_OK);
    assert_int_equal(album_of(world, 4).cover, COVER_GENERATED);
    assert_int_equal(catalogue_setting_write(world->catalogue, "covers.generated", "0", &error), STATUS_OK);
    assert_int_equal(album_of(world, 4).cover, COVER_PLACEHOLDER);
}

/* Scaling a picture down keeps its mean, so that the colour is right at every size at which a cover is shown. */
static void the_mean_does_not_depend_on_the_size(void **state)
{
    struct world *world = *state;
    struct album_list albums;
    struct image stored = pattern(224, 224), small, one;
    struct error error;
    assert_int_equal(image_resize(&stored, 76, 76, FILTER_LANCZOS, &small, &error), STATUS_OK);
    assert_int_equal(image_resize(&stored, 1, 1, FILTER_BOX, &one, &error), STATUS_OK);
    assert_near(image_mean_colour(&small), image_mean_colour(&stored), 2);
    assert_near(image_mean_colour(&one), image_mean_colour(&stored), 1);
    image_free(&small);
    image_free(&one);
    image_free(&stored);
    assert_int_equal(catalogue_albums_read(world->catalogue, NULL, 0, &albums, &error), STATUS_OK);
    for (size_t i = 0; i < albums.count; i++) {
        assert_int_equal(artwork_draw(&albums.items[i], 32, &small, &error), STATUS_OK);
        assert_int_equal(artwork_draw(&albums.items[i], 200, &stored, &error), STATUS_OK);
        assert_near(image_mean_colour(&small), image_mean_colour(&stored), 2);
        image_free(&small);
        image_free(&stored);
    }
    album_list_free(&albums);
}

static enum status take_map_row(void *context, const char *album, const char *path, long long line, struct error *error)
{
    (void)error;
    buffer_printf(context, "%lld:%s>%s|", line, album, path);
    return STATUS_OK;
}

static void expect_map(const char *file, const char *text, size_t size, enum status wanted, const char *rows)
{
    struct buffer out = {0};
    struct error error = {0};
    FILE *stream = fopen(file, "wb");
    assert_int_equal(fwrite(text, 1, size, stream), size);
    fclose(stream);
    assert_int_equal(cover_map_read(file, &cover_map_paths, take_map_row, &out, &error), wanted);
    if (wanted == STATUS_OK)
        assert_string_equal(out.data, rows);
    else if (!strstr(error.text, rows))
        fail_msg("%s", error.text);
    buffer_free(&out);
}

#define MAP(text) text, sizeof(text) - 1

static void maps_of_covers_are_tables(void **state)
{
    (void)state;
    char file[] = "/tmp/sleeve-map-XXXXXX";
    int descriptor = mkstemp(file);
    assert_true(descriptor >= 0);
    close(descriptor);
    const char *plain = "1:a>b.png|2:x, \"y\">p q.png|";
    expect_map(file, MAP("a\tb.png\n\"x, \"\"y\"\"\"\tp q.png\r\n"), STATUS_OK, plain);
    expect_map(file, MAP("a,b.png\n\"x, \"\"y\"\"\",p q.png"), STATUS_OK, plain);
    expect_map(file, MAP("a;b.png\r\"x, \"\"y\"\"\" ; p q.png"), STATUS_OK, plain);
    expect_map(file, MAP("sep=;\nPath ; Album\nb.png;a\n"), STATUS_OK, "3:a>b.png|");
    expect_map(file,
               MAP("\xef\xbb\xbf"
                   "album,path\na,b.png\n"),
               STATUS_OK, "2:a>b.png|");
    expect_map(file,
               MAP("\xff\xfe"
                   "a\0,\0b\0\n\0"),
               STATUS_OK, "1:a>b|");
    expect_map(file, MAP("a,caf\xe9.png\n"), STATUS_OK, "1:a>caf\xc3\xa9.png|");
    expect_map(file, MAP("a,b\nalone\n"), STATUS_BAD_DATA, "line 2");
    expect_map(file, MAP("a,b\nc,\n"), STATUS_BAD_DATA, "line 2");
    expect_map(file, MAP("a,b\nc,\0\n"), STATUS_BAD_DATA, "line 2");
    expect_map(file, MAP(""), STATUS_BAD_DATA, "empty");
    unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_come_from_files_then_artwork_then_placeholders),
        cmocka_unit_test(sets_are_made_opened_and_refused),
        cmocka_unit_test(a_stopped_set_leaves_nothing_behind),
        cmocka_unit_test(sets_made_together_are_those_made_alone),
        cmocka_unit_test(albums_know_the_colours_of_their_covers),
        cmocka_unit_test(the_mean_does_not_depend_on_the_size),
        cmocka_unit_test(maps_of_covers_are_tables),
        cmocka_unit_test(covers_are_not_added_without_a_decoder),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
