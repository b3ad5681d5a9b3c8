#include "bundle/cli/gcp_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bundle/cli/signed_subject.h"
#include "bundle/measure/binding_document.h"
#include "bundle/publish/disk.h"
#include "bundle/publish/gcp_archive.h"
#include "bundle/verify/image_binding.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

/* Where a comparison is noted. */
struct listener {
    const struct invocation *invocation;
    struct gcp_source *source;
};

/* --- Measurements ------------------------------------------------------------------------------- */

static void note_result(struct gcp_source *source, const struct binding *binding)
{
    if (binding->result == BINDING_EQUAL)
        source->measured = GCP_MEASURED;
    else if (source->measured == GCP_NOT_MEASURED)
        source->measured = GCP_NOT_COMPARABLE;
}

static void note_line(void *ctx, const char *line)
{
    const struct listener *listener = ctx;

    say_note(listener->invocation, "%s", line);
}

static enum err_code note_comparison(void *ctx, const struct image_comparison *comparison,
                                     struct err *err)
{
    const struct listener *listener = ctx;

    (void)err;
    note_result(listener->source, &comparison->binding);
    return ERR_OK;
}

static void say_measured(const struct invocation *invocation, const struct gcp_source *source)
{
    if (source->measured == GCP_NOT_MEASURED)
        say_warning(invocation, "%s: there are no signed measurements: its PCRs were not compared",
                    source->place);
    else if (source->measured == GCP_NOT_COMPARABLE)
        say_warning(invocation, "%s: its PCRs could not be compared with the signed measurements "
                    "(--verbose says why)", source->place);
}

/* --- A bundle ----------------------------------------------------------------------------------- */

/* The manifest that the image belongs to, as it was signed. */
static const struct signed_manifest *find_signed(const struct bundle *bundle,
                                                 const struct manifest *manifest)
{
    for (size_t i = 0; i < bundle->count; i++) {
        if (&bundle->manifests[i].manifest == manifest)
            return &bundle->manifests[i];
    }
    return NULL;
}

static enum err_code check_contents(struct session *session, const struct bundle_keys *keys,
                                    struct gcp_source *source, struct err *err)
{
    struct subject *subject = &source->subject;
    struct listener ctx = {session->invocation, source};
    const struct binding_listener listener = {
        .note = note_line, .compared = note_comparison, .ctx = &ctx};
    struct trusted_bundle trusted;
    struct contents contents;

    if (bundle_verify(&subject->input.bundle, &keys->bundles, &session->arena, &trusted, err) ||
        bundle_keys_contents(keys, &trusted, &session->arena, &contents, err) ||
        image_binding_check(&contents, find_signed(&subject->input.bundle, subject->manifest),
                            subject->layer, &subject->image, subject->layer->title, &listener, err))
        return err_add(err, "%s", quote_bare(slice_text(source->path)).text);
    return ERR_OK;
}

static void take_layer(const struct invocation *invocation, struct gcp_source *source)
{
    const struct layer *layer = source->subject.layer;
    struct slice asked = slice_text(invocation->values[OPT_VARIANT]);

    source->image = &source->subject.image;
    source->uid = source->subject.manifest->uid;
    source->has_uid = true;
    source->variant = variant_canonical(CSP_GCP, layer->variant.len ? layer->variant : asked);
    memcpy(source->digest, layer->image.raw_digest, SHA256_SIZE);
    source->has_digest = true;
    source->is_signed = source->subject.is_signed;
}

static enum err_code open_bundle(struct session *session, struct gcp_source *source,
                                 struct err *err)
{
    const struct invocation *invocation = session->invocation;
    struct bundle_keys keys;
    const struct subject_choice choice = {
        .uid = slice_text(source->asked_uid),
        .csp = SLICE("gcp"),
        .variant = slice_text(invocation->values[OPT_VARIANT])};

    if (signed_subject_open(session, invocation->arguments, source->path_count, &choice, &keys,
                            &source->subject, err) != ERR_OK)
        return err->code;
    take_layer(invocation, source);
    return check_contents(session, &keys, source, err);
}

/* --- A file ------------------------------------------------------------------------------------- */

static enum err_code open_disk(struct session *session, const char *path, struct gcp_source *source,
                               struct err *err)
{
    source->is_disk = true;
    if (disk_input_open(path, &session->arena, &source->disk, err) != ERR_OK) {
        source->is_disk = false;
        return err->code;
    }
    source->image = &source->disk.image;
    return ERR_OK;
}

/* --- A repository ------------------------------------------------------------------------------- */

struct candidate {
    char path[LAYOUT_NAME_MAX + 4096];
    struct slice variant;
    size_t count; /* of variants that have one */
};

