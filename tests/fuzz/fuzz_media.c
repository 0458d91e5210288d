/* Tags of music files: any bytes either fail or give texts that are terminated UTF-8. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "fuzz.h"
#include "media/media.h"

static void check_text(const char *text, size_t room)
{
    REQUIRE(memchr(text, '\0', room) && text_is_utf8(text, strlen(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct media_tags tags;
    struct buffer picture = {0};
    int descriptor = open(fuzz_file(data, size), O_RDONLY | O_CLOEXEC);
    REQUIRE(descriptor >= 0);
    if (media_read(descriptor, "fuzz.mp3", &tags, &picture, NULL) == STATUS_OK) {
        check_text(tags.title, sizeof tags.title);
        check_text(tags.artist, sizeof tags.artist);
        check_text(tags.album, sizeof tags.album);
        check_text(tags.album_artist, sizeof tags.album_artist);
        check_text(tags.genre, sizeof tags.genre);
        check_text(tags.date, sizeof tags.date);
        check_text(tags.original_date, sizeof tags.original_date);
        REQUIRE(tags.picture_size == picture.size && picture.size <= MEDIA_PICTURE_MAX);
        fuzz_accepted |= tags.title[0] != '\0';
    }
    buffer_free(&picture);
    close(descriptor);
    return 0;
}
