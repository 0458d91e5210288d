#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"
#include "core/text.h"
#include "db/search.h"
#include "db/search_text.h"

/* ---- a small catalogue and a naive search over it -------------------------------------------------------------- */

enum { NAMES_MAX = 60, TRACKS_MAX = 40000 };

struct naive_track {
    char *fields[3]; /* folded */
    int64_t id, n_playlists, popularity;
};

struct library {
    struct naive_track *tracks; /* best first */
    size_t n_tracks;
    struct buffer file;
    struct search_text text;
    struct pool *pool;
    struct search_engine *engine;
    const struct search_filter *filter; /* NULL: all tracks */
    const bool *allowed;                /* [by number] what it passes */
};

static char *folded(const char *text)
{
    struct buffer out = {0};
    buffer_add_text(&out, "");
    text_fold(text, strlen(text), &out);
    return out.data;
}

static int by_weight(const void *a, const void *b)
{
    const struct naive_track *x = a;
    const struct naive_track *y = b;
    if (x->n_playlists != y->n_playlists)
        return x->n_playlists > y->n_playlists ? -1 : 1;
    if (x->popularity != y->popularity)
        return x->popularity > y->popularity ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

/* Names of few letters, so that everything matches something. */
static void random_name(struct random *random, char *name, size_t size)
{
    static const char *const pieces[] = {"a",
                                         "b",
                                         "A",
                                         "\xc3\xa1",
                                         "\xc3\x98",
                                         " ",
                                         "-",
                                         "ab",
                                         "ba",
                                         "'",
                                         "b ",
                                         "\xe6\x9d\xb1",
                                         "\xe4\xba\xac",
                                         "\xe3\x81\x8c",
                                         "\xf0\x9f\x98\x80",
                                         "\xff"};
    name[0] = '\0';
    size_t used = 0;
    for (uint64_t left = random_below(random, 8); left > 0; left--) {
        const char *piece = pieces[random_below(random, sizeof pieces / sizeof *pieces)];
        if (used + strlen(piece) + 1 > size)
            break;
        memcpy(name + used, piece, strlen(piece) + 1);
        used += strlen(piece);
    }
}

static void library_make(struct library *library, uint64_t seed, size_t n_tracks)
{
    *library = (struct library){.n_tracks = n_tracks};
    struct random random;
    random_seed(&random, seed);
    struct search_builder builder = {0};
    struct error error;
    char names[2][NAMES_MAX][64];
    for (int kind = 0; kind < 2; kind++) {
        for (int i = 0; i < NAMES_MAX; i++) {
            random_name(&random, names[kind][i], sizeof names[kind][i]);
            (kind == 0 ? search_builder_artist : search_builder_album)(&builder, names[kind][i],
                                                                       strlen(names[kind][i]));
        }
    }
    library->tracks = calloc(n_tracks + 1, sizeof *library->tracks);
    for (size_t i = 0; i < n_tracks; i++) {
        struct naive_track *track = &library->tracks[i];
        char title[64];
        random_name(&random, title, sizeof title);
        int64_t artist = 1 + (int64_t)random_below(&random, NAMES_MAX);
        int64_t album = (int64_t)random_below(&random, NAMES_MAX + 1);
        *track =
            (struct naive_track){.id = (int64_t)i + 1,
                                 .n_playlists = (int64_t)random_below(&random, random_below(&random, 2) ? 4 : 5000),
                                 .popularity = (int64_t)random_below(&random, 102) - 1};
        search_builder_track(&builder, title, strlen(title), artist, album, track->n_playlists, track->popularity);
        track->fields[0] = folded(title);
        track->fields[1] = folded(names[0][artist - 1]);
        track->fields[2] = folded(album > 0 ? names[1][album - 1] : "");
    }
    qsort(library->tracks, n_tracks, sizeof *library->tracks, by_weight);
    struct search_state state = {.n_tracks = (int64_t)n_tracks, .generation = 3};
    assert_int_equal(pool_create(3, &library->pool, &error), STATUS_OK);
    assert_int_equal(search_builder_finish(&builder, &state, library->pool, &library->file, &error), STATUS_OK);
    search_builder_free(&builder);
    assert_int_equal(search_text_parse(library->file.data, library->file.size, "index", &library->text, &error),
                     STATUS_OK);
    assert_int_equal(search_engine_create(&library->text, library->pool, &library->engine, &error), STATUS_OK);
}

static void library_free(struct library *library)
{
    search_engine_destroy(library->engine);
    pool_destroy(library->pool);
    for (size_t i = 0; i < library->n_tracks; i++)
        for (int field = 0; field < 3; field++)
            free(library->tracks[i].fields[field]);
    free(library->tracks);
    buffer_free(&library->file);
}

static bool naive_word(const struct naive_track *track, const char *word, bool at_start)
{
    for (int field = 0; field < 3; field++) {
        const char *text = track->fields[field];
        for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
            unsigned char before = at > text ? (unsigned char)at[-1] : ' ';
            bool inside = (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9') ||
                          (before >= 0x80 && text_ends_in_word(text, at));
            if (!at_start || !inside)
                return true;
        }
    }
    return false;
}

/* 0 to 3, or 4 for no match; directly from the description in db/search.h. */
static int naive_rank(const struct naive_track *track, const char *query)
{
    char *words = strdup(query);
    bool all = true;
    bool starts = true;
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        all &= naive_word(track, word, false);
        starts &= naive_word(track, word, true);
    }
    free(words);
    int rank = !all ? 4 : starts ? 2 : 3;
    for (int field = 0; field < 3; field++)
        if (rank > 1 && strncmp(track->fields[field], query, strlen(query)) == 0)
            rank = 1;
    for (int field = 0; field < 3; field++)
        if (strcmp(track->fields[field], query) == 0)
            rank = 0;
    return rank;
}

