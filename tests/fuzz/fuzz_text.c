/* For any bytes: sanitised text is harmless UTF-8, fitted text has the requested width, folded text folds to itself. */
#include <string.h>

#include "core/text.h"
#include "fuzz.h"

static void require_harmless(const struct buffer *text)
{
    REQUIRE(!text->failed && text_is_utf8(text->data, text->size));
    for (size_t i = 0; i < text->size; i++) {
        unsigned char byte = (unsigned char)text->data[i];
        REQUIRE(byte >= 0x20 && byte != 0x7f);
        REQUIRE(!(byte == 0xc2 && (unsigned char)text->data[i + 1] < 0xa0)); /* C1 */
    }
}

/* The columns of text whose clusters all have a width. */
static int columns_of(const struct buffer *text)
{
    int total = 0;
    for (size_t at = 0; at < text->size;) {
        int width;
        size_t step = text_cluster(text->data + at, text->size - at, &width);
        REQUIRE(step >= 1 && step <= 27 && width >= 1 && width <= 2);
        at += step;
        total += width;
    }
    return total;
}

static void check_shown(const char *text, size_t size)
{
    struct buffer once = {0};
    struct buffer twice = {0};
    text_sanitise(text, size, &once);
    require_harmless(&once);
    REQUIRE(columns_of(&once) == text_width(text, size));
    text_sanitise(once.data, once.size, &twice);
    REQUIRE(once.size == twice.size && (once.size == 0 || memcmp(once.data, twice.data, once.size) == 0));
    for (int columns = 0; columns < 12; columns++) {
        buffer_clear(&twice);
        text_fit(text, size, columns, true, &twice);
        require_harmless(&twice);
        REQUIRE(columns_of(&twice) == columns);
        buffer_clear(&twice);
        text_fit(text, size, columns, false, &twice);
        REQUIRE(columns_of(&twice) <= columns);
    }
    buffer_free(&once);
    buffer_free(&twice);
}

static void check_folded(const char *text, size_t size)
{
    struct buffer once = {0};
    struct buffer twice = {0};
    text_fold(text, size, &once);
    require_harmless(&once);
    REQUIRE(once.size == 0 || (once.data[0] != ' ' && once.data[once.size - 1] != ' '));
    text_fold(once.data, once.size, &twice);
    REQUIRE(once.size == twice.size && (once.size == 0 || memcmp(once.data, twice.data, once.size) == 0));
    buffer_free(&once);
    buffer_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        size = 4096;
    for (size_t at = 0; at < size;) {
        int width;
        size_t step = text_cluster((const char *)data + at, size - at, &width);
        REQUIRE(step >= 1 && step <= 27 && step <= size - at && width >= 0 && width <= 2);
        at += step;
    }
    check_shown((const char *)data, size);
    fuzz_accepted = true;
    check_folded((const char *)data, size);
    return 0;
}
