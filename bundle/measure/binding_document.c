#include "bundle/measure/binding_document.h"

#include <stdio.h>
#include <string.h>

#include "bundle/measure/binding_annotations.h"
#include "resolver/base/heap.h"

#define DOCUMENT_MAX ((size_t)256 << 20)
#define SCRATCH_MAX ((size_t)512 << 20)
#define LINE_MAX_BYTES 1024

static void tell(const struct binding_subject *subject, const struct binding *binding)
{
    char line[LINE_MAX_BYTES];
    struct buf out;

    buf_init_fixed(&out, line, sizeof line - 1);
    buf_add_format(&out, "%s: ", subject->name);
    binding_explain(binding, &out);
    line[out.len] = '\0';
    subject->note(subject->ctx, line);
}

static enum err_code compare(const struct binding_subject *subject,
                             const struct measurements *measurements, struct binding *out,
                             bool *is_recorded, struct err *err)
{
    struct binding_parameters recorded;
    struct arena scratch;
    enum err_code rc;

    if (binding_annotations_read(subject->annotations, is_recorded, &recorded, err))
        return err->code;
    arena_init_heap(&scratch, SCRATCH_MAX);
    rc = binding_check(subject->disk, measurements, *is_recorded ? &recorded : NULL, &scratch, out,
                       err);
    arena_clear(&scratch);
    return rc;
}

enum err_code binding_document_check(const struct binding_subject *subject,
                                     const struct verified *document, struct binding *out,
                                     bool *is_recorded, struct err *err)
{
    struct measurements measurements;
    struct arena arena;
    enum err_code rc;

    memset(out, 0, sizeof *out);
    *is_recorded = false;
    arena_init_heap(&arena, DOCUMENT_MAX);
    rc = measurements_parse(document, &subject->request, &arena, &measurements, err);
    if (rc == ERR_OK) {
        rc = compare(subject, &measurements, out, is_recorded, err);
    } else if (rc == ERR_NOT_FOUND || rc == ERR_AMBIGUOUS) {
        rc = ERR_OK;
        out->result = BINDING_NOT_DERIVABLE;
        snprintf(out->note, sizeof out->note, "%.*s", BINDING_NOTE_MAX - 1, err->msg);
    }
    arena_clear(&arena);
    if (rc != ERR_OK)
        return err_add(err, "%s", subject->name);
    tell(subject, out);
    return ERR_OK;
}
