#include "support.h"

#include <unistd.h>
#include <zlib.h>

#include "db/database.h"
#include "db/export/exporter.h"

static int64_t reason(const struct fixture *fixture, const char *text)
{
    for (int i = 0; i < fixture->report.n_reasons; i++)
        if (strstr(fixture->report.reasons[i].reason, text))
            return fixture->report.reasons[i].count;
    return 0;
}

static void check_nothing_imported(struct fixture *fixture)
{
    assert_int_equal(counts_of(fixture).tracks, 0);
    assert_int_equal(counts_of(fixture).playlists, 0);
    check_catalogue(fixture);
}

static char *title_of(struct fixture *fixture, int64_t id)
{
    struct track_list tracks;
    must(fixture, catalogue_tracks_read(fixture->catalogue, &id, 1, &tracks, &fixture->error));
    char *title = strdup(tracks.items[0].title);
    track_list_free(&tracks);
    return title;
}

static void reads_quotes_line_ends_and_delimiters(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "\xef\xbb\xbfplaylist;track;artist;album\r\n"
                                     "\r\n"
                                     "p;\"say \"\"hi\"\"; now\";X;\"two\nlines\"\r\n"
                                     "p;\"12\"\" mix\";\"X\";\n"
                                     "p;half \"quoted;X;"));
    assert_int_equal(fixture->report.entries, 3);
    assert_int_equal(fixture->report.new_albums, 1);
    char *title = title_of(fixture, 1);
    assert_string_equal(title, "say \"hi\"; now");
    free(title);
    title = title_of(fixture, 2);
    assert_string_equal(title, "12\" mix");
    free(title);
    must(fixture, fixture_import_csv(fixture, "b.tsv", "playlist\ttrack\tartist\nq\ta, b\tX\n"));
    title = title_of(fixture, 4);
    assert_string_equal(title, "a, b");
    free(title);
    check_catalogue(fixture);
}

static void reads_gzip_and_reports_a_cut_file(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "playlist,track,artist\n");
    for (int i = 0; i < 20000; i++)
        buffer_printf(&text, "list %d,Song %d,Band %d\n", i % 50, i * 7919 % 4001, i * 31 % 97);
    char path[120];
    snprintf(path, sizeof path, "%s/a.csv.gz", fixture->folder);
    gzFile file = gzopen(path, "wb");
    gzwrite(file, text.data, (unsigned)text.size);
    gzclose(file);
    buffer_free(&text);
    struct buffer packed = {0};
    FILE *stream = fopen(path, "rb");
    buffer_reserve(&packed, 1 << 20);
    packed.size = fread(packed.data, 1, 1 << 20, stream);
    fclose(stream);
    const struct csv_options options = {0};
    fixture_write(fixture, "cut.csv.gz", packed.data, packed.size / 2);
    assert_int_equal(
        import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error),
        STATUS_BAD_DATA);
    check_nothing_imported(fixture);
    packed.data[packed.size / 2] ^= 0x55;
    fixture_write(fixture, "harmed.csv.gz", packed.data, packed.size);
    assert_int_equal(
        import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error),
        STATUS_BAD_DATA);
    check_nothing_imported(fixture);
    buffer_free(&packed);
    must(fixture, import_csv(fixture->catalogue, path, &options, NULL, NULL, &fixture->report, &fixture->error));
    assert_int_equal(fixture->report.entries, 20000);
    assert_int_equal(counts_of(fixture).playlists, 50);
    check_catalogue(fixture);
    must(fixture, import_csv(fixture->catalogue, path, &options, NULL, NULL, &fixture->report, &fixture->error));
    assert_int_equal(fixture->report.files_skipped, 1);
    assert_int_equal(counts_of(fixture).entries, 20000);
}