static enum err_code look_for(const char *folder, const struct uid *uid, int layout,
                              struct slice variant, struct candidate *found, struct err *err)
{
    static const char *const endings[] = {"", ".zst"};
    char name[LAYOUT_NAME_MAX], path[sizeof found->path];
    bool is_there = false;

    place_image_name((enum layout)layout, uid, CSP_GCP, variant, name);
    for (size_t i = 0; !is_there && i < sizeof endings / sizeof endings[0]; i++) {
        if (snprintf(path, sizeof path, "%s/%s%s", folder, name, endings[i]) < (int)sizeof path &&
            file_look(path, &is_there, err) != ERR_OK)
            return err->code;
    }
    if (!is_there)
        return ERR_OK;
    if (found->count == 0 || strcmp(found->path, path) != 0)
        found->count++;
    snprintf(found->path, sizeof found->path, "%s", path);
    found->variant = variant;
    return ERR_OK;
}

/* In the paths of one layout. Without a variant asked for, any; with one, its own before that of all. */
static enum err_code look_in_layout(const char *folder, const struct uid *uid, int layout,
                                    struct slice asked, struct candidate *found, struct err *err)
{
    const struct slice any[] = {SLICE(""), SLICE("gcp-sev-es"), SLICE("gcp-sev-snp")};
    const struct slice own[] = {variant_canonical(CSP_GCP, asked), SLICE("")};
    const struct slice *variants = asked.len ? own : any;
    size_t count = asked.len ? sizeof own / sizeof own[0] : sizeof any / sizeof any[0];

