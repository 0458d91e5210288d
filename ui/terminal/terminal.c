#include "ui/terminal/terminal.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "ui/terminal/frame.h"
#include "ui/terminal/input.h"
#include "ui/terminal/probe.h"
#include "ui/terminal/queue.h"
#include "ui/terminal/tmux.h"
#include "ui/terminal/tty.h"

enum { DESCRIPTORS_MAX = 16, READ_SIZE = 4096, STALLED_MILLISECONDS = 2000, LEAVING_MILLISECONDS = 500 };

/* Larger than any display; a terminal may report 65,535 of each, and memory grows with them. */
enum { ROWS_MAX = 600, COLUMNS_MAX = 2000 };

static const double FIRST_PICTURE_SECONDS = 0.15;
static const double RESIZE_SECONDS = 0.04; /* dragging a window sends many sizes */
/* On exit, pending replies are awaited: this many patiences after the query, and after leaving the screen.
 * terminal_reply_seconds is 1 on this machine, 3 over a network. */
static const double LAST_ANSWERS_PATIENCES = 2.0;
static const double LEAVING_PATIENCES = 0.85;
static const double LEAVING_SECONDS = 1.8; /* at least: a line may be slow although it is not known to be a network */

struct terminal {
    struct tty *tty;
    struct terminal_options options;
    struct text_screen *text;
    int colours;     /* by terminfo */
    bool modern;     /* knows, or ignores quietly, links, titles, the clipboard and focus */
    char title[256]; /* of the window, as it was set last; "": not set */
    struct terminal_info info;
    struct probe_answers answers;
    struct sequence_parser parser;
    struct input input;
    struct event_queue queue;
    struct display display;
    struct frame frame;
    struct buffer out;
    enum image_mode requested;
    struct tmux_info tmux;
    double probed_at;      /* when the probe was sent */
    bool expecting;        /* its replies are pending */
    int unanswered;        /* queries whose last reply (DA1) has not arrived, awaited or not */
    double left_screen_at; /* time of leaving the screen; 0: not left */
    bool opened;           /* replies change the display from now on */
    double resize_at;      /* time to report a change of size; 0: none */
    double silent_since;   /* time of the last byte read */
    int signals;           /* received but not handled yet */
    bool closed;
};

/* ------------------------------------------------------------------ capabilities */

static bool measure_cell(struct terminal *terminal, int window_width, int window_height)
{
    struct terminal_info *info = &terminal->info;
    int width = info->cell_width;
    int height = info->cell_height;
    info->cell_source = probe_cell_size(&terminal->answers, info->rows, info->columns, window_width, window_height,
                                        &info->cell_width, &info->cell_height);
    return width != info->cell_width || height != info->cell_height;
}

/* A recording is played elsewhere: questions in it would be answered there, into the shell, and links, titles and whole
 * frames are not shown by players. */
static bool is_recorded(const struct terminal *terminal)
{
    return terminal->requested == IMAGES_RECORD;
}

static const struct tmux_info *info_tmux(const struct terminal *terminal)
{
    return terminal_multiplexed() ? &terminal->tmux : NULL;
}

/* Evaluates the replies received so far; true if this changes what is drawn. */
static bool update(struct terminal *terminal)
{
    struct terminal_info before = terminal->info;
    struct terminal_info *info = &terminal->info;
    int width = 0;
    int height = 0;
    if (!tty_size(terminal->tty, &info->rows, &info->columns, &width, &height) && info->rows == 0) {
        info->rows = 24;
        info->columns = 80;
    }
    info->rows = info->rows < ROWS_MAX ? info->rows : ROWS_MAX;
    info->columns = info->columns < COLUMNS_MAX ? info->columns : COLUMNS_MAX;
    terminal_info_make(&terminal->answers, info_tmux(terminal), terminal->colours, terminal->options.no_colour, info);
    if (is_recorded(terminal) && info->colours >= 256)
        info->colours = 1 << 24;
    bool changed = measure_cell(terminal, width, height);
    info->images = terminal_info_images(info, terminal->requested);
    struct display *display = &terminal->display;
    *display = (struct display){
        .rows = info->rows,
        .columns = info->columns,
        .cell_width = info->cell_width,
        .cell_height = info->cell_height,
        .images = info->images,
        .shape = terminal_info_shape(info, info->images),
        .placeholders = info->placeholders,
        .utf8 = info->utf8,
        .synchronised = info->synchronised && !is_recorded(terminal),
        .links = terminal->modern && !is_recorded(terminal),
        .registers = info->sixel_registers > 0 ? info->sixel_registers : probe_registers(&terminal->answers),
    };
    int colours = info->colours;
    if (info->images == IMAGES_256 && colours > 256)
        colours = 256;
    theme_choose(terminal->options.theme, colours, terminal_info_page(info), &display->theme);
    return changed || before.images != info->images || before.colours != info->colours || before.utf8 != info->utf8 ||
           before.background != info->background || before.synchronised != info->synchronised ||
           before.sixel_registers != info->sixel_registers;
}

