#include "media/file_names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 256, PARTS = 8 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(const char *text)
{
    size_t size = 0;
    while (is_digit(text[size]))
        size++;
    return size;
}

static void trim(char *text)
{
    size_t size = strlen(text), begin = strspn(text, " ");
    while (size > begin && text[size - 1] == ' ')
        size--;
    memmove(text, text + begin, size - begin);
    text[size - begin] = '\0';
}

/* ------------------------------------------------------------------ discs */

/* "CD 2", "disc-1", "Disk02" at the start of the text; *end: behind the number. */
static int disc_at(const char *text, const char **end)
{
    static const char *const words[] = {"cd", "disc", "disk"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t word = strlen(words[i]);
        if (strncasecmp(text, words[i], word) != 0)
            continue;
        const char *number = text + word + strspn(text + word, " _-.#");
        const size_t size = digits(number);
        *end = number + size;
        return size >= 1 && size <= 2 ? atoi(number) : 0;
    }
    return 0;
}

int media_disc_of_folder(const char *name)
{
    const char *end;
    const int disc = disc_at(name, &end);
    return disc > 0 && (*end == '\0' || strchr(" -_:([", *end)) ? disc : 0;
}

int media_disc_of_title(char *title)
{
    for (char *at = title; *at; at++) {
        const bool bracket = *at == '(' || *at == '[';
        if (at == title || (!bracket && *at != ',' && *at != '-'))
            continue;
        const char *end, *word = at + 1 + strspn(at + 1, " ");
        const int disc = disc_at(word, &end);
        if (disc > 0 && strcmp(end, *at == '(' ? ")" : *at == '[' ? "]" : "") == 0) {
            *at = '\0';
            trim(title);
            return disc;
        }
    }
    return 0;
}

/* ------------------------------------------------------------------ file names */

/* The number before the title: "03", "03.", "03 -", "(03)", "1-03", "103 -". A bare number of two digits that is too
 * high for a track may belong to the title: "99 Luftballons". */
static const char *take_number(const char *name, struct media_tags *found)
{
    const char *at = name + (*name == '(' || *name == '[');
    size_t size = digits(at);
    if (size == 0 || size > 3)
        return name;
    int number = atoi(at), disc = 0;
    const char *end = at + size;
    if (size <= 2 && *end == '-' && digits(end + 1) >= 1 && digits(end + 1) <= 2) {
        disc = number;
        number = atoi(end + 1);
        size = digits(end + 1);
        end += 1 + size;
    }
    const bool marked = disc > 0 || *end == '.' || *end == ')' || *end == ']' || strncmp(end, " -", 2) == 0 ||
                        *end == '-' || *end == '_';
    const char *rest = end + strspn(end, " .-_)]");
    if (*rest == '\0' || rest == end || (!marked && (size != 2 || number > 30)))
        return name;
    found->track = number;
    found->disc = disc;
    return rest;
}

static bool is_year(const char *text)
{
    return digits(text) == 4 && text[4] == '\0' && (text[0] == '1' || text[0] == '2');
}

/* Splits at " - "; returns the number of parts. */
static size_t split(char *text, char *parts[PARTS])
{
    size_t count = 0;
    for (char *at = text; at && count < PARTS;) {
        char *gap = count + 1 < PARTS ? strstr(at, " - ") : NULL;
        if (gap)
            *gap = '\0';
        trim(at);
        if (*at)
            parts[count++] = at;
        at = gap ? gap + 3 : NULL;
    }
    return count;
}

static void put(char *field, size_t room, const char *text)
{
    snprintf(field, room, "%s", text);
}

