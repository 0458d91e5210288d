/* Tables of other programs: Exportify's, numbers and dates in the notation of other countries, altered and dropped
 * values. */
#include "support.h"

#include "db/import/csv_values.h"

static int64_t reason(const struct fixture *fixture, const char *text)
{
    for (int i = 0; i < fixture->report.n_reasons; i++)
        if (strstr(fixture->report.reasons[i].reason, text))
            return fixture->report.reasons[i].count;
    return 0;
}

static struct track track_of(struct fixture *fixture, int64_t id)
{
    static struct track_list tracks;
    track_list_free(&tracks);
    must(fixture, catalogue_tracks_read(fixture->catalogue, &id, 1, &tracks, &fixture->error));
    return tracks.items[0];
}

/* The keys of all playlists, separated by ", ". */
static const char *playlists_of(struct fixture *fixture)
{
    static char names[400];
    struct playlist_list list;
    must(fixture, catalogue_playlists_read(fixture->catalogue, false, 0, 0, &list, &fixture->error));
    names[0] = '\0';
    for (size_t i = 0; i < list.count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i > 0 ? ", " : "", list.items[i].key);
    playlist_list_free(&list);
    return names;
}

static enum status import(struct fixture *fixture, const char *name, const char *text, enum csv_preset preset)
{
    const struct csv_options options = {.preset = preset};
    fixture_write(fixture, name, text, strlen(text));
    return import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error);
}

#define APP_HEADER                                                                                                     \
    "\"Track URI\",\"Track Name\",\"Artist URI(s)\",\"Artist Name(s)\",\"Album URI\",\"Album Name\","                  \
    "\"Album Artist URI(s)\",\"Album Artist Name(s)\",\"Album Release Date\",\"Album Image URL\",\"Disc Number\","     \
    "\"Track Number\",\"Track Duration (ms)\",\"Track Preview URL\",\"Explicit\",\"Popularity\",\"ISRC\","             \
    "\"Added By\",\"Added At\"\n"
#define APP_ROW                                                                                                        \
    "\"spotify:track:0000000000000000000001\",\"Lights\",\"spotify:artist:00000000000000000000A1, "                    \
    "spotify:artist:00000000000000000000A2\",\"Nova, The Ferrymen\",\"spotify:album:00000000000000000000B1\",\"Low\"," \
    "\"spotify:artist:00000000000000000000A1\",\"Nova\",\"2019-04-12\",\"\",\"1\",\"3\",\"201000\",\"\",\"false\","    \
    "\"41\",\"X\",\"u\",\"2021\"\n"

static void exportify_app(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         import(fixture, "Harbour mix.csv",
                APP_HEADER APP_ROW
                "\"spotify:local:Nova+Grey::Demo+4:188\",\"Demo 4\",\"\",\"Nova\",\"\",\"\",\"\",\"\",\"\",\"\","
                "\"0\",\"0\",\"188000\",\"\",\"\",\"0\",\"\",\"u\",\"2021\"\n"
                "\"spotify:local:::Only%20title:\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"0\",\"0\",\"\","
                "\"\",\"\",\"\",\"\",\"u\",\"2021\"\n"
                "\"\",\"No id\",\"\",\"10,000 Kites\",\"\",\"\",\"\",\"\",\"\",\"\",\"0\",\"0\",\"\",\"\",\"\","
                "\"\",\"\",\"u\",\"2021\"\n",
                CSV_AUTO));
    assert_int_equal(fixture->report.entries, 4);
    assert_int_equal(fixture->report.skipped, 0);
    assert_string_equal(playlists_of(fixture), "Harbour mix");
    struct track track = track_of(fixture, 1);
    assert_string_equal(track.artist, "Nova");
    assert_string_equal(track.key, "spotify:track:0000000000000000000001");
    assert_int_equal(track.year, 2019);
    assert_int_equal(track.duration_ms, 201000);
    assert_int_equal(track.popularity, 41);
    assert_int_equal(reason(fixture, "artists beyond the first"), 1);
    assert_string_equal(track_of(fixture, 2).title, "Demo 4");
    assert_string_equal(track_of(fixture, 3).title, "Only title");
    assert_string_equal(track_of(fixture, 3).artist, "[unknown]");
    assert_string_equal(track_of(fixture, 4).artist, "10,000 Kites");
    check_catalogue(fixture);
}

