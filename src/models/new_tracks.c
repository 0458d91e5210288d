#include "models/new_tracks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/json_reader.h"
#include "core/log.h"
#include "models/factors.h"
#include "models/finite.h"

enum {
    PRODUCTS_MAX = 1 << 24, /* numbers that are computed at once */
    MODEL_NAME_SIZE = 65,
};

#define FOLDER "content"

struct new_tracks {
    struct safetensors *file;
    struct new_tracks_rows rows;
    struct compute *compute;
    struct compute_buffer *vectors; /* [n x width] */
};

/* ---- files ---- */

static struct factors *factors_of(const struct recommender *recommender)
{
    return recommender->ops->factors ? recommender->ops->factors(recommender) : NULL;
}

/* Why a model cannot be given vectors. */
static const char *reason_of(const struct recommender *recommender)
{
    const struct recommender_ops *ops = recommender->ops;
    if (ops->takes_members)
        return "it takes the new tracks of its members: train predictors for these, such as als or mf-...";
    if (ops->any_seeds)
        return "its lists do not depend on the seeds";
    if (recommender->n_features > 0)
        return "its feature sets have parts of the score that they give themselves; train it again to include new "
               "tracks";
    if (ops->track_vectors)
        return "it describes new tracks by their artists, albums and features; train it again to include them";
    return "its scores are counted from playlists that contain a track, and are no products of vectors";
}

enum status new_tracks_width(const struct recommender *recommender, int64_t *width, struct error *error)
{
    const struct factors *factors = factors_of(recommender);
    if (!factors)
        return error_set(error, STATUS_USAGE, "a model of kind \"%s\" cannot be given vectors of new tracks: %s",
                         recommender->ops->kind, reason_of(recommender));
    *width = factors->d;
    return STATUS_OK;
}

enum status new_tracks_targets(const struct recommender *recommender, struct track_vectors *vectors,
                               struct error *error)
{
    int64_t width = 0;
    enum status status = new_tracks_width(recommender, &width, error);
    if (status == STATUS_OK)
        *vectors = (struct track_vectors){recommender->n_tracks, width, factors_of(recommender)->host, width,
                                          recommender->popularity};
    return status;
}

enum status new_tracks_fingerprint(const struct recommender *recommender, char text[33], struct error *error)
{
    struct track_vectors vectors;
    struct hash hash;
    enum status status = new_tracks_targets(recommender, &vectors, error);
    if (status != STATUS_OK)
        return status;
    hash_begin(&hash);
    for (int64_t i = 0; i < vectors.n_tracks; i++)
        hash_add_words(&hash, vectors.values + i * vectors.stride, (size_t)vectors.width * sizeof *vectors.values);
    hash_end(hash, text);
    return STATUS_OK;
}

void new_tracks_path(const struct catalogue *catalogue, const char *name, const char *suffix, struct buffer *path)
{
    struct buffer relative = {0};
    buffer_printf(&relative, FOLDER "/%s%s", name, suffix);
    if (relative.failed)
        path->failed = true;
    else
        catalogue_sidecar(catalogue, relative.data, path);
    buffer_free(&relative);
}

enum status new_tracks_write(const struct catalogue *catalogue, const char *name, const struct recommender *recommender,
                             const struct new_tracks_rows *rows, struct error *error)
{
    char model[33];
    struct buffer path = {0};
    const struct tensor_source tensors[] = {
        {.name = "rows", .dtype = "I32", .rank = 2, .shape = {rows->n, 1}, .bytes = rows->rows},
        {.name = "vectors", .dtype = "F32", .rank = 2, .shape = {rows->n, rows->width}, .bytes = rows->vectors}};
    new_tracks_path(catalogue, name, ".safetensors", &path);
    enum status status = path.failed ? error_no_memory(error) : new_tracks_fingerprint(recommender, model, error);
    const struct metadata_pair pairs[] = {{"model", model}, {"seeds", new_tracks_seeds_names[rows->seeds]}};
    if (status == STATUS_OK)
        status = safetensors_write(path.data, tensors, 2, pairs, 2, error);
    buffer_free(&path);
    return status;
}

