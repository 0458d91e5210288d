#include "ui/terminal/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/terminal/keys.h"

static const double DOUBLE_CLICK_SECONDS = 0.4;

static bool key_event(struct event *event, int32_t key, bool alt)
{
    *event = (struct event){.type = EVENT_KEY, .key = key, .alt = alt};
    return key != KEY_NONE_;
}

static int parameter(const struct sequence *sequence, int index, int otherwise)
{
    return index < sequence->n_parameters && sequence->parameters[index] >= 0 ? sequence->parameters[index] : otherwise;
}

/* The modifiers parameter is 1 + shift 1, alt 2, control 4, meta 8. */
static int modifiers(const struct sequence *sequence, int index)
{
    int value = parameter(sequence, index, 1);
    return value > 0 ? value - 1 : 0;
}

/* The key of a sequence without its modifiers. Cursor keys are sent in two forms, and terminfo has one of them. */
static int32_t named_key(char introducer, int number, char final)
{
    char text[32];
    if (final == '~' || number > 1) {
        snprintf(text, sizeof text, "\x1b[%d%c", number, final);
        return keys_find(text);
    }
    snprintf(text, sizeof text, "\x1b%c%c", introducer, final);
    int32_t key = keys_find(text);
    text[1] = introducer == '[' ? 'O' : '[';
    return key != KEY_NONE_ ? key : keys_find(text);
}

/* Keys that a terminal reports by code point and modifiers (CSI code ; modifiers u). */
static bool coded_key(struct event *event, int code, int with)
{
    if (code <= 0 || code > 0x10ffff || (code >= 0x80 && code < 0xa0) || (code >= 0xd800 && code <= 0xdfff) ||
        (code >= 0xe000 && code <= 0xf8ff))
        return false;
    if (code == KEYS_TAB && (with & 1))
        return key_event(event, KEYS_BACK_TAB, false);
    bool control = (with & 4) && ((code >= '@' && code <= '_') || (code >= 'a' && code <= 'z'));
    return key_event(event, control ? KEY_CONTROL(code) : code, (with & 10) != 0);
}

static bool drag_event(struct input *input, struct event *event)
{
    event->type = EVENT_DRAG;
    event->rows = event->row - input->drag_row;
    event->columns = event->column - input->drag_column;
    input->drag_row = event->row;
    input->drag_column = event->column;
    return event->rows != 0 || event->columns != 0;
}

static bool mouse_event(struct input *input, const struct sequence *sequence, double seconds, struct event *event)
{
    enum { MOVED = 32 };
    int button = parameter(sequence, 0, 0) & ~0x1c; /* without shift, alt, control */
    int column = parameter(sequence, 1, 0) - 1;
    int row = parameter(sequence, 2, 0) - 1;
    if (sequence->n_parameters != 3 || sequence->final != 'M' || row < 0 || column < 0)
        return false;
    *event = (struct event){.row = row, .column = column};
    if (button == 64 || button == 65) {
        event->type = EVENT_WHEEL;
        event->direction = button == 64 ? -1 : 1;
        return true;
    }
    if (button == MOVED)
        return drag_event(input, event);
    if (button != 0)
        return false;
    input->drag_row = row;
    input->drag_column = column;
    bool again = input->clicks == 1 && row == input->click_row && column == input->click_column &&
                 seconds - input->last_click < DOUBLE_CLICK_SECONDS;
    input->clicks = again ? 2 : 1;
    input->last_click = seconds;
    input->click_row = row;
    input->click_column = column;
    event->type = EVENT_CLICK;
    event->clicks = input->clicks;
    return true;
}

static bool csi_event(struct input *input, const struct sequence *sequence, double seconds, struct event *event)
{
    if (sequence->prefix == '<')
        return mouse_event(input, sequence, seconds, event);
    if (sequence->prefix == '[')
        return key_event(event, keys_find((char[]){'\x1b', '[', '[', sequence->final, '\0'}), sequence->alt);
    if (sequence->prefix || sequence->intermediate)
        return false;
    if (sequence->final == 'u')
        return coded_key(event, parameter(sequence, 0, 0), modifiers(sequence, 1));
    if (sequence->final == '~' && parameter(sequence, 0, 0) == 27)
        return coded_key(event, parameter(sequence, 2, 0), modifiers(sequence, 1));
    if (sequence->n_parameters == 0 && (sequence->final == 'I' || sequence->final == 'O')) {
        *event = (struct event){.type = EVENT_FOCUS, .direction = sequence->final == 'I' ? 1 : -1};
        return true;
    }
    bool alt = sequence->alt || (modifiers(sequence, 1) & 2);
    int number = parameter(sequence, 0, 1);
    return key_event(event, named_key('[', number, sequence->final), alt);
}

static bool ss3_event(const struct sequence *sequence, struct event *event)
{
    char final = sequence->final;
    if (final == 'M')
        return key_event(event, KEYS_ENTER, sequence->alt);
    if (final >= 'j' && final <= 'y') /* the keypad in application mode */
        return key_event(event, final - 'j' + '*', sequence->alt);
    return key_event(event, named_key('O', 0, final), sequence->alt);
}

static bool paste_event(const struct sequence *sequence, struct event *event)
{
    *event = (struct event){.type = EVENT_PASTE, .text = strndup(sequence->text, sequence->size)};
    if (!event->text)
        return false;
    for (char *at = event->text; (at = strchr(at, '\r')); at++)
        *at = '\n';
    return true;
}

bool input_event(struct input *input, const struct sequence *sequence, double seconds, struct event *event)
{
    switch (sequence->type) {
    case SEQUENCE_CHARACTER: {
        int32_t key = sequence->character;
        if (key == input->erase)
            key = KEYS_BACKSPACE;
        if (key == '\n') /* Enter that was pressed before raw mode */
            key = KEYS_ENTER;
        return key_event(event, key, sequence->alt);
    }
    case SEQUENCE_CSI:
        return csi_event(input, sequence, seconds, event);
    case SEQUENCE_SS3:
        return ss3_event(sequence, event);
    case SEQUENCE_PASTE:
        return paste_event(sequence, event);
    case SEQUENCE_STRING:
        break;
    }
    return false;
}