static void exportify_net_and_older_files(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         import(fixture, "night_swim.csv",
                "Track URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity,Explicit,"
                "Added By,Added At,Genres,Record Label,Danceability,Energy,Key,Loudness,Mode,Speechiness,"
                "Acousticness,Instrumentalness,Liveness,Valence,Tempo,Time Signature\n"
                "spotify:track:0000000000000000000003,Lantern,Night,\"Paper Boats,Nova\",2017-02-24,181533,44,"
                "false,u,2022,\"a,b\",L,0.513,0.887,0,-6.569,0,0.0566,0.135,0.00207,0.0997,0.512,117.481,4\n",
                CSV_EXPORTIFY));
    must(fixture,
         import(fixture, "older.csv.txt",
                "\xef\xbb\xbfSpotify ID,Artist IDs,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms)\n"
                "0000000000000000000004,00000000000000000000A1,Tide,Night,Paper Boats,2017,1000\n",
                CSV_AUTO));
    must(fixture, import(fixture, "of two.csv",
                         "Playlist;Track URI;Track Name;Artist Name(s)\n"
                         "one;spotify:track:0000000000000000000005;A;X\n"
                         "two;spotify:track:0000000000000000000006;B;X\n",
                         CSV_EXPORTIFY));
    assert_string_equal(playlists_of(fixture), "night_swim, older, one, two");
    assert_string_equal(track_of(fixture, 1).artist, "Paper Boats");
    assert_string_equal(track_of(fixture, 2).key, "spotify:track:0000000000000000000004");
    check_catalogue(fixture);
}

/* Headers of Exportify's Italian and German pages, of an unknown language, and of an older file with semicolons. */
static void exportify_in_other_languages(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         import(fixture, "it.csv",
                "\"URI della traccia\";\"Nome della traccia\";\"URI dell'artista\";\"Nome dell'artista\";"
                "\"Durata della traccia (ms)\";\"Popolarit\xc3\xa0\"\n"
                "\"spotify:track:0000000000000000000001\";\"Luce\";\"spotify:artist:1\";\"Nova\";\"201000\";\"7\"\n",
                CSV_AUTO));
    must(fixture, import(fixture, "de.csv",
                         "Track-URI,Track-Name,K\xc3\xbcnstler-URI(s),K\xc3\xbcnstlername(n),Album-Name\n"
                         "spotify:track:0000000000000000000002,Licht,spotify:artist:1,Nova,Tief\n",
                         CSV_AUTO));
    char unknown[1200] = "Adres utworu";
    for (int i = 1; i < 19; i++)
        snprintf(unknown + strlen(unknown), sizeof unknown - strlen(unknown), ",Kolumna %d", i);
    snprintf(unknown + strlen(unknown), sizeof unknown - strlen(unknown), "\n%s", APP_ROW);
    must(fixture, import(fixture, "pl.csv", unknown, CSV_AUTO));
    assert_string_equal(playlists_of(fixture), "it, de, pl");
    assert_string_equal(track_of(fixture, 1).title, "Luce");
    assert_int_equal(track_of(fixture, 1).popularity, 7);
    assert_string_equal(track_of(fixture, 2).album, "Tief");
    struct track_list tracks = {0};
    int64_t id = 0;
    must(fixture,
         catalogue_track_find(fixture->catalogue, "spotify:track:0000000000000000000001", &id, &fixture->error));
    assert_int_equal(id, 1);
    track_list_free(&tracks);
    check_catalogue(fixture);
}

