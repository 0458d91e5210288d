#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "db/search_text.h"

enum {
    FORMAT_VERSION = 3,
    ORDER_MARK = 0x01020304, /* reads otherwise on a machine of the other byte order */
    TEXT_BYTES_MAX = INT32_MAX,
    DIGIT_BITS = 11,
    DIGITS = 1 << DIGIT_BITS,
};

static const char magic[8] = {'s', 'l', 'v', 'f', 'i', 'n', 'd', '\n'};

struct search_track {
    uint32_t artist;
    uint32_t album;
    uint32_t weight; /* playlists and popularity: the smaller, the further to the front */
};

struct file_header {
    char magic[8];
    uint32_t version;
    uint32_t order;
    struct search_state state;
    uint64_t text_size; /* with the last separator, without padding */
    uint32_t frequencies[256];
    uint64_t checksum; /* of everything before it */
};

static void add_name(struct search_names *names, const char *text, size_t size)
{
    text_fold(text, size, &names->text);
    buffer_add(&names->ends, &names->text.size, sizeof names->text.size);
}

void search_builder_artist(struct search_builder *builder, const char *name, size_t size)
{
    add_name(&builder->artists, name, size);
}

void search_builder_album(struct search_builder *builder, const char *title, size_t size)
{
    add_name(&builder->albums, title, size);
}

void search_builder_track(struct search_builder *builder, const char *title, size_t size, int64_t artist, int64_t album,
                          int64_t n_playlists, int64_t popularity)
{
    const int64_t playlists_max = (1 << 24) - 1;
    if (n_playlists < 0)
        n_playlists = 0;
    if (n_playlists > playlists_max)
        n_playlists = playlists_max;
    if (popularity < -1 || popularity > 100)
        popularity = -1;
    struct search_track track = {
        .artist = artist > 0 && artist <= UINT32_MAX ? (uint32_t)artist : 0,
        .album = album > 0 && album <= UINT32_MAX ? (uint32_t)album : 0,
        .weight = (uint32_t)((playlists_max - n_playlists) << 8 | (100 - popularity)),
    };
    add_name(&builder->titles, title, size);
    buffer_add(&builder->tracks, &track, sizeof track);
}

struct name {
    const char *text;
    size_t size;
};

/* Name 1..count; "" for every other number. */
static struct name name_at(const struct search_names *names, size_t number)
{
    size_t count = names->ends.size / sizeof(size_t);
    if (number == 0 || number > count)
        return (struct name){.text = ""};
    size_t begin = 0;
    size_t end;
    memcpy(&end, names->ends.data + (number - 1) * sizeof end, sizeof end);
    if (number > 1)
        memcpy(&begin, names->ends.data + (number - 2) * sizeof begin, sizeof begin);
    return (struct name){.text = names->text.data ? names->text.data + begin : "", .size = end - begin};
}

