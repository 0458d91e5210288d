/* `import library`: tracks, albums and covers of a folder of music files, and a second run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/import.h"
#include "core/lock_file.h"
#include "db/covers.h"
#include "db/export/exporter.h"
#include "db/summary.h"
#include "db/tracks.h"
#include "tests/app/music_files.h"
#include "tests/folder.h"
#include "tests/must.h"

struct world {
    char folder[TEST_FOLDER_MAX], music[TEST_FOLDER_MAX + 8], catalogue[TEST_FOLDER_MAX + 8];
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world || !test_folder_make(world->folder))
        return -1;
    snprintf(world->music, sizeof world->music, "%s/music", world->folder);
    snprintf(world->catalogue, sizeof world->catalogue, "%s/c.db", world->folder);
    *state = world;
    return mkdir(world->music, 0755);
}

static int end(void **state)
{
    struct world *world = *state;
    char command[TEST_FOLDER_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    free(world);
    return system(command);
}

static const char *at(const struct world *world, const char *path)
{
    static char whole[4][512];
    static int next;
    next = (next + 1) % 4;
    snprintf(whole[next], sizeof whole[next], "%s/%s", world->music, path);
    return whole[next];
}

static void put(const struct world *world, const char *path, const char *tags)
{
    music_write(at(world, path), tags, 60, NULL);
}

static enum status try_import(const struct world *world, const char *folder, struct app_import_result *result,
                              struct error *error)
{
    const char *const paths[] = {folder};
    const struct app_import_settings settings = {
        .catalogue = world->catalogue, .format = "library", .input = {.paths = paths, .n_paths = 1}, .threads = 2};
    return app_import(&settings, result, error);
}

static struct app_import_result import(const struct world *world)
{
    struct app_import_result result;
    struct catalogue *catalogue;
    must(try_import(world, world->music, &result, &error));
    must(catalogue_open(world->catalogue, CATALOGUE_READ, &catalogue, &error));
    must(catalogue_check(catalogue, &error));
    catalogue_close(catalogue);
    return result;
}

/* The rows of a query, columns separated by "|", rows by line ends. */
static const char *query(const struct world *world, const char *sql)
{
    static char text[8192];
    sqlite3 *db;
    sqlite3_stmt *rows;
    size_t size = 0;
    text[0] = '\0';
    assert_int_equal(sqlite3_open_v2(world->catalogue, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    while (sqlite3_step(rows) == SQLITE_ROW) {
        size += (size_t)snprintf(text + size, sizeof text - size, "%s", size > 0 ? "\n" : "");
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            const unsigned char *value = sqlite3_column_text(rows, i);
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", i > 0 ? "|" : "",
                                     value ? (const char *)value : "-");
        }
        assert_true(size < sizeof text);
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return text;
}

static const char albums[] =
    "SELECT b.title, a.name, (SELECT count(*) FROM library_files f WHERE f.album_id = b.id),"
    " b.release_date FROM albums b JOIN artists a ON a.id = b.artist_id ORDER BY b.title, b.id";

static void tags_become_tracks_and_albums(void **state)
{
    struct world *world = *state;
    put(world, "x/1.flac", "TITLE=One|ARTIST=Ada|ALBUM=First|TRACKNUMBER=1|DATE=2001-02-03|GENRE=Folk");
    put(world, "x/2.flac", "TITLE=Two|ARTIST=Ada|ARTIST=Bob|ALBUM=First|TRACKNUMBER=2|DATE=2010|ORIGINALDATE=2001");
    put(world, "3.flac", "TITLE=Three|ARTIST=Ada");
    const struct app_import_result result = import(world);
    assert_int_equal(result.report.files, 3);
    assert_int_equal(result.report.new_tracks, 3);
    assert_int_equal(result.report.dropped, 1);
    assert_int_equal(result.report.altered, 0);
    assert_string_equal(query(world, "SELECT key, duration_ms, album_id FROM tracks ORDER BY title"),
                        "one / ada|60000|1\nthree / ada|60000|-\ntwo / ada|60000|1");
    assert_string_equal(query(world, albums), "First|Ada|2|2001-02-03");
    assert_string_equal(query(world, "SELECT g.name FROM albums b JOIN genres g ON g.id = b.genre_id"), "Folk");
    assert_string_equal(query(world, "SELECT number, date, original_date, genre FROM library_files WHERE track_id ="
                                     " (SELECT id FROM tracks WHERE title = 'Two')"),
                        "2|2010|2001|-");
}

static void albums_are_found_without_album_artists(void **state)
{
    struct world *world = *state;
    put(world, "ada/first/1.flac", "TITLE=a|ARTIST=Ada|ALBUM=First");
    put(world, "ada/first/2.flac", "TITLE=b|ARTIST=Ada feat. Bob|ALBUM=First");
    put(world, "ada/first/3.flac", "TITLE=c|ARTIST=Ada & Cy|ALBUM=First");
    put(world, "ada/box/CD 1/1.flac", "TITLE=d|ARTIST=Ada|ALBUM=Box (Disc 1)");
    put(world, "ada/box/CD 2/1.flac", "TITLE=e|ARTIST=Ada|ALBUM=Box [CD2]");
    put(world, "hits/1.flac", "TITLE=f|ARTIST=Bob|ALBUM=Hits");
    put(world, "hits/2.flac", "TITLE=g|ARTIST=Cy|ALBUM=Hits");
    put(world, "hits/3.flac", "TITLE=h|ARTIST=Dee|ALBUM=Hits");
    put(world, "flat/1.flac", "TITLE=i|ARTIST=Bob|ALBUM=Mix|COMPILATION=1");
    put(world, "flat/2.flac", "TITLE=j|ARTIST=Bob|ALBUM=Own|ALBUMARTIST=Bob");
    put(world, "flat/3.flac", "TITLE=k|ARTIST=Cy|ALBUM=Own|ALBUMARTIST=Cy");
    put(world, "singles/1.flac", "TITLE=s|ARTIST=Ada|ALBUM=Best"); /* two albums of this title */
    put(world, "singles/2.flac", "TITLE=t|ARTIST=Ada ft. Bob|ALBUM=Best");
    put(world, "singles/3.flac", "TITLE=u|ARTIST=Bob|ALBUM=Best");
    put(world, "singles/4.flac", "TITLE=v|ARTIST=Cy");
    put(world, "singles/5.flac", "TITLE=w|ARTIST=Dee");
    put(world, "singles/6.flac", "TITLE=x|ARTIST=Dee|ALBUM=Own");
    put(world, "singles/7.flac", "TITLE=y|ARTIST=Dee|ALBUM=Own too");
    const struct app_import_result result = import(world);
    assert_int_equal(result.report.new_albums, 10);
    static const char some[] = "SELECT b.title, a.name, (SELECT count(*) FROM library_files f WHERE f.album_id = b.id)"
                               " FROM albums b JOIN artists a ON a.id = b.artist_id WHERE b.title <> 'Own too'"
                               " AND a.name <> 'Dee' ORDER BY b.title, a.name";
    assert_string_equal(query(world, some), "Best|Ada|2\nBest|Bob|1\nBox|Ada|2\nFirst|Ada|3\nHits|Various Artists|3\n"
                                            "Mix|Various Artists|1\nOwn|Bob|1\nOwn|Cy|1");
    put(world, "hits/4.flac", "TITLE=l|ARTIST=Eve|ALBUM=Hits"); /* on the album that its folder has */
    put(world, "ada/first/4.flac", "TITLE=m|ARTIST=Eve|ALBUM=First");
    put(world, "singles/8.flac", "TITLE=z|ARTIST=Bob|ALBUM=Best");
    assert_int_equal(import(world).report.new_albums, 0);
    assert_string_equal(query(world, some), "Best|Ada|2\nBest|Bob|2\nBox|Ada|2\nFirst|Ada|4\nHits|Various Artists|4\n"
                                            "Mix|Various Artists|1\nOwn|Bob|1\nOwn|Cy|1");
}

static void a_map_needs_no_playlists(void **state)
{
    struct world *world = *state;
    struct catalogue *catalogue;
    struct album_list list;
    put(world, "1.flac", "TITLE=a|ARTIST=Ada|ALBUM=First");
    put(world, "2.flac", "TITLE=b|ARTIST=Bob|ALBUM=Second");
    put(world, "3.flac", "TITLE=c|ARTIST=Bob|ALBUM=Third");
    put(world, "4.flac", "TITLE=d|ARTIST=Cy");
    import(world);
    must(catalogue_open(world->catalogue, CATALOGUE_READ, &catalogue, &error));
    must(catalogue_top_artist_albums(catalogue, 1, &list, &error));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].artist, "Bob");
    album_list_free(&list);
    must(catalogue_top_artist_albums(catalogue, 10, &list, &error));
    assert_int_equal(list.count, 3);
    album_list_free(&list);
    catalogue_close(catalogue);
    FILE *playlist = fopen(at(world, "p.m3u"), "w");
    assert_non_null(playlist);
    fputs("1.flac\n", playlist);
    fclose(playlist);
    import(world);
    must(catalogue_open(world->catalogue, CATALOGUE_READ, &catalogue, &error));
    must(catalogue_top_artist_albums(catalogue, 1, &list, &error)); /* entries come before albums */
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].artist, "Ada");
    album_list_free(&list);
    catalogue_close(catalogue);
}