void new_tracks_remove(const struct catalogue *catalogue, const char *name)
{
    struct buffer path = {0};
    new_tracks_path(catalogue, name, ".safetensors", &path);
    if (!path.failed)
        unlink(path.data);
    buffer_free(&path);
}

/* ---- attaching ---- */

static enum status check_rows(const struct new_tracks_rows *rows, struct pool *pool, struct error *error)
{
    bool ascending = true;
    for (int64_t i = 0; i < rows->n; i++)
        ascending = ascending && rows->rows[i] > (i > 0 ? rows->rows[i - 1] : -1);
    if (!ascending)
        return error_set(error, STATUS_BAD_DATA, "its rows are not ascending");
    if (find_nonfinite(pool, rows->vectors, rows->n * rows->width, NULL) >= 0)
        return error_set(error, STATUS_BAD_DATA, "it contains NaN or infinity");
    return STATUS_OK;
}

static enum status check_model(const struct recommender *recommender, const struct safetensors *file,
                               struct error *error)
{
    char model[33];
    const char *stored = safetensors_metadata(file, "model");
    enum status status = new_tracks_fingerprint(recommender, model, error);
    if (status == STATUS_OK && (!stored || strcmp(stored, model) != 0))
        status = error_set(error, STATUS_FAILED, "it is of an earlier training");
    return status;
}

static enum new_tracks_seeds read_seeds(const struct safetensors *file)
{
    const char *stored = safetensors_metadata(file, "seeds");
    int choice = NEW_SEEDS_CHOICES - 1;
    while (choice > NEW_SEEDS_NEVER && (!stored || strcmp(stored, new_tracks_seeds_names[choice]) != 0))
        choice--;
    return (enum new_tracks_seeds)choice;
}

/* No track may be beyond those of the catalogue. */
static enum status check_catalogue(const struct new_tracks_rows *rows, struct catalogue *catalogue, struct error *error)
{
    struct catalogue_counts counts;
    enum status status = catalogue_count(catalogue, &counts, error);
    if (status == STATUS_OK && rows->n > 0 && rows->rows[rows->n - 1] >= counts.tracks)
        status = error_set(error, STATUS_BAD_DATA, "it has tracks that the catalogue does not have");
    return status;
}

static enum status wrap_vectors(struct new_tracks *tracks, struct error *error)
{
    const struct new_tracks_rows *rows = &tracks->rows;
    return tracks->compute->ops->buffer_wrap(tracks->compute->device, rows->vectors,
                                             (size_t)(rows->n * rows->width) * sizeof(float), &tracks->vectors, error);
}

static enum status read_file(const struct recommender *recommender, struct catalogue *catalogue,
                             struct new_tracks *tracks, struct error *error)
{
    const struct tensor_view *view = NULL;
    struct new_tracks_rows *rows = &tracks->rows;
    const void *numbers = NULL;
    enum status status = new_tracks_width(recommender, &rows->width, error);
    if (status == STATUS_OK)
        status = check_model(recommender, tracks->file, error);
    if (status == STATUS_OK)
        status = safetensors_values(tracks->file, "rows", "I32", 2, (const int64_t[]){-1, 1}, &numbers, &view, error);
    if (status != STATUS_OK)
        return status;
    rows->rows = numbers;
    rows->n = view->shape[0];
    rows->seeds = read_seeds(tracks->file);
    status = safetensors_floats(tracks->file, "vectors", 2, (const int64_t[]){rows->n, rows->width}, &rows->vectors,
                                &view, error);
    if (status == STATUS_OK)
        status = check_rows(rows, recommender->compute->pool, error);
    if (status == STATUS_OK)
        status = check_catalogue(rows, catalogue, error);
    return status == STATUS_OK && rows->n > 0 ? wrap_vectors(tracks, error) : status;
}

