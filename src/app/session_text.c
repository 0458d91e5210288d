#include "app/session_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/json_reader.h"

int64_t session_text_playlist(const char *json)
{
    struct json_document document;
    if (json_read(json, strlen(json), &document, NULL) != STATUS_OK)
        return 0;
    const struct json_value *root = &document.root;
    int64_t id = json_get_integer(json_member(root, "playlist"), 1, INT64_MAX, 0);
    bool kept = json_get_bool(json_member(root, "kept"), false);
    json_document_free(&document);
    return kept ? id : 0;
}

/* The member "playlist" is the last one. Inside a text its quotes would be escaped. */
bool session_text_set_playlist(char **json, int64_t id)
{
    static const char key[] = "\"playlist\":";
    char *at = NULL;
    for (char *next = *json; (next = strstr(next, key)); next++)
        at = next;
    if (!at)
        return true;
    struct buffer text = {0};
    buffer_add(&text, *json, (size_t)(at - *json));
    buffer_printf(&text, "%s%lld}", key, (long long)id);
    if (text.failed) {
        buffer_free(&text);
        return false;
    }
    free(*json);
    *json = text.data;
    return true;
}
