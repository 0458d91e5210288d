/* Which music files are read. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/hash.h"
#include "db/track_file.h"
#include "features/music_sets_internal.h"

static struct row_source source_of(const struct stat *file)
{
    const int64_t numbers[] = {file->st_size, file->st_mtim.tv_sec, file->st_mtim.tv_nsec};
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, numbers, sizeof numbers);
    return (struct row_source){.hash = {hash.a, hash.b | 1}};
}

static bool all_have(const struct music_making *making, size_t track, const struct row_source *source)
{
    for (int i = 0; i < MUSIC_ROWS; i++)
        if (!kept_rows_has(&making->sets[i].kept, track, source))
            return false;
    return true;
}

static void keep(struct music_making *making, size_t track)
{
    making->present[track] = true;
    making->sources[track] = making->sets[0].kept.sources[track];
    making->n_kept++;
}

static enum status add_path(struct music_making *making, size_t track, const char *path, struct error *error)
{
    if (making->n_paths == making->capacity) {
        size_t capacity = making->capacity * 2 + 64;
        char **paths = realloc(making->paths, capacity * sizeof *paths);
        if (!paths)
            return error_no_memory(error);
        making->paths = paths;
        size_t *tracks = realloc(making->tracks, capacity * sizeof *tracks);
        if (!tracks)
            return error_no_memory(error);
        making->tracks = tracks;
        making->capacity = capacity;
    }
    making->tracks[making->n_paths] = track;
    making->paths[making->n_paths] = strdup(path);
    if (!making->paths[making->n_paths])
        return error_no_memory(error);
    making->n_paths++;
    return STATUS_OK;
}

static enum status plan_track(struct music_making *making, size_t track, const char *path, struct error *error)
{
    struct stat file;
    if (stat(path, &file) != 0) { /* read it all the same if there is no row: the message says why it cannot be */
        const struct row_source *before = &making->sets[0].kept.sources[track];
        if (!all_have(making, track, before))
            return add_path(making, track, path, error);
        keep(making, track);
        making->n_absent++;
        return STATUS_OK;
    }
    struct row_source source = source_of(&file);
    if (all_have(making, track, &source)) {
        keep(making, track);
        return STATUS_OK;
    }
    making->sources[track] = source;
    return add_path(making, track, path, error);
}

static enum status find_files(struct music_making *making, struct error *error)
{
    struct buffer path = {0};
    enum status status = STATUS_OK;
    for (size_t track = 0; status == STATUS_OK && track < making->n; track++) {
        buffer_clear(&path);
        status = catalogue_track_file(making->catalogue, (int64_t)track + 1, &path, error);
        if (status == STATUS_OK && path.size > 0 && !memchr(path.data, 0, path.size))
            status = plan_track(making, track, path.data, error);
    }
    buffer_free(&path);
    if (status == STATUS_OK && making->n_paths + making->n_kept == 0)
        status = error_set(error, STATUS_FAILED,
                           "no track of the catalogue has a music file; `sleeve import library FOLDER` reads a folder "
                           "of music");
    return status;
}

/* All ranks must have found the same files to read. */
static enum status compare_plans(const struct music_making *making, struct error *error)
{
    char own[33], first[33];
    struct hash hash;
    hash_begin(&hash);
    for (size_t i = 0; i < making->n_paths; i++) {
        hash_add(&hash, making->paths[i], strlen(making->paths[i]) + 1);
        hash_add(&hash, making->sources[making->tracks[i]].hash, sizeof making->sources->hash);
    }
    hash_end(hash, own);
    memcpy(first, own, sizeof first);
    enum status status = ranks_broadcast(making->ranks, first, sizeof first, error);
    if (status == STATUS_OK && strcmp(first, own) != 0)
        status = error_set(error, STATUS_FAILED,
                           "the music files are not those that rank 0 sees; all hosts need them, in a shared folder");
    return ranks_agree(making->ranks, status, error);
}

enum status music_sets_plan(struct music_making *making, struct error *error)
{
    enum status status = find_files(making, error);
    return status == STATUS_OK ? compare_plans(making, error) : status;
}