static void writes_m3u8(const struct world *world, const char *expected)
{
    struct catalogue *catalogue;
    struct buffer out = {0};
    must(catalogue_open(world->catalogue, CATALOGUE_READ, &catalogue, &error));
    must(export_playlist(catalogue, 1, &exporter_m3u8, false, &out, &error));
    assert_string_equal(out.data, expected);
    buffer_free(&out);
    catalogue_close(catalogue);
}

static void exported_playlists_can_be_played(void **state)
{
    struct world *world = *state;
    char expected[2 * TEST_FOLDER_MAX + 200];
    put(world, "x/é.flac", "TITLE=a|ARTIST=Ada");
    put(world, "two\nlines.flac", "TITLE=b|ARTIST=Ada"); /* cannot be an entry */
    put(world, "3.flac", "TITLE=c|ARTIST=Ada");
    FILE *playlist = fopen(at(world, "p.m3u8"), "w");
    assert_non_null(playlist);
    fputs("x/é.flac\n#EXTINF:60,Ada - b\nnone.flac\n3.flac\n", playlist);
    fclose(playlist);
    import(world);
    snprintf(expected, sizeof expected,
             "#EXTM3U\n#PLAYLIST:p\n#EXTINF:60,Ada - a\n%s/x/é.flac\n#EXTINF:60,Ada - b\nb / ada\n"
             "#EXTINF:60,Ada - c\n%s/3.flac\n",
             world->music, world->music);
    writes_m3u8(world, expected);
    assert_int_equal(unlink(at(world, "3.flac")), 0);
    import(world);
    snprintf(expected, sizeof expected,
             "#EXTM3U\n#PLAYLIST:p\n#EXTINF:60,Ada - a\n%s/x/é.flac\n#EXTINF:60,Ada - b\nb / ada\n"
             "#EXTINF:60,Ada - c\nc / ada\n",
             world->music);
    writes_m3u8(world, expected);
}

