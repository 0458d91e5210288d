#include "ui/explorer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "ui/large_cover.h"
#include "ui/pictures.h"
#include "ui/playing.h"
#include "ui/runtime.h"
#include "ui/update.h"
#include "ui/view.h"

enum { IMAGE_MEMORY = 96 << 20, EVENTS_A_FRAME = 64, SCREEN_ROWS_START = 24, SCREEN_COLUMNS_START = 80 };

static const double AWAY_SECONDS = 0.5;

struct explorer {
    struct runtime runtime;
    struct terminal *terminal;
    struct pictures *pictures;
    struct image_service *images;
    struct large_cover large_cover;
    bool away;       /* another window has the keyboard */
    double shown_at; /* time of the last frame; 0: draw the next at once */
    double key_at;   /* time of the last key or click */
    double cover_at; /* time to draw again, because a large cover waits; 0: none does */
    struct playing playing;
    bool seen; /* the screen shows the state, and all pictures that have arrived */
};

static void take_info(struct explorer *explorer)
{
    const struct terminal_info *info = terminal_info(explorer->terminal);
    struct state *state = &explorer->runtime.state;
    state->rows = info->rows;
    state->columns = info->columns;
    if (info->cell_width > 0 && info->cell_height > 0) {
        state->cell_width = info->cell_width;
        state->cell_height = info->cell_height;
    }
    state->no_images = info->images == IMAGES_NONE || info->images == IMAGES_ASCII;
    state->pixel_images = image_mode_has_pixels(info->images);
    state->page = terminal_page(explorer->terminal);
}

static void redraw(void *context)
{
    struct explorer *explorer = context;
    terminal_redraw_all(explorer->terminal);
}

static void suspend(void *context)
{
    struct explorer *explorer = context;
    terminal_suspend(explorer->terminal);
    take_info(explorer);
}

static void copy(void *context, const char *text)
{
    struct explorer *explorer = context;
    terminal_copy(explorer->terminal, text);
}

static enum status set_images(void *context, const char *name, struct error *error)
{
    struct explorer *explorer = context;
    struct buffer why = {0};
    enum image_mode mode;
    if (image_mode_parse(name, &mode)) /* "": only say */
        terminal_set_images(explorer->terminal, mode);
    take_info(explorer);
    terminal_explain_images(explorer->terminal, &why);
    if (!why.failed)
        state_say(&explorer->runtime.state, "pictures: %s", why.data);
    buffer_free(&why);
    (void)error;
    return STATUS_OK;
}

/* A name that the session has and this version does not know is left out. */
static enum status set_theme(void *context, const char *name, struct error *error)
{
    struct explorer *explorer = context;
    enum theme_choice choice;
    (void)error;
    if (theme_parse(name, &choice))
        terminal_set_theme(explorer->terminal, choice);
    take_info(explorer); /* pictures are made for the page's colour */
    return STATUS_OK;
}

static enum status write_screen(void *context, const char *path, bool images_only, struct error *error)
{
    struct explorer *explorer = context;
    if (strcmp(path, "-") == 0)
        return error_set(error, STATUS_USAGE, "dump-images needs a file when there is a terminal");
    return runtime_write_screen(&explorer->runtime.screen, path, images_only, error);
}

static enum status shot(void *context, const char *path, bool overwrite, struct error *error)
{
    struct explorer *explorer = context;
    return runtime_shot(&explorer->runtime, explorer->pictures, path, overwrite, error);
}

/* The covers of the next and the previous page. */
static void prefetch(struct explorer *explorer)
{
    static const int directions[] = {1, -1};
    struct image_rect rects[PAGE_COVERS];
    for (size_t way = 0; way < 2; way++) {
        int count = view_page_covers(&explorer->runtime.state, directions[way], rects);
        for (int i = 0; i < count; i++)
            terminal_prefetch(explorer->terminal, &rects[i], explorer->images);
    }
}

