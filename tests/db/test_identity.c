#include "support.h"

#include <unistd.h>

#include "core/hash.h"
#include "core/random.h"
#include "core/text.h"
#include "db/database.h"
#include "db/export/exporter.h"
#include "db/keys.h"

static const char *first_of(const struct fixture *fixture, const char *reason)
{
    for (int i = 0; i < fixture->report.n_reasons; i++)
        if (strcmp(fixture->report.reasons[i].reason, reason) == 0)
            return fixture->report.reasons[i].first;
    return "";
}

static const char *detail_of(const struct fixture *fixture, const char *reason, int64_t count)
{
    for (int i = 0; i < fixture->report.n_reasons; i++)
        if (strcmp(fixture->report.reasons[i].reason, reason) == 0 && fixture->report.reasons[i].count == count)
            return fixture->report.reasons[i].detail;
    return "(not counted so)";
}

/* Imports a file without anything new. */
static void import_nothing(struct fixture *fixture, const char *name, const char *text)
{
    assert_int_equal(fixture_import_csv(fixture, name, text), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "nothing was imported"));
}

static int64_t track(struct fixture *fixture, const char *key)
{
    int64_t id;
    must(fixture, catalogue_track_find(fixture->catalogue, key, &id, &fixture->error));
    return id;
}

/* ---- a catalogue of version 0.1 ---- */

struct old_track {
    const char *title, *artist, *id; /* id NULL: a key made of names */
};

static void run(struct fixture *fixture, struct catalogue *old, const char *sql, int64_t id, const char *key,
                const char *name)
{
    sqlite3_stmt *statement;
    must(fixture, database_prepare(old, sql, &statement, &fixture->error));
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_text(statement, 2, key, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 3, name, -1, SQLITE_TRANSIENT);
    must(fixture, database_step_done(old, statement, "make an old catalogue", &fixture->error));
    sqlite3_finalize(statement);
}

static void run_first_migration(struct fixture *fixture, struct catalogue *old)
{
    static const char *const lines[] = {
#include "schema.inc"
        NULL,
    };
    const char *first[sizeof lines / sizeof *lines] = {NULL};
    for (size_t i = 0; lines[i] && strncmp(lines[i], "-- migration 2:", 15) != 0; i++)
        first[i] = lines[i];
    must(fixture, database_migrate(old, first, &fixture->error));
}

/* Each track has an artist and an album of its own number. */
static void make_old(struct fixture *fixture, const struct old_track *tracks, int count)
{
    catalogue_close(fixture->catalogue);
    unlink(fixture->db);
    struct catalogue old = {.path = fixture->db, .mode = CATALOGUE_CREATE};
    assert_int_equal(sqlite3_open(fixture->db, &old.db), SQLITE_OK);
    run_first_migration(fixture, &old);
    struct hash hash;
    hash_begin(&hash);
    for (int i = 0; i < count; i++) {
        struct text title = {tracks[i].title, strlen(tracks[i].title)};
        struct text artist = {tracks[i].artist, strlen(tracks[i].artist)};
        struct buffer key = {0}, album = {0};
        run(fixture, &old,
            "INSERT INTO artists SELECT ?1, ?2 || substr('#########', 1, count(*)), ?3 FROM artists WHERE"
            " name = ?3",
            i + 1, tracks[i].artist, tracks[i].artist);
        char lp[16];
        snprintf(lp, sizeof lp, "LP %d", i);
        buffer_printf(&album, "%s / %s", lp, tracks[i].artist);
        run(fixture, &old, "INSERT INTO albums (id, key, title, artist_id) VALUES (?1, ?2, ?3, ?1)", i + 1, album.data,
            lp);
        if (tracks[i].id)
            buffer_add_text(&key, tracks[i].id);
        else
            key_add_old_names(KEY_TRACK, title, artist, &key);
        run(fixture, &old, "INSERT INTO tracks (id, key, title, artist_id, album_id) VALUES (?1, ?2, ?3, ?1, ?1)",
            i + 1, key.data, tracks[i].title);
        database_hash_key(&hash, key.data, key.size);
        buffer_free(&key);
        buffer_free(&album);
    }
    char text[33], sql[300];
    hash_end(hash, text);
    snprintf(sql, sizeof sql,
             "UPDATE state SET hash_a = %lld, hash_b = %lld, hash_length = %lld, hash_tracks = %d;"
             "INSERT INTO fingerprints VALUES (%d, '%s');",
             (long long)hash.a, (long long)hash.b, (long long)hash.length, count, count, text);
    must(fixture, database_run(&old, sql, &fixture->error));
    sqlite3_close(old.db);
    must(fixture, catalogue_open(fixture->db, CATALOGUE_WRITE, &fixture->catalogue, &fixture->error));
}

