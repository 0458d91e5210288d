#include "support.h"

#include <unistd.h>
#include <zlib.h>

#include "db/database.h"
#include "db/export/exporter.h"

static int64_t reason(const struct room *room, const char *text)
{
    for (int i = 0; i < room->report.n_reasons; i++)
        if (strstr(room->report.reasons[i].reason, text))
            return room->report.reasons[i].count;
    return 0;
}

static void nothing_came_in(struct room *room)
{
    assert_int_equal(counts_of(room).tracks, 0);
    assert_int_equal(counts_of(room).playlists, 0);
    check_is_well(room);
}

static char *title_of(struct room *room, int64_t id)
{
    struct track_list tracks;
    must(room, catalogue_tracks_read(room->catalogue, &id, 1, &tracks, &room->error));
    char *title = strdup(tracks.items[0].title);
    track_list_free(&tracks);
    return title;
}

static void reads_quotes_line_ends_and_delimiters(void **state)
{
    struct room *room = *state;
    must(room, room_import_csv(room, "a.csv",
                               "\xef\xbb\xbfplaylist;track;artist;album\r\n"
                               "\r\n"
                               "p;\"say \"\"hi\"\"; now\";X;\"two\nlines\"\r\n"
                               "p;\"12\"\" mix\";\"X\";\n"
                               "p;half \"quoted;X;"));
    assert_int_equal(room->report.entries, 3);
    assert_int_equal(room->report.new_albums, 1);
    char *title = title_of(room, 1);
    assert_string_equal(title, "say \"hi\"; now");
    free(title);
    title = title_of(room, 2);
    assert_string_equal(title, "12\" mix");
    free(title);
    must(room, room_import_csv(room, "b.tsv", "playlist\ttrack\tartist\nq\ta, b\tX\n"));
    title = title_of(room, 4);
    assert_string_equal(title, "a, b");
    free(title);
    check_is_well(room);
}

static void reads_gzip_and_tells_when_it_is_cut(void **state)
{
    struct room *room = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "playlist,track,artist\n");
    for (int i = 0; i < 20000; i++)
        buffer_printf(&text, "list %d,Song %d,Band %d\n", i % 50, i * 7919 % 4001, i * 31 % 97);
    char path[120];
    snprintf(path, sizeof path, "%s/a.csv.gz", room->folder);
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
    room_write(room, "cut.csv.gz", packed.data, packed.size / 2);
    assert_int_equal(import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error),
                     STATUS_BAD_DATA);
    nothing_came_in(room);
    packed.data[packed.size / 2] ^= 0x55;
    room_write(room, "harmed.csv.gz", packed.data, packed.size);
    assert_int_equal(import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error),
                     STATUS_BAD_DATA);
    nothing_came_in(room);
    buffer_free(&packed);
    must(room, import_csv(room->catalogue, path, &options, NULL, NULL, &room->report, &room->error));
    assert_int_equal(room->report.entries, 20000);
    assert_int_equal(counts_of(room).playlists, 50);
    check_is_well(room);
    must(room, import_csv(room->catalogue, path, &options, NULL, NULL, &room->report, &room->error));
    assert_int_equal(room->report.files_skipped, 1);
    assert_int_equal(counts_of(room).entries, 20000);
}

static void skips_rows_and_says_why(void **state)
{
    struct room *room = *state;
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
    must(room, room_import_csv(room, "a.csv", text.data));
    buffer_free(&text);
    assert_int_equal(room->report.entries, 4);
    assert_int_equal(room->report.skipped, 8);
    assert_int_equal(reason(room, "no track title"), 1);
    assert_int_equal(reason(room, "no artist"), 1);
    assert_int_equal(reason(room, "no playlist"), 1);
    assert_int_equal(reason(room, "no position"), 1);
    assert_int_equal(reason(room, "fewer fields"), 1);
    assert_int_equal(reason(room, "more fields"), 1);
    assert_int_equal(reason(room, "own:"), 1);
    assert_int_equal(reason(room, "longer than 65,536"), 1);
    assert_int_equal(reason(room, "a quote that begins"), 1);
    assert_int_equal(reason(room, "longer than 1,000"), 1);
    assert_int_equal(reason(room, "an invalid duration"), 1);
    assert_int_equal(reason(room, "an invalid release date"), 0); /* it has no album for the date */
    assert_int_equal(room->report.altered, 2);
    assert_int_equal(room->report.dropped, 1);
    assert_non_null(strstr(room->report.reasons[0].first, "a.csv, line 3"));
    int64_t *ids;
    size_t count;
    must(room, catalogue_playlist_entries(room->catalogue, 1, &ids, &count, &room->error));
    assert_int_equal(ids[0], 2); /* pos 0 */
    assert_int_equal(ids[1], 1);
    free(ids);
    char *title = title_of(room, 3);
    assert_string_equal(title, "\"D");
    free(title);
    title = title_of(room, 4);
    assert_int_equal(strlen(title), 1000);
    free(title);
    check_is_well(room);
}

