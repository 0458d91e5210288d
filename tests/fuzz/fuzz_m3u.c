/* M3U playlists: the paths of entries stay in the folder. */
#include <string.h>

#include "core/text.h"
#include "db/import/m3u.h"
#include "fuzz.h"

static void check_location(const char *location)
{
    struct buffer path = {0}, joined = {0}, plain = {0};
    enum m3u_form form;
    m3u_unescape(location, &plain);
    REQUIRE(plain.size <= strlen(location));
    if (m3u_path(location, &path, &form) && m3u_join("a/b/", path.data, &joined)) {
        REQUIRE(joined.size == strlen(joined.data) && joined.data[0] != '/');
        REQUIRE(strncmp(joined.data, "../", 3) != 0 && !strstr(joined.data, "/../"));
    }
    buffer_free(&path);
    buffer_free(&joined);
    buffer_free(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct m3u m3u;
    if (m3u_read(fuzz_file(data, size), "fuzz", &m3u, NULL) == STATUS_OK)
        for (size_t i = 0; i < m3u.count; i++) {
            const struct m3u_entry *entry = &m3u.entries[i];
            REQUIRE(*entry->location && text_is_utf8(entry->location, strlen(entry->location)));
            REQUIRE(text_is_utf8(entry->title, strlen(entry->title)) && entry->line > 0);
            check_location(entry->location);
            fuzz_accepted = true;
        }
    m3u_free(&m3u);
    return 0;
}
