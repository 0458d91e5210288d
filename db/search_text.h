#ifndef SLEEVE_DB_SEARCH_TEXT_H
#define SLEEVE_DB_SEARCH_TEXT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/pool.h"
#include "core/status.h"

/* Internal to search: the folded text of every track in one block of bytes, and how it is built and scanned. Does not
 * depend on a catalogue.
 *
 * Tracks are in the order of their weight (number of playlists, then popularity, then number). A track's record is
 * SEPARATOR title SEPARATOR artist SEPARATOR album; one more SEPARATOR ends the text. So a field equals q where the
 * bytes are SEPARATOR q SEPARATOR and begins with q where they are SEPARATOR q, and no match crosses from one record or
 * field into the next. An album named like the title or the artist is stored empty: it cannot add a match. */

enum {
    SEARCH_SEPARATOR = 0x1f,
    SEARCH_PADDING = 64, /* bytes after the text that a scan may load */
    SEARCH_QUERY_MAX = 1024,
    SEARCH_BLOCK = 128, /* records */
    SEARCH_PART = 64 * SEARCH_BLOCK,
    SEARCH_GRAMS = 1 << 14, /* classes of short runs of bytes */
};

/* Which catalogue, and which state of it, an index was built from. */
struct search_state {
    int64_t n_tracks;
    int64_t generation;
    uint64_t keys[2]; /* the catalogue's running hash of its track keys */
};

/* The parts of an index, in memory or in a mapped file. */
struct search_text {
    struct search_state state;
    uint32_t n_tracks;
    /* [n_parts × SEARCH_GRAMS] A part is 64 blocks of records: the bit of each block that contains, up to and
     * including the separator after it, a run of bytes of that class. A scan skips blocks that cannot match. */
    const uint64_t *grams;
    const uint32_t *ids;         /* [n_tracks] track numbers */
    const uint32_t *offsets;     /* [n_tracks + 1] where records begin; the last is that of the last separator */
    const unsigned char *bytes;  /* [offsets[n_tracks] + 1 + SEARCH_PADDING] */
    const uint32_t *frequencies; /* [256] how often each byte occurs */
};

/* The class of four consecutive bytes, and of three. Three bytes count only where they begin a field, end one or are a
 * CJK character: the others occur in nearly every block. */
static inline uint32_t search_gram4(const unsigned char *bytes)
{
    uint32_t four = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return (four * 0x9e3779b1U) >> 18;
}

static inline uint32_t search_gram3(const unsigned char *bytes)
{
    uint32_t three = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    return (three * 0x85ebca6bU) >> 18;
}

static inline bool search_gram3_counts(const unsigned char *bytes)
{
    return bytes[0] == SEARCH_SEPARATOR || bytes[2] == SEARCH_SEPARATOR || bytes[0] >= 0xe0;
}

static inline size_t search_parts(size_t n_tracks)
{
    return (n_tracks + SEARCH_PART - 1) / SEARCH_PART;
}

/* Which records a query is about. `passes` is called from several threads. The fields are folded texts between
 * separators: from record->title on, from record->artist on, and from record->album to record->end. */
struct search_record {
    const char *title, *artist, *album, *end;
};
struct search_filter {
    const uint64_t *items; /* bit i: whether the track tracks[i] passes; NULL: all do */
    const int32_t *tracks; /* [n_items] different ones; the others do not pass */
    int64_t n_items;
    uint64_t order; /* not 0; another one for each `tracks`: an engine keeps where the records of the last ones are */
    bool (*passes)(const void *context, const struct search_record *record); /* of these; NULL: all */
    const void *context;
};

/* ---- building ----------------------------------------------------------------------------------------------- */

/* Takes names in number order (artists and albums before the tracks that name them), then tracks in number order. Start
 * with `{0}`; search_builder_finish reports when memory ran out. */
struct search_builder {
    struct search_names {
        struct buffer text; /* folded names, one after another */
        struct buffer ends; /* size_t each */
    } artists, albums, titles;
    struct buffer tracks; /* struct search_track each */
};

