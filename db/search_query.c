#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "db/search.h"
#include "db/search_text.h"

/* The four ranks of a match, best first. Once there are enough matches of one rank, later ranks are no longer needed;
 * the ranks that are needed decide what is searched for:
 *   all four       any word of the query (the rarest), then the others in the same record
 *   no infix       the same, only at the start of a word
 *   fields only    SEPARATOR query: fields that begin with it
 *   whole only     SEPARATOR query SEPARATOR: fields that equal it
 * The last two are rare, so most of the text is scanned at the speed of memory, except for blocks that are skipped
 * because they lack a run of bytes that every match has. */
enum rank { RANK_WHOLE, RANK_PREFIX, RANK_WORD, RANK_INFIX, RANKS };

enum {
    WORDS_MAX = SEARCH_QUERY_MAX / 2 + 1,
    /* Up to so many matches are all collected, and a query with one more letter is searched for in them only. */
    KEPT_MAX = SEARCH_COUNTED,
};

struct match {
    uint32_t position; /* in the order of weight */
    uint32_t rank;
};

struct part {
    struct buffer matches; /* struct match each, in order of position */
    size_t counts[RANKS];
    bool done;
};

struct search_engine {
    const struct search_text *text;
    struct pool *pool;
    struct search_finder finder;
    size_t n_parts;
    struct part *parts;

    unsigned char framed[SEARCH_QUERY_MAX + 2]; /* the query between two separators */
    size_t query_size;
    struct search_needle words[WORDS_MAX];
    size_t n_words; /* the rarest first */
    struct search_needle prefix;
    struct search_needle whole;
    size_t limit;
    const atomic_bool *cancel;
    const struct search_filter *filter; /* NULL: all records */
    struct search_places places;
    uint64_t *marked;        /* [n_tracks / 64 + 1] memory for: */
    const uint64_t *passing; /* a bit for each record that may pass; NULL: all may */

    pthread_mutex_t lock; /* guards what follows while parts are scanned */
    size_t frontier;      /* all parts before it are done */
    size_t counts[RANKS]; /* of the parts before the frontier */

    /* Every match of the last query, where these were few enough to keep. */
    bool kept;
    unsigned char kept_query[SEARCH_QUERY_MAX];
    size_t kept_size;
    uint32_t *kept_positions; /* [KEPT_MAX] */
    size_t n_kept;
};

enum status search_engine_create(const struct search_text *text, struct pool *pool, struct search_engine **out,
                                 struct error *error)
{
    struct search_engine *engine = calloc(1, sizeof *engine);
    *out = NULL;
    if (!engine)
        return error_no_memory(error);
    pthread_mutex_init(&engine->lock, NULL);
    engine->text = text;
    engine->pool = pool;
    engine->n_parts = search_parts(text->n_tracks);
    engine->parts = calloc(engine->n_parts + 1, sizeof *engine->parts);
    engine->kept_positions = malloc(KEPT_MAX * sizeof *engine->kept_positions);
    for (int simd = SEARCH_PORTABLE; simd <= SEARCH_AVX512; simd++) {
        struct search_finder finder;
        if (search_finder_get((enum search_simd)simd, &finder))
            engine->finder = finder;
    }
    if (!engine->parts || !engine->kept_positions) {
        search_engine_destroy(engine);
        return error_no_memory(error);
    }
    *out = engine;
    return STATUS_OK;
}

