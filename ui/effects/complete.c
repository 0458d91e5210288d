/* Candidates for the command line that take time to find: playlists and files. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "ui/completion.h"
#include "ui/effect.h"
#include "ui/fuzzy.h"

enum { CANDIDATES_MAX = 200, PLAYLISTS_READ = 20000 };

static enum status list_names(struct app *app, struct fuzzy_list *names, struct error *error)
{
    enum status status = STATUS_OK;
    for (int own = 1; own >= 0 && status == STATUS_OK; own--) {
        struct playlist_list list = {0};
        status = app_playlists(app, own, PLAYLISTS_READ, 0, &list, error);
        for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
            if (list.items[i].name[0] && !fuzzy_list_add(names, list.items[i].name))
                status = error_no_memory(error);
        playlist_list_free(&list);
    }
    return status;
}

/* The best matches first. */
static enum status find_playlists(struct app *app, const char *typed, struct completion *found, struct error *error)
{
    struct fuzzy_list names = {0};
    struct fuzzy_pattern pattern;
    struct fuzzy_found best = {0};
    fuzzy_pattern_set(&pattern, typed);
    enum status status = list_names(app, &names, error);
    if (status == STATUS_OK)
        status = fuzzy_filter(&names, &pattern, NULL, NULL, NULL, &best, error);
    for (size_t i = 0; status == STATUS_OK && i < best.count && found->count < CANDIDATES_MAX; i++)
        if (!completion_add(found, fuzzy_list_text(&names, best.best[i]), NULL))
            status = error_no_memory(error);
    fuzzy_found_free(&best);
    fuzzy_list_free(&names);
    return status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct candidate *)a)->text, ((const struct candidate *)b)->text);
}

static void add_file(const char *folder, const char *typed_folder, const char *name, struct completion *found)
{
    struct buffer path = {0}, text = {0};
    struct stat facts;
    buffer_printf(&path, "%s/%s", folder, name);
    buffer_printf(&text, "%s%s", typed_folder, name);
    if (!path.failed && stat(path.data, &facts) == 0 && S_ISDIR(facts.st_mode))
        buffer_add_byte(&text, '/');
    if (!path.failed && !text.failed)
        completion_add(found, text.data, NULL);
    buffer_free(&path);
    buffer_free(&text);
}

/* Files in the folder of the typed path; hidden ones only if a dot was typed. */
static void find_files(const char *typed, struct completion *found)
{
    const char *slash = strrchr(typed, '/'), *name = slash ? slash + 1 : typed;
    struct buffer typed_folder = {0}, folder = {0};
    buffer_add(&typed_folder, typed, (size_t)(name - typed));
    path_typed(typed_folder.size > 0 ? typed_folder.data : ".", &folder);
    DIR *listing = folder.failed ? NULL : opendir(folder.data);
    struct dirent *entry;
    while (listing && (entry = readdir(listing)) && found->count < CANDIDATES_MAX)
        if (strncmp(entry->d_name, name, strlen(name)) == 0 && (entry->d_name[0] != '.' || name[0] == '.'))
            add_file(folder.data, typed_folder.size > 0 ? typed_folder.data : "", entry->d_name, found);
    if (listing)
        closedir(listing);
    if (found->count > 0)
        qsort(found->items, found->count, sizeof *found->items, by_text);
    buffer_free(&typed_folder);
    buffer_free(&folder);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct completion *found = result->output;
    (void)cancel;
    if (!result->effect.id)
        return find_playlists(world->app, result->effect.text, found, error);
    find_files(result->effect.text, found);
    return STATUS_OK;
}

static void free_output(void *output)
{
    completion_clear(output);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    (void)effects;
    if (result->error.status != STATUS_OK)
        result_warn(state, result);
    if (state->input == INPUT_COMMAND && state->completion.awaiting)
        completion_take(state, result->output);
}

const struct effect_ops effect_complete = {
    .name = "complete",
    .urgency = 90,
    .latest_only = true,
    .output_size = sizeof(struct completion),
    .free_output = free_output,
    .run = run,
    .take = take,
};
