#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/random.h"
#include "core/table_reader.h"

static char path[] = "/tmp/sleeve-table-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int descriptor = mkstemp(path);
    return descriptor < 0 || close(descriptor) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const char *text, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Every record as "LINE:field|field", with '!' before the line if a quote was read as text, and a '/' after it. */
static enum status read_table(const struct table_options *options, struct buffer *out, struct error *error)
{
    struct table_reader *reader;
    struct table_record record;
    bool more = true;
    buffer_clear(out);
    enum status status = table_open(path, options, &reader, error);
    if (status != STATUS_OK)
        return status;
    while ((status = table_next(reader, &record, &more, error)) == STATUS_OK && more) {
        buffer_printf(out, "%s%lld:", record.stray_quote ? "!" : "", record.line);
        for (int i = 0; i < record.n_fields && i < TABLE_COLUMNS_MAX; i++) {
            assert_int_equal(strlen(record.fields[i]), record.sizes[i]);
            buffer_printf(out, "%s%s", i > 0 ? "|" : "", record.fields[i]);
        }
        buffer_add_byte(out, '/');
    }
    table_close(reader);
    return status;
}

static void expect(const char *text, const char *records)
{
    struct buffer out = {0};
    struct error error = {0};
    const struct table_options options = {0};
    write_file(text, strlen(text));
    if (read_table(&options, &out, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_string_equal(out.data ? out.data : "", records);
    buffer_free(&out);
}

static void test_delimiters(void **state)
{
    (void)state;
    expect("a,b;c,d\n1,2,3\n", "1:a|b;c|d/2:1|2|3/");
    expect("a;b;c,d\n", "1:a|b|c,d/");
    expect("a\tb\n1, 2\t3\n", "1:a|b/2:1, 2|3/");
    expect("\"a,b,c\";d\n", "1:a,b,c|d/");
    expect("sep=;\na,b,c;d\n", "2:a,b,c|d/");
    expect("\xef\xbb\xbfSEP=\t\r\na\tb\r\n", "2:a|b/");
    expect("\"sep=|\"\na|b,c\n", "2:a|b,c/");
    expect("sep=,,,\na,b\n", "2:a|b/");
    expect("separate,b\n", "1:separate|b/");
    expect("alone\nmore\n", "1:alone/2:more/");
    expect("\n\r\na,b\n\n,,\n ,\nc,d", "3:a|b/6: |/7:c|d/");
    expect("", "");
    expect("\n\n", "");
    expect("a,b\r1,2\r3,4", "1:a|b/2:1|2/3:3|4/");
}

static void test_quotes(void **state)
{
    (void)state;
    expect("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", "1:a|b/2:x,y|say \"hi\"/");
    expect("a,b\n\"two\r\nlines\",2\n3,4\n", "1:a|b/2:two\r\nlines|2/4:3|4/");
    expect("a, \"b, c\" ,d\n", "1:a|b, c|d/");
    expect("a,b\n\"\",\"\"\nx,\"\"\n", "1:a|b/3:x|/");
    expect("a,b\n1,\"last, with \"\"quotes\"\"\n and a line\"", "1:a|b/2:1|last, with \"quotes\"\n and a line/");
    /* not closed: text */
    expect("a,b,c\n1,\"Heroes,x\n2,y,z\n", "1:a|b|c/!2:1|\"Heroes|x/3:2|y|z/");
    expect("a,b\n\"Azul (From \"Breaking\" Series)\",y\n", "1:a|b/!2:\"Azul (From \"Breaking\" Series)\"|y/");
    expect("a,b\n12\" mix,7\" box\n", "1:a|b/2:12\" mix|7\" box/");
    expect("a,b\nx,\"", "1:a|b/!2:x|\"/");
    expect("a,b\nx,\"y", "1:a|b/!2:x|\"y/");
    /* closed by a quote of another row: it would swallow rows */
    expect("a,b,c\n1,\"Heroes,x\n2,y,z\n3,12\",z\n4,u,v\n", "1:a|b|c/!2:1|\"Heroes|x/3:2|y|z/4:3|12\"|z/5:4|u|v/");
    expect("a,b,c\n1,\"Heroes,x\n3,12\",z\n", "1:a|b|c/!2:1|\"Heroes|x/3:3|12\"|z/");
    expect("a,b,c\n\"Heroes,1,x\n3,4,\"z, y\"\n12\",5,z\n", "1:a|b|c/!2:\"Heroes|1|x/3:3|4|z, y/4:12\"|5|z/");
    expect("a,b,c\n1,2,\"Heroes\n3,4,z\n5,6,12\"\n", "1:a|b|c/!2:1|2|\"Heroes/3:3|4|z/4:5|6|12\"/");
    expect("a,b,c\nM,\"Heroes, live,x\nM,12\",z\n", "1:a|b|c/!2:M|\"Heroes| live|x/3:M|12\"|z/");
    expect("a,b,c\nM,1,\"Heroes\nM,2,x\nM,3,12\"\n", "1:a|b|c/!2:M|1|\"Heroes/3:M|2|x/4:M|3|12\"/");
    /* lines within a field that are not rows */
    expect("a,b,c\n1,\"some text\nmore, text\",x\n", "1:a|b|c/2:1|some text\nmore, text|x/");
    expect("a,b,c\n\"one\ntwo\",y,x\n", "1:a|b|c/2:one\ntwo|y|x/");
    expect("a,b,c\n1,\"one\ntwo, three\nfour\",x\n", "1:a|b|c/2:1|one\ntwo, three\nfour|x/");
    expect("a,b,c\n1,2,\"one\ntwo\"\n3,4,5\n", "1:a|b|c/2:1|2|one\ntwo/4:3|4|5/");
}

static void test_quotes_between_tabs(void **state)
{
    (void)state;
    expect("a\tb\n\"Heroes\"\t\"x\"\n", "1:a|b/2:\"Heroes\"|\"x\"/");
    expect("a\tb\n\"x\ty\"\t\"say \"\"hi\"\"\"\n\"Help, me\"\t\n", "1:a|b/2:x\ty|say \"hi\"/3:Help, me|/");
    expect("\"a\"\t\"b\"\n\"Heroes\"\t\"x\"\n", "1:a|b/2:Heroes|x/");
    expect("a\tb\tc\nM\t\"Awaken\tA\nM\tAfter\tB\nM\t\"Why\" she\tC\n",
           "1:a|b|c/!2:M|\"Awaken|A/3:M|After|B/!4:M|\"Why\" she|C/");
}

static void test_limits(void **state)
{
    (void)state;
    struct buffer text = {0}, out = {0};
    struct error error = {0};
    const struct table_options options = {0};
    buffer_add_text(&text, "a,b\n\"");
    for (int i = 0; i < TABLE_RECORD_MAX; i++)
        buffer_add_byte(&text, 'x');
    buffer_add_text(&text, "\",1\n");
    write_file(text.data, text.size);
    assert_int_equal(read_table(&options, &out, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "line 2"));
    buffer_clear(&text);
    for (int i = 0; i < 2 * TABLE_COLUMNS_MAX; i++)
        buffer_add_text(&text, "c,");
    buffer_add_text(&text, "c\n");
    write_file(text.data, text.size);
    struct table_reader *reader;
    struct table_record record;
    bool more;
    assert_int_equal(table_open(path, &options, &reader, &error), STATUS_OK);
    assert_int_equal(table_next(reader, &record, &more, &error), STATUS_OK);
    assert_int_equal(record.n_fields, 2 * TABLE_COLUMNS_MAX + 1);
    table_close(reader);
    buffer_clear(&text); /* fields and records across window boundaries */
    buffer_add_text(&text, "a,b\n");
    for (int i = 0; i < 40000; i++)
        buffer_printf(&text, "\"%d\r\nsecond\",\"x\"\"\"\r\n", i);
    write_file(text.data, text.size);
    assert_int_equal(table_open(path, &options, &reader, &error), STATUS_OK);
    assert_int_equal(table_next(reader, &record, &more, &error), STATUS_OK);
    for (int i = 0; i < 40000; i++) {
        char wanted[40];
        snprintf(wanted, sizeof wanted, "%d\r\nsecond", i);
        assert_int_equal(table_next(reader, &record, &more, &error), STATUS_OK);
        assert_true(more && record.n_fields == 2 && record.line == 2 * i + 2);
        assert_string_equal(record.fields[0], wanted);
        assert_string_equal(record.fields[1], "x\"");
    }
    table_close(reader);
    buffer_clear(&text); /* many unclosed quotes take no longer than one */
    buffer_add_text(&text, "a,b\n");
    for (int i = 0; i < 500000; i++)
        buffer_add_text(&text, "\"x,\"\"\"\n");
    write_file(text.data, text.size);
    assert_int_equal(read_table(&options, &out, &error), STATUS_OK);
    buffer_free(&text);
    buffer_free(&out);
}

/* Everything that is written is read back. */
static void test_what_is_written_is_read(void **state)
{
    (void)state;
    static const char letters[] = "\"\"\t\t\n\r, ;ax\x01";
    struct random random;
    random_seed(&random, 7);
    struct buffer text = {0}, wanted = {0}, out = {0};
    struct error error = {0};
    const struct table_options options = {.tabs_first = true, .exact_quotes = true};
    for (int round = 0; round < 200; round++) {
        buffer_clear(&text);
        buffer_clear(&wanted);
        buffer_add_text(&text, "a\tb\tc\n");
        buffer_add_text(&wanted, "a|b|c/");
        for (int field = 0; field < 60; field++) {
            char value[8] = "k";
            size_t size = field % 3 == 0; /* no row is empty */
            for (uint64_t more = random_below(&random, 7); more > 0; more--)
                value[size++] = letters[random_below(&random, sizeof letters - 1)];
            table_add_field(&text, value, size, '\t');
            buffer_add_byte(&text, field % 3 == 2 ? '\n' : '\t');
            buffer_add(&wanted, value, size);
            buffer_add_byte(&wanted, field % 3 == 2 ? '/' : '|');
        }
        write_file(text.data, text.size);
        struct table_reader *reader;
        struct table_record record;
        bool more;
        buffer_clear(&out);
        assert_int_equal(table_open(path, &options, &reader, &error), STATUS_OK);
        while (table_next(reader, &record, &more, &error) == STATUS_OK && more)
            for (int i = 0; i < record.n_fields; i++)
                buffer_printf(&out, "%s%c", record.fields[i], i + 1 == record.n_fields ? '/' : '|');
        table_close(reader);
        assert_string_equal(out.data, wanted.data);
    }
    buffer_free(&text);
    buffer_free(&wanted);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_quotes_between_tabs),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