void search_engine_destroy(struct search_engine *engine)
{
    if (!engine)
        return;
    for (size_t i = 0; engine->parts && i < engine->n_parts; i++)
        buffer_free(&engine->parts[i].matches);
    free(engine->parts);
    free(engine->kept_positions);
    free(engine->marked);
    search_places_free(&engine->places);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

void search_engine_forget(struct search_engine *engine)
{
    engine->kept = false;
}

/* Folds the query and cuts it into words; false when nothing can match it. */
static bool set_query(struct search_engine *engine, const char *query, struct error *error, enum status *status)
{
    size_t size = strlen(query);
    *status = STATUS_OK;
    if (size > SEARCH_QUERY_MAX)
        return false;
    struct buffer folded = {0};
    text_fold(query, size, &folded);
    if (folded.failed)
        *status = error_no_memory(error);
    bool usable = !folded.failed && folded.size > 0 && folded.size <= SEARCH_QUERY_MAX;
    if (usable) {
        engine->query_size = folded.size;
        engine->framed[0] = SEARCH_SEPARATOR;
        memcpy(engine->framed + 1, folded.data, folded.size);
        engine->framed[folded.size + 1] = SEARCH_SEPARATOR;
    }
    buffer_free(&folded);
    if (!usable)
        return false;
    const uint32_t *frequencies = engine->text->frequencies;
    search_needle_set(&engine->prefix, engine->framed, engine->query_size + 1, frequencies);
    search_needle_set(&engine->whole, engine->framed, engine->query_size + 2, frequencies);
    engine->n_words = 0;
    const unsigned char *end = engine->framed + 1 + engine->query_size;
    for (const unsigned char *word = engine->framed + 1; word < end;) {
        const unsigned char *space = memchr(word, ' ', (size_t)(end - word));
        const unsigned char *word_end = space ? space : end;
        search_needle_set(&engine->words[engine->n_words++], word, (size_t)(word_end - word), frequencies);
        word = word_end + 1;
    }
    return true;
}

/* Words begin where no letter, mark or number precedes them; the byte before is nearly always ASCII. */
static bool begins_word(const unsigned char *place)
{
    unsigned char before = place[-1];
    if (before >= 0x80)
        return !text_ends_in_word((const char *)place - 4, (const char *)place);
    return !(before >= 'a' && before <= 'z') && !(before >= '0' && before <= '9');
}

struct record {
    const unsigned char *begin; /* its first separator */
    const unsigned char *end;   /* the separator that begins the next */
};

/* Whether the word, which occurs in the record first at `place`, begins a word in it. */
static bool starts_word(const struct search_engine *engine, struct record record, const struct search_needle *word,
                        const unsigned char *place)
{
    while (place && !begins_word(place))
        place = engine->finder.find(place + 1, record.end, word);
    return place;
}

static struct record record_at(const struct search_text *text, size_t position)
{
    return (struct record){text->bytes + text->offsets[position], text->bytes + text->offsets[position + 1]};
}

static bool passes_fields(const struct search_engine *engine, size_t position)
{
    const struct record record = record_at(engine->text, position);
    const char *title = (const char *)record.begin + 1, *end = (const char *)record.end;
    const char *first = memchr(title, SEARCH_SEPARATOR, (size_t)(end - title));
    const char *second = first ? memchr(first + 1, SEARCH_SEPARATOR, (size_t)(end - first - 1)) : NULL;
    const struct search_record fields = {title, first ? first + 1 : end, second ? second + 1 : end, end};
    return engine->filter->passes(engine->filter->context, &fields);
}

/* The bitmap takes less time than a rank, the fields take more. */
static bool may_pass(const struct search_engine *engine, size_t position)
{
    return !engine->passing || (engine->passing[position / 64] >> position % 64 & 1);
}

static bool passes(const struct search_engine *engine, size_t position)
{
    return may_pass(engine, position) &&
           (!engine->filter || !engine->filter->passes || passes_fields(engine, position));
}

/* RANK_INFIX if all words occur in the record, RANK_WORD if at starts of words, else RANKS. Without `infix`, so is the
 * first. `place` is the first occurrence of the first word. */
static enum rank rank_of_words(const struct search_engine *engine, struct record record, const unsigned char *place,
                               bool infix)
{
    bool starts = true;
    for (size_t i = engine->n_words; i-- > 0;) { /* most records that have the first word lack another one */
        const struct search_needle *word = &engine->words[i];
        const unsigned char *first = i == 0 ? place : engine->finder.find(record.begin, record.end, word);
        if (!first)
            return RANKS;
        starts = starts && starts_word(engine, record, word, first);
        if (!starts && !infix)
            return RANKS;
    }
    return starts ? RANK_WORD : RANK_INFIX;
}

/* The rank of the record at `position` if it matches, passes and is of the first `wanted` ranks, else RANKS. `place` is
 * the first occurrence in it of the needle for these ranks. A field that equals or begins with the query has all its
 * words at starts of words. */
static enum rank rank_of(const struct search_engine *engine, size_t position, const unsigned char *place, int wanted)
{
    const struct record record = record_at(engine->text, position);
    enum rank rank = RANK_PREFIX;
    if (!may_pass(engine, position))
        return RANKS;
    if (wanted > RANK_WORD)
        rank = rank_of_words(engine, record, place, wanted == RANKS);
    if (rank == RANKS || !passes(engine, position))
        return RANKS;
    if (rank == RANK_WORD && engine->finder.find(record.begin, record.end, &engine->prefix))
        rank = RANK_PREFIX;
    if (rank == RANK_PREFIX && engine->finder.find(record.begin, record.end + 1, &engine->whole))
        rank = RANK_WHOLE;
    return (int)rank < wanted ? rank : RANKS;
}

/* Moves the word to the front that the fewest of some records contain: the scan searches for it. */
static void find_rarest_word(struct search_engine *engine)
{
    enum { SAMPLE = 1024 };
    const struct search_text *text = engine->text;
    size_t stride = text->n_tracks / SAMPLE + 1;
    size_t lowest = SIZE_MAX;
    size_t rarest = 0;
    for (size_t i = 0; i < engine->n_words && engine->n_words > 1; i++) {
        size_t holding = 0;
        for (size_t position = 0; position < text->n_tracks; position += stride) {
            const struct record record = record_at(text, position);
            holding += engine->finder.find(record.begin, record.end, &engine->words[i]) != NULL;
        }
        bool rarer = holding < lowest || (holding == lowest && engine->words[i].size > engine->words[rarest].size);
        if (rarer) {
            lowest = holding;
            rarest = i;
        }
    }
    struct search_needle first = engine->words[0];
    engine->words[0] = engine->words[rarest];
    engine->words[rarest] = first;
}

/* How many ranks, from the best on, can still enter the answer after so many matches of each. */
static int ranks_wanted(const size_t counts[RANKS], size_t limit)
{
    size_t total = 0;
    for (int rank = 0; rank < RANKS; rank++)
        total += counts[rank];
    if (total < KEPT_MAX)
        return RANKS;
    total = 0;
    for (int rank = 0; rank < RANKS; rank++) {
        total += counts[rank];
        if (total >= limit)
            return rank;
    }
    return RANKS;
}

/* The record in first..last-1 that holds the byte at `place`. */
static size_t find_record(const struct search_text *text, size_t first, size_t last, const unsigned char *place)
{
    enum { NEAR = 8, STEP = 32 };
    const uint32_t offset = (uint32_t)(place - text->bytes);
    for (int near = 0; near < NEAR && first + 1 < last; near++, first++)
        if (text->offsets[first + 1] > offset)
            return first;
    for (; first + STEP < last; first += STEP) {
        uint32_t before = 0;
        for (size_t i = 1; i <= STEP; i++)
            before += text->offsets[first + i] <= offset;
        if (before < STEP)
            return first + before;
    }
    while (first + 1 < last && text->offsets[first + 1] <= offset)
        first++;
    return first;
}

static const struct search_needle *needle_for(const struct search_engine *engine, int wanted)
{
    if (wanted == RANK_PREFIX) /* only ranks before it */
        return &engine->whole;
    return wanted == RANK_WORD ? &engine->prefix : &engine->words[0];
}

static void add_match(struct part *part, size_t position, enum rank rank)
{
    struct match match = {.position = (uint32_t)position, .rank = rank};
    buffer_add(&part->matches, &match, sizeof match);
    part->counts[rank]++;
}

/* The blocks of a part that may hold the needle. */
static uint64_t blocks_with(const struct search_text *text, size_t part, const struct search_needle *needle)
{
    const uint64_t *grams = text->grams + part * SEARCH_GRAMS;
    uint64_t blocks = UINT64_MAX;
    for (size_t i = 0; i + 3 <= needle->size && blocks != 0; i++) {
        const unsigned char *place = needle->bytes + i;
        if (i + 4 <= needle->size)
            blocks &= grams[search_gram4(place)];
        if (search_gram3_counts(place))
            blocks &= grams[search_gram3(place)];
    }
    return blocks;
}

/* The blocks of a part that may hold matches of the first `wanted` ranks. */
static uint64_t blocks_wanted(const struct search_engine *engine, size_t part, int wanted)
{
    if (wanted <= RANK_WORD)
        return blocks_with(engine->text, part, needle_for(engine, wanted));
    uint64_t blocks = UINT64_MAX;
    for (size_t i = 0; i < engine->n_words; i++)
        blocks &= blocks_with(engine->text, part, &engine->words[i]);
    return blocks;
}

struct progressing {
    size_t counts[RANKS]; /* of the matches that are certain to precede the next */
    int wanted;
};

/* A run of records that is scanned. */
struct running {
    const struct search_engine *engine;
    struct part *part;
    size_t first, last; /* those that are left */
    struct progressing *progressing;
    const struct search_needle *needle;
    int wanted;
    bool words_only; /* the needle is the whole query, and counts at starts of words only */
};

/* Whether to go on after a record in which the needle occurs. */
static bool take(struct running *running, size_t position, const unsigned char *place)
{
    struct progressing *progressing = running->progressing;
    const enum rank rank = rank_of(running->engine, position, place, running->wanted);
    running->first = position + 1;
    if (rank == RANKS)
        return true;
    add_match(running->part, position, rank);
    progressing->counts[rank]++;
    progressing->wanted = ranks_wanted(progressing->counts, running->engine->limit);
    return progressing->wanted == running->wanted;
}

static const unsigned char *take_hit(void *context, const unsigned char *place)
{
    struct running *running = context;
    const struct search_text *text = running->engine->text;
    if (running->words_only && !begins_word(place))
        return place + 1;
    const size_t position = find_record(text, running->first, running->last, place);
    return take(running, position, place) ? text->bytes + text->offsets[position + 1] : NULL;
}

static void scan_run(struct running *running)
{
    const struct search_engine *engine = running->engine;
    const struct search_text *text = engine->text;
    engine->finder.visit_all(text->bytes + text->offsets[running->first],
                             text->bytes + text->offsets[running->last] + 1, running->needle, take_hit, running);
}

/* The positions in first..first+63 of records that may pass; returns their number. */
static size_t list_marked(const struct search_engine *engine, size_t first, size_t last, uint32_t *positions)
{
    size_t count = 0;
    uint64_t left = engine->passing[first / 64] & UINT64_MAX << first % 64;
    if (last / 64 == first / 64)
        left &= (UINT64_C(1) << last % 64) - 1;
    for (; left != 0; left &= left - 1)
        positions[count++] = (uint32_t)(first / 64 * 64 + (size_t)__builtin_ctzll(left));
    return count;
}

/* The same, record by record: where few of them may pass. */
static void scan_marked(struct running *running)
{
    const struct search_engine *engine = running->engine;
    const struct search_text *text = engine->text;
    uint32_t positions[2 * SEARCH_BLOCK];
    for (size_t first = running->first; first < running->last;) {
        size_t count = 0;
        for (; first < running->last && count + 64 <= sizeof positions / sizeof *positions;
             first = (first / 64 + 1) * 64)
            count += list_marked(engine, first, running->last, positions + count);
        for (size_t i = 0; i < count; i++) {
            enum { AHEAD = 8 };
            const unsigned char *later =
                text->bytes + text->offsets[positions[i + AHEAD < count ? i + AHEAD : count - 1]];
            __builtin_prefetch(later);
            __builtin_prefetch(later + 64);
            const struct record record = record_at(text, positions[i]);
            const unsigned char *place = engine->finder.find(record.begin, record.end + 1, running->needle);
            if (place && !take(running, positions[i], place))
                return;
        }
    }
}

/* Whether so few of the records first..last-1 may pass that looking at each takes less time than a scan of the text,
 * which stops at each occurrence of the needle; short needles occur often. */
static bool few_pass(const struct search_engine *engine, size_t first, size_t last, const struct search_needle *needle)
{
    const size_t few = needle->size > 2 ? 8 : 4; /* one in so many */
    size_t count = 0;
    for (size_t word = first / 64; engine->passing && word <= (last - 1) / 64; word++)
        count += (size_t)__builtin_popcountll(engine->passing[word]);
    return engine->passing && count < (last - first) / few;
}

/* Scans records first..last-1 until fewer ranks are needed; returns the record to continue with. */
static size_t scan_records(const struct search_engine *engine, struct part *part, size_t first, size_t last,
                           struct progressing *progressing)
{
    const int wanted = progressing->wanted;
    struct running running = {.engine = engine,
                              .part = part,
                              .first = first,
                              .last = last,
                              .progressing = progressing,
                              .needle = needle_for(engine, wanted),
                              .wanted = wanted,
                              .words_only = wanted == RANK_INFIX && engine->n_words == 1};
    (few_pass(engine, first, last, running.needle) ? scan_marked : scan_run)(&running);
    return progressing->wanted != wanted ? running.first : last;
}

/* Scans a part; `before` are the matches of earlier parts that are known. */
static void scan(const struct search_engine *engine, size_t index, const size_t before[RANKS])
{
    size_t position = index * SEARCH_PART;
    size_t last = position + SEARCH_PART < engine->text->n_tracks ? position + SEARCH_PART : engine->text->n_tracks;
    struct progressing progressing = {.wanted = ranks_wanted(before, engine->limit)};
    memcpy(progressing.counts, before, sizeof progressing.counts);
    while (position < last && progressing.wanted > 0) {
        int wanted = progressing.wanted;
        uint64_t blocks = blocks_wanted(engine, index, wanted);
        while (position < last && progressing.wanted == wanted) {
            size_t block = position / SEARCH_BLOCK % 64;
            uint64_t ahead = blocks >> block;
            if (ahead == 0)
                return;
            if (ahead % 2 == 0) {
                position = (position / SEARCH_BLOCK + (size_t)__builtin_ctzll(ahead)) * SEARCH_BLOCK;
                continue;
            }
            size_t run = ~ahead == 0 ? 64 : (size_t)__builtin_ctzll(~ahead);
            size_t end = (position / SEARCH_BLOCK + run) * SEARCH_BLOCK;
            end = end < last ? end : last;
            position = scan_records(engine, &engine->parts[index], position, end, &progressing);
        }
    }
}

/* A part in which every record that the filter passes matches. Only the first ones can be in the answer. */
static void filter_part(const struct search_engine *engine, size_t index)
{
    struct part *part = &engine->parts[index];
    size_t position = index * SEARCH_PART;
    const size_t last =
        position + SEARCH_PART < engine->text->n_tracks ? position + SEARCH_PART : engine->text->n_tracks;
    for (; position < last && part->counts[RANK_WHOLE] < engine->limit; position++)
        if (passes(engine, position))
            add_match(part, position, RANK_WHOLE);
    for (; position < last; position++)
        part->counts[RANK_WHOLE] += passes(engine, position);
}

static void scan_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct search_engine *engine = context;
    size_t before[RANKS];
    pthread_mutex_lock(&engine->lock);
    memcpy(before, engine->counts, sizeof before);
    pthread_mutex_unlock(&engine->lock);
    if (!(engine->cancel && atomic_load_explicit(engine->cancel, memory_order_relaxed)))
        engine->n_words == 0 ? filter_part(engine, index) : scan(engine, index, before);
    pthread_mutex_lock(&engine->lock);
    engine->parts[index].done = true;
    for (; engine->frontier < engine->n_parts && engine->parts[engine->frontier].done; engine->frontier++)
        for (int rank = 0; rank < RANKS; rank++)
            engine->counts[rank] += engine->parts[engine->frontier].counts[rank];
    pthread_mutex_unlock(&engine->lock);
}

