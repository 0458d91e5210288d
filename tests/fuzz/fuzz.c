#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"

bool fuzz_accepted;

static void pass_over(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

/* Logging would take longer than the targets do. */
__attribute__((constructor)) static void silence(void)
{
    log_set_sink(pass_over, NULL);
}

static void write_all(int descriptor, const void *data, size_t size)
{
    REQUIRE(write(descriptor, size > 0 ? data : "", size) == (ssize_t)size);
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int descriptor = -1;
    static char path[64];
    if (descriptor < 0)
        descriptor = memfd_create("input", MFD_CLOEXEC);
    REQUIRE(descriptor >= 0 && ftruncate(descriptor, 0) == 0 && lseek(descriptor, 0, SEEK_SET) == 0);
    write_all(descriptor, data, size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return path;
}

static char folder[100];

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *place)
{
    (void)facts, (void)type, (void)place;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_folder(void)
{
    if (!folder[0]) {
        const char *parent = getenv("TMPDIR"), *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(folder, sizeof folder, "%s/sleeve-fuzz-XXXXXX", parent ? parent : memory);
        REQUIRE(mkdtemp(folder));
        atexit(remove_folder);
    }
    return folder;
}

void fuzz_write(const char *path, const void *data, size_t size)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(descriptor >= 0);
    write_all(descriptor, data, size);
    close(descriptor);
}

void fuzz_copy(const char *path, const char *target_folder, const char *name)
{
    struct buffer bytes = {0}, target = {0};
    REQUIRE(file_read(path, 1 << 24, &bytes, NULL) == STATUS_OK);
    buffer_printf(&target, "%s/%s", target_folder, name);
    fuzz_write(target.data, bytes.data, bytes.size);
    buffer_free(&bytes);
    buffer_free(&target);
}
