#include "bundle/cli/convert_source.h"

#include <string.h>

#include "bundle/cli/signed_subject.h"
#include "resolver/base/quote.h"

static enum err_code open_bundle(struct session *session, struct convert_source *source,
                                 struct err *err)
{
    const struct invocation *invocation = session->invocation;
    const struct subject_choice choice = {.uid = slice_text(invocation->values[OPT_UID]),
                                          .csp = slice_text(invocation->values[OPT_CSP]),
                                          .variant = slice_text(invocation->values[OPT_VARIANT])};

    if (signed_subject_open(session, invocation->arguments, invocation->argument_count, &choice,
                            &source->keys, &source->subject, err) != ERR_OK)
        return err->code;
    source->image = &source->subject.image;
    source->layer = source->subject.layer;
    return ERR_OK;
}

/* There is but one image in a disk: who chooses thinks otherwise. */
static enum err_code open_disk(struct session *session, struct convert_source *source,
                               struct err *err)
{
    static const enum option refused[] = {OPT_UID,        OPT_CSP,       OPT_VARIANT, OPT_KEY,
                                          OPT_BUNDLE_KEY, OPT_THRESHOLD, OPT_EXPIRED, OPTION_COUNT};
    const struct invocation *invocation = session->invocation;
    const char *path = invocation->arguments[0];

    if (invocation->argument_count > 1)
        return err_set(err, ERR_USAGE, "%s is a disk image: of those one is converted at a time",
                       quote_bare(slice_text(path)).text);
    if (signed_subject_refuse(invocation, path, refused, err) != ERR_OK ||
        disk_input_open(path, &session->arena, &source->disk, err) != ERR_OK)
        return err->code;
    source->image = &source->disk.image;
    return ERR_OK;
}

enum err_code convert_source_open(struct session *session, struct convert_source *source,
                                  struct err *err)
{
    bool is_bundle;

    memset(source, 0, sizeof *source);
    subject_init(&source->subject);
    source->disk.fd = -1;
    if (subject_is_bundle(session->invocation->arguments[0], &is_bundle, err) != ERR_OK)
        return err->code;
    return is_bundle ? open_bundle(session, source, err) : open_disk(session, source, err);
}

enum err_code convert_source_unchanged(const struct convert_source *source, const char *path,
                                       struct err *err)
{
    if (source->layer)
        return bundle_input_unchanged(&source->subject.input, err);
    return disk_input_check(&source->disk, err) == ERR_OK
               ? ERR_OK
               : err_add(err, "%s", quote_bare(slice_text(path)).text);
}

void convert_source_close(struct convert_source *source)
{
    subject_close(&source->subject);
    disk_input_close(&source->disk);
    memset(source, 0, sizeof *source);
    subject_init(&source->subject);
    source->disk.fd = -1;
}