static void numbers_of_other_countries(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, import(fixture, "euro.csv",
                         "playlist;pos;track;artist;album;seconds;popularity;release_date\n"
                         "p;1;A;X;One;201,4;41 %;24.02.2017\n"
                         "p;2;B;X;Two;3:21;\"41,0\";02/03/2018\n"
                         "p;3;C;X;Three;1:02:03;NaN;2019/05/01\n"
                         "p;4;D;X;Four;1.000,5;900;0000\n"
                         "p;5;E;X;Five;three;-;31/12/2016\n",
                         CSV_AUTO));
    static const int32_t wanted[5] = {201400, 201000, 3723000, 1000500, -1};
    static const int years[5] = {2017, 2018, 2019, 0, 2016};
    for (int i = 0; i < 5; i++) {
        struct track track = track_of(fixture, i + 1);
        assert_int_equal(track.duration_ms > 0 ? track.duration_ms : -1, wanted[i]);
        assert_int_equal(track.year, years[i]);
    }
    assert_int_equal(track_of(fixture, 1).popularity, 41);
    assert_int_equal(fixture->report.dropped, 2); /* three, 900 */
    assert_int_equal(fixture->report.altered, 1); /* 02/03/2018 */
    assert_int_equal(reason(fixture, "day and month"), 1);
    must(fixture, import(fixture, "tabs.tsv",
                         "playlist\ttrack\tartist\tduration_ms\nq\tF\tX\t201,400\nq\tG\tX\t201,4\nq\tH\tX\t180 500\n",
                         CSV_AUTO));
    assert_int_equal(reason(fixture, "an invalid duration"), 1); /* 201,400 is ambiguous */
    assert_int_equal(track_of(fixture, 8).duration_ms, 180500);
    check_catalogue(fixture);
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *date;
        enum csv_date read;
    } cases[] = {{"2017", "2017", DATE_READ},
                 {"2017-02", "2017-02", DATE_READ},
                 {"2017-2-4", "2017-02-04", DATE_READ},
                 {"2017-02-24T00:00:00Z", "2017-02-24", DATE_READ},
                 {"2017-00-00", "2017", DATE_READ},
                 {"24.2.2017", "2017-02-24", DATE_READ},
                 {"24/02/2017", "2017-02-24", DATE_READ},
                 {"02/24/2017", "2017-02-24", DATE_READ},
                 {"02/02/2017", "2017-02-02", DATE_READ},
                 {"02/03/2017", "2017", DATE_ONLY_YEAR},
                 {"0000-00-00", "", DATE_UNKNOWN},
                 {"", "", DATE_UNKNOWN},
                 {"null", "", DATE_UNKNOWN},
                 {"17", "", DATE_WRONG},
                 {"2017-13-01", "", DATE_WRONG},
                 {"2017-01-32", "", DATE_WRONG},
                 {"2017-", "", DATE_WRONG},
                 {"20170224", "", DATE_WRONG},
                 {"soon", "", DATE_WRONG},
                 {"1/2/3", "", DATE_WRONG},
                 {"99999", "", DATE_WRONG}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char date[DATE_SIZE];
        enum csv_date read = csv_date(cases[i].text, strlen(cases[i].text), date);
        if (read != cases[i].read ||
            ((read == DATE_READ || read == DATE_ONLY_YEAR) && strcmp(date, cases[i].date) != 0))
            fail_msg("%s: %d, %s", cases[i].text, read, date);
    }
}

static void first_of_several_artists(void **state)
{
    (void)state;
    static const struct {
        const char *names;
        int n_uris;
        const char *first;
        bool several, unclear;
    } cases[] = {{"Nova, The Ferrymen", 2, "Nova", true, false},
                 {"10,000 Kites", 1, "10,000 Kites", false, false},
                 {"10,000 Kites", 0, "10,000 Kites", false, false},
                 {"Earth, Wind & Fire", 1, "Earth, Wind & Fire", false, false},
                 {"Earth, Wind & Fire", 0, "Earth, Wind & Fire", false, false},
                 {"Earth, Wind & Fire, Nova", 2, "Earth, Wind & Fire, Nova", true, true},
                 {"Paper Boats,Nova", 0, "Paper Boats", true, false},
                 {"Paper Boats,Nova", 2, "Paper Boats", true, false},
                 {"A,B,C", 0, "A", true, false},
                 {"Tyler, The Creator;10,000 Kites", 0, "Tyler, The Creator", true, false},
                 {"Steins; Gate", 0, "Steins; Gate", false, false},
                 {"", 0, "", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool several, unclear;
        size_t size = csv_first_name(cases[i].names, strlen(cases[i].names), cases[i].n_uris, &several, &unclear);
        if (size != strlen(cases[i].first) || several != cases[i].several || unclear != cases[i].unclear)
            fail_msg("%s: %zu, %d, %d", cases[i].names, size, several, unclear);
    }
}

/* The first row of a table in an unknown language may be an episode. */
static void an_episode_stands_where_tracks_do(void **state)
{
    struct fixture *fixture = *state;
    char text[1600] = "Adres utworu";
    for (int i = 1; i < 19; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ",Kolumna %d", i);
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s",
             "\nspotify:episode:0000000000000000000009,Talk,,,,,,,,,0,0,1000,,false,0,,u,\n" APP_ROW);
    must(fixture, import(fixture, "pl.csv", text, CSV_AUTO));
    assert_int_equal(fixture->report.entries, 1);
    assert_int_equal(reason(fixture, "no artist"), 1);
    check_catalogue(fixture);
}

