#include "app/attribute_targets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/attribute_labels.h"
#include "db/track_audio.h"
#include "db/track_columns.h"

#define VOCAL_BELOW 0.5 /* of instrumentalness; above it Spotify's documentation calls a track instrumental */

static void free_target(struct attribute_target *target)
{
    for (int64_t c = 0; target->classes && c < target->out; c++)
        free(target->classes[c]);
    free(target->classes);
    free(target->y);
    free(target->known);
}

void attribute_targets_free(struct attribute_targets *targets)
{
    for (int i = 0; i < ATTRIBUTE_KINDS; i++)
        free_target(&targets->items[i]);
    *targets = (struct attribute_targets){0};
}

/* Genres have ATTRIBUTE_CLASSES_MAX columns until all are known. */
static int64_t stride_of(const struct attribute_target *target)
{
    return target->kind == ATTRIBUTE_GENRE ? ATTRIBUTE_CLASSES_MAX : 1;
}

enum status attribute_targets_start(struct attribute_targets *targets, int64_t n, struct error *error)
{
    *targets = (struct attribute_targets){.n = n};
    for (int i = 0; i < ATTRIBUTE_KINDS; i++) {
        struct attribute_target *target = &targets->items[i];
        target->kind = (enum attribute_kind)i;
        target->y = calloc((size_t)(n * stride_of(target)) + 1, sizeof *target->y);
        target->known = calloc((size_t)n + 1, sizeof *target->known);
        target->classes = calloc((size_t)stride_of(target), sizeof *target->classes);
        if (!target->y || !target->known || !target->classes)
            return error_no_memory(error);
        if (target->kind != ATTRIBUTE_GENRE) {
            target->out = 1;
            target->classes[0] = strdup(attribute_specs[i].name);
            if (!target->classes[0])
                return error_no_memory(error);
        }
    }
    return STATUS_OK;
}

int attribute_targets_class(struct attribute_targets *targets, const char *name, size_t size)
{
    struct attribute_target *genre = &targets->items[ATTRIBUTE_GENRE];
    for (int64_t c = 0; c < genre->out; c++)
        if (strlen(genre->classes[c]) == size && memcmp(genre->classes[c], name, size) == 0)
            return (int)c;
    if (genre->out == ATTRIBUTE_CLASSES_MAX || size == 0 || size > ATTRIBUTE_CLASS_NAME_MAX || memchr(name, '\n', size))
        return -1;
    genre->classes[genre->out] = strndup(name, size);
    return genre->classes[genre->out] ? (int)genre->out++ : -2;
}

/* Rows of genres as wide as there are genres. */
static void finish(struct attribute_targets *targets)
{
    struct attribute_target *genre = &targets->items[ATTRIBUTE_GENRE];
    for (int64_t t = 0; t < targets->n; t++)
        memmove(genre->y + t * genre->out, genre->y + t * ATTRIBUTE_CLASSES_MAX, (size_t)genre->out * sizeof *genre->y);
    for (int i = 0; i < ATTRIBUTE_KINDS; i++) {
        struct attribute_target *target = &targets->items[i];
        target->n_known = 0;
        for (int64_t t = 0; t < targets->n; t++)
            target->n_known += target->known[t];
    }
}

/* ---- the catalogue ---- */

static void take_amount(struct attribute_target *target, int64_t track, double value)
{
    if (!(value >= 0 && value <= 1))
        return;
    target->known[track] = true;
    target->y[track] = (float)value;
}

