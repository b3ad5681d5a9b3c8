/*
 * The certificates of fixtures/tls, each with what is to come of it: fixtures/tls/verdicts. The same
 * list is gone through with real servers by tests/tls/run.
 */
#include "resolver/crypto/chain.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define EPOCH 1767225600 /* 2026-01-01, for which the fixtures were made */

struct setting {
    struct arena arena;
    struct anchors anchors;
    struct chain_terms terms;
    struct chain_sent sent;
    struct chain chain;
};

static void setting_init(struct setting *setting, struct slice bundle)
{
    struct err err;

    arena_init_heap(&setting->arena, (size_t)1 << 20);
    chain_sent_init(&setting->sent);
    CHECK_OK(anchors_init(&setting->anchors, bundle, &setting->arena, &err), err);
    setting->terms = (struct chain_terms){.anchors = &setting->anchors, .now = EPOCH};
    CHECK_OK(server_name_parse("mirror.test", &setting->terms.server, &err), err);
}

static void setting_clear(struct setting *setting)
{
    arena_clear(&setting->arena);
}

/* Adds the certificates of a PEM file to what was sent: every one of them, through the index. */
static void send_file(struct setting *setting, const char *name)
{
    char path[128];
    struct anchors file;
    struct err err;

    snprintf(path, sizeof path, "fixtures/tls/%s.pem", name);
    CHECK_OK(anchors_init(&file, test_file(path), &setting->arena, &err), err);
    for (size_t i = 0; i < file.count; i++) {
        struct anchors one = {.bundle = file.bundle, .entries = &file.entries[i], .count = 1};
        struct slice der;

        CHECK_OK(anchors_decode(&one, 0, &setting->arena, &der, &err), err);
        chain_sent_begin(&setting->sent);
        chain_sent_append(&setting->sent, test_guarded(der));
    }
}

static enum err_code judge(struct setting *setting, struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, CHAIN_ARENA_MAX);
    rc = chain_judge(&setting->sent, &setting->terms, &arena, &setting->chain, err);
    arena_clear(&arena);
    return rc;
}

/* NAME SERVER WHERE EXPECTED, apart by blanks; EXPECTED is "ok", or the message. */
static void check_verdict(struct slice line, struct slice bundle)
{
    struct setting setting;
    char name[64], server[64], expected[512];
    struct slice fields[3];
    struct err err;
    enum err_code rc;

    for (int i = 0; i < 3; i++) {
        fields[i] = slice_cut(&line, ' ');
        while (slice_begins(line, " "))
            line = slice_part(line, 1, line.len);
    }
    snprintf(name, sizeof name, "%.*s", (int)fields[0].len, (const char *)fields[0].ptr);
    snprintf(server, sizeof server, "%.*s", (int)fields[1].len, (const char *)fields[1].ptr);
    snprintf(expected, sizeof expected, "%.*s", (int)line.len, (const char *)line.ptr);
    setting_init(&setting, bundle);
    CHECK_OK(server_name_parse(server, &setting.terms.server, &err), err);
    send_file(&setting, name);
    rc = judge(&setting, &err);
    if (slice_is(line, "ok") || slice_begins(line, "a signature does not fit"))
        CHECK_OK(rc, err);
    else
        CHECK_ERR(ERR_IO, expected, rc, err);
    if (rc == ERR_OK && !slice_is(line, "ok"))
        CHECK_ERR(ERR_IO, expected, chain_refuse_signature(&setting.chain, &err), err);
    setting_clear(&setting);
}

TEST(chain_gives_the_verdicts_of_the_fixtures)
{
    struct slice rest = test_file("fixtures/tls/verdicts"), anchors = test_file("fixtures/tls/anchors.pem");
    size_t count = 0;

    while (rest.len > 0) {
        struct slice line = slice_cut(&rest, '\n');

        if (line.len == 0 || slice_begins(line, "#"))
            continue;
        check_verdict(line, anchors);
        count++;
    }
    CHECK(count > 40);
}
