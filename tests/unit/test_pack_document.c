#include "bundle/pack/pack_document.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/pack_world.h"

#define PLACE "https://cdn.example/"
#define OTHER_ID "0123456789abcdef"

static struct pack_world world;
static struct pack_document document;

static void begin(enum layer_kind kind, const char *text)
{
    pack_world_begin(&world);
    document = (struct pack_document){.kind = kind,
                                      .title = kind == LAYER_TABLE ? PACK_TABLE : PACK_MEASUREMENTS,
                                      .place = kind == LAYER_TABLE ? PLACE PACK_TABLE
                                                                   : PLACE PACK_MEASUREMENTS,
                                      .source = &world.memory.source,
                                      .layout = LAYOUT_RFC,
                                      .csp = kind == LAYER_TABLE ? CSP_NONE : CSP_QEMU,
                                      .bytes = slice_text(text)};
    document.name = document.title;
}

/* With the signature NAME.EXTENSION by the pair in the source. */
static void sign(const char *extension, size_t pair, bool is_sigstore)
{
    char name[128];

    snprintf(name, sizeof name, "%s.%s", document.name, extension);
    memory_put(&world.memory, arena_copy(&world.arena, slice_text(name), &world.err),
               pack_world_signature(&world, pair, document.bytes, is_sigstore));
}

static enum err_code add(void)
{
    pack_world_again(&world);
    return pack_document_add(&document, &world.policy, &world.release, &world.arena, &world.err);
}

static void check_refused(enum err_code code, const char *want)
{
    char message[ERR_MESSAGE_MAX];

    snprintf(message, sizeof message, "%s: %s", document.place, want);
    CHECK_ERR(code, message, add(), world.err);
    CHECK_NUMBER(0, world.release.count);
}

TEST(pack_document_carries_measurements_and_signatures)
{
    const struct pack_info *info;
    size_t number;

    begin(LAYER_MEASUREMENTS_YAML, PACK_MEASUREMENTS_TEXT);
    pack_world_trust(&world, &world.keys, 0);
    sign("sig", 0, false);
    sign("sigstore.json", 0, true);
    CHECK_OK(add(), world.err);
    CHECK_NUMBER(3, world.release.count);
    number = pack_world_item(&world, PACK_MEASUREMENTS);
    info = &world.release.infos[number];
    CHECK(info->csp == CSP_QEMU && info->verified && info->verified->signer_count == 1);
    CHECK(!world.release.items[number].is_unsigned);
    CHECK_TEXT(PACK_MEASUREMENTS_TEXT, world.release.items[number].bytes);
    number = pack_world_item(&world, PACK_MEASUREMENTS ".sig");
    CHECK_NUMBER(LAYER_SIGNATURE, world.release.items[number].kind);
    CHECK_TEXT(PLACE PACK_MEASUREMENTS ".sig", slice_text(world.release.infos[number].place));
    pack_world_item(&world, PACK_MEASUREMENTS ".sigstore.json");
    CHECK(world.release.has_measurements[CSP_QEMU] && !world.release.has_measurements[CSP_GCP]);
    pack_world_end(&world);
}

TEST(pack_document_wants_measurements_signed)
{
    begin(LAYER_MEASUREMENTS_YAML, PACK_MEASUREMENTS_TEXT);
    check_refused(ERR_NO_KEY, "there is no key to check it with: give --key FILE, or --allow-unsigned");
    sign("sig", 0, false);
    pack_world_trust(&world, &world.keys, 0);
    world.keys.threshold = 2;
    CHECK_NUMBER(ERR_NO_KEY, add());
    CHECK(strstr(world.err.msg, " (--allow-unsigned packs it all the same, marked for ever)"));
    world.policy.allow_unsigned = true;
    CHECK_OK(add(), world.err);
    CHECK(world.release.items[0].is_unsigned && !world.release.infos[0].verified);
    CHECK(world.release.has_measurements[CSP_QEMU]);
    world.keys = (struct keys){0};
    CHECK_OK(add(), world.err);
    CHECK(world.release.items[0].is_unsigned && world.release.count == 2);
    pack_world_end(&world);
}