static void refuses_what_is_no_table(void **state)
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
    struct room *room = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(room_import_csv(room, "a.csv", cases[i].text), STATUS_BAD_DATA);
        if (!strstr(room->error.text, cases[i].says))
            fail_msg("case %zu says: %s", i, room->error.text);
        nothing_came_in(room);
    }
    static const unsigned char nul[] = "playlist,track,artist\np,A\0B,X\n";
    const struct csv_options options = {0};
    room_write(room, "nul.csv", nul, sizeof nul - 1);
    assert_int_equal(import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error),
                     STATUS_BAD_DATA);
    assert_int_equal(reason(room, "a byte 0"), 1);
    assert_non_null(strstr(room->report.reasons[0].first, "line 2"));
    nothing_came_in(room);
    static const unsigned char later[] = "playlist,track,artist\np,A\0,X\np,B,X\n\0p,C,X\np,D,\0X\np,E,X\n";
    room_write(room, "later.csv", later, sizeof later - 1);
    must(room, import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error));
    assert_int_equal(room->report.entries, 2); /* the rows without one are unchanged */
    assert_int_equal(reason(room, "a byte 0"), 3);
    static const unsigned char head[] = "playlist,tr\0ack,artist\np,A,X\n";
    room_write(room, "head.csv", head, sizeof head - 1);
    assert_int_equal(import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error),
                     STATUS_BAD_DATA);
    check_is_well(room);
}

static void identity_without_ids(void **state)
{
    struct room *room = *state;
    must(room, room_import_csv(room, "a.csv",
                               "playlist,track,artist,album\n"
                               "p,Halo,Beyonc\xc3\xa9,One\n"
                               "p,HALO,BEYONCE\xcc\x81,One\n" /* the same track */
                               "p,Halo,Other,One\n"           /* another track, another album */
                               "q,a / b,c,\n"
                               "q,a,b / c,\n"));
    assert_int_equal(room->report.new_tracks, 4);
    assert_int_equal(room->report.new_albums, 2);
    assert_int_equal(room->report.repeats, 1);
    must(room, room_import_csv(room, "b.csv", "playlist,track,artist\np,New,Band\nr,Halo,Beyonce\n"));
    assert_int_equal(room->report.new_tracks, 1); /* Beyonce and Beyoncé are different names; New has no playlist */
    assert_int_equal(room->report.skipped, 1);    /* playlist p exists */
    assert_int_equal(reason(room, "already"), 1);
    assert_int_equal(room->report.playlists, 1);
    check_is_well(room);
}

static void spotify_songs_columns(void **state)
{
    struct room *room = *state;
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
    must(room, room_import_csv(room, "a.csv", text));
    int64_t id;
    must(room, catalogue_track_find(room->catalogue, "spotify:track:0r7CVbZTWZgbTCYdfa2P31", &id, &room->error));
    assert_int_equal(id, 1);
    struct album_list albums;
    must(room, catalogue_albums_read(room->catalogue, NULL, 0, &albums, &room->error));
    assert_int_equal(albums.count, 2);
    assert_int_equal(albums.items[0].year, 2019);
    assert_string_equal(albums.items[0].key, "spotify:album:63rPSO264uRjW1X5E6cWv6");
    album_list_free(&albums);
    char *title = title_of(room, 2);
    assert_string_equal(title, "[unknown]");
    free(title);
    assert_int_equal(reason(room, "(NA)"), 1);
    assert_int_equal(room->report.repeats, 1);
    int64_t pairs;
    must(room, database_integer(room->catalogue, "SELECT count(*) FROM playlist_genres", NULL, &pairs, &room->error));
    assert_int_equal(pairs, 2);
    check_is_well(room);
}

static void columns_by_map(void **state)
{
    struct room *room = *state;
    static const char text[] = "List,Song,By\np,A,X\n";
    struct csv_options options = {.map = "playlist=list,track=Song,artist=By"};
    room_write(room, "a.csv", text, sizeof text - 1);
    must(room, import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error));
    assert_int_equal(room->report.entries, 1);
    room_write(room, "b.csv", text, sizeof text - 1);
    static const char *const wrong[] = {"playlist", "playlist=", "=x", "nothing=List", "playlist=None"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.map = wrong[i];
        assert_int_equal(import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error),
                         STATUS_USAGE);
    }
}

