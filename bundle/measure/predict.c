#include "bundle/measure/predict.h"

#include <string.h>

#include "bundle/measure/authenticode.h"
#include "bundle/measure/command_line.h"
#include "bundle/measure/initrd.h"
#include "resolver/base/quote.h"

#define FIRST_WITHOUT_KERNEL_EVENT 258
#define FIRST_WITH_SEED 258
#define FIRST_WITH_ADDONS 254
#define FIRST_QUIET_LOADER 256 /* systemd-boot that leaves register 12 alone */
#define WHAT_MAX 2200
#define PHASES_MAX 64

/* One prediction at work. */
struct work {
    const struct predict_options *options;
    struct arena *arena;
    const struct boot *boot; /* NULL: a UKI without a disk */
    struct uki uki;
    struct prediction *prediction;
};

/* Adds an event whose digest is there; what is copied. */
static enum err_code add(struct work *work, unsigned pcr, uint32_t type, struct slice what,
                         struct slice text, const uint8_t digest[BANK_SIZE_MAX], struct err *err)
{
    struct pcr_event event = {.pcr = pcr, .type = type, .text = text};
    char *copy = arena_copy(work->arena, what, err);

    if (!copy)
        return err->code;
    event.what = slice_of(copy, what.len);
    memcpy(event.digest, digest, BANK_SIZE_MAX);
    return pcr_record_add(&work->prediction->record, &event, err);
}

static enum err_code add_bytes(struct work *work, unsigned pcr, uint32_t type, const char *what,
                               struct slice hashed, struct err *err)
{
    uint8_t digest[BANK_SIZE_MAX];

    bank_digest(work->options->bank, hashed, digest);
    return add(work, pcr, type, slice_text(what), (struct slice){NULL, 0}, digest, err);
}

/* --- register 4: programs --- */

static enum err_code add_program(struct work *work, const struct image *file, const struct pe *pe,
                                 const char *kind, struct slice path, struct err *err)
{
    uint8_t digest[BANK_SIZE_MAX], bytes[WHAT_MAX];
    struct buf what;
    enum err_code rc =
        authenticode_digest(file, pe, work->options->bank, work->arena, digest, err);

    if (rc != ERR_OK)
        return rc;
    buf_init_fixed(&what, bytes, sizeof bytes);
    buf_add_text(&what, kind);
    buf_add_text(&what, path.len ? " " : "");
    buf_add(&what, path);
    return add(work, 4, PCR_EV_BOOT_APPLICATION, buf_slice(&what), (struct slice){NULL, 0}, digest,
               err);
}

static enum err_code add_file(struct work *work, const struct boot_file *file, const char *kind,
                              struct pe *pe, struct err *err)
{
    enum err_code rc = pe_parse(&file->image, work->arena, pe, err);

    if (rc == ERR_OK)
        rc = add_program(work, &file->image, pe, kind, file->path, err);
    return rc == ERR_OK ? rc : err_add(err, "%s", quote_bare(file->path).text);
}

static enum err_code add_loader(struct work *work, struct err *err)
{
    const struct boot *boot = work->boot;
    struct pe pe;
    enum err_code rc;

    if (!boot || !boot->has_loader)
        return ERR_OK;
    rc = add_file(work, &boot->loader, "systemd-boot", &pe, err);
    if (rc == ERR_OK)
        rc = uki_version(&boot->loader.image, &pe, "systemd-boot", &work->prediction->loader, err);
    return rc;
}

static bool has_addons(const struct work *work)
{
    return work->boot && work->boot->addon_count > 0 && work->uki.stub >= FIRST_WITH_ADDONS;
}

static enum err_code add_addons(struct work *work, struct err *err)
{
    enum err_code rc = ERR_OK;
    struct pe pe;

    for (size_t i = 0; has_addons(work) && i < work->boot->addon_count && rc == ERR_OK; i++)
        rc = add_file(work, &work->boot->addons[i], "addon", &pe, err);
    return rc;
}