static void begin_parts(struct search_engine *engine)
{
    for (size_t i = 0; i < engine->n_parts; i++) {
        struct part *part = &engine->parts[i];
        buffer_clear(&part->matches);
        memset(part->counts, 0, sizeof part->counts);
        part->done = false;
    }
    engine->frontier = 0;
    memset(engine->counts, 0, sizeof engine->counts);
}

/* Searches only the matches of the last query; the results all go to the first part. */
static void scan_kept(struct search_engine *engine)
{
    struct part *part = &engine->parts[0];
    for (size_t i = 0; i < engine->n_kept; i++) {
        const size_t position = engine->kept_positions[i];
        const struct record record = record_at(engine->text, position);
        const unsigned char *place = engine->finder.find(record.begin, record.end, &engine->words[0]);
        enum rank rank = place ? rank_of(engine, position, place, RANKS) : RANKS;
        if (rank < RANKS)
            add_match(part, position, rank);
    }
    memcpy(engine->counts, part->counts, sizeof engine->counts);
}

static const struct match *matches_of(const struct part *part, size_t *count)
{
    *count = part->matches.size / sizeof(struct match);
    return (const void *)part->matches.data;
}

static size_t take_best(const struct search_engine *engine, int64_t *ids)
{
    size_t taken = 0;
    for (uint32_t rank = 0; rank < RANKS && taken < engine->limit; rank++) {
        for (size_t i = 0; i < engine->n_parts && taken < engine->limit; i++) {
            size_t count;
            const struct match *matches = matches_of(&engine->parts[i], &count);
            if (engine->parts[i].counts[rank] == 0)
                continue;
            for (size_t k = 0; k < count && taken < engine->limit; k++)
                if (matches[k].rank == rank)
                    ids[taken++] = engine->text->ids[matches[k].position];
        }
    }
    return taken;
}

