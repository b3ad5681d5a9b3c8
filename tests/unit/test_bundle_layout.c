/* What bundle_layout lists, in which order. */
#include "bundle/archive/bundle_layout.h"

#include "tests/unit/layout_world.h"

static void layout_again(struct layout_world *world)
{
    arena_clear(&world->arena);
    layout_init(world);
}

static enum err_code check(struct layout_world *world, size_t count, struct err *err)
{
    return bundle_layout_check(world->manifests, count, &world->arena, NULL, err);
}

TEST(bundle_layout_check_wants_manifests_that_agree)
{
    struct layout_world world;
    const struct uid *missing;
    struct err err;

    layout_init(&world);
    CHECK_OK(check(&world, 3, &err), err);
    CHECK_ERR(ERR_FORMAT,
              "holds no bundle: no manifest of type application/vnd.sealift.bundle.v1",
              check(&world, 0, &err), err);
    CHECK_ERR(ERR_FORMAT, "the manifest of v3.0.0 is missing, that of v1.0.0 lists it",
              check(&world, 2, &err), err);
    CHECK_OK(bundle_layout_check(world.manifests, 2, &world.arena, &missing, &err), err);
    CHECK_TEXT("v3.0.0", slice_text(missing->text));
    CHECK_OK(bundle_layout_check(world.manifests + 1, 2, &world.arena, &missing, &err), err);
    CHECK_TEXT("v1.0.0", slice_text(missing->text));
    CHECK_OK(bundle_layout_check(world.manifests, 3, &world.arena, &missing, &err), err);
    CHECK(missing == NULL);
    world.manifests[1].manifest.uid_count = 2;
    CHECK_ERR(ERR_FORMAT, "the manifests of v1.0.0 and v2.0.0 list other uids",
              check(&world, 3, &err), err);
    layout_again(&world);
    world.manifests[2].manifest.created = 5;
    CHECK_ERR(ERR_FORMAT, "the manifests of v2.0.0 and v3.0.0 have other times of creation",
              check(&world, 3, &err), err);
    layout_again(&world);
    world.manifests[1].manifest.uid = world.uids[0];
    CHECK_ERR(ERR_FORMAT, "two manifests for v1.0.0", check(&world, 3, &err), err);
    layout_again(&world);
    world.manifests[0].manifest.created = (int64_t)TAR_TIME_MAX + 1;
    CHECK_ERR(ERR_FORMAT,
              "org.opencontainers.image.created: after the year 2242, which tar cannot hold",
              check(&world, 3, &err), err);
    layout_again(&world);
    world.manifests[0].manifest.layer_count = LAYOUT_LAYERS_MAX;
    CHECK_ERR(ERR_FORMAT, "4006 files, at most 4000 are read", check(&world, 3, &err), err);
    layout_again(&world);
    world.layers[2][1].title = SLICE("T00");
    CHECK_ERR(ERR_FORMAT, "titles \"T00\" and \"t00\" differ in case alone",
              check(&world, 3, &err), err);
    arena_clear(&world.arena);
}

/* The members' names, one character a blob, as text. */
static void describe(const struct bundle_layout *layout, char *out, size_t room)
{
    struct buf text;

    buf_init_fixed(&text, out, room - 1);
    for (size_t i = layout->front_count; i < layout->count; i++) {
        const struct member *member = &layout->members[i];

        buf_add_format(&text, "%s%.*s%s", i > layout->front_count ? " " : "",
                       (int)member->layer->title.len, (const char *)member->layer->title.ptr,
                       member->kind == MEMBER_LINK ? "@" : "");
    }
    out[text.len] = '\0';
}

TEST(bundle_layout_orders_and_shares)
{
    struct layout_world world;
    struct bundle_layout layout;
    struct front front;
    char text[512];
    struct err err;

    layout_init(&world);
    CHECK_OK(front_make(world.manifests, 3, &world.arena, &front, &err), err);
    CHECK_NUMBER(4, front.count);
    CHECK_OK(bundle_layout_make(world.manifests, 3, &front, &world.arena, &layout, &err), err);
    CHECK_NUMBER(6, layout.front_count);
    describe(&layout, text, sizeof text);
    CHECK_TEXT("t00 t01 t10 t11 t20 t21 t22.raw t12.raw t02.raw "
               "t00@ t01@ t02.raw@ t10@ t11@ t12.raw@ t20@ t21@ t22.raw@",
               slice_text(text));
    /* An equal blob under another title, and an equal title. */
    world.layers[1][0].blob = world.layers[0][0].blob;
    world.layers[2][1].blob = world.layers[0][1].blob;
    world.layers[2][1].title = world.layers[0][1].title;
    world.layers[2][2].blob = world.layers[0][0].blob;
    CHECK_OK(bundle_layout_make(world.manifests, 3, &front, &world.arena, &layout, &err), err);
    describe(&layout, text, sizeof text);
    CHECK_TEXT("t00 t01 t11 t20 t12.raw t02.raw "
               "t00@ t01@ t02.raw@ t10@ t11@ t12.raw@ t20@ t22.raw@",
               slice_text(text));
    CHECK_ERR(ERR_FORMAT,
              "t10: sha256:0100000000000000000000000000000000000000000000000000000000000000: "
              "101 bytes, elsewhere it has 0",
              (world.layers[1][0].blob.size = 101,
               bundle_layout_make(world.manifests, 3, &front, &world.arena, &layout, &err)),
              err);
    CHECK(!layout.members);
    arena_clear(&world.arena);
}

TEST(bundle_layout_front_fills_its_area)
{
    struct layout_world world;
    struct bundle_layout layout;
    struct front front;
    struct slice area;
    uint64_t wanted;
    struct err err;

    layout_init(&world);
    CHECK_OK(front_make(world.manifests, 3, &world.arena, &front, &err), err);
    CHECK_OK(bundle_layout_make(world.manifests, 3, &front, &world.arena, &layout, &err), err);
    wanted = bundle_layout_front_size(&layout);
    /* Six headers, oci-layout, three manifests, "{}", and index.json. */
    CHECK_NUMBER(6 * 512 + 5 * 512 + tar_padded(front.index.len), wanted);
    for (uint64_t size = wanted; size < wanted + 2048; size += 512) {
        CHECK_OK(bundle_layout_front(&layout, size, &world.arena, &area, &err), err);
        CHECK_NUMBER(size, area.len);
    }
    CHECK_ERR(ERR_LIMIT, "no room at the start of the archive: 512 bytes more are wanted",
              bundle_layout_front(&layout, wanted - 512, &world.arena, &area, &err), err);
    CHECK_NUMBER(0, area.len);
    arena_clear(&world.arena);
}