static void old_tracks_are_found_by_new_imports(void **state)
{
    struct fixture *fixture = *state;
    static const struct old_track tracks[] = {
        {"Mà", "Band", NULL},
        {"Май", "Тест", NULL},
        {"Plain", "Band", NULL},
        {"Link", "Band", "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=aa"},
        {"Other", "Band", "local id / 7"},
    };
    make_old(fixture, tracks, 5);
    check_catalogue(fixture);
    char before[33], after[33];
    must(fixture, catalogue_fingerprint(fixture->catalogue, 5, before, &fixture->error));
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "playlist,track,artist,track_id\n"
                                     "p,MÀ,band,\n"
                                     "p,Май,ТЕСТ,\n"
                                     "p,plain,BAND,\n"
                                     "p,Link,Band,spotify:track:4uLU6hMCjMI75M1A2tKUQC\n"
                                     "p,Other,Band,local id / 7\n"
                                     "p,Ma,Band,\n" /* its key is the old key of another song */
                                     "p,Má,Band,\n"
                                     "p,маи,тест,\n"));
    assert_int_equal(fixture->report.new_tracks, 3);
    assert_int_equal(fixture->report.new_artists, 0);
    int64_t *ids;
    size_t count;
    must(fixture, catalogue_playlist_entries(fixture->catalogue, 1, &ids, &count, &fixture->error));
    static const int64_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8};
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ids[i], expected[i]);
    free(ids);
    must(fixture, catalogue_fingerprint(fixture->catalogue, 5, after, &fixture->error));
    assert_string_equal(before, after);
    check_catalogue(fixture);
    assert_int_equal(track(fixture, "ma / band"), 1); /* the old key refers to the old track */
    assert_int_equal(track(fixture, "mà / band"), 1);
    assert_int_equal(track(fixture, "ma / band #2"), 6);
    assert_int_equal(track(fixture, "MÁ / Band"), 7);
    assert_int_equal(track(fixture, "маи / тест"), 2);
    assert_int_equal(track(fixture, "май / тест"), 2);
    assert_int_equal(track(fixture, "4uLU6hMCjMI75M1A2tKUQC"), 4);
    assert_int_equal(track(fixture, "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=aa"), 4);
    int64_t album;
    must(fixture, catalogue_album_find(fixture->catalogue, "lp 2 / BAND", &album, &fixture->error));
    assert_int_equal(album, 3);

    /* Another import looks up all of them again; so does importing this catalogue's export. */
    must(fixture,
         fixture_import_csv(fixture, "b.csv", "playlist,track,artist\nq,Ma,Band\nq,ma,band\nq,Mà,Band\nq,маи,Тест\n"));
    assert_int_equal(fixture->report.new_tracks, 0);
    must(fixture, catalogue_playlist_entries(fixture->catalogue, 2, &ids, &count, &fixture->error));
    assert_int_equal(ids[0], 6);
    assert_int_equal(ids[2], 1);
    assert_int_equal(ids[3], 8);
    free(ids);
    struct buffer out = {0};
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_csv, false, &out, &fixture->error));
    memcpy(strstr(out.data, "p,0"), "r,0", 3);
    for (char *at = out.data; (at = strstr(at, "\np,"));)
        at[1] = 'r';
    must(fixture, fixture_import_csv(fixture, "c.csv", out.data));
    assert_int_equal(fixture->report.new_tracks, 0);
    must(fixture, catalogue_playlist_entries(fixture->catalogue, 3, &ids, &count, &fixture->error));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ids[i], expected[i]);
    free(ids);
    buffer_free(&out);
    check_catalogue(fixture);
}

