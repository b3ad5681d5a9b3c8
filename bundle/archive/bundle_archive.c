/* How an archive is opened: its members are found, then compared with what they must be. */
#include <string.h>

#include "bundle/archive/bundle_reader.h"
#include "resolver/base/quote.h"

#define ENTRIES_MAX 16384
#define ENTRIES_FIRST 64
#define COMPARE_BUFFER 4096

/* bundle_files of an archive: its members by name. */
static enum err_code open_member(void *ctx, const char *name, struct bundle_file *file,
                                 struct err *err)
{
    const struct bundle *bundle = ctx;

    for (size_t i = 0; i < bundle->entry_count; i++) {
        const struct bundle_entry *entry = &bundle->entries[i];

        if (!slice_is(entry->name, name))
            continue;
        if (entry->link.len > 0)
            return err_set(err, ERR_FORMAT, "is a link");
        file->image = image_window(&file->window, bundle->image, entry->at, entry->size);
        return ERR_OK;
    }
    return err_set(err, ERR_NOT_FOUND, "is not in the archive");
}

/* Room for one more entry. */
static enum err_code make_room(struct bundle *bundle, size_t *room, struct arena *arena,
                               struct err *err)
{
    struct bundle_entry *larger;

    if (bundle->entry_count < *room)
        return ERR_OK;
    if (*room >= ENTRIES_MAX)
        return err_set(err, ERR_FORMAT, "more than %d members", ENTRIES_MAX);
    *room = *room ? 2 * *room : ENTRIES_FIRST;
    larger = arena_array(arena, *room, sizeof *larger, err);
    if (!larger)
        return err->code;
    if (bundle->entry_count > 0)
        memcpy(larger, bundle->entries, bundle->entry_count * sizeof *larger);
    bundle->entries = larger;
    return ERR_OK;
}

static enum err_code keep_text(const char *text, struct arena *arena, struct slice *kept,
                               struct err *err)
{
    const char *copy = arena_copy(arena, slice_text(text), err);

    *kept = slice_text(copy);
    return copy ? ERR_OK : err->code;
}

/* Goes through all headers. */
static enum err_code find_members(struct bundle *bundle, struct arena *arena, struct err *err)
{
    struct tar_reader reader = {.image = bundle->image};
    size_t room = 0;

    while (true) {
        struct bundle_entry entry;
        struct tar_member tar;
        bool is_end;

        if (tar_next(&reader, &tar, &entry.time, &entry.at, &is_end, err))
            return err->code;
        if (is_end)
            return ERR_OK;
        entry.size = tar.size;
        if (make_room(bundle, &room, arena, err) || keep_text(tar.name, arena, &entry.name, err) ||
            keep_text(tar.link, arena, &entry.link, err))
            return err->code;
        bundle->entries[bundle->entry_count++] = entry;
    }
}

static enum err_code check_index(struct bundle *bundle, struct slice have, struct err *err)
{
    struct slice want = bundle->layout.members[LAYOUT_INDEX].bytes;
    size_t at = 0;

    while (at < have.len && at < want.len && have.ptr[at] == want.ptr[at])
        at++;
    if (at < have.len || at < want.len)
        return err_set(err, ERR_FORMAT, "%s: byte %zu: not what the manifests and signatures give",
                       OCI_INDEX_NAME, at);
    return ERR_OK;
}

/* A member is named, sized and dated as it must be. */
static enum err_code check_entry(const struct bundle *bundle, size_t number, struct err *err)
{
    const struct bundle_entry *entry = &bundle->entries[number];
    struct tar_member want;

    member_tar(&bundle->layout.members[number], &want);
    if (!slice_is(entry->name, want.name))
        return err_set(err, ERR_FORMAT, "member %zu: have %s, want %s", number + 1,
                       quote_bare(entry->name).text, want.name);
    if (!slice_is(entry->link, want.link))
        return err_set(err, ERR_FORMAT, "%s: %s, want %s", want.name,
                       entry->link.len ? "is a link" : "is no link",
                       want.link[0] ? want.link : "a file");
    if (entry->time != bundle->layout.time)
        return err_set(err, ERR_FORMAT, "%s: its time is %llu, want %llu", want.name,
                       (unsigned long long)entry->time, (unsigned long long)bundle->layout.time);
    if (number == LAYOUT_INDEX)
        return entry->size % TAR_BLOCK == 0
                   ? ERR_OK
                   : err_set(err, ERR_FORMAT, "%s: its size is no multiple of %d", OCI_INDEX_NAME,
                             TAR_BLOCK);
    if (entry->size != want.size)
        return err_set(err, ERR_CORRUPT, "%s: has %llu bytes, want %llu", want.name,
                       (unsigned long long)entry->size, (unsigned long long)want.size);
    return ERR_OK;
}