/* Hands over the map that is on the screen, whose picture is then up to date. */
static void set_map(struct explorer *explorer)
{
    struct screen *screen = &explorer->runtime.screen;
    for (int i = 0; i < screen->n_images; i++)
        if (screen->images[i].reference.kind == IMAGE_MAP)
            screen->images[i].reference.version =
                pictures_set_map(explorer->pictures, &explorer->runtime.state, &screen->images[i]);
}

/* Lets a large cover wait while keys arrive. */
static void settle_large_cover(struct explorer *explorer)
{
    explorer->cover_at = 0;
    struct image_rect *cover = large_cover_of(&explorer->large_cover, &explorer->runtime.screen);
    if (!cover || explorer->runtime.state.no_images)
        return;
    double now = clock_seconds();
    bool available = terminal_prefetch(explorer->terminal, cover, explorer->images);
    double left = large_cover_settle(&explorer->large_cover, cover, now - explorer->key_at, available);
    explorer->cover_at = left > 0 ? now + left : 0;
}

static enum status show(struct explorer *explorer, struct error *error)
{
    struct runtime *runtime = &explorer->runtime;
    enum status status = runtime_draw(runtime, error);
    if (status != STATUS_OK)
        return status;
    explorer->shown_at = clock_seconds();
    set_map(explorer);
    settle_large_cover(explorer);
    terminal_set_title(explorer->terminal, playlist_now(&runtime->state.playlist)->name);
    status = terminal_show(explorer->terminal, &runtime->screen, explorer->images, error);
    prefetch(explorer);
    image_service_end_frame(explorer->images);
    explorer->seen = status == STATUS_OK;
    return status;
}

static void take_event(struct explorer *explorer, struct event *event)
{
    struct error ignored; /* the message line shows it */
    explorer->shown_at = 0;
    explorer->seen = false;
    if (event->type == EVENT_FOCUS)
        explorer->away = event->direction < 0;
    bool resized = event->type == EVENT_RESIZE || event->type == EVENT_READY;
    if (!resized && event->type != EVENT_FOCUS)
        explorer->key_at = clock_seconds();
    if (!playing_stop(&explorer->playing, &explorer->runtime, event))
        runtime_event(&explorer->runtime, event, &ignored);
    free(event->text);
    event->text = NULL;
    if (resized)
        take_info(explorer);
}

/* Seconds for which the next frame is not drawn: a map that moves need not move quickly while the person is elsewhere.
 */
static double postponed(const struct explorer *explorer)
{
    double left = explorer->shown_at + AWAY_SECONDS - clock_seconds();
    return explorer->away && left > 0 ? left : 0;
}

