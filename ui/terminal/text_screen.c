#include "ui/terminal/text_screen.h"

#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#include "core/text.h"
#include "ui/terminal/keys.h"

enum { PAIRS_MAX = 1 << 16, SLOTS = PAIRS_MAX * 2 };

/* A pair of colours that curses knows by a number. */
struct pair {
    uint32_t foreground, background;
    int number; /* 0: the slot is free */
};

struct text_screen {
    struct terminal_entry entry;
    SCREEN *curses;
    FILE *file;
    struct buffer restore;
    char colours[2][24]; /* of text and background, as they were set last; "": the default */
    int rows, columns;
    struct pair *pairs; /* hash table [SLOTS] */
    int n_pairs;
    cchar_t damage; /* a cell that is never drawn: where curses believes it, it draws the cell again */
};

/* ------------------------------------------------------------------ opening and closing */

/* The variable in which curses finds an entry. False if memory ran out. */
static bool set_terminfo(const char *value)
{
    return (value ? setenv("TERMINFO", value, 1) : unsetenv("TERMINFO")) == 0;
}

static bool publish_entry(const struct terminal_entry *entry)
{
    struct buffer text = {0};
    buffer_add_text(&text, "hex:");
    for (size_t i = 0; i < entry->binary.size; i++)
        buffer_printf(&text, "%02x", (unsigned)(unsigned char)entry->binary.data[i]);
    bool done = !text.failed && set_terminfo(text.data);
    buffer_free(&text);
    return done;
}

static void ignore(int number)
{
    (void)number;
}

/* newterm installs signal handlers where it finds the default: it must not find it. */
static SCREEN *open_curses(FILE *file)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    struct sigaction before[COUNT], during = {.sa_handler = ignore};
    sigset_t block, mask;
    sigemptyset(&during.sa_mask);
    sigemptyset(&block);
    for (int i = 0; i < COUNT; i++)
        sigaddset(&block, numbers[i]);
    pthread_sigmask(SIG_BLOCK, &block, &mask);
    for (int i = 0; i < COUNT; i++)
        sigaction(numbers[i], &during, &before[i]);
    use_env(FALSE); /* the size is the tty's, and LINES may be old */
    SCREEN *screen = newterm("sleeve", file, file);
    for (int i = 0; i < COUNT; i++)
        sigaction(numbers[i], &before[i], NULL);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return screen;
}

/* While colour 256 is the default of pair 0, curses changes exactly the cells that differ and nothing beside them.
 * While the default is unspecified, it clears the screen with one sequence. */
static void set_default(bool clearing)
{
    int colour = clearing ? -1 : ENTRY_COLOUR_DEFAULT;
    assume_default_colors(colour, colour);
}

/* Appends the parameters of a colour or attribute sequence, joined to the sequence before if nothing stands between. */
static void add_attributes(struct buffer *out, const char *parameters, int size, size_t *joined)
{
    if (*joined == out->size && !out->failed)
        out->data[out->size - 1] = ';';
    else
        buffer_add_text(out, "\x1b[");
    buffer_printf(out, "%.*sm", size > 0 ? size : 1, size > 0 ? parameters : "0");
    *joined = out->size;
}

/* Curses sets both colours where one changes: appends its bytes without colours that are set already. */
static void add_changes(struct text_screen *screen, const char *bytes, size_t size, struct buffer *out)
{
    size_t joined = SIZE_MAX;
    for (size_t i = 0; i < size; i++) {
        const char *text = bytes + i + 2;
        int length = bytes[i] == '\x1b' && i + 2 < size && text[-1] == '[' ? (int)strspn(text, "0123456789;") : 0;
        if (bytes[i] != '\x1b' || i + 2 >= size || text[-1] != '[' || text[length] != 'm') {
            buffer_add_byte(out, bytes[i]);
            continue;
        }
        i += (size_t)length + 2;
        if (length == 0)
            screen->colours[0][0] = screen->colours[1][0] = '\0';
        if (length > 1) { /* 30 to 38, 90 to 97: text; 40 to 48, 100 to 107: background */
            char *colour = screen->colours[text[0] == '4' || text[0] == '1'];
            const char *set = text[1] == '9' && length == 2 ? "" : text;
            int set_length = *set ? length : 0;
            if ((int)strlen(colour) == set_length && strncmp(colour, set, (size_t)set_length) == 0)
                continue;
            snprintf(colour, sizeof screen->colours[0], "%.*s", set_length, set);
        }
        add_attributes(out, text, length, &joined);
    }
}

