#include "bench/make_large.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/make_mpd.h"
#include "core/random.h"
#include "db/ingest.h"
#include "db/search.h"
#include "models/recommender.h"
#include "vision/cover_store.h"
#include "vision/image.h"

enum {
    CLUSTERS = 120,
    PLAYLIST_MAX = 250,
    PLAYLISTS_AT_ONCE = 10000,
    COVERS_AT_ONCE = 50000,
    COLOURS = 256,
    DRAWN = 5000
};

struct large {
    struct catalogue *catalogue;
    struct progress *progress;
    struct ingest *ingest;
    struct random random;
    struct buffer clusters[CLUSTERS]; /* int32 track numbers; older ones are more popular */
    int32_t *last_playlist_of;        /* [LARGE_TRACKS + 1] the last playlist with the track, counted from 1 */
    int32_t n_tracks;
    struct buffer key, name, other;
};

static struct text text_of(const struct buffer *buffer)
{
    return (struct text){buffer->data, buffer->size};
}

static void name(struct buffer *out, const char *kind, uint64_t salt, uint64_t number, struct buffer *key, int words)
{
    buffer_clear(out);
    buffer_clear(key);
    make_mpd_add_name(out, salt, number, words);
    make_mpd_add_uri(key, kind, salt, number);
}

/* ---- tracks ---- */

/* Albums have three tracks each; the first artists have hundreds of albums, most have two. */
static int32_t album_of(int32_t track)
{
    return (int32_t)((int64_t)(track - 1) * LARGE_ALBUMS / LARGE_TRACKS);
}

static int32_t artist_of(int32_t album)
{
    return (int32_t)(LARGE_ARTISTS * pow((double)album / LARGE_ALBUMS, 1.6));
}

static enum status add_track(struct large *large, struct error *error)
{
    int32_t track = large->n_tracks + 1, album = album_of(track), artist = artist_of(album), artist_id = 0,
            album_id = 0;
    name(&large->name, "artist", MAKE_MPD_ARTIST, (uint64_t)artist, &large->key, 3);
    enum status status = ingest_artist(large->ingest, text_of(&large->key), text_of(&large->name), &artist_id, error);
    name(&large->name, "album", MAKE_MPD_ALBUM, (uint64_t)album, &large->key, 6);
    buffer_clear(&large->other);
    buffer_printf(&large->other, "%d", 1960 + album % 58);
    const struct album_metadata album_metadata = {.key = text_of(&large->key),
                                                  .title = text_of(&large->name),
                                                  .release_date = text_of(&large->other),
                                                  .artist = artist_id};
    if (status == STATUS_OK)
        status = ingest_album(large->ingest, &album_metadata, &album_id, error);
    name(&large->name, "track", MAKE_MPD_TRACK, (uint64_t)track, &large->key, 6);
    const struct track_metadata facts = {.key = text_of(&large->key),
                                         .title = text_of(&large->name),
                                         .artist = artist_id,
                                         .album = album_id,
                                         .duration_ms = 90000 + (int32_t)(random_mix((uint64_t)track) % 240000),
                                         .popularity = -1};
    if (status == STATUS_OK)
        status = ingest_track(large->ingest, &facts, &large->n_tracks, error);
    struct buffer *cluster = &large->clusters[random_mix((uint64_t)artist) % CLUSTERS];
    buffer_add(cluster, &large->n_tracks, sizeof large->n_tracks);
    bool failed = cluster->failed || large->name.failed || large->key.failed || large->other.failed;
    return status == STATUS_OK && failed ? error_no_memory(error) : status;
}

/* ---- playlists ---- */

static int32_t draw(struct large *large, size_t home)
{
    size_t cluster = random_below(&large->random, 5) == 0 ? random_below(&large->random, CLUSTERS) : home;
    size_t count = large->clusters[cluster].size / sizeof(int32_t);
    double u = random_uniform(&large->random);
    size_t rank = (size_t)((double)count * u * u * u);
    return count == 0 ? 1 : ((const int32_t *)(const void *)large->clusters[cluster].data)[rank];
}

