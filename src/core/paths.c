#include "core/paths.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* The home folder from the password file; false if there is none. */
static bool add_home_of_user(struct buffer *out)
{
    char texts[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(geteuid(), &entry, texts, sizeof texts, &found) != 0 || !found || !found->pw_dir ||
        found->pw_dir[0] != '/')
        return false;
    buffer_add_text(out, found->pw_dir);
    return true;
}

static bool add_home(struct buffer *out)
{
    const char *home = getenv("HOME");
    if (!home || home[0] != '/')
        return add_home_of_user(out);
    buffer_add_text(out, home);
    return true;
}

static enum status add_folder(struct buffer *out, const char *variable, const char *below_home, struct error *error)
{
    const char *folder = getenv(variable);
    if (folder && folder[0] == '/') {
        buffer_add_text(out, folder);
    } else {
        if (!add_home(out))
            return error_set(
                error, STATUS_FAILED,
                "there is no home folder: neither HOME nor the password file names one; set HOME or %s, or "
                "name the catalogue with --catalogue",
                variable);
        buffer_add_text(out, below_home);
    }
    buffer_add_text(out, "/sleeve");
    return out->failed ? error_no_memory(error) : STATUS_OK;
}

enum status path_data_folder(struct buffer *out, struct error *error)
{
    return add_folder(out, "XDG_DATA_HOME", "/.local/share", error);
}

enum status path_cache_folder(struct buffer *out, struct error *error)
{
    return add_folder(out, "XDG_CACHE_HOME", "/.cache", error);
}

enum status path_config_folder(struct buffer *out, struct error *error)
{
    return add_folder(out, "XDG_CONFIG_HOME", "/.config", error);
}

void path_typed(const char *typed, struct buffer *out)
{
    const char *home = getenv("HOME");
    bool at_home = typed[0] == '~' && (typed[1] == '/' || typed[1] == '\0') && home && home[0];
    buffer_printf(out, "%s%s", at_home ? home : "", at_home ? typed + 1 : typed);
}