/* The sooner of two times from now; negative: never. */
static double sooner(double a, double b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Takes finished work. Pictures for the next page change nothing that is on the screen. */
static void collect(struct explorer *explorer, double due)
{
    int ahead = image_service_ahead(explorer->images);
    int done = runtime_collect(&explorer->runtime);
    ahead = image_service_ahead(explorer->images) - ahead;
    bool idle = done > 0 && done == ahead && explorer->cover_at == 0 && (due < 0 || clock_seconds() < due);
    explorer->seen = explorer->seen && idle;
}

/* Waits for an event, then handles all that have arrived, so that a key that is held down is drawn once. */
static enum status wait(struct explorer *explorer, struct error *error)
{
    struct runtime *runtime = &explorer->runtime;
    int descriptor = workers_descriptor(runtime->workers);
    double due = update_due(&runtime->state);
    double later = postponed(explorer), now = clock_seconds();
    if (later > 0)
        due = sooner(due, later);
    if (explorer->cover_at > 0)
        due = sooner(due, explorer->cover_at > now ? explorer->cover_at - now : 0);
    due = sooner(due, playing_due(&explorer->playing, &explorer->runtime, now));
    int milliseconds = due < 0 ? -1 : (int)(due * 1000) + 1;
    for (int i = 0; i < EVENTS_A_FRAME && !runtime->state.quitting; i++) {
        struct event event = {0};
        enum status status = terminal_wait(explorer->terminal, &descriptor, 1, milliseconds, &event, error);
        if (status != STATUS_OK)
            return status;
        if (event.type == EVENT_NONE)
            break;
        take_event(explorer, &event);
        milliseconds = 0;
    }
    collect(explorer, due < 0 ? due : now + due);
    return STATUS_OK;
}

/* What was chosen on the command line is run like commands that are typed. */
static enum status begin(struct explorer *explorer, const struct explorer_options *options, struct error *error)
{
    enum status status = STATUS_OK;
    explorer->playing.speed = options->speed > 0 ? options->speed : 1;
    explorer->playing.step.speed = explorer->playing.speed;
    explorer->playing.goes_on = options->tour && options->play;
    if (options->present)
        status = runtime_command(&explorer->runtime, "present", error);
    if (status == STATUS_OK && options->tour)
        status = runtime_command(&explorer->runtime, "tour", error);
    return status;
}

static enum status run(struct explorer *explorer, const struct explorer_options *options, struct error *error)
{
    take_info(explorer);
    enum status status = begin(explorer, options, error);
    while (status == STATUS_OK && !explorer->runtime.state.quitting) {
        if (postponed(explorer) == 0 && !explorer->seen)
            status = show(explorer, error);
        if (status == STATUS_OK)
            status = wait(explorer, error);
        if (status == STATUS_OK)
            explorer->seen &= !playing_run(&explorer->playing, &explorer->runtime, clock_seconds());
    }
    return status;
}

static enum status start(struct explorer *explorer, struct app *app, const struct explorer_options *options,
                         struct error *error)
{
    struct runtime *runtime = &explorer->runtime;
    enum status status = pictures_create(app, &explorer->pictures, error);
    if (status == STATUS_OK) {
        struct image_source source = pictures_source(explorer->pictures);
        status = image_service_create(runtime->workers, &source, IMAGE_MEMORY, &explorer->images, error);
    }
    if (status == STATUS_OK)
        status = terminal_open(&options->terminal, &explorer->terminal, error);
    return status;
}

enum status explorer_run(struct app *app, const struct explorer_options *options, bool *abandoned, struct error *error)
{
    *abandoned = false;
    struct explorer *explorer = calloc(1, sizeof *explorer); /* on the heap: workers may outlive this function */
    if (!explorer)
        return error_no_memory(error);
    struct runtime *runtime = &explorer->runtime;
    enum status status = terminal_prepare(error);
    if (status == STATUS_OK && options->script)
        status = play_read(options->script, options->speed, &explorer->playing.script, error);
    if (status == STATUS_OK)
        status = runtime_start(app, options->model, SCREEN_ROWS_START, SCREEN_COLUMNS_START, runtime, error);
    if (status == STATUS_OK)
        status = runtime_configure(runtime, options->config, error);
    if (status == STATUS_OK && options->theme_chosen)
        snprintf(runtime->state.theme_forced, sizeof runtime->state.theme_forced, "%s",
                 theme_name(options->terminal.theme));
    if (status != STATUS_OK) {
        play_free(&explorer->playing.script);
        free(explorer);
        return status;
    }
    runtime->display = (struct display){explorer, redraw, suspend, copy, set_images, set_theme, write_screen, shot};
    status = start(explorer, app, options, error);
    if (status == STATUS_OK)
        status = run(explorer, options, error);
    terminal_leave(explorer->terminal);
    struct error unsaved;
    enum status stopped = runtime_stop(runtime, &unsaved);
    if (status == STATUS_OK && stopped != STATUS_OK) {
        status = stopped;
        if (error)
            *error = unsaved;
    }
    terminal_close(explorer->terminal);
    *abandoned = runtime->abandoned;
    if (*abandoned)
        return status;
    image_service_destroy(explorer->images);
    pictures_destroy(explorer->pictures);
    runtime_free(runtime);
    play_free(&explorer->playing.script);
    play_free(&explorer->playing.step);
    free(explorer);
    return status;
}
