#include "ui/runtime.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/paths.h"
#include "ui/commands.h"
#include "ui/effects/save.h"
#include "ui/layout.h"
#include "ui/shot/shot_file.h"
#include "ui/update.h"
#include "ui/view.h"

enum { THREADS = 4, CAUGHT_MAX = 64 };

/* Log messages from any thread, kept until the state takes them. */
struct log_catcher {
    pthread_mutex_t lock;
    char *lines[CAUGHT_MAX];
    bool warnings[CAUGHT_MAX];
    int count;
};

static void catch_message(enum log_level level, const char *text, void *context)
{
    struct log_catcher *log = context;
    pthread_mutex_lock(&log->lock);
    char *copy = log->count < CAUGHT_MAX ? strdup(text) : NULL;
    if (copy) {
        log->warnings[log->count] = level <= LOG_WARNING;
        log->lines[log->count++] = copy;
    }
    pthread_mutex_unlock(&log->lock);
}

static void take_log(struct runtime *runtime)
{
    struct log_catcher *log = runtime->log;
    pthread_mutex_lock(&log->lock);
    for (int i = 0; i < log->count; i++) {
        state_note(&runtime->state, log->warnings[i], log->lines[i]);
        free(log->lines[i]);
    }
    log->count = 0;
    pthread_mutex_unlock(&log->lock);
}

/* Starts the effects that were requested: on workers, or on the display. */
static enum status send(struct runtime *runtime, struct error *error)
{
    enum status status = STATUS_OK;
    struct effect_list requested = runtime->requested;
    runtime->requested = (struct effect_list){0};
    for (size_t i = 0; i < requested.count; i++) {
        const struct effect_ops *ops = effect_ops(requested.items[i].type);
        if (ops->run)
            effects_post(runtime->effects, &requested.items[i]);
        else if (runtime->display.write && status == STATUS_OK)
            status = ops->show(&runtime->display, &requested.items[i], error);
    }
    effect_list_free(&requested);
    return status;
}

static enum status conclude(struct runtime *runtime, enum status status, struct error *error)
{
    struct error late;
    enum status sent = send(runtime, &late);
    if (status == STATUS_OK && sent != STATUS_OK) {
        status = sent;
        *error = late;
    }
    if (status != STATUS_OK)
        state_warn(&runtime->state, error->text);
    layout_settle(&runtime->state);
    return status;
}

static void take(struct result *result, void *context)
{
    struct runtime *runtime = context;
    update_result(&runtime->state, &runtime->requested, result);
}

enum status runtime_start(struct app *app, const char *model, int rows, int columns, struct runtime *runtime,
                          struct error *error)
{
    memset(runtime, 0, sizeof *runtime);
    enum status status = state_start(&runtime->state, app_summary(app), rows, columns, error);
    if (status != STATUS_OK)
        return status;
    runtime->app = app;
    app_device(app, &runtime->state.device);
    runtime->log = calloc(1, sizeof *runtime->log);
    if (!runtime->log) {
        state_free(&runtime->state);
        return error_no_memory(error);
    }
    pthread_mutex_init(&runtime->log->lock, NULL);
    runtime->state.now = clock_seconds() + runtime->ahead;
    if (model) {
        snprintf(runtime->state.model, sizeof runtime->state.model, "%s", model);
        runtime->state.model_chosen = true;
    }
    status = workers_create(THREADS, &runtime->workers, error);
    if (status == STATUS_OK)
        status = effects_create(app, runtime->workers, take, runtime, &runtime->effects, error);
    if (status != STATUS_OK) {
        workers_destroy(runtime->workers, NULL);
        runtime->workers = NULL;
        runtime_free(runtime);
        return status;
    }
    log_set_sink(catch_message, runtime->log);
    update_start(&runtime->state, &runtime->requested);
    return send(runtime, error);
}

enum status runtime_configure(struct runtime *runtime, const struct config *config, struct error *error)
{
    struct state *state = &runtime->state;
    if (!config)
        return STATUS_OK;
    state->settings = config->settings;
    if (!own_keys_copy(&config->keys, &state->keys))
        return error_no_memory(error);
    for (size_t i = 0; i < config->n_problems && i < CONFIG_PROBLEMS_MAX; i++)
        state_note(state, true, config->problems[i]);
    if (config->n_problems > 0) {
        snprintf(state->message, sizeof state->message, "%.400s%s", config->problems[0],
                 config->n_problems > 1 ? " (M shows the others)" : "");
        state->message_warning = true;
    }
    return STATUS_OK;
}