static bool is_same(struct name a, struct name b)
{
    return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

struct record {
    struct name fields[3];
    size_t size;
};

static struct record record_at(const struct search_builder *builder, const struct search_track *tracks, uint32_t id)
{
    const struct search_track *track = &tracks[id - 1];
    struct record record = {.fields = {name_at(&builder->titles, id), name_at(&builder->artists, track->artist),
                                       name_at(&builder->albums, track->album)}};
    if (is_same(record.fields[2], record.fields[0]) || is_same(record.fields[2], record.fields[1]))
        record.fields[2].size = 0;
    record.size = 3 + record.fields[0].size + record.fields[1].size + record.fields[2].size;
    return record;
}

/* Track numbers by weight, equal ones by number: a stable radix sort. `scratch` and `ids` hold `count`. */
static void sort_by_weight(const struct search_track *tracks, uint32_t count, uint32_t *ids, uint32_t *scratch)
{
    uint32_t *from = ids;
    uint32_t *to = scratch;
    for (uint32_t i = 0; i < count; i++)
        from[i] = i + 1;
    for (int shift = 0; shift < 32; shift += DIGIT_BITS) {
        uint32_t starts[DIGITS + 1] = {0};
        for (uint32_t i = 0; i < count; i++)
            starts[((tracks[i].weight >> shift) & (DIGITS - 1)) + 1]++;
        for (int digit = 0; digit < DIGITS; digit++)
            starts[digit + 1] += starts[digit];
        for (uint32_t i = 0; i < count; i++)
            to[starts[(tracks[from[i] - 1].weight >> shift) & (DIGITS - 1)]++] = from[i];
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != ids)
        memcpy(ids, from, count * sizeof *ids);
}

struct writing {
    const struct search_builder *builder;
    const struct search_track *tracks;
    const uint32_t *ids;
    const uint32_t *offsets;
    unsigned char *bytes;
    uint64_t *grams;
    uint32_t n_tracks;
};

static void mark_grams(const unsigned char *begin, const unsigned char *end, uint64_t bit, uint64_t *grams)
{
    for (; end - begin >= 3; begin++) {
        if (end - begin >= 4)
            grams[search_gram4(begin)] |= bit;
        if (search_gram3_counts(begin))
            grams[search_gram3(begin)] |= bit;
    }
}

static void write_part(void *context, size_t index, int worker)
{
    (void)worker;
    struct writing *writing = context;
    uint64_t *grams = writing->grams + index * SEARCH_GRAMS;
    memset(grams, 0, SEARCH_GRAMS * sizeof *grams);
    size_t end = (index + 1) * SEARCH_PART;
    for (size_t i = index * SEARCH_PART; i < end && i < writing->n_tracks; i++) {
        struct record record = record_at(writing->builder, writing->tracks, writing->ids[i]);
        unsigned char *place = writing->bytes + writing->offsets[i];
        for (int field = 0; field < 3; field++) {
            if (field > 0)
                *place = SEARCH_SEPARATOR;
            place++;
            memcpy(place, record.fields[field].text, record.fields[field].size);
            place += record.fields[field].size;
        }
        mark_grams(writing->bytes + writing->offsets[i], place + 1, 1ULL << (i / SEARCH_BLOCK % 64), grams);
    }
}

static uint64_t header_checksum(const struct file_header *header)
{
    return hash_bytes(header, offsetof(struct file_header, checksum));
}

/* A sample is enough: the frequencies only decide which bytes of a needle are searched for first. */
static void count_bytes(const unsigned char *bytes, size_t size, uint32_t frequencies[256])
{
    enum { RUN = 64, STRIDE = 1024 };
    for (size_t at = 0; at < size; at += STRIDE)
        for (size_t i = at; i < at + RUN && i < size; i++)
            frequencies[bytes[i]]++;
}

static enum status write_index(const struct search_builder *builder, const struct search_state *state, uint32_t *ids,
                               uint32_t *offsets, struct pool *pool, struct buffer *out, struct error *error)
{
    uint32_t n_tracks = (uint32_t)state->n_tracks;
    const struct search_track *tracks = (const void *)builder->tracks.data;
    sort_by_weight(tracks, n_tracks, ids, offsets);
    size_t text_size = 0;
    for (uint32_t i = 0; i < n_tracks; i++) {
        offsets[i] = (uint32_t)text_size;
        text_size += record_at(builder, tracks, ids[i]).size;
        if (text_size >= TEXT_BYTES_MAX)
            return error_set(error, STATUS_FAILED,
                             "the texts of this catalogue are too long for the search index (2 GB)");
    }
    offsets[n_tracks] = (uint32_t)text_size++;
    size_t ids_size = n_tracks * sizeof *ids;
    size_t offsets_size = (n_tracks + (size_t)1) * sizeof *offsets;
    size_t start = out->size;
    size_t grams_size = search_parts(n_tracks) * SEARCH_GRAMS * sizeof(uint64_t);
    size_t total = sizeof(struct file_header) + grams_size + ids_size + offsets_size + text_size + SEARCH_PADDING;
    if (!buffer_reserve(out, total))
        return error_no_memory(error);
    unsigned char *bytes = (unsigned char *)out->data + start + sizeof(struct file_header);
    uint64_t *grams = (void *)bytes;
    bytes += grams_size;
    memcpy(bytes, ids, ids_size);
    memcpy(bytes + ids_size, offsets, offsets_size);
    bytes += ids_size + offsets_size;
    for (size_t i = 0; i <= n_tracks; i++) /* those between records belong to two parts */
        bytes[offsets[i]] = SEARCH_SEPARATOR;
    struct writing writing = {builder, tracks, ids, offsets, bytes, grams, n_tracks};
    pool_run(pool, search_parts(n_tracks), write_part, &writing);
    memset(bytes + text_size, 0, SEARCH_PADDING);
    struct file_header header = {
        .version = FORMAT_VERSION, .order = ORDER_MARK, .state = *state, .text_size = text_size};
    memcpy(header.magic, magic, sizeof magic);
    count_bytes(bytes, text_size, header.frequencies);
    header.checksum = header_checksum(&header);
    memcpy(out->data + start, &header, sizeof header);
    out->size = start + total;
    out->data[out->size] = '\0';
    return STATUS_OK;
}

enum status search_builder_finish(struct search_builder *builder, const struct search_state *state, struct pool *pool,
                                  struct buffer *out, struct error *error)
{
    if (builder->artists.text.failed || builder->artists.ends.failed || builder->albums.text.failed ||
        builder->albums.ends.failed || builder->titles.text.failed || builder->titles.ends.failed ||
        builder->tracks.failed)
        return error_no_memory(error);
    size_t n_tracks = builder->tracks.size / sizeof(struct search_track);
    if (n_tracks >= INT32_MAX || state->n_tracks != (int64_t)n_tracks)
        return error_set(error, STATUS_FAILED, "the search index got %zu tracks where the catalogue has %lld", n_tracks,
                         (long long)state->n_tracks);
    uint32_t *ids = malloc((n_tracks + 1) * sizeof *ids);
    uint32_t *offsets = malloc((n_tracks + 1) * sizeof *offsets);
    enum status status =
        ids && offsets ? write_index(builder, state, ids, offsets, pool, out, error) : error_no_memory(error);
    free(ids);
    free(offsets);
    return status;
}

void search_builder_free(struct search_builder *builder)
{
    struct search_names *names[] = {&builder->artists, &builder->albums, &builder->titles};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        buffer_free(&names[i]->text);
        buffer_free(&names[i]->ends);
    }
    buffer_free(&builder->tracks);
}

