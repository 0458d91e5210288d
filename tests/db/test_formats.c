/* Every row of the tables of exporters and importers. */
#include "support.h"

#include "db/export/exporter.h"
#include "db/import/importer.h"

static const char source[] = "playlist,track,artist,album,seconds\n"
                             "\"my, list\",\"a \"\"b\"\", c\",X,One,1.6\n"
                             "\"my, list\",\"two\nlines\",\"=Y, Z\",,\n"
                             "\"my, list\",#1,X,One,61\n";

/* The file of each exporter, plain and with guarded formulas (NULL: it does not take that). */
static const struct {
    const char *name, *plain, *guarded;
} files[] = {
    {"csv",
     "playlist,pos,track,artist,album,duration_ms,track_id,playlist_id\r\n"
     "\"my, list\",0,\"a \"\"b\"\", c\",X,One,1600,\"a \"\"b\"\", c / x\",\r\n"
     "\"my, list\",1,\"two\nlines\",\"=Y, Z\",,,\"two lines / =y, z\",\r\n"
     "\"my, list\",2,#1,X,One,61000,#1 / x,\r\n",
     "playlist,pos,track,artist,album,duration_ms,track_id,playlist_id,guarded\r\n"
     "\"my, list\",0,\"a \"\"b\"\", c\",X,One,1600,\"a \"\"b\"\", c / x\",,yes\r\n"
     "\"my, list\",1,\"two\nlines\",\"'=Y, Z\",,,\"two lines / =y, z\",,yes\r\n"
     "\"my, list\",2,#1,X,One,61000,#1 / x,,yes\r\n"},
    {"m3u8",
     "#EXTM3U\n#PLAYLIST:my, list\n#EXTINF:2,X - a \"b\", c\n#EXTALB:One\na \"b\", c / x\n"
     "#EXTINF:-1,=Y, Z - two lines\ntwo lines / =y, z\n#EXTINF:61,X - #1\n#EXTALB:One\n./#1 / x\n",
     NULL},
    {"xspf",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">\n"
     "  <title>my, list</title>\n  <trackList>\n"
     "    <track>\n      <title>a \"b\", c</title>\n      <creator>X</creator>\n      <album>One</album>\n"
     "      <duration>1600</duration>\n    </track>\n"
     "    <track>\n      <title>two&#10;lines</title>\n      <creator>=Y, Z</creator>\n    </track>\n"
     "    <track>\n      <title>#1</title>\n      <creator>X</creator>\n      <album>One</album>\n"
     "      <duration>61000</duration>\n    </track>\n"
     "  </trackList>\n</playlist>\n",
     NULL},
    {"jspf",
     "{\"playlist\":{\"title\":\"my, list\","
     "\"extension\":{\"https://musicbrainz.org/doc/jspf#playlist\":{\"public\":false}},\"track\":[\n"
     "{\"title\":\"a \\\"b\\\", c\",\"creator\":\"X\",\"album\":\"One\",\"duration\":1600,\"identifier\":[]}\n,"
     "{\"title\":\"two\\nlines\",\"creator\":\"=Y, Z\",\"identifier\":[]}\n,"
     "{\"title\":\"#1\",\"creator\":\"X\",\"album\":\"One\",\"duration\":61000,\"identifier\":[]}]}}\n",
     NULL},
    {"uris", "a \"b\", c / x\ntwo lines / =y, z\n#1 / x\n", NULL},
};

static void writes(struct fixture *fixture, const struct exporter *exporter, bool spreadsheet, const char *expected)
{
    struct buffer out = {0};
    must(fixture, export_playlist(fixture->catalogue, 1, exporter, spreadsheet, &out, &fixture->error));
    assert_string_equal(out.data, expected);
    buffer_free(&out);
}

static void exporters_write_their_files(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv", source));
    size_t known = sizeof files / sizeof *files;
    for (const struct exporter *const *at = exporters; *at; at++) {
        size_t i = 0;
        while (i < known && strcmp(files[i].name, (*at)->name) != 0)
            i++;
        if (i == known)
            fail_msg("no file is known of the exporter %s", (*at)->name);
        writes(fixture, *at, false, files[i].plain);
        assert_int_equal((*at)->guards, files[i].guarded != NULL);
        if ((*at)->guards)
            writes(fixture, *at, true, files[i].guarded);
        assert_int_equal((*at)->extension[0], '.');
        assert_true(*(*at)->help);
    }
}

static void exporters_are_found_by_name(void **state)
{
    struct fixture *fixture = *state;
    const struct exporter *exporter;
    for (const struct exporter *const *at = exporters; *at; at++) {
        must(fixture, exporter_find((*at)->name, false, &exporter, &fixture->error));
        assert_ptr_equal(exporter, *at);
        assert_int_equal(exporter_find((*at)->name, true, &exporter, &fixture->error),
                         (*at)->guards ? STATUS_OK : STATUS_USAGE);
        exporter_find("none", false, &exporter, &fixture->error);
        assert_non_null(strstr(fixture->error.text, (*at)->name));
    }
}

static void importers_are_found_by_name(void **state)
{
    struct fixture *fixture = *state;
    const struct importer *importer;
    static const char *const paths[2] = {"a", "b"};
    for (const struct importer *const *at = importers; *at; at++) {
        must(fixture, importer_find(importers, (*at)->name, &importer, &fixture->error));
        assert_ptr_equal(importer, *at);
        importer_find(importers, "none", &importer, &fixture->error);
        assert_non_null(strstr(fixture->error.text, (*at)->name));
        const struct import_input none = {.paths = paths}, two = {.paths = paths, .n_paths = 2};
        assert_int_equal(importer_check(*at, &none, &fixture->error), STATUS_USAGE);
        assert_int_equal(importer_check(*at, &two, &fixture->error), (*at)->many_paths ? STATUS_OK : STATUS_USAGE);
    }
}

/* An option that an importer does not take is refused, and so is a preset that it does not have. */
static void importers_check_their_options(void **state)
{
    struct fixture *fixture = *state;
    static const char *const path = "a";
    for (const struct importer *const *at = importers; *at; at++) {
        const struct import_input map = {.paths = &path, .n_paths = 1, .map = "track=x"};
        assert_int_equal(importer_check(*at, &map, &fixture->error),
                         importer_takes(*at, "map") ? STATUS_OK : STATUS_USAGE);
        struct import_input input = {.paths = &path, .n_paths = 1, .preset = "none"};
        assert_int_equal(importer_check(*at, &input, &fixture->error), STATUS_USAGE);
        assert_int_equal((*at)->preset != NULL, importer_takes(*at, "preset"));
        const struct import_preset *preset;
        for (size_t i = 0; (*at)->preset && (preset = (*at)->preset(i)); i++) {
            input.preset = preset->name;
            must(fixture, importer_check(*at, &input, &fixture->error));
        }
    }
    assert_true(importer_takes(&importer_csv, "map"));
    assert_false(importer_takes(&importer_csv, "ma"));
    assert_false(importer_takes(&importer_mpd, ""));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)
    const struct CMUnitTest tests[] = {
        TEST(exporters_write_their_files),
        TEST(exporters_are_found_by_name),
        TEST(importers_are_found_by_name),
        TEST(importers_check_their_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