/* What is set beside curses, and unset. */
static void add_modes(struct terminal *terminal, bool set, struct buffer *out)
{
    char end = set ? 'h' : 'l';
    buffer_printf(out, "\x1b[?7%c\x1b[?2004%c", set ? 'l' : 'h', end);
    if (terminal->modern && !(set && is_recorded(terminal))) /* focus; keeps the window's title */
        buffer_printf(out, "\x1b[?1004%c\x1b[%d;2t", end, set ? 22 : 23);
    if (terminal->options.mouse)
        buffer_printf(out, set ? "\x1b[?1000%c\x1b[?1002%c\x1b[?1006%c" : "\x1b[?1006%c\x1b[?1002%c\x1b[?1000%c", end,
                      end, end);
    if (terminal->answers.sixel_display_mode)
        buffer_printf(out, "\x1b[?80%c", set ? 'l' : 'h');
}

/* Curses' way out depends on where it is; on a crash it is not asked, so the bytes must be known before. */
static void build_leave(struct terminal *terminal, const struct buffer *curses, struct buffer *out)
{
    const struct buffer *leave = &text_screen_entry(terminal->text)->leave;
    buffer_add_text(out, "\x1b\\\x1b[?2026l"); /* ends a truncated picture */
    add_modes(terminal, false, out);
    buffer_add_text(out, "\x1b[m\x1b[H\x1b[2J"); /* also pictures, and where there is no alternate screen */
    buffer_add(out, curses->data, curses->size);
    buffer_add(out, leave->data, leave->size);
}

/* What a crash writes. */
static void build_restore(struct terminal *terminal, struct buffer *out)
{
    build_leave(terminal, text_screen_restore(terminal->text), out);
}

static void ask(struct terminal *terminal, struct buffer *out)
{
    probe_add_queries(out, terminal_multiplexed());
    terminal->unanswered++;
    terminal->probed_at = clock_seconds();
}

static enum status enter(struct terminal *terminal, bool probe, struct error *error)
{
    enum status status = tty_raw(terminal->tty, error);
    if (status != STATUS_OK)
        return status;
    struct buffer *out = &terminal->out;
    buffer_clear(out);
    text_screen_enter(terminal->text, out);
    add_modes(terminal, true, out);
    if (probe)
        ask(terminal, out);
    frame_forget(&terminal->frame);
    terminal->title[0] = '\0';
    if (out->failed)
        return error_no_memory(error);
    if (!tty_write(terminal->tty, out->data, out->size, STALLED_MILLISECONDS))
        return error_set(error, STATUS_FAILED, "the terminal accepts no output; was it closed?");
    return STATUS_OK;
}

static void leave(struct terminal *terminal)
{
    struct buffer out = {0}, curses = {0};
    frame_leave(&terminal->frame, &out);
    text_screen_leave(terminal->text, &curses);
    build_leave(terminal, &curses, &out);
    if (!out.failed)
        tty_write(terminal->tty, out.data, out.size, LEAVING_MILLISECONDS);
    buffer_free(&curses);
    buffer_free(&out);
    terminal->left_screen_at = clock_seconds();
}

/* Ends the probe: its last reply has arrived, or the wait is over. */
static void conclude(struct terminal *terminal)
{
    terminal->expecting = false;
    if (terminal->answers.sixel_display_mode) {
        struct buffer restore = {0};
        build_restore(terminal, &restore);
        if (!restore.failed)
            tty_set_restore(restore.data, restore.size);
        buffer_free(&restore);
        tty_write(terminal->tty, "\x1b[?80l", 6, STALLED_MILLISECONDS);
    }
    if (update(terminal) && terminal->opened)
        event_queue_put(&terminal->queue, &(struct event){.type = EVENT_READY});
}

