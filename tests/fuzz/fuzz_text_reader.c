/* A text file is refused with a message, or gives lines of well-formed UTF-8 without NUL, numbered from 1. */
#include <string.h>

#include "core/text.h"
#include "core/text_reader.h"
#include "fuzz.h"

enum { LINE_MAX_BYTES = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text_reader *reader;
    struct text_line line;
    struct error error = {0};
    bool more = true;
    enum status status = text_reader_open(fuzz_file(data, size), size & 1 ? TEXT_READER_UTF8 : 0, &reader, &error);
    if (status != STATUS_OK)
        return 0;
    for (long long number = 1; status == STATUS_OK && more; number++) {
        status = text_reader_line(reader, LINE_MAX_BYTES, &line, &more, &error);
        if (status != STATUS_OK || !more)
            break;
        fuzz_accepted = true;
        REQUIRE(line.number == number && line.size <= LINE_MAX_BYTES && strlen(line.text) == line.size);
        REQUIRE(text_is_utf8(line.text, line.size) && !strpbrk(line.text, "\r\n"));
    }
    REQUIRE(status == STATUS_OK || error.text[0]);
    text_reader_close(reader);
    return 0;
}