static void old_artists_of_one_name_stay(void **state)
{
    struct fixture *fixture = *state;
    static const struct old_track tracks[] = {
        {"A", "K\xc3\xb6ln", NULL}, {"B", "Ko\xcc\x88ln", NULL}, {"C", "BAND", NULL}, {"D", "band", NULL}};
    make_old(fixture, tracks, 4);
    check_catalogue(fixture);
    must(fixture,
         fixture_import_csv(fixture, "a.csv",
                            "playlist,track,artist,album\np,E,KO\xcc\x88LN,\np,F,Band,\np,G,K\xc3\xb6ln,LP 0\n"));
    assert_int_equal(fixture->report.new_artists, 0);
    assert_int_equal(fixture->report.new_albums, 0);
    assert_int_equal(counts_of(fixture).artists, 4);
    check_catalogue(fixture);
}

static void keys_of_0_1_are_found_in_new_catalogues(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         fixture_import_csv(fixture, "a.csv", "playlist,track,artist\np,Halo,Beyonc\xc3\xa9\np,Mà,X\np,Má,X\n"));
    int64_t id;
    assert_int_equal(track(fixture, "halo / beyonce"), 0);
    must(fixture, catalogue_track_find_old(fixture->catalogue, "halo / beyonce", &id, &fixture->error));
    assert_int_equal(id, 1);
    assert_int_equal(catalogue_track_find_old(fixture->catalogue, "ma / x", &id, &fixture->error), STATUS_BAD_DATA);
    assert_non_null(strstr(fixture->error.text, "má / x"));
    must(fixture, catalogue_track_find_old(fixture->catalogue, "nothing / x", &id, &fixture->error));
    assert_int_equal(id, 0);
}

/* ---- messages ---- */

#define ID1 "spotify:track:0000000000000000000001"

static void ignored_metadata_are_reported(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "playlist,track,artist,album,seconds,track_id\n"
                                     "p,A,X,One,100,0000000000000000000001\n"
                                     "p,B,X,One,100,0000000000000000000001\n"
                                     "p,A,Y,One,100.4,0000000000000000000001\n"
                                     "p,C,X,One,200,0000000000000000000001\n"
                                     "p,A,X,Two,,0000000000000000000001\n"
                                     "p,a,X,ONE,100,0000000000000000000001\n"));
    assert_int_equal(fixture->report.new_tracks, 1);
    assert_int_equal(fixture->report.skipped, 0);
    assert_string_equal(detail_of(fixture, "same id, another title", 2), "kept 'A', ignored 'B'");
    assert_string_equal(first_of(fixture, "same id, another title"), "a.csv, line 3");
    assert_string_equal(detail_of(fixture, "same id, another artist", 1), "kept 'X', ignored 'Y'");
    assert_string_equal(detail_of(fixture, "same id, another album", 1), "kept 'One', ignored 'Two'");
    assert_string_equal(detail_of(fixture, "same id, another duration", 1), "kept '1:40', ignored '3:20'");
    assert_string_equal(detail_of(fixture, "the same title, written differently", 1), "kept 'A', ignored 'a'");
    assert_string_equal(detail_of(fixture, "the same album, written differently", 1), "kept 'One', ignored 'ONE'");
    must(fixture, fixture_import_csv(fixture, "b.csv", "playlist,track,artist,track_id\nq,Z,X," ID1 "\n"));
    assert_string_equal(detail_of(fixture, "same id, another title", 1), "kept 'A', ignored 'Z'");
    must(fixture,
         fixture_import_mpd(fixture, "mpd.slice.0-0.json",
                            "{\"playlists\":[{\"pid\":7,\"name\":\"m\",\"tracks\":[{\"pos\":0,\"track_uri\":\"" ID1
                            "\",\"track_name\":\"M\",\"artist_name\":\"X\",\"duration_ms\":100000}]}]}"));
    assert_string_equal(detail_of(fixture, "same id, another title", 1), "kept 'A', ignored 'M'");
    check_catalogue(fixture);
}

static void other_names_of_artists_and_albums_are_reported(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "playlist,track,artist,artist_id,album,album_id,playlist_id\n"
                                     "p,A,X,x,One,o,1\n"
                                     "renamed,B,Y,x,Two,o,1\n"));
    assert_string_equal(detail_of(fixture, "same artist id, another name", 1), "kept 'X', ignored 'Y'");
    assert_string_equal(detail_of(fixture, "same album id, another title", 1), "kept 'One', ignored 'Two'");
    assert_string_equal(detail_of(fixture, "same playlist id, another name", 1), "kept 'p', ignored 'renamed'");
}