static void delimiters_behind_the_last_field(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, import(fixture, "a.csv", "playlist,track,artist\np,A,X,\np,B,X,,\np,C,X\np,D,X,,y\n", CSV_AUTO));
    assert_int_equal(fixture->report.entries, 3);
    assert_int_equal(reason(fixture, "more fields"), 1);
    must(fixture, import(fixture, "b.csv", "playlist,track,artist,,\nq,E,X,,\nq,F,X\nq,G\n", CSV_AUTO));
    assert_int_equal(fixture->report.entries, 2);
    assert_int_equal(reason(fixture, "fewer fields"), 1);
    check_catalogue(fixture);
}

static void words_for_none_are_no_ids(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, import(fixture, "a.csv",
                         "playlist,playlist_id,track,artist,track_id,artist_id,album,album_id\n"
                         "p,NA,A,X,nan,null,One,-\nq,NA,B,Y,nan,null,Two,-\n",
                         CSV_AUTO));
    assert_string_equal(playlists_of(fixture), "p, q");
    assert_int_equal(fixture->report.new_tracks, 2);
    assert_int_equal(fixture->report.new_artists, 2);
    assert_int_equal(fixture->report.new_albums, 2);
    assert_string_equal(track_of(fixture, 2).key, "b / y");
    check_catalogue(fixture);
}

static void one_playlist_in_several_spellings(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, import(fixture, "a.csv",
                         "playlist,playlist_id,track,artist\n"
                         "p,https://open.spotify.com/playlist/0000000000000000000001?si=a,A,X\n"
                         "p,https://open.spotify.com/playlist/0000000000000000000001?si=b,B,X\n"
                         "p,spotify:playlist:0000000000000000000001,C,X\np,0000000000000000000001,D,X\n",
                         CSV_AUTO));
    assert_string_equal(playlists_of(fixture), "0000000000000000000001");
    assert_int_equal(fixture->report.entries, 4);
    check_catalogue(fixture);
}

/* An export has the key of such a track in its id column. */
static void a_title_may_be_a_link(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, import(fixture, "a.csv",
                         "playlist,track,artist,track_id\n"
                         "p,spotify:local:a:b:c:1,X,spotify:local:a:b:c:1 / x\n"
                         "p,https://open.spotify.com/track/0000000000000000000001?si=a,X,"
                         "https://open.spotify.com/track/0000000000000000000001?si=a / x\n",
                         CSV_AUTO));
    assert_int_equal(fixture->report.dropped, 0);
    assert_string_equal(track_of(fixture, 1).key, "spotify:local:a:b:c:1 / x");
    assert_string_equal(track_of(fixture, 2).key, "https://open.spotify.com/track/0000000000000000000001?si=a / x");
    check_catalogue(fixture);
}

