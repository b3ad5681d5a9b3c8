#include "bundle/cli/gcp_table.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

#define REFERENCE "projects/p/global/images/img"

struct scene {
    struct temp_folder folder;
    struct arena arena;
    struct invocation invocation;
    struct gcp_source source;
    struct gcp_table table;
    struct err err;
};

static struct scene scene; /* it is large */

/* An image of v2.2.0, and a table that is not there yet. */
static void begin(void)
{
    memset(&scene, 0, sizeof scene);
    scene.folder = temp_folder_make();
    arena_init_heap(&scene.arena, (size_t)16 << 20);
    scene.invocation.program = "test";
    gcp_source_init(&scene.source);
    CHECK_OK(uid_parse(SLICE("v2.2.0"), &scene.source.uid, &scene.err), scene.err);
    scene.source.has_uid = true;
    scene.source.variant = SLICE("gcp-sev-es");
    scene.table = (struct gcp_table){.invocation = &scene.invocation,
                                     .source = &scene.source,
                                     .path = temp_path(&scene.folder, "t.json"),
                                     .reference = REFERENCE};
}

static void end(void)
{
    gcp_table_wipe(&scene.table);
    arena_clear(&scene.arena);
    temp_folder_remove(&scene.folder);
}

static enum err_code check(void)
{
    return gcp_table_check(&scene.table, &scene.arena, &scene.err);
}

static enum err_code save(void)
{
    return gcp_table_save(&scene.table, &scene.arena, &scene.err);
}

static bool table_has(const char *text)
{
    struct slice table = temp_read(&scene.folder, "t.json");

    return memmem(table.ptr, table.len, text, strlen(text)) != NULL;
}

TEST(gcp_table_is_made_where_there_is_none)
{
    begin();
    CHECK_OK(check(), scene.err);
    CHECK(!temp_exists(&scene.folder, "t.json"));
    CHECK_OK(save(), scene.err);
    CHECK_NUMBER(0, scene.table.before.len);
    CHECK(table_has("\"reference\": \"" REFERENCE "\"") && table_has("\"version\": \"v2.2.0\""));
    CHECK(table_has("\"attestationVariant\": \"gcp-sev-es\""));
    end();
}

/* The reference is there: nothing is written, not even in another form of JSON. */
TEST(gcp_table_is_left_as_it_is)
{
    static const char text[] = "{\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[{\"csp\":"
                               "\"gcp\",\"attestationVariant\":\"gcp-sev-es\",\"reference\":\"" REFERENCE "\"}]}";

    begin();
    temp_write(&scene.folder, "t.json", slice_text(text));
    CHECK_OK(check(), scene.err);
    CHECK_OK(save(), scene.err);
    CHECK_TEXT(REFERENCE, scene.table.before);
    CHECK_TEXT(text, temp_read(&scene.folder, "t.json"));
    end();
}

TEST(gcp_table_replaces_when_told_to)
{
    begin();
    CHECK_OK(save(), scene.err);
    scene.table.reference = "projects/p/global/images/other";
    CHECK_NUMBER(ERR_POLICY, check());
    CHECK(strstr(scene.err.msg, "t.json: has another reference for this cloud and variant, " REFERENCE ": --replace"));
    CHECK_NUMBER(ERR_POLICY, save());
    CHECK(table_has(REFERENCE));
    scene.invocation.given[OPT_REPLACE] = 1;
    CHECK_OK(check(), scene.err);
    CHECK_OK(save(), scene.err);
    CHECK_TEXT(REFERENCE, scene.table.before);
    CHECK(table_has("projects/p/global/images/other") && !table_has(REFERENCE));
    end();
}

/* Both know their version: it must be one. A disk knows none, and no table can be made for it. */
TEST(gcp_table_is_of_the_images_version)
{
    begin();
    CHECK_OK(save(), scene.err);
    CHECK_OK(uid_parse(SLICE("v2.3.0"), &scene.source.uid, &scene.err), scene.err);
    scene.invocation.given[OPT_REPLACE] = 1;
    CHECK_NUMBER(ERR_FORGED, check());
    CHECK(strstr(scene.err.msg, "t.json: is the table of v2.2.0, and the image is of v2.3.0"));
    temp_write(&scene.folder, "t.json", SLICE("{\"version\":\"v2.2.0\",\"list\":[]}"));
    CHECK_NUMBER(ERR_FORGED, check());
    CHECK(strstr(scene.err.msg, "t.json: is the table of another version than v2.3.0"));
    scene.source.has_uid = false;
    temp_write(&scene.folder, "t.json",
               SLICE("{\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[]}"));
    CHECK_OK(check(), scene.err);
    scene.table.path = temp_path(&scene.folder, "none.json");
    CHECK_NUMBER(ERR_USAGE, check());
    CHECK(strstr(scene.err.msg, "none.json: is not there, and a disk does not say its version"));
    end();
}
