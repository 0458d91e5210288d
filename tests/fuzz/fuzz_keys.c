/* Ids, share links and names give keys that are well-formed, of bounded length, and map to themselves. The first line
 * is the id or title, the second one the artist. */
#include <string.h>

#include "core/text.h"
#include "db/keys.h"
#include "fuzz.h"

static void check_spotify(enum key_kind kind, struct text id)
{
    struct buffer once = {0}, twice = {0};
    if (key_add_spotify(kind, id, &once)) {
        static const size_t sizes[KEY_KINDS] = {36, 36, 37}; /* spotify:track:, 22 characters */
        fuzz_accepted = true;
        REQUIRE(once.size == sizes[kind] && memcmp(once.data, "spotify:", 8) == 0);
        REQUIRE(key_add_spotify(kind, (struct text){once.data, once.size}, &twice));
        REQUIRE(twice.size == once.size && memcmp(once.data, twice.data, once.size) == 0);
    } else {
        REQUIRE(once.size == 0);
    }
    buffer_free(&once);
    buffer_free(&twice);
}

static void check_names(enum key_kind kind, struct text title, struct text artist)
{
    struct buffer key = {0}, old = {0}, scratch = {0};
    key_add_names(kind, title, artist, &key);
    REQUIRE(!key.failed && key.size <= KEY_MAX && text_is_utf8(key.data, key.size));
    REQUIRE(key_is_of_names(kind, (struct text){key.data, key.size}, title, artist, &scratch));
    key_add_old_names(kind, title, artist, &old);
    if (key.size > 0)
        key_add_id(kind, (struct text){key.data, key.size}, &scratch);
    buffer_free(&key);
    buffer_free(&old);
    buffer_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *end = memchr(data, '\n', size);
    const struct text whole = {(const char *)data, size};
    const struct text title = {whole.data, end ? (size_t)(end - whole.data) : size};
    const struct text artist = {end ? end + 1 : "", end ? size - title.size - 1 : 0};
    for (enum key_kind kind = 0; kind < KEY_KINDS; kind++)
        check_spotify(kind, title);
    if (!text_is_utf8(whole.data, size) || memchr(data, 0, size)) /* the readers give only this */
        return 0;
    for (enum key_kind kind = 0; kind < KEY_KINDS; kind++)
        check_names(kind, title, artist);
    return 0;
}
