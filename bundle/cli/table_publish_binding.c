#include "bundle/cli/table_publish_binding.h"

#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "bundle/measure/binding_document.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

static void note(void *ctx, const char *line)
{
    const struct invocation *invocation = ctx;

    if (invocation)
        say_note(invocation, "%s", line);
}

/* A document of the v2 layout is of all csps; it may well have nothing of this one. */
static bool is_about(const struct table_publish_item *measurements,
                     const struct table_publish_item *image)
{
    return measurements->verified.signer_count > 0 &&
           (measurements->csp == image->csp || measurements->layout == LAYOUT_V2);
}

static enum err_code compare(const struct table_publish_measured *measured,
                             const struct table_publish_item *image,
                             const struct binding_subject *subject, struct err *err)
{
    for (size_t i = 0; i < measured->count; i++) {
        const struct table_publish_item *measurements = &measured->measurements[i];
        struct binding binding;
        bool is_recorded;

        if (is_about(measurements, image) &&
            binding_document_check(subject, &measurements->verified, &binding, &is_recorded, err))
            return err->code;
    }
    return ERR_OK;
}

/* says: where notes go, or NULL. */
static enum err_code check(const struct table_publish_measured *measured,
                           const struct table_publish_item *image, int fd,
                           struct invocation *says, struct err *err)
{
    struct quoted name = quote_bare(slice_text(image->from));
    const struct annotations none = {0};
    struct image disk;
    const struct binding_subject subject = {
        .name = name.text,
        .disk = &disk,
        .annotations = &none,
        .request = {.uid = *measured->uid, .csp = image->csp, .variant = image->variant},
        .note = note,
        .ctx = says};

    if (image_of_file(&fd, &disk, err))
        return err_add(err, "%s", name.text);
    return compare(measured, image, &subject, err);
}

enum err_code table_publish_binding_check(const struct table_publish_measured *measured,
                                          const struct table_publish_item *image, struct err *err)
{
    int fd = file_open(image->from, err);
    enum err_code rc;

    if (fd < 0)
        return err->code;
    rc = check(measured, image, fd, measured->invocation, err);
    close(fd);
    return rc;
}

enum err_code table_publish_binding_check_copy(void *ctx, int copy, struct err *err)
{
    const struct table_publish_copying *copying = ctx;

    return check(&copying->measured, copying->image, copy, NULL, err);
}
