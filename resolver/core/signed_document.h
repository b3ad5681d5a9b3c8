/*
 * signed_document.h - a document and the signature files beside it, out of a source.
 *
 * In the flow:  find -> [signed_document] -> verify -> struct verified
 * Looked for:   NAME.sig, NAME.sigstore.json, and for each key its own NAME.<short id>.sig and
 *               NAME.<short id>.sigstore.json.
 * Twice:        a document and a signature that do not fit may have been replaced between the
 *               two reads: both are read once more before that is believed.
 */
#ifndef SEALIFT_CORE_SIGNED_DOCUMENT_H
#define SEALIFT_CORE_SIGNED_DOCUMENT_H

#include "resolver/core/source.h"
#include "resolver/core/verify.h"

/* The signature files of the document `name` that the source has. evidence has room for
 * EVIDENCE_MAX; names (without folders) are copied into arena. Errors are those of source->get. A 403
 * counts as absent: the verdict is then that the signature is missing. */
enum err_code evidence_collect(const struct source *source, const char *name,
                               const struct keys *keys, struct arena *arena,
                               struct evidence *evidence, size_t *evidence_count,
                               struct err *err) MUST_USE;

/*
 * Gets and verifies the document `name`. *answer as in source.h; only with SOURCE_FOUND is
 * *verified filled. On failure it is zeroed and err names the document; codes of source->get and of
 * verify_bytes.
 */
enum err_code signed_document_get(const struct source *source, const char *name, size_t max_bytes,
                                  const struct keys *keys, struct arena *arena,
                                  enum source_answer *answer, struct verified *verified,
                                  struct err *err) MUST_USE;

#endif
