#include "ui/terminal/input.h"

#include <stdlib.h>
#include <string.h>

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

static int32_t letter_key(char final)
{
    switch (final) {
    case 'A':
        return KEYS_UP;
    case 'B':
        return KEYS_DOWN;
    case 'C':
        return KEYS_RIGHT;
    case 'D':
        return KEYS_LEFT;
    case 'F':
        return KEYS_END;
    case 'H':
        return KEYS_HOME;
    case 'Z':
        return KEYS_BACK_TAB;
    case 'P':
    case 'Q':
    case 'S':
        return KEYS_F1 + (final - 'P');
    default:
        return KEY_NONE_;
    }
}

static int32_t tilde_key(int number)
{
    static const int32_t keys[] = {
        [1] = KEYS_HOME,      [2] = KEYS_INSERT,  [3] = KEYS_DELETE,  [4] = KEYS_END,      [5] = KEYS_PAGE_UP,
        [6] = KEYS_PAGE_DOWN, [7] = KEYS_HOME,    [8] = KEYS_END,     [11] = KEYS_F1,      [12] = KEYS_F1 + 1,
        [13] = KEYS_F1 + 2,   [14] = KEYS_F1 + 3, [15] = KEYS_F1 + 4, [17] = KEYS_F1 + 5,  [18] = KEYS_F1 + 6,
        [19] = KEYS_F1 + 7,   [20] = KEYS_F1 + 8, [21] = KEYS_F1 + 9, [23] = KEYS_F1 + 10, [24] = KEYS_F12,
    };
    return number > 0 && number < (int)(sizeof keys / sizeof keys[0]) ? keys[number] : KEY_NONE_;
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

static bool mouse_event(struct input *input, const struct sequence *sequence, double seconds, struct event *event)
{
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
    if (button != 0)
        return false;
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
        return sequence->final >= 'A' && sequence->final <= 'E' &&
               key_event(event, KEYS_F1 + (sequence->final - 'A'), sequence->alt);
    if (sequence->prefix || sequence->intermediate)
        return false;
    if (sequence->final == 'u')
        return coded_key(event, parameter(sequence, 0, 0), modifiers(sequence, 1));
    if (sequence->final == '~' && parameter(sequence, 0, 0) == 27)
        return coded_key(event, parameter(sequence, 2, 0), modifiers(sequence, 1));
    bool alt = sequence->alt || (modifiers(sequence, 1) & 2);
    if (sequence->final == '~')
        return key_event(event, tilde_key(parameter(sequence, 0, 0)), alt);
    if (sequence->n_parameters > 0 && parameter(sequence, 0, 1) != 1)
        return false;
    return key_event(event, letter_key(sequence->final), alt);
}

static bool ss3_event(const struct sequence *sequence, struct event *event)
{
    char final = sequence->final;
    if (final == 'M')
        return key_event(event, KEYS_ENTER, sequence->alt);
    if (final >= 'j' && final <= 'y') /* the keypad in application mode */
        return key_event(event, final - 'j' + '*', sequence->alt);
    if (final == 'R')
        return key_event(event, KEYS_F1 + 2, sequence->alt);
    return key_event(event, letter_key(final), sequence->alt);
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