static void playlists_with_the_same_name_are_reported(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "playlist,pos,track,artist\n"
                                     "k\xc3\xb6ln,1,A,X\nko\xcc\x88ln,2,B,X\nko\xcc\x88ln,1,C,X\nK\xc3\xb6ln,1,D,X\n"));
    assert_int_equal(fixture->report.playlists, 2);
    assert_string_equal(
        first_of(fixture, "a position that occurs twice in its playlist: both rows kept, in the order of the file"),
        "a.csv, line 4");
    import_nothing(fixture, "b.csv", "playlist,track,artist\nK\xc3\xb6ln,D,X\n");
    assert_string_equal(first_of(fixture, "its playlist is in the catalogue already"), "b.csv, line 2");
    import_nothing(fixture, "c.csv", "playlist,track,artist\nK\xc3\xb6ln,E,X\n");
    assert_string_equal(
        first_of(fixture, "its playlist is in the catalogue already, with other tracks: rename it to have both"),
        "c.csv, line 2");
    int64_t id;
    must(fixture, catalogue_playlist_find(fixture->catalogue, "ko\xcc\x88ln", &id, &fixture->error));
    assert_int_equal(id, 1);
    must(fixture,
         catalogue_playlist_find_named(fixture->catalogue, "K\xc3\x96LN", &id, &fixture->error) == STATUS_BAD_DATA
             ? STATUS_OK
             : STATUS_FAILED);
}

static void genres_in_other_spellings_are_one(void **state)
{
    struct fixture *fixture = *state;
    must(fixture,
         fixture_import_csv(fixture, "a.csv",
                            "playlist,track,artist,genre\np,A,X,R\xc3\xa9tro\nq,B,X,RE\xcc\x81TRO\nr,C,X,Retro\n"));
    int64_t genres;
    must(fixture, database_integer(fixture->catalogue, "SELECT count(*) FROM genres", NULL, &genres, &fixture->error));
    assert_int_equal(genres, 2);
    check_catalogue(fixture);
}

/* ---- round trips of exports ---- */

static const char *const pieces[] = {
    "a",
    "B",
    "\"",
    "\"\"",
    "'",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    " ",
    "  ",
    "=",
    "+1",
    "-",
    "@",
    "#",
    "sep=;",
    "\xef\xbb\xbf",
    "\x1b[31m",
    "\x07",
    "\x01",
    "\x7f",
    "\xc2\x85",
    "é",
    "e\xcc\x81",
    "ผ้า",
    "が",
    "か\xe3\x82\x99",
    "\xe2\x80\x8d",
    "\xe2\x80\xae",
    "👩‍👩‍👧",
    "/",
    " / ",
    "\\",
    "NA",
    "own:",
    "\xc2\xa0",
    "\xe2\x80\xa8",
    "\xef\xbc\x9d",
    "ß",
    "İ",
    "#EXTM3U",
    "\xe2\x80\x8b",
};

/* A text as an import stores it: trimmed, and not empty. */
static void add_odd(struct random *random, struct buffer *out)
{
    struct buffer text = {0};
    int count = 1 + (int)random_below(random, 6);
    for (int i = 0; i < count; i++)
        buffer_add_text(&text, pieces[random_below(random, sizeof pieces / sizeof *pieces)]);
    size_t begin = 0, end = text.size;
    while (begin < end && strchr(" \t\r\n", text.data[begin]))
        begin++;
    while (end > begin && strchr(" \t\r\n", text.data[end - 1]))
        end--;
    if (begin == end)
        buffer_add_text(out, "empty");
    else
        buffer_add(out, text.data + begin, end - begin);
    buffer_free(&text);
}

static void add_quoted(struct buffer *out, const char *text)
{
    buffer_add_byte(out, '"');
    for (; *text; text++)
        buffer_printf(out, *text == '"' ? "\"\"" : "%c", *text);
    buffer_add_byte(out, '"');
}

