#include "app/recommend_many.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/json.h"
#include "core/lock_file.h"
#include "eval/split.h"
#include "eval/trec_run.h"

enum {
    PART = 1000, /* playlists of a file, as in the Million Playlist Dataset */
    BATCH = 250, /* recommended together */
    ABOUT_MAX = 1 << 16,
};

struct making {
    struct catalogue *catalogue;
    const struct recommend_many_settings *settings;
    struct progress *progress;
    struct recommend_many_result *result;
    struct interactions playlists;
    char *folder, *partial, *about_path; /* of the result, without a slash at the end; while it is made */
    struct buffer about;                 /* what lists.json contains */
    struct recommendation *found;        /* [BATCH x number] */
    double answered[ANSWERS];            /* by this rank */
    double made;                         /* files of this rank */
};

/* ---- one file ---- */

static int64_t seeds_of(const struct interactions *playlists, int64_t i)
{
    const int64_t count = playlists->starts[i + 1] - playlists->starts[i];
    return playlists->sets[i] == SPLIT_TRAIN || playlists->seeds[i] > count ? count : playlists->seeds[i];
}

static enum status write_lists(struct making *making, struct recommender *recommender, int64_t first, size_t n,
                               const int64_t *seeds, FILE *stream, struct error *error)
{
    const struct interactions *playlists = &making->playlists;
    const size_t length = making->settings->number;
    const struct trec_run run = {stream, making->catalogue, making->settings->model};
    struct recommend_query queries[BATCH];
    struct seed_counts answers[BATCH] = {0};
    size_t counts[BATCH];
    for (size_t i = 0; i < n; i++) {
        const size_t count = (size_t)seeds_of(playlists, first + (int64_t)i);
        queries[i] = (struct recommend_query){.seeds = seeds, .n_seeds = count, .counts = &answers[i]};
        seeds += count;
    }
    enum status status = recommender_recommend_many(recommender, queries, n, length, making->found, counts, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        making->answered[answers[i].answer]++;
        status = trec_run_write(&run, playlists->playlist_ids[first + (int64_t)i], making->found + i * length,
                                counts[i], error);
    }
    return status;
}

static enum status write_batch(struct making *making, struct recommender *recommender, int64_t first, size_t n,
                               FILE *stream, struct error *error)
{
    const struct interactions *playlists = &making->playlists;
    const int64_t last = first + (int64_t)n;
    int64_t *seeds = malloc((size_t)(playlists->starts[last] - playlists->starts[first] + 1) * sizeof *seeds);
    int64_t *next = seeds;
    if (!seeds)
        return error_no_memory(error);
    for (int64_t i = first; i < last; i++)
        for (int64_t s = 0; s < seeds_of(playlists, i); s++)
            *next++ = (int64_t)playlists->tracks[playlists->starts[i] + s] + 1;
    const enum status status = write_lists(making, recommender, first, n, seeds, stream, error);
    free(seeds);
    return status;
}

static enum status stopped(struct error *error)
{
    return error_set(error, STATUS_INTERRUPTED,
                     "stopped; the lists made so far are kept, and the same command continues");
}

static enum status write_part(struct making *making, struct recommender *recommender, int64_t part, struct error *error)
{
    const int64_t end =
        (part + 1) * PART < making->playlists.n_playlists ? (part + 1) * PART : making->playlists.n_playlists;
    struct buffer path = {0};
    struct atomic_file file = {0};
    buffer_printf(&path, "%s/lists-%05lld.run", making->partial, (long long)part);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    const bool kept = status == STATUS_OK && file_exists(path.data);
    if (status == STATUS_OK && !kept)
        status = atomic_file_open(path.data, &file, error);
    for (int64_t first = part * PART; status == STATUS_OK && !kept && first < end; first += BATCH)
        status = progress_cancelled(making->progress)
                     ? stopped(error)
                     : write_batch(making, recommender, first, (size_t)(end - first < BATCH ? end - first : BATCH),
                                   file.stream, error);
    if (status == STATUS_OK && !kept)
        status = atomic_file_commit(&file, error);
    making->made += status == STATUS_OK && !kept;
    atomic_file_abort(&file);
    buffer_free(&path);
    return status;
}

/* ---- all of them ---- */