static void skips_rows_and_says_why(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "playlist,pos,track,artist,album,seconds,release_date\n"
                           "p,1,A,X,,10,\n"    /* valid */
                           "p,2,,X,,10,\n"     /* no title */
                           "p,3,B,,,10,\n"     /* no artist */
                           ",4,B,X,,10,\n"     /* no playlist */
                           "p,x,B,X,,10,\n"    /* no position */
                           "p,6,B\n"           /* truncated row */
                           "p,7,B,X,,10,,,8\n" /* too many fields */
                           "own:1,8,B,X,,10,\n"
                           "p,0,C,X,,ten,2020-1\n" /* without its duration; comes first */
                           "p,9,\"D,X,,10,\n");
    buffer_add_text(&text, "p,10,");
    for (int i = 0; i < 70000; i++)
        buffer_add_byte(&text, 'x');
    buffer_add_text(&text, ",X,,10,\np,11,\"");
    for (int i = 0; i < 1200; i++)
        buffer_add_text(&text, "é");
    buffer_add_text(&text, "\",X,,10,\n");
    must(fixture, fixture_import_csv(fixture, "a.csv", text.data));
    buffer_free(&text);
    assert_int_equal(fixture->report.entries, 4);
    assert_int_equal(fixture->report.skipped, 8);
    assert_int_equal(reason(fixture, "no track title"), 1);
    assert_int_equal(reason(fixture, "no artist"), 1);
    assert_int_equal(reason(fixture, "no playlist"), 1);
    assert_int_equal(reason(fixture, "no position"), 1);
    assert_int_equal(reason(fixture, "fewer fields"), 1);
    assert_int_equal(reason(fixture, "more fields"), 1);
    assert_int_equal(reason(fixture, "own:"), 1);
    assert_int_equal(reason(fixture, "longer than 65,536"), 1);
    assert_int_equal(reason(fixture, "a quote that begins"), 1);
    assert_int_equal(reason(fixture, "longer than 1,000"), 1);
    assert_int_equal(reason(fixture, "an invalid duration"), 1);
    assert_int_equal(reason(fixture, "an invalid release date"), 0); /* it has no album for the date */
    assert_int_equal(fixture->report.altered, 2);
    assert_int_equal(fixture->report.dropped, 1);
    assert_non_null(strstr(fixture->report.reasons[0].first, "a.csv, line 3"));
    int64_t *ids;
    size_t count;
    must(fixture, catalogue_playlist_entries(fixture->catalogue, 1, &ids, &count, &fixture->error));
    assert_int_equal(ids[0], 2); /* pos 0 */
    assert_int_equal(ids[1], 1);
    free(ids);
    char *title = title_of(fixture, 3);
    assert_string_equal(title, "\"D");
    free(title);
    title = title_of(fixture, 4);
    assert_int_equal(strlen(title), 1000);
    free(title);
    check_catalogue(fixture);
}

static void refuses_other_files(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", "empty"},
        {"\xef\xbb\xbf", "empty"},
        {"playlist,track,artist\n", "no rows"},
        {"a,b,c\n1,2,3\n", "--map"},
        {"playlist,track,artist,Track \np,a,b,c\n", "several columns are called \"track\""},
        {"\n\n\n", "empty"},
        {"{\"playlists\":[]}", "JSON"},
        {"<!DOCTYPE html><html>\n<body>a,b</body>\n", "web page"},
        {"{ \"playlists\": [ { \"name\": \"x\", \"lastModifiedDate\": \"2023-05-01\" } ] }", "account data"},
        {"playlist,track,artist\n,A,B\np,,B\n", "none of its 2 rows could be used (no playlist)"},
        {"playlist,track,artist\np,caf\xc3\xa9,B\np,caf\xe9,B\n", "line 3"},
        {"PK\3\4\x14", "ZIP"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(fixture_import_csv(fixture, "a.csv", cases[i].text), STATUS_BAD_DATA);
        if (!strstr(fixture->error.text, cases[i].says))
            fail_msg("case %zu says: %s", i, fixture->error.text);
        check_nothing_imported(fixture);
    }
    static const unsigned char nul[] = "playlist,track,artist\np,A\0B,X\n";
    const struct csv_options options = {0};
    fixture_write(fixture, "nul.csv", nul, sizeof nul - 1);
    assert_int_equal(
        import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error),
        STATUS_BAD_DATA);
    assert_int_equal(reason(fixture, "a NUL byte"), 1);
    assert_non_null(strstr(fixture->report.reasons[0].first, "line 2"));
    check_nothing_imported(fixture);
    static const unsigned char later[] = "playlist,track,artist\np,A\0,X\np,B,X\n\0p,C,X\np,D,\0X\np,E,X\n";
    fixture_write(fixture, "later.csv", later, sizeof later - 1);
    must(fixture,
         import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error));
    assert_int_equal(fixture->report.entries, 2); /* the rows without one are unchanged */
    assert_int_equal(reason(fixture, "a NUL byte"), 3);
    static const unsigned char head[] = "playlist,tr\0ack,artist\np,A,X\n";
    fixture_write(fixture, "head.csv", head, sizeof head - 1);
    assert_int_equal(
        import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error),
        STATUS_BAD_DATA);
    check_catalogue(fixture);
}

