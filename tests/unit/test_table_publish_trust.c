#include "bundle/cli/table_publish_trust.h"

#include <string.h>

#include "tests/unit/pack_world.h"

#define DOCUMENT "{}"

static struct pack_world world;
static struct invocation invocation = {.program = "sealift"};
static struct signature_file list[2];
static struct signature_files files;
static struct verified verified;

/* A document with one signature file, by keys[pair]. */
static void begin(size_t pair, const char *path)
{
    pack_world_begin(&world);
    invocation.given[OPT_QUIET] = 1; /* what it warns of is for tests/cli */
    list[0] = (struct signature_file){
        .path = path,
        .suffix = path + strlen("doc"),
        .bytes = pack_world_signature(&world, pair, SLICE(DOCUMENT), false)};
    files = (struct signature_files){.list = list, .count = 1};
    memset(&verified, 1, sizeof verified);
}

static enum err_code check(const char *document)
{
    return table_publish_trust(&invocation, &files, "doc", slice_text(document), &world.keys, "key",
                               &world.arena, &verified, &world.err);
}

TEST(table_publish_trust_verifies_with_the_keys_given)
{
    begin(0, "doc.sig");
    pack_world_trust(&world, &world.keys, 0);
    CHECK_OK(check(DOCUMENT), world.err);
    CHECK_NUMBER(1, verified.signer_count);
    CHECK_NUMBER(ERR_FORGED, check("{ }"));
    CHECK(slice_begins(slice_text(world.err.msg), "doc: "));
    CHECK_NUMBER(0, verified.signer_count);
    pack_world_end(&world);
}

TEST(table_publish_trust_needs_a_key_that_signed)
{
    begin(1, "doc." PACK_KEY_1 ".sig");
    pack_world_trust(&world, &world.keys, 0);
    CHECK_NUMBER(ERR_NO_KEY, check(DOCUMENT));
    CHECK_NUMBER(0, verified.signer_count);
    pack_world_end(&world);
}

TEST(table_publish_trust_without_keys_checks_the_form_alone)
{
    begin(0, "doc.sig");
    CHECK_OK(check(DOCUMENT), world.err);
    CHECK_NUMBER(0, verified.signer_count);
    list[0].bytes = pack_world_signature(&world, 0, SLICE("another document"), true);
    CHECK_NUMBER(ERR_FORGED, check(DOCUMENT)); /* it says itself what it is of */
    list[0].bytes = SLICE("no signature");
    CHECK_NUMBER(ERR_FORMAT, check(DOCUMENT));
    CHECK(slice_begins(slice_text(world.err.msg), "doc.sig: "));
    pack_world_end(&world);
}
