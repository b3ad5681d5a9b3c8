#include "bundle/table/table_merge.h"

#include "tests/unit/table_text.h"

/* Merges, and checks the result as a v2 table; base may be NULL. */
static void check_merged(const char *base, const char *ours, const char *theirs, const char *want)
{
    struct table_text text;
    struct table_document tables[3], again;
    struct merge_result result, twice;
    struct err err;

    table_text_begin(&text);
    if (base)
        tables[0] = table_text_read(&text, base);
    tables[1] = table_text_read(&text, ours);
    tables[2] = table_text_read(&text, theirs);
    CHECK_OK(
        table_merge(base ? &tables[0] : NULL, &tables[1], &tables[2], &text.arena, &result, &err),
        err);
    CHECK_NUMBER(0, result.conflict_count);
    table_text_check(&text, want, &result.merged, LAYOUT_RFC);
    again = result.merged; /* once more, from what was carried: nothing changes */
    CHECK_OK(table_merge(&tables[2], &again, &tables[2], &text.arena, &twice, &err), err);
    CHECK_NUMBER(0, twice.added + twice.removed + twice.changed);
    table_text_check(&text, want, &twice.merged, LAYOUT_RFC);
    table_text_end(&text);
}

#define AZURE(entries) "{\"azure\": {" entries "}}"
#define WANT(entries) "{\"azure\":{" entries "}}"
#define A1 "\"a\":\"1\""
#define A2 "\"a\":\"2\""
#define B1 "\"b\":\"1\""
#define C1 "\"c\":\"1\""

TEST(table_merge_puts_two_tables_together)
{
    check_merged(NULL, AZURE(A1 "," C1), AZURE(B1 "," C1), WANT(A1 "," B1 "," C1));
    check_merged(NULL, AZURE(A1), "{}", WANT(A1));
    check_merged(NULL, "{}", AZURE(A1), WANT(A1));
    check_merged(NULL, AZURE(A1), AZURE(A1), WANT(A1));
    check_merged(NULL, "{\"qemu\": \"q\"}", AZURE(A1), "{\"azure\":{\"a\":\"1\"},\"qemu\":\"q\"}");
}

TEST(table_merge_follows_the_side_that_changed)
{
    check_merged(AZURE(A1), AZURE(A1), AZURE(A2), WANT(A2));               /* theirs changed */
    check_merged(AZURE(A1), AZURE(A2), AZURE(A1), WANT(A2));               /* ours changed */
    check_merged(AZURE(A1), AZURE(A2), AZURE(A2), WANT(A2));               /* both, alike */
    check_merged(AZURE(A1 "," B1), AZURE(A1 "," B1), AZURE(A1), WANT(A1)); /* theirs removed */
    check_merged(AZURE(A1 "," B1), AZURE(A1), AZURE(A1 "," B1), WANT(A1)); /* ours removed */
    check_merged(AZURE(A1 "," B1), AZURE(A1), AZURE(A1), WANT(A1));        /* both */
    check_merged(AZURE(A1), AZURE(A1 "," B1), AZURE(A1 "," C1), WANT(A1 "," B1 "," C1));
}

TEST(table_merge_treats_unknown_members_alike)
{
    check_merged(NULL, "{\"x\": 1, \"z\": 1}", "{\"y\": 2, \"z\": 1}", "{\"x\":1,\"y\":2,\"z\":1}");
    check_merged("{\"x\": 1, \"y\": 1}", "{\"x\": 1, \"y\": 3}", "{\"x\": 2, \"y\": 1}",
                 "{\"x\":2,\"y\":3}");
    check_merged("{\"x\": 1}", "{\"x\": 1}", "{}", "{}");
}

TEST(table_merge_counts_what_it_does)
{
    struct table_text text;
    struct table_document base, ours, theirs;
    struct merge_result result;
    struct err err;

    table_text_begin(&text);
    base = table_text_read(&text, AZURE(A1 "," B1));
    ours = table_text_read(&text, AZURE(A1 "," B1));
    theirs = table_text_read(&text, AZURE(A2 "," C1 ",\"d\":\"1\""));
    CHECK_OK(table_merge(&base, &ours, &theirs, &text.arena, &result, &err), err);
    CHECK_NUMBER(2, result.added);
    CHECK_NUMBER(1, result.removed);
    CHECK_NUMBER(1, result.changed);
    table_text_end(&text);
}

static void check_refused(const char *base, const char *ours, const char *theirs,
                          enum err_code code, const char *message, size_t conflicts)
{
    struct table_text text;
    struct table_document tables[3];
    struct merge_result result;
    struct err err;

