/* M3U playlists and the paths in them. */
#include "support.h"

#include "db/import/m3u.h"

static void read_text(struct fixture *fixture, const char *text, size_t size, struct m3u *m3u)
{
    fixture_write(fixture, "list.m3u", text, size);
    must(fixture, m3u_read(fixture->file, "list.m3u", m3u, &fixture->error));
}

static void entries_have_names_and_lines(void **state)
{
    struct fixture *fixture = *state;
    struct m3u m3u;
    static const char text[] =
        "\xef\xbb\xbf#EXTM3U\r\n#PLAYLIST: Rain \r\n#EXTINF:123,Ada - Song - Live\r\na.mp3\r\n\r\n"
        "# a comment\r\n  b c.mp3  \r\n#EXTINF:-1 logo=\"x,y\" ,Only a title\r\nd.mp3";
    read_text(fixture, text, sizeof text - 1, &m3u);
    assert_string_equal(m3u.name, "Rain");
    assert_int_equal(m3u.count, 3);
    assert_string_equal(m3u.entries[0].location, "a.mp3");
    assert_string_equal(m3u.entries[0].artist, "Ada");
    assert_string_equal(m3u.entries[0].title, "Song - Live");
    assert_int_equal(m3u.entries[0].line, 4);
    assert_string_equal(m3u.entries[1].location, "b c.mp3");
    assert_string_equal(m3u.entries[1].title, "");
    assert_int_equal(m3u.entries[1].line, 7);
    assert_string_equal(m3u.entries[2].title, "Only a title");
    assert_string_equal(m3u.entries[2].artist, "");
    m3u_free(&m3u);
}

static void encodings_are_recognised(void **state)
{
    struct fixture *fixture = *state;
    struct m3u m3u;
    static const char latin1[] = "Ch\xe9rie.mp3\n", utf8[] = "Ch\xc3\xa9rie.mp3\n";
    static const char utf16[] = "\xff\xfe"
                                "C\0h\0\xe9\0r\0i\0e\0.\0m\0p\0\x33\0\n\0";
    const struct {
        const char *text;
        size_t size;
    } files[] = {{latin1, sizeof latin1 - 1}, {utf8, sizeof utf8 - 1}, {utf16, sizeof utf16 - 1}};
    for (size_t i = 0; i < 3; i++) {
        read_text(fixture, files[i].text, files[i].size, &m3u);
        assert_string_equal(m3u.entries[0].location, "Ch\xc3\xa9rie.mp3");
        m3u_free(&m3u);
    }
    fixture_write(fixture, "list.m3u", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    assert_int_equal(m3u_read(fixture->file, "list.m3u", &m3u, &fixture->error), STATUS_BAD_DATA);
    m3u_free(&m3u);
}

static void locations_are_paths(void **state)
{
    (void)state;
    static const struct {
        const char *location, *path;
        enum m3u_form form;
    } cases[] = {
        {"a/b.mp3", "a/b.mp3", M3U_RELATIVE},
        {"..\\a\\b.mp3", "../a/b.mp3", M3U_RELATIVE},
        {"a/b\\c.mp3", "a/b\\c.mp3", M3U_RELATIVE}, /* a name with a back-slash */
        {"/music/a%20b.mp3", "/music/a%20b.mp3", M3U_ABSOLUTE},
        {"D:\\Music\\a.mp3", "D:/Music/a.mp3", M3U_ABSOLUTE},
        {"\\\\server\\share\\a.mp3", "//server/share/a.mp3", M3U_ABSOLUTE},
        {"file:///music/a%20b%C3%A9.mp3", "/music/a b\xc3\xa9.mp3", M3U_ABSOLUTE},
        {"file://host/music/a.mp3", "/music/a.mp3", M3U_ABSOLUTE},
        {"file:///C:/music/a.mp3", "C:/music/a.mp3", M3U_ABSOLUTE},
        {"file:/music/100%.mp3", "/music/100%.mp3", M3U_ABSOLUTE},
        {"file:///a%00b", "/a%00b", M3U_ABSOLUTE},
        {"What?://x.mp3", "What?://x.mp3", M3U_RELATIVE},
        {"http://radio/stream", NULL, M3U_RELATIVE},
        {"", NULL, M3U_RELATIVE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer path = {0};
        enum m3u_form form;
        print_message("# %s\n", cases[i].location);
        assert_int_equal(m3u_path(cases[i].location, &path, &form), cases[i].path != NULL);
        if (cases[i].path) {
            assert_string_equal(path.data, cases[i].path);
            assert_int_equal(form, cases[i].form);
        }
        buffer_free(&path);
    }
}

static void joined_paths_stay_inside(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *path, *joined;
    } cases[] = {
        {"", "a.mp3", "a.mp3"},
        {"lists/", "../a/./b.mp3", "a/b.mp3"},
        {"a/b/", "../../c.mp3", "c.mp3"},
        {"a/", "b//c.mp3", "a/b/c.mp3"},
        {"a/", "../../etc/passwd", NULL},
        {"", "..", NULL},
        {"a/", "..", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer joined = {0};
        assert_int_equal(m3u_join(cases[i].folder, cases[i].path, &joined), cases[i].joined != NULL);
        if (cases[i].joined)
            assert_string_equal(joined.data, cases[i].joined);
        buffer_free(&joined);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_have_names_and_lines, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(encodings_are_recognised, setup_fixture, teardown_fixture),
        cmocka_unit_test(locations_are_paths),
        cmocka_unit_test(joined_paths_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