static void names_replace_missing_tags(void **state)
{
    struct world *world = *state;
    put(world, "Ada/1999 - First/01 - One.flac", "");
    put(world, "Ada/1999 - First/CD2/02. Two.flac", "");
    put(world, "Bob - Second/Bob - Three.flac", "");
    put(world, "04 Four.flac", "");
    const struct app_import_result result = import(world);
    assert_int_equal(result.report.altered, 5); /* one without artist */
    assert_string_equal(query(world, "SELECT substr(key, -12) FROM tracks ORDER BY title"),
                        "04 Four.flac\none / ada\nthree / bob\ntwo / ada");
    assert_string_equal(query(world, albums), "First|Ada|2|1999\nSecond|Bob|1|-");
    assert_string_equal(query(world, "SELECT number, disc FROM library_files ORDER BY number"), "-|-\n1|-\n2|2\n4|-");
}

/* Of songs without artist only the path is known to differ. A second import finds them again. */
static void songs_without_artist_are_not_merged(void **state)
{
    struct world *world = *state;
    put(world, "a/theme.flac", "TITLE=Theme");
    put(world, "b/theme.flac", "TITLE=Theme");
    put(world, "c/theme.flac", "TITLE=Theme|ARTIST=Ada");
    put(world, "d/theme.flac", "TITLE=Theme|ARTIST=Ada");
    struct app_import_result result = import(world);
    assert_string_equal(query(world, "SELECT count(*) FROM tracks WHERE title = 'Theme'"), "3");
    assert_int_equal(result.report.library.merged, 1);
    bool named = false;
    for (int i = 0; i < result.report.n_reasons; i++)
        named = named || strstr(result.report.reasons[i].reason, "another file has");
    assert_true(named);
    put(world, "b/theme.flac", "TITLE=Theme|ALBUM=Later");
    result = import(world);
    assert_string_equal(query(world, "SELECT count(*) FROM tracks WHERE title = 'Theme'"), "3");
    assert_int_equal(result.report.library.merged, 0);
}

#define RECORDING "MUSICBRAINZ_TRACKID=00000000-0000-4000-8000-00000000000"
#define RELEASE "MUSICBRAINZ_ALBUMID=10000000-0000-4000-8000-00000000000"