/* Text of any kind: it is folded here. */
void search_builder_artist(struct search_builder *builder, const char *name, size_t size);
void search_builder_album(struct search_builder *builder, const char *title, size_t size);
/* `album` 0: none. `popularity` below 0: unknown. */
void search_builder_track(struct search_builder *builder, const char *title, size_t size, int64_t artist, int64_t album,
                          int64_t n_playlists, int64_t popularity);
/* Appends the whole index to `out`, as search_text_parse reads it. */
enum status search_builder_finish(struct search_builder *builder, const struct search_state *state, struct pool *pool,
                                  struct buffer *out, struct error *error);
void search_builder_free(struct search_builder *builder);

/* Checks everything that a scan relies on; `bytes` must be aligned for uint32_t and outlive the text. `name` is
 * used in messages. */
enum status search_text_parse(const void *bytes, size_t size, const char *name, struct search_text *text,
                              struct error *error);

/* ---- scanning ----------------------------------------------------------------------------------------------- */

enum { SEARCH_RARE = 3 };
struct search_needle {
    const unsigned char *bytes;
    size_t size;              /* > 0 */
    size_t rare[SEARCH_RARE]; /* positions of its rarest bytes (some are equal when it has fewer) */
    uint64_t head, head_mask; /* its first eight bytes, and which of them it has */
};

void search_needle_set(struct search_needle *needle, const unsigned char *bytes, size_t size,
                       const uint32_t frequencies[256]);

/* Takes an occurrence and returns where to go on, behind it; NULL: nowhere. */
typedef const unsigned char *search_visit(void *context, const unsigned char *place);

/* With one instruction set: `find` gives the first occurrence of the needle that begins at or after `from` and ends
 * before `end`, or NULL; `visit_all` visits them in order. They may load SEARCH_PADDING bytes from `end` on. */
enum search_simd { SEARCH_PORTABLE, SEARCH_AVX2, SEARCH_AVX512 };
struct search_finder {
    const unsigned char *(*find)(const unsigned char *from, const unsigned char *end,
                                 const struct search_needle *needle);
    void (*visit_all)(const unsigned char *from, const unsigned char *end, const struct search_needle *needle,
                      search_visit *visit, void *context);
};
/* False when this processor does not support it. */
bool search_finder_get(enum search_simd simd, struct search_finder *finder);

/* ---- filters ------------------------------------------------------------------------------------------------ */

/* Where the records of a filter's tracks are, kept for other filters of the same order. Start with `{0}`. */
struct search_places {
    uint64_t order;
    uint32_t *of; /* [n_items] positions; UINT32_MAX: the track has no record */
};
void search_places_free(struct search_places *places);
/* passing [n_tracks / 64 + 1]: a bit for each record of the text, set for those of the filter's items. */
enum status search_filter_mark(const struct search_filter *filter, const struct search_text *text,
                               struct search_places *places, uint64_t *passing, struct error *error);

/* ---- queries ------------------------------------------------------------------------------------------------ */

/* Runs queries over one text and remembers the last answer: a query that extends it is searched for in that answer. */
struct search_engine;

enum status search_engine_create(const struct search_text *text, struct pool *pool, struct search_engine **engine,
                                 struct error *error);
void search_engine_destroy(struct search_engine *engine);
/* As search_index_query. */
enum status search_engine_query(struct search_engine *engine, const char *query, size_t limit, int64_t *ids,
                                size_t *count, int64_t *total, const atomic_bool *cancel, struct error *error);
/* The same for the records that the filter passes, all of them where `query` is empty; then the order is that of the
 * weight. If the words continue those of the last unfiltered query, which had few matches, only these are checked. */
enum status search_engine_query_filtered(struct search_engine *engine, const char *query,
                                         const struct search_filter *filter, size_t limit, int64_t *ids, size_t *count,
                                         int64_t *total, const atomic_bool *cancel, struct error *error);
/* Forgets the last answer. */
void search_engine_forget(struct search_engine *engine);

#endif
