#include "db/spreadsheet.h"

#include <string.h>

/* Removes one of the texts from the front; false when none of them is there. */
static bool remove_prefix(const char **text, size_t *size, const char *const *any, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(any[i]);
        if (*size >= length && memcmp(*text, any[i], length) == 0) {
            *text += length;
            *size -= length;
            return true;
        }
    }
    return false;
}

bool spreadsheet_guards(const char *text, size_t size)
{
    /* A blank may be a no-break or ideographic space, a zero-width one or a byte order mark. */
    static const char *const passed[] = {
        "'", " ", "\t", "\r", "\n", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x8b", "\xef\xbb\xbf"};
    static const char *const starts[] = {"=",           "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                         "\xef\xbc\xa0"};
    if (size > 0 && strchr("\t\r\n", text[0]))
        return true;
    while (remove_prefix(&text, &size, passed, sizeof passed / sizeof *passed))
        continue;
    return remove_prefix(&text, &size, starts, sizeof starts / sizeof *starts);
}