/* Quitting takes less than a second: queries of the catalogue are interrupted, locks of other programs are waited for
 * briefly, and a computation that takes longer is abandoned. */
enum { LOCK_MILLISECONDS = 250 };
static const double stop_seconds = 0.25;

static void stop_workers(struct runtime *runtime, struct app *app)
{
    effects_stop(runtime->effects);
    app_set_lock_timeout(app, LOCK_MILLISECONDS);
    app_cancel_queries(app, true);
    runtime->abandoned = workers_stop(runtime->workers, NULL, stop_seconds) > 0;
    if (!runtime->abandoned) {
        workers_destroy(runtime->workers, NULL);
        runtime->workers = NULL;
    }
    app_cancel_queries(app, false);
}

enum status runtime_stop(struct runtime *runtime, struct error *error)
{
    enum status status = STATUS_OK;
    stop_workers(runtime, runtime->app);
    log_set_sink(NULL, NULL);
    struct effect last = {0};
    bool failed = runtime->state.save_failure[0] != '\0'; /* the last save: it may succeed now */
    bool unsaved = runtime->state.dirty || runtime->state.saving > 0 || failed;
    if (unsaved && runtime->state.session_known) {
        bool filled = effect_init(&last, EFFECT_SAVE, playlist_now(&runtime->state.playlist)->name) &&
                      save_fill(&runtime->state, &last);
        status = filled ? save_now(runtime->effects, &last, error) : error_no_memory(error);
        effect_free(&last);
    }
    if (runtime->state.exit_message[0])
        log_message(LOG_WARNING, "%s", runtime->state.exit_message);
    return status;
}

void runtime_free(struct runtime *runtime)
{
    effects_destroy(runtime->effects);
    effect_list_free(&runtime->requested);
    screen_free(&runtime->screen);
    for (int i = 0; runtime->log && i < runtime->log->count; i++)
        free(runtime->log->lines[i]);
    if (runtime->log)
        pthread_mutex_destroy(&runtime->log->lock);
    free(runtime->log);
    state_free(&runtime->state);
    memset(runtime, 0, sizeof *runtime);
}

enum status runtime_event(struct runtime *runtime, const struct event *event, struct error *error)
{
    runtime->state.now = clock_seconds() + runtime->ahead;
    return conclude(runtime, update_event(&runtime->state, &runtime->requested, event, error), error);
}

enum status runtime_command(struct runtime *runtime, const char *line, struct error *error)
{
    runtime->state.now = clock_seconds() + runtime->ahead;
    return conclude(runtime, command_run(&runtime->state, &runtime->requested, line, error), error);
}

int runtime_collect(struct runtime *runtime)
{
    struct error error;
    runtime->state.now = clock_seconds() + runtime->ahead;
    int done = workers_collect(runtime->workers, NULL);
    take_log(runtime);
    update_tick(&runtime->state, &runtime->requested);
    conclude(runtime, STATUS_OK, &error);
    return done;
}

enum status runtime_draw(struct runtime *runtime, struct error *error)
{
    struct screen *screen = &runtime->screen;
    if (screen->rows != runtime->state.rows || screen->columns != runtime->state.columns) {
        struct screen fresh;
        enum status status = screen_create(runtime->state.rows, runtime->state.columns, &fresh, error);
        if (status != STATUS_OK)
            return status;
        screen_free(screen);
        *screen = fresh;
    }
    view_draw(&runtime->state, screen);
    return STATUS_OK;
}

enum status runtime_write_screen(const struct screen *screen, const char *path, bool images_only, struct error *error)
{
    struct buffer text = {0}, file = {0};
    enum status status = STATUS_OK;
    if (images_only)
        screen_dump_images(screen, &text);
    else
        screen_dump(screen, &text);
    if (text.failed) {
        status = error_no_memory(error);
    } else if (strcmp(path, "-") == 0) {
        fwrite(text.data ? text.data : "", 1, text.size, stdout);
    } else {
        path_typed(path, &file);
        status = file.failed ? error_no_memory(error) : atomic_file_write(file.data, &text, error);
    }
    buffer_free(&text);
    buffer_free(&file);
    return status;
}

enum status runtime_shot(struct runtime *runtime, struct pictures *pictures, const char *path, bool overwrite,
                         struct error *error)
{
    enum status status = runtime_draw(runtime, error);
    if (status == STATUS_OK)
        status = shot_save(&runtime->state, &runtime->screen, pictures, path, overwrite, error);
    if (status == STATUS_OK)
        state_say(&runtime->state, "wrote %s", path);
    return status;
}