/* Appends what curses has written. */
static void take(struct text_screen *screen, struct buffer *out)
{
    char bytes[4096];
    struct buffer written = {0};
    int descriptor = fileno(screen->file);
    off_t end = lseek(descriptor, 0, SEEK_CUR);
    for (off_t at = 0; at < end;) {
        size_t left = (size_t)(end - at);
        ssize_t count = pread(descriptor, bytes, left < sizeof bytes ? left : sizeof bytes, at);
        if (count <= 0)
            break;
        buffer_add(&written, bytes, (size_t)count);
        at += count;
    }
    lseek(descriptor, 0, SEEK_SET);
    if (out && written.size > 0)
        add_changes(screen, written.data, written.size, out);
    if (out)
        out->failed = out->failed || written.failed;
    buffer_free(&written);
}

static enum status start(struct text_screen *screen, struct error *error)
{
    int descriptor = memfd_create("curses", MFD_CLOEXEC);
    screen->file = descriptor >= 0 ? fdopen(descriptor, "w+") : NULL;
    screen->pairs = calloc(SLOTS, sizeof *screen->pairs);
    if (descriptor >= 0 && !screen->file)
        close(descriptor);
    if (!screen->file || !screen->pairs)
        return error_no_memory(error);
    const char *variable = getenv("TERMINFO");
    char *before = variable ? strdup(variable) : NULL;
    bool published = (!variable || before) && publish_entry(&screen->entry);
    if (!setlocale(LC_CTYPE, "C.UTF-8") && !setlocale(LC_CTYPE, "en_US.UTF-8"))
        setlocale(LC_CTYPE, "");
    screen->curses = published ? open_curses(screen->file) : NULL;
    set_terminfo(before);
    free(before);
    if (!screen->curses)
        return error_set(error, STATUS_FAILED,
                         "curses cannot draw on the terminal \"%s\" (TERM); try TERM=xterm-256color",
                         screen->entry.name);
    screen->rows = LINES;
    screen->columns = COLS;
    start_color();
    typeahead(-1);
    keys_define();
    setcchar(&screen->damage, L"x", A_BLINK | A_INVIS, 0, NULL);
    take(screen, NULL);
    endwin();
    take(screen, &screen->restore);
    return screen->restore.failed ? error_no_memory(error) : STATUS_OK;
}

static struct text_screen *prepared; /* not used yet */

enum status text_screen_prepare(const char *type, struct error *error)
{
    return prepared ? STATUS_OK : text_screen_open(type, &prepared, error);
}

enum status text_screen_open(const char *type, struct text_screen **out, struct error *error)
{
    if (prepared) {
        *out = prepared;
        prepared = NULL;
        return STATUS_OK;
    }
    struct text_screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return error_no_memory(error);
    enum status status = terminal_entry_make(type, &screen->entry, error);
    if (status == STATUS_OK)
        status = start(screen, error);
    if (status != STATUS_OK) {
        text_screen_close(screen);
        return status;
    }
    *out = screen;
    return STATUS_OK;
}

void text_screen_close(struct text_screen *screen)
{
    if (!screen)
        return;
    if (screen->curses)
        delscreen(screen->curses);
    if (screen->file)
        fclose(screen->file);
    free(screen->pairs);
    buffer_free(&screen->restore);
    terminal_entry_free(&screen->entry);
    free(screen);
}

const struct terminal_entry *text_screen_entry(const struct text_screen *screen)
{
    return &screen->entry;
}

/* ------------------------------------------------------------------ the whole screen */

void text_screen_clear(struct text_screen *screen, struct buffer *out)
{
    set_default(true);
    werase(stdscr);
    clearok(stdscr, TRUE);
    wnoutrefresh(stdscr);
    doupdate();
    set_default(false); /* curses believes that this has changed every cell: */
    werase(curscr);
    take(screen, out);
}

void text_screen_enter(struct text_screen *screen, struct buffer *out)
{
    if (!isendwin()) /* stopped from elsewhere: the shell may have left it */
        text_screen_leave(screen, NULL);
    text_screen_clear(screen, out); /* after endwin, doupdate enters the screen again */
}

void text_screen_leave(struct text_screen *screen, struct buffer *out)
{
    set_default(true);
    curs_set(1);
    endwin();
    take(screen, out);
}

bool text_screen_is_full(const struct text_screen *screen)
{
    return screen->n_pairs > PAIRS_MAX / 2;
}

void text_screen_forget(struct text_screen *screen)
{
    memset(screen->pairs, 0, SLOTS * sizeof *screen->pairs);
    screen->n_pairs = 0;
    werase(stdscr);
}

