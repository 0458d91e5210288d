#ifndef SLEEVE_TESTS_UI_GOLDEN_H
#define SLEEVE_TESTS_UI_GOLDEN_H

/* Include after cmocka.h: screens compared with files of tests/ui/golden/. SLEEVE_GOLDEN=write writes the files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

/* The file golden/NAME.txt must contain this text. */
static inline void golden_check(const char *name, const char *text)
{
    const char *source = getenv("SLEEVE_SOURCE"), *mode = getenv("SLEEVE_GOLDEN");
    struct buffer path = {0}, expected = {0};
    struct error error = {0};
    buffer_printf(&path, "%s/tests/ui/golden/%s.txt", source ? source : ".", name);
    if (mode && strcmp(mode, "write") == 0) {
        struct atomic_file file;
        assert_int_equal(atomic_file_open(path.data, &file, &error), STATUS_OK);
        fputs(text, file.stream);
        assert_int_equal(atomic_file_commit(&file, &error), STATUS_OK);
    } else {
        assert_int_equal(file_read(path.data, 1 << 20, &expected, &error), STATUS_OK);
        if (strcmp(expected.data, text) != 0)
            print_message("%s differs; it would be now:\n%s\n", path.data, text);
        assert_string_equal(expected.data, text);
    }
    buffer_free(&path);
    buffer_free(&expected);
}

/* No byte of a dump may be a control character other than its line ends. */
static inline void golden_check_harmless(const struct buffer *screen)
{
    for (size_t i = 0; i < screen->size; i++) {
        unsigned char byte = (unsigned char)screen->data[i];
        assert_true(byte == '\n' || (byte >= 0x20 && byte != 0x7f));
        if (byte == 0xc2 && i + 1 < screen->size)
            assert_true((unsigned char)screen->data[i + 1] >= 0xa0);
    }
}

/* The screens of one file. One that is nearly equal to an earlier one is written as the lines in which it differs. */
struct golden_page {
    struct buffer text;
    char *titles[512], *screens[512];
    size_t count;
};

/* The number of lines in which two screens differ; `out`: they are appended, as they are in `now`. */
static inline int golden_differences(const char *before, const char *now, struct buffer *out)
{
    int count = 0;
    for (int line = 1; *before || *now; line++) {
        const size_t old = strcspn(before, "\n"), new = strcspn(now, "\n");
        if (old != new || memcmp(before, now, old) != 0) {
            count++;
            if (out)
                buffer_printf(out, "%d|%.*s\n", line, (int)new, now);
        }
        before += old + (before[old] == '\n');
        now += new + (now[new] == '\n');
    }
    return count;
}

/* Takes ownership of the screen. */
static inline void golden_add(struct golden_page *page, const char *title, char *screen)
{
    enum { FEW = 9 };
    size_t nearest = page->count;
    int least = FEW + 1;
    for (size_t i = 0; i < page->count; i++) {
        const int count = golden_differences(page->screens[i], screen, NULL);
        if (count < least) {
            least = count;
            nearest = i;
        }
    }
    if (nearest == page->count)
        buffer_printf(&page->text, "== %s\n%s", title, screen);
    else
        buffer_printf(&page->text, "== %s: as in \"%s\"%s\n", title, page->titles[nearest], least > 0 ? ", but" : "");
    if (nearest < page->count)
        golden_differences(page->screens[nearest], screen, &page->text);
    assert_true(page->count < sizeof page->titles / sizeof page->titles[0]);
    page->titles[page->count] = strdup(title);
    page->screens[page->count++] = screen;
}

static inline void golden_free(struct golden_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        free(page->titles[i]);
        free(page->screens[i]);
    }
    buffer_free(&page->text);
}

#endif
