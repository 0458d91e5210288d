#include "ui/terminal/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { CELL_WIDTH_MIN = 3, CELL_WIDTH_MAX = 200, CELL_HEIGHT_MIN = 6, CELL_HEIGHT_MAX = 400, REGISTERS_MAX = 256 };

void probe_begin(struct probe_answers *answers)
{
    *answers = (struct probe_answers){.foreground = (uint32_t)PROBE_NO_COLOUR, .background = (uint32_t)PROBE_NO_COLOUR};
}

void probe_add_queries(struct buffer *out, bool multiplexed)
{
    buffer_add_text(out, "\r\xc3\xa9\x1b[6n\r\xe2\x96\x9e\x1b[6n\r\xf0\x9f\xac\x97\x1b[6n\r    \r"
                         "\x1b[?1;1;0S\x1b[?1;3;256S\x1b[?2;1;0S"
                         "\x1b[16t\x1b[14t\x1b[18t");
    if (!multiplexed) /* tmux 3.4 takes the second for a picture and crashes (tmux#3983) */
        buffer_add_text(out, "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
                             "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m");
    buffer_add_text(out, "\x1b[>0q"
                         "\x1b]10;?\x1b\\\x1b]11;?\x1b\\"
                         "\x1b[?2026$p\x1b[?80$p"
                         "\x1b[>c"
                         "\x1b[c");
}

void probe_add_cell_size_query(struct buffer *out)
{
    buffer_add_text(out, "\x1b[16t\x1b[14t\x1b[18t\x1b[?2;1;0S\x1b[c");
}

static int parameter(const struct sequence *sequence, int index)
{
    return index < sequence->n_parameters ? sequence->parameters[index] : -1;
}

static void take_window(struct probe_answers *answers, const struct sequence *sequence)
{
    int height = parameter(sequence, 1);
    int width = parameter(sequence, 2);
    if (sequence->n_parameters != 3 || height <= 0 || width <= 0)
        return;
    switch (parameter(sequence, 0)) {
    case 4:
        answers->text_height = height;
        answers->text_width = width;
        break;
    case 6:
        answers->cell_height = height;
        answers->cell_width = width;
        break;
    case 8:
        answers->text_rows = height;
        answers->text_columns = width;
        break;
    default:
        break;
    }
}

static void take_graphics(struct probe_answers *answers, const struct sequence *sequence)
{
    if (parameter(sequence, 1) != 0)
        return;
    if (parameter(sequence, 0) == 1 && parameter(sequence, 2) > 1)
        answers->registers = parameter(sequence, 2);
    if (parameter(sequence, 0) == 2 && parameter(sequence, 2) > 0 && parameter(sequence, 3) > 0) {
        answers->geometry_width = parameter(sequence, 2);
        answers->geometry_height = parameter(sequence, 3);
    }
}

static void take_mode(struct probe_answers *answers, const struct sequence *sequence)
{
    int value = parameter(sequence, 1);
    if (parameter(sequence, 0) == 2026)
        answers->synchronised = value == 1 || value == 2;
    if (parameter(sequence, 0) == 80)
        answers->sixel_display_mode = value == 1;
}

/* Replies come in the order of the queries. */
static void take_column(struct probe_answers *answers, int column)
{
    int *columns[] = {&answers->utf8_column, &answers->quadrant_column, &answers->sextant_column};
    for (int i = 0; i < 3; i++)
        if (*columns[i] == 0) {
            *columns[i] = column;
            return;
        }
}

static bool take_csi(struct probe_answers *answers, const struct sequence *sequence)
{
    if (sequence->final == 't' && sequence->prefix == 0) {
        take_window(answers, sequence);
        return true;
    }
    if (sequence->final == 'R' && sequence->n_parameters >= 2) {
        if (sequence->prefix == 0)
            take_column(answers, parameter(sequence, 1));
        return true;
    }
    if (sequence->prefix == '>' && sequence->final == 'c') {
        answers->secondary_version = parameter(sequence, 1) > 0 ? parameter(sequence, 1) : 0;
        return true;
    }
    if (sequence->prefix == '?' && sequence->final == 'c') {
        answers->attributes = true;
        for (int i = 1; i < sequence->n_parameters; i++)
            answers->sixel = answers->sixel || sequence->parameters[i] == 4;
        return true;
    }
    if (sequence->prefix == '?' && sequence->final == 'S') {
        take_graphics(answers, sequence);
        return true;
    }
    if (sequence->prefix == '?' && sequence->intermediate == '$' && sequence->final == 'y') {
        take_mode(answers, sequence);
        return true;
    }
    return sequence->prefix == '?' || sequence->prefix == '>' || sequence->prefix == '=';
}