/* ------------------------------------------------------------------ input */

static void report_size(struct terminal *terminal)
{
    frame_forget(&terminal->frame);
    struct event event = {.type = EVENT_RESIZE, .rows = terminal->info.rows, .columns = terminal->info.columns};
    event_queue_put(&terminal->queue, &event);
}

static void resized(struct terminal *terminal);

static bool take_answer(struct terminal *terminal, const struct sequence *sequence)
{
    if (sequence->type == SEQUENCE_CSI && sequence->prefix == '?' && sequence->final == 'c')
        terminal->unanswered -= terminal->unanswered > 0;
    bool size = sequence->type == SEQUENCE_CSI && (sequence->final == 't' || sequence->final == 'S');
    struct probe_answers ignored = {0};
    if (!probe_accept(terminal->expecting || size ? &terminal->answers : &ignored, sequence))
        return false;
    if (terminal->expecting && terminal->answers.attributes)
        conclude(terminal);
    else if (!terminal->expecting && size) {
        int width = terminal->info.cell_width;
        int height = terminal->info.cell_height;
        update(terminal);
        if (width != terminal->info.cell_width || height != terminal->info.cell_height)
            report_size(terminal);
    }
    return true;
}

static void take_sequence(struct terminal *terminal, const struct sequence *sequence)
{
    struct event event;
    if (take_answer(terminal, sequence) || !input_event(&terminal->input, sequence, clock_seconds(), &event))
        return;
    if (terminal->resize_at > 0) { /* what is pressed in the new window is not for the old one */
        terminal->resize_at = 0;
        resized(terminal);
    }
    event_queue_put(&terminal->queue, &event);
}

static void read_input(struct terminal *terminal)
{
    char bytes[READ_SIZE];
    int count;
    struct sequence sequence;
    while ((count = tty_read(terminal->tty, bytes, sizeof bytes)) > 0) {
        terminal->silent_since = clock_seconds();
        for (int i = 0; i < count; i++)
            if (sequence_push(&terminal->parser, (uint8_t)bytes[i], &sequence))
                take_sequence(terminal, &sequence);
        if (count < (int)sizeof bytes)
            break;
    }
    if (count < 0)
        terminal->closed = true;
}

static void take_signals(struct terminal *terminal)
{
    int signals = tty_take_signals(terminal->tty) | terminal->signals;
    terminal->signals = 0;
    if (signals & TTY_CLOSED)
        terminal->closed = true;
    if (signals & TTY_STOP)
        terminal_suspend(terminal);
    else if ((signals & TTY_CONTINUED) && !terminal->closed) {
        enter(terminal, false, NULL); /* stopped externally: the shell has changed the modes */
        update(terminal);
        report_size(terminal);
    }
    if ((signals & TTY_RESIZED) && terminal->resize_at == 0)
        terminal->resize_at = clock_seconds() + RESIZE_SECONDS;
}

/* The size of cells in pixels may have changed. Until the reply arrives the old size is used, unless the window's size
 * is the only source. */
static void resized(struct terminal *terminal)
{
    struct terminal_info *info = &terminal->info;
    struct probe_answers *answers = &terminal->answers;
    bool answered = info->cell_source[0] != 'T' && info->cell_source[0] != 'g';
    int width = info->cell_width;
    int height = info->cell_height;
    const char *source = info->cell_source;
    answers->text_width = answers->text_height = answers->text_rows = answers->text_columns = 0;
    answers->geometry_width = answers->geometry_height = 0;
    update(terminal);
    if (answered) {
        info->cell_width = terminal->display.cell_width = width;
        info->cell_height = terminal->display.cell_height = height;
        info->cell_source = source;
        struct buffer question = {0};
        probe_add_cell_size_query(&question);
        terminal->unanswered++;
        terminal->probed_at = clock_seconds();
        if (!question.failed)
            tty_write(terminal->tty, question.data, question.size, STALLED_MILLISECONDS);
        buffer_free(&question);
    }
    report_size(terminal);
}

