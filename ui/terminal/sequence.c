#include "ui/terminal/sequence.h"

#include <string.h>

enum {
    STRING_LIMIT = 4096,
    PASTE_LIMIT = 1 << 20,
    CSI_LIMIT = 256,
    PATIENCE_ESCAPE = 50,
    PATIENCE_REPLY = 400,
    PATIENCE_REST = 2000, /* of what no key begins with: a slow line may pause in it */
    ESC = 0x1b,
    CAN = 0x18,
    SUB = 0x1a,
    BEL = 0x07,
};

static const char paste_end[] = "\x1b[201~";

void sequence_parser_free(struct sequence_parser *parser)
{
    buffer_free(&parser->text);
    *parser = (struct sequence_parser){0};
}

static void begin(struct sequence_parser *parser, enum sequence_state state, enum sequence_type type)
{
    bool alt = parser->current.alt;
    parser->state = state;
    parser->current = (struct sequence){.type = type, .alt = alt};
    parser->count = 0;
    parser->spoiled = false;
    buffer_clear(&parser->text);
}

static void reset(struct sequence_parser *parser)
{
    parser->state = STATE_GROUND;
    parser->current = (struct sequence){0};
    parser->eight_bit = false;
}

static bool complete(struct sequence_parser *parser, struct sequence *sequence)
{
    bool good = !parser->spoiled;
    *sequence = parser->current;
    if (sequence->type == SEQUENCE_STRING || sequence->type == SEQUENCE_PASTE) {
        sequence->text = parser->text.data ? parser->text.data : "";
        sequence->size = parser->text.size;
    }
    reset(parser);
    return good;
}

static bool character(struct sequence_parser *parser, int32_t code, struct sequence *sequence)
{
    bool alt = parser->current.alt;
    reset(parser);
    *sequence = (struct sequence){.type = SEQUENCE_CHARACTER, .alt = alt, .character = code};
    return true;
}

static bool begin_introduced(struct sequence_parser *parser, uint8_t introducer)
{
    switch (introducer) {
    case '[':
        begin(parser, STATE_CSI, SEQUENCE_CSI);
        return true;
    case 'O':
        begin(parser, STATE_SS3, SEQUENCE_SS3);
        return true;
    case 'P':
    case ']':
    case '_':
    case '^':
    case 'X':
        begin(parser, STATE_STRING, SEQUENCE_STRING);
        parser->current.introducer = (char)introducer;
        return true;
    default:
        return false;
    }
}

static bool push_ground(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    if (byte == ESC) {
        parser->state = STATE_ESCAPE;
        return false;
    }
    if (byte < 0x80)
        return character(parser, byte, sequence);
    if (byte >= 0xc2 && byte <= 0xf4) {
        parser->state = STATE_UTF8;
        parser->missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        parser->minimum = byte < 0xe0 ? 0x80 : byte < 0xf0 ? 0x800 : 0x10000;
        parser->current.character = byte & (0x3f >> parser->missing);
        return false;
    }
    if (byte < 0xa0) { /* a C1 control, the short form of ESC and a letter: no UTF-8 character begins like this */
        parser->eight_bit = begin_introduced(parser, (uint8_t)(byte - 0x40));
        if (parser->eight_bit)
            return false;
    }
    reset(parser);
    return false;
}

static bool push_utf8(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    if ((byte & 0xc0) != 0x80) {
        reset(parser);
        return push_ground(parser, byte, sequence);
    }
    parser->current.character = parser->current.character << 6 | (byte & 0x3f);
    if (--parser->missing > 0)
        return false;
    int32_t code = parser->current.character;
    if (code >= parser->minimum && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && code >= 0xa0)
        return character(parser, code, sequence);
    reset(parser);
    return false;
}

static bool push_escape(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    if (byte == ESC) {
        parser->current.alt = true;
        return false;
    }
    if (begin_introduced(parser, byte))
        return false;
    parser->current.alt = true;
    return push_ground(parser, byte, sequence);
}

static void push_parameter(struct sequence *current, uint8_t byte)
{
    if (current->n_parameters == 0) {
        current->n_parameters = 1;
        current->parameters[0] = -1;
    }
    int last = current->n_parameters - 1;
    if (byte == ';' || byte == ':') {
        if (current->n_parameters < SEQUENCE_PARAMETERS_MAX)
            current->parameters[current->n_parameters++] = -1;
        return;
    }
    int value = current->parameters[last] < 0 ? 0 : current->parameters[last];
    value = value * 10 + (byte - '0');
    current->parameters[last] = value < SEQUENCE_PARAMETER_MAX ? value : SEQUENCE_PARAMETER_MAX;
}

static bool finish_csi(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    struct sequence *current = &parser->current;
    current->final = (char)byte;
    bool plain = !parser->spoiled && current->prefix == 0 && current->intermediate == 0;
    if (plain && current->n_parameters == 0 && byte == 'M') {
        begin(parser, STATE_CSI_MOUSE, SEQUENCE_CSI);
        parser->spoiled = true;
        return false;
    }
    if (plain && current->n_parameters == 0 && byte == '[') {
        parser->state = STATE_CSI_LINUX;
        return false;
    }
    if (plain && current->n_parameters == 1 && byte == '~' && current->parameters[0] == 200) {
        begin(parser, STATE_PASTE, SEQUENCE_PASTE);
        return false;
    }
    return complete(parser, sequence);
}

