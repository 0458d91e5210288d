#include "support.h"

#include <dirent.h>
#include <unistd.h>

int setup_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    if (!test_folder_make(room->folder))
        return -1;
    snprintf(room->db, sizeof room->db, "%s/c.db", room->folder);
    *state = room;
    return catalogue_open(room->db, CATALOGUE_CREATE, &room->catalogue, &room->error) == STATUS_OK ? 0 : -1;
}

int teardown_room(void **state)
{
    struct room *room = *state;
    catalogue_close(room->catalogue);
    DIR *listing = opendir(room->folder);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", room->folder, entry->d_name);
        unlink(path);
    }
    if (listing)
        closedir(listing);
    int result = rmdir(room->folder);
    free(room);
    return result;
}

void room_write(struct room *room, const char *name, const void *bytes, size_t size)
{
    snprintf(room->file, sizeof room->file, "%s/%s", room->folder, name);
    FILE *file = fopen(room->file, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void room_reopen(struct room *room, enum catalogue_mode mode)
{
    catalogue_close(room->catalogue);
    must(room, catalogue_open(room->db, mode, &room->catalogue, &room->error));
}

enum status room_import_csv(struct room *room, const char *name, const char *text)
{
    const struct csv_options options = {0};
    room_write(room, name, text, strlen(text));
    return import_csv(room->catalogue, room->file, &options, NULL, NULL, &room->report, &room->error);
}

enum status room_import_mpd(struct room *room, const char *name, const char *text)
{
    room_write(room, name, text, strlen(text));
    const char *path = room->file;
    return import_mpd(room->catalogue, &path, 1, NULL, NULL, &room->report, &room->error);
}

void must(const struct room *room, enum status status)
{
    if (status != STATUS_OK)
        fail_msg("%s", room->error.text);
}

void check_is_well(struct room *room)
{
    must(room, catalogue_check(room->catalogue, &room->error));
}

struct catalogue_counts counts_of(struct room *room)
{
    struct catalogue_counts counts;
    must(room, catalogue_count(room->catalogue, &counts, &room->error));
    return counts;
}

void add_slice(struct buffer *out, int first, int n, int n_tracks)
{
    buffer_add_text(out, "{\"info\":{\"version\":\"v1\"},\"playlists\":[");
    for (int p = first; p < first + n; p++) {
        int count = 5 + p % 30;
        buffer_printf(out,
                      "%s{\"name\":\"list %d\",\"collaborative\":\"false\",\"pid\":%d,\"num_tracks\":%d,\"tracks\":[",
                      p > first ? "," : "", p, p, count);
        for (int i = 0; i < count; i++) {
            int t = (p * 7919 + i * i * 104729 / 7) % n_tracks;
            buffer_printf(out,
                          "%s{\"pos\":%d,\"track_uri\":\"spotify:track:%d\",\"track_name\":\"Song %d\","
                          "\"artist_uri\":\"spotify:artist:%d\",\"artist_name\":\"Band %d\","
                          "\"album_uri\":\"spotify:album:%d\",\"album_name\":\"Record %d\",\"duration_ms\":%d}",
                          i > 0 ? "," : "", i, t, t, t % 97, t % 97, t % 311, t % 311, 1000 * (t % 300));
        }
        buffer_add_text(out, "]}");
    }
    buffer_add_text(out, "]}");
}