static enum status read_audio(struct catalogue *catalogue, struct attribute_targets *targets, struct error *error)
{
    enum { CHUNK = 4096 };
    int energy = -1, valence = -1, instrumentalness = -1;
    for (int i = 0; i < AUDIO_FEATURES; i++) {
        energy = strcmp(track_audio_names[i], "energy") == 0 ? i : energy;
        valence = strcmp(track_audio_names[i], "valence") == 0 ? i : valence;
        instrumentalness = strcmp(track_audio_names[i], "instrumentalness") == 0 ? i : instrumentalness;
    }
    float *values = malloc((size_t)CHUNK * AUDIO_FEATURES * sizeof *values);
    bool *known = malloc(CHUNK * sizeof *known);
    enum status status = values && known ? STATUS_OK : error_no_memory(error);
    for (int64_t first = 0; status == STATUS_OK && first < targets->n; first += CHUNK) {
        const size_t count = targets->n - first < CHUNK ? (size_t)(targets->n - first) : CHUNK;
        status = catalogue_track_audio(catalogue, first + 1, count, values, known, error);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            const float *row = values + i * AUDIO_FEATURES;
            const int64_t track = first + (int64_t)i;
            const double instrumental = known[i] ? (double)row[instrumentalness] : (double)NAN;
            take_amount(&targets->items[ATTRIBUTE_ENERGY], track, known[i] ? (double)row[energy] : (double)NAN);
            take_amount(&targets->items[ATTRIBUTE_VALENCE], track, known[i] ? (double)row[valence] : (double)NAN);
            if (isfinite(instrumental))
                take_amount(&targets->items[ATTRIBUTE_VOCALNESS], track, instrumental < VOCAL_BELOW);
        }
    }
    free(values);
    free(known);
    return status;
}

struct genre_names {
    struct attribute_targets *targets;
    int64_t *class_of; /* [count] of the catalogue's genre; -1: none yet */
    char **names;
    int64_t count;
    bool failed;
};

static bool take_name(int64_t id, const char *name, void *context)
{
    struct genre_names *genres = context;
    if (id < 0 || id > 1000000)
        return true;
    if (id >= genres->count) {
        const int64_t count = 2 * id + 16;
        char **names = realloc(genres->names, (size_t)count * sizeof *names);
        genres->names = names ? names : genres->names;
        int64_t *classes = names ? realloc(genres->class_of, (size_t)count * sizeof *classes) : NULL;
        if (!classes)
            return false;
        genres->class_of = classes;
        for (int64_t i = genres->count; i < count; i++) {
            names[i] = NULL;
            classes[i] = -1;
        }
        genres->count = count;
    }
    free(genres->names[id]);
    genres->names[id] = strdup(name);
    return genres->names[id] != NULL;
}

static bool take_playlist(const struct playlist_genre_row *row, void *context)
{
    struct genre_names *genres = context;
    struct attribute_target *target = &genres->targets->items[ATTRIBUTE_GENRE];
    if (row->genre < 0 || row->genre >= genres->count || !genres->names[row->genre])
        return true;
    const char *name = genres->names[row->genre];
    const int class = attribute_targets_class(genres->targets, name, strlen(name));
    for (size_t i = 0; class >= 0 && i < row->count; i++) {
        const int64_t track = row->tracks[i] - 1;
        if (track < 0 || track >= genres->targets->n)
            continue;
        target->known[track] = true;
        target->y[track * ATTRIBUTE_CLASSES_MAX + class] = 1;
    }
    return class != -2;
}

static enum status read_catalogue(struct catalogue *catalogue, struct attribute_targets *targets, struct error *error)
{
    struct genre_names genres = {.targets = targets};
    enum status status = read_audio(catalogue, targets, error);
    if (status == STATUS_OK)
        status = catalogue_genre_names(catalogue, take_name, &genres, error);
    if (status == STATUS_OK)
        status = catalogue_playlist_genres(catalogue, take_playlist, &genres, error);
    for (int64_t i = 0; i < genres.count; i++)
        free(genres.names[i]);
    free(genres.names);
    free(genres.class_of);
    return status;
}

/* ---- the explorer ---- */

/* Sums of the labels of one track and attribute, in the order of the table. */
struct label_sum {
    struct attribute_targets *targets;
    int64_t track;
    struct buffer attribute;
    double sum;
    int count;
};