static void keep(struct search_engine *engine, size_t total)
{
    engine->kept = total < KEPT_MAX;
    if (!engine->kept)
        return;
    engine->n_kept = 0;
    for (size_t i = 0; i < engine->n_parts; i++) {
        size_t count;
        const struct match *matches = matches_of(&engine->parts[i], &count);
        for (size_t k = 0; k < count; k++)
            engine->kept_positions[engine->n_kept++] = matches[k].position;
    }
    engine->kept_size = engine->query_size;
    memcpy(engine->kept_query, engine->framed + 1, engine->query_size);
}

/* What is found is counted and handed over. */
static enum status finish(struct search_engine *engine, int64_t *ids, size_t *count, int64_t *total,
                          struct error *error)
{
    size_t matching = 0;
    if (engine->cancel && atomic_load(engine->cancel))
        return error_set(error, STATUS_INTERRUPTED, "the search was cancelled");
    for (size_t i = 0; i < engine->n_parts; i++)
        if (engine->parts[i].matches.failed)
            return error_no_memory(error);
    for (int rank = 0; rank < RANKS; rank++)
        matching += engine->counts[rank];
    *total = (int64_t)(engine->n_words > 0 && matching > SEARCH_COUNTED ? SEARCH_COUNTED : matching);
    *count = take_best(engine, ids);
    return STATUS_OK;
}