static void close_tracks(struct new_tracks *tracks)
{
    if (tracks->vectors)
        tracks->compute->ops->buffer_destroy(tracks->vectors);
    if (tracks->file)
        safetensors_close(tracks->file);
    free(tracks);
}

static void use_tracks(struct recommender *recommender, struct new_tracks *tracks)
{
    recommender->new_tracks = tracks;
    recommender->close_new_tracks = close_tracks;
    factors_of(recommender)->given = &tracks->rows;
}

/* `owner`: the model that the lists are of, if it is an ensemble. */
static enum status attach(struct recommender *recommender, struct catalogue *catalogue, const char *name,
                          const char *owner, struct error *error)
{
    struct buffer path = {0};
    struct error why = {0};
    new_tracks_path(catalogue, name, ".safetensors", &path);
    struct new_tracks *tracks = calloc(1, sizeof *tracks);
    enum status status = path.failed || !tracks ? error_no_memory(error) : STATUS_OK;
    bool there = status == STATUS_OK && file_exists(path.data);
    if (there) {
        tracks->compute = recommender->compute;
        enum status opened = safetensors_open(path.data, &tracks->file, &why);
        if (opened == STATUS_OK)
            opened = read_file(recommender, catalogue, tracks, &why);
        if (opened != STATUS_OK && owner)
            log_message(LOG_WARNING,
                        "%.80s does not use the new tracks of its member %.80s: %s; train both again, first the member",
                        owner, name, why.text);
        else if (opened != STATUS_OK)
            log_message(LOG_WARNING,
                        "%.80s suggests no new tracks: the file %s is not used, because %s; `sleeve content train "
                        "... --model %s` and `sleeve content apply` make it again",
                        name, path.data, why.text, name);
        there = opened == STATUS_OK && tracks->rows.n > 0;
        status = opened == STATUS_DEVICE ? opened : STATUS_OK;
    }
    if (status == STATUS_OK && there) {
        use_tracks(recommender, tracks);
    } else if (tracks)
        close_tracks(tracks);
    buffer_free(&path);
    return status;
}

enum status new_tracks_check(struct recommender *recommender, struct catalogue *catalogue, const char *name,
                             bool *there, struct error *error)
{
    struct buffer path = {0};
    struct new_tracks tracks = {.compute = recommender->compute};
    new_tracks_path(catalogue, name, ".safetensors", &path);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    *there = status == STATUS_OK && file_exists(path.data);
    if (*there)
        status = safetensors_open(path.data, &tracks.file, error);
    if (*there && status == STATUS_OK)
        status = read_file(recommender, catalogue, &tracks, error);
    if (tracks.vectors)
        tracks.compute->ops->buffer_destroy(tracks.vectors);
    if (tracks.file)
        safetensors_close(tracks.file);
    buffer_free(&path);
    return status;
}

/* The names of an ensemble's members, as its record has them; false: it has none. */
static bool read_names(const struct recommender *recommender, size_t count, char names[][MODEL_NAME_SIZE])
{
    struct json_document settings;
    const char *stored = recommender->record.count > 0 ? recommender->record.items[0].settings : "";
    size_t read = 0;
    if (json_read(stored, strlen(stored), &settings, NULL) != STATUS_OK)
        return false;
    const char *at = json_get_text(json_member(&settings.root, "members"), "");
    while (*at && read < count) {
        const size_t size = strcspn(at, ",");
        snprintf(names[read++], MODEL_NAME_SIZE, "%.*s", (int)size, at);
        at += size + (at[size] == ',');
    }
    json_document_free(&settings);
    return read == count;
}

static enum status attach_members(const struct recommender *recommender, struct catalogue *catalogue, const char *name,
                                  struct error *error)
{
    size_t count = 0;
    char names[MODEL_MEMBERS_MAX][MODEL_NAME_SIZE];
    struct recommender *const *members = recommender->ops->members(recommender, &count);
    const bool named = read_names(recommender, count, names);
    enum status status = STATUS_OK;
    for (size_t i = 0; named && i < count && status == STATUS_OK; i++)
        if (factors_of(members[i]))
            status = attach(members[i], catalogue, names[i], name, error);
    return status;
}