static void check_query(struct library *library, const char *text, size_t limit)
{
    char *query = folded(text);
    int64_t *ids = calloc(limit + 1, sizeof *ids);
    size_t count;
    int64_t total;
    struct error error = {0};
    enum status status = library->filter
                             ? search_engine_query_filtered(library->engine, text, library->filter, limit, ids, &count,
                                                            &total, NULL, &error)
                             : search_engine_query(library->engine, text, limit, ids, &count, &total, NULL, &error);
    assert_int_equal(status, STATUS_OK);
    const int of_nothing = library->filter ? 0 : 4; /* no words: all that the filter passes, or no track */
    size_t expected = 0;
    int64_t matching = 0;
    int *ranks = calloc(library->n_tracks + 1, sizeof *ranks);
    for (size_t i = 0; i < library->n_tracks; i++) {
        ranks[i] = query[0] ? naive_rank(&library->tracks[i], query) : of_nothing;
        if (library->filter && !library->allowed[library->tracks[i].id])
            ranks[i] = 4;
        matching += ranks[i] < 4;
    }
    for (int rank = 0; rank < 4; rank++) {
        for (size_t i = 0; i < library->n_tracks && expected < limit; i++) {
            if (ranks[i] != rank)
                continue;
            if (expected >= count || ids[expected] != library->tracks[i].id)
                fail_msg("query \"%s\", result %zu of %zu: track %lld, expected %lld of rank %d", text, expected, count,
                         (long long)ids[expected], (long long)library->tracks[i].id, rank);
            expected++;
        }
    }
    assert_int_equal(count, expected);
    assert_int_equal(total, query[0] && matching > SEARCH_COUNTED ? SEARCH_COUNTED : matching);
    free(ranks);
    free(ids);
    free(query);
}

static void answers_are_those_of_a_naive_scan(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 11);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct library library;
        library_make(&library, seed, random_below(&random, 400));
        for (int round = 0; round < 60; round++) {
            char query[64];
            random_name(&random, query, sizeof query);
            check_query(&library, query, 1 + random_below(&random, 50));
        }
        library_free(&library);
    }
}

