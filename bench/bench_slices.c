#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/make_mpd.h"
#include "core/clock.h"
#include "core/file.h"

enum { SLICE = 1000 };

/* Without flushing, so that slices that are deleted soon do not wait for the disk. */
static enum status write_slice(const char *path, const struct buffer *slice, struct error *error)
{
    FILE *file = fopen(path, "wb");
    bool written = file && fwrite(slice->data, 1, slice->size, file) == slice->size;
    if (file && fclose(file) != 0)
        written = false;
    return written ? STATUS_OK : error_set(error, STATUS_FAILED, "%s cannot be written (%s)", path, strerror(errno));
}

enum status bench_slices(struct bench *bench, struct error *error)
{
    struct make_mpd make = {.seed = 1, .next_pid = bench->slices.first};
    struct buffer slice = {0}, path = {0};
    double begin = clock_seconds(), bytes = 0;
    if (!bench->keep)
        return error_set(error, STATUS_USAGE, "bench slices needs a folder to write to: --keep DIR");
    enum status status = folder_make(bench->keep, error);
    const int64_t end = make.next_pid + bench->slices.playlists;
    while (status == STATUS_OK && make.next_pid < end) {
        const int64_t first = make.next_pid, left = end - first;
        buffer_clear(&slice);
        buffer_clear(&path);
        status = make_mpd_slice(&make, left < SLICE ? (int)left : SLICE, &slice, error);
        buffer_printf(&path, "%s/mpd.slice.%lld-%lld.json", bench->keep, (long long)first,
                      (long long)make.next_pid - 1);
        if (status == STATUS_OK)
            status = path.failed ? error_no_memory(error) : write_slice(path.data, &slice, error);
        bytes += (double)slice.size;
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    double rate = bytes / 1e6 / (clock_seconds() - begin);
    struct bench_row row = bench_row_make("slices", (double)make.n_entries, "MB/s", &rate, 1, NAN, true);
    if (status == STATUS_OK)
        status = bench_print(bench, &row, error);
    buffer_free(&slice);
    buffer_free(&path);
    return status;
}
