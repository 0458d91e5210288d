#include "fetch/musicbrainz.h"

#include <string.h>

#include "core/json_reader.h"
#include "core/text.h"
#include "fetch/url_check.h"

/* ---- ids ---- */

static bool read_id(const char *text, char id[MBID_SIZE + 1])
{
    for (int i = 0; i < MBID_SIZE; i++) {
        char c = text[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        id[i] = c;
    }
    id[MBID_SIZE] = '\0';
    return text[MBID_SIZE] == '\0' || text[MBID_SIZE] == '/' || text[MBID_SIZE] == '?' || text[MBID_SIZE] == '#';
}

bool mbid_read(const char *text, struct mbid *mbid)
{
    static const char *const starts[] = {"https://musicbrainz.org/", "http://musicbrainz.org/", "musicbrainz.org/",
                                         "musicbrainz:", ""};
    static const struct {
        const char *name;
        enum mbid_kind kind;
    } kinds[] = {{"release", MBID_RELEASE}, {"release-group", MBID_GROUP}};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t start = strlen(starts[i]);
        if (strncmp(text, starts[i], start) != 0)
            continue;
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            const char *rest = text + start;
            size_t size = strlen(kinds[k].name);
            mbid->kind = kinds[k].kind;
            if (strncmp(rest, kinds[k].name, size) == 0 && (rest[size] == '/' || rest[size] == ':'))
                return read_id(rest + size + 1, mbid->id);
        }
    }
    mbid->kind = MBID_EITHER;
    return read_id(text, mbid->id) && text[MBID_SIZE] == '\0';
}

const char *mbid_entity(enum mbid_kind kind)
{
    return kind == MBID_GROUP ? "release-group" : "release";
}

/* ---- search ---- */

/* Appends a phrase of Lucene's query language. */
static void add_phrase(const char *text, struct buffer *query)
{
    buffer_add_byte(query, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buffer_add_byte(query, '\\');
        buffer_add_byte(query, (unsigned char)*text < ' ' ? ' ' : *text);
    }
    buffer_add_byte(query, '"');
}

void musicbrainz_add_search(const char *title, const char *artist, struct buffer *url)
{
    struct buffer query = {0};
    buffer_add_text(&query, "release:");
    add_phrase(title, &query);
    buffer_add_text(&query, " AND artist:");
    add_phrase(artist, &query);
    buffer_add_text(url, "https://musicbrainz.org/ws/2/release?fmt=json&limit=10&query=");
    url_add_encoded(query.data ? query.data : "", url);
    url->failed = url->failed || query.failed;
    buffer_free(&query);
}

/* What is compared of a title or name: its words. */
static void add_words(const char *text, struct buffer *out)
{
    struct buffer folded = {0};
    text_fold(text, strlen(text), &folded);
    size_t at = 0, size;
    while (at < folded.size && (size = text_character_size(folded.data + at, folded.size - at)) > 0) {
        if (text_class_of(folded.data + at, size) != TEXT_SEPARATOR)
            buffer_add(out, folded.data + at, size);
        at += size;
    }
    out->failed = out->failed || folded.failed;
    buffer_free(&folded);
}

static bool same_words(const char *a, const char *b)
{
    struct buffer left = {0}, right = {0};
    add_words(a, &left);
    add_words(b, &right);
    bool same = left.size > 0 && left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
    buffer_free(&left);
    buffer_free(&right);
    return same;
}

/* The artist is the first one of the release, or all of them as they are credited. */
static bool is_by(const struct json_value *release, const char *artist)
{
    const struct json_value *credits = json_member(release, "artist-credit");
    struct buffer all = {0};
    bool same = false;
    for (size_t i = 0; i < json_array_count(credits); i++) {
        const char *name = json_get_text(json_member(&credits->items[i], "name"), "");
        const char *own = json_get_text(json_member(json_member(&credits->items[i], "artist"), "name"), "");
        buffer_printf(&all, "%s%s", name, json_get_text(json_member(&credits->items[i], "joinphrase"), ""));
        same = same || (i == 0 && (same_words(name, artist) || same_words(own, artist)));
    }
    same = same || (all.data && !all.failed && same_words(all.data, artist));
    buffer_free(&all);
    return same;
}

static int64_t score_of(const struct json_value *release)
{
    const struct json_value *score = json_member(release, "score");
    return json_get_integer(score, 0, 100, 0);
}

static bool matches(const struct json_value *release, const char *title, const char *artist)
{
    return score_of(release) >= MUSICBRAINZ_SCORE &&
           same_words(json_get_text(json_member(release, "title"), ""), title) && is_by(release, artist);
}

enum status musicbrainz_read_search(const struct buffer *body, const char *title, const char *artist,
                                    enum musicbrainz_match *match, struct mbid *mbid, struct error *error)
{
    struct json_document document;
    *match = MATCH_NONE;
    enum status status = json_read(body->data ? body->data : "", body->size, &document, error);
    if (status != STATUS_OK)
        return status;
    const struct json_value *releases = json_member(&document.root, "releases");
    if (!releases || releases->type != JSON_ARRAY)
        status = error_set(error, STATUS_BAD_DATA, "the answer has no list of releases");
    for (size_t i = 0; status == STATUS_OK && i < json_array_count(releases); i++) {
        const struct json_value *group = json_member(json_member(&releases->items[i], "release-group"), "id");
        struct mbid found = {.kind = MBID_GROUP};
        if (!matches(&releases->items[i], title, artist))
            continue;
        if (!read_id(json_get_text(group, ""), found.id))
            status = error_set(error, STATUS_BAD_DATA, "the answer has a release without a release group");
        else if (*match == MATCH_FOUND && strcmp(found.id, mbid->id) != 0)
            *match = MATCH_AMBIGUOUS;
        else if (*match == MATCH_NONE)
            *match = MATCH_FOUND, *mbid = found;
    }
    json_document_free(&document);
    return status;
}