static bool parts_are_sound(const struct search_text *text, size_t text_size)
{
    uint32_t n = text->n_tracks;
    if (text->offsets[0] != 0 || text->offsets[n] != text_size - 1 || text->bytes[text_size - 1] != SEARCH_SEPARATOR)
        return false;
    bool sound = true;
    for (uint32_t i = 0; i < n; i++)
        sound &= text->offsets[i + 1] >= text->offsets[i] + 3 && text->offsets[i] < text_size &&
                 text->ids[i] - 1 < n; /* number 0 wraps around */
    return sound;
}

enum status search_text_parse(const void *bytes, size_t size, const char *name, struct search_text *text,
                              struct error *error)
{
    const struct file_header *header = bytes;
    if (size < sizeof *header || memcmp(header->magic, magic, sizeof magic) != 0 || header->version != FORMAT_VERSION ||
        header->order != ORDER_MARK || header->checksum != header_checksum(header))
        return error_set(error, STATUS_BAD_DATA, "%s: not a search index of this version; it can be rebuilt", name);
    int64_t n = header->state.n_tracks;
    if (n < 0 || n >= INT32_MAX || header->text_size < 1 || header->text_size > TEXT_BYTES_MAX ||
        size != sizeof *header + search_parts((size_t)n) * SEARCH_GRAMS * sizeof(uint64_t) +
                    ((size_t)n * 2 + 1) * sizeof(uint32_t) + header->text_size + SEARCH_PADDING)
        return error_set(error, STATUS_BAD_DATA, "%s: the search index is cut or damaged; it can be rebuilt", name);
    const uint64_t *grams = (const void *)(header + 1);
    const uint32_t *ids = (const void *)(grams + search_parts((size_t)n) * SEARCH_GRAMS);
    *text = (struct search_text){
        .state = header->state,
        .n_tracks = (uint32_t)n,
        .grams = grams,
        .ids = ids,
        .offsets = ids + n,
        .bytes = (const unsigned char *)(ids + 2 * n + 1),
        .frequencies = header->frequencies,
    };
    if (!parts_are_sound(text, (size_t)header->text_size))
        return error_set(error, STATUS_BAD_DATA, "%s: the search index is damaged; it can be rebuilt", name);
    return STATUS_OK;
}
