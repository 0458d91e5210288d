/* A submission to the RecSys Challenge 2018, checked by its rules before it is written. */
#include <stdlib.h>
#include <string.h>

#include "app/export_files.h"
#include "app/submission.h"
#include "core/compress.h"
#include "db/id_map.h"
#include "db/import/foreign.h"
#include "db/tracks.h"

struct submission {
    const struct export_work *work;
    struct export_lists lists;
    const char **uris; /* [n_tracks + 1] by track number; NULL: no Spotify track */
    int32_t *popular;  /* [n_tracks] track numbers, the most popular first */
    int64_t n_tracks;
    int64_t unknown_seeds, filled, filled_lists;
    struct arena memory;
};

/* ---- playlists of the challenge ---- */

static enum status take_playlist(void *context, struct foreign_playlist *playlist, struct error *error)
{
    struct submission *submission = context;
    struct arena *memory = &submission->lists.memory;
    struct list_query query = {.n_keys = 0};
    int64_t *seeds = arena_alloc(memory, (playlist->count + 1) * sizeof *seeds);
    const char **keys = arena_alloc(memory, (playlist->count + 1) * sizeof *keys);
    if (!playlist->id)
        return error_set(error, STATUS_BAD_DATA, "%s: a playlist without pid", submission->work->input->challenge);
    query.key = arena_copy_text(memory, playlist->id, strlen(playlist->id));
    query.title = playlist->name ? arena_copy_text(memory, playlist->name, strlen(playlist->name)) : "";
    enum status status = seeds && keys && query.key && query.title ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < playlist->count; i++) {
        const char *id = playlist->tracks[i].id;
        int64_t track = 0;
        if (id)
            status = catalogue_track_find_exactly(submission->work->catalogue, id, &track, error);
        if (track > 0)
            seeds[query.n_seeds++] = track;
        submission->unknown_seeds += track == 0;
        if (id && status == STATUS_OK && !(keys[query.n_keys++] = arena_copy_text(memory, id, strlen(id))))
            status = error_no_memory(error);
    }
    query.seeds = seeds;
    query.seed_keys = keys;
    return status == STATUS_OK ? export_lists_add(&submission->lists, &query, error) : status;
}

static enum status read_challenge(struct submission *submission, struct error *error)
{
    struct import_report report = {0};
    const struct foreign_reading reading = {.path = submission->work->input->challenge,
                                            .name = submission->work->input->challenge,
                                            .unit = format_challenge.unit,
                                            .report = &report,
                                            .playlist = take_playlist,
                                            .context = submission};
    enum status status = format_challenge.read(&reading, error);
    if (status == STATUS_OK && submission->lists.n == 0)
        status = error_set(error, STATUS_BAD_DATA, "%s has no playlists", reading.name);
    return status;
}

/* The keys of the seeds are what the check compares with. */
static enum status name_seeds(struct submission *submission, struct error *error)
{
    for (size_t i = 0; i < submission->lists.n; i++) {
        struct list_query *query = &submission->lists.queries[i];
        if (query->seed_keys)
            continue;
        const char **keys = arena_alloc(&submission->lists.memory, (query->n_seeds + 1) * sizeof *keys);
        if (!keys)
            return error_no_memory(error);
        for (size_t s = 0; s < query->n_seeds; s++)
            if (submission->uris[query->seeds[s]])
                keys[query->n_keys++] = submission->uris[query->seeds[s]];
        query->seed_keys = keys;
    }
    return STATUS_OK;
}

/* ---- tracks ---- */

struct counted {
    int64_t playlists;
    int32_t track;
};

static int most_first(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    if (x->playlists != y->playlists)
        return x->playlists > y->playlists ? -1 : 1;
    return (x->track > y->track) - (x->track < y->track);
}

