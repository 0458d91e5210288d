/* Embedding sets, formats of exports, devices, and ways to draw pictures. */
#include <stdio.h>
#include <string.h>

#include "app/export.h"
#include "core/text.h"
#include "ui/commands.h"
#include "ui/picker.h"
#include "ui/view_text.h"

/* ---- embedding sets ---- */

static enum status collect_sets(struct app *app, const struct picker_input *input, const char *model,
                                struct picker_items *items, bool *more, struct error *error)
{
    (void)input, (void)model, (void)more;
    char **names = NULL;
    enum status status = app_embedding_sets(app, &names, error);
    for (size_t i = 0; status == STATUS_OK && names[i]; i++)
        if (!picker_items_add(items, names[i], NULL, &(struct picker_item){.kind = PICK_SETS}))
            status = error_no_memory(error);
    app_names_free(names);
    return status;
}

static enum status preview_set(struct app *app, const struct picker_item *item, const char *name,
                               struct picker_preview *preview, struct error *error)
{
    (void)item;
    struct app_set_info info;
    char text[32];
    enum status status = app_embedding_info(app, name, &info, error);
    if (status != STATUS_OK)
        return status;
    preview_add(preview, info.extractor[0] ? info.extractor : "unknown", "made by");
    snprintf(text, sizeof text, "%d", info.width);
    preview_add(preview, text, "numbers per album");
    view_count(info.n_present, text);
    preview_add(preview, text, "albums");
    view_count(info.n_rows - info.n_present, text);
    preview_add(preview, text, "albums without a row");
    return STATUS_OK;
}

const struct picker_source picker_sets = {
    .name = "sets",
    .title = "Choose an embedding for the map",
    .what = "embedding",
    .empty = "There is no embedding yet: \"sleeve embed gist\" makes one.",
    .command = "map set",
    .collect = collect_sets,
    .preview = preview_set,
};

/* ---- exports ---- */

/* Exporters of a playlist show their ending, the others what they write. */
static const char *what_of(const struct exporter *exporter)
{
    static const char *const what[] = {[EXPORT_CATALOGUE] = "all playlists",
                                       [EXPORT_EMBEDDING] = "the map's set",
                                       [EXPORT_LISTS] = "the model's lists"};
    return exporter->subject == EXPORT_PLAYLIST ? exporter->extension : what[exporter->subject];
}

static enum status collect_exports(struct app *app, const struct picker_input *input, const char *model,
                                   struct picker_items *items, bool *more, struct error *error)
{
    (void)app, (void)input, (void)model, (void)more;
    for (size_t i = 0; app_exporters[i]; i++)
        if (!picker_items_add(items, app_exporters[i]->name, what_of(app_exporters[i]),
                              &(struct picker_item){.kind = PICK_EXPORTS}))
            return error_no_memory(error);
    return STATUS_OK;
}

static enum status preview_export(struct app *app, const struct picker_item *item, const char *name,
                                  struct picker_preview *preview, struct error *error)
{
    (void)app, (void)item;
    const struct exporter *exporter;
    enum status status = app_exporter_find(name, &exporter, error);
    if (status != STATUS_OK)
        return status;
    const char *end = strstr(exporter->help, ". "); /* the rest is about the command line */
    struct preview_line *line = preview_add(
        preview, NULL, "%.*s", end ? (int)(end - exporter->help) : (int)strlen(exporter->help), exporter->help);
    line->wrapped = true;
    return STATUS_OK;
}

/* Letters that file names have everywhere; the rest become "-", or are left out at the ends, where programs take a "-"
 * for an option. */
static void file_name(const char *name, char text[96])
{
    size_t size = 0;
    for (size_t i = 0, bytes; name[i] && size < 80; i += bytes) {
        bytes = text_character_size(name + i, strlen(name + i));
        bytes = bytes > 0 ? bytes : 1;
        const bool odd = bytes == 1 && (strchr("/\\:*?\"<>|~ ", name[i]) || (unsigned char)name[i] < ' ');
        if (size == 0 && (odd || name[i] == '-' || name[i] == '.'))
            continue;
        memcpy(text + size, odd ? "-" : name + i, bytes);
        size += bytes;
    }
    while (size > 0 && text[size - 1] == '-')
        size--;
    snprintf(text + size, 96 - size, "%s", size == 0 ? "playlist" : "");
}

static enum status accept_export(struct state *state, struct effect_list *effects, const struct picker_item *item,
                                 const char *name, struct error *error)
{
    (void)item;
    const struct exporter *exporter;
    char file[96], line[256];
    enum status status = app_exporter_find(name, &exporter, error);
    if (status != STATUS_OK)
        return status;
    if (exporter->subject == EXPORT_PLAYLIST)
        file_name(playlist_now(&state->playlist)->name, file);
    else
        file_name(exporter->subject == EXPORT_LISTS ? state->model : name, file);
    snprintf(line, sizeof line, "export %s %s%s", name, file, exporter->extension[0] == '/' ? "" : exporter->extension);
    return command_command(state, effects, line, error);
}

