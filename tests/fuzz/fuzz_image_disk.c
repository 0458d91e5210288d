/* A file of the cache of encoded covers gives its bytes back, or is as good as none. */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"
#include "ui/image_disk.h"

static const struct image_request request = {.reference = {.kind = IMAGE_COVER, .id = 7},
                                             .format = FORMAT_SIXEL,
                                             .width = 64,
                                             .height = 64,
                                             .registers = 256,
                                             .background = 0x101014};
static const char fingerprint[] = "invented";
static char path[512]; /* of the picture's file */

static void find_file(void)
{
    struct buffer picture = {0};
    buffer_add_text(&picture, "\033Pq#0;2;0;0;0#0~~@@vv@@~~@@~~$-\033\\");
    image_disk_write(fuzz_folder(), fingerprint, &request, &picture);
    buffer_free(&picture);
    DIR *listing = opendir(fuzz_folder());
    for (struct dirent *entry; listing && (entry = readdir(listing));)
        if (strstr(entry->d_name, ".six"))
            snprintf(path, sizeof path, "%s/%.200s", fuzz_folder(), entry->d_name);
    closedir(listing);
    REQUIRE(path[0]);
}

void fuzz_seeds(const char *folder)
{
    find_file();
    fuzz_copy(path, folder, "cover");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!path[0])
        find_file();
    struct buffer bytes = {0};
    fuzz_write(path, data, size);
    if (image_disk_read(fuzz_folder(), fingerprint, &request, &bytes)) {
        fuzz_accepted = true;
        REQUIRE(bytes.size > 0 && bytes.size < size && memcmp(bytes.data, data + size - bytes.size, bytes.size) == 0);
    }
    buffer_free(&bytes);
    return 0;
}