/* Enough tracks for many parts and every search strategy: the frequent letters match nearly all of them. */
static void answers_hold_for_many_tracks(void **state)
{
    (void)state;
    struct library library;
    library_make(&library, 99, TRACKS_MAX);
    static const char *const queries[] = {
        "a",        "ab",     "b a", "ab'",  "-", "'",   "\xe6\x9d\xb1", "\xe6\x9d\xb1\xe4\xba\xac",
        "\xc3\x81", "a b ab", "o",   "baba", "q", " a ", "'b -",         "aab"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        check_query(&library, queries[i], 1);
        check_query(&library, queries[i], 50);
        check_query(&library, queries[i], 3000);
    }
    library_free(&library);
}

/* Filters of many and of few tracks, in another order than the records; some of their tracks have no record. */
static void filters_pass_what_they_hold(void **state)
{
    (void)state;
    enum { FEWER = 18000, ITEMS = FEWER + 100 };
    static const char *const queries[] = {"a", "b a", "\xe6\x9d\xb1", "baba", ""};
    static const uint64_t one_in[] = {2, 5, 40, 3000, 1 << 20};
    struct library library;
    struct random random;
    int32_t *tracks = malloc(ITEMS * sizeof *tracks);
    uint64_t items[ITEMS / 64 + 1];
    bool *allowed = malloc(ITEMS + 1);
    assert_true(tracks && allowed);
    random_seed(&random, 5);
    library_make(&library, 98, FEWER);
    for (uint64_t order = 1; order <= 2; order++) {
        for (int32_t i = 0; i < ITEMS; i++) {
            const int32_t at = (int32_t)random_below(&random, (uint64_t)i + 1);
            tracks[i] = tracks[at];
            tracks[at] = i + 1;
        }
        for (size_t share = order == 1 ? 0 : 3; share < sizeof one_in / sizeof *one_in; share++) {
            memset(items, 0, sizeof items);
            for (int32_t i = 0; i < ITEMS; i++) {
                allowed[tracks[i]] = random_below(&random, one_in[share]) == 0;
                items[i / 64] |= (uint64_t)allowed[tracks[i]] << i % 64;
            }
            const struct search_filter filter = {.items = items, .tracks = tracks, .n_items = ITEMS, .order = order};
            library.filter = &filter;
            library.allowed = allowed;
            for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
                check_query(&library, queries[i], order == 1 ? 50 : 3000);
            library.filter = NULL;
            check_query(&library, queries[share], 50);
        }
    }
    library_free(&library);
    free(tracks);
    free(allowed);
}

/* Typing: each query extends the last or removes letters; the cache of the last result must not change results. */
static void typing_gives_the_same_answers(void **state)
{
    (void)state;
    struct library library;
    library_make(&library, 5, 3000);
    struct random random;
    random_seed(&random, 6);
    for (int round = 0; round < 30; round++) {
        char query[256];
        random_name(&random, query, 64);
        for (size_t size = 1; size <= strlen(query); size++) {
            char typed[256];
            memcpy(typed, query, size);
            typed[size] = '\0';
            check_query(&library, typed, 20);
        }
        check_query(&library, "a", 20);
    }
    library_free(&library);
}