static void ids_identify(void **state)
{
    struct world *world = *state;
    put(world, "a/1.flac", "TITLE=Song|ARTIST=Ada|ALBUM=A|" RECORDING "1|" RELEASE "1");
    put(world, "b/1.flac", "TITLE=Song|ARTIST=Ada|ALBUM=A|" RECORDING "2|" RELEASE "2");    /* live, another edition */
    put(world, "c/1.flac", "TITLE=Song (2001 remaster)|ARTIST=Ada|ALBUM=C|" RECORDING "1"); /* the first again */
    put(world, "d/1.flac", "TITLE=SONG|ARTIST=ada");                                        /* the first, untagged */
    put(world, "e/1.flac", "TITLE=Other|ARTIST=Ada|ALBUM=E|ISRC=GBAAA0100001");
    put(world, "f/1.flac", "TITLE=Other [mono]|ARTIST=Ada|ALBUM=F|ISRC=GB-AAA-01-00001");
    put(world, "f/2.flac", "TITLE=Third|ARTIST=Ada|ALBUM=F|ISRC=GB-AAA-01-00001"); /* a copied code, on one album */
    const struct app_import_result result = import(world);
    assert_int_equal(result.report.new_tracks, 4);
    assert_int_equal(result.report.library.merged, 3);
    assert_string_equal(query(world, "SELECT key FROM tracks ORDER BY id"),
                        "song / ada\nmusicbrainz:recording:00000000-0000-4000-8000-000000000002\nother / ada\n"
                        "third / ada");
    assert_string_equal(query(world, "SELECT key FROM albums ORDER BY id LIMIT 2"),
                        "a / ada\nmusicbrainz:release:10000000-0000-4000-8000-000000000002");
}

static void covers_come_from_files_and_folders(void **state)
{
    struct world *world = *state;
    struct buffer small = {0}, large = {0}, other = {0}, damaged = {0};
    music_picture(100, 10, &small);
    music_picture(300, 200, &large);
    music_picture(400, 90, &other);
    buffer_add(&damaged, large.data, large.size / 2);
    for (int i = 1; i <= 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "a/%d.flac", i); /* one picture in three files */
        music_write(at(world, path), "TITLE=t|ARTIST=Ada|ALBUM=A", i, &large);
    }
    music_write(at(world, "b/1.flac"), "TITLE=u|ARTIST=Ada|ALBUM=B", 1, &small); /* the folder's is larger */
    music_save(at(world, "b/Folder.png"), &other);
    music_write(at(world, "c/CD1/1.flac"), "TITLE=v|ARTIST=Ada|ALBUM=C", 1, NULL);
    music_save(at(world, "c/cover.png"), &other);
    music_write(at(world, "d/1.flac"), "TITLE=w|ARTIST=Ada|ALBUM=D", 1, &damaged);
    music_write(at(world, "g/1.flac"), "TITLE=w2|ARTIST=Ada|ALBUM=G", 1, &damaged); /* the folder has a sound one */
    music_save(at(world, "g/front.png"), &small);
    music_write(at(world, "e/1.flac"), "TITLE=x|ARTIST=Ada|ALBUM=E", 1, NULL);
    music_save(at(world, "e/holiday.png"), &other);
    music_write(at(world, "f/1.flac"), "TITLE=y|ARTIST=Ada|ALBUM=F1", 1, NULL); /* of which of the albums? */
    music_write(at(world, "f/2.flac"), "TITLE=z|ARTIST=Ada|ALBUM=F2", 1, NULL);
    music_save(at(world, "f/cover.png"), &other);
    const struct app_import_result first = import(world);
    assert_int_equal(first.report.library.covers_embedded, 1);
    assert_int_equal(first.report.library.covers_folder, 3);
    assert_int_equal(first.report.library.covers_none, 4);
    static const char colours[] =
        "SELECT b.title, c.colour FROM albums b LEFT JOIN cover_colours c ON c.album_id = b.id"
        " AND c.stored = 1 ORDER BY b.title";
    assert_string_equal(query(world, colours), "A|13158600\nB|5921370\nC|5921370\nD|-\nE|-\nF1|-\nF2|-\nG|657930");
    const struct app_import_result second = import(world);
    assert_int_equal(second.report.library.covers_embedded + second.report.library.covers_folder, 0);
    music_save(at(world, "e/cover.png"), &large); /* appears later */
    music_save(at(world, "c/cover.png"), &large); /* changes */
    const struct app_import_result third = import(world);
    assert_int_equal(third.report.library.covers_folder, 2);
    assert_int_equal(third.report.files, 0);
    assert_string_equal(query(world, colours),
                        "A|13158600\nB|5921370\nC|13158600\nD|-\nE|13158600\nF1|-\nF2|-\nG|657930");
    buffer_free(&small);
    buffer_free(&large);
    buffer_free(&other);
    buffer_free(&damaged);
}