/* --allow-unsigned is for what nobody signed, not for what somebody forged. */
TEST(pack_document_never_takes_a_wrong_signature)
{
    begin(LAYER_MEASUREMENTS_YAML, PACK_MEASUREMENTS_TEXT);
    sign("sig", 1, false);
    pack_world_trust(&world, &world.keys, 0);
    world.policy.allow_unsigned = true;
    CHECK_NUMBER(ERR_FORGED, add());
    CHECK_NUMBER(0, world.release.count);
    pack_world_end(&world);
    begin(LAYER_MEASUREMENTS_YAML, PACK_MEASUREMENTS_TEXT);
    memory_put(&world.memory, PACK_MEASUREMENTS ".sig", SLICE("no signature\n"));
    world.policy.allow_unsigned = true;
    CHECK_NUMBER(ERR_FORMAT, add()); /* without any key, too */
    pack_world_end(&world);
}

TEST(pack_document_takes_a_table_that_nobody_signed)
{
    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    CHECK_OK(add(), world.err);
    CHECK(world.release.count == 1 && !world.release.items[0].is_unsigned);
    CHECK(world.release.tables[LAYOUT_RFC] && !world.release.tables[LAYOUT_V1]);
    CHECK(!world.release.infos[0].verified);
    sign("sig", 0, false);
    check_refused(ERR_NO_KEY,
                  "is signed, and there is no key to check it with: give --table-key FILE, or "
                  "--allow-unsigned");
    pack_world_trust(&world, &world.keys, 0); /* not one of tables */
    CHECK_NUMBER(ERR_NO_KEY, add());
    pack_world_trust(&world, &world.table_keys, 0);
    CHECK_OK(add(), world.err);
    CHECK(world.release.infos[0].verified != NULL);
    pack_world_end(&world);
}

TEST(pack_document_wants_a_table_signed_where_there_are_keys)
{
    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    pack_world_trust(&world, &world.table_keys, 0);
    CHECK_NUMBER(ERR_NO_KEY, add());
    world.policy.allow_unsigned = true;
    CHECK_OK(add(), world.err);
    CHECK(world.release.items[0].is_unsigned);
    pack_world_end(&world);
}

TEST(pack_document_refuses_a_signed_table_of_no_version)
{
    begin(LAYER_TABLE, "{\"qemu\":{\"qemu-vtpm\":\"https://cdn.example/qemu.raw\"}}\n");
    CHECK_OK(add(), world.err);
    sign("sig", 0, false);
    pack_world_trust(&world, &world.table_keys, 0);
    check_refused(ERR_POLICY, "a signed table must carry ref, stream and version: without them its "
                              "signature would fit any version");
    pack_world_end(&world);
}

TEST(pack_document_must_be_what_its_title_says)
{
    begin(LAYER_TABLE, "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.3.0\"}");
    CHECK_NUMBER(ERR_FORGED, add());
    pack_world_end(&world);
    begin(LAYER_TABLE, "[");
    CHECK_NUMBER(ERR_FORMAT, add());
    pack_world_end(&world);
    begin(LAYER_MEASUREMENTS_YAML, "csp: gcp\nimage: v2.2.0\nmeasurements:\n  4: " PACK_VALUE "\n");
    world.policy.allow_unsigned = true;
    CHECK_NUMBER(ERR_FORGED, add());
    CHECK(!world.release.has_measurements[CSP_QEMU]);
    pack_world_end(&world);
}

/* --- signatures of others --- */