static void same_entries(struct fixture *fixture, int64_t a, int64_t b)
{
    int64_t *ids[2];
    size_t counts[2];
    must(fixture, catalogue_playlist_entries(fixture->catalogue, a, &ids[0], &counts[0], &fixture->error));
    must(fixture, catalogue_playlist_entries(fixture->catalogue, b, &ids[1], &counts[1], &fixture->error));
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(ids[0], ids[1], counts[0] * sizeof *ids[0]);
    free(ids[0]);
    free(ids[1]);
}

/* Exports a playlist, and imports it under another key into the same catalogue and unchanged into a new one. */
static void comes_back(struct fixture *fixture, int64_t id, bool spreadsheet)
{
    struct buffer out = {0}, again = {0}, other = {0};
    must(fixture, export_playlist(fixture->catalogue, id, &exporter_csv, spreadsheet, &out, &fixture->error));
    import_nothing(fixture, "same.csv", out.data);
    assert_int_equal(fixture->report.new_tracks + fixture->report.new_albums + fixture->report.new_artists, 0);
    assert_string_equal(first_of(fixture,
                                 "its playlist is in the catalogue already, with other tracks: rename it to have"
                                 " both"),
                        "");
    struct playlist_list playlist;
    struct track_list tracks;
    int64_t *ids;
    size_t count;
    must(fixture, catalogue_playlist_read(fixture->catalogue, id, &playlist, &fixture->error));
    must(fixture, catalogue_playlist_entries(fixture->catalogue, id, &ids, &count, &fixture->error));
    must(fixture, catalogue_tracks_read(fixture->catalogue, ids, count, &tracks, &fixture->error));
    char key[40];
    snprintf(key, sizeof key, "copy %d of %d", spreadsheet, (int)id);
    const struct exported copied = {
        .name = playlist.items[0].name, .id = key, .tracks = &tracks, .spreadsheet = spreadsheet};
    must(fixture, exporter_csv.write(&copied, &other, &fixture->error));
    must(fixture, fixture_import_csv(fixture, "copy.csv", other.data));
    assert_int_equal(fixture->report.new_tracks + fixture->report.new_albums + fixture->report.new_artists, 0);
    assert_int_equal(fixture->report.playlists, 1);
    int64_t copy;
    must(fixture, catalogue_playlist_find(fixture->catalogue, key, &copy, &fixture->error));
    same_entries(fixture, id, copy);
    free(ids);
    track_list_free(&tracks);
    playlist_list_free(&playlist);

    struct catalogue *first = fixture->catalogue;
    char path[120];
    snprintf(path, sizeof path, "%s/copy-%d-%d.db", fixture->folder, spreadsheet, (int)id);
    must(fixture, catalogue_open(path, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
    must(fixture, fixture_import_csv(fixture, "new.csv", out.data));
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_csv, spreadsheet, &again, &fixture->error));
    assert_string_equal(out.data, again.data);
    catalogue_close(fixture->catalogue);
    fixture->catalogue = first;
    buffer_free(&out);
    buffer_free(&again);
    buffer_free(&other);
}

static void odd_texts_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct random random;
    random_seed(&random, 7);
    for (int round = 0; round < 40; round++) {
        struct buffer text = {0}, name = {0}, field = {0};
        buffer_add_text(&text, "playlist,playlist_id,pos,track,artist,album,seconds,track_id\r\n");
        add_odd(&random, &name);
        for (int i = 0; i < 12; i++) {
            add_quoted(&text, name.data);
            buffer_printf(&text, ",p%d,%d", round, i);
            for (int k = 0; k < 3; k++) {
                buffer_clear(&field);
                if (k < 2 || random_below(&random, 2))
                    add_odd(&random, &field);
                buffer_add_byte(&text, ',');
                add_quoted(&text, field.data ? field.data : "");
            }
            buffer_printf(&text, ",%d,", 100 + i);
            buffer_clear(&field);
            if (random_below(&random, 4) == 0)
                add_odd(&random, &field);
            add_quoted(&text, field.data ? field.data : "");
            buffer_add_text(&text, "\r\n");
        }
        must(fixture, fixture_import_csv(fixture, "odd.csv", text.data));
        char key[16];
        int64_t id;
        snprintf(key, sizeof key, "p%d", round);
        must(fixture, catalogue_playlist_find(fixture->catalogue, key, &id, &fixture->error));
        comes_back(fixture, id, false);
        comes_back(fixture, id, true);
        struct buffer out = {0};
        must(fixture, export_playlist(fixture->catalogue, id, &exporter_m3u8, false, &out, &fixture->error));
        int lines = 0;
        for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n")) {
            const bool beside = strncmp(line, "#EXTALB:", 8) == 0 || strncmp(line, "#EXTART:", 8) == 0;
            if (line[0] == '#' && strncmp(line, "#EXTINF:", 8) != 0 && lines > 1 && !beside)
                fail_msg("a comment: %s", line);
            lines += !beside;
        }
        assert_int_equal(lines, 2 + 2 * 12);
        buffer_free(&out);
        buffer_free(&text);
        buffer_free(&name);
        buffer_free(&field);
    }
    check_catalogue(fixture);
}