static void other_covers_are_kept(void **state)
{
    struct world *world = *state;
    struct buffer picture = {0}, own = {0};
    struct catalogue *catalogue;
    music_picture(300, 200, &picture);
    music_picture(224, 50, &own);
    music_write(at(world, "a/1.flac"), "TITLE=t|ARTIST=Ada|ALBUM=A", 1, &picture);
    import(world);
    must(catalogue_open(world->catalogue, CATALOGUE_WRITE, &catalogue, &error));
    must(catalogue_cover_write(catalogue, 1, own.data, own.size, NULL, &error));
    catalogue_close(catalogue);
    music_write(at(world, "a/1.flac"), "TITLE=t|ARTIST=Ada|ALBUM=A|DATE=2001", 1, &picture);
    const struct app_import_result result = import(world);
    assert_int_equal(result.report.library.covers_kept, 1);
    char size[24];
    snprintf(size, sizeof size, "%zu", own.size);
    assert_string_equal(query(world, "SELECT length(image) FROM covers"), size);
    buffer_free(&picture);
    buffer_free(&own);
}

static void a_second_run_reads_what_changed(void **state)
{
    struct world *world = *state;
    put(world, "a/1.flac", "TITLE=One|ARTIST=Ada|ALBUM=A");
    put(world, "a/2.flac", "TITLE=Two|ARTIST=Ada|ALBUM=A");
    put(world, "a/3.flac", "TITLE=Three|ARTIST=Ada|ALBUM=A");
    put(world, "b/4.flac", "TITLE=Four|ARTIST=Ada|ALBUM=B");
    import(world);
    put(world, "a/2.flac", "TITLE=Two again|ARTIST=Ada|ALBUM=A"); /* another size */
    put(world, "a/5.flac", "TITLE=Five|ARTIST=Ada|ALBUM=A");
    assert_int_equal(unlink(at(world, "a/3.flac")), 0);
    assert_int_equal(rename(at(world, "b"), at(world, "c")), 0);
    const struct app_import_result second = import(world);
    assert_int_equal(second.report.files, 2);
    assert_int_equal(second.report.files_skipped, 2);
    assert_int_equal(second.report.library.moved, 1);
    assert_int_equal(second.report.library.missing, 1);
    assert_string_equal(query(world, "SELECT title FROM tracks ORDER BY id"), "One\nTwo\nThree\nFour\nTwo again\nFive");
    assert_string_equal(
        query(world, "SELECT path || '', missing FROM library_files WHERE track_id IN (3, 4) ORDER BY 1"),
        "a/3.flac|1\nc/4.flac|0");
    put(world, "a/3.flac", "TITLE=Three|ARTIST=Ada|ALBUM=A"); /* the disk is mounted again, with other times */
    const struct app_import_result third = import(world);
    assert_int_equal(third.report.files, 1);
    assert_int_equal(third.report.new_tracks, 0);
    assert_int_equal(third.report.library.merged, 0);
    const struct app_import_result fourth = import(world);
    assert_int_equal(fourth.report.files, 0);
    assert_int_equal(fourth.report.files_skipped, 5);
    assert_int_equal(fourth.report.library.missing + fourth.report.library.moved, 0);
}

static void write_list(const struct world *world, const char *path, const char *text)
{
    struct buffer bytes = {0};
    buffer_add_text(&bytes, text);
    music_save(at(world, path), &bytes);
    buffer_free(&bytes);
}

static const char lists[] = "SELECT p.key, p.name, hex(e.tracks) FROM playlists p JOIN playlist_entries e"
                            " ON e.playlist_id = p.id ORDER BY p.key";

