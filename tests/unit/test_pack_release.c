#include "bundle/pack/pack_release.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/pack_world.h"

static struct pack_world world;

static enum err_code add(const char *title)
{
    const struct bundle_item item = {.kind = LAYER_OTHER, .title = slice_text(title)};
    const struct pack_info info = {.place = title, .csp = CSP_GCP};

    return pack_release_add(&world.release, &item, &info, &world.arena, &world.err);
}

TEST(pack_release_grows_and_keeps_what_it_has)
{
    static char titles[40][8];

    pack_world_begin(&world);
    for (size_t i = 0; i < 40; i++) {
        snprintf(titles[i], sizeof titles[i], "a/%zu", i);
        CHECK_OK(add(titles[i]), world.err);
    }
    CHECK_NUMBER(40, world.release.count);
    for (size_t i = 0; i < 40; i++) {
        CHECK_TEXT(titles[i], world.release.items[i].title);
        CHECK(world.release.infos[i].place == titles[i] && world.release.infos[i].csp == CSP_GCP);
    }
    CHECK(pack_release_has(&world.release, SLICE("a/39")));
    CHECK(!pack_release_has(&world.release, SLICE("a/40")));
    CHECK(!pack_release_has(&world.release, SLICE("a/")));
    pack_world_end(&world);
}

TEST(pack_release_refuses_titles)
{
    pack_world_begin(&world);
    CHECK_OK(add("notes/a.txt"), world.err);
    CHECK_ERR(ERR_FORMAT, "notes/a.txt is given twice", add("notes/a.txt"), world.err);
    CHECK_NUMBER(ERR_FORMAT, add("../a"));
    CHECK_NUMBER(ERR_FORMAT, add(""));
    CHECK_NUMBER(ERR_FORMAT, add("index.json"));
    CHECK_NUMBER(1, world.release.count);
    pack_world_end(&world);
}

TEST(pack_release_needs_memory)
{
    unsigned char memory[16];

    pack_world_begin(&world);
    arena_clear(&world.arena);
    arena_init_fixed(&world.arena, memory, sizeof memory);
    CHECK_NUMBER(ERR_LIMIT, add("a"));
    CHECK(world.release.count == 0 && world.release.room == 0);
    pack_world_end(&world);
}

/* The end tells files apart, not the folders that they have in common. */
TEST(pack_show_keeps_the_end)
{
    char path[QUOTE_MAX + 40];
    struct quoted shown = pack_show("short\n");

    CHECK_TEXT("short\\x0a", slice_text(shown.text));
    memset(path, 'x', sizeof path);
    memcpy(path + sizeof path - 5, "/end", 5);
    shown = pack_show(path);
    CHECK(slice_begins(slice_text(shown.text), "...xxx"));
    CHECK(slice_ends(slice_text(shown.text), "xxx/end"));
    CHECK_NUMBER(QUOTE_MAX, strlen(shown.text));
    memset(path, 'x', sizeof path);
    path[QUOTE_MAX] = '\0';
    shown = pack_show(path);
    CHECK_TEXT(path, slice_text(shown.text));
}