/* Runs due timers and returns the seconds until the next one; negative: none. */
static double run_timers(struct terminal *terminal)
{
    double now = clock_seconds();
    double next = -1;
    struct sequence sequence;
    int patience = sequence_timeout(&terminal->parser, terminal->expecting);
    if (patience >= 0) {
        double left = terminal->silent_since + patience * 1e-3 - now;
        if (left > 0)
            next = left;
        else if (sequence_flush(&terminal->parser, terminal->expecting, &sequence))
            take_sequence(terminal, &sequence);
    }
    if (terminal->expecting) {
        double left = terminal->probed_at + terminal_reply_seconds() - now;
        if (left <= 0)
            conclude(terminal);
        else if (next < 0 || left < next)
            next = left;
    }
    if (terminal->resize_at > 0) {
        double left = terminal->resize_at - now;
        if (left <= 0) {
            terminal->resize_at = 0;
            resized(terminal);
        } else if (next < 0 || left < next) {
            next = left;
        }
    }
    return next;
}

static int milliseconds_of(double seconds)
{
    return seconds < 0 ? -1 : seconds > 3600 ? 3600000 : (int)(seconds * 1e3) + 1;
}

/* True if one of the caller's descriptors is readable. */
static bool wait_readable(struct terminal *terminal, const int *descriptors, int n_descriptors, double seconds)
{
    struct pollfd wait[DESCRIPTORS_MAX + 2] = {
        {.fd = tty_descriptor(terminal->tty), .events = POLLIN},
        {.fd = tty_signal_descriptor(terminal->tty), .events = POLLIN},
    };
    int count = n_descriptors < DESCRIPTORS_MAX ? n_descriptors : DESCRIPTORS_MAX;
    for (int i = 0; i < count; i++)
        wait[2 + i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
    if (poll(wait, (nfds_t)count + 2, milliseconds_of(seconds)) <= 0)
        return false;
    if (wait[0].revents & (POLLHUP | POLLERR | POLLNVAL) && !(wait[0].revents & POLLIN))
        terminal->closed = true;
    for (int i = 0; i < count; i++)
        if (wait[2 + i].revents)
            return true;
    return false;
}

enum status terminal_wait(struct terminal *terminal, const int *descriptors, int n_descriptors, int milliseconds,
                          struct event *event, struct error *error)
{
    (void)error;
    double deadline = clock_seconds() + milliseconds * 1e-3;
    for (bool last = false;;) {
        take_signals(terminal);
        if (!terminal->closed)
            read_input(terminal);
        double next = run_timers(terminal);
        if (event_queue_take(&terminal->queue, event))
            return STATUS_OK;
        *event = (struct event){.type = terminal->closed ? EVENT_CLOSED : EVENT_NONE};
        if (terminal->closed || last)
            return STATUS_OK;
        double left = milliseconds < 0 ? -1 : fmax(deadline - clock_seconds(), 0);
        double pause = next >= 0 && (left < 0 || next < left) ? next : left;
        last = wait_readable(terminal, descriptors, n_descriptors, pause) ||
               (milliseconds >= 0 && clock_seconds() >= deadline); /* input that arrived meanwhile is processed once
                                                                    * more */
    }
}

/* ------------------------------------------------------------------ opening and closing */

static void await_answers(struct terminal *terminal, double seconds)
{
    double deadline = clock_seconds() + seconds;
    while (terminal->expecting && !terminal->closed) {
        double left = deadline - clock_seconds();
        if (left <= 0)
            break;
        wait_readable(terminal, NULL, 0, left);
        read_input(terminal);
    }
}

/* Late replies would be typed into the shell: wait for them and discard them before the modes are restored. */
static void drain(struct terminal *terminal)
{
    double by_question = terminal->probed_at + LAST_ANSWERS_PATIENCES * terminal_reply_seconds();
    double by_leaving = terminal->left_screen_at + fmax(LEAVING_PATIENCES * terminal_reply_seconds(), LEAVING_SECONDS);
    double deadline = fmin(by_question, by_leaving), left;
    while (terminal->unanswered > 0 && (left = deadline - clock_seconds()) > 0) {
        struct pollfd wait = {.fd = tty_descriptor(terminal->tty), .events = POLLIN}; /* whatever signals arrive */
        int ready = poll(&wait, 1, milliseconds_of(left));
        if (wait.revents & (POLLHUP | POLLERR | POLLNVAL))
            break; /* the terminal is closed */
        if (ready > 0)
            read_input(terminal);
    }
    tty_cooked(terminal->tty);
}

enum status terminal_prepare(struct error *error)
{
    return text_screen_prepare(getenv("TERM"), error);
}

enum status terminal_open(const struct terminal_options *options, struct terminal **out, struct error *error)
{
    struct terminal *terminal = calloc(1, sizeof *terminal);
    if (!terminal)
        return error_no_memory(error);
    terminal->options = *options;
    terminal->requested = options->images;
    probe_begin(&terminal->answers);
    enum status status = tty_open(&terminal->tty, error);
    if (status == STATUS_OK)
        status = text_screen_open(getenv("TERM"), &terminal->text, error);
    if (status == STATUS_OK) {
        struct buffer restore = {0};
        terminal->colours = text_screen_entry(terminal->text)->colours;
        terminal->modern = terminal_is_modern();
        snprintf(terminal->info.type, sizeof terminal->info.type, "%s", text_screen_entry(terminal->text)->name);
        build_restore(terminal, &restore);
        status =
            restore.failed ? error_no_memory(error) : tty_signals(terminal->tty, restore.data, restore.size, error);
        buffer_free(&restore);
    }
    if (status != STATUS_OK) {
        text_screen_close(terminal->text);
        tty_close(terminal->tty, false);
        free(terminal);
        return status;
    }
    terminal->frame.text = terminal->text;
    terminal->input.erase = tty_erase_character(terminal->tty);
    terminal->expecting = !is_recorded(terminal);
    terminal->silent_since = clock_seconds();
    tmux_ask(FIRST_PICTURE_SECONDS, &terminal->tmux);
    update(terminal);
    status = enter(terminal, terminal->expecting, error);
    if (status != STATUS_OK) {
        terminal_close(terminal);
        return status;
    }
    const struct terminal_entry *entry = text_screen_entry(terminal->text);
    if (entry->stand_in)
        log_message(LOG_INFO, "TERM=%s is not known on this machine; it is treated as %s", getenv("TERM"), entry->name);
    await_answers(terminal, FIRST_PICTURE_SECONDS);
    if (terminal->expecting)
        update(terminal); /* replies received so far */
    terminal->opened = true;
    *out = terminal;
    return STATUS_OK;
}

void terminal_leave(struct terminal *terminal)
{
    if (!terminal || terminal->left_screen_at > 0)
        return;
    tty_take_signals(terminal->tty); /* a signal to quit must not interrupt this */
    leave(terminal);
}

void terminal_close(struct terminal *terminal)
{
    if (!terminal)
        return;
    terminal_leave(terminal);
    drain(terminal);
    tty_close(terminal->tty, terminal->closed);
    text_screen_close(terminal->text);
    sequence_parser_free(&terminal->parser);
    event_queue_free(&terminal->queue);
    frame_free(&terminal->frame);
    buffer_free(&terminal->out);
    free(terminal);
}

void terminal_suspend(struct terminal *terminal)
{
    leave(terminal);
    drain(terminal);
    terminal->left_screen_at = 0;
    tty_stop(terminal->tty);
    terminal->signals |= tty_take_signals(terminal->tty) & ~(TTY_STOP | TTY_CONTINUED);
    if (enter(terminal, false, NULL) != STATUS_OK)
        terminal->closed = true;
    update(terminal);
    report_size(terminal);
}

enum status terminal_probe(struct terminal_info *info, struct error *error)
{
    struct terminal terminal = {.requested = IMAGES_AUTO, .expecting = true};
    probe_begin(&terminal.answers);
    enum status status = tty_open(&terminal.tty, error);
    if (status != STATUS_OK)
        return status;
    struct terminal_entry entry;
    if (terminal_entry_make(getenv("TERM"), &entry, NULL) == STATUS_OK) {
        terminal.colours = entry.colours;
        snprintf(terminal.info.type, sizeof terminal.info.type, "%s", entry.name);
        terminal_entry_free(&entry);
    }
    tmux_ask(terminal_reply_seconds(), &terminal.tmux);
    status = tty_raw(terminal.tty, error);
    ask(&terminal, &terminal.out);
    if (status == STATUS_OK && !terminal.out.failed &&
        tty_write(terminal.tty, terminal.out.data, terminal.out.size, STALLED_MILLISECONDS))
        await_answers(&terminal, terminal_reply_seconds());
    update(&terminal);
    *info = terminal.info;
    terminal.left_screen_at = clock_seconds();
    drain(&terminal);
    tty_close(terminal.tty, false);
    sequence_parser_free(&terminal.parser);
    event_queue_free(&terminal.queue);
    buffer_free(&terminal.out);
    return status;
}

/* ------------------------------------------------------------------ drawing */

const struct terminal_info *terminal_info(const struct terminal *terminal)
{
    return &terminal->info;
}

void terminal_set_images(struct terminal *terminal, enum image_mode mode)
{
    terminal->requested = mode;
    int width = terminal->info.cell_width;
    int height = terminal->info.cell_height;
    update(terminal);
    terminal->info.cell_width = terminal->display.cell_width = width;
    terminal->info.cell_height = terminal->display.cell_height = height;
}

void terminal_set_theme(struct terminal *terminal, enum theme_choice theme)
{
    terminal->options.theme = theme;
    terminal_set_images(terminal, terminal->requested); /* keeps the size of cells */
    terminal_redraw_all(terminal);
}

uint32_t terminal_page(const struct terminal *terminal)
{
    return terminal->display.theme.page;
}

void terminal_explain_images(const struct terminal *terminal, struct buffer *out)
{
    terminal_info_explain(&terminal->info, terminal->requested, out);
}

void terminal_copy(struct terminal *terminal, const char *text)
{
    enum { CLIPBOARD_MAX = 74994 }; /* what xterm accepts */
    size_t size = strlen(text);
    struct buffer out = {0};
    if (!terminal->modern || size > CLIPBOARD_MAX)
        return;
    buffer_add_text(&out, "\x1b]52;c;");
    base64_add(text, size, &out);
    buffer_add_text(&out, "\x1b\\");
    if (!out.failed)
        tty_write(terminal->tty, out.data, out.size, STALLED_MILLISECONDS);
    buffer_free(&out);
}

void terminal_set_title(struct terminal *terminal, const char *name)
{
    char title[sizeof terminal->title];
    struct buffer safe = {0}, out = {0};
    if (!terminal->modern || is_recorded(terminal))
        return;
    if (terminal->info.utf8)
        text_sanitise(name, strlen(name), &safe);
    int size = snprintf(title, sizeof title, "%s%s", safe.size > 0 ? "sleeve \xe2\x80\x93 " : "sleeve",
                        safe.size > 0 ? safe.data : "");
    if (size >= (int)sizeof title) /* do not cut a character */
        snprintf(title, sizeof title, "sleeve");
    if (strcmp(title, terminal->title) != 0) {
        memcpy(terminal->title, title, sizeof title);
        buffer_printf(&out, "\x1b]2;%s\x1b\\", title);
        if (!out.failed)
            tty_write(terminal->tty, out.data, out.size, STALLED_MILLISECONDS);
    }
    buffer_free(&safe);
    buffer_free(&out);
}

enum status terminal_show(struct terminal *terminal, const struct screen *screen, struct image_service *images,
                          struct error *error)
{
    buffer_clear(&terminal->out);
    enum status status = frame_draw(&terminal->frame, &terminal->display, screen, images, &terminal->out, error);
    if (status != STATUS_OK || terminal->out.size == 0)
        return status;
    if (!tty_write(terminal->tty, terminal->out.data, terminal->out.size, -1)) {
        frame_forget(&terminal->frame);
        terminal->closed = true; /* not an error: terminal_wait reports it, so that the program saves and quits */
    }
    return STATUS_OK;
}

bool terminal_prefetch(const struct terminal *terminal, const struct image_rect *rect, struct image_service *images)
{
    struct image_request request;
    return frame_request(&terminal->display, rect, &request) && image_service_prefetch(images, &request);
}

void terminal_redraw_all(struct terminal *terminal)
{
    frame_forget(&terminal->frame);
}
