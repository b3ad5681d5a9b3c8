#include "bundle/measure/uki.h"

#include <string.h>

#define MAGIC_MAX 512 /* bytes of .sdmagic that are looked at */

static const struct {
    const char *name;
    unsigned since;    /* the first stub that knows it */
    bool is_measured;  /* in PCR 11, on any hardware */
} parts[UKI_PARTS] = {
    [UKI_LINUX] = {".linux", 252, true},     [UKI_OSREL] = {".osrel", 252, true},
    [UKI_CMDLINE] = {".cmdline", 252, true}, [UKI_INITRD] = {".initrd", 252, true},
    [UKI_UCODE] = {".ucode", 256, true},     [UKI_SPLASH] = {".splash", 252, true},
    [UKI_DTB] = {".dtb", 252, true},         [UKI_UNAME] = {".uname", 254, true},
    [UKI_SBAT] = {".sbat", 254, true},       [UKI_PCRPKEY] = {".pcrpkey", 252, true},
    [UKI_PROFILE] = {".profile", 257, true}, [UKI_DTBAUTO] = {".dtbauto", 257, false},
    [UKI_HWIDS] = {".hwids", 257, true},     [UKI_EFIFW] = {".efifw", 262, false},
    [UKI_PCRSIG] = {".pcrsig", 252, false},
};

const char *uki_part_name(enum uki_part part)
{
    return parts[part].name;
}

bool uki_part_is_measured(enum uki_part part, unsigned stub)
{
    return parts[part].is_measured && stub >= parts[part].since;
}

static bool is_named(const struct pe_section *section, const char *name, unsigned stub)
{
    struct slice have = slice_of(section->name, sizeof section->name);

    if (stub < UKI_STUB_EXACT)
        return slice_begins(have, name);
    return slice_is(pe_section_name(section), name);
}

/* The section among [from, to) that counts under that name; NULL when there is none. */
static const struct pe_section *find_section(const struct pe *pe, size_t from, size_t to,
                                             const char *name, unsigned stub)
{
    const struct pe_section *found = NULL;

    for (size_t i = from; i < to; i++) {
        if (!is_named(&pe->sections[i], name, stub))
            continue;
        found = &pe->sections[i];
        if (stub >= UKI_STUB_EXACT)
            break;
    }
    return found;
}

/* The index of the next .profile from `from` on; the number of sections when there is none. */
static size_t next_profile(const struct uki *uki, size_t from)
{
    while (from < uki->pe.count && !slice_is(pe_section_name(&uki->pe.sections[from]), ".profile"))
        from++;
    return from;
}

static const struct pe_section *find_part(const struct uki *uki, enum uki_part part)
{
    const struct pe_section *base, *own = NULL;
    size_t begin = uki->pe.count;

    if (uki->stub < parts[part].since)
        return NULL;
    if (uki->stub >= UKI_STUB_PROFILES)
        begin = next_profile(uki, 0);
    base = find_section(&uki->pe, 0, begin, parts[part].name, uki->stub);
    if (begin < uki->pe.count) {
        size_t end = next_profile(uki, begin + 1);

        own = find_section(&uki->pe, begin, end, parts[part].name, uki->stub);
    }
    if (own)
        base = own;
    return base && base->virtual_size > 0 ? base : NULL;
}

static enum err_code check_fill(const struct uki *uki, struct err *err)
{
    uint64_t fill = 0;

    for (int i = 0; i < UKI_PARTS; i++) {
        const struct pe_section *part = uki->parts[i];

        if (part && part->virtual_size > part->raw_size)
            fill += part->virtual_size - part->raw_size;
    }
    if (fill > UKI_FILL_MAX)
        return err_set(err, ERR_FORMAT, "sections with %llu bytes of zeros that the file does not have, "
                       "at most %llu", (unsigned long long)fill, (unsigned long long)UKI_FILL_MAX);
    return ERR_OK;
}