TEST(pack_document_carries_signatures_by_other_keys)
{
    static const char *const names[] = {
        PACK_TABLE "." OTHER_ID ".sig.old", PACK_TABLE ".0123456789abcde.sig",
        PACK_TABLE ".0123456789ABCDEF.sig", PACK_TABLE "." OTHER_ID "0.sig", "images/" OTHER_ID ".sig",
        PACK_TABLE "-" OTHER_ID ".sig", PACK_TABLE "." OTHER_ID ".json"};

    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    world.memory.source.list = memory_list;
    pack_world_trust(&world, &world.table_keys, 0);
    sign("sig", 0, false);
    sign(PACK_KEY_1 ".sig", 1, false);
    sign(OTHER_ID ".sigstore.json", 1, true);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        memory_put(&world.memory, names[i], SLICE("no signature"));
    CHECK_OK(add(), world.err);
    CHECK_NUMBER(4, world.release.count);
    pack_world_item(&world, PACK_TABLE "." PACK_KEY_1 ".sig");
    pack_world_item(&world, PACK_TABLE "." OTHER_ID ".sigstore.json");
    CHECK_NUMBER(1, world.release.infos[0].verified->signer_count);
    memory_put(&world.memory, PACK_TABLE ".fedcba9876543210.sig", SLICE("no signature"));
    CHECK_NUMBER(ERR_FORMAT, add());
    CHECK(strstr(world.err.msg, "v2.2.0.json.fedcba9876543210.sig: ") != NULL);
    pack_world_end(&world);
}

TEST(pack_document_notices_what_goes_while_it_reads)
{
    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    world.memory.source.list = memory_list;
    memory_take_away(&world.memory, PACK_TABLE "." OTHER_ID ".sig");
    check_refused(ERR_IO, PACK_TABLE "." OTHER_ID ".sig: has gone while it was being read");
    memory_fail(&world.memory, "images", ERR_IO, "the cable is cut");
    CHECK_NUMBER(ERR_IO, add());
    CHECK(strstr(world.err.msg, "the cable is cut") != NULL);
    pack_world_end(&world);
}