static void m3u_files_become_playlists(void **state)
{
    struct world *world = *state;
    char text[600];
    put(world, "Ada/A/1 \xc3\xa9.flac", "TITLE=One|ARTIST=Ada|ALBUM=A");
    put(world, "Ada/A/2.flac", "TITLE=Two|ARTIST=Ada|ALBUM=A");
    put(world, "3.flac", "TITLE=Three|ARTIST=Bob"); /* track 1: files before folders */
    snprintf(text, sizeof text, "%s\n%s/Ada/A/2.flac\n../3.flac\n%s\n%s\n%s\nnone.mp3\nhttp://radio/\n",
             "../Ada/A/1 e\xcc\x81.flac", world->music, "file:///elsewhere/Ada/A/1%20%C3%A9.flac",
             "D:\\music\\ada\\a\\2.FLAC", "#EXTINF:1,bob - THREE\nlost.mp3");
    write_list(world, "lists/Rain.m3u8", text);
    write_list(world, "own:x.m3u", "#EXTM3U\n#PLAYLIST:Other\n3.flac\n3.flac\n");
    write_list(world, "Ada/A/empty.m3u", "#EXTM3U\n4.flac\n");
    const struct app_import_result first = import(world);
    assert_int_equal(first.report.playlists, 2);
    assert_int_equal(first.report.entries, 8);
    assert_int_equal(first.report.library.unmatched, 3);
    assert_int_equal(first.report.passed_over, 1);
    static const char rain[] = "lists/Rain.m3u8|Rain|020000000300000001000000020000000300000001000000";
    char expected[400];
    snprintf(expected, sizeof expected, "./own:x.m3u|Other|0100000001000000\n%s", rain);
    assert_string_equal(query(world, lists), expected);
    assert_int_equal(import(world).report.passed_over, 0);       /* nothing is read again */
    put(world, "Ada/A/4.flac", "TITLE=Four|ARTIST=Ada|ALBUM=A"); /* an entry appears */
    write_list(world, "own:x.m3u", "#PLAYLIST:Another\n3.flac\n");
    assert_int_equal(unlink(at(world, "Ada/A/2.flac")), 0);
    assert_int_equal(rename(at(world, "Ada/A/1 \xc3\xa9.flac"), at(world, "Ada/A/one.flac")), 0);
    const struct app_import_result second = import(world);
    assert_int_equal(second.report.playlists, 1);
    assert_int_equal(second.report.library.playlists_changed, 2);
    snprintf(expected, sizeof expected,
             "./own:x.m3u|Another|01000000\nAda/A/empty.m3u|empty|04000000\n"
             "lists/Rain.m3u8|Rain|03000000010000000300000001000000");
    assert_string_equal(query(world, lists), expected);
    assert_int_equal(unlink(at(world, "lists/Rain.m3u8")), 0);
    import(world);
    assert_string_equal(query(world, "SELECT count(*) FROM playlists"), "3");
}

static void a_folder_may_move(void **state)
{
    struct world *world = *state;
    struct app_import_result result;
    char moved[TEST_FOLDER_MAX + 16];
    put(world, "a/1.flac", "TITLE=One|ARTIST=Ada|ALBUM=A");
    put(world, "a/2.flac", "TITLE=Two|ARTIST=Ada|ALBUM=A");
    write_list(world, "list.m3u", "a/1.flac\na/2.flac\n");
    import(world);
    snprintf(moved, sizeof moved, "%s/elsewhere", world->folder);
    assert_int_equal(rename(world->music, moved), 0);
    must(try_import(world, moved, &result, &error));
    assert_int_equal(result.report.files, 0);
    assert_int_equal(result.report.files_skipped, 2);
    char command[200];
    snprintf(command, sizeof command, "cp -rp %s %s", moved, world->music); /* a copy is another folder */
    assert_int_equal(system(command), 0);
    result = import(world);
    assert_int_equal(result.report.library.merged, 2);
    assert_int_equal(result.report.playlists, 0);
    assert_string_equal(query(world, "SELECT count(*) FROM library_folders"), "2");
    assert_string_equal(query(world, "SELECT count(*), min(playlist_id) = max(playlist_id) FROM library_files"
                                     " WHERE playlist_id IS NOT NULL"),
                        "2|1");
}

static void files_that_cannot_be_opened_are_tried_again(void **state)
{
    struct world *world = *state;
    if (geteuid() == 0) /* may open everything */
        return;
    put(world, "1.flac", "TITLE=One|ARTIST=Ada");
    put(world, "2.flac", "TITLE=Two|ARTIST=Ada");
    assert_int_equal(chmod(at(world, "2.flac"), 0), 0);
    assert_int_equal(import(world).report.library.unreadable, 1);
    assert_int_equal(chmod(at(world, "2.flac"), 0600), 0);
    assert_int_equal(import(world).report.new_tracks, 1);
}