const struct buffer *text_screen_restore(const struct text_screen *screen)
{
    return &screen->restore;
}

enum status text_screen_resize(struct text_screen *screen, int rows, int columns, struct error *error)
{
    if (rows == screen->rows && columns == screen->columns)
        return STATUS_OK;
    if (resize_term(rows, columns) != OK)
        return error_no_memory(error);
    screen->rows = rows;
    screen->columns = columns;
    take(screen, NULL);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ cells */

/* The tile's characters; 0 if there are more than curses has place for. */
static int decode(const char *text, wchar_t *characters)
{
    if (text[0] != '\0' && (unsigned char)text[0] < 0x80 && text[1] == '\0') { /* nearly all of them */
        characters[0] = (wchar_t)text[0];
        characters[1] = L'\0';
        return 1;
    }
    mbstate_t state = {0};
    size_t count = mbsrtowcs(characters, &text, CCHARW_MAX, &state);
    characters[count <= CCHARW_MAX ? count : 0] = L'\0';
    return count != (size_t)-1 && text == NULL ? (int)count : 0;
}

bool text_screen_fits(const struct tile *tile)
{
    wchar_t characters[CCHARW_MAX + 1];
    if (tile->width == 0 || (tile->text[1] == '\0' && tile->width == 1))
        return true;
    int count = decode(tile->text, characters);
    if (count == 0 || wcwidth(characters[0]) != tile->width)
        return false;
    for (int i = 1; i < count; i++)
        if (wcwidth(characters[i]) != 0)
            return false;
    bool emoji = tile->width == 2 && (characters[0] < 0x2e80 || (characters[0] >= 0x1f000 && characters[0] < 0x20000));
    return !emoji || (characters[0] >= 0x1100 && characters[0] < 0x1160);
}

static int colour_number(uint32_t colour)
{
    if (colour == COLOUR_DEFAULT)
        return ENTRY_COLOUR_DEFAULT;
    if (colour & COLOUR_INDEXED)
        return (int)(colour & 255);
    return (int)(colour > ENTRY_COLOUR_DEFAULT ? colour : colour | 0x010000); /* the lowest numbers are taken */
}

static int pair_number(struct text_screen *screen, uint32_t foreground, uint32_t background)
{
    if (foreground == COLOUR_DEFAULT && background == COLOUR_DEFAULT)
        return 0;
    uint32_t hash = (foreground * 0x9e3779b1U) ^ (background * 0x85ebca6bU);
    struct pair *pair;
    for (uint32_t i = hash ^ hash >> 15;; i++) {
        pair = &screen->pairs[i % SLOTS];
        if (pair->number == 0 || (pair->foreground == foreground && pair->background == background))
            break;
    }
    if (pair->number == 0) {
        if (screen->n_pairs == PAIRS_MAX - 1)
            return 0;
        *pair = (struct pair){foreground, background, ++screen->n_pairs};
        init_extended_pair(pair->number, colour_number(foreground), colour_number(background));
    }
    return pair->number;
}

static attr_t attributes_of(const struct tile *tile)
{
    static const attr_t attributes[] = {A_BOLD, A_DIM, A_UNDERLINE, A_REVERSE};
    attr_t set = A_NORMAL;
    for (int i = 0; i < 4; i++)
        if (tile->attributes & 1 << i)
            set |= attributes[i];
    return set;
}

void text_screen_put(struct text_screen *screen, int row, int column, const struct tile *tile)
{
    static const struct tile blank = {
        .text = " ", .foreground = COLOUR_DEFAULT, .background = COLOUR_DEFAULT, .width = 1};
    const struct tile *shown = tile ? tile : &blank;
    wchar_t characters[CCHARW_MAX + 1];
    cchar_t cell;
    if (decode(shown->text, characters) == 0)
        return;
    int pair = pair_number(screen, shown->foreground, shown->background);
    setcchar(&cell, characters, attributes_of(shown), 0, &pair);
    mvwadd_wch(stdscr, row, column, &cell);
}

void text_screen_damage(struct text_screen *screen, int row, int column)
{
    mvwadd_wch(curscr, row, column, &screen->damage);
}

void text_screen_update(struct text_screen *screen, int row, int column, struct buffer *out)
{
    wmove(stdscr, row, column);
    wnoutrefresh(stdscr);
    doupdate();
    take(screen, out);
}

void text_screen_cursor(struct text_screen *screen, bool visible, struct buffer *out)
{
    curs_set(visible);
    take(screen, out);
}
