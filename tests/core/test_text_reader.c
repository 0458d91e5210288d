#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/buffer.h"
#include "core/file_kind.h"
#include "core/log.h"
#include "core/text_reader.h"

static char folder[] = "/tmp/sleeve-text-XXXXXX", path[64];
static int warnings;

static void count_warning(enum log_level level, const char *text, void *context)
{
    (void)context;
    warnings += level == LOG_WARNING && strstr(text, "Windows-1252") != NULL;
}

static int make_folder(void **state)
{
    (void)state;
    log_set_sink(count_warning, NULL);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/text", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    unlink(path);
    return rmdir(folder);
}

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_compressed(const void *bytes, size_t size)
{
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), (int)size);
    assert_int_equal(gzclose(file), Z_OK);
}

/* The lines of the file with a '|' after each. */
static enum status read_lines(const char *from, unsigned flags, size_t max, struct buffer *out, struct error *error)
{
    struct text_reader *reader;
    struct text_line line;
    bool more = true;
    buffer_clear(out);
    warnings = 0;
    enum status status = text_reader_open(from, flags, &reader, error);
    if (status != STATUS_OK)
        return status;
    for (long long number = 1; status == STATUS_OK && more; number++) {
        status = text_reader_line(reader, max, &line, &more, error);
        if (status != STATUS_OK || !more)
            break;
        assert_int_equal(line.number, number);
        assert_int_equal(strlen(line.text), line.size);
        buffer_add(out, line.text, line.size);
        buffer_add_byte(out, '|');
    }
    text_reader_close(reader);
    return status;
}