static enum err_code check_entries(const struct bundle *bundle, struct err *err)
{
    size_t want = bundle->layout.count;

    for (size_t i = 0; i < bundle->entry_count && i < want; i++) {
        if (check_entry(bundle, i, err))
            return err->code;
    }
    if (bundle->entry_count > want)
        return err_set(err, ERR_FORMAT, "member %zu: %s: is not listed by the manifests", want + 1,
                       quote_bare(bundle->entries[want].name).text);
    if (bundle->entry_count < want) {
        struct tar_member missing;

        member_tar(&bundle->layout.members[bundle->entry_count], &missing);
        return err_set(err, ERR_CORRUPT, "%s: is missing", missing.name);
    }
    return ERR_OK;
}

/* The contents of a member of the front are the very bytes that were made. */
static enum err_code check_contents(const struct bundle *bundle, size_t number, struct err *err)
{
    struct slice want = bundle->layout.members[number].bytes;
    uint64_t at = bundle->entries[number].at;
    uint8_t have[COMPARE_BUFFER];

    while (want.len > 0) {
        size_t len = want.len < sizeof have ? want.len : sizeof have;

        if (image_read(bundle->image, at, have, len, err))
            return err->code;
        if (memcmp(have, want.ptr, len) != 0)
            return err_set(err, ERR_CORRUPT, "%s: its bytes are not those that belong there",
                           quote_bare(bundle->entries[number].name).text);
        want = slice_part(want, len, want.len);
        at += len;
    }
    return ERR_OK;
}

static enum err_code compare(struct bundle *bundle, struct slice index, struct err *err)
{
    if (check_index(bundle, index, err) || check_entries(bundle, err))
        return err->code;
    for (size_t i = 0; i < bundle->layout.front_count; i++) {
        if (check_contents(bundle, i, err))
            return err->code;
    }
    bundle->area_size = bundle_layout_size(&bundle->layout, 0, bundle->layout.front_count) +
                        bundle->entries[LAYOUT_INDEX].size;
    bundle->room = bundle->area_size - bundle_layout_front_size(&bundle->layout);
    return ERR_OK;
}

static enum err_code open_archive(struct bundle *bundle, struct arena *arena, struct err *err)
{
    struct loaded loaded;
    struct front front;
    enum err_code rc = find_members(bundle, arena, err);

    if (rc == ERR_OK)
        rc = bundle_load(&bundle->files, arena, &loaded, err);
    if (rc == ERR_OK)
        rc = bundle_layout_check(loaded.manifests, loaded.count, arena, NULL, err);
    if (rc == ERR_OK)
        rc = front_make(loaded.manifests, loaded.count, arena, &front, err);
    if (rc == ERR_OK)
        rc =
            bundle_layout_make(loaded.manifests, loaded.count, &front, arena, &bundle->layout, err);
    if (rc != ERR_OK)
        return rc;
    bundle->manifests = loaded.manifests;
    bundle->count = loaded.count;
    return compare(bundle, loaded.index, err);
}

/* What is too short for a tar header may be the beginning of one, or anything else. */
static enum err_code check_begin(const struct image *image, struct err *err)
{
    uint8_t begin[sizeof OCI_LAYOUT_NAME];
    size_t size = image->size < sizeof begin ? (size_t)image->size : sizeof begin;

    if (image->size >= TAR_BLOCK)
        return ERR_OK;
    if (image_read(image, 0, begin, size, err))
        return err->code;
    if (memcmp(begin, OCI_LAYOUT_NAME, size) == 0)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "not a bundle: %u bytes that do not begin as an archive does",
                   (unsigned)image->size);
}

enum err_code bundle_open_archive(const struct image *image, struct arena *arena,
                                  struct bundle *bundle, struct err *err)
{
    memset(bundle, 0, sizeof *bundle);
    bundle->is_archive = true;
    bundle->image = image;
    bundle->files = (struct bundle_files){.ctx = bundle, .open = open_member};
    if (check_begin(image, err) || open_archive(bundle, arena, err)) {
        memset(bundle, 0, sizeof *bundle);
        return err->code;
    }
    return ERR_OK;
}