    for (size_t i = 0; i < count && !(asked.len && found->count > 0); i++) {
        if (look_for(folder, uid, layout, variants[i], found, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code find_image(const struct session *session, const struct uid *uid,
                                const char *folder, struct candidate *found, struct err *err)
{
    struct slice asked = slice_text(session->invocation->values[OPT_VARIANT]);
    const int pinned = session->finder.layout;

    memset(found, 0, sizeof *found);
    for (int layout = 0; layout < LAYOUT_COUNT && found->count == 0; layout++) {
        if (pinned >= 0 && layout != pinned)
            continue;
        if (look_in_layout(folder, uid, layout, asked, found, err) != ERR_OK)
            return err->code;
    }
    if (found->count == 0)
        return err_set(err, ERR_NOT_FOUND, "%s: has no image of %s for gcp%s%s",
                       quote_bare(slice_text(folder)).text, uid->text, asked.len ? " " : "",
                       quote_bare(asked).text);
    if (found->count > 1)
        return err_set(err, ERR_AMBIGUOUS, "%s: has several images of %s for gcp: choose with --variant",
                       quote_bare(slice_text(folder)).text, uid->text);
    if (found->variant.len == 0)
        found->variant = variant_canonical(CSP_GCP, asked);
    return ERR_OK;
}

static enum err_code compare_measurements(struct session *session, struct gcp_source *source,
                                          struct err *err)
{
    const struct annotations none = {NULL, 0};
    struct listener ctx = {session->invocation, source};
    struct binding_subject subject = {.name = source->place,
                                      .disk = source->image,
                                      .annotations = &none,
                                      .request = {.uid = source->uid,
                                                  .csp = CSP_GCP,
                                                  .variant = source->variant},
                                      .note = note_line,
                                      .ctx = &ctx};
    struct verified verified;
    struct origin origin;
    struct binding binding;
    bool is_recorded;
    enum err_code rc = find_measurements(&session->finder, &source->uid, CSP_GCP, &session->keys,
                                         &session->arena, &verified, &origin, err);

    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc != ERR_OK)
        return rc;
    rc = binding_document_check(&subject, &verified, &binding, &is_recorded, err);
    if (rc == ERR_OK)
        note_result(source, &binding);
    return rc;
}

static enum err_code open_repository(struct session *session, struct gcp_source *source,
                                     struct err *err)
{
    struct candidate found;
    struct quoted shown;

    if (!source->asked_uid)
        return err_set(err, ERR_USAGE, "%s: is a folder without oci-layout, so a repository: give the UID of a "
                       "version, too",
                       quote_bare(slice_text(source->path)).text);
    session->question.repository = source->path;
    if (uid_parse(slice_text(source->asked_uid), &source->uid, err) != ERR_OK ||
        session_sources(session, false, err) != ERR_OK || session_keys(session, err) != ERR_OK ||
        find_image(session, &source->uid, source->path, &found, err) != ERR_OK)
        return err->code;
    source->has_uid = true;
    source->variant = found.variant;
    if (open_disk(session, found.path, source, err) != ERR_OK)
        return err->code;
    shown = quote_bare(slice_text(found.path));
    source->place = arena_copy(&session->arena, slice_text(shown.text), err);
    return source->place ? compare_measurements(session, source, err) : err->code;
}

/* --- Which of them ------------------------------------------------------------------------------ */

static enum err_code is_folder(const char *path, bool *answer, struct err *err)
{
    struct stat status;

    *answer = stat(path, &status) == 0;
    if (!*answer)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
    *answer = S_ISDIR(status.st_mode);
    return ERR_OK;
}

static enum err_code open_raw(struct session *session, struct gcp_source *source, struct err *err)
{
    static const enum option refused[] = {OPT_KEY,       OPT_BUNDLE_KEY, OPT_TABLE_KEY,
                                          OPT_THRESHOLD, OPT_EXPIRED,    OPTION_COUNT};
    const struct invocation *invocation = session->invocation;

    if (source->asked_uid)
        return err_set(err, ERR_USAGE, "%s: is a disk, which has no versions: give no UID",
                       quote_bare(slice_text(source->path)).text);
    source->variant = variant_canonical(CSP_GCP, slice_text(invocation->values[OPT_VARIANT]));
    if (signed_subject_refuse(invocation, source->path, refused, err) != ERR_OK)
        return err->code;
    return open_disk(session, source->path, source, err);
}

static enum err_code check_disk(const struct invocation *invocation,
                                const struct gcp_source *source, struct err *err)
{
    bool has_table;

    if (disk_check(source->image, GCP_DISK_MAX, err) != ERR_OK ||
        disk_has_table(source->image, &has_table, err) != ERR_OK)
        return err_add(err, "%s", source->place);
    if (!has_table)
        say_warning(invocation, "%s: has no partition table: is it a disk image?", source->place);
    return ERR_OK;
}

static enum err_code open_any(struct session *session, struct gcp_source *source, struct err *err)
{
    bool is_bundle, is_repository;

    if (subject_is_bundle(source->path, &is_bundle, err) != ERR_OK ||
        is_folder(source->path, &is_repository, err) != ERR_OK)
        return err->code;
    if (is_bundle)
        return open_bundle(session, source, err);
    return is_repository ? open_repository(session, source, err) : open_raw(session, source, err);
}

static enum err_code check_choice(const struct invocation *invocation, struct err *err)
{
    struct slice variant = slice_text(invocation->values[OPT_VARIANT]);
    struct slice csp = slice_text(invocation->values[OPT_CSP]);

    if (csp.len && csp_parse(csp) != CSP_GCP)
        return err_set(err, ERR_USAGE, "--csp %s: want gcp", quote(csp).text);
    if (variant.len && variant_contradicts(CSP_GCP, variant))
        return err_set(err, ERR_USAGE, "--variant %s: is none of gcp", quote(variant).text);
    return ERR_OK;
}

/* SOURCE, or the parts of one, and perhaps a UID. */
static enum err_code split_arguments(const struct invocation *invocation,
                                     struct gcp_source *source, struct err *err)
{
    size_t count = subject_count(invocation->arguments, invocation->argument_count);

    source->path_count = count;
    source->asked_uid = count < invocation->argument_count ? invocation->arguments[count] : NULL;
    if (count + 1 < invocation->argument_count)
        return err_set(err, ERR_USAGE, "%s: is no part of a bundle, and after the UID nothing may follow",
                       quote_bare(slice_text(source->asked_uid)).text);
    return ERR_OK;
}

void gcp_source_init(struct gcp_source *source)
{
    memset(source, 0, sizeof *source);
    source->disk.fd = -1;
    subject_init(&source->subject);
}

enum err_code gcp_source_open(struct session *session, struct gcp_source *source, struct err *err)
{
    const struct invocation *invocation = session->invocation;
    struct quoted shown = quote_bare(slice_text(invocation->arguments[0]));

    gcp_source_init(source);
    source->path = invocation->arguments[0];
    source->place = arena_copy(&session->arena, slice_text(shown.text), err);
    if (!source->place || split_arguments(invocation, source, err) != ERR_OK ||
        check_choice(invocation, err) != ERR_OK ||
        open_any(session, source, err) != ERR_OK || check_disk(invocation, source, err) != ERR_OK)
        return err->code;
    say_measured(invocation, source);
    return ERR_OK;
}

const struct stat *gcp_source_file(const struct gcp_source *source)
{
    return source->is_disk ? &source->disk.status : NULL;
}

enum err_code gcp_source_unchanged(const struct gcp_source *source, struct err *err)
{
    if (!source->is_disk)
        return bundle_input_unchanged(&source->subject.input, err);
    return disk_input_check(&source->disk, err) == ERR_OK ? ERR_OK
                                                          : err_add(err, "%s", source->place);
}

void gcp_source_close(struct gcp_source *source)
{
    if (source->is_disk)
        disk_input_close(&source->disk);
    subject_close(&source->subject);
}
