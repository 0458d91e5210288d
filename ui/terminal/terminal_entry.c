#include "ui/terminal/terminal_entry.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/* Terminals whose entry may be missing, and the entry to use instead. The first row that begins like $TERM counts. */
static const struct {
    const char *begin, *stand_in;
} families[] = {
    {"tmux", "screen-256color"},
    {"screen", "screen-256color"},
    {"rxvt", "rxvt"},
    {"linux", "linux"},
    {"xterm", "xterm-256color"},
    {"kitty", "xterm-256color"},
    {"ghostty", "xterm-256color"},
    {"foot", "xterm-256color"},
    {"wezterm", "xterm-256color"},
    {"alacritty", "xterm-256color"},
    {"konsole", "xterm-256color"},
    {"gnome", "xterm-256color"},
    {"vte", "xterm-256color"},
    {"iterm", "xterm-256color"},
    {"iTerm", "xterm-256color"},
    {"mintty", "xterm-256color"},
    {"putty", "xterm-256color"},
    {"contour", "xterm-256color"},
    {"rio", "xterm-256color"},
    {"st-", "xterm-256color"},
    {"stterm", "xterm-256color"},
    {"mlterm", "xterm-256color"},
    {"ms-terminal", "xterm-256color"},
    {"nsterm", "xterm-256color"},
    {"vscode", "xterm-256color"},
};

void terminal_entry_free(struct terminal_entry *entry)
{
    buffer_free(&entry->binary);
    buffer_free(&entry->leave);
}

static const char *capability(const char *name)
{
    const char *text = tigetstr(name);
    return text && text != (const char *)-1 ? text : "";
}

/* Appends a capability without its padding ("$<5>"), for which curses would pause. */
static void add_capability(struct buffer *out, const char *name)
{
    for (const char *text = capability(name); *text;) {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
        if (end)
            text = end + 1;
        else
            buffer_add_byte(out, *text++);
    }
}

static int count_colours(void)
{
    const char *variable = getenv("COLORTERM");
    bool direct = variable && (strcmp(variable, "truecolor") == 0 || strcmp(variable, "24bit") == 0);
    int colours = tigetnum("colors");
    if (direct || tigetflag("RGB") > 0 || tigetflag("Tc") > 0 || colours > 256)
        return 1 << 24;
    return colours >= 256 ? 256 : colours >= 16 ? 16 : colours >= 8 ? 8 : 0;
}

/* ------------------------------------------------------------------ the compiled entry */

#define SET_COLOUR(base, bright, extended)                                                                             \
    "\x1b[%?%p1%{8}%<%t" base "%p1%d%e%p1%{16}%<%t" bright "%p1%{8}%-%d%e%p1%{256}%<%t" extended                       \
    ";5;%p1%d%e%p1%{256}%=%t" base "9%e" extended ";2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m"

/* The same in every terminal that is accepted. */
static const struct {
    const char *name, *text;
} fixed[] = {
    {"cup", "\x1b[%i%p1%d;%p2%dH"},
    {"home", "\x1b[H"},
    {"cr", "\r"},
    {"clear", "\x1b[m\x1b[H\x1b[2J"},
    {"civis", "\x1b[?25l"},
    {"cnorm", "\x1b[?25h"},
    {"sgr0", "\x1b[m"},
    {"bold", "\x1b[1m"},
    {"dim", "\x1b[2m"},
    {"smul", "\x1b[4m"},
    {"rev", "\x1b[7m"},
};

/* As the terminal's own entry has them; keys, too. */
static const char *const copied[] = {"smcup", "rmcup", "hpa", "vpa", "cuf", "cub", "cuu", "cud"};

static const char *colour_text(const char *name, bool coloured)
{
    if (strcmp(name, "setaf") == 0)
        return coloured ? SET_COLOUR("3", "9", "38") : "";
    if (strcmp(name, "setab") == 0)
        return coloured ? SET_COLOUR("4", "10", "48") : "";
    return strcmp(name, "op") == 0 ? "" : NULL;
}

/* Appends the capability's text to the table; false if this entry is without it. */
static bool add_string(struct buffer *table, const char *name, bool coloured)
{
    const char *text = colour_text(name, coloured);
    for (size_t i = 0; !text && i < sizeof fixed / sizeof fixed[0]; i++)
        if (strcmp(name, fixed[i].name) == 0)
            text = fixed[i].text;
    bool own = name[0] == 'k';
    for (size_t i = 0; !text && !own && i < sizeof copied / sizeof copied[0]; i++)
        own = strcmp(name, copied[i]) == 0;
    if (text)
        buffer_add_text(table, text);
    else if (own && *capability(name))
        add_capability(table, name);
    else
        return false;
    buffer_add_byte(table, '\0');
    return true;
}