static void expect(const void *bytes, size_t size, const char *lines, int warned)
{
    struct buffer out = {0};
    struct error error = {0};
    for (int compressed = 0; compressed < 2; compressed++) {
        (compressed ? write_compressed : write_file)(bytes, size);
        if (read_lines(path, 0, 1000, &out, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_string_equal(out.data ? out.data : "", lines);
        assert_int_equal(warnings, warned);
    }
    buffer_free(&out);
}

static void expect_refused(const void *bytes, size_t size, const char *part)
{
    struct buffer out = {0};
    struct error error = {0};
    write_file(bytes, size);
    if (read_lines(path, 0, 1000, &out, &error) != STATUS_BAD_DATA)
        fail_msg("read as \"%s\", not refused with \"%s\"", out.data, part);
    if (!strstr(error.text, part))
        fail_msg("\"%s\" does not say \"%s\"", error.text, part);
    buffer_free(&out);
}

#define BYTES(text) text, sizeof(text) - 1

static void test_encodings(void **state)
{
    (void)state;
    expect(BYTES(""), "", 0);
    expect(BYTES("\xef\xbb\xbf"), "", 0);
    expect(BYTES("plain"), "plain|", 0);
    expect(BYTES("Caf\xc3\xa9\n"), "Caf\xc3\xa9|", 0);
    expect(BYTES("\xef\xbb\xbf"
                 "Caf\xc3\xa9\n"),
           "Caf\xc3\xa9|", 0);
    expect(BYTES("\xef\xbb\xbf\xef\xbb\xbf"
                 "a"),
           "a|", 0);
    expect(BYTES("\xff\xfe\x4a\x00\xe9\x00\x0a\x00\x3d\xd8\x00\xde"), "J\xc3\xa9|\xf0\x9f\x98\x80|", 0);
    expect(BYTES("\xfe\xff\x00\x4a\x00\xe9\x00\x0d\x00\x0a\xd8\x3d\xde\x00"), "J\xc3\xa9|\xf0\x9f\x98\x80|", 0);
    expect(BYTES("a\0b\0c\0\n\0"), "abc|", 0);
    expect(BYTES("\0a\0b\0c\0\n"), "abc|", 0);
    expect(BYTES("Caf\xe9 \x84na\xefve\x93 \x80\n"), "Caf\xc3\xa9 \xe2\x80\x9ena\xc3\xafve\xe2\x80\x9c \xe2\x82\xac|",
           1);
    expect(BYTES("ends in \xe9"), "ends in \xc3\xa9|", 1);
    expect(BYTES("no line\x01 is cut by control characters"), "no line\x01 is cut by control characters|", 0);
}

static void test_wrong_bytes_are_named(void **state)
{
    (void)state;
    expect_refused(BYTES("one\ntwo\0\n"), "line 2");
    expect_refused(BYTES("caf\xc3\xa9\nna\xc3\xafve\nna\xefve\n"), "line 3");
    expect_refused(BYTES("\xef\xbb\xbf"
                         "caf\xe9\n"),
                   "line 1");
    expect_refused(BYTES("one\r\ntwo\rcaf\x81 e\n"), "line 3");
    expect_refused(BYTES("\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0\n"), "neither UTF-8"); /* Cyrillic, Windows-1251 */
    expect_refused(BYTES("\x83\x8f\x83\x8a\x81\x5b\n"), "line 1");                     /* Japanese, Shift JIS */
    expect_refused(BYTES("r\x82sum\x82 d\x82j\x85 vu na\x8bve\n"), "neither UTF-8");   /* code page 850 */
    expect_refused(BYTES("\xff\xfe\x41\x00\x00\xdc"), "surrogate");
    expect_refused(BYTES("\xff\xfe\x41\x00\x0a\x00\x00\x00"), "line 2");
    expect_refused(BYTES("\xff\xfe\x41\x00\x0a"), "cut");
    expect_refused(BYTES("\xff\xfe\0\0\x41\0\0\0"), "UTF-32");
    expect_refused(BYTES("\xef\xbb\xbf"
                         "caf\xc3"),
                   "cut");
}

/* One decision holds for the whole file, however far apart its bytes are. */
static void test_decision_holds_for_the_whole_file(void **state)
{
    (void)state;
    enum { LINES = 200000 };
    struct buffer text = {0}, out = {0};
    struct error error;
    for (int wrong = 0; wrong < 2; wrong++) {
        buffer_clear(&text);
        for (int i = 0; i < LINES; i++)
            buffer_add_text(&text, "a line of the table\n");
        buffer_add_text(&text, wrong ? "Caf\xc3\xa9\nCaf\xe9\n"
                                     : "Caf\xe9\nStra\xdf"
                                       "e\n");
        write_file(text.data, text.size);
        enum status status = read_lines(path, 0, 1000, &out, &error);
        assert_int_equal(status, wrong ? STATUS_BAD_DATA : STATUS_OK);
        if (wrong)
            assert_non_null(strstr(error.text, "line 200002"));
        else
            assert_string_equal(out.data + out.size - 14, "Caf\xc3\xa9|Stra\xc3\x9f"
                                                          "e|");
    }
    buffer_clear(&text); /* the invalid byte is after the look-ahead */
    buffer_add_text(&text, "Caf\xc3\xa9\n");
    for (int i = 0; i < 5 * LINES; i++)
        buffer_add_text(&text, "a line of the table\n");
    buffer_add_text(&text, "Caf\xe9\n");
    write_file(text.data, text.size);
    assert_int_equal(read_lines(path, 0, 1000, &out, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "line 1000002"));
    buffer_free(&text);
    buffer_free(&out);
}

/* A failure is permanent, whichever function reports it first. */
static void test_a_failure_stays(void **state)
{
    (void)state;
    struct text_reader *reader;
    struct text_line line;
    struct error error = {0};
    bool more;
    write_file(BYTES("caf\xc3\xa9\ncaf\xe9\n"));
    assert_int_equal(text_reader_open(path, 0, &reader, &error), STATUS_OK);
    assert_null(text_reader_kind(reader));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(text_reader_line(reader, 100, &line, &more, &error), STATUS_BAD_DATA);
        assert_non_null(strstr(error.text, "line 2"));
    }
    text_reader_close(reader);
}

static void test_utf8_alone(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct error error;
    write_file(BYTES("a\nCaf\xe9\n"));
    assert_int_equal(read_lines(path, TEXT_READER_UTF8, 1000, &out, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "line 2"));
    write_file(BYTES("\xff\xfe{\0}\0"));
    assert_int_equal(read_lines(path, TEXT_READER_UTF8, 1000, &out, &error), STATUS_OK);
    assert_string_equal(out.data, "{}|");
    buffer_free(&out);
}

static void test_line_ends_and_limit(void **state)
{
    (void)state;
    expect(BYTES("a\nb\r\nc\rd\n\re"), "a|b|c|d||e|", 0);
    expect(BYTES("\n\n"), "||", 0);
    expect(BYTES("a\r"), "a|", 0);
    struct buffer text = {0}, out = {0};
    struct error error;
    for (int i = 0; i < 70000; i++) /* windows end at and within CR LF */
        buffer_add_text(&text, "abcde\r\n");
    write_file(text.data, text.size);
    assert_int_equal(read_lines(path, 0, 5, &out, &error), STATUS_OK);
    assert_int_equal(out.size, 70000 * 6);
    assert_int_equal(read_lines(path, 0, 4, &out, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "line 1: a line longer than 4 bytes"));
    buffer_free(&text);
    buffer_free(&out);
}

static void test_what_is_no_text_is_called_by_its_name(void **state)
{
    (void)state;
    expect_refused(BYTES("PK\3\4\x14\0\0\0"), "ZIP archive");
    expect_refused(BYTES("PK\3\4\x14\0\0\0xl/workbook.xml"), "Excel");
    expect_refused(BYTES("\x89PNG\r\n\x1a\n\0\0"), "PNG");
    expect_refused(BYTES("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), "PDF");
    expect_refused(BYTES("SQLite format 3\0\x10\0"), "SQLite");
    expect_refused(BYTES("\0\5\x16\7\0\2\0\0"), "macOS");
    expect(BYTES("ID3\nGIF8\n"), "ID3|GIF8|", 0);
    struct buffer out = {0};
    struct error error;
    write_compressed(BYTES("a line\n"));
    FILE *file = fopen(path, "rb");
    char inner[200];
    size_t size = fread(inner, 1, sizeof inner, file);
    fclose(file);
    write_compressed(inner, size);
    assert_int_equal(read_lines(path, 0, 1000, &out, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "gzip"));
    write_file(inner, size - 4);
    assert_int_equal(read_lines(path, 0, 1000, &out, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "cut or damaged"));
    assert_int_equal(read_lines(folder, 0, 1000, &out, &error), STATUS_BAD_DATA);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(read_lines(path, 0, 1000, &out, &error), STATUS_BAD_DATA);
    unlink(path);
    assert_int_equal(read_lines(path, 0, 1000, &out, &error), STATUS_BAD_DATA);
    buffer_free(&out);
    assert_non_null(strstr(file_kind_of_text(BYTES("\n <!DOCTYPE html>")), "HTML"));
    assert_string_equal(file_kind_of_text(BYTES("{\"a\":1}")), "JSON");
    assert_null(file_kind_of_text(BYTES("playlist,track")));
}

static void test_a_bomb_is_not_unfolded(void **state)
{
    (void)state;
    gzFile file = gzopen(path, "wb");
    char *lines = malloc(1 << 20);
    memset(lines, '\n', 1 << 20);
    for (int i = 0; i < 80; i++) /* the first 64 MiB are not checked */
        assert_int_equal(gzwrite(file, lines, 1 << 20), 1 << 20);
    gzclose(file);
    free(lines);
    struct buffer out = {0};
    struct error error;
    assert_int_equal(read_lines(path, 0, 1000, &out, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "expands"));
    buffer_free(&out);
}

static void test_standard_input(void **state)
{
    (void)state;
    int ends[2], kept = dup(STDIN_FILENO);
    struct buffer out = {0};
    struct error error;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "a\nb\xe9\n", 5), 5);
        close(ends[1]);
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        enum status status = read_lines("-", TEXT_READER_STDIN | (i ? TEXT_READER_UNBUFFERED : 0), 10, &out, &error);
        assert_int_equal(status, i ? STATUS_BAD_DATA : STATUS_OK);
        assert_string_equal(out.data, i ? "" : "a|b\xc3\xa9|");
        assert_true(i == 0 || strstr(error.text, "standard input, line 2"));
    }
    dup2(kept, STDIN_FILENO);
    close(kept);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_wrong_bytes_are_named),
        cmocka_unit_test(test_decision_holds_for_the_whole_file),
        cmocka_unit_test(test_a_failure_stays),
        cmocka_unit_test(test_utf8_alone),
        cmocka_unit_test(test_line_ends_and_limit),
        cmocka_unit_test(test_what_is_no_text_is_called_by_its_name),
        cmocka_unit_test(test_a_bomb_is_not_unfolded),
        cmocka_unit_test(test_standard_input),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
