/* Tokens of hard texts are those of openai/CLIP; vocabularies of several formats give the same tokens; damaged ones are
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../folder.h"
#include "../must.h"
#include "clip_tokens_golden.h"
#include "core/buffer.h"
#include "core/file.h"
#include "vit/clip_tokenizer.h"

static char folder[TEST_FOLDER_MAX];

static int open_bundled(void **state)
{
    struct error error = {0};
    struct clip_tokenizer *tokenizer = NULL;
    if (!test_folder_make(folder) || clip_tokenizer_open(NULL, &tokenizer, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    *state = tokenizer;
    return 0;
}

static int close_bundled(void **state)
{
    clip_tokenizer_close(*state);
    return rmdir(folder);
}

static void test_tokens_are_those_of_openai(void **state)
{
    assert_int_equal(clip_tokenizer_size(*state), 49408);
    for (size_t i = 0; i < sizeof golden_tokens / sizeof *golden_tokens; i++) {
        struct buffer text = {0};
        for (int n = 0; n < golden_tokens[i].repeat; n++)
            buffer_add(&text, golden_tokens[i].text, golden_tokens[i].size);
        struct clip_tokens tokens;
        must(clip_tokenize(*state, text.size > 0 ? text.data : "", text.size, &tokens, &error));
        bool same = tokens.count == golden_tokens[i].count &&
                    memcmp(tokens.ids, golden_tokens[i].ids, sizeof *tokens.ids * (size_t)tokens.count) == 0;
        if (!same) {
            for (int n = 0; n < tokens.count; n++)
                fprintf(stderr, "%d%s", tokens.ids[n], n + 1 < tokens.count ? ", " : "\n");
            fail_msg("text %zu: %s", i, golden_tokens[i].text);
        }
        buffer_free(&text);
    }
}

static void test_long_texts_are_truncated_or_refused(void **state)
{
    struct buffer text = {0};
    for (int i = 0; i < CLIP_TEXT_MAX / 2; i++)
        buffer_add_text(&text, "z ");
    struct clip_tokens tokens;
    must(clip_tokenize(*state, text.data, text.size, &tokens, &error));
    assert_true(tokens.truncated);
    assert_int_equal(tokens.count, CLIP_CONTEXT);
    assert_int_equal(tokens.ids[0], 49406);
    assert_int_equal(tokens.ids[CLIP_CONTEXT - 1], 49407);
    struct error error = {0};
    buffer_add_byte(&text, 'z');
    assert_int_equal(clip_tokenize(*state, text.data, text.size, &tokens, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "16385 bytes"));
    buffer_free(&text);
    assert_int_equal(clip_tokenize(*state, "a b", 3, &tokens, &error), STATUS_OK);
    assert_false(tokens.truncated);
}

static void test_invalid_bytes_count_as_replacement_characters(void **state)
{
    struct clip_tokens tokens, expected;
    must(clip_tokenize(*state, "x\xff\xc3 \xe2\x82", 6, &tokens, &error));
    must(clip_tokenize(*state, "x\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd", 14, &expected, &error));
    assert_int_equal(tokens.count, expected.count);
    assert_memory_equal(tokens.ids, expected.ids, sizeof *tokens.ids * (size_t)tokens.count);
}

/* Writes the file and opens it as a vocabulary; the file is removed. */
static enum status open_text(const char *name, const char *text, struct clip_tokenizer **tokenizer, struct error *error)
{
    struct buffer path = {0};
    buffer_printf(&path, "%s/%s", folder, name);
    FILE *file = fopen(path.data, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    enum status status = clip_tokenizer_open(path.data, tokenizer, error);
    unlink(path.data);
    buffer_free(&path);
    return status;
}

static void test_formats_give_the_same_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } files[] = {
        {"merges.txt", "#version: 0.2\na b</w>\nc ab</w>\n"},
        {"bpe.txt", "\"bpe_simple_vocab_16e6.txt#version: 0.2\r\na b</w>\r\nc ab</w>"},
        {"old.json", "{\"model\": {\"merges\": [\"a b</w>\", \"c ab</w>\"], \"vocab\": {\"ab</w>\": 512, \"!\": 0}}}"},
        {"new.json", "{\"model\": {\"merges\": [[\"a\", \"b</w>\"], [\"c\", \"ab</w>\"]]}}"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct clip_tokenizer *tokenizer = NULL;
        struct clip_tokens tokens;
        must(open_text(files[i].name, files[i].text, &tokenizer, &error));
        assert_int_equal(clip_tokenizer_size(tokenizer), 516);
        must(clip_tokenize(tokenizer, "CAB b", 5, &tokens, &error));
        const int32_t expected[] = {514, 513, 'b' - '!' + 256, 515};
        assert_int_equal(tokens.count, 4);
        assert_memory_equal(tokens.ids, expected, sizeof expected);
        clip_tokenizer_close(tokenizer);
    }
}

static void test_damaged_vocabularies_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } files[] = {
        {"merges.txt", "", "has no merges"},
        {"merges.txt", "#version: 0.2\n", "has no merges"},
        {"merges.txt", "#version: 0.2\na b\nab\n", "line 3: expected two symbols"},
        {"merges.txt", "a b\nab \n", "line 2: expected two symbols"},
        {"merges.txt", "a b\na bc\n", "line 2: merges a symbol that no earlier one has made"},
        {"merges.txt", "a b c\n", "line 1: merges a symbol that no earlier one has made"},
        {"merges.txt", "a b\na b\n", "line 2: makes a symbol that an earlier one has made"},
        {"merges.txt", "a \xff\n", "line 1"},
        {"a.json", "{\"model\": {\"merges\": [\"a b\", 5]}}", "merge 2: expected two symbols"},
        {"a.json", "{\"model\": {\"merges\": [[\"a\", 1]]}}", "merge 1: expected two symbols"},
        {"a.json", "{\"model\": {\"merges\": [\"a b\"], \"vocab\": {\"ab\": 7}}}", "not numbered in the order"},
        {"a.json", "{\"model\": 1}", "has no merges"},
        {"a.json", "{", "JSON"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct clip_tokenizer *tokenizer = NULL;
        struct error error = {0};
        assert_int_equal(open_text(files[i].name, files[i].text, &tokenizer, &error), STATUS_BAD_DATA);
        assert_null(tokenizer);
        if (!strstr(error.text, files[i].message))
            fail_msg("%zu: %s", i, error.text);
    }
    struct clip_tokenizer *tokenizer = NULL;
    struct error error = {0};
    assert_int_not_equal(clip_tokenizer_open("/does/not/exist/merges.txt", &tokenizer, &error), STATUS_OK);
    assert_null(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_are_those_of_openai),
        cmocka_unit_test(test_long_texts_are_truncated_or_refused),
        cmocka_unit_test(test_invalid_bytes_count_as_replacement_characters),
        cmocka_unit_test(test_formats_give_the_same_tokens),
        cmocka_unit_test(test_damaged_vocabularies_are_refused),
    };
    return cmocka_run_group_tests(tests, open_bundled, close_bundled);
}