/* The kernel inside the UKI, which older stubs have the firmware load. */
static enum err_code add_kernel(struct work *work, struct err *err)
{
    struct pe_contents contents;
    struct image kernel;
    struct pe pe;
    enum err_code rc;

    if (work->options->is_secure_boot || work->uki.stub >= FIRST_WITHOUT_KERNEL_EVENT)
        return ERR_OK;
    kernel = pe_contents_image(&contents, work->uki.file, work->uki.parts[UKI_LINUX]);
    rc = pe_parse(&kernel, work->arena, &pe, err);
    if (rc == ERR_OK)
        rc = add_program(work, &kernel, &pe, "kernel in .linux", (struct slice){NULL, 0}, err);
    return rc == ERR_OK ? rc : err_add(err, ".linux");
}

static enum err_code add_programs(struct work *work, struct err *err)
{
    static const uint8_t zeros[4];
    static const char action[] = "Calling EFI Application from Boot Option";
    enum err_code rc = add_bytes(work, 4, PCR_EV_ACTION, action, SLICE(action), err);

    if (rc == ERR_OK)
        rc = add_bytes(work, 4, PCR_EV_SEPARATOR, "separator", slice_of(zeros, sizeof zeros), err);
    if (rc == ERR_OK)
        rc = add_loader(work, err);
    if (rc == ERR_OK)
        rc = add_program(work, work->uki.file, &work->uki.pe, "UKI", work->prediction->path, err);
    if (rc == ERR_OK)
        rc = add_addons(work, err);
    return rc == ERR_OK ? add_kernel(work, err) : rc;
}

/* --- register 11: sections and phases --- */

/* The beginning of a section that says something to a reader. */
static enum err_code keep_text(struct work *work, const struct image *contents, enum uki_part part,
                               struct slice *text, struct err *err)
{
    size_t size = contents->size < PCR_TEXT_MAX ? (size_t)contents->size : PCR_TEXT_MAX;
    uint8_t *bytes;
    enum err_code rc;

    if (part != UKI_CMDLINE && part != UKI_UNAME && part != UKI_OSREL && part != UKI_SBAT)
        return ERR_OK;
    bytes = arena_alloc(work->arena, size, err);
    if (!bytes)
        return err->code;
    rc = image_read(contents, 0, bytes, size, err);
    if (rc == ERR_OK)
        *text = slice_of(bytes, size);
    return rc;
}

static enum err_code add_section(struct work *work, enum uki_part part, struct err *err)
{
    const char *name = uki_part_name(part);
    struct pe_contents contents;
    struct image image = pe_contents_image(&contents, work->uki.file, work->uki.parts[part]);
    struct slice text = {NULL, 0};
    uint8_t digest[BANK_SIZE_MAX];
    enum err_code rc = keep_text(work, &image, part, &text, err);

    if (rc == ERR_OK) /* with its NUL */
        rc = add_bytes(work, 11, PCR_EV_IPL, name, slice_of(name, strlen(name) + 1), err);
    if (rc == ERR_OK)
        rc = bank_digest_image(work->options->bank, &image, digest, err);
    if (rc == ERR_OK) {
        char what[32];
        struct buf buf;

        buf_init_fixed(&buf, what, sizeof what);
        buf_add_format(&buf, "%s contents", name);
        rc = add(work, 11, PCR_EV_IPL, buf_slice(&buf), text, digest, err);
    }
    return rc;
}

static enum err_code add_sections(struct work *work, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < UKI_PARTS && rc == ERR_OK; i++) {
        enum uki_part part = (enum uki_part)i;

        if (work->uki.parts[part] && uki_part_is_measured(part, work->uki.stub))
            rc = add_section(work, part, err);
    }
    return rc;
}

static enum err_code add_phases(struct work *work, struct err *err)
{
    struct slice rest = work->options->phases;
    uint8_t digest[BANK_SIZE_MAX];
    enum err_code rc = ERR_OK;

