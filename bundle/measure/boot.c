#include "bundle/measure/boot.h"

#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/base/quote.h"

#define X64 "EFI/BOOT/BOOTX64.EFI"
#define AA64 "EFI/BOOT/BOOTAA64.EFI"
#define PATH_MAX_BYTES 2048

/* a, b and c joined, in arena; empty (and err filled) when there is no room. */
static struct slice join(struct slice a, const char *b, struct slice c, struct arena *arena,
                         struct err *err)
{
    uint8_t bytes[PATH_MAX_BYTES];
    struct buf text;
    char *copy;

    buf_init_fixed(&text, bytes, sizeof bytes);
    buf_add(&text, a);
    buf_add_text(&text, b);
    buf_add(&text, c);
    if (buf_done(&text, err) != ERR_OK)
        return (struct slice){NULL, 0};
    copy = arena_copy(arena, buf_slice(&text), err);
    return copy ? slice_of(copy, text.len) : (struct slice){NULL, 0};
}

static enum err_code open_entry(struct boot *boot, const struct fat_entry *entry, struct arena *arena,
                                struct boot_file *file, struct err *err)
{
    enum err_code rc;

    if (entry->is_folder)
        rc = err_set(err, ERR_NOT_FOUND, "a folder");
    else
        rc = fat_file_open(&boot->fat, entry->cluster, entry->size, arena, &file->file, &file->image,
                           err);
    return rc == ERR_OK ? rc : err_add(err, "%s", quote_bare(file->path).text);
}

static enum err_code open_path(struct boot *boot, struct slice path, struct arena *arena,
                               struct boot_file *file, struct err *err)
{
    struct fat_entry entry;
    enum err_code rc = fat_folder_find(&boot->fat, path, arena, &entry, err);

    file->path = path;
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(path).text);
    return open_entry(boot, &entry, arena, file, err);
}

/* ERR_OK with *is_there, or what reading gives. */
static enum err_code look(struct boot *boot, struct slice path, struct arena *arena,
                          struct fat_entry *entry, bool *is_there, struct err *err)
{
    enum err_code rc = fat_folder_find(&boot->fat, path, arena, entry, err);

    *is_there = rc == ERR_OK;
    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        return ERR_OK;
    return err_add(err, "%s", quote_bare(path).text);
}

/* The file that firmware starts when nothing tells it otherwise. */
static enum err_code open_default(struct boot *boot, struct arena *arena, struct boot_file *file,
                                  struct err *err)
{
    struct fat_entry entry;
    bool has_x64 = false, has_aa64 = false;
    enum err_code rc = look(boot, SLICE(X64), arena, &entry, &has_x64, err);

    if (rc == ERR_OK)
        rc = look(boot, SLICE(AA64), arena, &entry, &has_aa64, err);
    if (rc != ERR_OK)
        return rc;
    if (has_x64 && has_aa64)
        return err_set(err, ERR_AMBIGUOUS, X64 " and " AA64 ": choose with --path");
    if (!has_x64 && !has_aa64)
        return err_set(err, ERR_NOT_FOUND, "neither " X64 " nor " AA64 ": give --path");
    return open_path(boot, has_x64 ? SLICE(X64) : SLICE(AA64), arena, file, err);
}

/* The one file EFI/Linux/NAME.efi. */
static enum err_code open_linux(struct boot *boot, struct arena *arena, struct boot_file *file,
                                struct err *err)
{
    struct fat_entry parent, entry, found;
    struct fat_folder folder;
    struct slice name;
    size_t count = 0;
    bool is_end = false;
    enum err_code rc = fat_folder_find(&boot->fat, SLICE("EFI/Linux"), arena, &parent, err);

    if (rc == ERR_OK)
        rc = fat_folder_open(&boot->fat, &parent, arena, &folder, err);
    while (rc == ERR_OK && !is_end) {
        rc = fat_folder_next(&folder, &entry, &is_end, err);
        if (rc == ERR_OK && !is_end && !entry.is_folder && fat_folder_name_ends(&entry, ".efi")) {
            found = entry;
            count++;
        }
    }
    if (rc == ERR_OK && count == 0)
        rc = err_set(err, ERR_NOT_FOUND, "no .efi file");
    if (rc == ERR_OK && count > 1)
        rc = err_set(err, ERR_AMBIGUOUS, "%zu .efi files: choose with --path", count);
    if (rc != ERR_OK)
        return err_add(err, "EFI/Linux");
    rc = fat_folder_name(&found, arena, &name, err);
    if (rc == ERR_OK)
        file->path = join(SLICE("EFI/Linux"), "/", name, arena, err);
    if (rc != ERR_OK || !file->path.ptr)
        return err->code;
    return open_entry(boot, &found, arena, file, err);
}

/* The addons of one folder, in order. */
struct sorting {
    struct fat_entry *entries;
    size_t count;
};

static bool is_extra(const struct fat_entry *entry)
{
    return fat_folder_name_ends(entry, ".cred") || fat_folder_name_ends(entry, ".raw");
}

