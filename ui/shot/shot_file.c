#include "ui/shot/shot_file.h"

#include "app/overwrite.h"
#include "core/file.h"
#include "core/paths.h"
#include "ui/shot/shot.h"
#include "ui/shown_theme.h"
#include "ui/terminal/theme.h"

enum { PAGE_WITHOUT_TERMINAL = 0x101014, CELL_HEIGHT_MIN = 24, MAP_TRIES = 400 };

struct drawing {
    struct state state; /* a shallow copy, with the shot's cells */
    struct pictures *pictures;
};

/* A map lacks covers until they have been read. */
static enum status draw_map(struct drawing *drawing, const struct image_rect *rect, int width, int height,
                            struct image *image, struct error *error)
{
    struct image_source source = pictures_source(drawing->pictures);
    struct image_reference reference = rect->reference;
    enum status status = STATUS_OK;
    reference.version = pictures_set_map(drawing->pictures, &drawing->state, rect);
    for (int i = 0; status == STATUS_OK && i < MAP_TRIES; i++) {
        image_free(image);
        status = source.pixels(source.context, &reference, width, height, image, error);
        uint64_t version = pictures_set_map(drawing->pictures, &drawing->state, rect);
        if (version == reference.version)
            break;
        reference.version = version;
    }
    return status;
}

static enum status picture(void *context, const struct image_rect *rect, int width, int height, struct image *image,
                           struct error *error)
{
    struct drawing *drawing = context;
    struct image_source source = pictures_source(drawing->pictures);
    if (rect->reference.kind == IMAGE_MAP)
        return draw_map(drawing, rect, width, height, image, error);
    return source.pixels(source.context, &rect->reference, width, height, image, error);
}

/* The theme that the person sees, with all colours. */
static void choose_theme(const struct state *state, struct theme *theme)
{
    enum theme_choice choice = THEME_AUTO;
    theme_parse(shown_theme(state), &choice);
    if (choice == THEME_MONO)
        choice = THEME_AUTO;
    theme_choose(choice, 1 << 24, state->page == SCREEN_NO_COLOUR ? PAGE_WITHOUT_TERMINAL : state->page, theme);
}

static enum status make(const struct state *state, const struct screen *screen, struct pictures *pictures,
                        enum shot_format format, struct buffer *out, struct error *error)
{
    struct drawing drawing = {.state = *state, .pictures = pictures};
    int times = (CELL_HEIGHT_MIN + state->cell_height - 1) / state->cell_height;
    drawing.state.cell_width *= times;
    drawing.state.cell_height *= times;
    struct shot_source source = {
        .cell_width = drawing.state.cell_width,
        .cell_height = drawing.state.cell_height,
        .picture = picture,
        .context = &drawing,
    };
    choose_theme(state, &source.theme);
    drawing.state.page = source.theme.page;
    return shot_make(screen, &source, format, out, error);
}

enum status shot_save(const struct state *state, const struct screen *screen, struct pictures *pictures,
                      const char *path, bool overwrite, struct error *error)
{
    struct buffer bytes = {0}, file = {0};
    enum shot_format format;
    enum status status = shot_format_of(path, &format, error);
    if (status != STATUS_OK)
        return status;
    path_typed(path, &file);
    if (file.failed)
        status = error_no_memory(error);
    else if (!overwrite)
        status = app_must_be_new(file.data, "shot!", error);
    if (status == STATUS_OK)
        status = make(state, screen, pictures, format, &bytes, error);
    if (status == STATUS_OK && bytes.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = atomic_file_write(file.data, &bytes, error);
    buffer_free(&bytes);
    buffer_free(&file);
    return status;
}
