/* What Spotify and MusicBrainz answer, and the headers and addresses in it: the first byte says which. */
#include <string.h>

#include "fetch/credentials.h"
#include "fetch/musicbrainz.h"
#include "fetch/retry.h"
#include "fetch/spotify_answer.h"
#include "fetch/url_check.h"
#include "fuzz.h"

static bool is_visible(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text >= 0x7f)
            return false;
    return true;
}

static void read_token(const struct buffer *body)
{
    struct buffer token = {0};
    double seconds;
    struct error error = {0};
    if (spotify_read_token(body, &token, &seconds, &error) == STATUS_OK) {
        fuzz_accepted = true;
        REQUIRE(token.size > 0 && token.size <= SPOTIFY_TOKEN_MAX && is_visible(token.data) && seconds > 0);
    } else {
        REQUIRE(error.text[0] && token.size == 0);
    }
    buffer_free(&token);
}

static void read_albums(const struct buffer *body, int count)
{
    struct spotify_album albums[3] = {{.id = "a"}, {.id = "b"}, {.id = "c"}};
    struct error error = {0};
    enum status status =
        count == 1 ? spotify_read_album(body, albums, &error) : spotify_read_albums(body, albums, count, &error);
    REQUIRE(status == STATUS_OK || error.text[0]);
    for (int i = 0; i < count; i++) {
        REQUIRE((albums[i].found == SPOTIFY_IMAGE) == (albums[i].url.data != NULL));
        REQUIRE(status == STATUS_OK || albums[i].found == SPOTIFY_UNKNOWN);
        REQUIRE(albums[i].url.size <= URL_MAX);
        fuzz_accepted = fuzz_accepted || albums[i].url.data;
        buffer_free(&albums[i].url);
    }
}

static void read_search(const struct buffer *body)
{
    enum musicbrainz_match match;
    struct mbid mbid, again;
    struct error error = {0};
    if (musicbrainz_read_search(body, "title", "artist", &match, &mbid, &error) != STATUS_OK)
        REQUIRE(error.text[0]);
    else if (match == MATCH_FOUND)
        REQUIRE(mbid_read(mbid.id, &again));
}

static void read_texts(const char *text)
{
    static const char *const hosts[] = {"i.scdn.co", "*.archive.org", NULL};
    const struct url_policy policy = {hosts, NULL};
    struct mbid mbid;
    struct credentials credentials;
    struct error error = {0};
    struct buffer url = {0};
    if (url_allowed(&policy, text))
        REQUIRE(is_visible(text) && strncmp(text, "https://", 8) == 0 &&
                (strncasecmp(text + 8, "i.scdn.co", 9) == 0 || strcasestr(text, "archive.org")));
    if (mbid_read(text, &mbid))
        REQUIRE(strlen(mbid.id) == MBID_SIZE);
    REQUIRE(retry_after(text, text, 1000) >= -1 && retry_after(text, "", 1000) <= RETRY_AFTER_MAX);
    if (credentials_parse(NULL, NULL, text, "f", &credentials, &error) == STATUS_OK)
        for (int i = 0; i < credentials.count; i++)
            REQUIRE(is_visible(credentials.items[i].id) && is_visible(credentials.items[i].secret));
    musicbrainz_add_search(text, text, &url);
    REQUIRE(url.failed || is_visible(url.data));
    buffer_free(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer body = {0};
    if (size == 0)
        return 0;
    buffer_add(&body, data + 1, size - 1);
    switch (data[0]) {
    case 't':
        read_token(&body);
        break;
    case '1':
        read_albums(&body, 1);
        break;
    case '3':
        read_albums(&body, 3);
        break;
    case 's':
        read_search(&body);
        break;
    default:
        read_texts(body.data);
    }
    buffer_free(&body);
    return 0;
}
