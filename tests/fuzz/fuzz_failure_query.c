/* Conditions on failures are untrusted text: they are understood or refused with a sentence; all must hold, "!" turns
 * an answer around, and the selection is a sorted part of the list. */
#include <math.h>
#include <string.h>

#include "app/failure_fields.h"
#include "app/failure_query.h"
#include "fuzz.h"

enum { FAILURES = 24 };

static struct failure_list list;
static struct failure failures[FAILURES];

static void make_failures(void)
{
    static const char *const names[] = {"Rainy day", "a<b", "ndcg<0.1", "", "cause:artist", "Caf\xc3\xa9 \xff"};
    static const char *const genres[] = {"", "rock", "hard rock", "r&b"};
    for (int i = 0; i < FAILURES; i++) {
        struct failure *failure = &failures[i];
        *failure =
            (struct failure){.playlist_id = i + 1, .n_entries = 20 + i % 7, .seeds = i % 11, .has_causes = i % 5 != 4};
        REQUIRE(failure_set_texts(&list, failure, "key", names[i % 6], genres[i % 4], NULL) == STATUS_OK);
        for (int metric = 0; metric < METRICS; metric++) {
            failure->values[metric] = (double)(i * (metric + 3) % 17) / 16;
            failure->other[metric] = i % 3 ? 0.25 : (double)NAN;
        }
        for (int fact = 0; fact < FACTS; fact++)
            failure->facts[fact] = failure->has_causes && (i + fact) % 9 ? (double)(i * fact % 11) / 10 : (double)NAN;
    }
}

static void check_terms(const struct failure_query *query)
{
    for (int f = 0; f < FAILURES; f++) {
        bool all = true;
        for (size_t i = 0; i < query->count; i++) {
            struct failure_query one = {.terms = {query->terms[i]}, .count = 1, .sort = -1}, turned = one;
            turned.terms[0].negated = !turned.terms[0].negated;
            bool holds = failure_query_holds(&one, &failures[f]), other = failure_query_holds(&turned, &failures[f]);
            bool number = one.terms[0].kind == TERM_NUMBER;
            bool known = number ? !isnan(failure_field_value(one.terms[0].field, &failures[f]))
                                : one.terms[0].kind == TERM_TEXT || failures[f].has_causes;
            REQUIRE(known ? holds != other : !holds && !other);
            all = all && holds;
        }
        REQUIRE(failure_query_holds(query, &failures[f]) == all);
    }
}

static void check_selection(const struct failure_query *query)
{
    struct failure some[FAILURES];
    size_t kept, holding = 0;
    REQUIRE(failure_query_select(query, failures, FAILURES, some, &kept, NULL) == STATUS_OK);
    for (int f = 0; f < FAILURES; f++)
        holding += failure_query_holds(query, &failures[f]);
    REQUIRE(kept == holding);
    for (size_t i = 0; i < kept; i++)
        REQUIRE(failure_query_holds(query, &some[i]));
    for (size_t i = 1; i < kept; i++) {
        double before = query->sort < 0 ? 0 : failure_field_value(query->sort, &some[i - 1]);
        double after = query->sort < 0 ? 0 : failure_field_value(query->sort, &some[i]);
        bool same = before == after || (isnan(before) && isnan(after));
        REQUIRE(same ? some[i - 1].playlist_id < some[i].playlist_id
                     : isnan(after) || (query->downward ? before > after : before < after));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    struct failure_query query;
    struct error error = {0};
    if (!failures[0].name)
        make_failures();
    enum status status = failure_query_parse(text, &query, &error);
    REQUIRE(status == STATUS_OK || (status == STATUS_USAGE && error.text[0]));
    REQUIRE(query.count <= FAILURE_TERMS_MAX && query.sort < FAILURE_FIELDS);
    check_terms(&query);
    check_selection(&query);
    fuzz_accepted |= status == STATUS_OK && query.count > 1;
    free(text);
    return 0;
}
