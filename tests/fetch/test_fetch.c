/* The parts of `covers fetch` that read what others write: addresses, headers, credentials, answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fetch/credentials.h"
#include "fetch/musicbrainz.h"
#include "fetch/retry.h"
#include "fetch/spotify_answer.h"
#include "fetch/url_check.h"
#include "tests/folder.h"
#include "tests/must.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- addresses ---- */

static const char *const hosts[] = {"i.scdn.co", "*.archive.org", NULL};

static void only_hosts_of_the_list_are_allowed(void **state)
{
    (void)state;
    const struct url_policy policy = {hosts, NULL};
    static const char *const good[] = {"https://i.scdn.co/image/a", "https://I.SCDN.CO:443/x?y=z&w=%20",
                                       "https://archive.org",       "https://ia1.us.archive.org/a",
                                       "https://i.scdn.co?x",       "https://i.scdn.co/a@b:c/d;e=f,g"};
    static const char *const bad[] = {"",
                                      "https://",
                                      "http://i.scdn.co/a",
                                      "ftp://i.scdn.co/a",
                                      "file:///etc/passwd",
                                      "//i.scdn.co/a",
                                      "i.scdn.co/a",
                                      "HTTPS://i.scdn.co/a",
                                      "https://example.org/",
                                      "https://i.scdn.co.example.org/",
                                      "https://xi.scdn.co/",
                                      "https://xarchive.org/",
                                      "https://archive.org.example.org/",
                                      "https://.archive.org/",
                                      "https://i.scdn.co:80/",
                                      "https://i.scdn.co:4433/",
                                      "https://i.scdn.co:443x/",
                                      "https://i.scdn.co@example.org/",
                                      "https://a:b@i.scdn.co/",
                                      "https://i.scdn.co\\@example.org/",
                                      "https://i.scdn.co#@example.org/",
                                      "https://i.scdn.co/a b",
                                      "https://i.scdn.co/a\tb",
                                      "https://i.scdn.co/a\r\nHost: x",
                                      "https://i.scdn.co/\x80",
                                      "https://127.0.0.1/",
                                      "https://[::1]/",
                                      "https://2130706433/",
                                      "https://i.scdn.co/a#b",
                                      "https://i.scdn.co./",
                                      " https://i.scdn.co/",
                                      "https:///i.scdn.co/",
                                      "https://i%2escdn.co/",
                                      "http://127.0.0.1:8000/i.scdn.co/"};
    for (size_t i = 0; i < COUNT(good); i++)
        if (!url_allowed(&policy, good[i]))
            fail_msg("%s is not allowed", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (url_allowed(&policy, bad[i]))
            fail_msg("%s is allowed", bad[i]);
    char longest[URL_MAX + 2] = "https://i.scdn.co/";
    memset(longest + strlen(longest), 'a', URL_MAX - strlen(longest));
    assert_true(url_allowed(&policy, longest));
    longest[URL_MAX] = 'a';
    assert_false(url_allowed(&policy, longest));
}

static void a_substitute_is_on_this_machine(void **state)
{
    (void)state;
    static const char *const good[] = {"http://127.0.0.1:1", "http://127.0.0.1:65535", "http://[::1]:8080"};
    static const char *const bad[] = {"http://127.0.0.1",       "http://127.0.0.1:",   "http://127.0.0.1:0",
                                      "http://127.0.0.1:65536", "http://127.0.0.1:1/", "http://127.0.0.1:1@example.org",
                                      "http://localhost:1",     "http://127.0.0.2:1",  "https://127.0.0.1:1",
                                      "http://example.org:1",   "http://[::2]:1",      ""};
    struct error error;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(url_substitute_check(good[i], &error), STATUS_OK);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(url_substitute_check(bad[i], &error), STATUS_USAGE);

    const struct url_policy policy = {hosts, "http://127.0.0.1:80"};
    assert_true(url_allowed(&policy, "http://127.0.0.1:80/a"));
    assert_true(url_allowed(&policy, "https://i.scdn.co/a"));
    assert_false(url_allowed(&policy, "http://127.0.0.1:8000/a"));
    assert_false(url_allowed(&policy, "http://127.0.0.1:80@example.org/a"));
    assert_false(url_allowed(&policy, "https://example.org/a"));
    struct buffer url = {0};
    url_add(&policy, "https://i.scdn.co/a?b", &url);
    assert_string_equal(url.data, "http://127.0.0.1:80/i.scdn.co/a?b");
    buffer_clear(&url);
    url_add_encoded("a b&\xc3\xa9\"~", &url);
    assert_string_equal(url.data, "a%20b%26%C3%A9%22~");
    buffer_free(&url);
}

/* ---- waiting ---- */

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    const int64_t now = 784111777; /* of the date in RFC 9110 */
    const char *date = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_int_equal(retry_http_date(date), now);
    assert_int_equal(retry_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    assert_int_equal(retry_http_date("Thu, 29 Feb 2024 23:59:60 GMT"), 1709251200);
    static const char *const wrong[] = {"",
                                        "now",
                                        "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994",
                                        "Sun, 06 Nov 1994 08:49:37",
                                        "Sun, 06 Nov 1994 08:49:37 CET",
                                        "Sun, 06 Foo 1994 08:49:37 GMT",
                                        "Sun, 99 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 24:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:37 GMT x",
                                        "Sun, 06 Nov 1900 08:49:37 GMT"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(retry_http_date(wrong[i]), -1);

    assert_true(retry_after("0", "", now) == 0);
    assert_true(retry_after(" 120 ", "", now) == 120);
    assert_true(retry_after("99999999999999999999999", "", now) == RETRY_AFTER_MAX);
    assert_true(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", date, 5) == 60);
    assert_true(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", "", now + 10) == 50);
    assert_true(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", "rubbish", now + 10) == 50);
    assert_true(retry_after("Sun, 06 Nov 1994 08:40:37 GMT", date, now) == 0);
    assert_true(retry_after("Sun, 06 Nov 2994 08:40:37 GMT", date, now) == RETRY_AFTER_MAX);
    static const char *const neither[] = {"", "-1", "1.5", "1e3", "soon", "0x10", "12 13"};
    for (size_t i = 0; i < COUNT(neither); i++)
        assert_true(retry_after(neither[i], date, now) == -1);
}

static void backoff_grows_to_its_limit(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    for (int failures = 1; failures < 100; failures++) {
        double longest = failures < 7 ? (double)(1 << (failures - 1)) : 60;
        double seconds = retry_backoff(failures, &random);
        assert_true(seconds >= longest / 2 && seconds <= longest);
    }
}

/* ---- credentials ---- */

static void credentials_are_of_one_form(void **state)
{
    (void)state;
    struct credentials read;
    must(credentials_parse("a:b, c:d", "me@example.org", "spotify = x:y\ncontact = other", "f", &read, &error));
    assert_int_equal(read.count, 2);
    assert_string_equal(read.items[1].id, "c");
    assert_string_equal(read.items[1].secret, "d");
    assert_string_equal(read.contact, "me@example.org");
    must(credentials_parse(NULL, NULL, "# mine\r\n\r\n spotify=x:y \nspotify = z:w\ncontact = https://example.org", "f",
                           &read, &error));
    assert_int_equal(read.count, 2);
    assert_string_equal(read.items[0].secret, "y");
    assert_string_equal(read.contact, "https://example.org");
    must(credentials_parse(NULL, "", NULL, "f", &read, &error));
    assert_int_equal(read.count, 0);

    static const char *const wrong[] = {"topsecret",     "topsecret:",      ":topsecret",
                                        "a:topsecret:c", "a:topsecret,",    "a:b,,c:topsecret",
                                        "a:top secret",  "a:topsecret\x01", "a:topsecret\xc3\xa9"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct error error = {0};
        char line[100];
        assert_int_equal(credentials_parse(wrong[i], NULL, NULL, "f", &read, &error), STATUS_USAGE);
        assert_null(strstr(error.text, "secret\""));
        assert_null(strstr(error.text, "topsecret"));
        assert_int_equal(read.count, 0);
        if (strchr(wrong[i], ','))
            continue;
        snprintf(line, sizeof line, "spotify = %s", wrong[i]);
        assert_int_equal(credentials_parse(NULL, NULL, line, "f", &read, &error), STATUS_USAGE);
        assert_null(strstr(error.text, "topsecret"));
    }
    struct error error;
    assert_int_equal(credentials_parse(NULL, NULL, "topsecret", "f", &read, &error), STATUS_USAGE);
    assert_null(strstr(error.text, "topsecret"));
    assert_int_equal(credentials_parse(NULL, "a\r\nHost: b", NULL, "f", &read, &error), STATUS_USAGE);
    assert_int_equal(credentials_parse(NULL, "a) (b", NULL, "f", &read, &error), STATUS_USAGE);
}

static void too_many_credentials_are_refused(void **state)
{
    (void)state;
    struct buffer list = {0};
    struct credentials read;
    struct error error;
    for (int i = 0; i < CREDENTIALS_MAX; i++)
        buffer_printf(&list, "%sid%d:x", i == 0 ? "" : ",", i);
    assert_int_equal(credentials_parse(list.data, NULL, NULL, "f", &read, &error), STATUS_OK);
    assert_int_equal(read.count, CREDENTIALS_MAX);
    buffer_add_text(&list, ",one:more");
    assert_int_equal(credentials_parse(list.data, NULL, NULL, "f", &read, &error), STATUS_USAGE);
    buffer_clear(&list);
    for (int i = 0; i <= CREDENTIAL_PART_MAX; i++)
        buffer_add_byte(&list, 'a');
    buffer_add_text(&list, ":x");
    assert_int_equal(credentials_parse(list.data, NULL, NULL, "f", &read, &error), STATUS_USAGE);
    buffer_free(&list);
}

static void the_environment_forgets_them(void **state)
{
    (void)state;
    char folder[TEST_FOLDER_MAX], path[100];
    struct credentials read;
    struct error error;
    assert_true(test_folder_make(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsetenv(CONTACT_VARIABLE);
    setenv(CREDENTIALS_VARIABLE, "a:b", 1);
    const char *value = getenv(CREDENTIALS_VARIABLE);
    assert_int_equal(credentials_read(&read, &error), STATUS_OK);
    assert_string_equal(read.items[0].secret, "b");
    assert_null(getenv(CREDENTIALS_VARIABLE));
    assert_int_equal(value[0], 0);
    credentials_wipe(&read);
    assert_int_equal(read.items[0].secret[0], 0);

    snprintf(path, sizeof path, "%s/sleeve", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/sleeve/" CREDENTIALS_FILE, folder);
    FILE *file = fopen(path, "w");
    fputs("spotify = c:d\n", file);
    fclose(file);
    static const struct {
        mode_t mode;
        enum status status;
    } modes[] = {
        {0600, STATUS_OK}, {0400, STATUS_OK}, {0640, STATUS_USAGE}, {0604, STATUS_USAGE}, {0620, STATUS_USAGE}};
    for (size_t i = 0; i < COUNT(modes); i++) {
        chmod(path, modes[i].mode);
        assert_int_equal(credentials_read(&read, &error), modes[i].status);
        assert_int_equal(read.count, modes[i].status == STATUS_OK);
    }
    unlink(path);
    snprintf(path, sizeof path, "%s/sleeve", folder);
    rmdir(path);
    rmdir(folder);
}

/* ---- answers ---- */

static struct buffer body(const char *text)
{
    struct buffer buffer = {0};
    buffer_add_text(&buffer, text);
    return buffer;
}

static void tokens_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status status;
    } cases[] = {
        {"{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":3600}", STATUS_OK},
        {"{\"access_token\":\"\",\"expires_in\":3600}", STATUS_BAD_DATA},
        {"{\"access_token\":\"a b\",\"expires_in\":3600}", STATUS_BAD_DATA},
        {"{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":3600}", STATUS_BAD_DATA},
        {"{\"access_token\":\"abc\",\"expires_in\":-1}", STATUS_BAD_DATA},
        {"{\"access_token\":\"abc\"}", STATUS_BAD_DATA},
        {"[]", STATUS_BAD_DATA},
        {"", STATUS_BAD_DATA},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer text = body(cases[i].text), token = {0};
        struct error error;
        double seconds;
        assert_int_equal(spotify_read_token(&text, &token, &seconds, &error), cases[i].status);
        if (cases[i].status == STATUS_OK) {
            assert_string_equal(token.data, "abc");
            assert_true(seconds == 3600);
        }
        buffer_free(&text);
        buffer_free(&token);
    }
}

static void albums_are_found_by_their_ids(void **state)
{
    (void)state;
    struct spotify_album albums[3] = {{.id = "a"}, {.id = "b"}, {.id = "c"}};
    struct error error;
    struct buffer text = body(
        "{\"albums\":[{\"id\":\"c\",\"images\":[{\"url\":\"small\",\"width\":64,\"height\":64},"
        "{\"url\":\"large\",\"width\":640,\"height\":640},{\"url\":\"none\",\"width\":null,\"height\":null}]},null,"
        "{\"id\":\"a\",\"images\":[]}]}");
    assert_int_equal(spotify_read_albums(&text, albums, 3, &error), STATUS_OK);
    assert_int_equal(albums[0].found, SPOTIFY_NO_IMAGE);
    assert_int_equal(albums[1].found, SPOTIFY_UNKNOWN);
    assert_int_equal(albums[2].found, SPOTIFY_IMAGE);
    assert_string_equal(albums[2].url.data, "large");
    buffer_free(&albums[2].url);
    buffer_free(&text);

    static const char *const wrong[] = {
        "{\"albums\":[]}",
        "{\"albums\":{}}",
        "{}",
        "{\"albums\":[null,null,{\"id\":\"d\"}]}",
        "{\"albums\":[{\"id\":\"a\",\"images\":[{\"url\":\"u\"}]},{\"id\":\"a\"},null]}",
        "{\"albums\":[null,null,7]}",
        "{\"albums\":[null,null,null,null]}"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        memset(albums, 0, sizeof albums);
        albums[0].id[0] = 'a';
        text = body(wrong[i]);
        assert_int_equal(spotify_read_albums(&text, albums, 3, &error), STATUS_BAD_DATA);
        assert_null(albums[0].url.data);
        assert_int_equal(albums[0].found, SPOTIFY_UNKNOWN);
        buffer_free(&text);
    }
}

#define ID "01234567-89ab-cdef-0123-456789abcdef"
#define OTHER_ID "11234567-89ab-cdef-0123-456789abcdef"

static void ids_of_musicbrainz_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mbid_kind kind;
    } good[] = {
        {ID, MBID_EITHER},
        {"01234567-89AB-CDEF-0123-456789ABCDEF", MBID_EITHER},
        {"release/" ID, MBID_RELEASE},
        {"release-group/" ID, MBID_GROUP},
        {"https://musicbrainz.org/release/" ID, MBID_RELEASE},
        {"https://musicbrainz.org/release-group/" ID "/details?x", MBID_GROUP},
        {"musicbrainz:release:" ID, MBID_RELEASE},
    };
    static const char *const bad[] = {
        "",      "x",    "0123",       "01234567-89ab-cdef-0123-456789abcde", ID "0",
        ID "/x", "g" ID, "artist/" ID, "https://example.org/release/" ID,     "01234567089ab-cdef-0123-456789abcdef"};
    struct mbid mbid;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(mbid_read(good[i].text, &mbid));
        assert_string_equal(mbid.id, ID);
        assert_int_equal(mbid.kind, good[i].kind);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        if (mbid_read(bad[i], &mbid))
            fail_msg("%s is read as an id", bad[i]);
}

#define RELEASE(score, title, artist, group)                                                                           \
    "{\"score\":" #score ",\"title\":\"" title "\",\"artist-credit\":[{\"name\":\"" artist                             \
    "\",\"joinphrase\":\" & \"},{\"name\":\"Guest\"}],\"release-group\":{\"id\":\"" group "\"}}"

static void searches_are_matched(void **state)
{
    (void)state;
    static const struct {
        const char *releases;
        enum musicbrainz_match match;
    } cases[] = {
        {"", MATCH_NONE},
        {RELEASE(100, "Caf\\u00e9 Bleu!", "THE ARTIST", ID), MATCH_FOUND},
        {RELEASE(100, "cafe bleu", "the artist", ID) "," RELEASE(95, "Cafe Bleu", "The Artist", ID), MATCH_FOUND},
        {RELEASE(100, "cafe bleu", "the artist", ID) "," RELEASE(95, "Cafe Bleu", "The Artist", OTHER_ID),
         MATCH_AMBIGUOUS},
        {RELEASE(100, "cafe bleu", "the artist", ID) "," RELEASE(60, "Cafe Bleu", "The Artist", OTHER_ID), MATCH_FOUND},
        {RELEASE(89, "cafe bleu", "the artist", ID), MATCH_NONE},
        {RELEASE(100, "cafe bleu deluxe", "the artist", ID), MATCH_NONE},
        {RELEASE(100, "cafe bleu", "another artist", ID), MATCH_NONE},
        {"{\"score\":100},7,null", MATCH_NONE},
    };
    struct mbid mbid;
    struct error error;
    enum musicbrainz_match match;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer text = {0};
        buffer_printf(&text, "{\"releases\":[%s]}", cases[i].releases);
        assert_int_equal(musicbrainz_read_search(&text, "Caf\xc3\xa9 Bleu", "The Artist", &match, &mbid, &error),
                         STATUS_OK);
        assert_int_equal(match, cases[i].match);
        if (match == MATCH_FOUND)
            assert_string_equal(mbid.id, ID);
        assert_int_equal(musicbrainz_read_search(&text, "!?", "...", &match, &mbid, &error),
                         STATUS_OK); /* no words to compare */
        assert_int_equal(match, MATCH_NONE);
        buffer_free(&text);
    }
    struct buffer text = body("{\"releases\":[" RELEASE(100, "a", "b", "no id") "]}");
    assert_int_equal(musicbrainz_read_search(&text, "a", "b", &match, &mbid, &error), STATUS_BAD_DATA);
    buffer_free(&text);
    musicbrainz_add_search("a \"b\" \\", "c\n", &text);
    assert_string_equal(text.data, "https://musicbrainz.org/ws/2/release?fmt=json&limit=10&query="
                                   "release%3A%22a%20%5C%22b%5C%22%20%5C%5C%22%20AND%20artist%3A%22c%20%22");
    buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_hosts_of_the_list_are_allowed),
        cmocka_unit_test(a_substitute_is_on_this_machine),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
        cmocka_unit_test(backoff_grows_to_its_limit),
        cmocka_unit_test(credentials_are_of_one_form),
        cmocka_unit_test(too_many_credentials_are_refused),
        cmocka_unit_test(the_environment_forgets_them),
        cmocka_unit_test(tokens_are_read),
        cmocka_unit_test(albums_are_found_by_their_ids),
        cmocka_unit_test(ids_of_musicbrainz_are_read),
        cmocka_unit_test(searches_are_matched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