static enum status read_part(struct submission *submission, int64_t first, int64_t last, struct counted *counted,
                             struct error *error)
{
    enum { PART = 4096 };
    int64_t ids[PART];
    struct track_list tracks = {0};
    for (int64_t i = first; i < last; i++)
        ids[i - first] = i + 1;
    enum status status =
        catalogue_tracks_read(submission->work->catalogue, ids, (size_t)(last - first), &tracks, error);
    for (size_t i = 0; status == STATUS_OK && i < tracks.count; i++) {
        const struct track *track = &tracks.items[i];
        const size_t size = strlen(track->key);
        counted[first + (int64_t)i] = (struct counted){track->n_playlists, (int32_t)track->id};
        if (submission_is_uri(track->key, size) &&
            !(submission->uris[track->id] = arena_copy_text(&submission->memory, track->key, size)))
            status = error_no_memory(error);
    }
    track_list_free(&tracks);
    return status;
}

static enum status read_tracks(struct submission *submission, struct error *error)
{
    enum { PART = 4096 };
    struct catalogue_counts counts;
    enum status status = catalogue_count(submission->work->catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    const int64_t n = submission->n_tracks = counts.tracks;
    struct counted *counted = calloc((size_t)n + 1, sizeof *counted);
    submission->uris = calloc((size_t)n + 1, sizeof *submission->uris);
    submission->popular = calloc((size_t)n + 1, sizeof *submission->popular);
    if (!counted || !submission->uris || !submission->popular)
        status = error_no_memory(error);
    for (int64_t first = 0; status == STATUS_OK && first < n; first += PART)
        status = read_part(submission, first, first + PART < n ? first + PART : n, counted, error);
    if (status == STATUS_OK) {
        qsort(counted, (size_t)n, sizeof *counted, most_first);
        for (int64_t i = 0; i < n; i++)
            submission->popular[i] = counted[i].track;
    }
    free(counted);
    return status;
}

/* ---- lines ---- */

/* The list without tracks that are no Spotify tracks, filled with the most popular ones. */
static enum status add_list(struct submission *submission, size_t which, struct buffer *out, struct error *error)
{
    const struct list_query *query = &submission->lists.queries[which];
    const int32_t *tracks = submission->lists.tracks + which * LIST_LENGTH;
    struct id_map used = {0};
    int count = 0, own = 0;
    bool failed = false;
    for (size_t i = 0; i < query->n_keys && !failed; i++)
        failed = id_map_add(&used, query->seed_keys[i], strlen(query->seed_keys[i])) == 0;
    buffer_add_text(out, query->key);
    const size_t mine = submission->lists.counts[which];
    for (size_t i = 0; !failed && count < LIST_LENGTH && i < mine + (size_t)submission->n_tracks; i++) {
        const char *uri = submission->uris[i < mine ? tracks[i] : submission->popular[i - mine]];
        if (!uri || id_map_find(&used, uri, strlen(uri)))
            continue;
        failed = id_map_add(&used, uri, strlen(uri)) == 0;
        buffer_printf(out, ",%s", uri);
        count++;
        own += i < mine;
    }
    buffer_add_byte(out, '\n');
    id_map_free(&used);
    submission->filled += count - own;
    submission->filled_lists += count > own;
    if (failed || out->failed)
        return error_no_memory(error);
    return count == LIST_LENGTH
               ? STATUS_OK
               : error_set(error, STATUS_FAILED,
                           "playlist %.80s: the catalogue has only %d Spotify tracks besides its seeds, and a "
                           "submission needs 500",
                           query->key, count);
}

static enum status add_lines(struct submission *submission, struct buffer *out, struct error *error)
{
    const struct export_request *input = submission->work->input;
    enum status status = STATUS_OK;
    buffer_printf(out, "team_info,%s,%s,%s\n", input->track ? input->track : "main", input->team, input->email);
    for (size_t i = 0; status == STATUS_OK && i < submission->lists.n; i++)
        status = add_list(submission, i, out, error);
    return status;
}

static void add_notes(const struct submission *submission, bool packed)
{
    struct buffer *notes = submission->work->notes;
    buffer_printf(notes, "%zu playlists with 500 tracks each; the file keeps the rules of the challenge\n",
                  submission->lists.n);
    if (submission->unknown_seeds > 0)
        buffer_printf(notes, "%lld seeds are not in the catalogue; the model does not see them\n",
                      (long long)submission->unknown_seeds);
    if (submission->filled > 0)
        buffer_printf(notes, "%lld tracks of %lld playlists are the most popular ones, because the model gave fewer\n",
                      (long long)submission->filled, (long long)submission->filled_lists);
    if (!packed)
        buffer_add_text(notes, "the challenge takes gzip files; write one with --out NAME.csv.gz\n");
}

static enum status write_out(struct submission *submission, const struct buffer *text, struct error *error)
{
    const char *out = submission->work->input->out;
    const bool packed = out && file_has_extension(out, ".gz");
    struct buffer bytes = {0};
    enum status status =
        submission_check(text->data, text->size, submission->lists.queries, submission->lists.n, error);
    if (status == STATUS_OK && packed)
        status = gzip_add(text->data, text->size, &bytes, error);
    if (status == STATUS_OK)
        status = export_files_add_bytes(submission->work->files, "submission.csv.gz", packed ? &bytes : text, error);
    if (status == STATUS_OK)
        add_notes(submission, packed);
    buffer_free(&bytes);
    return status;
}

static enum status check_input(const struct export_request *input, struct error *error)
{
    static const char *const tracks[] = {"main", "creative"};
    if (!input->team || !input->email)
        return error_set(
            error, STATUS_USAGE,
            "a submission needs a team and an address: sleeve export submission --team NAME --email ADDRESS");
    const char *const texts[] = {input->team, input->email};
    for (size_t i = 0; i < 2; i++)
        if (!*texts[i] || strpbrk(texts[i], ",\r\n#"))
            return error_set(error, STATUS_USAGE,
                             "team and address are not empty, and contain no comma, # or line end");
    if (input->track && strcmp(input->track, tracks[0]) != 0 && strcmp(input->track, tracks[1]) != 0)
        return error_set(error, STATUS_USAGE, "--track is main or creative, not \"%s\"", input->track);
    if (input->challenge && input->playlist)
        return error_set(error, STATUS_USAGE, "a submission is for all playlists of the challenge, not for one");
    return STATUS_OK;
}

static enum status run(const struct export_work *work, struct error *error)
{
    struct submission submission = {.work = work};
    struct buffer text = {0};
    enum status status = check_input(work->input, error);
    if (status == STATUS_OK)
        status = work->input->challenge ? read_challenge(&submission, error)
                                        : export_lists_from_input(work, &submission.lists, error);
    if (status == STATUS_OK)
        status = read_tracks(&submission, error);
    if (status == STATUS_OK)
        status = name_seeds(&submission, error);
    if (status == STATUS_OK)
        status = export_lists_compute(work, &submission.lists, error);
    if (status == STATUS_OK)
        status = add_lines(&submission, &text, error);
    if (status == STATUS_OK)
        status = write_out(&submission, &text, error);
    buffer_free(&text);
    export_lists_free(&submission.lists);
    arena_free(&submission.memory);
    free(submission.uris);
    free(submission.popular);
    return status;
}

const struct exporter exporter_submission = {
    .name = "submission",
    .extension = ".csv.gz",
    .help = "a submission to the RecSys Challenge 2018, checked by its rules: 500 distinct Spotify tracks for each "
            "playlist, "
            "none that\nit shows. --challenge names challenge_set.json; without it, the lists are for the split's test "
            "playlists. The challenge's titles are\nused. Lists that are too short are filled with the most popular "
            "tracks, which is said.",
    .subject = EXPORT_LISTS,
    .options = "challenge team email track on",
    .run = run,
};
