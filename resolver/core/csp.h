/*
 * csp.h - cloud service providers and attestation variants, by their old and new names.
 *
 * In the flow:  request, table and measurements name both; select and measurements compare them.
 * Data:         the names are one table each in csp.c. A variant that is not in it is compared by
 *               its text, so a table may know more than this program.
 */
#ifndef SEALIFT_CORE_CSP_H
#define SEALIFT_CORE_CSP_H

#include <stdbool.h>

#include "resolver/base/slice.h"

enum csp { CSP_NONE, CSP_AWS, CSP_AZURE, CSP_GCP, CSP_OPENSTACK, CSP_QEMU };

#define CSP_COUNT 6 /* CSP_NONE included */

/* Without regard to case: published files have "GCP" and "OpenStack". CSP_NONE when unknown. */
enum csp csp_parse(struct slice name);

/* "aws", ...; "" for CSP_NONE. */
const char *csp_name(enum csp csp);

/* "AWS", "OpenStack", ...: as v2 tables write them. */
const char *csp_title(enum csp csp);

/* All names, for messages: "aws, azure, gcp, openstack, qemu". */
const char *csp_names(void);

/* The new name of a variant on that csp ("cvm" on azure gives "azure-sev-snp"), or the text itself
 * when it is new already or not known. */
struct slice variant_canonical(enum csp csp, struct slice name);

/* The old name of a variant, as rfc and v1 tables have it, or the text itself when it has none. */
struct slice variant_old(enum csp csp, struct slice name);

/* The same variant, whichever of its names are used. */
bool variant_same(enum csp csp, struct slice a, struct slice b);

/* Whether it is the new name of a variant of that csp. */
bool variant_is_known(enum csp csp, struct slice name);

/* The one csp that a known new name belongs to; CSP_NONE when unknown or when it fits several. */
enum csp variant_csp(struct slice name);

/* Whether a known variant belongs to another csp than this one: then nobody can mean both. */
bool variant_contradicts(enum csp csp, struct slice name);

#endif
