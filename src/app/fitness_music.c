#include "app/fitness_music.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/feature_set.h"
#include "features/music_network.h"
#include "vit/weights_fingerprint.h"

enum { SETS_MAX = 16, SETS_TEXT_MAX = 1024 };

struct fitness_music {
    struct buffer weights; /* path */
    struct music_network network;
    struct spectrogram *spectrogram;
    struct music_rows rows;
    float *embeddings, *tags; /* of the patches that are computed together */
    enum music_row wanted[SETS_MAX];
    int n_wanted;
};

/* "musicnn-tags" is MUSIC_TAGS_MEAN of musicnn. */
static bool name_is_of(const char *name, enum audionet_family *family, enum music_row *row)
{
    for (int f = 0; f < AUDIONET_FAMILIES; f++)
        for (int r = 0; r < MUSIC_ROWS; r++) {
            const char *base = audionet_family_name((enum audionet_family)f);
            const size_t size = strlen(base);
            if (strncmp(name, base, size) != 0 || strcmp(name + size, music_row_suffix((enum music_row)r)) != 0)
                continue;
            *family = (enum audionet_family)f;
            *row = (enum music_row)r;
            return true;
        }
    return false;
}

static enum status refuse(const char *set, const char *why, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA,
                     "the feature set %.80s %s, so that a file needs a row in it (sleeve import library, then sleeve "
                     "embed)",
                     set, why);
}

/* Whether the set was made with the weights and the preparation of the open network. */
static enum status check_set(struct catalogue *catalogue, const struct fitness_music *music, const char *name,
                             struct error *error)
{
    struct metadata_pair pairs[MUSIC_METADATA_MAX];
    const size_t n = music_network_metadata(&music->network, pairs);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        struct buffer made = {0};
        if (strcmp(pairs[i].key, WEIGHTS_FINGERPRINT_KEY) != 0 && strcmp(pairs[i].key, "preparation") != 0)
            continue;
        status = feature_set_metadata_read(catalogue, name, pairs[i].key, &made, error);
        if (status == STATUS_OK && (!made.data || strcmp(made.data, pairs[i].value) != 0))
            status = refuse(name, "was made with other weights or settings", error);
        buffer_free(&made);
    }
    return status;
}

static enum status open_network(struct catalogue *catalogue, struct compute *compute, const char *name,
                                struct fitness_music *music, struct error *error)
{
    enum status status = feature_set_metadata_read(catalogue, name, WEIGHTS_PATH_KEY, &music->weights, error);
    if (status != STATUS_OK)
        return status;
    if (!music->weights.data)
        return refuse(name, "does not say where its weights are", error);
    const struct music_options options = {.weights = music->weights.data, .padding = SPECTROGRAM_REFLECT};
    status = music_network_open(&options, compute, &music->network, error);
    if (status == STATUS_OK)
        status = spectrogram_create(&music->network.settings, &music->spectrogram, error);
    if (status == STATUS_OK)
        status = music_rows_init(&music->network, &music->rows, error);
    if (status != STATUS_OK)
        return status;
    const size_t most = (size_t)audionet_batch(music->network.net);
    const struct audionet_shape *shape = audionet_shape_of(music->network.net);
    music->embeddings = malloc(most * (size_t)shape->width * sizeof *music->embeddings);
    music->tags = malloc(most * (size_t)shape->tags * sizeof *music->tags);
    return music->embeddings && music->tags ? STATUS_OK : error_no_memory(error);
}

static enum status add_set(struct catalogue *catalogue, struct compute *compute, const char *name,
                           struct fitness_music *music, enum audionet_family *first, struct error *error)
{
    enum audionet_family family;
    enum status status = STATUS_OK;
    if (music->n_wanted == SETS_MAX || !name_is_of(name, &family, &music->wanted[music->n_wanted]))
        return refuse(name, "is not one of a network of music", error);
    if (music->n_wanted++ == 0)
        status = open_network(catalogue, compute, name, music, error);
    else if (family != *first)
        status = refuse(name, "is of another network than the first one", error);
    *first = music->n_wanted == 1 ? family : *first;
    return status == STATUS_OK ? check_set(catalogue, music, name, error) : status;
}

enum status fitness_music_open(struct catalogue *catalogue, struct compute *compute, const char *sets,
                               struct fitness_music **music, struct error *error)
{
    char copy[SETS_TEXT_MAX], *rest = NULL;
    enum audionet_family family = AUDIONET_MUSICNN;
    enum status status = STATUS_OK;
    *music = NULL;
    if (snprintf(copy, sizeof copy, "%s", sets) >= (int)sizeof copy)
        return error_set(error, STATUS_USAGE, "the list of feature sets is longer than %d bytes", SETS_TEXT_MAX - 1);
    struct fitness_music *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(error);
    *music = made;
    for (char *name = strtok_r(copy, ",", &rest); name && status == STATUS_OK; name = strtok_r(NULL, ",", &rest))
        status = add_set(catalogue, compute, name, made, &family, error);
    if (status != STATUS_OK) {
        fitness_music_close(made);
        *music = NULL;
    }
    return status;
}

void fitness_music_close(struct fitness_music *music)
{
    if (!music)
        return;
    music_rows_free(&music->rows);
    spectrogram_destroy(music->spectrogram);
    music_network_close(&music->network);
    free(music->embeddings);
    free(music->tags);
    buffer_free(&music->weights);
    free(music);
}

static enum status take(void *context, const float *patches, int64_t count, struct error *error)
{
    struct fitness_music *music = context;
    enum status status = music_network_run(&music->network, count, patches, music->embeddings, music->tags, error);
    if (status == STATUS_OK)
        music_rows_add(&music->rows, count, music->embeddings, music->tags);
    return status;
}

enum status fitness_music_row(struct fitness_music *music, const char *path, float *row, struct error *error)
{
    music_rows_clear(&music->rows);
    enum status status = music_read_patches(music->spectrogram, &music->network.settings, path, music->network.start,
                                            audionet_batch(music->network.net), take, music, error);
    for (int i = 0; status == STATUS_OK && i < music->n_wanted; i++) {
        music_rows_get(&music->rows, music->wanted[i], row);
        row += music_row_width(&music->network, music->wanted[i]);
    }
    return status;
}