static void damaged_files_are_remembered(void **state)
{
    struct world *world = *state;
    struct buffer bytes = {0};
    put(world, "good.flac", "TITLE=One|ARTIST=Ada");
    buffer_add(&bytes, "fLaC\xff\xff\xff\xff........", 16);
    music_save(at(world, "cut.flac"), &bytes);
    buffer_clear(&bytes);
    music_save(at(world, "empty.mp3"), &bytes);
    const struct app_import_result first = import(world);
    assert_int_equal(first.report.library.unreadable, 2);
    assert_int_equal(first.report.passed_over, 2);
    assert_non_null(strstr(first.report.reasons[0].first, "cut.flac: damaged"));
    const struct app_import_result second = import(world);
    assert_int_equal(second.report.library.unreadable, 0);
    put(world, "cut.flac", "TITLE=Two|ARTIST=Ada");
    assert_int_equal(import(world).report.files, 1);
    buffer_free(&bytes);
}

static void other_folders_are_refused(void **state)
{
    struct world *world = *state;
    struct app_import_result result;
    struct error error;
    assert_int_equal(try_import(world, at(world, "none"), &result, &error), STATUS_BAD_DATA);
    assert_int_equal(try_import(world, world->music, &result, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "no music files"));
    put(world, "a.flac", "TITLE=One|ARTIST=Ada");
    assert_int_equal(try_import(world, at(world, "a.flac"), &result, &error), STATUS_BAD_DATA);
}

static void hostile_names_are_no_problem(void **state)
{
    struct world *world = *state;
    char deep[400] = "";
    put(world, "a/\xe9t\xe9.flac", "");             /* Latin-1 */
    put(world, "a/Ame\xcc\x81lie - Nage.flac", ""); /* decomposed */
    put(world, "a/\x1b[31m\n\t.flac", "TITLE=\x1b[2J|ARTIST=Ada");
    put(world, ".hidden/1.flac", "TITLE=No|ARTIST=Ada");
    put(world, "a/._1.flac", "TITLE=No|ARTIST=Ada");
    assert_int_equal(mkfifo(at(world, "a/pipe.flac"), 0600), 0);
    assert_int_equal(symlink("..", at(world, "a/loop")), 0);
    assert_int_equal(symlink("../a", at(world, "a/loop.flac")), 0);
    assert_int_equal(symlink("nowhere", at(world, "a/broken.mp3")), 0);
    for (int i = 0; i < 40; i++)
        snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "d/");
    snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "1.flac");
    put(world, deep, "TITLE=Deep|ARTIST=Ada");
    const struct app_import_result result = import(world);
    assert_int_equal(result.report.files, 3);
    assert_int_equal(result.report.passed_over, 5);
    assert_string_equal(
        query(world, "SELECT substr(key, -11) FROM tracks WHERE title <> char(27) || '[2J' ORDER BY id"),
        "ge / am\xc3\xa9lie\n/a/\xc3\xa9t\xc3\xa9.flac");
    assert_int_equal(import(world).report.files_skipped, 3);
}

static void links_to_folders_are_followed_once(void **state)
{
    struct world *world = *state;
    char outside[TEST_FOLDER_MAX + 32], inner[TEST_FOLDER_MAX + 48];
    put(world, "b/1.flac", "TITLE=One|ARTIST=Ada");
    put(world, "c/1.flac", "TITLE=Two|ARTIST=Ada");
    snprintf(outside, sizeof outside, "%s/outside", world->folder);
    snprintf(inner, sizeof inner, "%s/disc", outside);
    must(folder_make(outside, &error));
    assert_int_equal(rename(at(world, "c"), inner), 0);
    assert_int_equal(symlink(outside, at(world, "b/far")), 0);
    assert_int_equal(symlink(inner, at(world, "z")), 0); /* the same as b/far/disc */
    assert_int_equal(symlink("../b", at(world, "b/self")), 0);
    char back[TEST_FOLDER_MAX + 64];
    snprintf(back, sizeof back, "%s/back", inner);
    assert_int_equal(symlink(world->music, back), 0);
    assert_int_equal(symlink("b", at(world, "a")), 0); /* before b, which is read where it is */
    const struct app_import_result result = import(world);
    assert_int_equal(result.report.files, 2);
    assert_int_equal(result.report.passed_over, 4);
    assert_string_equal(query(world, "SELECT path || '' FROM library_files ORDER BY path"), "b/1.flac\nz/1.flac");
    assert_int_equal(import(world).report.files_skipped, 2);
}