/* Whether all matches are among those that are kept. */
static bool extends_kept(const struct search_engine *engine)
{
    return engine->kept && engine->query_size >= engine->kept_size &&
           memcmp(engine->framed + 1, engine->kept_query, engine->kept_size) == 0;
}

enum status search_engine_query(struct search_engine *engine, const char *query, size_t limit, int64_t *ids,
                                size_t *count, int64_t *total, const atomic_bool *cancel, struct error *error)
{
    enum status status;
    *count = 0;
    *total = 0;
    if (!set_query(engine, query, error, &status) || engine->n_parts == 0)
        return status;
    find_rarest_word(engine);
    engine->limit = limit;
    engine->cancel = cancel;
    engine->filter = NULL;
    engine->passing = NULL;
    begin_parts(engine);
    const bool extends = extends_kept(engine);
    if (extends)
        scan_kept(engine);
    else
        pool_run(engine->pool, engine->n_parts, scan_part, engine);
    engine->kept = extends;
    status = finish(engine, ids, count, total, error);
    if (status == STATUS_OK)
        keep(engine, (size_t)*total);
    return status;
}

/* ---- with a filter ---- */

static enum status set_filter(struct search_engine *engine, const struct search_filter *filter, struct error *error)
{
    engine->filter = filter;
    engine->passing = NULL;
    if (!filter->items)
        return STATUS_OK;
    if (!engine->marked)
        engine->marked = malloc((engine->text->n_tracks / 64 + 1) * sizeof *engine->marked);
    if (!engine->marked)
        return error_no_memory(error);
    engine->passing = engine->marked;
    return search_filter_mark(filter, engine->text, &engine->places, engine->marked, error);
}

