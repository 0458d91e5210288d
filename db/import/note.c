#include "db/import/note.h"

#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/log.h"
#include "core/text.h"

static void note(struct import_report *report, enum import_kind kind, const char *reason, int64_t count,
                 const char *first, const char *detail)
{
    int64_t *const sums[IMPORT_KINDS] = {&report->skipped, &report->altered, &report->dropped, &report->ignored,
                                         &report->passed_over};
    int at = 0;
    *sums[kind] += count;
    while (at < report->n_reasons && strcmp(report->reasons[at].reason, reason) != 0)
        at++;
    if (at == IMPORT_REASONS_MAX) /* the last line counts all further reasons */
        at = IMPORT_REASONS_MAX - 1;
    if (at == report->n_reasons) {
        report->n_reasons++;
        report->reasons[at].kind = kind;
        snprintf(report->reasons[at].reason, sizeof report->reasons[at].reason, "%s",
                 at == IMPORT_REASONS_MAX - 1 ? "other reasons" : reason);
        snprintf(report->reasons[at].first, sizeof report->reasons[at].first, "%s", first);
        snprintf(report->reasons[at].detail, sizeof report->reasons[at].detail, "%s", detail);
    }
    report->reasons[at].count += count;
}

static void note_place(struct import_report *report, enum import_kind kind, const char *reason, const char *where,
                       const char *unit, int64_t place, const char *detail)
{
    char first[sizeof report->reasons[0].first];
    if (place > 0)
        snprintf(first, sizeof first, "%.120s, %s %lld", where, unit, (long long)place);
    else
        snprintf(first, sizeof first, "%.150s", where);
    note(report, kind, reason, 1, first, detail);
}

void import_altered(struct import_report *report, const char *reason, const char *where, const char *unit,
                    int64_t place)
{
    note_place(report, IMPORT_ALTERED, reason, where, unit, place, "");
}

void import_dropped(struct import_report *report, const char *reason, const char *where, const char *unit,
                    int64_t place)
{
    note_place(report, IMPORT_DROPPED, reason, where, unit, place, "");
}

void import_skipped(struct import_report *report, const char *reason, const char *where, const char *unit,
                    int64_t place)
{
    note_place(report, IMPORT_SKIPPED, reason, where, unit, place, "");
}

void import_passed_over(struct import_report *report, const char *reason, const char *name)
{
    log_message(LOG_DEBUG, "passed over: %s: %s", reason, name);
    note(report, IMPORT_PASSED, reason, 1, name, "");
}

/* At most `max` bytes of a text, whole characters. */
static int whole_characters(const char *text, size_t max)
{
    size_t size = strnlen(text, max + 1);
    if (size <= max)
        return (int)size;
    for (size = max; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80;)
        size--;
    return (int)size;
}

void import_ignored(struct import_report *report, const char *reason, const char *kept, const char *ignored,
                    const char *where, const char *unit, int64_t place)
{
    enum { SHOWN = 60 };
    for (int i = 0; i < report->n_reasons; i++)
        if (strcmp(report->reasons[i].reason, reason) == 0) { /* there may be many: only the first is written out */
            report->reasons[i].count++;
            return;
        }
    char detail[sizeof report->reasons[0].detail];
    snprintf(detail, sizeof detail, "kept '%.*s', ignored '%.*s'", whole_characters(kept, SHOWN), kept,
             whole_characters(ignored, SHOWN), ignored);
    note_place(report, IMPORT_IGNORED, reason, where, unit, place, detail);
}

void import_notes_merge(struct import_report *report, const struct import_report *notes)
{
    for (int i = 0; i < notes->n_reasons; i++)
        note(report, notes->reasons[i].kind, notes->reasons[i].reason, notes->reasons[i].count, notes->reasons[i].first,
             notes->reasons[i].detail);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Most texts are ASCII, which is checked eight bytes at a time. */
static bool is_plain(const char *text, size_t size)
{
    const uint64_t ones = 0x0101010101010101U, highs = 0x8080808080808080U;
    for (; size >= 8; text += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        if ((word | (word - ones)) & highs) /* a byte of 128 and more, or a NUL */
            return false;
    }
    for (; size > 0; text++, size--)
        if ((unsigned char)*text - 1U >= 127U)
            return false;
    return true;
}

int import_text(const char *text, size_t size, struct buffer *out)
{
    while (size > 0 && is_blank(text[0])) {
        text++;
        size--;
    }
    while (size > 0 && is_blank(text[size - 1]))
        size--;
    if (size <= TEXT_MAX && (is_plain(text, size) || (text_is_utf8(text, size) && !memchr(text, 0, size)))) {
        buffer_add(out, text, size);
        return TEXT_WAS_FINE;
    }
    int repair = TEXT_WAS_FINE;
    size_t begin = out->size;
    for (size_t at = 0, step; at < size; at += step) {
        step = text_character_size(text + at, size - at);
        bool wrong = step == 0 || text[at] == '\0';
        if (wrong) {
            repair |= TEXT_NOT_UTF8;
            step = 1;
        }
        if (out->size - begin + (wrong ? 3 : step) > TEXT_MAX)
            return repair | TEXT_CUT;
        buffer_add(out, wrong ? "\xef\xbf\xbd" : text + at, wrong ? 3 : step);
    }
    return repair;
}

const char *import_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum status import_hash(const char *path, char hash[33], int64_t *size, struct error *error)
{
    struct mapped_file file;
    enum status status = mapped_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    struct hash running;
    hash_begin(&running);
    hash_add_words(&running, file.bytes, file.size);
    hash_end(running, hash);
    *size = (int64_t)file.size;
    mapped_file_close(&file);
    return STATUS_OK;
}
