#include "ui/script.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/interrupt.h"
#include "core/text_reader.h"
#include "ui/pictures.h"
#include "ui/runtime.h"
#include "ui/shot/shot.h"
#include "ui/update.h"
#include "ui/views/explore/explore.h"

struct script {
    struct runtime runtime;
    struct pictures *pictures;
};

/* Waits until no effect is pending and nothing is unsaved. */
static void settle(struct runtime *runtime)
{
    for (;;) {
        runtime_collect(runtime);
        double due = update_due(&runtime->state);
        if (effects_pending(runtime->effects) > 0) {
            struct pollfd waiting = {.fd = workers_descriptor(runtime->workers), .events = POLLIN};
            poll(&waiting, 1, 1000);
        } else if (due < 0 || (runtime->state.retry_at > 0 && !runtime->state.dirty)) {
            runtime->ahead += EXPLORE_GLANCE; /* a script sees what is there */
            return;
        } else {
            runtime->ahead += due + 1e-6;
        }
    }
}

static enum status write_screen(void *context, const char *path, bool images_only, struct error *error)
{
    struct script *script = context;
    enum status status = runtime_draw(&script->runtime, error);
    if (status == STATUS_OK)
        status = runtime_write_screen(&script->runtime.screen, path, images_only, error);
    return status;
}

static enum status shot(void *context, const char *path, bool overwrite, struct error *error)
{
    struct script *script = context;
    return runtime_shot(&script->runtime, script->pictures, path, overwrite, error);
}

/* The commands of a step of the tour, at once. */
static void run_tour(struct runtime *runtime)
{
    struct tour *tour = &runtime->state.tour;
    while (tour->running) {
        const struct tour_step *step = &tour->steps[tour->at];
        struct error error = {0};
        bool good = true;
        for (size_t i = 0; i < step->n_lines && good && tour->running; i++) {
            good = runtime_command(runtime, step->lines[i], &error) == STATUS_OK;
            settle(runtime);
        }
        tour_done(tour, good ? NULL : error.text);
    }
}

/* The warning that a result put into the message line. */
static enum status run_line(struct runtime *runtime, const char *line, struct error *error)
{
    runtime->state.message_warning = false;
    enum status status = runtime_command(runtime, line, error);
    settle(runtime);
    run_tour(runtime);
    if (status == STATUS_OK && runtime->state.message_warning)
        status = error_set(error, STATUS_FAILED, "%s", runtime->state.message);
    return status;
}

enum { LINE_MAX_BYTES = 65536 };

static enum status run_lines(struct runtime *runtime, struct text_reader *reader, struct error *error)
{
    enum status status = STATUS_OK;
    struct text_line line;
    bool more = true;
    while (status == STATUS_OK && !runtime->state.quitting) {
        if (interrupt_requested())
            return error_set(error, STATUS_INTERRUPTED, "%s: stopped; what was done is saved",
                             text_reader_name(reader));
        status = text_reader_line(reader, LINE_MAX_BYTES, &line, &more, error);
        if (status != STATUS_OK || !more)
            break;
        const char *start = line.text + strspn(line.text, " \t");
        if (*start == '\0' || *start == '#')
            continue;
        status = run_line(runtime, start, error);
        if (status != STATUS_OK)
            error_prefix(error, "%s:%lld", text_reader_name(reader), line.number);
    }
    return status;
}

/* A picture where the name is that of one, otherwise the text with the positions of pictures. */
static enum status dump(struct script *script, const char *path, struct error *error)
{
    enum shot_format format;
    if (shot_format_of(path, &format, NULL) == STATUS_OK)
        return shot(script, path, true, error);
    return write_screen(script, path, false, error);
}

static enum status run_script(struct script *script, const struct script_options *options, struct text_reader *reader,
                              struct error *error)
{
    struct runtime *runtime = &script->runtime;
    runtime->display = (struct display){.context = script, .write = write_screen, .shot = shot};
    settle(runtime);
    enum status status = reader ? run_lines(runtime, reader, error) : STATUS_OK;
    if (status == STATUS_OK && options->dump)
        status = dump(script, options->dump, error);
    struct error unsaved;
    enum status stopped = runtime_stop(runtime, &unsaved);
    if (status == STATUS_OK && stopped != STATUS_OK) {
        status = stopped;
        if (error)
            *error = unsaved;
    }
    return status;
}

static enum status start(struct app *app, const struct script_options *options, struct script *script,
                         struct error *error)
{
    int rows = options->rows > 0 ? options->rows : 24, columns = options->columns > 0 ? options->columns : 80;
    enum status status = pictures_create(app, &script->pictures, error);
    if (status == STATUS_OK)
        status = runtime_start(app, options->model, rows, columns, &script->runtime, error);
    if (status != STATUS_OK)
        return status;
    if (options->theme)
        snprintf(script->runtime.state.theme_forced, sizeof script->runtime.state.theme_forced, "%s", options->theme);
    if (options->present)
        script->runtime.state.present = PRESENT_AUTO;
    return runtime_configure(&script->runtime, options->config, error);
}

enum status script_run(struct app *app, const struct script_options *options, bool *abandoned, struct error *error)
{
    *abandoned = false;
    struct text_reader *reader = NULL;
    enum status status = STATUS_OK;
    if (options->path)
        status = text_reader_open(options->path, TEXT_READER_STDIN | TEXT_READER_UNBUFFERED, &reader, error);
    if (status != STATUS_OK)
        return error_prefix(error, "the script");
    struct script *script = calloc(1, sizeof *script); /* on the heap: workers may outlive this function */
    status = script ? start(app, options, script, error) : error_no_memory(error);
    if (status == STATUS_OK) {
        status = run_script(script, options, reader, error);
        *abandoned = script->runtime.abandoned;
        if (!*abandoned)
            runtime_free(&script->runtime);
    }
    if (!*abandoned && script) {
        pictures_destroy(script->pictures);
        free(script);
    }
    text_reader_close(reader);
    return status;
}
