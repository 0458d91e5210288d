/* A file of the cache of encoded covers either gives its picture back or counts as missing. */
#include <dirent.h>
#include <string.h>

#include "core/hash.h"
#include "fuzz.h"
#include "ui/image_disk.h"
#include "ui/terminal/sixel.h"

enum { EDGE = 12 };

static const struct image_request request = {.reference = {.kind = IMAGE_COVER, .id = 7},
                                             .format = FORMAT_SIXEL,
                                             .width = EDGE,
                                             .height = EDGE,
                                             .registers = 8,
                                             .background = 0x101014};
static const char fingerprint[] = "invented";
static char path[512]; /* of the picture file */

/* Writes a valid file. */
static void write_picture(void)
{
    struct image image;
    struct buffer picture = {0};
    REQUIRE(image_create(EDGE, EDGE, &image, NULL) == STATUS_OK);
    for (int i = 0; i < EDGE * EDGE * 3; i++)
        image.rgb[i] = (uint8_t)(i / 36 * 40);
    REQUIRE(sixel_encode_image(&image, request.registers, &picture, NULL) == STATUS_OK);
    image_disk_write(fuzz_folder(), fingerprint, &request, &picture);
    buffer_free(&picture);
    image_free(&image);
}

static void find_file(void)
{
    write_picture();
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

/* A line with the file's format, the hash of the picture, a line feed. */
enum { LINE = 18, HASH = 32, HEAD = LINE + HASH + 1 };

static void set_hash(uint8_t *file, size_t size)
{
    struct hash hash;
    char text[HASH + 1];
    hash_begin(&hash);
    hash_add(&hash, file + HEAD, size - HEAD);
    hash_end(hash, text);
    memcpy(file + LINE, text, HASH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!path[0])
        find_file();
    struct buffer bytes = {0};
    uint8_t *file = malloc(size + 1);
    memcpy(file, data, size);
    if (size > HEAD && size % 8 > 0) /* otherwise no changed picture would have a valid hash */
        set_hash(file, size);
    fuzz_write(path, file, size);
    free(file);
    if (image_disk_read(fuzz_folder(), fingerprint, &request, &bytes)) {
        fuzz_accepted = true;
        REQUIRE(bytes.size > 0 && bytes.size < size && memcmp(bytes.data, data + size - bytes.size, bytes.size) == 0);
    }
    buffer_free(&bytes);
    return 0;
}