enum status new_tracks_attach(struct recommender *recommender, struct catalogue *catalogue, const char *name,
                              struct error *error)
{
    return recommender->ops->members ? attach_members(recommender, catalogue, name, error)
                                     : attach(recommender, catalogue, name, NULL, error);
}

void new_tracks_detach(struct recommender *recommender)
{
    size_t count = 0;
    struct recommender *const *members =
        recommender->ops->members ? recommender->ops->members(recommender, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        new_tracks_detach(members[i]);
    if (!recommender->new_tracks)
        return;
    factors_of(recommender)->given = NULL;
    close_tracks(recommender->new_tracks);
    recommender->new_tracks = NULL;
}

enum status new_tracks_give(struct recommender *recommender, const struct new_tracks_rows *rows, struct error *error)
{
    new_tracks_detach(recommender);
    if (rows->n == 0)
        return STATUS_OK;
    struct new_tracks *tracks = calloc(1, sizeof *tracks);
    if (!tracks)
        return error_no_memory(error);
    tracks->rows = *rows;
    tracks->compute = recommender->compute;
    enum status status = wrap_vectors(tracks, error);
    if (status == STATUS_OK)
        use_tracks(recommender, tracks);
    else
        close_tracks(tracks);
    return status;
}

enum new_tracks_seeds new_tracks_seeds_of(const struct recommender *recommender)
{
    size_t count = 0;
    struct recommender *const *members =
        recommender->ops->members ? recommender->ops->members(recommender, &count) : NULL;
    enum new_tracks_seeds most = new_tracks_of(recommender).seeds;
    for (size_t i = 0; i < count; i++) {
        const enum new_tracks_seeds own = new_tracks_seeds_of(members[i]);
        most = own > most ? own : most;
    }
    return most;
}

struct new_tracks_rows new_tracks_of(const struct recommender *recommender)
{
    return recommender->new_tracks ? recommender->new_tracks->rows : (struct new_tracks_rows){0};
}

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static bool has_row(const int32_t *sorted, int64_t n, int32_t row)
{
    return n > 0 && bsearch(&row, sorted, (size_t)n, sizeof row, by_row);
}

bool new_tracks_has(const struct recommender *recommender, int32_t row)
{
    const struct new_tracks *tracks = recommender->new_tracks;
    size_t count = 0;
    struct recommender *const *members =
        recommender->ops->members ? recommender->ops->members(recommender, &count) : NULL;
    bool has = tracks && has_row(tracks->rows.rows, tracks->rows.n, row);
    for (size_t i = 0; i < count && !has; i++)
        has = new_tracks_has(members[i], row);
    return has && !(members && row < recommender->n_tracks && recommender_knows(recommender, row));
}

/* ---- lists ---- */

struct entry {
    int32_t row;
    float score;
};

static int by_score(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* One list and the products of the new tracks for it. */
struct joining {
    const struct new_tracks_rows *rows;
    const float *products; /* [n] */
    const int32_t *seeds;  /* [n_seeds] ascending */
    int64_t n_seeds;
    struct entry *entries; /* [k + n] */
};

static void join_list(const struct joining *joining, size_t k, int32_t *ids, float *scores)
{
    const struct new_tracks_rows *rows = joining->rows;
    size_t count = 0, kept;
    for (size_t i = 0; i < k && ids[i] >= 0; i++)
        if (!has_row(rows->rows, rows->n, ids[i]))
            joining->entries[count++] = (struct entry){ids[i], scores[i]};
    kept = count;
    float floor = count == k ? scores[k - 1] : -INFINITY;
    for (int64_t j = 0; j < rows->n; j++)
        if (joining->products[j] >= floor && !has_row(joining->seeds, joining->n_seeds, rows->rows[j]))
            joining->entries[count++] = (struct entry){rows->rows[j], joining->products[j]};
    if (count == kept && kept == k)
        return;
    qsort(joining->entries, count, sizeof *joining->entries, by_score);
    for (size_t i = 0; i < k; i++) {
        ids[i] = i < count ? joining->entries[i].row : -1;
        scores[i] = i < count ? joining->entries[i].score : -INFINITY;
    }
}

/* products [count x n] of the queries first..first+count-1 with the new tracks. */
static enum status multiply(const struct new_tracks *tracks, const struct factors *factors, int64_t first,
                            int64_t count, struct compute_buffer *results, float *products, struct error *error)
{
    const struct compute_ops *ops = tracks->compute->ops;
    struct compute_stream *stream = tracks->compute->stream;
    int64_t n = tracks->rows.n, d = tracks->rows.width;
    const struct compute_slice queries = {factors->queries, (size_t)(first * d)};
    enum status status =
        ops->gemm(stream, false, true, count, n, d, 1, queries, (struct compute_slice){tracks->vectors, 0}, 0,
                  (struct compute_slice){results, 0}, error);
    return status == STATUS_OK
               ? ops->buffer_read(stream, results, 0, products, (size_t)(count * n) * sizeof *products, error)
               : status;
}

enum status new_tracks_join(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                            float *scores, struct error *error)
{
    const struct new_tracks *tracks = recommender->new_tracks;
    if (!tracks || lists->count == 0)
        return STATUS_OK;
    const struct factors *factors = factors_of(recommender);
    int64_t n = tracks->rows.n, all = (int64_t)lists->count, most = PRODUCTS_MAX / n > 1 ? PRODUCTS_MAX / n : 1;
    most = most < all ? most : all;
    struct compute_buffer *results = NULL;
    float *products = malloc((size_t)(most * n) * sizeof *products);
    struct joining joining = {&tracks->rows, NULL, NULL, 0, malloc((k + (size_t)n) * sizeof *joining.entries)};
    enum status status = products && joining.entries ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = tracks->compute->ops->buffer_create(tracks->compute->device, (size_t)(most * n) * sizeof *products,
                                                     &results, error);
    for (int64_t first = 0; first < all && status == STATUS_OK; first += most) {
        int64_t count = all - first < most ? all - first : most;
        status = multiply(tracks, factors, first, count, results, products, error);
        for (int64_t i = first; i < first + count && status == STATUS_OK; i++) {
            joining.products = products + (i - first) * n;
            joining.seeds = lists->sorted + lists->starts[i];
            joining.n_seeds = lists->starts[i + 1] - lists->starts[i];
            join_list(&joining, k, ids + (size_t)i * k, scores + (size_t)i * k);
        }
    }
    if (results)
        tracks->compute->ops->buffer_destroy(results);
    free(products);
    free(joining.entries);
    return status;
}

enum status new_tracks_score(struct recommender *recommender, size_t n_lists, size_t n, const int32_t *rows,
                             float *scores, struct error *error)
{
    const struct new_tracks_rows new = new_tracks_of(recommender);
    float *products = new.n > 0 ? malloc((n_lists + 1) * sizeof *products) : NULL;
    enum status status = new.n > 0 && !products ? error_no_memory(error) : STATUS_OK;
    for (size_t i = 0; i<n &&new.n> 0 && status == STATUS_OK; i++) {
        const int32_t *found = bsearch(&rows[i], new.rows, (size_t) new.n, sizeof *rows, by_row);
        if (!found)
            continue;
        const int32_t at = (int32_t)(found - new.rows);
        status = factors_scores(factors_of(recommender), new.vectors, n_lists, 1, &at, products, error);
        for (size_t list = 0; list < n_lists && status == STATUS_OK; list++)
            scores[list * n + i] = products[list];
    }
    free(products);
    return status;
}