const struct picker_source picker_exports = {
    .name = "exports",
    .title = "Export",
    .what = "export",
    .empty = "There is no format.",
    .collect = collect_exports,
    .preview = preview_export,
    .accept = accept_export,
};

/* ---- the choices of a command ---- */

/* Adds the alternatives of a command's arguments, "auto|cpu|cuda". */
static enum status collect_choices(const char *command, enum picker_kind kind, struct picker_items *items,
                                   struct error *error)
{
    const struct explorer_command *row = command_named(command);
    char word[64];
    for (size_t i = 0; row && command_choice(row, 0, i, word, sizeof word); i++)
        if (!picker_items_add(items, word, NULL, &(struct picker_item){.kind = (uint8_t)kind}))
            return error_no_memory(error);
    return STATUS_OK;
}

static enum status preview_choice(const char *name, const char *const (*texts)[2], struct picker_preview *preview)
{
    for (; (*texts)[0]; texts++)
        if (strcmp((*texts)[0], name) == 0) {
            struct preview_line *line = preview_add(preview, NULL, "%s", (*texts)[1]);
            line->wrapped = true;
        }
    return STATUS_OK;
}

static enum status collect_devices(struct app *app, const struct picker_input *input, const char *model,
                                   struct picker_items *items, bool *more, struct error *error)
{
    (void)app, (void)input, (void)model, (void)more;
    return collect_choices("device", PICK_DEVICES, items, error);
}

static enum status preview_device(struct app *app, const struct picker_item *item, const char *name,
                                  struct picker_preview *preview, struct error *error)
{
    static const char *const texts[][2] = {
        {"auto", "The GPU if there is one that works, otherwise the CPU."},
        {"cpu", "The CPU, with all its threads."},
        {"cuda", "An NVIDIA GPU. If it fails, the CPU continues."},
        {NULL, NULL},
    };
    (void)item, (void)error;
    struct device_state now;
    app_device(app, &now);
    preview_choice(name, texts, preview);
    preview_add(preview, NULL, "%s", "");
    preview_add(preview, NULL, "now: %s", now.name[0] ? now.name : "nothing was computed yet");
    return STATUS_OK;
}

const struct picker_source picker_devices = {
    .name = "devices",
    .title = "Choose what computes",
    .what = "device",
    .empty = "There is no device.",
    .command = "device",
    .collect = collect_devices,
    .preview = preview_device,
};

static enum status collect_images(struct app *app, const struct picker_input *input, const char *model,
                                  struct picker_items *items, bool *more, struct error *error)
{
    (void)app, (void)input, (void)model, (void)more;
    return collect_choices("images", PICK_IMAGES, items, error);
}

static enum status preview_images(struct app *app, const struct picker_item *item, const char *name,
                                  struct picker_preview *preview, struct error *error)
{
    static const char *const texts[][2] = {
        {"auto", "The best that the terminal can show."},
        {"sixel", "Pixels, in terminals with sixel graphics."},
        {"kitty", "Pixels, in terminals with kitty's graphics protocol."},
        {"iterm", "Pixels, in terminals with iTerm2's inline images."},
        {"sextant", "Cells of 2 x 3 blocks, in terminals that draw them."},
        {"quadrant", "Cells of 2 x 2 blocks."},
        {"half", "Two coloured pixels in each cell, with half blocks."},
        {"record", "Half blocks, and nothing that recordings do not show."},
        {"256", "Half blocks in 256 colours."},
        {"ascii", "Characters, for terminals without colours or Unicode."},
        {"none", "No pictures."},
        {NULL, NULL},
    };
    (void)app, (void)item, (void)error;
    return preview_choice(name, texts, preview);
}

const struct picker_source picker_images = {
    .name = "images",
    .title = "Choose how pictures are drawn",
    .what = "pictures",
    .empty = "There is no way to draw pictures.",
    .command = "images",
    .collect = collect_images,
    .preview = preview_images,
};

static enum status collect_themes(struct app *app, const struct picker_input *input, const char *model,
                                  struct picker_items *items, bool *more, struct error *error)
{
    (void)app, (void)input, (void)model, (void)more;
    return collect_choices("set theme", PICK_THEMES, items, error);
}

static enum status preview_nothing(struct app *app, const struct picker_item *item, const char *name,
                                   struct picker_preview *preview, struct error *error)
{
    (void)app, (void)item, (void)name, (void)preview, (void)error;
    return STATUS_OK;
}

const struct picker_source picker_themes = {
    .name = "themes",
    .title = "Choose the colours",
    .what = "theme",
    .empty = "There is no theme.",
    .command = "set theme",
    .collect = collect_themes,
    .preview = preview_nothing,
};