/* "Title", "Artist - Title", "Artist - Album - Title"; a part that is a number is that of the track. */
static void read_stem(char *stem, struct media_tags *found)
{
    char *parts[PARTS];
    if (!strchr(stem, ' '))
        for (char *at = stem; *at; at++)
            *at = *at == '_' ? ' ' : *at;
    char *rest = stem + (take_number(stem, found) - stem);
    size_t count = split(rest, parts), kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i > 0 && i + 1 < count && digits(parts[i]) > 0 && digits(parts[i]) <= 3 && !parts[i][digits(parts[i])])
            found->track = atoi(parts[i]);
        else
            parts[kept++] = parts[i];
    if (kept == 0)
        return;
    put(found->title, sizeof found->title, parts[kept - 1]);
    if (kept > 1)
        put(found->artist, sizeof found->artist, parts[0]);
    if (kept > 2)
        put(found->album, sizeof found->album, parts[1]);
}

/* ------------------------------------------------------------------ folders */

/* Removes " (1999)" or " [1999]" from the end of a title and copies the year. */
static void take_year(char *title, char *year, size_t room)
{
    const size_t size = strlen(title);
    if (size < 8 || !strchr("([", title[size - 6]) || !strchr(")]", title[size - 1]) || digits(title + size - 5) != 4)
        return;
    snprintf(year, room, "%.4s", title + size - 5);
    title[size - 6] = '\0';
    trim(title);
}

/* "Album", "1999 - Album", "Artist - Album", "Artist - 1999 - Album", "Album (1999)". A folder that is neither in
 * another nor names an artist is no album. */
static void read_album_folder(char *name, const char *parent, struct media_tags *found)
{
    char *parts[PARTS];
    const size_t count = split(name, parts);
    const bool names_artist = count > 1 && !is_year(parts[0]);
    if (count == 0 || (!names_artist && !*parent))
        return;
    for (size_t i = 0; i + 1 < count; i++)
        if (is_year(parts[i]))
            put(found->date, sizeof found->date, parts[i]);
    take_year(parts[count - 1], found->date, sizeof found->date);
    put(found->album_artist, sizeof found->album_artist, names_artist ? parts[0] : parent);
    put(found->album, sizeof found->album, parts[count - 1]);
}

/* The last names of the path: copies them, the innermost first; returns how many. */
static size_t last_names(const char *path, char names[4][NAME_MAX_BYTES])
{
    size_t count = 0;
    for (size_t end = strlen(path); count < 4 && end > 0;) {
        size_t begin = end;
        while (begin > 0 && path[begin - 1] != '/')
            begin--;
        snprintf(names[count++], NAME_MAX_BYTES, "%.*s", (int)(end - begin), path + begin);
        end = begin > 0 ? begin - 1 : 0;
    }
    return count;
}

static bool fill(char *field, size_t room, const char *text)
{
    if (*field || !*text)
        return false;
    put(field, room, text);
    return true;
}

bool media_tags_from_path(const char *path, struct media_tags *tags)
{
    char names[4][NAME_MAX_BYTES];
    static const struct media_tags nothing = {.duration_ms = -1};
    struct media_tags found = nothing;
    const size_t count = last_names(path, names);
    if (count == 0)
        return false;
    char *dot = strrchr(names[0], '.');
    if (dot && dot > names[0])
        *dot = '\0';
    trim(names[0]);
    char *name = names[0];
    struct media_tags of_name = nothing;
    read_stem(name, &of_name);
    const int disc = count > 1 ? media_disc_of_folder(names[1]) : 0;
    const size_t folder = disc > 0 ? 2 : 1;
    if (count > folder)
        read_album_folder(names[folder], count > folder + 1 ? names[folder + 1] : "", &found);
    bool used = fill(tags->title, sizeof tags->title, of_name.title);
    used |= fill(tags->artist, sizeof tags->artist, *of_name.artist ? of_name.artist : found.album_artist);
    if (fill(tags->album, sizeof tags->album, *of_name.album ? of_name.album : found.album)) {
        fill(tags->album_artist, sizeof tags->album_artist, found.album_artist);
        used = true;
    }
    if (tags->track == 0)
        tags->track = of_name.track;
    if (tags->disc == 0)
        tags->disc = disc > 0 ? disc : used ? of_name.disc : 0;
    if (used)
        fill(tags->date, sizeof tags->date, found.date);
    return used;
}