/* Lists more signature files than a document may have. */
static enum err_code list_many(void *ctx, const char *folder,
                               enum err_code (*visit)(void *, struct slice, struct err *),
                               void *visit_ctx, struct err *err)
{
    const size_t *count = ctx;
    char name[64];

    (void)folder;
    for (size_t i = 0; i < *count; i++) {
        snprintf(name, sizeof name, "v2.2.0.json.%016zx.sig", i);
        if (visit(visit_ctx, slice_text(name), err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code get_any(void *ctx, const char *name, size_t max_bytes, struct arena *arena,
                             enum source_answer *answer, struct slice *bytes, struct err *err)
{
    (void)ctx;
    (void)max_bytes;
    (void)arena;
    (void)err;
    *answer = strcmp(name, PACK_TABLE ".sig") == 0 || strstr(name, "sigstore") ? SOURCE_ABSENT
                                                                               : SOURCE_FOUND;
    *bytes = SLICE("MEUCIQ==");
    return ERR_OK;
}

TEST(pack_document_has_a_limit_of_signatures)
{
    size_t count = PACK_SIGNATURES_MAX + 1;
    struct source source = {.ctx = &count, .base = "many", .get = get_any, .list = list_many};

    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    document.source = &source;
    check_refused(ERR_LIMIT, "more than 256 signature files");
    count--;
    CHECK_NUMBER(ERR_NO_KEY, add()); /* as many are read, and none can be checked */
    pack_world_end(&world);
}

/* --- signatures that are given --- */

static struct pack_given give(size_t pair, enum signature_form form)
{
    return (struct pack_given){.path = "given",
                               .bytes = pack_world_signature(&world, pair, document.bytes,
                                                             form != SIGNATURE_DETACHED),
                               .key = &world.storage[pair],
                               .form = form};
}

TEST(pack_document_names_given_signatures_by_what_is_free)
{
    struct pack_given given[3];

    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    pack_world_trust(&world, &world.table_keys, 0);
    pack_world_trust(&world, &world.table_keys, 1);
    given[0] = give(0, SIGNATURE_DETACHED);
    given[1] = give(1, SIGNATURE_DETACHED);
    given[2] = give(1, SIGNATURE_SIGSTORE);
    document.given = given;
    document.given_count = 3;
    CHECK_OK(add(), world.err);
    CHECK_NUMBER(4, world.release.count);
    pack_world_item(&world, PACK_TABLE ".sig");
    pack_world_item(&world, PACK_TABLE "." PACK_KEY_1 ".sig");
    pack_world_item(&world, PACK_TABLE ".sigstore.json");
    CHECK_NUMBER(2, world.release.infos[0].verified->signer_count);
    given[2] = given[1];
    check_refused(ERR_FORMAT, "given: a signature by b.pub is there already");
    pack_world_end(&world);
}

TEST(pack_document_has_a_limit_of_given_signatures)
{
    static struct pack_given given[PACK_SIGNATURES_MAX + 1];

    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    pack_world_trust(&world, &world.table_keys, 0);
    document.given = given;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        /* Keys that differ by their ids alone: names are all that is asked of them here. */
        struct key *key = arena_alloc(&world.arena, sizeof *key, &world.err);

        *key = world.storage[0];
        key->public.id[0] = (uint8_t)i;
        key->public.id[1] = (uint8_t)(i >> 8);
        given[i] = give(0, SIGNATURE_DETACHED);
        given[i].key = key;
    }
    document.given_count = sizeof given / sizeof given[0];
    check_refused(ERR_LIMIT, "more than 256 signature files");
    pack_world_end(&world);
}

/* --- out of a source --- */

static enum err_code fetch(enum source_answer *answer)
{
    pack_world_again(&world);
    return pack_document_fetch(&document, &world.policy, &world.release, &world.arena, answer,
                               &world.err);
}

TEST(pack_document_fetch_says_what_is_not_there)
{
    enum source_answer answer = SOURCE_FOUND;

    begin(LAYER_TABLE, "");
    CHECK_OK(fetch(&answer), world.err);
    CHECK_NUMBER(SOURCE_ABSENT, answer);
    memory_forbid(&world.memory, PACK_TABLE);
    CHECK_OK(fetch(&answer), world.err);
    CHECK_NUMBER(SOURCE_FORBIDDEN, answer);
    CHECK_NUMBER(0, world.release.count);
    memory_fail(&world.memory, PACK_TABLE, ERR_IO, "the cable is cut");
    CHECK_ERR(ERR_IO, PLACE PACK_TABLE ": the cable is cut", fetch(&answer), world.err);
    pack_world_end(&world);
}

/* The document is of before an update, its signature of after it. */
TEST(pack_document_fetch_reads_twice_what_does_not_fit)
{
    static const char before[] = "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\"}";
    enum source_answer answer;

    begin(LAYER_TABLE, PACK_TABLE_TEXT);
    pack_world_trust(&world, &world.table_keys, 0);
    sign("sig", 0, false);
    memory_put(&world.memory, PACK_TABLE, slice_text(before));
    memory_put(&world.memory, PACK_TABLE, SLICE(PACK_TABLE_TEXT));
    CHECK_OK(fetch(&answer), world.err);
    CHECK_NUMBER(SOURCE_FOUND, answer);
    CHECK_TEXT(PACK_TABLE_TEXT, world.release.items[0].bytes);
    CHECK_NUMBER(2, memory_times_asked(&world.memory, PACK_TABLE));
    memory_put(&world.memory, PACK_TABLE, slice_text(before));
    CHECK_NUMBER(ERR_FORGED, fetch(&answer));
    CHECK_NUMBER(4, memory_times_asked(&world.memory, PACK_TABLE));
    CHECK_NUMBER(0, world.release.count);
    pack_world_end(&world);
}