/* New tracks first, so that all are used at the end; then others of one taste, few of them twice. */
static enum status add_playlist(struct large *large, int32_t number, struct error *error)
{
    int32_t tracks[PLAYLIST_MAX];
    double length = exp(3.85 + 0.8 * random_normal(&large->random)), part = (double)number / LARGE_PLAYLISTS;
    size_t count = 0, wanted = length < 5 ? 5 : length > PLAYLIST_MAX ? PLAYLIST_MAX : (size_t)length;
    int32_t known = number == LARGE_PLAYLISTS ? LARGE_TRACKS : (int32_t)(LARGE_TRACKS * pow(part, 0.8));
    enum status status = STATUS_OK;
    while (status == STATUS_OK && large->n_tracks < known && count < PLAYLIST_MAX) {
        status = add_track(large, error);
        large->last_playlist_of[large->n_tracks] = number;
        tracks[count++] = large->n_tracks;
    }
    size_t home = (size_t)(CLUSTERS * pow(random_uniform(&large->random), 1.5));
    for (int attempts = 8; count < wanted;) {
        int32_t track = draw(large, home);
        if (large->last_playlist_of[track] == number && attempts-- > 0)
            continue;
        large->last_playlist_of[track] = number;
        tracks[count++] = track;
    }
    buffer_clear(&large->key);
    buffer_clear(&large->name);
    buffer_printf(&large->key, "mpd:%d", number - 1);
    make_mpd_add_name(&large->name, MAKE_MPD_PLAYLIST, random_next(&large->random) % 90000, 3);
    const struct playlist_metadata facts = {.key = text_of(&large->key),
                                            .name = text_of(&large->name),
                                            .modified = -1,
                                            .followers = 1,
                                            .edits = -1,
                                            .collaborative = 0};
    int64_t id;
    return status == STATUS_OK ? ingest_playlist(large->ingest, &facts, tracks, count, &id, error) : status;
}

static enum status add_playlists(struct large *large, struct error *error)
{
    progress_stage(large->progress, "generating", "playlists", LARGE_PLAYLISTS);
    for (int32_t done = 0; done < LARGE_PLAYLISTS; done += PLAYLISTS_AT_ONCE) {
        char slice[32];
        bool known;
        snprintf(slice, sizeof slice, "generated.%d", done);
        const struct import_file file = {.format = "bench", .name = slice, .hash = ""};
        enum status status = bench_check_interrupted(error);
        if (status == STATUS_OK)
            status = ingest_begin(large->ingest, &file, &known, error);
        if (status != STATUS_OK)
            return status;
        for (int32_t i = 1; status == STATUS_OK && i <= PLAYLISTS_AT_ONCE; i++)
            status = add_playlist(large, done + i, error);
        if (status == STATUS_OK)
            status = ingest_commit(large->ingest, &file, error);
        if (status != STATUS_OK) {
            ingest_rollback(large->ingest);
            return status;
        }
        progress_step(large->progress, done + PLAYLISTS_AT_ONCE);
    }
    return STATUS_OK;
}

static enum status make_playlists(struct large *large, struct error *error)
{
    struct catalogue_counts counts;
    struct import_report report = {0};
    enum status status = catalogue_count(large->catalogue, &counts, error);
    if (status != STATUS_OK || counts.playlists == LARGE_PLAYLISTS)
        return status;
    if (counts.playlists > 0)
        return error_set(error, STATUS_FAILED, "%s is incomplete; delete it", catalogue_path(large->catalogue));
    random_seed(&large->random, 2018);
    large->last_playlist_of = calloc(LARGE_TRACKS + 1, sizeof *large->last_playlist_of);
    status = large->last_playlist_of ? ingest_open(large->catalogue, &report, &large->ingest, error)
                                     : error_no_memory(error);
    if (status == STATUS_OK)
        status = add_playlists(large, error);
    ingest_close(large->ingest);
    free(large->last_playlist_of);
    for (int i = 0; i < CLUSTERS; i++)
        buffer_free(&large->clusters[i]);
    return status;
}

/* ---- covers ---- */

