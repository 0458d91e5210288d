#include "support.h"

#include "db/keys.h"

static struct text text_of(const char *text)
{
    return (struct text){text, strlen(text)};
}

static void check_spotify(enum key_kind kind, const char *id, const char *expected)
{
    struct buffer out = {0};
    buffer_add_text(&out, "");
    bool is = key_add_spotify(kind, text_of(id), &out);
    if (is != (expected != NULL) || strcmp(out.data, expected ? expected : "") != 0)
        fail_msg("\"%s\" gives \"%s\"", id, out.data);
    buffer_free(&out);
}

#define ID "4uLU6hMCjMI75M1A2tKUQC"

static void spotify_items_have_one_key(void **state)
{
    (void)state;
    static const char *const forms[] = {
        ID,
        "spotify:track:" ID,
        "SPOTIFY:Track:" ID,
        "spotify:track:" ID "?si=0123456789abcdef",
        "spotify://track/" ID,
        "spotify%3Atrack%3A" ID,
        "https://open.spotify.com/track/" ID,
        "https://open.spotify.com/track/" ID "?si=aa",
        "https://open.spotify.com/track/" ID "/",
        "https://open.spotify.com/track/" ID "/?si=aa&utm_source=copy-link",
        "https://open.spotify.com/track/" ID "#0:42",
        "http://open.spotify.com/track/" ID,
        "HTTPS://Open.Spotify.com/track/" ID,
        "open.spotify.com/track/" ID "?si=aa",
        "https://open.spotify.com/intl-de/track/" ID "?si=aa",
        "https://open.spotify.com/intl-pt-BR/track/" ID,
        "https://open.spotify.com/embed/track/" ID "?theme=0",
        "https://open.spotify.com/intl-de/embed/track/" ID,
        "https://play.spotify.com/track/" ID,
        "https://embed.spotify.com/?uri=spotify:track:" ID,
        "https://embed.spotify.com/?uri=spotify%3Atrack%3A" ID "&theme=white",
        "https://open.spotify.com/album/0000000000000000000001?highlight=spotify:track:" ID,
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        check_spotify(KEY_TRACK, forms[i], "spotify:track:" ID);
    check_spotify(KEY_ALBUM, "https://open.spotify.com/album/" ID "?si=x", "spotify:album:" ID);
    check_spotify(KEY_ARTIST, "open.spotify.com/intl-fr/artist/" ID, "spotify:artist:" ID);
    check_spotify(KEY_PLAYLIST, "https://open.spotify.com/playlist/" ID "?si=x", "spotify:playlist:" ID);
    check_spotify(KEY_PLAYLIST, "https://open.spotify.com/user/some.body/playlist/" ID, "spotify:playlist:" ID);
    check_spotify(KEY_PLAYLIST, "spotify:user:some%20body:playlist:" ID, "spotify:playlist:" ID);
}

static void other_texts_name_no_spotify_item(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "https://open.spotify.com/track/" ID "?si=x / the key of a title that is a link",
        "spotify:user:x:track:" ID,
        "4uLU6hMCjMI75M1A2tKUQ",
        "4uLU6hMCjMI75M1A2tKUQCx",
        "4uLU6hMCjMI75M1A2tKUQ-",
        "a title of 22 letters!",
        "spotify:track:",
        "spotify:track:" ID "x",
        "spotify:track:short",
        "spotify:album:" ID,
        "spotify:local:Artist:Album:" ID ":200",
        "spotify:episode:" ID,
        "https://open.spotify.com/",
        "https://open.spotify.com/track/",
        "https://open.spotify.com/track/short?si=aa",
        "https://open.spotify.com/album/" ID,
        "https://open.spotify.com/intl-de",
        "https://open.spotify.com.example.org/track/" ID,
        "https://example.org/?u=https://open.spotify.com/track/" ID,
        "https://musicbrainz.org/recording/" ID,
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check_spotify(KEY_TRACK, others[i], NULL);
}

static void check_names(enum key_kind kind, const char *title, const char *artist, const char *expected)
{
    struct buffer out = {0};
    key_add_names(kind, text_of(title), text_of(artist), &out);
    assert_string_equal(out.data, expected);
    buffer_free(&out);
}

static void names_make_keys(void **state)
{
    (void)state;
    check_names(KEY_TRACK, " HALO ", "Beyonc\xc3\x89", "halo / beyonc\xc3\xa9");
    check_names(KEY_ALBUM, "One", "Band", "one / band");
    check_names(KEY_ARTIST, "", "AC/DC", "ac/dc");
    check_names(KEY_TRACK, "a / b", "c", "a \\/ b / c"); /* not "a" by "b / c" */
    check_names(KEY_TRACK, "a", "b / c", "a / b / c");
    check_names(KEY_TRACK, "a\\", "b", "a\\\\ / b");
    check_names(KEY_TRACK, "AC/DC", "x", "ac/dc / x");
}

static void long_keys_differ_in_their_ends(void **state)
{
    (void)state;
    char a[901], b[901];
    memset(a, 'a', 900);
    a[900] = '\0';
    memcpy(b, a, sizeof b);
    b[899] = 'b';
    struct buffer x = {0}, y = {0};
    key_add_names(KEY_TRACK, text_of(a), text_of("artist"), &x);
    key_add_names(KEY_TRACK, text_of(b), text_of("artist"), &y);
    assert_true(x.size <= KEY_MAX && y.size <= KEY_MAX);
    assert_string_not_equal(x.data, y.data);
    buffer_free(&x);
    buffer_free(&y);
}

static void check_of_names(const char *id, bool expected)
{
    struct buffer scratch = {0};
    const struct text title = text_of("M\xc3\xa0"), artist = text_of("Band");
    if (key_is_of_names(KEY_TRACK, text_of(id), title, artist, &scratch) != expected)
        fail_msg("\"%s\" is %s", id, expected ? "taken for an id" : "taken for names");
    buffer_free(&scratch);
}

static void exported_keys_are_distinguished_from_ids(void **state)
{
    (void)state;
    check_of_names("m\xc3\xa0 / band", true);
    check_of_names("m\xc3\xa0 / band #2", true);
    check_of_names("ma / band", true); /* of 0.1 */
    check_of_names("m\xc3\xa1 / band", false);
    check_of_names("m\xc3\xa0 / band #", false);
    check_of_names("m\xc3\xa0 / band #2x", false);
    check_of_names("x", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spotify_items_have_one_key),
        cmocka_unit_test(other_texts_name_no_spotify_item),
        cmocka_unit_test(names_make_keys),
        cmocka_unit_test(long_keys_differ_in_their_ends),
        cmocka_unit_test(exported_keys_are_distinguished_from_ids),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
