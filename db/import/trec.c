/* TREC runs and relevance judgements as playlists: the lists of another program can be opened in the explorer. */
#include <stdlib.h>
#include <string.h>

#include "core/text_number.h"
#include "core/text_reader.h"
#include "db/import/groups.h"
#include "db/import/note.h"

enum { FIELDS = 6 };

struct trec_reading {
    struct foreign_groups groups;
    struct buffer scratch[3];
};

/* Fields between white space; the number of them, FIELDS + 1 for more. */
static int split_line(char *line, char *fields[FIELDS])
{
    int n = 0;
    for (char *save, *field = strtok_r(line, " \t", &save); field; field = strtok_r(NULL, " \t", &save)) {
        if (n == FIELDS)
            return FIELDS + 1;
        fields[n++] = field;
    }
    return n;
}

static enum status read_line(const struct foreign_reading *reading, const struct text_line *line, void *context,
                             struct error *error)
{
    struct trec_reading *mine = context;
    struct buffer *scratch = mine->scratch;
    char *fields[FIELDS];
    double rank = 0;
    const int n = split_line(line->text, fields);
    if (n == 0)
        return STATUS_OK;
    if (n == 4 && strcmp(fields[3], "0") == 0) {
        import_skipped(reading->report, "a track that is not relevant", reading->name, "line", line->number);
        return STATUS_OK;
    }
    if ((n != FIELDS && n != 4) || (n == FIELDS && !text_number(fields[3], strlen(fields[3]), ' ', &rank)))
        return error_set(error, STATUS_BAD_DATA,
                         "%s, line %lld: a run has lines \"playlist Q0 track rank score tag\", relevance judgements "
                         "\"playlist 0 track relevance\"",
                         reading->name, line->number);
    buffer_clear(&scratch[2]);
    buffer_printf(&scratch[2], "%.200s: %s", n == FIELDS ? fields[5] : "qrels",
                  foreign_unescaped(fields[0], &scratch[0]));
    const char *item = foreign_unescaped(fields[2], &scratch[1]);
    if (scratch[0].failed || scratch[1].failed || scratch[2].failed)
        return error_no_memory(error);
    return foreign_groups_add(&mine->groups, reading, scratch[2].data, item, rank, line->number, error);
}

static enum status read(const struct foreign_reading *reading, struct error *error)
{
    struct trec_reading mine = {0};
    enum status status = foreign_lines(reading, read_line, &mine, error);
    if (status == STATUS_OK)
        status = foreign_groups_end(&mine.groups, reading, &(struct group_items){0}, error);
    foreign_groups_free(&mine.groups);
    for (size_t i = 0; i < sizeof mine.scratch / sizeof *mine.scratch; i++)
        buffer_free(&mine.scratch[i]);
    return status;
}

static bool is_trec(const char *text, size_t size, const char *name)
{
    char line[FOREIGN_LINE_MAX], *fields[FIELDS];
    (void)name;
    const size_t length = strcspn(text, "\r\n");
    if (length >= sizeof line || length > size)
        return false;
    memcpy(line, text, length);
    line[length] = '\0';
    const int n = split_line(line, fields);
    return (n == FIELDS && strcmp(fields[1], "Q0") == 0) || (n == 4 && strcmp(fields[1], "0") == 0);
}

FOREIGN_IMPORTER(trec, "a TREC run", "line", is_trec, read, "FILE",
                 "a TREC run, whose lists become playlists \"TAG: PLAYLIST\", or relevance judgements (\"qrels: "
                 "PLAYLIST\"). It has keys of\ntracks alone, so only those that the catalogue has are imported.")