/* A plain colour each, except for the first albums, which have the most popular tracks: those are drawn. */
static enum status make_cover(struct large *large, int32_t album_id, struct buffer *png, struct error *error)
{
    struct album_list albums = {0};
    struct image image = {0};
    const int64_t id = album_id;
    buffer_clear(png);
    enum status status = STATUS_OK;
    if (album_id <= DRAWN) {
        status = catalogue_albums_read(large->catalogue, &id, 1, &albums, error);
        if (status == STATUS_OK)
            status = artwork_draw(&albums.items[0], COVER_EDGE, &image, error);
    } else {
        status = image_create(COVER_EDGE, COVER_EDGE, &image, error);
        if (status == STATUS_OK)
            memset(image.rgb, album_id % COLOURS, (size_t)3 * COVER_EDGE * COVER_EDGE);
    }
    if (status == STATUS_OK)
        status = image_encode_png(&image, png, error);
    image_free(&image);
    album_list_free(&albums);
    return status;
}

static enum status make_covers(struct large *large, struct error *error)
{
    struct catalogue_counts counts;
    struct buffer plain[COLOURS] = {0}, png = {0};
    enum status status = catalogue_count(large->catalogue, &counts, error);
    int32_t album = (int32_t)counts.covers + 1;
    progress_stage(large->progress, "covers", "albums", LARGE_ALBUMS);
    while (status == STATUS_OK && album <= LARGE_ALBUMS) {
        status = bench_check_interrupted(error);
        if (status == STATUS_OK)
            status = catalogue_begin(large->catalogue, error);
        int32_t end = album + COVERS_AT_ONCE;
        for (; status == STATUS_OK && album < end && album <= LARGE_ALBUMS; album++) {
            struct buffer *cover = album <= DRAWN ? &png : &plain[album % COLOURS];
            if (cover == &png || cover->size == 0)
                status = make_cover(large, album, cover, error);
            if (status == STATUS_OK)
                status = catalogue_cover_write(large->catalogue, album, cover->data, cover->size, NULL, error);
        }
        if (status == STATUS_OK)
            status = catalogue_commit(large->catalogue, error);
        else
            catalogue_rollback(large->catalogue);
        progress_step(large->progress, album);
    }
    for (int i = 0; i < COLOURS; i++)
        buffer_free(&plain[i]);
    buffer_free(&png);
    return status;
}

/* ---- models ---- */

static enum status make_model(struct large *large, struct compute *compute, const char *kind, struct error *error)
{
    static const char *const settings[] = {"factors=192", "iterations=1", "regularization=8"};
    struct model_list models;
    enum status status = catalogue_models_read(large->catalogue, &models, error);
    bool there = false;
    for (size_t i = 0; status == STATUS_OK && i < models.count; i++)
        there = there || strcmp(models.items[i].kind, kind) == 0;
    model_list_free(&models);
    if (status != STATUS_OK || there)
        return status;
    const struct model_spec spec = {.kind = kind,
                                    .name = kind,
                                    .settings = settings,
                                    .n_settings = strcmp(kind, "als") == 0 ? sizeof settings / sizeof *settings : 0,
                                    .seed = 42,
                                    .split_sets = SPLIT_TRAIN};
    return model_train(large->catalogue, compute, &spec, large->progress, error);
}

static enum status make_models(struct large *large, struct pool *pool, struct error *error)
{
    struct compute compute;
    enum status status = compute_open(DEVICE_CPU, pool_threads(pool), &compute, error);
    if (status != STATUS_OK)
        return status;
    status = make_model(large, &compute, "popularity", error);
    if (status == STATUS_OK)
        status = make_model(large, &compute, "als", error);
    compute_close(&compute);
    return status;
}

enum status make_large(const char *path, struct pool *pool, struct progress *progress, struct error *error)
{
    struct large *large = calloc(1, sizeof *large);
    if (!large)
        return error_no_memory(error);
    large->progress = progress;
    struct search_index *index = NULL;
    enum status status = catalogue_open(path, CATALOGUE_CREATE, &large->catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_setting_write(large->catalogue, "name", "synthetic, MPD size", error);
    if (status == STATUS_OK)
        status = make_playlists(large, error);
    if (status == STATUS_OK)
        status = make_covers(large, error);
    if (status == STATUS_OK)
        status = search_index_open(large->catalogue, pool, &index, error);
    search_index_close(index);
    if (status == STATUS_OK)
        status = make_models(large, pool, error);
    progress_end(progress);
    catalogue_close(large->catalogue);
    buffer_free(&large->key);
    buffer_free(&large->name);
    buffer_free(&large->other);
    free(large);
    return status;
}