static void identity_without_ids(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "playlist,track,artist,album\n"
                                     "p,Halo,Beyonc\xc3\xa9,One\n"
                                     "p,HALO,BEYONCE\xcc\x81,One\n" /* the same track */
                                     "p,Halo,Other,One\n"           /* another track, another album */
                                     "q,a / b,c,\n"
                                     "q,a,b / c,\n"));
    assert_int_equal(fixture->report.new_tracks, 4);
    assert_int_equal(fixture->report.new_albums, 2);
    assert_int_equal(fixture->report.repeats, 1);
    must(fixture, fixture_import_csv(fixture, "b.csv", "playlist,track,artist\np,New,Band\nr,Halo,Beyonce\n"));
    assert_int_equal(fixture->report.new_tracks, 1); /* Beyonce and Beyoncé are different names; New has no playlist */
    assert_int_equal(fixture->report.skipped, 1);    /* playlist p exists */
    assert_int_equal(reason(fixture, "already"), 1);
    assert_int_equal(fixture->report.playlists, 1);
    check_catalogue(fixture);
}

static void spotify_songs_columns(void **state)
{
    struct fixture *fixture = *state;
    static const char head[] = "track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,"
                               "track_album_release_date,playlist_name,playlist_id,playlist_genre,playlist_subgenre,"
                               "danceability,energy,key,duration_ms\n";
    char text[2000];
    snprintf(
        text, sizeof text,
        "%s0r7CVbZTWZgbTCYdfa2P31,Memories,Maroon "
        "5,67,63rPSO264uRjW1X5E6cWv6,Album,2019-12,Pop,37i9dQZF1DXcZDD7cfEKhW,pop,dance "
        "pop,0.5,NA,11,162600\n0r7CVbZTWZgbTCYdfa2P31,Memories,Maroon 5,67,63rPSO264uRjW1X5E6cWv6,Album,2019-12,Pop,"
        "37i9dQZF1DXcZDD7cfEKhW,edm,house,0.5,NA,11,162600\nx,NA,NA,0,y,NA,2012,Pop,37i9dQZF1DXcZDD7cfEKhW,edm,house,1,"
        "1,1,5\n",
        head);
    must(fixture, fixture_import_csv(fixture, "a.csv", text));
    int64_t id;
    must(fixture,
         catalogue_track_find(fixture->catalogue, "spotify:track:0r7CVbZTWZgbTCYdfa2P31", &id, &fixture->error));
    assert_int_equal(id, 1);
    struct album_list albums;
    must(fixture, catalogue_albums_read(fixture->catalogue, NULL, 0, &albums, &fixture->error));
    assert_int_equal(albums.count, 2);
    assert_int_equal(albums.items[0].year, 2019);
    assert_string_equal(albums.items[0].key, "spotify:album:63rPSO264uRjW1X5E6cWv6");
    album_list_free(&albums);
    char *title = title_of(fixture, 2);
    assert_string_equal(title, "[unknown]");
    free(title);
    assert_int_equal(reason(fixture, "(NA)"), 1);
    assert_int_equal(fixture->report.repeats, 1);
    int64_t pairs;
    must(fixture,
         database_integer(fixture->catalogue, "SELECT count(*) FROM playlist_genres", NULL, &pairs, &fixture->error));
    assert_int_equal(pairs, 2);
    check_catalogue(fixture);
}

static void columns_by_map(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "List,Song,By\np,A,X\n";
    struct csv_options options = {.map = "playlist=list,track=Song,artist=By"};
    fixture_write(fixture, "a.csv", text, sizeof text - 1);
    must(fixture,
         import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error));
    assert_int_equal(fixture->report.entries, 1);
    fixture_write(fixture, "b.csv", text, sizeof text - 1);
    static const char *const wrong[] = {"playlist", "playlist=", "=x", "nothing=List", "playlist=None"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.map = wrong[i];
        assert_int_equal(
            import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error),
            STATUS_USAGE);
    }
}

/* Later rows or other files may add missing values; known ones are kept. */
static void later_rows_fill_in_what_is_missing(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "first.csv",
                                     "playlist,track,artist,album,seconds,popularity,release_date,energy\n"
                                     "one,A,X,,,,,\n"
                                     "one,B,X,Known,20,7,,0.5\n"
                                     "two,A,X,Late,30,,,\n"));
    struct playlist_list playlists;
    must(fixture, catalogue_playlists_read(fixture->catalogue, false, 0, 0, &playlists, &fixture->error));
    assert_int_equal(playlists.items[0].duration_ms, 50000); /* its first row did not have it */
    playlist_list_free(&playlists);
    must(fixture, fixture_import_csv(fixture, "second.csv",
                                     "playlist,track,artist,album,seconds,popularity,release_date,energy\n"
                                     "three,A,X,Other,99,40,2001,0.25\n"
                                     "three,B,X,Known,99,99,1999,0.9\n"));
    assert_int_equal(fixture->report.new_albums, 0); /* A has one: no other is created */
    struct track_list tracks;
    must(fixture, catalogue_tracks_read(fixture->catalogue, (const int64_t[]){1, 2}, 2, &tracks, &fixture->error));
    assert_string_equal(tracks.items[0].album, "Late");
    assert_int_equal(tracks.items[0].duration_ms, 30000);
    assert_int_equal(tracks.items[0].popularity, 40);
    assert_int_equal(tracks.items[0].year, 0);
    assert_int_equal(tracks.items[1].duration_ms, 20000);
    assert_int_equal(tracks.items[1].popularity, 7);
    assert_int_equal(tracks.items[1].year, 1999);
    track_list_free(&tracks);
    struct album_list albums;
    must(fixture, catalogue_albums_read(fixture->catalogue, NULL, 0, &albums, &fixture->error));
    assert_int_equal(albums.count, 2);
    assert_true(albums.items[0].audio[1] == 0.5F); /* Known */
    assert_true(albums.items[1].audio[1] == 0.25F);
    album_list_free(&albums);
    check_catalogue(fixture);
}