    for (int count = 0; rest.ptr && work->options->phases.len > 0 && rc == ERR_OK; count++) {
        struct slice phase = slice_cut(&rest, ':');

        if (phase.len == 0)
            return err_set(err, ERR_USAGE, "--phase: an empty phase");
        if (count == PHASES_MAX)
            return err_set(err, ERR_USAGE, "--phase: more than %d phases", PHASES_MAX);
        bank_digest(work->options->bank, phase, digest);
        rc = add(work, 11, PCR_EV_IPL, phase, (struct slice){NULL, 0}, digest, err);
    }
    return rc;
}

/* --- register 9: what the kernel is given --- */

static enum err_code add_command_line(struct work *work, struct err *err)
{
    const struct pe_section *section = work->uki.parts[UKI_CMDLINE];
    struct pe_contents contents;
    struct image image;
    uint8_t *raw, *encoded;
    struct buf out;
    enum err_code rc;

    if (!section)
        return ERR_OK;
    if (section->virtual_size > PREDICT_COMMAND_LINE_MAX)
        return err_set(err, ERR_FORMAT, ".cmdline has %lu bytes, at most %lu",
                       (unsigned long)section->virtual_size, (unsigned long)PREDICT_COMMAND_LINE_MAX);
    image = pe_contents_image(&contents, work->uki.file, section);
    raw = arena_alloc(work->arena, section->virtual_size, err);
    encoded = arena_array(work->arena, (size_t)section->virtual_size + 1, 2, err);
    if (!raw || !encoded)
        return err->code;
    rc = image_read(&image, 0, raw, section->virtual_size, err);
    if (rc != ERR_OK)
        return rc;
    buf_init_fixed(&out, encoded, 2 * ((size_t)section->virtual_size + 1));
    command_line_encode(slice_of(raw, section->virtual_size), work->uki.stub, &out);
    return add_bytes(work, 9, PCR_EV_EVENT_TAG, "command line", buf_slice(&out), err);
}

static enum err_code add_initrd(struct work *work, struct err *err)
{
    uint8_t digest[BANK_SIZE_MAX], bytes[256];
    struct buf what;
    bool is_there = false;
    enum err_code rc;

    buf_init_fixed(&what, bytes, sizeof bytes);
    buf_add_text(&what, "initrd: ");
    rc = initrd_digest(&work->uki, work->options->bank, &is_there, digest, &what, err);
    if (rc != ERR_OK || !is_there)
        return rc;
    return add(work, 9, PCR_EV_EVENT_TAG, buf_slice(&what), (struct slice){NULL, 0}, digest, err);
}

/* --- registers 14 and 15: lockboot --- */

static enum err_code add_image(struct work *work, unsigned pcr, const char *what,
                               const struct image *image, struct err *err)
{
    uint8_t digest[BANK_SIZE_MAX];
    enum err_code rc;

    if (!image)
        return ERR_OK;
    rc = bank_digest_image(work->options->bank, image, digest, err);
    if (rc != ERR_OK)
        return err_add(err, "%s", what);
    return add(work, pcr, PCR_EV_IPL, slice_text(what), (struct slice){NULL, 0}, digest, err);
}

/* --- what cannot be known --- */

static void forget_platform(struct pcr_record *record)
{
    for (unsigned pcr = 0; pcr <= 7; pcr++) {
        if (pcr != 4)
            pcr_record_forget(record, pcr, pcr == 7 ? "Secure Boot's state and keys"
                                                    : "the firmware and its settings");
    }
    pcr_record_forget(record, 10, "the running system");
    for (unsigned pcr = 16; pcr < PCR_COUNT; pcr++)
        pcr_record_forget(record, pcr, "the running system");
}

static void forget_beside(const struct work *work, struct pcr_record *record)
{
    static const char extra[] = "credentials or extension images beside the UKI";

    if (has_addons(work)) {
        pcr_record_forget(record, 9, "addons beside the UKI");
        pcr_record_forget(record, 12, "addons beside the UKI");
    }
    if (work->boot && work->boot->extra.len > 0) {
        pcr_record_forget(record, 9, extra);
        pcr_record_forget(record, 12, extra);
        pcr_record_forget(record, 13, extra);
    }
}