static void two_at_a_time_are_refused(void **state)
{
    struct world *world = *state;
    struct app_import_result result;
    put(world, "a.flac", "TITLE=One|ARTIST=Ada");
    import(world);
    char path[TEST_FOLDER_MAX + 32];
    snprintf(path, sizeof path, "%s/c.data/library.lock", world->folder);
    struct lock_file lock;
    bool busy;
    must(lock_file_take(path, &lock, &busy, &error));
    assert_int_equal(try_import(world, world->music, &result, NULL), STATUS_FAILED);
    lock_file_release(&lock);
    import(world);
}

/* The catalogue without the numbers, which depend on where an import was stopped. */
static const char contents[] = "SELECT t.key, b.key, f.path || '', c.stored, length(v.image) FROM library_files f"
                               " JOIN tracks t ON t.id = f.track_id JOIN albums b ON b.id = f.album_id"
                               " LEFT JOIN library_covers c ON c.album_id = b.id AND c.pending = 0"
                               " LEFT JOIN covers v ON v.album_id = b.id ORDER BY f.path LIMIT 60";

/* The import in a program of its own: a forked one would talk to the decoders of this one, which a kill confuses. */
static pid_t start_import(const struct world *world)
{
    const pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_import_library", world->catalogue, world->music, (char *)NULL);
        _exit(127);
    }
    return child;
}

static int import_only(const char *catalogue, const char *music)
{
    struct world world = {0};
    struct app_import_result result;
    snprintf(world.catalogue, sizeof world.catalogue, "%s", catalogue);
    return (int)try_import(&world, music, &result, NULL);
}

static void a_killed_import_continues(void **state)
{
    struct world *world = *state;
    struct buffer picture = {0};
    char expected[8192];
    for (int i = 0; i < 600; i++) {
        char path[64], tags[128];
        if (i % 30 == 0) {
            buffer_clear(&picture);
            music_picture(240, (uint8_t)(i / 4), &picture);
        }
        snprintf(path, sizeof path, "%03d/%d.flac", i / 30, i);
        snprintf(tags, sizeof tags, "TITLE=Song %d|ARTIST=Artist %d|ALBUM=Album %d", i, i % 7, i / 30);
        music_write(at(world, path), tags, 1, &picture);
    }
    buffer_free(&picture);
    import(world);
    snprintf(expected, sizeof expected, "%s", query(world, contents));
    char remove[TEST_FOLDER_MAX + 32];
    for (int round = 0; round < 4; round++) {
        snprintf(remove, sizeof remove, "rm -rf %s/c.d*", world->folder);
        assert_int_equal(system(remove), 0);
        for (int tries = 0; tries < 3; tries++) {
            const pid_t child = start_import(world);
            usleep((useconds_t)(5000 + 9000 * round + 7000 * tries));
            kill(child, SIGKILL);
            waitpid(child, NULL, 0);
        }
        import(world);
        assert_string_equal(query(world, contents), expected);
        assert_string_equal(query(world, "SELECT count(*) FROM tracks"), "600");
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tags_become_tracks_and_albums, begin, end),
        cmocka_unit_test_setup_teardown(albums_are_found_without_album_artists, begin, end),
        cmocka_unit_test_setup_teardown(a_map_needs_no_playlists, begin, end),
        cmocka_unit_test_setup_teardown(exported_playlists_can_be_played, begin, end),
        cmocka_unit_test_setup_teardown(names_replace_missing_tags, begin, end),
        cmocka_unit_test_setup_teardown(songs_without_artist_are_not_merged, begin, end),
        cmocka_unit_test_setup_teardown(ids_identify, begin, end),
        cmocka_unit_test_setup_teardown(covers_come_from_files_and_folders, begin, end),
        cmocka_unit_test_setup_teardown(other_covers_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_second_run_reads_what_changed, begin, end),
        cmocka_unit_test_setup_teardown(m3u_files_become_playlists, begin, end),
        cmocka_unit_test_setup_teardown(a_folder_may_move, begin, end),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_opened_are_tried_again, begin, end),
        cmocka_unit_test_setup_teardown(damaged_files_are_remembered, begin, end),
        cmocka_unit_test_setup_teardown(other_folders_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(hostile_names_are_no_problem, begin, end),
        cmocka_unit_test_setup_teardown(links_to_folders_are_followed_once, begin, end),
        cmocka_unit_test_setup_teardown(two_at_a_time_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_killed_import_continues, begin, end),
    };
#ifdef __SANITIZE_THREAD__
    cmocka_set_test_filter("a_*"); /* slow there, and every import uses the same threads */
#endif
    return argc == 3 ? import_only(argv[1], argv[2]) : cmocka_run_group_tests(tests, NULL, NULL);
}