static void own_playlists_come_back(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv", "playlist,track,artist\np,A,X\np,B,X\n"));
    static const char *const names[] = {"own:3", "plain", "p", "=1+1", "'", "''=x", "#x", "a\nb"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t id = 0;
        must(fixture, catalogue_own_playlist_save(fixture->catalogue, &id, names[i], (const int64_t[]){2, 1, 2}, 3,
                                                  &fixture->error));
        struct buffer out = {0}, again = {0};
        must(fixture, export_playlist(fixture->catalogue, id, &exporter_csv, true, &out, &fixture->error));
        char path[120];
        snprintf(path, sizeof path, "%s/own-%zu.db", fixture->folder, i);
        struct catalogue *first = fixture->catalogue;
        must(fixture, catalogue_open(path, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error));
        must(fixture, fixture_import_csv(fixture, "own.csv", out.data));
        struct playlist_list playlist;
        must(fixture, catalogue_playlist_read(fixture->catalogue, 1, &playlist, &fixture->error));
        assert_string_equal(playlist.items[0].name, names[i]);
        assert_int_equal(playlist.items[0].n_entries, 3);
        playlist_list_free(&playlist);
        catalogue_close(fixture->catalogue);
        fixture->catalogue = first;
        buffer_free(&out);
        buffer_free(&again);
    }
}

static void formulas_are_guarded(void **state)
{
    struct fixture *fixture = *state;
    must(fixture, fixture_import_csv(fixture, "a.csv",
                                     "playlist,track,artist,album\n"
                                     "p,=HYPERLINK(1),@x,+1\np,-2,'=y,\xc2\xa0=z\np,'plain,\xef\xbc\x9d"
                                     "1,a=b\n"));
    struct buffer out = {0};
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_csv, true, &out, &fixture->error));
    static const char *const guarded[] = {
        "\"'=HYPERLINK(1)\"", "\"'@x\"",  "\"'+1\"", "\"'-2\"",     "\"''=y\"", "\"'\xc2\xa0=z\"",
        "\"'\357\274\2351\"", ",'plain,", ",a=b,",   ",guarded\r\n"};
    for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++)
        if (!strstr(out.data, guarded[i]))
            fail_msg("%s is missing in\n%s", guarded[i], out.data);
    buffer_clear(&out);
    must(fixture, export_playlist(fixture->catalogue, 1, &exporter_csv, false, &out, &fixture->error));
    assert_null(strstr(out.data, "'="
                                 "H"));
    buffer_free(&out);
    /* Without the column an apostrophe is part of the text. */
    must(fixture, fixture_import_csv(fixture, "b.csv", "playlist,track,artist\nq,'=1,X\n"));
    assert_int_equal(track(fixture, "'=1 / x"), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fixture, teardown_fixture)
    const struct CMUnitTest tests[] = {
        TEST(old_tracks_are_found_by_new_imports),
        TEST(old_artists_of_one_name_stay),
        TEST(keys_of_0_1_are_found_in_new_catalogues),
        TEST(ignored_metadata_are_reported),
        TEST(other_names_of_artists_and_albums_are_reported),
        TEST(playlists_with_the_same_name_are_reported),
        TEST(genres_in_other_spellings_are_one),
        TEST(odd_texts_come_back),
        TEST(own_playlists_come_back),
        TEST(formulas_are_guarded),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