static bool push_csi(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    struct sequence *current = &parser->current;
    if (++parser->count > CSI_LIMIT)
        parser->spoiled = true;
    if (byte == ESC) {
        reset(parser);
        return push_ground(parser, byte, sequence);
    }
    if (byte == CAN || byte == SUB || byte >= 0x7f) {
        reset(parser);
        return false;
    }
    if (byte < 0x20)
        return false;
    if (byte >= '<' && byte <= '?') {
        if (parser->count > 1)
            parser->spoiled = true;
        current->prefix = (char)byte;
    } else if (byte >= '0' && byte <= ';') {
        if (current->intermediate)
            parser->spoiled = true;
        push_parameter(current, byte);
    } else if (byte < 0x30) {
        current->intermediate = (char)byte;
    } else {
        return finish_csi(parser, byte, sequence);
    }
    return false;
}

static bool push_string(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    if (parser->state == STATE_STRING_ESCAPE) {
        if (byte == '\\')
            return complete(parser, sequence);
        reset(parser); /* the string was cut off: its ESC begins a new sequence */
        parser->state = STATE_ESCAPE;
        return push_escape(parser, byte, sequence);
    }
    if (byte == BEL || (byte == 0x9c && parser->eight_bit))
        return complete(parser, sequence);
    if (byte == ESC)
        parser->state = STATE_STRING_ESCAPE;
    else if (byte == CAN || byte == SUB)
        reset(parser);
    else if (parser->text.size < STRING_LIMIT)
        buffer_add_byte(&parser->text, (char)byte);
    else
        parser->spoiled = true;
    return false;
}

static bool push_paste(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    struct buffer *text = &parser->text;
    size_t end_size = sizeof paste_end - 1;
    if (byte == '~' && text->size >= end_size - 1 &&
        memcmp(text->data + text->size - (end_size - 1), paste_end, end_size - 1) == 0) {
        text->size -= end_size - 1;
        text->data[text->size] = '\0';
        return complete(parser, sequence);
    }
    if (text->size >= PASTE_LIMIT) { /* keep the end, which contains the terminator, and drop what it replaces */
        memmove(text->data + text->size - end_size, text->data + text->size - end_size + 1, end_size - 1);
        text->data[text->size - 1] = (char)byte;
    } else if (byte != 0) {
        buffer_add_byte(text, (char)byte);
    }
    return false;
}

bool sequence_push(struct sequence_parser *parser, uint8_t byte, struct sequence *sequence)
{
    switch (parser->state) {
    case STATE_GROUND:
        return push_ground(parser, byte, sequence);
    case STATE_UTF8:
        return push_utf8(parser, byte, sequence);
    case STATE_ESCAPE:
        return push_escape(parser, byte, sequence);
    case STATE_CSI:
        return push_csi(parser, byte, sequence);
    case STATE_CSI_LINUX:
        parser->current.prefix = '[';
        parser->current.final = (char)byte;
        return complete(parser, sequence);
    case STATE_CSI_MOUSE:
        return ++parser->count == 3 && complete(parser, sequence);
    case STATE_SS3:
        if (byte == ESC) {
            reset(parser);
            return push_ground(parser, byte, sequence);
        }
        if ((byte >= '0' && byte <= '9') || byte == ';') { /* ESC O 5 P: modifiers of some terminals */
            push_parameter(&parser->current, byte);
            return false;
        }
        parser->current.final = (char)byte;
        return complete(parser, sequence);
    case STATE_STRING:
    case STATE_STRING_ESCAPE:
        return push_string(parser, byte, sequence);
    case STATE_PASTE:
        return push_paste(parser, byte, sequence);
    }
    return false;
}

int sequence_timeout(const struct sequence_parser *parser, bool replies_expected)
{
    switch (parser->state) {
    case STATE_GROUND:
        return -1;
    case STATE_STRING:
    case STATE_STRING_ESCAPE:
        return parser->text.size == 0 && !replies_expected ? PATIENCE_ESCAPE : PATIENCE_REST;
    case STATE_PASTE:
        return PATIENCE_REST;
    case STATE_ESCAPE:
        return replies_expected ? PATIENCE_REPLY : PATIENCE_ESCAPE;
    case STATE_CSI:
    case STATE_SS3:
        return parser->count > 0 ? PATIENCE_REST : replies_expected ? PATIENCE_REPLY : PATIENCE_ESCAPE;
    default:
        return PATIENCE_REPLY;
    }
}

bool sequence_flush(struct sequence_parser *parser, bool replies_expected, struct sequence *sequence)
{
    enum sequence_state state = parser->state;
    char introducer = parser->current.introducer;
    if (state == STATE_PASTE)
        return complete(parser, sequence);
    bool bare = (state == STATE_CSI || state == STATE_SS3) && parser->count == 0 && parser->current.n_parameters == 0;
    bool bare_string = state == STATE_STRING && parser->text.size == 0;
    bool eight_bit = parser->eight_bit;
    reset(parser);
    if (state == STATE_ESCAPE)
        return character(parser, ESC, sequence);
    if (replies_expected || eight_bit || (!bare && !bare_string))
        return false;
    parser->current.alt = true;
    return character(parser, bare_string ? introducer : state == STATE_CSI ? '[' : 'O', sequence);
}