static enum status write_parts(struct making *making, struct recommender *recommender, struct error *error)
{
    struct ranks *ranks = making->settings->ranks;
    const int64_t count = making->playlists.n_playlists, parts = making->result->files, size = ranks_size(ranks);
    enum status status = STATUS_OK;
    progress_stage(making->progress, "recommending", "playlists", (double)count);
    for (int64_t first = 0; status == STATUS_OK && first < parts; first += size) {
        const int64_t part = first + ranks_rank(ranks), done = (first + size) * PART;
        if (part < parts)
            status = device_status_shared(ranks, write_part(making, recommender, part, error), error);
        status = ranks_agree(ranks, status, error);
        progress_step(making->progress, (double)(done < count ? done : count));
    }
    progress_end(making->progress);
    return status;
}

static enum status make(void *context, struct compute *compute, struct error *error)
{
    struct making *making = context;
    struct recommender *recommender = NULL;
    enum status status = recommender_open(making->catalogue, compute, making->settings->model, &recommender, error);
    if (status == STATUS_OK)
        status = write_parts(making, recommender, error);
    recommender_close(recommender);
    return device_status_shared(making->settings->ranks, status, error);
}

static enum status share_counts(struct making *making, struct error *error)
{
    double counts[ANSWERS + 1];
    memcpy(counts, making->answered, sizeof making->answered);
    counts[ANSWERS] = making->made;
    const enum status status = ranks_sum(making->settings->ranks, counts, ANSWERS + 1, error);
    for (int i = 0; status == STATUS_OK && i < ANSWERS; i++)
        making->result->answered[i] = (int64_t)counts[i];
    making->result->kept = making->result->files - (int64_t)counts[ANSWERS];
    return status;
}

/* ---- the folder ---- */

static enum status describe(struct making *making, struct error *error)
{
    const struct recommend_many_settings *settings = making->settings;
    struct model_list models = {0};
    struct json_writer json = {.out = &making->about};
    char playlists[33];
    enum status status = catalogue_model_find(making->catalogue, settings->model, &models, error);
    if (status == STATUS_OK && models.count == 0)
        status = error_set(error, STATUS_FAILED, "there is no model \"%s\"; see: sleeve models", settings->model);
    if (status == STATUS_OK) {
        model_training_fingerprint(&making->playlists, playlists);
        json_object_begin(&json);
        json_pair_text(&json, "model", settings->model);
        json_pair_text(&json, "kind", models.items[0].kind);
        json_pair_text(&json, "trained", models.items[0].created);
        json_pair_text(&json, "file", models.items[0].file);
        json_pair_text(&json, "on", settings->on);
        json_pair_text(&json, "playlists_fingerprint", playlists);
        json_pair_integer(&json, "playlists", making->playlists.n_playlists);
        json_pair_integer(&json, "tracks", (int64_t)settings->number);
        json_pair_integer(&json, "files", making->result->files);
        json_object_end(&json);
        buffer_add_byte(&making->about, '\n');
        status = making->about.failed ? error_no_memory(error) : STATUS_OK;
    }
    model_list_free(&models);
    return status;
}

static bool is_same(const struct buffer *a, const struct buffer *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Makes the folder, or finds that an earlier run of the same command made it. */
static enum status begin_folder(const struct making *making, struct error *error)
{
    struct buffer before = {0};
    if (access(making->folder, F_OK) == 0)
        return error_set(error, STATUS_FAILED, "%s exists; name a folder that does not, or remove it", making->folder);
    enum status status = folder_make(making->partial, error);
    if (status != STATUS_OK || !file_exists(making->about_path))
        return status == STATUS_OK ? atomic_file_write(making->about_path, &making->about, error) : status;
    status = file_read(making->about_path, ABOUT_MAX, &before, error);
    if (status == STATUS_OK && !is_same(&before, &making->about))
        status = error_set(error, STATUS_FAILED,
                           "%s has lists of another command or model that was stopped; remove it, or name another "
                           "folder",
                           making->partial);
    buffer_free(&before);
    return status;
}

/* Whether this rank sees the folder that rank 0 has made. */
static enum status see_folder(const struct making *making, struct error *error)
{
    struct buffer seen = {0};
    struct error why;
    const bool same =
        file_read(making->about_path, ABOUT_MAX, &seen, &why) == STATUS_OK && is_same(&seen, &making->about);
    buffer_free(&seen);
    return same ? STATUS_OK
                : error_set(error, STATUS_FAILED,
                            "%s is not the folder that rank 0 has made; all hosts need it, in a "
                            "shared folder",
                            making->partial);
}

static enum status end_folder(const struct making *making, struct error *error)
{
    if (rename(making->partial, making->folder) == 0)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "%s is complete, but cannot be renamed to %s: %s", making->partial,
                     making->folder, strerror(errno));
}

