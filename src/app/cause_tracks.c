#include "app/cause_tracks.h"

#include <stdlib.h>
#include <string.h>

#include "db/track_facts.h"
#include "models/kind.h"

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static enum status add(void *context, const struct track_facts *facts, struct error *error)
{
    struct cause_tracks *tracks = context;
    struct cause_track *track = &tracks->items[tracks->count++];
    *track = (struct cause_track){.track = facts->track,
                                  .artist = (int32_t)facts->artist_id,
                                  .genre = facts->genre,
                                  .decade = facts->year / 10 * 10,
                                  .song = cause_song(facts->title, facts->artist)};
    return track->song ? STATUS_OK : error_no_memory(error);
}

/* Sorted, without repeats. */
static size_t sort(int64_t *ids, size_t count)
{
    size_t kept = 0;
    qsort(ids, count, sizeof *ids, by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            ids[kept++] = ids[i];
    return kept;
}

enum status cause_tracks_read(struct catalogue *catalogue, const int64_t *ids, size_t count,
                              struct cause_tracks *tracks, struct error *error)
{
    *tracks = (struct cause_tracks){.items = malloc((count + 1) * sizeof *tracks->items)};
    int64_t *sorted = ids ? malloc((count + 1) * sizeof *sorted) : NULL;
    enum status status = tracks->items && (sorted || !ids) ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && ids) {
        memcpy(sorted, ids, count * sizeof *ids);
        count = sort(sorted, count);
    }
    if (status == STATUS_OK)
        status = catalogue_track_facts(catalogue, sorted, count, add, tracks, error);
    free(sorted);
    if (status != STATUS_OK)
        cause_tracks_free(tracks);
    return status;
}

void cause_tracks_free(struct cause_tracks *tracks)
{
    free(tracks->items);
    *tracks = (struct cause_tracks){0};
}

void cause_tracks_ask(struct cause_tracks *tracks, const struct recommender *recommender)
{
    for (size_t i = 0; i < tracks->count; i++) {
        struct cause_track *track = &tracks->items[i];
        bool trained = track->track <= recommender->n_tracks;
        track->count = trained ? recommender->popularity[track->track - 1] : 0;
        track->in_reach = trained && recommender_knows(recommender, (int32_t)(track->track - 1));
    }
}

const struct cause_track *cause_tracks_find(const struct cause_tracks *tracks, int64_t track)
{
    return bsearch(&track, tracks->items, tracks->count, sizeof *tracks->items, by_number); /* the number is first */
}

static size_t gather(const struct cause_tracks *tracks, const int64_t *ids, size_t count, struct cause_track *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cause_track *found = cause_tracks_find(tracks, ids[i]);
        if (found)
            out[kept++] = *found;
    }
    return kept;
}

enum status cause_tracks_answer(const struct cause_tracks *tracks, const struct cause_question *question,
                                struct cause_shares *shares, struct error *error)
{
    size_t n_list = question->n_list < CAUSE_LIST ? question->n_list : CAUSE_LIST;
    struct cause_track *list = malloc((n_list + question->n_held_out + 1) * sizeof *list);
    if (!list)
        return error_no_memory(error);
    struct cause_input input = {.n_seeds = question->seeds.distinct,
                                .n_known = question->seeds.known,
                                .held_out = list + n_list,
                                .list = list,
                                .near = question->near,
                                .n_near = question->n_near};
    input.n_list = gather(tracks, question->list, n_list, list);
    input.n_held_out = gather(tracks, question->held_out, question->n_held_out, list + n_list);
    enum status status = causes_of(&input, shares, error);
    free(list);
    return status;
}

static int ascending(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* The most frequent of the numbers; the lowest of several. */
static int32_t most_frequent(int32_t *numbers, size_t count)
{
    int32_t best = 0;
    size_t most = 0;
    qsort(numbers, count, sizeof *numbers, ascending);
    for (size_t i = 0, begin; i < count;) {
        for (begin = i; i < count && numbers[i] == numbers[begin]; i++) {
        }
        if (i - begin > most) {
            most = i - begin;
            best = numbers[begin];
        }
    }
    return best;
}

enum status cause_tracks_genre(const struct cause_tracks *tracks, const int32_t *rows, size_t count, int64_t *genre,
                               struct error *error)
{
    int32_t *genres = malloc((count + 1) * sizeof *genres);
    size_t known = 0;
    if (!genres)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const struct cause_track *track = cause_tracks_find(tracks, (int64_t)rows[i] + 1);
        if (track && track->genre != 0)
            genres[known++] = track->genre;
    }
    *genre = most_frequent(genres, known);
    free(genres);
    return STATUS_OK;
}