/* All records that pass, of which the first `limit` are taken. */
static void take_marked(const struct search_engine *engine, size_t limit, int64_t *ids, size_t *count, int64_t *total)
{
    for (size_t word = 0; word <= engine->text->n_tracks / 64; word++) {
        *total += __builtin_popcountll(engine->passing[word]);
        for (uint64_t left = engine->passing[word]; left != 0 && *count < limit; left &= left - 1)
            ids[(*count)++] = engine->text->ids[word * 64 + (size_t)__builtin_ctzll(left)];
    }
}

enum status search_engine_query_filtered(struct search_engine *engine, const char *query,
                                         const struct search_filter *filter, size_t limit, int64_t *ids, size_t *count,
                                         int64_t *total, const atomic_bool *cancel, struct error *error)
{
    const bool words = query[strspn(query, " ")] != '\0';
    *count = 0;
    *total = 0;
    enum status status = set_filter(engine, filter, error);
    if (status != STATUS_OK)
        return status;
    if (!words && engine->passing && !filter->passes) {
        take_marked(engine, limit, ids, count, total);
        return STATUS_OK;
    }
    engine->n_words = 0;
    if (engine->n_parts == 0 || (words && !set_query(engine, query, error, &status)))
        return status;
    if (words)
        find_rarest_word(engine);
    engine->limit = limit;
    engine->cancel = cancel;
    begin_parts(engine);
    if (words && extends_kept(engine))
        scan_kept(engine);
    else
        pool_run(engine->pool, engine->n_parts, scan_part, engine);
    return finish(engine, ids, count, total, error);
}
