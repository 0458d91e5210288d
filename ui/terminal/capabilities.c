#include "ui/terminal/capabilities.h"

#include <curses.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

void capabilities_free(struct capabilities *capabilities)
{
    buffer_free(&capabilities->enter);
    buffer_free(&capabilities->leave);
}

/* Appends a string capability without its padding ("$<5>"), which current terminals do not need. */
static void add_capability(struct buffer *out, const char *name)
{
    const char *text = tigetstr(name);
    if (!text || text == (const char *)-1)
        return;
    while (*text) {
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

enum status capabilities_read(int descriptor, struct capabilities *capabilities, struct error *error)
{
    *capabilities = (struct capabilities){0};
    const char *name = getenv("TERM");
    int found = 0;
    if (!name || setupterm(name, descriptor, &found) != OK)
        return error_set(error, STATUS_FAILED,
                         "the terminal type \"%s\" (TERM) is not known on this machine; try TERM=xterm-256color",
                         name ? name : "");
    const char *move = tigetstr("cup");
    if (!move || move == (const char *)-1 || strncmp(move, "\x1b[", 2) != 0) {
        del_curterm(cur_term);
        return error_set(error, STATUS_FAILED,
                         "the terminal \"%s\" (TERM) cannot place the cursor as this program needs it; use another "
                         "terminal, or --script",
                         name);
    }
    capabilities->colours = count_colours();
    add_capability(&capabilities->enter, "smcup");
    add_capability(&capabilities->enter, "rmam");
    buffer_add_text(&capabilities->enter, "\x1b[0m");
    add_capability(&capabilities->enter, "clear");
    add_capability(&capabilities->enter, "civis");
    buffer_add_text(&capabilities->leave, "\x1b[0m");
    add_capability(&capabilities->leave, "clear");
    add_capability(&capabilities->leave, "smam");
    add_capability(&capabilities->leave, "cnorm");
    add_capability(&capabilities->leave, "rmcup");
    del_curterm(cur_term);
    if (!capabilities->enter.failed && !capabilities->leave.failed)
        return STATUS_OK;
    capabilities_free(capabilities);
    return error_no_memory(error);
}