/* Later rows or other files may add missing values; known ones are kept. */
static void later_rows_fill_in_what_is_missing(void **state)
{
    struct room *room = *state;
    must(room, room_import_csv(room, "first.csv",
                               "playlist,track,artist,album,seconds,popularity,release_date,energy\n"
                               "one,A,X,,,,,\n"
                               "one,B,X,Known,20,7,,0.5\n"
                               "two,A,X,Late,30,,,\n"));
    struct playlist_list playlists;
    must(room, catalogue_playlists_read(room->catalogue, false, 0, 0, &playlists, &room->error));
    assert_int_equal(playlists.items[0].duration_ms, 50000); /* its first row did not have it */
    playlist_list_free(&playlists);
    must(room, room_import_csv(room, "second.csv",
                               "playlist,track,artist,album,seconds,popularity,release_date,energy\n"
                               "three,A,X,Other,99,40,2001,0.25\n"
                               "three,B,X,Known,99,99,1999,0.9\n"));
    assert_int_equal(room->report.new_albums, 0); /* A has one: no other is created */
    struct track_list tracks;
    must(room, catalogue_tracks_read(room->catalogue, (const int64_t[]){1, 2}, 2, &tracks, &room->error));
    assert_string_equal(tracks.items[0].album, "Late");
    assert_int_equal(tracks.items[0].duration_ms, 30000);
    assert_int_equal(tracks.items[0].popularity, 40);
    assert_int_equal(tracks.items[0].year, 0);
    assert_int_equal(tracks.items[1].duration_ms, 20000);
    assert_int_equal(tracks.items[1].popularity, 7);
    assert_int_equal(tracks.items[1].year, 1999);
    track_list_free(&tracks);
    struct album_list albums;
    must(room, catalogue_albums_read(room->catalogue, NULL, 0, &albums, &room->error));
    assert_int_equal(albums.count, 2);
    assert_true(albums.items[0].audio[1] == 0.5F); /* Known */
    assert_true(albums.items[1].audio[1] == 0.25F);
    album_list_free(&albums);
    check_is_well(room);
}

static void export_comes_back(void **state)
{
    struct room *room = *state;
    must(room, room_import_csv(room, "a.csv",
                               "playlist,track,artist,album,seconds\n"
                               "\"my, list\",\"a \"\"b\"\", c\",X,One,1.6\n"
                               "\"my, list\",\"two\nlines\",\"Y, Z\",,\n"
                               "\"my, list\",\"a \"\"b\"\", c\",X,One,1.6\n"));
    struct buffer out = {0};
    must(room, export_playlist(room->catalogue, 1, &exporter_m3u8, false, &out, &room->error));
    assert_string_equal(out.data,
                        "#EXTM3U\n#PLAYLIST:my, list\n#EXTINF:2,X - a \"b\", c\na \"b\", c / x\n"
                        "#EXTINF:-1,Y, Z - two lines\ntwo lines / y, z\n#EXTINF:2,X - a \"b\", c\na \"b\", c / x\n");
    buffer_clear(&out);
    must(room, export_playlist(room->catalogue, 1, &exporter_uris, false, &out, &room->error));
    assert_string_equal(out.data, "a \"b\", c / x\ntwo lines / y, z\na \"b\", c / x\n");
    buffer_clear(&out);
    must(room, export_playlist(room->catalogue, 1, &exporter_csv, false, &out, &room->error));
    char before[33], after[33];
    must(room, catalogue_fingerprint(room->catalogue, 0, before, &room->error));
    catalogue_close(room->catalogue);
    char path[120];
    snprintf(path, sizeof path, "%s/second.db", room->folder);
    must(room, catalogue_open(path, CATALOGUE_CREATE, &room->catalogue, &room->error));
    must(room, room_import_csv(room, "back.csv", out.data));
    must(room, catalogue_fingerprint(room->catalogue, 0, after, &room->error));
    assert_string_equal(before, after);
    struct buffer again = {0};
    must(room, export_playlist(room->catalogue, 1, &exporter_csv, false, &again, &room->error));
    assert_string_equal(out.data, again.data);
    buffer_free(&out);
    buffer_free(&again);
    assert_int_equal(export_playlist(room->catalogue, 9, &exporter_csv, false, &out, &room->error), STATUS_FAILED);
}

static bool stop(struct progress *progress)
{
    (void)progress;
    return true;
}

static void stops_without_a_trace(void **state)
{
    struct room *room = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "playlist,track,artist\n");
    for (int i = 0; i < 3000; i++)
        buffer_printf(&text, "p,Song %d,X\n", i);
    room_write(room, "a.csv", text.data, text.size);
    struct progress progress = {.cancelled = stop};
    const struct csv_options options = {0};
    assert_int_equal(import_csv(room->catalogue, room->file, &options, NULL, &progress, &room->report, &room->error),
                     STATUS_INTERRUPTED);
    nothing_came_in(room);
    must(room, database_run(room->catalogue, "PRAGMA max_page_count = 70", &room->error));
    assert_int_equal(room_import_csv(room, "a.csv", text.data), STATUS_FAILED);
    assert_non_null(strstr(room->error.text, "full"));
    nothing_came_in(room);
    must(room, database_run(room->catalogue, "PRAGMA max_page_count = 100000", &room->error));
    must(room, room_import_csv(room, "a.csv", text.data));
    assert_int_equal(counts_of(room).tracks, 3000);
    check_is_well(room);
    buffer_free(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_room, teardown_room)
    const struct CMUnitTest tests[] = {
        TEST(reads_quotes_line_ends_and_delimiters),
        TEST(reads_gzip_and_tells_when_it_is_cut),
        TEST(skips_rows_and_says_why),
        TEST(refuses_what_is_no_table),
        TEST(identity_without_ids),
        TEST(spotify_songs_columns),
        TEST(columns_by_map),
        TEST(later_rows_fill_in_what_is_missing),
        TEST(export_comes_back),
        TEST(stops_without_a_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