static void odd_queries_find_nothing(void **state)
{
    (void)state;
    struct library library;
    library_make(&library, 1, 200);
    char longest[3000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    int64_t ids[10];
    size_t count;
    int64_t total;
    static const char *const nothing[] = {"", "   ", "\xff\xfe", "\x1f", "\xcc\x81"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        assert_int_equal(search_engine_query(library.engine, nothing[i], 10, ids, &count, &total, NULL, NULL),
                         STATUS_OK);
        assert_int_equal(count, 0);
    }
    assert_int_equal(search_engine_query(library.engine, longest, 10, ids, &count, &total, NULL, NULL), STATUS_OK);
    assert_int_equal(count, 0);
    for (size_t i = 1; i < 1024; i += 2)
        longest[i] = ' '; /* the maximum number of words */
    longest[1024] = '\0';
    assert_int_equal(search_engine_query(library.engine, longest, 10, ids, &count, &total, NULL, NULL), STATUS_OK);
    atomic_bool cancel = true;
    struct error error;
    assert_int_equal(search_engine_query(library.engine, "b", 10, ids, &count, &total, &cancel, &error),
                     STATUS_INTERRUPTED);
    check_query(&library, "b", 10);
    library_free(&library);
}

/* What was visited, and after every third one some bytes are skipped. */
struct visited {
    const unsigned char *places[300];
    size_t count, most;
};

static const unsigned char *next_of(const struct visited *visited)
{
    return visited->count == visited->most ? NULL
                                           : visited->places[visited->count - 1] + (visited->count % 3 == 0 ? 40 : 1);
}

static const unsigned char *note_place(void *context, const unsigned char *place)
{
    struct visited *visited = context;
    visited->places[visited->count++] = place;
    return next_of(visited);
}

static void every_way_of_looking_agrees(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 3);
    uint32_t frequencies[256];
    for (int i = 0; i < 256; i++)
        frequencies[i] = (uint32_t)random_below(&random, 1000);
    struct search_finder finders[3];
    for (int round = 0; round < 3000; round++) {
        size_t size = random_below(&random, 300);
        unsigned char *text = malloc(size + SEARCH_PADDING);
        for (size_t i = 0; i < size + SEARCH_PADDING; i++)
            text[i] = (unsigned char)('a' + random_below(&random, 3)); /* after the end, too: it must not be found */
        unsigned char bytes[12];
        size_t length = 1 + random_below(&random, sizeof bytes);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)('a' + random_below(&random, 3));
        struct search_needle needle;
        search_needle_set(&needle, bytes, length, frequencies);
        const unsigned char *from = text + (size ? random_below(&random, size) : 0);
        const unsigned char *expected = memmem(from, (size_t)(text + size - from), bytes, length);
        struct visited wanted = {.most = 1 + random_below(&random, 40)};
        for (const unsigned char *at = from; at && at <= text + size; at = next_of(&wanted)) {
            wanted.places[wanted.count] = memmem(at, (size_t)(text + size - at), bytes, length);
            if (!wanted.places[wanted.count])
                break;
            wanted.count++;
        }
        for (int way = SEARCH_PORTABLE; way <= SEARCH_AVX512; way++)
            if (search_finder_get((enum search_simd)way, &finders[way])) {
                struct visited visited = {.most = wanted.most};
                assert_ptr_equal(finders[way].find(from, text + size, &needle), expected);
                finders[way].visit_all(from, text + size, &needle, note_place, &visited);
                assert_int_equal(visited.count, wanted.count);
                assert_memory_equal(visited.places, wanted.places, wanted.count * sizeof *wanted.places);
            }
        free(text);
    }
}

/* Whatever is flipped or cut off, the index is refused or gives results without invalid memory accesses. */
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    struct library library;
    library_make(&library, 21, 300);
    struct random random;
    random_seed(&random, 4);
    struct error error;
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
        size_t size = random_below(&random, 3) ? library.file.size : random_below(&random, library.file.size + 1);
        unsigned char *bytes = malloc(size + 1);
        memcpy(bytes, library.file.data, size);
        size_t limit = random_below(&random, 2) ? 1400 : size;
        for (uint64_t flips = random_below(&random, 4); flips > 0 && size > 0; flips--)
            bytes[random_below(&random, limit < size ? limit : size)] ^=
                (unsigned char)(1U << random_below(&random, 8));
        struct search_text text;
        if (search_text_parse(bytes, size, "index", &text, &error) == STATUS_OK) {
            struct search_engine *engine;
            int64_t ids[20];
            size_t count;
            int64_t total;
            assert_int_equal(search_engine_create(&text, library.pool, &engine, &error), STATUS_OK);
            assert_int_equal(search_engine_query(engine, "a b", 20, ids, &count, &total, NULL, &error), STATUS_OK);
            for (size_t i = 0; i < count; i++)
                assert_in_range(ids[i], 1, 300);
            search_engine_destroy(engine);
        } else {
            assert_non_null(strstr(error.text, "index"));
            refused++;
        }
        free(bytes);
    }
    assert_true(refused > 500);
    library_free(&library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_of_looking_agrees),   cmocka_unit_test(answers_are_those_of_a_naive_scan),
        cmocka_unit_test(filters_pass_what_they_hold),   cmocka_unit_test(answers_hold_for_many_tracks),
        cmocka_unit_test(typing_gives_the_same_answers), cmocka_unit_test(odd_queries_find_nothing),
        cmocka_unit_test(damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
