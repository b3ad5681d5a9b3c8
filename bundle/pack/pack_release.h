/*
 * pack_release.h - what will be in the bundle for one uid, while it is being put together.
 *
 * In the flow:  pack_files, pack_source, pack_images -> [pack_release] -> struct bundle_plan
 * Checked here: titles (title.h), so that each is safe as a path from here on.
 * Not checked:  that the contents are good: whoever adds them has done that.
 * Memory:       lists grow in the arena; titles, bytes and images are borrowed.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_RELEASE_H
#define SEALIFT_BUNDLE_PACK_PACK_RELEASE_H

#include "bundle/archive/bundle_writer.h"
#include "resolver/base/quote.h"
#include "resolver/core/layout.h"
#include "resolver/core/table.h"
#include "resolver/core/verify.h"

/* Beside each item: where it came from, and who signed it. */
struct pack_info {
    const char *place;               /* as the user knows it: a path or URL */
    const struct verified *verified; /* NULL: not signed, or a signature or an image itself */
    enum csp csp;                    /* of measurements; CSP_NONE: of several */
    bool is_streamed;                /* an image that comes over the network, and can be read once */
};

struct pack_release {
    struct uid uid;
    struct bundle_item *items;
    struct pack_info *infos; /* of each item */
    size_t count, room;
    const struct table *tables[LAYOUT_COUNT]; /* those among the items, by layout; NULL: none */
    bool has_measurements[CSP_COUNT];
};

/* Adds an item. ERR_FORMAT for a title that is not safe or is there already; ERR_LIMIT. */
enum err_code pack_release_add(struct pack_release *release, const struct bundle_item *item,
                               const struct pack_info *info, struct arena *arena,
                               struct err *err) MUST_USE;

/* A place for messages: escaped, and of a long one the end. */
struct quoted pack_show(const char *place);

/* Whether an item of that title is there. */
bool pack_release_has(const struct pack_release *release, struct slice title);

#endif
