#include "bundle/import/receipt.h"

#include <string.h>

#include "resolver/base/json.h"
#include "tests/unit/import_world.h"

static struct import_world world;
static struct buf text;

static const struct node *receipt(void)
{
    const struct node *root = NULL;

    buf_init_heap(&text, RECEIPT_MAX);
    receipt_write(&world.settings, &world.result, &text);
    CHECK_OK(buf_done(&text, &world.err), world.err);
    CHECK_OK(json_parse(buf_slice(&text), &world.contents.world.arena, &root, &world.err), world.err);
    return root;
}

static void begin(void)
{
    import_world_begin(&world);
    contents_full(&world.contents);
    import_world_open(&world);
}

static void end(void)
{
    buf_clear(&text);
    import_world_end(&world);
}

static void check_member(const char *want, const struct node *map, const char *key)
{
    CHECK_TEXT(want, node_text(node_get(map, key)));
}

static const struct node *item(const struct node *list, const char *key, const char *value)
{
    const struct node *child = node_first(list);

    while (child && !slice_is(node_text(node_get(child, key)), value))
        child = node_next(list, child);
    test_check(child != NULL, __FILE__, __LINE__, value);
    return child;
}

TEST(receipt_says_what_was_imported)
{
    const struct node *root, *release, *key;

    begin();
    root = receipt();
    CHECK_TEXT("}\n", slice_part(buf_slice(&text), text.len - 2, text.len));
    check_member("1", root, "receipt");
    check_member("sha256:0100000000000000000000000000000000000000000000000000000000000000", root,
                 "bundle");
    check_member("2023-11-14T22:13:20Z", root, "imported");
    check_member("sealift test", root, "program");
    CHECK_NUMBER(0, node_count(node_get(root, "decisions")));
    CHECK_NUMBER(NODE_NULL, node_get(root, "missing")->type);
    CHECK_NUMBER(1, node_count(node_get(root, "releases")));
    release = node_first(node_get(root, "releases"));
    check_member("v2.2.0", release, "uid");
    check_member("2024-11-05T23:59:59Z", release, "created");
    CHECK_NUMBER(NODE_NULL, node_get(release, "bestBefore")->type);
    CHECK(slice_begins(node_text(node_get(release, "manifest")), "sha256:"));
    key = node_first(node_get(release, "signedBy"));
    check_member("bundle.pub", key, "name");
    CHECK_NUMBER(2 * KEY_ID_SIZE, node_text(node_get(key, "id")).len);
    end();
}

TEST(receipt_says_who_signed_each_file)
{
    const struct node *carried;

    begin();
    carried = node_get(receipt(), "carried");
    CHECK_NUMBER(world.contents.contents.count, node_count(carried));
    check_member("m.pub", node_first(node_get(item(carried, "title", CONTENTS_MEASUREMENTS), "signedBy")),
                 "name");
    CHECK_NUMBER(0, node_count(node_get(item(carried, "title", CONTENTS_TABLE), "signedBy")));
    check_member("16", item(carried, "title", "notes/v2.2.0.txt"), "size");
    CHECK(!node_get(item(carried, "title", CONTENTS_MEASUREMENTS), "unsigned"));
    end();
}

TEST(receipt_marks_what_is_unsigned)
{
    const struct node *root;

    import_world_begin(&world);
    contents_old(&world.contents);
    import_world_open(&world);
    world.result.decisions[world.result.decision_count++] = "taken although \"expired\"";
    root = receipt();
    check_member("true", item(node_get(root, "carried"), "title", CONTENTS_MEASUREMENTS), "unsigned");
    CHECK_TEXT("taken although \"expired\"", node_text(node_first(node_get(root, "decisions"))));
    check_member("2020-01-01T00:00:00Z", node_first(node_get(root, "releases")), "bestBefore");
    end();
}

static void place(enum placement_kind kind, const char *name, struct slice bytes,
                  enum placement_action action)
{
    struct placement *placement =
        placement_add_bytes(&world.result.placements, kind, name, bytes,
                            &world.contents.world.arena, &world.err);

    CHECK(placement != NULL);
    if (placement)
        placement->action = action;
}

TEST(receipt_lists_files_and_what_was_done)
{
    const struct node *files, *file;

    begin();
    place(PLACE_TABLE, "a", SLICE("table"), PLACEMENT_REPLACE);
    place(PLACE_LIST, "b", SLICE(""), PLACEMENT_REMOVE);
    place(PLACE_FLOOR, "floor", SLICE("f"), PLACEMENT_ADD);
    place(PLACE_RECEIPT, "receipt", SLICE("r"), PLACEMENT_ADD);
    files = node_get(receipt(), "files");
    CHECK_NUMBER(2, node_count(files)); /* not those of .sealift */
    file = item(files, "path", "a");
    check_member("replaced", file, "action");
    check_member("5", file, "size");
    CHECK(slice_begins(node_text(node_get(file, "digest")), "sha256:"));
    file = item(files, "path", "b");
    check_member("removed", file, "action");
    CHECK(!node_get(file, "size") && !node_get(file, "digest"));
    end();
}

TEST(receipt_holds_the_options_that_decide)
{
    static const char *const names[] = {"deep", "keepCompressed", "replace", "allowRollback"};
    static const char *const key_names[] = {"site.key"};
    const struct node *options;

    begin();
    options = node_get(receipt(), "options");
    for (size_t i = 0; i < 4; i++)
        check_member("false", options, names[i]);
    check_member("fail", options, "expired");
    CHECK_NUMBER(NODE_NULL, node_get(options, "baseUrl")->type);
    CHECK_NUMBER(0, node_count(node_get(options, "tablesSignedBy")));
    buf_clear(&text);
    for (size_t i = 0; i < 4; i++) {
        world.settings.is_deep = i == 0;
        world.settings.keep_compressed = i == 1;
        world.settings.replace = i == 2;
        world.settings.allow_rollback = i == 3;
        options = node_get(receipt(), "options");
        for (size_t j = 0; j < 4; j++)
            check_member(i == j ? "true" : "false", options, names[j]);
        buf_clear(&text);
    }
    world.settings.takes_expired = true;
    world.settings.base_url = SLICE("https://site.example");
    world.settings.table_keys = &world.contents.world.keys[0].private;
    world.settings.table_key_names = key_names;
    world.settings.table_key_count = 1;
    options = node_get(receipt(), "options");
    check_member("warn", options, "expired");
    check_member("https://site.example", options, "baseUrl");
    check_member("site.key", node_first(node_get(options, "tablesSignedBy")), "name");
    end();
}
