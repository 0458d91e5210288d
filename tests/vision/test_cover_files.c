/* Matching images to albums: by key, by name, by folders, by a map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/pool.h"
#include "db/import/import.h"
#include "vision/cover_files.h"

struct world {
    char folder[64];
    struct catalogue *catalogue;
    int n_messages;
};

/* Album n has number n. */
static const char songs[] = "playlist,pos,track,artist,album,album_id\n"
                            "P,1,T1,AC/DC,Back in Black,\n"
                            "P,2,T2,Sigur Rós,Ágætis byrjun,\n"
                            "P,3,T3,Queen,Greatest Hits,\n"
                            "P,4,T4,ABBA,Greatest Hits,\n"
                            "P,5,T5,Prince,1999,\n"
                            "P,6,T6,!!!,?\?\?,\n"
                            "P,7,T7,Ivy,\"What?: the \"\"End\"\"\",\n"
                            "P,8,T8,Somebody,Known by Id,Al08\n"
                            "P,9,T9,Somebody,On Spotify,spotify:album:4aawyAB9vmqN3uQ7FjRGTy\n"
                            "P,10,T10,The Twins,Same,first\n"
                            "P,11,T11,The Twins,Same,second\n";

static void count_message(enum log_level level, const char *text, void *context)
{
    (void)text;
    ((struct world *)context)->n_messages += level <= LOG_WARNING;
}

static void add_path(const struct world *world, const char *name, struct buffer *path)
{
    buffer_printf(path, "%s/%s", world->folder, name);
}

/* Creates an empty file and its folders. */
static void put(const struct world *world, const char *name)
{
    struct buffer path = {0};
    add_path(world, name, &path);
    char *slash = strrchr(path.data, '/');
    *slash = '\0';
    assert_int_equal(folder_make(path.data, NULL), STATUS_OK);
    *slash = '/';
    FILE *file = fopen(path.data, "wb");
    assert_non_null(file);
    fclose(file);
    buffer_free(&path);
}

static void write_text(const struct world *world, const char *name, const char *text)
{
    struct buffer path = {0};
    add_path(world, name, &path);
    FILE *file = fopen(path.data, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    buffer_free(&path);
}

static void empty(const struct world *world, const char *name)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s/%s' && mkdir '%s/%s'", world->folder, name, world->folder, name);
    assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct buffer path = {0};
    struct pool *pool;
    struct import_report report = {0};
    struct csv_options options = {.preset = CSV_PLAYLISTS};
    snprintf(world->folder, sizeof world->folder, "/tmp/sleeve-cover-files-XXXXXX");
    if (!mkdtemp(world->folder) || pool_create(1, &pool, NULL) != STATUS_OK)
        return -1;
    log_set_sink(count_message, world);
    add_path(world, "c.db", &path);
    enum status status = catalogue_open(path.data, CATALOGUE_CREATE, &world->catalogue, NULL);
    write_text(world, "songs.csv", songs);
    buffer_clear(&path);
    add_path(world, "songs.csv", &path);
    if (status == STATUS_OK)
        status = import_csv(world->catalogue, path.data, &options, pool, NULL, &report, NULL);
    buffer_free(&path);
    pool_destroy(pool);
    *state = world;
    return status == STATUS_OK ? 0 : -1;
}