static void export_comes_back(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "playlist,track,artist,album,seconds\n"
                                     "\"my, list\",\"a \"\"b\"\", c\",X,One,1.6\n"
                                     "\"my, list\",\"two\nlines\",\"Y, Z\",,\n"
                                     "\"my, list\",\"a \"\"b\"\", c\",X,One,1.6\n"));
    struct buffer out = {0};
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_m3u8, false, &out, &fixture->error));
    assert_string_equal(
        out.data,
        "#EXTM3U\n#PLAYLIST:my, list\n#EXTINF:2,X - a \"b\", c\n#EXTALB:One\na \"b\", c / x\n"
        "#EXTINF:-1,Y, Z - two lines\ntwo lines / y, z\n#EXTINF:2,X - a \"b\", c\n#EXTALB:One\na \"b\", c / x\n");
    buffer_clear(&out);
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_uris, false, &out, &fixture->error));
    assert_string_equal(out.data, "a \"b\", c / x\ntwo lines / y, z\na \"b\", c / x\n");
    buffer_clear(&out);
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_csv, false, &out, &fixture->error));
    char before[33], after[33];
    must(fixture, catalogue_fingerprint(fixture->catalogue, 0, before, &fixture->error));
    catalogue_close(fixture->catalogue);
    char path[120];
    snprintf(path, sizeof path, "%s/second.db", fixture->folder);
    must(fixture, catalogue_open(path, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
    must(fixture, fixture_import_csv(fixture, "back.csv", out.data));
    must(fixture, catalogue_fingerprint(fixture->catalogue, 0, after, &fixture->error));
    assert_string_equal(before, after);
    struct buffer again = {0};
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_csv, false, &again, &fixture->error));
    assert_string_equal(out.data, again.data);
    buffer_free(&out);
    buffer_free(&again);
    assert_int_equal(export_playlist(fixture->catalogue, 9, &exporter_csv, false, &out, &fixture->error),
                     STATUS_FAILED);
}

static bool stop(struct progress *progress)
{
    (void)progress;
    return true;
}

static void stops_without_a_trace(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "playlist,track,artist\n");
    for (int i = 0; i < 3000; i++)
        buffer_printf(&text, "p,Song %d,X\n", i);
    fixture_write(fixture, "a.csv", text.data, text.size);
    struct progress progress = {.cancelled = stop};
    const struct csv_options options = {0};
    assert_int_equal(
        import_csv(fixture->catalogue, fixture->file, &options, NULL, &progress, &fixture->report, &fixture->error),
        STATUS_INTERRUPTED);
    check_nothing_imported(fixture);
    must(fixture, database_run(fixture->catalogue, "PRAGMA max_page_count = 70", &fixture->error));
    assert_int_equal(fixture_import_csv(fixture, "a.csv", text.data), STATUS_FAILED);
    assert_non_null(strstr(fixture->error.text, "full"));
    check_nothing_imported(fixture);
    must(fixture, database_run(fixture->catalogue, "PRAGMA max_page_count = 100000", &fixture->error));
    must(fixture, fixture_import_csv(fixture, "a.csv", text.data));
    assert_int_equal(counts_of(fixture).tracks, 3000);
    check_catalogue(fixture);
    buffer_free(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)
    const struct CMUnitTest tests[] = {
        TEST(reads_quotes_line_ends_and_delimiters),
        TEST(reads_gzip_and_reports_a_cut_file),
        TEST(skips_rows_and_says_why),
        TEST(refuses_other_files),
        TEST(identity_without_ids),
        TEST(spotify_songs_columns),
        TEST(columns_by_map),
        TEST(later_rows_fill_in_what_is_missing),
        TEST(export_comes_back),
        TEST(stops_without_a_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
