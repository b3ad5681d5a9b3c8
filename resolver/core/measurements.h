/*
 * measurements.h - the expected register values of an image on one cloud.
 *
 * In the flow:  find -> struct verified -> [measurements] -> the answer, or a config
 * Trust:        measurements_parse takes a struct verified and nothing else.
 * Forms read:   rfc  YAML {csp, image, measurements: {INDEX: VALUE}}
 *               v1   the same in JSON
 *               v2   JSON {version, ref, stream, list: [{csp, attestationVariant, measurements}]}
 * Checked here: syntax, that csp and image (or version, ref and stream) are those asked for, no index
 *               twice; the values (measurement_values.h).
 * Ignored:      other keys at the top level and in v2 entries; v2 entries of a csp that is not known.
 * Memory:       copied into the struct, but for variant, which borrows from the document.
 */
#ifndef SEALIFT_CORE_MEASUREMENTS_H
#define SEALIFT_CORE_MEASUREMENTS_H

#include "resolver/base/arena.h"
#include "resolver/core/measurement_values.h"
#include "resolver/core/request.h"
#include "resolver/core/verify.h"

#define MEASUREMENTS_MAX_BYTES ((size_t)1 << 20)

enum measurements_form { MEASUREMENTS_RFC, MEASUREMENTS_V1, MEASUREMENTS_V2 };

struct measurements {
    enum measurements_form form; /* in which they were read */
    struct uid uid;
    enum csp csp;
    struct slice variant; /* new name; empty in rfc and v1, which name none */
    size_t size_bytes;    /* 32 for PCRs, 48 for TDX registers */
    struct measurement registers[REGISTER_COUNT];
};

/*
 * Reads the measurements that fit the request. On failure *measurements is zeroed.
 *   ERR_FORMAT     malformed
 *   ERR_FORGED     the document is of another version or csp
 *   ERR_NOT_FOUND  v2: no entry for the csp or variant; lists what there is
 *   ERR_AMBIGUOUS  v2: several variants and none was chosen; or one variant twice
 *   ERR_LIMIT      over MEASUREMENTS_MAX_BYTES; the arena is full
 */
enum err_code measurements_parse(const struct verified *document, const struct request *request,
                                 struct arena *arena, struct measurements *measurements,
                                 struct err *err) MUST_USE;

/* "PCR4", "MRTD", "RTMR0": the name of a register of this set, into out. */
#define REGISTER_NAME_MAX 8
void register_name(const struct measurements *measurements, size_t index,
                   char out[REGISTER_NAME_MAX]);

/* The value as lower-case hex. */
#define REGISTER_HEX_MAX (2 * REGISTER_SIZE_MAX + 1)
void register_hex(const struct measurements *measurements, size_t index,
                  char out[REGISTER_HEX_MAX]);

#endif