/* One of the three parts of "rgb:RRRR/GGGG/BBBB": one to four digits, scaled to 8 bits. */
static bool take_component(const char **text, char end, uint32_t *colour)
{
    uint32_t value = 0;
    uint32_t full = 0;
    int digits = 0;
    for (; isxdigit((unsigned char)**text) && digits < 4; ++*text, digits++) {
        char digit[2] = {**text, '\0'};
        value = value << 4 | (uint32_t)strtoul(digit, NULL, 16);
        full = full << 4 | 15U;
    }
    if (digits == 0 || **text != end)
        return false;
    if (end != '\0')
        ++*text;
    *colour = *colour << 8 | (value * 255U + full / 2) / full;
    return true;
}

static void take_colour(const char *text, uint32_t *colour)
{
    uint32_t value = 0;
    if (strncmp(text, "rgba:", 5) == 0)
        text += 5;
    else if (strncmp(text, "rgb:", 4) == 0)
        text += 4;
    else
        return;
    const char *at = text;
    /* Each call moves on. NOLINTNEXTLINE(misc-redundant-expression) */
    if (take_component(&at, '/', &value) && take_component(&at, '/', &value)) {
        const char *last = at;
        uint32_t before = value;
        if (take_component(&at, '\0', &value) || (value = before, take_component(&last, '/', &value)))
            *colour = value;
    }
}

static void take_version(struct probe_answers *answers, const struct sequence *sequence)
{
    size_t size = 0;
    for (size_t i = 2; i < sequence->size && size + 1 < sizeof answers->version; i++)
        if (sequence->text[i] >= ' ' && sequence->text[i] <= '~')
            answers->version[size++] = sequence->text[i];
    answers->version[size] = '\0';
}

static void take_string(struct probe_answers *answers, const struct sequence *sequence)
{
    const char *text = sequence->text;
    switch (sequence->introducer) {
    case 'P':
        if (strncmp(text, ">|", 2) == 0)
            take_version(answers, sequence);
        else if (strncmp(text, "1$r", 3) == 0)
            answers->truecolour = text_ends_with(sequence->text, sequence->size, ":1:2:3m") ||
                                  text_ends_with(sequence->text, sequence->size, ";1;2;3m");
        break;
    case ']':
        if (strncmp(text, "10;", 3) == 0)
            take_colour(text + 3, &answers->foreground);
        else if (strncmp(text, "11;", 3) == 0)
            take_colour(text + 3, &answers->background);
        break;
    case '_':
        if (strncmp(text, "Gi=31;OK", 8) == 0)
            answers->kitty = true;
        break;
    default:
        break;
    }
}

bool probe_accept(struct probe_answers *answers, const struct sequence *sequence)
{
    if (sequence->type == SEQUENCE_CSI)
        return take_csi(answers, sequence);
    if (sequence->type != SEQUENCE_STRING)
        return false;
    take_string(answers, sequence);
    return true;
}

static bool sane(int width, int height)
{
    return width >= CELL_WIDTH_MIN && width <= CELL_WIDTH_MAX && height >= CELL_HEIGHT_MIN && height <= CELL_HEIGHT_MAX;
}

static bool divide(int total_width, int total_height, int rows, int columns, int *width, int *height)
{
    if (rows <= 0 || columns <= 0)
        return false;
    *width = total_width / columns;
    *height = total_height / rows;
    return sane(*width, *height);
}

const char *probe_cell_size(const struct probe_answers *answers, int rows, int columns, int window_width,
                            int window_height, int *width, int *height)
{
    *width = answers->cell_width;
    *height = answers->cell_height;
    if (sane(*width, *height))
        return "16t";
    bool both_reported = answers->text_rows > 0 && answers->text_columns > 0;
    if (divide(answers->text_width, answers->text_height, both_reported ? answers->text_rows : rows,
               both_reported ? answers->text_columns : columns, width, height))
        return "14t";
    if (divide(answers->geometry_width, answers->geometry_height, rows, columns, width, height) && *height >= *width &&
        *height <= 4 * *width) /* rejects a limit of the picture's size that is not the window's size */
        return "XTSMGRAPHICS";
    if (divide(window_width, window_height, rows, columns, width, height))
        return "TIOCGWINSZ";
    *width = 8;
    *height = 16;
    return "guess";
}

int probe_registers(const struct probe_answers *answers)
{
    return answers->registers > 0 && answers->registers < REGISTERS_MAX ? answers->registers : REGISTERS_MAX;
}
