/* Exported playlists are the same after an import into an empty catalogue, whatever the texts contain; files that are
 * cut, damaged or hostile change nothing. */
#include "support.h"

#include "db/export/exporter.h"
#include "db/import/importer.h"
#include "db/playlists.h"

static const char source[] =
    "playlist,pos,track,artist,album,duration_ms,track_id\n"
    "\"odd & <list> \"\"1\"\"\",0,A - B - C,D - E,\"F, G\",1000,\n"
    "\"odd & <list> \"\"1\"\"\",1,<b>&amp;,'\"`,]]>,2000,spotify:track:0000000000000000000001\n"
    "\"odd & <list> \"\"1\"\"\",2,日本語,e\xcc\x81tude,🎉🎉,3000,\n"
    "\"odd & <list> \"\"1\"\"\",3,#EXTINF:1,#EXTM3U,%41%zz,4000,own id / 7\n"
    "\"odd & <list> \"\"1\"\"\",4,<b>&amp;,'\"`,]]>,2000,spotify:track:0000000000000000000001\n"
    "\"odd & <list> \"\"1\"\"\",5,same,names,one,5000,spotify:track:0000000000000000000002\n"
    "\"odd & <list> \"\"1\"\"\",6,same,names,two,5000,spotify:track:0000000000000000000003\n"
    "\"odd & <list> \"\"1\"\"\",7,[\"x\"],{\"y\":1},,,\n"
    "\"odd & <list> \"\"1\"\"\",8,C:\\a\\b.mp3,/x/../y,..,7000,\n";

/* Exporters of playlists and the importers that read their files. */
static const struct {
    const char *exporter, *importer, *file;
} pairs[] = {
    {"csv", "csv", "a.csv"},
    {"m3u8", "m3u", "a.m3u8"},
    {"xspf", "xspf", "a.xspf"},
    {"jspf", "jspf", "a.jspf"},
};

static enum status import_file(struct fixture *fixture, struct catalogue *catalogue, const char *format,
                               const struct import_input *how)
{
    const struct importer *importer;
    const char *const paths[1] = {fixture->file};
    struct import_input input = how ? *how : (struct import_input){0};
    input.paths = paths;
    input.n_paths = 1;
    enum status status = importer_find(importers, format, &importer, &fixture->error);
    return status == STATUS_OK ? importer->run(catalogue, &input, NULL, NULL, &fixture->report, &fixture->error)
                               : status;
}

static struct catalogue *open_other(struct fixture *fixture, const char *name)
{
    char path[200];
    struct catalogue *catalogue;
    snprintf(path, sizeof path, "%s/%s.db", fixture->folder, name);
    must(fixture, catalogue_open(path, CATALOGUE_CREATE, &catalogue, &fixture->error));
    return catalogue;
}

static void read_tracks(struct fixture *fixture, struct catalogue *catalogue, struct track_list *tracks)
{
    struct playlist_list playlists = {0};
    int64_t *ids;
    size_t count;
    must(fixture, catalogue_playlists_read(catalogue, false, 0, 0, &playlists, &fixture->error));
    assert_int_equal(playlists.count, 1);
    assert_string_equal(playlists.items[0].name, "odd & <list> \"1\"");
    must(fixture, catalogue_playlist_entries(catalogue, playlists.items[0].id, &ids, &count, &fixture->error));
    must(fixture, catalogue_tracks_read(catalogue, ids, count, tracks, &fixture->error));
    free(ids);
    playlist_list_free(&playlists);
}

static void exports_are_imported_again(void **state)
{
    struct fixture *fixture = *state;
    struct track_list before = {0};
    must(fixture, fixture_import_csv(fixture, "source.csv", source));
    read_tracks(fixture, fixture->catalogue, &before);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct exporter *exporter;
        struct buffer out = {0}, again = {0};
        struct track_list after = {0};
        must(fixture, exporter_find(pairs[i].exporter, false, &exporter, &fixture->error));
        must(fixture, export_playlist(fixture->catalogue, 1, exporter, false, &out, &fixture->error));
        fixture_write(fixture, pairs[i].file, out.data, out.size);
        struct catalogue *other = open_other(fixture, pairs[i].exporter);
        must(fixture, import_file(fixture, other, pairs[i].importer, NULL));
        assert_int_equal(fixture->report.skipped, 0);
        assert_int_equal(fixture->report.new_tracks, 8);
        read_tracks(fixture, other, &after);
        assert_int_equal(after.count, before.count);
        for (size_t row = 0; row < before.count; row++) {
            assert_string_equal(after.items[row].title, before.items[row].title);
            assert_string_equal(after.items[row].artist, before.items[row].artist);
            assert_string_equal(after.items[row].album, before.items[row].album);
            assert_int_equal(after.items[row].duration_ms, before.items[row].duration_ms);
        }
        if (strcmp(pairs[i].exporter, "m3u8") != 0) { /* which has no ids but addresses */
            must(fixture, export_playlist(other, 1, exporter, false, &again, &fixture->error));
            assert_string_equal(again.data, out.data);
        }
        track_list_free(&after);
        buffer_free(&out);
        buffer_free(&again);
        catalogue_close(other);
    }
    track_list_free(&before);
}