static int end(void **state)
{
    struct world *world = *state;
    char command[256];
    catalogue_close(world->catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    log_set_sink(NULL, NULL);
    free(world);
    return system(command);
}

static void look(struct world *world, const char *folder, struct cover_files *files)
{
    struct buffer path = {0};
    struct error error = {0};
    add_path(world, folder, &path);
    *files = (struct cover_files){0};
    if (cover_files_from_folder(world->catalogue, path.data, files, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    buffer_free(&path);
}

/* Asserts that this file, as the only one, is matched to the album; 0: to none. */
static void assert_album(struct world *world, const char *name, int64_t album, enum cover_rank rank)
{
    struct cover_files files;
    struct buffer path = {0};
    empty(world, "one");
    buffer_printf(&path, "one/%s", name);
    put(world, path.data);
    look(world, "one", &files);
    if ((files.count == 1 ? files.items[0].album_id : 0) != album)
        fail_msg("%s belongs to %lld", name, files.count == 1 ? (long long)files.items[0].album_id : 0);
    if (album != 0)
        assert_int_equal(files.items[0].rank, rank);
    assert_int_equal(files.unmatched.count, album == 0);
    cover_files_free(&files);
    buffer_free(&path);
}

static void names_decide(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *name;
        int64_t album;
        enum cover_rank rank;
    } cases[] = {
        {"Al08.jpg", 8, RANK_KEY},
        {"al08.JPE", 8, RANK_NAME},
        {"4aawyAB9vmqN3uQ7FjRGTy.webp", 9, RANK_KEY},
        {"spotify_album_4aawyAB9vmqN3uQ7FjRGTy.png", 9, RANK_NAME},
        {"AC_DC - Back In Black.jfif", 1, RANK_NAME},
        {"back in black - acdc.Jpeg", 1, RANK_NAME},
        {"deep/down/AC DC/Back in Black.png", 1, RANK_NAME},
        {"\xc3\x81g\xc3\xa6tis byrjun _ sigur r\xc3\xb3s.png", 2, RANK_NAME},
        {"A\xcc\x81g\xc3\xa6tis byrjun _ Sigur Ro\xcc\x81s.png", 2, RANK_NAME}, /* as written by macOS */
        {"Ivy - What__ The _End_.png", 7, RANK_NAME},
        {"Queen/Greatest Hits/cover.jpg", 3, RANK_COVER},
        {"ABBA/Greatest Hits/Folder.PNG", 4, RANK_FOLDER},
        {"ABBA/1976 - Greatest Hits/front.webp", 4, RANK_FRONT},
        {"ABBA/Greatest Hits (1976)/album.jpg", 4, RANK_ALBUM},
        {"ABBA/Greatest Hits [1976]/CD 2/cover.jpg", 4, RANK_COVER},
        {"ABBA/(1976) Greatest Hits/cover.jpg", 4, RANK_COVER},
        {"ABBA/[1976] - Greatest Hits [FLAC]/cover.jpg", 4, RANK_COVER},
        {"ABBA/Greatest Hits (1976) [24-96] [WEB]/CD1/cover.jpg", 4, RANK_COVER},
        {"ABBA - Greatest Hits [FLAC]/cover.jpg", 4, RANK_COVER},
        {"ABBA - Greatest Hits/cover.jpg", 4, RANK_COVER},
        {"Music/Prince/1999/cover.jpg", 5, RANK_COVER},
        {"!!!/?\?\?/cover.jpg", 6, RANK_COVER},
        {"Al08/cover.png", 8, RANK_COVER},
        /* By nobody, or by several: not matched. */
        {"Greatest Hits/cover.jpg", 0, 0},
        {"Greatest Hits.jpg", 0, 0},
        {"ABBA/Greatest Hits (Live)/cover.jpg", 0, 0},
        {"ABBA/[FLAC]/cover.jpg", 0, 0},
        {"ABBA/(1976)/cover.jpg", 0, 0},
        {"Sigur Ros/Agaetis byrjun/cover.jpg", 0, 0},
        {"The Twins/Same/cover.jpg", 0, 0},
        {"Queen/Greatest Hits/back.jpg", 0, 0},
        {"cover.jpg", 0, 0},
        {"CD1/cover.jpg", 0, 0},
        {"al/08.jpg", 0, 0},
        {"al0/8/cover.jpg", 0, 0},
        {"al 08.jpg", 0, 0},
        {"Que/en Greatest Hits.jpg", 0, 0},
        {"\xff\xfe.jpg", 0, 0},
        {"AC_DC - Back In Black.jpg.jpg", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_album(world, cases[i].name, cases[i].album, cases[i].rank);
}

static void the_folder_itself_may_be_an_album_or_an_artist(void **state)
{
    struct world *world = *state;
    struct cover_files files;
    empty(world, "one");
    put(world, "one/Queen/Greatest Hits/cover.jpg");
    static const char *const folders[] = {"one", "one/Queen", "one/Queen/", "one/Queen/Greatest Hits"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        look(world, folders[i], &files);
        assert_int_equal(files.count, 1);
        assert_int_equal(files.items[0].album_id, 3);
        cover_files_free(&files);
    }
}

static void the_better_of_two_files_comes_first(void **state)
{
    struct world *world = *state;
    static const char *const wanted[] = {"a/Al08.png", "b/Al08.jpg", "a/AL08.png", "Al08/cover.png", "Al08/folder.jpg"};
    struct cover_files files;
    empty(world, "one");
    put(world, "one/Al08/cover.png");
    put(world, "one/Al08/folder.jpg");
    put(world, "one/b/Al08.jpg");
    put(world, "one/a/Al08.png");
    put(world, "one/a/AL08.png");
    look(world, "one", &files);
    assert_int_equal(files.count, 5);
    assert_int_equal(files.n_albums, 1);
    for (size_t i = 0; i < 5; i++)
        assert_non_null(strstr(files.items[i].path, wanted[i]));
    cover_files_free(&files);
}

static void everything_else_is_counted(void **state)
{
    struct world *world = *state;
    struct cover_files files;
    char path[128];
    empty(world, "one");
    put(world, "one/Al08.png");
    put(world, "one/.hidden.png");
    put(world, "one/.git/Al08.png");
    put(world, "one/notes.txt");
    put(world, "one/sub/song.flac");
    put(world, "one/.png");
    for (int i = 0; i < 9; i++) {
        snprintf(path, sizeof path, "one/sub/unknown %d.jpg", i);
        put(world, path);
    }
    put(world, "one/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/Al08.png"); /* too deep */
    snprintf(path, sizeof path, "%s/one/loop", world->folder);
    assert_int_equal(symlink("..", path), 0);
    snprintf(path, sizeof path, "%s/one/self", world->folder);
    assert_int_equal(symlink("self", path), 0);
    snprintf(path, sizeof path, "%s/one/pipe", world->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof path, "%s/one/second.jpg", world->folder);
    assert_int_equal(symlink("Al08.png", path), 0);
    world->n_messages = 0;
    look(world, "one", &files);
    assert_int_equal(files.count, 2);
    assert_int_equal(files.items[0].album_id, 8);
    assert_int_equal(files.items[1].album_id, 11);
    assert_int_equal(files.unmatched.count, 9);
    assert_int_equal(files.other.count, 4); /* text, sound, the link to itself, the pipe */
    assert_int_equal(files.skipped.count, 2);
    assert_int_equal(world->n_messages, 5 + 2); /* the first few of each kind */
    cover_files_free(&files);
}

static void maps_name_albums_and_files(void **state)
{
    struct world *world = *state;
    struct cover_files files = {0};
    struct buffer map = {0}, folder = {0};
    empty(world, "one");
    put(world, "one/Ko\xcc\x88ln.png"); /* the map has the composed form */
    put(world, "one/b.png");
    write_text(world, "map.csv",
               "album,path\nback in black / ac/dc,b.png\nAL08,b.png\nBack in Black / AC/DC,other.png\n"
               "SIGUR R\xc3\x93S - A\xcc\x81g\xc3\xa6tis byrjun,K\xc3\xb6ln.png\nnobody,b.png\nsecond,/tmp/x.png\n");
    add_path(world, "map.csv", &map);
    add_path(world, "one", &folder);
    assert_int_equal(cover_files_from_map(world->catalogue, map.data, folder.data, &files, NULL), STATUS_OK);
    assert_int_equal(files.count, 5);
    assert_int_equal(files.n_albums, 4);
    assert_int_equal(files.unmatched.count, 1);
    assert_int_equal(files.items[0].album_id, 1);
    assert_non_null(strstr(files.items[0].path, "one/b.png")); /* the first line of an album gives the first file */
    assert_non_null(strstr(files.items[1].path, "one/other.png"));
    assert_int_equal(files.items[2].album_id, 2);
    assert_true(file_exists(files.items[2].path));
    assert_int_equal(files.items[3].album_id, 8);
    assert_string_equal(files.items[4].path, "/tmp/x.png");
    cover_files_free(&files);
    /* If there are tabs, they separate the columns. */
    write_text(world, "map.csv", "a, b, c and d / ac/dc\tb.png\nback in black / ac/dc\tb.png\n");
    assert_int_equal(cover_files_from_map(world->catalogue, map.data, folder.data, &files, NULL), STATUS_OK);
    assert_int_equal(files.count, 1);
    assert_int_equal(files.unmatched.count, 1);
    cover_files_free(&files);
    struct error error = {0};
    write_text(world, "map.csv", "back in black / ac/dc,b.png\na, b / ac/dc,b.png\n");
    assert_int_equal(cover_files_from_map(world->catalogue, map.data, folder.data, &files, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "line 2: 3 fields"));
    cover_files_free(&files);
    buffer_free(&map);
    buffer_free(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_decide),
        cmocka_unit_test(the_folder_itself_may_be_an_album_or_an_artist),
        cmocka_unit_test(the_better_of_two_files_comes_first),
        cmocka_unit_test(everything_else_is_counted),
        cmocka_unit_test(maps_name_albums_and_files),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