static void add_number(struct buffer *out, int value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buffer_add_byte(out, (char)((unsigned)value >> 8 * i & 255));
}

static int number_of(const char *name)
{
    static const struct {
        const char *name;
        int value;
    } numbers[] = {{"cols", 80}, {"lines", 24}, {"colors", 1 << 24}, {"pairs", 65536}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(name, numbers[i].name) == 0)
            return numbers[i].value;
    return -1;
}

/* The format with numbers of 32 bits. The cursor's position after a line's last column is unknown (xenl), because lines
 * do not wrap; it can move in any colour (msgr). */
static void compile(struct buffer *out, bool coloured)
{
    enum { MAGIC = 01036 };
    static const char names[] = "sleeve|made from the entry of the terminal", extended[] = "RGB";
    struct buffer flags = {0}, numbers = {0}, strings = {0}, table = {0};
    for (int i = 0; boolnames[i]; i++)
        buffer_add_byte(&flags, strcmp(boolnames[i], "xenl") == 0 || strcmp(boolnames[i], "msgr") == 0);
    for (int i = 0; numnames[i]; i++)
        add_number(&numbers, number_of(numnames[i]), 4);
    for (int i = 0; strnames[i]; i++) {
        size_t at = table.size;
        add_number(&strings, add_string(&table, strnames[i], coloured) ? (int)at : -1, 2);
    }
    int header[] = {MAGIC,          sizeof names, (int)flags.size, (int)numbers.size / 4, (int)strings.size / 2,
                    (int)table.size};
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++)
        add_number(out, header[i], 2);
    buffer_add(out, names, sizeof names);
    buffer_add(out, flags.data, flags.size);
    if (out->size % 2)
        buffer_add_byte(out, '\0');
    buffer_add(out, numbers.data, numbers.size);
    buffer_add(out, strings.data, strings.size);
    buffer_add(out, table.data, table.size);
    if (out->size % 2)
        buffer_add_byte(out, '\0');
    const int extension[] = {1, 0, 0, 1, sizeof extended}; /* one flag, which says that colours are direct */
    for (size_t i = 0; i < sizeof extension / sizeof extension[0]; i++)
        add_number(out, extension[i], 2);
    add_number(out, 1, 2);
    add_number(out, 0, 2);
    buffer_add(out, extended, sizeof extended);
    out->failed = out->failed || flags.failed || numbers.failed || strings.failed || table.failed;
    buffer_free(&flags);
    buffer_free(&numbers);
    buffer_free(&strings);
    buffer_free(&table);
}

/* ------------------------------------------------------------------ the terminal's entry */

static enum status read_entry(const char *type, struct terminal_entry *entry, struct error *error)
{
    int found = 0;
    if (type && *type && setupterm(type, STDOUT_FILENO, &found) == OK) {
        snprintf(entry->name, sizeof entry->name, "%s", type);
        return STATUS_OK;
    }
    for (size_t i = 0; type && i < sizeof families / sizeof families[0]; i++) {
        if (strncmp(type, families[i].begin, strlen(families[i].begin)) != 0)
            continue;
        if (setupterm(families[i].stand_in, STDOUT_FILENO, &found) != OK)
            break;
        snprintf(entry->name, sizeof entry->name, "%s", families[i].stand_in);
        entry->stand_in = true;
        return STATUS_OK;
    }
    return error_set(error, STATUS_FAILED,
                     "the terminal type \"%s\" (TERM) is not known on this machine; try TERM=xterm-256color",
                     type ? type : "");
}

enum status terminal_entry_make(const char *type, struct terminal_entry *entry, struct error *error)
{
    *entry = (struct terminal_entry){0};
    enum status status = read_entry(type, entry, error);
    if (status != STATUS_OK)
        return status;
    if (strncmp(capability("cup"), "\x1b[", 2) != 0) {
        del_curterm(cur_term);
        return error_set(error, STATUS_FAILED,
                         "the terminal \"%s\" (TERM) cannot place the cursor as this program needs it; use another "
                         "terminal, or --script",
                         type);
    }
    entry->colours = count_colours();
    add_capability(&entry->leave, "smam");
    add_capability(&entry->leave, "cnorm");
    compile(&entry->binary, entry->colours > 0);
    del_curterm(cur_term);
    if (!entry->binary.failed && !entry->leave.failed)
        return STATUS_OK;
    terminal_entry_free(entry);
    return error_no_memory(error);
}