static void forget(const struct work *work, struct pcr_record *record)
{
    forget_platform(record);
    forget_beside(work, record);
    if (work->boot && work->boot->has_loader && work->prediction->loader < FIRST_QUIET_LOADER)
        pcr_record_forget(record, 12, work->prediction->loader
                                          ? "systemd-boot before 256 adds the command line"
                                          : "systemd-boot of a version that it does not say");
    if (work->uki.stub >= FIRST_WITH_SEED)
        pcr_record_forget(record, 9, "from systemd-stub 258 on a random seed may be in the initrd");
    if (work->options->bank != BANK_SHA256 && work->options->stage2)
        pcr_record_forget(record, 14, "stage 1 extends the SHA-256 bank alone");
    if (work->options->bank != BANK_SHA256 && work->options->user_data)
        pcr_record_forget(record, 15, "stage 1 extends the SHA-256 bank alone");
    if (work->uki.parts[UKI_DTBAUTO] || work->uki.parts[UKI_EFIFW])
        record->registers[11].why =
            SLICE("without .dtbauto and .efifw, which count on the hardware that they are for");
}

static enum err_code predict(struct work *work, struct err *err)
{
    struct pcr_record *record = &work->prediction->record;
    enum err_code rc =
        pcr_record_init(record, work->options->bank, PREDICT_EVENTS_MAX, work->arena, err);

    work->prediction->stub = work->uki.stub;
    if (rc == ERR_OK)
        rc = add_programs(work, err);
    if (rc == ERR_OK)
        rc = add_sections(work, err);
    if (rc == ERR_OK)
        rc = add_command_line(work, err);
    if (rc == ERR_OK)
        rc = add_initrd(work, err);
    if (rc == ERR_OK)
        rc = add_phases(work, err);
    if (rc == ERR_OK)
        rc = add_image(work, 14, "stage 2", work->options->stage2, err);
    if (rc == ERR_OK)
        rc = add_image(work, 15, "user data", work->options->user_data, err);
    if (rc == ERR_OK)
        forget(work, record);
    return rc;
}

static enum err_code predict_boot(struct work *work, const struct image *disk, struct err *err)
{
    struct boot *boot = arena_alloc(work->arena, sizeof *boot, err);
    enum err_code rc;

    if (!boot)
        return err->code;
    rc = boot_find(disk, work->options->path, work->options->has_loader, work->arena, boot, err);
    if (rc != ERR_OK)
        return rc;
    work->boot = boot;
    work->prediction->path = boot->uki.path;
    rc = uki_open(&boot->uki.image, work->options->stub, work->arena, &work->uki, err);
    if (rc != ERR_OK)
        return err_add(err, "%s", quote_bare(boot->uki.path).text);
    return predict(work, err);
}

enum err_code predict_disk(const struct image *disk, const struct predict_options *options,
                           struct arena *arena, struct prediction *prediction, struct err *err)
{
    struct work work = {.options = options, .arena = arena, .prediction = prediction};
    enum err_code rc;

    memset(prediction, 0, sizeof *prediction);
    rc = predict_boot(&work, disk, err);
    if (rc != ERR_OK)
        memset(prediction, 0, sizeof *prediction);
    return rc;
}

enum err_code predict_uki(const struct image *file, const struct predict_options *options,
                          struct arena *arena, struct prediction *prediction, struct err *err)
{
    struct work work = {.options = options, .arena = arena, .prediction = prediction};
    enum err_code rc;

    memset(prediction, 0, sizeof *prediction);
    if (options->has_loader || options->path.len > 0)
        return err_set(err, ERR_USAGE, "a UKI without a disk has no %s",
                       options->has_loader ? "boot loader" : "path");
    rc = uki_open(file, options->stub, arena, &work.uki, err);
    if (rc == ERR_OK)
        rc = predict(&work, err);
    if (rc != ERR_OK)
        memset(prediction, 0, sizeof *prediction);
    return rc;
}
