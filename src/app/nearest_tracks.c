#include "app/nearest_tracks.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { RESULTS = 200, QUERIES = 4, TRIGRAMS_MAX = 400 };

static const double LEAST = 0.35;

/* ---- likeness ---- */

struct trigrams {
    uint32_t items[TRIGRAMS_MAX];
    size_t count;
};

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Of the folded text between two blanks. */
static bool make_trigrams(const char *text, struct trigrams *trigrams)
{
    struct buffer folded = {0};
    buffer_add_byte(&folded, ' ');
    text_fold(text, strlen(text), &folded);
    buffer_add_byte(&folded, ' ');
    trigrams->count = 0;
    for (size_t i = 0; !folded.failed && i + 2 < folded.size && trigrams->count < TRIGRAMS_MAX; i++)
        trigrams->items[trigrams->count++] = (uint32_t)(unsigned char)folded.data[i] << 16 |
                                             (uint32_t)(unsigned char)folded.data[i + 1] << 8 |
                                             (uint32_t)(unsigned char)folded.data[i + 2];
    qsort(trigrams->items, trigrams->count, sizeof *trigrams->items, by_value);
    const bool fine = !folded.failed;
    buffer_free(&folded);
    return fine;
}

static double likeness(const struct trigrams *a, const struct trigrams *b)
{
    size_t both = 0;
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        both += a->items[i] == b->items[j];
        const bool first = a->items[i] <= b->items[j], second = b->items[j] <= a->items[i];
        i += first;
        j += second;
    }
    return a->count + b->count > 0 ? 2.0 * (double)both / (double)(a->count + b->count) : 0;
}

/* ---- searching ---- */

/* Without "(feat. ...)", "[Live]", " - Remastered 2011". */
static size_t core_size(const char *title)
{
    size_t size = strlen(title);
    static const char *const begins[] = {" (", " [", " - ", " feat", " ft.", " / "};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        const char *at = strstr(title, begins[i]);
        if (at && at > title && (size_t)(at - title) < size)
            size = (size_t)(at - title);
    }
    return size;
}

static size_t first_artist_size(const char *artist)
{
    size_t size = strlen(artist);
    static const char *const ends[] = {", ", "; ", " & ", " feat", " ft.", " x ", " with "};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *at = strstr(artist, ends[i]);
        if (at && at > artist && (size_t)(at - artist) < size)
            size = (size_t)(at - artist);
    }
    return size;
}

static void make_queries(const char *title, const char *artist, struct buffer queries[QUERIES])
{
    const int core = (int)core_size(title), first = (int)first_artist_size(artist);
    buffer_printf(&queries[0], "%s %s", title, artist);
    buffer_printf(&queries[1], "%.*s %.*s", core, title, first, artist);
    buffer_printf(&queries[2], "%.*s", core, title);
    buffer_printf(&queries[3], "%.*s", first, artist);
}

struct ranked {
    int64_t id;
    double score;
};

static int best_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static enum status rank(const struct track_list *tracks, const char *title, const char *artist, struct ranked *ranked,
                        struct error *error)
{
    struct trigrams titles[2], artists[2];
    if (!make_trigrams(title, &titles[0]) || !make_trigrams(artist, &artists[0]))
        return error_no_memory(error);
    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        if (!make_trigrams(track->title, &titles[1]) || !make_trigrams(track->artist, &artists[1]))
            return error_no_memory(error);
        ranked[i] = (struct ranked){track->id,
                                    0.6 * likeness(&titles[0], &titles[1]) + 0.4 * likeness(&artists[0], &artists[1])};
    }
    qsort(ranked, tracks->count, sizeof *ranked, best_first);
    return STATUS_OK;
}

static enum status take_best(struct catalogue *catalogue, const int64_t *found, size_t n_found, const char *title,
                             const char *artist, size_t max, int64_t *ids, size_t *count, struct error *error)
{
    struct track_list tracks = {0};
    struct ranked ranked[RESULTS];
    enum status status = catalogue_tracks_read(catalogue, found, n_found, &tracks, error);
    if (status == STATUS_OK)
        status = rank(&tracks, title, artist, ranked, error);
    for (size_t i = 0; status == STATUS_OK && i < tracks.count && *count < max && ranked[i].score >= LEAST; i++)
        ids[(*count)++] = ranked[i].id;
    track_list_free(&tracks);
    return status;
}

enum status nearest_tracks(struct catalogue *catalogue, struct search_index *index, const char *title,
                           const char *artist, size_t max, int64_t *ids, size_t *count, struct error *error)
{
    struct buffer queries[QUERIES] = {{0}};
    int64_t found[RESULTS], total;
    enum status status = STATUS_OK;
    *count = 0;
    make_queries(title, artist, queries);
    for (int i = 0; status == STATUS_OK && *count == 0 && i < QUERIES; i++) {
        size_t n_found = 0;
        if (queries[i].failed)
            status = error_no_memory(error);
        else if (queries[i].size > 0)
            status = search_index_query(index, queries[i].data, RESULTS, found, &n_found, &total, NULL, error);
        if (status == STATUS_OK && n_found > 0)
            status = take_best(catalogue, found, n_found, title, artist, max, ids, count, error);
    }
    for (int i = 0; i < QUERIES; i++)
        buffer_free(&queries[i]);
    return status;
}
