/* Patches of a search index, then a query: an accepted index returns valid track numbers, whatever the file contains. A
 * patch is a letter for the part of the file, two bytes for the position, a length and the bytes; the rest, from any
 * other letter on, is the query. */
#include <string.h>

#include "core/file.h"
#include "core/hash.h"
#include "db/search.h"
#include "db/search_text.h"
#include "small_catalogue.h"

enum { HEADER = 1088, CHECKSUM = HEADER - 8, GRAMS = SEARCH_GRAMS * 8, LIMIT = 10 };

static struct pool *pool;
static struct buffer whole; /* an index of the small catalogue */

static void make_index(void)
{
    struct catalogue *catalogue = small_catalogue();
    struct buffer path = {0};
    struct error error;
    uint64_t checksum;
    REQUIRE(pool_create(1, &pool, &error) == STATUS_OK);
    REQUIRE(search_index_build(catalogue, pool, &error) == STATUS_OK);
    catalogue_sidecar(catalogue, "search.index", &path);
    REQUIRE(file_read(path.data, 1 << 24, &whole, &error) == STATUS_OK);
    buffer_free(&path);
    /* Otherwise the format has changed, and the patches would be applied to the wrong positions. */
    REQUIRE(whole.size > HEADER + GRAMS);
    memcpy(&checksum, whole.data + CHECKSUM, sizeof checksum);
    REQUIRE(checksum == hash_bytes(whole.data, CHECKSUM));
}

static const uint8_t *apply(const uint8_t *at, const uint8_t *end, uint8_t *bytes, size_t *size)
{
    while (end - at >= 4 && strchr("hgtc", at[0]) && at[0]) {
        size_t place = at[1] | (size_t)at[2] << 8, length = at[3];
        char part = (char)at[0];
        at += 4;
        if (part == 'c') {
            *size = place * 3 < *size ? *size - place : 0;
            continue;
        }
        place += part == 'h' ? 0 : part == 'g' ? HEADER : HEADER + GRAMS;
        for (; length > 0 && at < end; length--, place++, at++)
            if (place < *size)
                bytes[place] = *at;
    }
    return at;
}

static void ask(const struct search_text *text, const char *query)
{
    struct search_engine *engine;
    struct error error;
    int64_t ids[LIMIT], total;
    size_t count;
    if (search_engine_create(text, pool, &engine, &error) != STATUS_OK)
        return;
    if (search_engine_query(engine, query, LIMIT, ids, &count, &total, NULL, &error) == STATUS_OK) {
        REQUIRE(count <= LIMIT && total >= (int64_t)count);
        for (size_t i = 0; i < count; i++)
            REQUIRE(ids[i] >= 1 && ids[i] <= text->n_tracks);
        fuzz_accepted |= count > 0;
    }
    search_engine_destroy(engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!pool)
        make_index();
    struct search_text text;
    struct error error;
    size_t length = whole.size;
    uint8_t *bytes = malloc(length);
    memcpy(bytes, whole.data, length);
    const uint8_t *rest = apply(data, data + size, bytes, &length);
    if (length >= HEADER) {
        uint64_t checksum = hash_bytes(bytes, CHECKSUM);
        memcpy(bytes + CHECKSUM, &checksum, sizeof checksum);
    }
    bytes = realloc(bytes, length + 1); /* one more, because realloc may return NULL for size 0 */
    char *query = strndup((const char *)rest, (size_t)(data + size - rest));
    if (search_text_parse(bytes, length, "index", &text, &error) == STATUS_OK)
        ask(&text, query);
    free(query);
    free(bytes);
    return 0;
}
