/* A JSON text is refused with a message, or is a tree within the limits whose values can all be read. */
#include <math.h>
#include <string.h>

#include "core/json_reader.h"
#include "core/text.h"
#include "fuzz.h"

static size_t check(const struct json_value *value, int depth)
{
    size_t values = 1;
    REQUIRE(depth <= JSON_DEPTH_MAX);
    REQUIRE(value->type != JSON_NUMBER || isfinite(value->number));
    REQUIRE(!value->key || text_is_utf8(value->key, strlen(value->key)));
    REQUIRE(value->type != JSON_TEXT || text_is_utf8(value->text, strlen(value->text)));
    json_get_text(value, "");
    json_get_bool(value, false);
    int64_t number = json_get_integer(value, -10, 1000, 7);
    REQUIRE(number >= -10 && number <= 1000);
    for (size_t i = 0; i < value->count; i++) {
        const struct json_value *item = &value->items[i];
        if (value->type == JSON_OBJECT)
            REQUIRE(json_member(value, item->key) == item);
        values += check(item, depth + 1);
    }
    return values;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_document document;
    struct error error = {0};
    if (json_read((const char *)data, size, &document, &error) != STATUS_OK) {
        REQUIRE(error.status == STATUS_BAD_DATA && error.text[0]);
        return 0;
    }
    fuzz_accepted = true;
    REQUIRE(check(&document.root, 0) <= JSON_VALUES_MAX);
    json_document_free(&document);
    return 0;
}