static enum status name_folder(struct making *making, struct error *error)
{
    const char *folder = making->settings->folder;
    size_t size = strlen(folder);
    struct buffer names[3] = {{0}};
    while (size > 1 && folder[size - 1] == '/')
        size--;
    buffer_printf(&names[0], "%.*s", (int)size, folder);
    buffer_printf(&names[1], "%.*s.partial", (int)size, folder);
    buffer_printf(&names[2], "%.*s.partial/lists.json", (int)size, folder);
    making->folder = names[0].data;
    making->partial = names[1].data;
    making->about_path = names[2].data;
    return names[0].failed || names[1].failed || names[2].failed ? error_no_memory(error) : STATUS_OK;
}

/* Only one command at a time makes a folder. */
static enum status lock_folder(const struct making *making, struct lock_file *lock, struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    buffer_printf(&path, "%s.lock", making->partial);
    enum status status = path.failed ? error_no_memory(error) : lock_file_take(path.data, lock, &busy, error);
    if (status == STATUS_OK && busy)
        status = error_set(error, STATUS_FAILED, "%s is being made by another process", making->folder);
    buffer_free(&path);
    return status;
}

/* ---- */

static enum status load(struct making *making, struct error *error)
{
    const char *on = making->settings->on;
    const int sets = strcmp(on, "all") == 0 ? SPLIT_ALL : (int)split_set_named(on);
    if (sets == 0)
        return error_set(error, STATUS_USAGE, "--on is all, train, val or test, not \"%.40s\"", on);
    enum status status =
        catalogue_interactions_load(making->catalogue, sets | SPLIT_WITH_COLD, &making->playlists, error);
    if (status == STATUS_OK && making->playlists.n_playlists == 0)
        status =
            error_set(error, STATUS_FAILED, "there are no %splaylists to recommend for; import some%s",
                      sets == SPLIT_ALL ? "" : "such ", sets == SPLIT_ALL ? "" : ", or make a split that has them");
    making->result->playlists = making->playlists.n_playlists;
    making->result->files = (making->playlists.n_playlists + PART - 1) / PART;
    making->found = calloc(BATCH * making->settings->number, sizeof *making->found);
    return status == STATUS_OK && !making->found ? error_no_memory(error) : status;
}

/* Rank 0 makes the folder and gives it its name; the others must see it. */
static enum status make_folder(struct making *making, struct device_use *device, struct error *error)
{
    struct ranks *ranks = making->settings->ranks;
    const bool first = ranks_rank(ranks) == 0;
    struct lock_file lock = {0};
    enum status status = first ? lock_folder(making, &lock, error) : STATUS_OK;
    if (status == STATUS_OK && first)
        status = begin_folder(making, error);
    status = ranks_agree(ranks, status, error);
    if (status == STATUS_OK && !first)
        status = see_folder(making, error);
    if (status == STATUS_OK)
        status = device_run(device, &(struct device_work){make, making}, error);
    if (status == STATUS_OK)
        status = share_counts(making, error);
    if (status == STATUS_OK && first)
        status = end_folder(making, error);
    lock_file_release(&lock);
    return status;
}

enum status app_recommend_many(struct catalogue *catalogue, struct device_use *device,
                               const struct recommend_many_settings *settings, struct progress *progress,
                               struct recommend_many_result *result, struct error *error)
{
    struct making making = {.catalogue = catalogue, .settings = settings, .progress = progress, .result = result};
    *result = (struct recommend_many_result){0};
    enum status status = name_folder(&making, error);
    if (status == STATUS_OK)
        status = load(&making, error);
    if (status == STATUS_OK)
        status = describe(&making, error);
    if (status == STATUS_OK)
        status = make_folder(&making, device, error);
    interactions_free(&making.playlists);
    buffer_free(&making.about);
    free(making.folder);
    free(making.partial);
    free(making.about_path);
    free(making.found);
    return status;
}
