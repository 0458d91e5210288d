#include "fetch/spotify_answer.h"

#include <string.h>

#include "core/json_reader.h"
#include "fetch/url_check.h"

static enum status read_json(const struct buffer *body, struct json_document *document, struct error *error)
{
    return json_read(body->data ? body->data : "", body->size, document, error);
}

static bool is_token(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return false;
    return size > 0 && size <= SPOTIFY_TOKEN_MAX;
}

enum status spotify_read_token(const struct buffer *body, struct buffer *token, double *expires_in, struct error *error)
{
    struct json_document document;
    enum status status = read_json(body, &document, error);
    if (status != STATUS_OK)
        return status;
    const char *text = json_get_text(json_member(&document.root, "access_token"), "");
    *expires_in = json_get_number(json_member(&document.root, "expires_in"), 0);
    if (is_token(text) && *expires_in > 0)
        buffer_add_text(token, text);
    else
        status = error_set(error, STATUS_BAD_DATA, "the answer has no access token");
    explicit_bzero((char *)text, strlen(text));
    json_document_free(&document);
    return status == STATUS_OK && token->failed ? error_no_memory(error) : status;
}

/* Width and height may be null. */
static double area(const struct json_value *image)
{
    double width = json_get_number(json_member(image, "width"), 0);
    double height = json_get_number(json_member(image, "height"), 0);
    return width > 0 && height > 0 ? width * height : 0;
}

static enum status read_images(const struct json_value *object, struct spotify_album *album, struct error *error)
{
    const struct json_value *images = json_member(object, "images"), *largest = NULL;
    album->found = SPOTIFY_NO_IMAGE;
    for (size_t i = 0; i < json_array_count(images); i++) {
        const char *url = json_get_text(json_member(&images->items[i], "url"), "");
        if (*url && strlen(url) <= URL_MAX && (!largest || area(&images->items[i]) > area(largest)))
            largest = &images->items[i];
    }
    if (!largest)
        return STATUS_OK;
    album->found = SPOTIFY_IMAGE;
    buffer_add_text(&album->url, json_get_text(json_member(largest, "url"), ""));
    return album->url.failed ? error_no_memory(error) : STATUS_OK;
}

static struct spotify_album *find(struct spotify_album *albums, int count, const char *id)
{
    for (int i = 0; *id && i < count; i++)
        if (strcmp(albums[i].id, id) == 0)
            return &albums[i];
    return NULL;
}

static enum status read_one(const struct json_value *object, struct spotify_album *albums, int count,
                            struct error *error)
{
    struct spotify_album *album = find(albums, count, json_get_text(json_member(object, "id"), ""));
    if (!album || album->found != SPOTIFY_UNKNOWN)
        return error_set(error, STATUS_BAD_DATA,
                         album ? "the answer has an album twice" : "the answer has an album that was not requested");
    return read_images(object, album, error);
}

/* On failure no album is found. */
static enum status finish(enum status status, struct json_document *document, struct spotify_album *albums, int count)
{
    json_document_free(document);
    for (int i = 0; status != STATUS_OK && i < count; i++) {
        buffer_free(&albums[i].url);
        albums[i].found = SPOTIFY_UNKNOWN;
    }
    return status;
}

enum status spotify_read_albums(const struct buffer *body, struct spotify_album *albums, int count, struct error *error)
{
    struct json_document document;
    enum status status = read_json(body, &document, error);
    if (status != STATUS_OK)
        return status;
    const struct json_value *items = json_member(&document.root, "albums");
    if (!items || items->type != JSON_ARRAY || items->count != (size_t)count)
        status = error_set(error, STATUS_BAD_DATA, "the answer does not have the number of albums that were requested");
    for (int i = 0; i < count && status == STATUS_OK; i++)
        if (items->items[i].type != JSON_NULL)
            status = read_one(&items->items[i], albums, count, error);
    return finish(status, &document, albums, count);
}

enum status spotify_read_album(const struct buffer *body, struct spotify_album *album, struct error *error)
{
    struct json_document document;
    enum status status = read_json(body, &document, error);
    if (status != STATUS_OK)
        return status;
    status = read_one(&document.root, album, 1, error);
    return finish(status, &document, album, 1);
}
