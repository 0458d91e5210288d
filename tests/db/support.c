#include "support.h"

#include <dirent.h>
#include <unistd.h>

int setup_fixture(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!test_folder_make(fixture->folder))
        return -1;
    snprintf(fixture->db, sizeof fixture->db, "%s/c.db", fixture->folder);
    *state = fixture;
    return catalogue_open(fixture->db, CATALOGUE_CREATE, &fixture->catalogue, &fixture->error) == STATUS_OK ? 0 : -1;
}

int teardown_fixture(void **state)
{
    struct fixture *fixture = *state;
    catalogue_close(fixture->catalogue);
    DIR *listing = opendir(fixture->folder);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", fixture->folder, entry->d_name);
        unlink(path);
    }
    if (listing)
        closedir(listing);
    int result = rmdir(fixture->folder);
    free(fixture);
    return result;
}

void fixture_write(struct fixture *fixture, const char *name, const void *bytes, size_t size)
{
    snprintf(fixture->file, sizeof fixture->file, "%s/%s", fixture->folder, name);
    FILE *file = fopen(fixture->file, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void fixture_reopen(struct fixture *fixture, enum catalogue_mode mode)
{
    catalogue_close(fixture->catalogue);
    must(fixture, catalogue_open(fixture->db, mode, &fixture->catalogue, &fixture->error));
}

enum status fixture_import_csv(struct fixture *fixture, const char *name, const char *text)
{
    const struct csv_options options = {0};
    fixture_write(fixture, name, text, strlen(text));
    return import_csv(fixture->catalogue, fixture->file, &options, NULL, NULL, &fixture->report, &fixture->error);
}

enum status fixture_import_mpd(struct fixture *fixture, const char *name, const char *text)
{
    fixture_write(fixture, name, text, strlen(text));
    const char *path = fixture->file;
    return import_mpd(fixture->catalogue, &path, 1, NULL, NULL, &fixture->report, &fixture->error);
}

void must(const struct fixture *fixture, enum status status)
{
    if (status != STATUS_OK)
        fail_msg("%s", fixture->error.text);
}

void check_catalogue(struct fixture *fixture)
{
    must(fixture, catalogue_check(fixture->catalogue, &fixture->error));
}

struct catalogue_counts counts_of(struct fixture *fixture)
{
    struct catalogue_counts counts;
    must(fixture, catalogue_count(fixture->catalogue, &counts, &fixture->error));
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