/* Every beginning of a file is refused, or imports what it contains; the catalogue stays valid. */
static void cut_files_change_nothing(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "source.csv", source));
    struct catalogue *other = open_other(fixture, "cut");
    for (size_t i = 2; i < sizeof pairs / sizeof *pairs; i++) {
        const struct exporter *exporter;
        struct buffer out = {0};
        must(fixture, exporter_find(pairs[i].exporter, false, &exporter, &fixture->error));
        must(fixture, export_playlist(fixture->catalogue, 1, exporter, false, &out, &fixture->error));
        for (size_t size = 0; size < out.size - 1; size += 1 + size / 40) {
            fixture_write(fixture, pairs[i].file, out.data, size);
            assert_int_equal(import_file(fixture, other, pairs[i].importer, NULL), STATUS_BAD_DATA);
        }
        buffer_free(&out);
    }
    struct catalogue_counts counts;
    must(fixture, catalogue_count(other, &counts, &fixture->error));
    assert_int_equal(counts.tracks, 0);
    assert_int_equal(counts.playlists, 0);
    catalogue_close(other);
}

static const struct {
    const char *importer, *text, *says;
} hostile[] = {
    {"xspf",
     "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
     "<playlist><trackList><track><title>&b;</title></track></trackList></playlist>",
     "line 1: it declares XML entities"},
    {"itunes",
     "<!DOCTYPE plist [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><plist><dict><key>Tracks</key>"
     "<string>&x;</string></dict></plist>",
     "declares XML entities"},
    {"xspf", "<playlist><trackList><track><title>a</trackList></playlist>", "not well-formed XML"},
    {"xspf", "<html><body>x</body></html>", "not an XSPF playlist"},
    {"xspf", "", "an empty file"},
    {"jspf", "<playlist/>", "not JSON"},
    {"jspf", "{\"playlist\":{\"track\":[{\"title\":\"a\",]}}", "not valid JSON"},
    {"jspf", "{\"playlist\":{\"title\":\"x\",\"track\":[]}}", "a playlist without tracks"},
    {"jspf", "{\"other\":1}", "there is no \"playlist\" in it"},
    {"itunes", "<playlist/>", "not a property list"},
    {"itunes", "<plist><dict><key>Playlists</key><array/></dict></plist>", "no playlist in it"},
    {"account-data", "{\"playlists\":[{\"name\":\"x\",\"items\":[{\"track\":null,\"episode\":{}}]}]}",
     "which is not music"},
    {"challenge", "{\"playlists\":[{\"pid\":1e999999,\"tracks\":[{\"track_uri\":\"x\"}]}]}", "nothing was imported"},
    {"m3u", "#EXTM3U\n#EXTINF:99999999999999999999,\n\n", "nothing was imported"},
};

static void hostile_files_are_refused(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        fixture_write(fixture, "hostile", hostile[i].text, strlen(hostile[i].text));
        const enum status status = import_file(fixture, fixture->catalogue, hostile[i].importer, NULL);
        if (status != STATUS_BAD_DATA || !strstr(fixture->error.text, hostile[i].says))
            fail_msg("%s: status %d, \"%s\" lacks \"%s\"", hostile[i].importer, (int)status, fixture->error.text,
                     hostile[i].says);
    }
    assert_int_equal(counts_of(fixture).tracks, 0);
    check_catalogue(fixture);
}

static void deep_nesting_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *importer, *open;
    } deep[] = {{"jspf", "{\"playlist\":"}, {"jspf", "["}, {"xspf", "<a>"}, {"itunes", "<plist><dict><key>a</key>"}};
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        struct buffer text = {0};
        for (int n = 0; n < 100000; n++)
            buffer_add_text(&text, deep[i].open);
        fixture_write(fixture, "deep", text.data, text.size);
        assert_int_equal(import_file(fixture, fixture->catalogue, deep[i].importer, NULL), STATUS_BAD_DATA);
        buffer_free(&text);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)
    const struct CMUnitTest tests[] = {
        TEST(exports_are_imported_again),
        TEST(cut_files_change_nothing),
        TEST(hostile_files_are_refused),
        TEST(deep_nesting_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
