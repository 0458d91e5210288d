/* Any input from a terminal: keys, replies, pastes. */
#include "fuzz.h"
#include "ui/terminal/input.h"
#include "ui/terminal/probe.h"
#include "ui/terminal/text_screen.h"

static void take(struct probe_answers *answers, struct input *input, const struct sequence *sequence)
{
    struct event event = {0};
    if (!probe_accept(answers, sequence) && input_event(input, sequence, 0, &event)) {
        if (event.type == EVENT_NONE || (event.type == EVENT_KEY && event.key <= 0))
            abort();
        free(event.text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct text_screen *screen; /* for its keys */
    struct sequence_parser parser = {0};
    if (!screen && text_screen_open("xterm-256color", &screen, NULL) != STATUS_OK)
        abort();
    struct input input = {.erase = 127};
    struct probe_answers answers;
    struct sequence sequence;
    probe_begin(&answers);
    for (size_t i = 0; i < size; i++) {
        if (sequence_push(&parser, data[i], &sequence))
            take(&answers, &input, &sequence);
        if (data[i] == 0xff && sequence_flush(&parser, i & 1, &sequence)) /* a pause */
            take(&answers, &input, &sequence);
    }
    if (sequence_flush(&parser, false, &sequence))
        take(&answers, &input, &sequence);
    if (sequence_timeout(&parser, true) != -1)
        abort();
    int width;
    int height;
    probe_cell_size(&answers, 24, 80, 484, 316, &width, &height);
    if (width <= 0 || height <= 0 || probe_registers(&answers) < 2 || probe_registers(&answers) > 256)
        abort();
    fuzz_accepted = true;
    sequence_parser_free(&parser);
    return 0;
}
