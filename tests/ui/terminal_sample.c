/* Shows sample pictures and text in the terminal that runs it, as a demonstration and for the test in a real xterm.
 * Keys: n p page, d dimmed, o popup, m map, i next way to show pictures, ^L redraw, ^Z stop, q quit. usage:
 * terminal_sample [IMAGES] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "sample_pictures.h"
#include "ui/terminal/terminal.h"

struct sample {
    struct terminal *terminal;
    struct workers *workers;
    struct image_service *images;
    struct screen screen;
    int page;
    bool dimmed, popup, map;
    uint64_t map_version;
    char last[128];
    int requested;
};

static void draw_rows(struct sample *sample)
{
    static const char *const titles[] = {"Holocene",
                                         "夜に駆ける",
                                         "Ágætis byrjun",
                                         "🎵 Emoji 👩‍👩‍👧 title",
                                         "Re: Stacks",
                                         "한국어 노래",
                                         "Naïve café",
                                         "Группа крови",
                                         "e\xcc\x81 combining",
                                         "عربي"};
    struct screen *screen = &sample->screen;
    int height = screen->rows >= 46 ? 4 : screen->rows >= 34 ? 3 : 2;
    for (int i = 0; i < 10 && 2 + (i + 1) * height < screen->rows; i++) {
        int row = 2 + i * height;
        char title[128];
        snprintf(title, sizeof title, "%2d  %s", sample->page * 10 + i + 1, titles[i]);
        struct image_rect rect = {.row = row,
                                  .column = 2,
                                  .rows = height,
                                  .columns = 2 * height,
                                  .reference = {IMAGE_COVER, sample->page * 10 + i, 0},
                                  .colour = sample_colour(sample->page * 10 + i),
                                  .dimmed = sample->dimmed};
        if (!(sample->popup && row >= 5 && row < 12))
            screen_image(screen, &rect);
        bool selected = i == 1;
        if (selected)
            screen_fill(screen, row, 4 + 2 * height, screen->columns - 6 - 2 * height, STYLE_SELECTED);
        screen_text(screen, row, 4 + 2 * height, 40, selected ? STYLE_SELECTED_TITLE : STYLE_TITLE, title);
        screen_text_right(screen, row, screen->columns - 2, 8, selected ? STYLE_SELECTED_DIM : STYLE_DIM, "5:37");
        screen_text(screen, row + 1, 8 + 2 * height, 30, STYLE_DIM, "Bon Iver · For Emma");
        screen_text(screen, row + 1, 40, 12, STYLE_BAR, "▕███████ ▏");
    }
}

static void draw(struct sample *sample)
{
    struct screen *screen = &sample->screen;
    const struct terminal_info *info = terminal_info(sample->terminal);
    screen_clear(screen);
    char line[256];
    snprintf(line, sizeof line, "%s %dx%d cell %dx%d (%s) %s, %d colours, %d registers%s%s", info->name, info->columns,
             info->rows, info->cell_width, info->cell_height, info->cell_source, image_mode_name(info->images),
             info->colours, info->sixel_registers, info->synchronised ? ", 2026" : "", info->tmux ? ", tmux" : "");
    screen_text(screen, 0, 1, screen->columns - 2, STYLE_ACCENT, line);
    for (int column = 0; column < screen->columns; column++)
        screen_text(screen, 1, column, 1, STYLE_RULE, "─");
    if (sample->map) {
        struct image_rect rect = {.row = 2,
                                  .column = 0,
                                  .rows = screen->rows - 4,
                                  .columns = screen->columns,
                                  .reference = {IMAGE_MAP, 1, sample->map_version},
                                  .colour = 0x101014};
        screen_image(screen, &rect);
    } else {
        draw_rows(sample);
    }
    if (sample->popup)
        for (int row = 5; row < 12; row++) {
            screen_fill(screen, row, 0, 40, STYLE_SELECTED);
            screen_text(screen, row, 2, 36, STYLE_SELECTED, "a popup over pictures");
        }
    screen_text(screen, screen->rows - 2, 0, screen->columns, STYLE_WARNING, sample->last);
    screen_text(screen, screen->rows - 1, 0, screen->columns, STYLE_KEY,
                " n p page  d dim  o popup  m map  i images  q");
    screen->cursor_row = 4;
    screen->cursor_column = 1;
    screen->cursor_visible = true;
}

static bool key(struct sample *sample, const struct event *event)
{
    static const enum image_mode modes[] = {IMAGES_AUTO, IMAGES_HALF, IMAGES_256, IMAGES_ASCII, IMAGES_NONE};
    snprintf(sample->last, sizeof sample->last, "key %d%s", (int)event->key, event->alt ? " with alt" : "");
    switch (event->key) {
    case 'n':
        sample->page++;
        break;
    case 'p':
        sample->page -= sample->page > 0;
        break;
    case 'd':
        sample->dimmed = !sample->dimmed;
        break;
    case 'o':
        sample->popup = !sample->popup;
        break;
    case 'm':
        sample->map = !sample->map;
        break;
    case 'i':
        sample->requested = (sample->requested + 1) % 5;
        terminal_set_images(sample->terminal, modes[sample->requested]);
        break;
    case KEY_CONTROL('l'):
        terminal_redraw_all(sample->terminal);
        break;
    case KEY_CONTROL('z'):
        terminal_suspend(sample->terminal);
        break;
    case 'q':
        return false;
    default:
        break;
    }
    return true;
}

static enum status handle(struct sample *sample, struct event *event, bool *going, struct error *error)
{
    switch (event->type) {
    case EVENT_KEY:
        *going = key(sample, event);
        break;
    case EVENT_CLOSED:
        *going = false;
        break;
    case EVENT_RESIZE:
        screen_free(&sample->screen);
        return screen_create(event->rows, event->columns, &sample->screen, error);
    case EVENT_PASTE:
        snprintf(sample->last, sizeof sample->last, "paste: %.100s", event->text);
        free(event->text);
        break;
    case EVENT_CLICK:
        snprintf(sample->last, sizeof sample->last, "click %d,%d x%d", event->row, event->column, event->clicks);
        break;
    case EVENT_DRAG:
        break;
    case EVENT_WHEEL:
        sample->page += sample->page + event->direction >= 0 ? event->direction : 0;
        break;
    case EVENT_READY:
        snprintf(sample->last, sizeof sample->last, "late answers");
        break;
    case EVENT_FOCUS:
    case EVENT_NONE:
        break;
    }
    return STATUS_OK;
}

static enum status run(struct sample *sample, struct error *error)
{
    const struct terminal_info *info = terminal_info(sample->terminal);
    enum status status = screen_create(info->rows, info->columns, &sample->screen, error);
    for (bool going = true; going && status == STATUS_OK;) {
        draw(sample);
        status = terminal_show(sample->terminal, &sample->screen, sample->images, error);
        image_service_end_frame(sample->images);
        if (status != STATUS_OK)
            break;
        int descriptor = workers_descriptor(sample->workers);
        struct event event;
        status = terminal_wait(sample->terminal, &descriptor, 1, sample->map ? 20 : -1, &event, error);
        if (status == STATUS_OK)
            status = handle(sample, &event, &going, error);
        workers_collect(sample->workers, NULL);
        sample->map_version++;
    }
    return status;
}

static void keep_quiet(enum log_level level, const char *text, void *context)
{
    (void)level;
    (void)text;
    (void)context;
}

int main(int argc, char **argv)
{
    struct sample sample = {.page = 0};
    struct terminal_options options = {.mouse = true, .no_colour = getenv("NO_COLOR") && *getenv("NO_COLOR")};
    if (argc > 1 && !image_mode_parse(argv[1], &options.images)) {
        fprintf(stderr, "usage: %s [auto|sixel|half|256|ascii|none]\n", argv[0]);
        return 2;
    }
    log_set_sink(keep_quiet, NULL);
    struct error error = {STATUS_OK, ""};
    struct image_source source = sample_source(NULL);
    enum status status = workers_create(2, &sample.workers, &error);
    if (status == STATUS_OK)
        status = image_service_create(sample.workers, &source, 16 << 20, &sample.images, &error);
    if (status == STATUS_OK)
        status = terminal_open(&options, &sample.terminal, &error);
    if (status == STATUS_OK)
        status = run(&sample, &error);
    terminal_close(sample.terminal);
    image_service_destroy(sample.images);
    workers_destroy(sample.workers, NULL);
    screen_free(&sample.screen);
    if (status != STATUS_OK)
        fprintf(stderr, "%s\n", error.text);
    return (int)status;
}