/* The decimal number after the program's name in "LoaderInfo: NAME NUMBER..."; 0 for none. */
static unsigned number_after(struct slice magic, const char *program)
{
    size_t length = strlen(program);
    unsigned version = 0;

    for (size_t i = 0; i + length < magic.len; i++) {
        struct slice rest = slice_part(magic, i, magic.len);

        if (!slice_begins(rest, program) || rest.ptr[length] != ' ')
            continue;
        rest = slice_part(rest, length + 1, 4);
        for (size_t j = 0; j < rest.len && rest.ptr[j] >= '0' && rest.ptr[j] <= '9'; j++)
            version = version * 10 + (rest.ptr[j] - (unsigned)'0');
        return version;
    }
    return 0;
}

enum err_code uki_version(const struct image *file, const struct pe *pe, const char *program,
                          unsigned *version, struct err *err)
{
    uint8_t bytes[MAGIC_MAX];
    const struct pe_section *magic = find_section(pe, 0, pe->count, ".sdmagic", UKI_STUB_EXACT);
    struct pe_contents contents;
    struct image image;
    size_t size;
    enum err_code rc;

    *version = 0;
    if (!magic)
        return ERR_OK;
    image = pe_contents_image(&contents, file, magic);
    size = image.size < MAGIC_MAX ? (size_t)image.size : MAGIC_MAX;
    rc = image_read(&image, 0, bytes, size, err);
    if (rc == ERR_OK)
        *version = number_after(slice_of(bytes, size), program);
    return rc;
}

static enum err_code choose_stub(struct uki *uki, unsigned given, struct err *err)
{
    unsigned found = 0;
    enum err_code rc = uki_version(uki->file, &uki->pe, "systemd-stub", &found, err);

    if (rc != ERR_OK)
        return rc;
    uki->stub = found ? found : given;
    if (uki->stub == 0)
        return err_set(err, ERR_AMBIGUOUS, "does not say which systemd-stub it has: give --stub "
                       "VERSION");
    if (found && given && found != given)
        return err_set(err, ERR_USAGE, "--stub %u, but .sdmagic says systemd-stub %u", given, found);
    if (uki->stub < UKI_STUB_MIN || uki->stub > UKI_STUB_MAX)
        return err_set(err, found ? ERR_POLICY : ERR_USAGE, "systemd-stub %u: only %d to %d are known",
                       uki->stub, UKI_STUB_MIN, UKI_STUB_MAX);
    return ERR_OK;
}

static enum err_code refuse_other(const struct uki *uki, struct err *err)
{
    unsigned loader = 0;
    enum err_code rc = uki_version(uki->file, &uki->pe, "systemd-boot", &loader, err);

    if (rc != ERR_OK)
        return rc;
    return err_set(err, ERR_NOT_FOUND, "not a UKI: %s",
                   loader ? "this is systemd-boot: give --loader" : "no section .linux");
}

static enum err_code open_uki(unsigned stub, struct arena *arena, struct uki *uki, struct err *err)
{
    enum err_code rc = pe_parse(uki->file, arena, &uki->pe, err);

    if (rc != ERR_OK)
        return rc;
    if (!find_section(&uki->pe, 0, uki->pe.count, ".linux", UKI_STUB_MIN))
        return refuse_other(uki, err);
    rc = choose_stub(uki, stub, err);
    if (rc != ERR_OK)
        return rc;
    for (int i = 0; i < UKI_PARTS; i++)
        uki->parts[i] = find_part(uki, (enum uki_part)i);
    if (!uki->parts[UKI_LINUX])
        return err_set(err, ERR_FORMAT, "not a UKI: .linux is empty or of another profile");
    return check_fill(uki, err);
}

enum err_code uki_open(const struct image *file, unsigned stub, struct arena *arena, struct uki *uki,
                       struct err *err)
{
    enum err_code rc;

    memset(uki, 0, sizeof *uki);
    uki->file = file;
    rc = open_uki(stub, arena, uki, err);
    if (rc != ERR_OK)
        memset(uki, 0, sizeof *uki);
    return rc;
}
