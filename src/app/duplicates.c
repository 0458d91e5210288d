#include "app/duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "app/editions.h"
#include "core/text.h"

const char *const duplicate_names[DUPLICATE_KINDS] = {
    [DUPLICATE_FIRST] = "first",         [DUPLICATE_REPEAT] = "same track",  [DUPLICATE_SAME] = "same recording",
    [DUPLICATE_LENGTH] = "other length", [DUPLICATE_ID] = "other recording", [DUPLICATE_VERSION] = "other version",
};

void duplicates_free(struct duplicates *duplicates)
{
    free(duplicates->items);
    track_list_free(&duplicates->tracks);
    arena_free(&duplicates->memory);
    *duplicates = (struct duplicates){0};
}

/* An entry with its song and its recording, positions in the buffer of all names: "song US artist" and the title with
 * what it says of the version, such as the name of the remix. */
struct named {
    struct duplicate item;
    size_t at, recording_at;
    const char *name, *recording;
};

static enum status name_all(const struct duplicate_entry *entries, size_t count, struct named *all,
                            struct buffer *names, struct error *error)
{
    for (size_t i = 0; i < count && !names->failed; i++) {
        const struct track *track = entries[i].track;
        all[i] = (struct named){.item = {.entry = entries[i]}, .at = names->size};
        all[i].item.version = song_of_title(track->title, names);
        buffer_add_byte(names, 0x1f);
        text_fold(track->artist, strlen(track->artist), names);
        buffer_add_byte(names, 0);
        all[i].recording_at = names->size;
        edition_base_title(track->title, names);
        buffer_add_byte(names, 0);
    }
    if (names->failed)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        all[i].name = names->data + all[i].at;
        all[i].recording = names->data + all[i].recording_at;
    }
    return STATUS_OK;
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* By song, the preferred entry first. */
static int by_song(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    const struct duplicate_entry *p = &x->item.entry, *q = &y->item.entry;
    const int names = strcmp(x->name, y->name);
    if (names != 0)
        return names;
    if (x->item.version != y->item.version)
        return x->item.version < y->item.version ? -1 : 1;
    if (p->track->n_playlists != q->track->n_playlists)
        return compare_numbers(q->track->n_playlists, p->track->n_playlists);
    if (p->playlist != q->playlist)
        return compare_numbers(p->playlist, q->playlist);
    return compare_numbers((int64_t)p->position, (int64_t)q->position);
}

/* A remaster is the same recording. */
static enum song_version class_of(enum song_version version)
{
    return version == SONG_REMASTER ? SONG_STUDIO : version;
}

static enum duplicate_kind relation(const struct named *a, const struct named *b)
{
    const struct track *x = a->item.entry.track, *y = b->item.entry.track;
    if (x->id == y->id)
        return DUPLICATE_REPEAT;
    if (class_of(a->item.version) != class_of(b->item.version) || strcmp(a->recording, b->recording) != 0)
        return DUPLICATE_VERSION;
    if (a->item.entry.recording && b->item.entry.recording)
        return DUPLICATE_ID;
    if (x->duration_ms > 0 && y->duration_ms > 0 && abs(x->duration_ms - y->duration_ms) > 1000 * DUPLICATE_SECONDS)
        return DUPLICATE_LENGTH;
    return DUPLICATE_SAME;
}

/* Compares each entry of a song with those before it that are not duplicates themselves, of which there are few. */
enum { COMPARED_MAX = 16 };

static void relate(struct named *song, size_t count)
{
    const struct named *others[COMPARED_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        enum duplicate_kind kind = i == 0 ? DUPLICATE_FIRST : relation(others[0], &song[i]);
        for (size_t k = 1; k < n && !duplicate_removable(kind); k++) {
            const enum duplicate_kind other = relation(others[k], &song[i]);
            kind = duplicate_removable(other) ? other : kind;
        }
        song[i].item.kind = kind;
        if (!duplicate_removable(kind) && n < COMPARED_MAX)
            others[n++] = &song[i];
    }
}

static bool in_several(const struct named *song, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (song[i].item.entry.playlist != song[0].item.entry.playlist)
            return true;
    return false;
}

struct run {
    size_t begin, count, first; /* first: where its first entry is in the lists */
};

static int by_place(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* The songs that are kept, in the order of their first entries. */
static size_t find_runs(const struct named *all, size_t count, bool across, struct run *runs)
{
    size_t n = 0;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && strcmp(all[end].name, all[i].name) == 0; end++)
            ;
        if (end - i < 2 || (across && !in_several(all + i, end - i)))
            continue;
        runs[n] = (struct run){i, end - i, SIZE_MAX};
        for (size_t k = i; k < end; k++)
            runs[n].first = all[k].at < runs[n].first ? all[k].at : runs[n].first; /* names are in the lists' order */
        n++;
    }
    if (n > 1)
        qsort(runs, n, sizeof *runs, by_place);
    return n;
}

enum status duplicates_find(const struct duplicate_entry *entries, size_t count, bool across,
                            struct duplicates *duplicates, struct error *error)
{
    struct named *all = calloc(count + 1, sizeof *all);
    struct run *runs = calloc(count + 1, sizeof *runs);
    struct buffer names = {0};
    size_t n_runs = 0;
    duplicates->items = calloc(count + 1, sizeof *duplicates->items);
    enum status status =
        all && runs && duplicates->items ? name_all(entries, count, all, &names, error) : error_no_memory(error);
    if (status == STATUS_OK && count > 1) {
        qsort(all, count, sizeof *all, by_song);
        n_runs = find_runs(all, count, across, runs);
    }
    for (size_t r = 0; status == STATUS_OK && r < n_runs; r++) {
        struct named *song = &all[runs[r].begin];
        relate(song, runs[r].count);
        for (size_t k = 0; k < runs[r].count; k++) {
            song[k].item.song = r;
            duplicates->n_removable += duplicate_removable(song[k].item.kind);
            duplicates->items[duplicates->count++] = song[k].item;
        }
    }
    duplicates->n_songs = n_runs;
    free(all);
    free(runs);
    buffer_free(&names);
    return status;
}