    table_text_begin(&text);
    tables[0] = table_text_read(&text, base ? base : "{}");
    tables[1] = table_text_read(&text, ours);
    tables[2] = table_text_read(&text, theirs);
    CHECK_ERR(
        code, message,
        table_merge(base ? &tables[0] : NULL, &tables[1], &tables[2], &text.arena, &result, &err),
        err);
    CHECK_NUMBER(conflicts, result.conflict_count);
    CHECK_NUMBER(0, result.merged.count);
    table_text_end(&text);
}

TEST(table_merge_refuses_conflicts)
{
    check_refused(NULL, AZURE(A1), AZURE(A2), ERR_AMBIGUOUS,
                  "the tables differ: azure a: have \"1\" and \"2\"", 1);
    check_refused(AZURE("\"a\":\"0\""), AZURE(A1), AZURE(A2), ERR_AMBIGUOUS,
                  "the tables differ: azure a: have \"1\" and \"2\"", 1);
    check_refused(AZURE(A1), "{}", AZURE(A2), ERR_AMBIGUOUS,
                  "the tables differ: azure a: have nothing and \"2\"", 1);
    check_refused(AZURE(A1), AZURE(A2), "{}", ERR_AMBIGUOUS,
                  "the tables differ: azure a: have \"2\" and nothing", 1);
    check_refused(NULL, "{\"x\": 1, \"aws\": {\"r\": \"1\"}}",
                  "{\"x\": 2, \"aws\": {\"r\": \"2\"}}", ERR_AMBIGUOUS,
                  "the tables differ in 2 places, first: aws aws-nitro-tpm r: have \"1\" and \"2\"",
                  2);
    check_refused(NULL, "{\"x\": 1}", "{\"x\": \"1\"}", ERR_AMBIGUOUS,
                  "the tables differ: member \"x\": differs", 1);
}

TEST(table_merge_refuses_two_references_of_one_table)
{
    check_refused(NULL, "{}", AZURE("\"cvm\":\"b\",\"azure-sev-snp\":\"a\""), ERR_AMBIGUOUS,
                  "azure azure-sev-snp: has two references, \"a\" and \"b\" (set the right one)",
                  0);
}

#define OF(version) "{\"version\": \"" version "\", \"ref\": \"-\", \"stream\": \"stable\"}"

TEST(table_merge_refuses_other_versions)
{
    check_refused(NULL, OF("v1.0.0"), OF("v1.0.1"), ERR_FORGED,
                  "version: have \"v1.0.1\", want \"v1.0.0\": these are tables of different "
                  "versions",
                  0);
    check_refused(NULL, OF("v1.0.0"), "{\"stream\": \"debug\"}", ERR_FORGED,
                  "stream: have \"debug\", want \"stable\": these are tables of different versions",
                  0);
    check_refused("{\"ref\": \"x\"}", "{}", OF("v1.0.0"), ERR_FORGED, NULL, 0);
    check_refused("{\"ref\": \"x\"}", OF("v1.0.0"), "{}", ERR_FORGED, NULL, 0);
}

TEST(table_merge_puts_identities_together)
{
    struct table_text text;
    struct table_document ours, theirs;
    struct merge_result result;
    struct err err;

    table_text_begin(&text);
    ours = table_text_read(&text, "{\"version\": \"v1.0.0\", \"ref\": \"-\"}");
    theirs = table_text_read(&text, "{\"stream\": \"debug\", \"list\": []}");
    CHECK_OK(table_merge(NULL, &ours, &theirs, &text.arena, &result, &err), err);
    CHECK(result.merged.has_uid);
    CHECK_TEXT("stream/debug/v1.0.0", slice_text(result.merged.uid.text));
    CHECK_NUMBER(LAYOUT_V2, result.merged.layout);
    table_text_end(&text);
}

#define FOREIGN(n) "{\"csp\":\"moon\",\"n\":" #n "}"

TEST(table_merge_keeps_foreign_entries_once)
{
    struct table_text text;
    struct table_document ours, theirs;
    struct merge_result result;
    struct err err;

    table_text_begin(&text);
    ours = table_text_read(&text, "{\"list\": [" FOREIGN(1) "," FOREIGN(2) "]}");
    theirs = table_text_read(&text, "{\"list\": [" FOREIGN(2) "," FOREIGN(3) "]}");
    CHECK_OK(table_merge(NULL, &ours, &theirs, &text.arena, &result, &err), err);
    table_text_check(&text, "{\"list\":[" FOREIGN(1) "," FOREIGN(2) "," FOREIGN(3) "]}",
                     &result.merged, LAYOUT_V2);
    table_text_end(&text);
}
