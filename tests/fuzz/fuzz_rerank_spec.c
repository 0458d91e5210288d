/* A specification is refused with a sentence, or written as a text that is read as the same one; every list keeps each
 * of its tracks once, whatever its scores and attributes are. */
#include <string.h>

#include "fuzz.h"
#include "models/rerank.h"

enum { COUNT = 23, WIDTH = 3 };

/* Attributes from the input's bytes: equal, extreme and missing ones. */
static struct {
    int64_t tracks[COUNT], artists[COUNT], albums[COUNT], playlists[COUNT];
    float scores[COUNT], vectors[COUNT * WIDTH];
    struct rerank_wish wishes[2];
} attributes;

static void fill(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t byte = size > 0 ? data[i % size] : 0;
        attributes.tracks[i] = (int64_t)i + 1;
        attributes.artists[i] = byte % 5;
        attributes.albums[i] = byte % 7;
        attributes.playlists[i] = (int64_t)byte << byte % 50;
        if (size >= 4)
            memcpy(&attributes.scores[i], data + i % (size - 3), sizeof(float));
        for (size_t k = 0; k < WIDTH; k++)
            attributes.vectors[i * WIDTH + k] = (float)((byte >> k) % 3) - 1;
    }
    attributes.wishes[0] = (struct rerank_wish){STEERING_ARTIST, 2, false};
    attributes.wishes[1] = (struct rerank_wish){STEERING_TRACK, 3, true};
}

static void check_order(const struct rerank_spec *spec)
{
    struct rerank_space spaces[RERANK_TERMS_MAX];
    int32_t order[COUNT];
    bool seen[COUNT] = {false};
    for (int t = 0; t < spec->count; t++)
        spaces[t] = (struct rerank_space){spec->terms[t].space, WIDTH, attributes.vectors, attributes.vectors,
                                          attributes.vectors};
    const struct rerank_list list = {.count = COUNT,
                                     .tracks = attributes.tracks,
                                     .artists = attributes.artists,
                                     .albums = attributes.albums,
                                     .scores = attributes.scores,
                                     .playlists = attributes.playlists,
                                     .spaces = spaces,
                                     .n_spaces = (size_t)spec->count,
                                     .wishes = attributes.wishes,
                                     .n_wishes = 2};
    REQUIRE(rerank(spec, &list, order, NULL) == STATUS_OK);
    for (size_t i = 0; i < COUNT; i++) {
        REQUIRE(order[i] >= 0 && order[i] < COUNT && !seen[order[i]]);
        seen[order[i]] = true;
        REQUIRE(spec->count > 0 || order[i] == (int32_t)i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[RERANK_SPEC_SIZE + 64], written[RERANK_SPEC_SIZE], again[RERANK_SPEC_SIZE], words[RERANK_TEXT_SIZE];
    struct rerank_spec spec, reread;
    struct error error = {0};
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, length);
    text[length] = '\0';
    if (rerank_spec_read(text, &spec, &error) != STATUS_OK) {
        REQUIRE(error.status == STATUS_USAGE && error.text[0]);
        return 0;
    }
    fuzz_accepted |= spec.count > 0;
    rerank_spec_write(&spec, written);
    rerank_spec_describe(&spec, words);
    REQUIRE((spec.count == 0) == (words[0] == '\0'));
    if (strlen(written) + 1 < sizeof written) { /* longer ones are cut */
        REQUIRE(rerank_spec_read(written, &reread, &error) == STATUS_OK && reread.count == spec.count);
        rerank_spec_write(&reread, again);
        REQUIRE(strcmp(written, again) == 0);
    }
    fill(data, size);
    check_order(&spec);
    return 0;
}