static enum err_code sort_in(struct sorting *sorting, const struct fat_entry *entry, struct err *err)
{
    size_t at = sorting->count;

    if (at == BOOT_ADDONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d addons", BOOT_ADDONS_MAX);
    for (; at > 0 && fat_folder_compare(&sorting->entries[at - 1], entry) > 0; at--)
        sorting->entries[at] = sorting->entries[at - 1];
    sorting->entries[at] = *entry;
    sorting->count++;
    return ERR_OK;
}

static enum err_code note_extra(struct boot *boot, struct slice path, const struct fat_entry *entry,
                                struct arena *arena, struct err *err)
{
    struct slice name;
    enum err_code rc = fat_folder_name(entry, arena, &name, err);

    if (rc != ERR_OK || boot->extra.ptr)
        return rc;
    boot->extra = join(path, "/", name, arena, err);
    return boot->extra.ptr ? ERR_OK : err->code;
}

/* Goes through a folder that need not be there; with sorting NULL addons do not count in it. */
static enum err_code gather(struct boot *boot, struct slice path, struct arena *arena,
                            struct sorting *sorting, struct err *err)
{
    struct fat_entry parent, entry;
    struct fat_folder folder;
    bool is_there = false, is_end = false;
    enum err_code rc = look(boot, path, arena, &parent, &is_there, err);

    if (rc != ERR_OK || !is_there || !parent.is_folder)
        return rc;
    rc = fat_folder_open(&boot->fat, &parent, arena, &folder, err);
    while (rc == ERR_OK && !is_end) {
        rc = fat_folder_next(&folder, &entry, &is_end, err);
        if (rc != ERR_OK || is_end || entry.is_folder)
            continue;
        if (sorting && fat_folder_name_ends(&entry, ".addon.efi"))
            rc = sort_in(sorting, &entry, err);
        else if (is_extra(&entry))
            rc = note_extra(boot, path, &entry, arena, err);
    }
    return rc == ERR_OK ? rc : err_add(err, "%s", quote_bare(path).text);
}

/* Opens the addons of a folder, and notes what else counts there. */
static enum err_code open_beside(struct boot *boot, struct slice path, struct arena *arena,
                                 struct err *err)
{
    struct sorting sorting = {0};
    enum err_code rc;

    sorting.entries = arena_array(arena, BOOT_ADDONS_MAX, sizeof *sorting.entries, err);
    if (!sorting.entries)
        return err->code;
    rc = gather(boot, path, arena, &sorting, err);
    for (size_t i = 0; i < sorting.count && rc == ERR_OK; i++) {
        struct boot_file *addon = &boot->addons[boot->addon_count];
        struct slice name;

        if (boot->addon_count == BOOT_ADDONS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d addons", BOOT_ADDONS_MAX);
        rc = fat_folder_name(&sorting.entries[i], arena, &name, err);
        if (rc != ERR_OK)
            return rc;
        addon->path = join(path, "/", name, arena, err);
        if (!addon->path.ptr)
            return err->code;
        rc = open_entry(boot, &sorting.entries[i], arena, addon, err);
        boot->addon_count++;
    }
    return rc;
}

static enum err_code open_programs(struct boot *boot, struct slice path, struct arena *arena,
                                   struct err *err)
{
    enum err_code rc = ERR_OK;

    if (boot->has_loader)
        rc = open_default(boot, arena, &boot->loader, err);
    if (rc != ERR_OK)
        return rc;
    if (path.len > 0)
        return open_path(boot, path, arena, &boot->uki, err);
    return boot->has_loader ? open_linux(boot, arena, &boot->uki, err)
                            : open_default(boot, arena, &boot->uki, err);
}

static enum err_code find(const struct image *disk, struct slice path, struct arena *arena,
                          struct boot *boot, struct err *err)
{
    struct slice beside;
    enum err_code rc = gpt_find(disk, &boot->gpt, err);

    if (rc == ERR_OK)
        rc = fat_open(disk, boot->gpt.esp_at, boot->gpt.esp_size, &boot->fat, err);
    if (rc == ERR_OK)
        rc = open_programs(boot, path, arena, err);
    if (rc != ERR_OK)
        return rc;
    boot->addons = arena_array(arena, BOOT_ADDONS_MAX, sizeof *boot->addons, err);
    beside = join(boot->uki.path, ".extra.d", SLICE(""), arena, err);
    if (!boot->addons || !beside.ptr)
        return err->code;
    rc = open_beside(boot, SLICE("loader/addons"), arena, err);
    if (rc == ERR_OK)
        rc = open_beside(boot, beside, arena, err);
    if (rc == ERR_OK)
        rc = gather(boot, SLICE("loader/credentials"), arena, NULL, err);
    return rc;
}

enum err_code boot_find(const struct image *disk, struct slice path, bool has_loader,
                        struct arena *arena, struct boot *boot, struct err *err)
{
    enum err_code rc;

    memset(boot, 0, sizeof *boot);
    boot->has_loader = has_loader;
    rc = find(disk, path, arena, boot, err);
    if (rc != ERR_OK)
        memset(boot, 0, sizeof *boot);
    return rc;
}