static void stray_quotes_cost_no_rows(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         import(fixture, "a.csv",
                "playlist,pos,track,artist\nM,1,\"Heroes,X\nM,2,Two,X\nM,3,12\",X\nM,4,\"multi\nline\",X\n", CSV_AUTO));
    assert_int_equal(fixture->report.entries, 4);
    assert_int_equal(reason(fixture, "a quote that begins"), 1);
    assert_string_equal(track_of(fixture, 1).title, "\"Heroes");
    assert_string_equal(track_of(fixture, 3).title, "12\"");
    assert_string_equal(track_of(fixture, 4).title, "multi\nline");
    /* The line with the stray quote may have a comma too many, and no field in common with the others. */
    must(fixture, import(fixture, "c.csv",
                         "track_id,track,artist,playlist\n1,\"Hello, Six,X,M\n2,Six,X,C\n3,Seven,X,C\n4,12\",X,C\n"
                         "5,\"Multi\nline, of, three\nmore\",X,C\n",
                         CSV_AUTO));
    assert_int_equal(fixture->report.entries, 4);
    assert_int_equal(fixture->report.skipped, 1);
    must(fixture, import(fixture, "b.tsv", "playlist\ttrack\tartist\nT\t\"Heroes\"\tX\nT\t12\" mix\tX\n", CSV_AUTO));
    assert_string_equal(track_of(fixture, 9).title, "\"Heroes\"");
    check_catalogue(fixture);
}

static void windows_1252_and_utf16(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, import(fixture, "a.csv",
                         "playlist,track,artist\nM,\xc9t\xe9,Caf\xe9 Noir\nM,\xc9t\xe8,Caf\xe8 Noir\n", CSV_AUTO));
    assert_int_equal(fixture->report.new_tracks, 2);
    assert_string_equal(track_of(fixture, 1).artist, "Caf\xc3\xa9 Noir");
    static const char utf16[] = "\xff\xfep\0l\0a\0y\0l\0i\0s\0t\0\t\0t\0r\0a\0c\0k\0\t\0a\0r\0t\0i\0s\0t\0\r\0\n\0"
                                "U\0\t\0\xe9\0\t\0X\0\r\0\n\0";
    const struct csv_options options = {0};
    fixture_write(fixture, "b.txt", utf16, sizeof utf16 - 1);
    must(fixture,
         import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error));
    assert_string_equal(track_of(fixture, 3).title, "\xc3\xa9");
    check_catalogue(fixture);
}

static void too_many_rows_are_refused_whole(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text = {0};
    buffer_add_text(&text, "playlist,track,artist\n");
    for (int i = 0; i <= IMPORT_PLAYLIST_TRACKS_MAX; i++)
        buffer_add_text(&text, "p,A,X\n");
    assert_int_equal(import(fixture, "a.csv", text.data, CSV_AUTO), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "line 100002"));
    assert_int_equal(counts_of(fixture).tracks, 0);
    text.data[text.size - 6] = 'q'; /* the last row belongs to another playlist */
    must(fixture, import(fixture, "b.csv", text.data, CSV_AUTO));
    assert_int_equal(fixture->report.entries, IMPORT_PLAYLIST_TRACKS_MAX + 1);
    buffer_free(&text);
    check_catalogue(fixture);
}

static void a_playlist_that_is_there_brings_nothing(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, import(fixture, "a.csv", "playlist,track,artist\np,A,X\n", CSV_AUTO));
    assert_int_equal(import(fixture, "b.csv", "playlist,track,artist\np,A,X\np,New,Y\n", CSV_AUTO), STATUS_BAD_DATA);
    assert_int_equal(reason(fixture, "with other tracks"), 2);
    assert_int_equal(counts_of(fixture).tracks, 1);
    must(fixture, import(fixture, "c.csv", "playlist,track,artist\np,A,X\nq,B,Y\n", CSV_AUTO));
    assert_int_equal(fixture->report.new_tracks, 1);
    must(fixture, import(fixture, "c.csv", "playlist,track,artist\np,A,X\nq,B,Y\n", CSV_AUTO));
    assert_int_equal(fixture->report.files_skipped, 1);
    check_catalogue(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exportify_app, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(exportify_net_and_older_files, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(exportify_in_other_languages, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(numbers_of_other_countries, setup_fixture, teardown_fixture),
        cmocka_unit_test(dates),
        cmocka_unit_test(first_of_several_artists),
        cmocka_unit_test_setup_teardown(an_episode_stands_where_tracks_do, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(delimiters_behind_the_last_field, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(words_for_none_are_no_ids, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(one_playlist_in_several_spellings, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(a_title_may_be_a_link, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(stray_quotes_cost_no_rows, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(windows_1252_and_utf16, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(too_many_rows_are_refused_whole, setup_fixture, teardown_fixture),
        cmocka_unit_test_setup_teardown(a_playlist_that_is_there_brings_nothing, setup_fixture, teardown_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
