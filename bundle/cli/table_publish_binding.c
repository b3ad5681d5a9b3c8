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

    say_note(invocation, "%s", line);
}

/* A document of the v2 layout is of all csps; it may well have nothing of this one. */
static bool is_about(const struct table_publish_item *measurements,
                     const struct table_publish_item *image)
{
    return measurements->verified.signer_count > 0 &&
           (measurements->csp == image->csp || measurements->layout == LAYOUT_V2);
}

static enum err_code check(const struct binding_subject *subject,
                           const struct table_publish_item *image,
                           const struct table_publish_item *measurements, size_t count,
                           struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct binding binding;
        bool is_recorded;

        if (is_about(&measurements[i], image) &&
            binding_document_check(subject, &measurements[i].verified, &binding, &is_recorded, err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code table_publish_binding_check(struct invocation *invocation, const struct uid *uid,
                                          const struct table_publish_item *image,
                                          const struct table_publish_item *measurements,
                                          size_t count, struct err *err)
{
    struct quoted name = quote_bare(slice_text(image->from));
    const struct annotations none = {0};
    struct image disk;
    const struct binding_subject subject = {
        .name = name.text,
        .disk = &disk,
        .annotations = &none,
        .request = {.uid = *uid, .csp = image->csp, .variant = image->variant},
        .note = note,
        .ctx = invocation};
    int fd = file_open(image->from, err);
    enum err_code rc;

    if (fd < 0)
        return err->code;
    rc = image_of_file(&fd, &disk, err);
    if (rc == ERR_OK)
        rc = check(&subject, image, measurements, count, err);
    else
        err_add(err, "%s", name.text);
    close(fd);
    return rc;
}
