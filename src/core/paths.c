#include "core/paths.h"

#include <stdlib.h>

static void add_folder(struct buffer *out, const char *variable, const char *below_home)
{
    const char *folder = getenv(variable);
    if (folder && folder[0] == '/') {
        buffer_add_text(out, folder);
    } else {
        const char *home = getenv("HOME");
        buffer_add_text(out, home && home[0] == '/' ? home : "/tmp");
        buffer_add_text(out, below_home);
    }
    buffer_add_text(out, "/sleeve");
}

void path_data_folder(struct buffer *out)
{
    add_folder(out, "XDG_DATA_HOME", "/.local/share");
}

void path_cache_folder(struct buffer *out)
{
    add_folder(out, "XDG_CACHE_HOME", "/.cache");
}