static bool close_sum(struct label_sum *sum)
{
    const char *name = sum->attribute.data, *genre = name && strncmp(name, "genre:", 6) == 0 ? name + 6 : NULL;
    enum attribute_kind kind = ATTRIBUTE_GENRE;
    if (sum->count == 0 || sum->track < 1 || sum->track > sum->targets->n ||
        (!genre && (!attribute_kind_named(name, &kind) || kind == ATTRIBUTE_GENRE)))
        return true;
    struct attribute_target *target = &sum->targets->items[kind];
    const double mean = sum->sum / sum->count;
    const int class = genre ? attribute_targets_class(sum->targets, genre, strlen(genre)) : 0;
    if (class < 0)
        return class != -2;
    if (target->kind != ATTRIBUTE_ENERGY && target->kind != ATTRIBUTE_VALENCE && mean == 0.5)
        return true; /* people disagree about a class: it stays unknown */
    const bool amount = attribute_specs[kind].type == ATTRIBUTE_AMOUNT;
    target->known[sum->track - 1] = true;
    target->y[(sum->track - 1) * stride_of(target) + class] = (float)(amount ? mean : mean > 0.5);
    return true;
}

static bool take_label(const struct attribute_label *label, void *context)
{
    struct label_sum *sum = context;
    bool good = true;
    if (label->track != sum->track || !sum->attribute.data || strcmp(sum->attribute.data, label->attribute) != 0) {
        good = close_sum(sum);
        buffer_free(&sum->attribute);
        buffer_add_text(&sum->attribute, label->attribute);
        sum->track = label->track;
        sum->sum = 0;
        sum->count = 0;
    }
    sum->sum += label->value;
    sum->count++;
    return good && !sum->attribute.failed;
}

static enum status read_explorer(struct catalogue *catalogue, struct attribute_targets *targets, struct error *error)
{
    struct label_sum sum = {.targets = targets};
    enum status status = catalogue_attribute_labels(catalogue, 0, take_label, &sum, error);
    if (status == STATUS_OK && !close_sum(&sum))
        status = error_no_memory(error);
    buffer_free(&sum.attribute);
    return status;
}

/* ---- all of them ---- */

static enum status check_any(const struct attribute_targets *targets, const char *labels, struct error *error)
{
    for (int i = 0; i < ATTRIBUTE_KINDS; i++)
        if (targets->items[i].n_known > 0)
            return STATUS_OK;
    if (strcmp(labels, "catalogue") == 0)
        return error_set(error, STATUS_FAILED,
                         "the catalogue has no labels: neither audio features nor genres of playlists; give a table "
                         "with --labels FILE");
    if (strcmp(labels, "explorer") == 0)
        return error_set(error, STATUS_FAILED,
                         "no track was labelled in the explorer yet; give a table with --labels FILE, or open "
                         ":label there");
    return error_set(error, STATUS_BAD_DATA, "%s labels no track of the catalogue%s%s", labels,
                     targets->first_skipped[0] ? "; " : "", targets->first_skipped);
}

enum status attribute_targets_load(struct catalogue *catalogue, const char *labels, struct attribute_targets *targets,
                                   struct error *error)
{
    struct catalogue_counts counts;
    *targets = (struct attribute_targets){0};
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status == STATUS_OK)
        status = attribute_targets_start(targets, counts.tracks, error);
    if (status == STATUS_OK)
        status = strcmp(labels, "catalogue") == 0  ? read_catalogue(catalogue, targets, error)
                 : strcmp(labels, "explorer") == 0 ? read_explorer(catalogue, targets, error)
                                                   : attribute_targets_read_file(catalogue, labels, targets, error);
    if (status == STATUS_OK) {
        finish(targets);
        status = check_any(targets, labels, error);
    }
    if (status != STATUS_OK)
        attribute_targets_free(targets);
    return status;
}
