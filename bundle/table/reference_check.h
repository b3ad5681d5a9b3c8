/*
 * reference_check.h - whether a reference has the form that its provider takes.
 *
 * In the flow:  table set, table check -> [reference_check] -> errors and warnings
 * Forms taken:  aws        ami- and 8 or 17 hexadecimal digits; resolve:ssm:NAME (odd)
 *               azure      /CommunityGalleries/G/Images/I/Versions/V, /SharedGalleries/... alike,
 *                          /subscriptions/S/resourceGroups/R/providers/Microsoft.Compute/galleries/
 *                          G/images/I/versions/V, .../providers/Microsoft.Compute/images/I, and the
 *                          marketplace's PUBLISHER:OFFER:SKU:VERSION; names in any case
 *               gcp        projects/P/global/images/I, the same as a URL of Compute Engine's API;
 *                          global/images/I and I alone (odd: they depend on the project)
 *               openstack  an http or https URL; a UUID of its image service (odd)
 *               qemu       an http or https URL
 * Odd:          what works but is not sure to give the same image every time and everywhere: the
 *               newest of a family or gallery, a name without its project, http without TLS.
 * Not checked:  that the image exists.
 */
#ifndef SEALIFT_BUNDLE_TABLE_REFERENCE_CHECK_H
#define SEALIFT_BUNDLE_TABLE_REFERENCE_CHECK_H

#include "resolver/base/slice.h"
#include "resolver/core/csp.h"

enum reference_verdict {
    REFERENCE_GOOD,
    REFERENCE_ODD, /* a warning: may be meant so */
    REFERENCE_BAD, /* an error: no such cloud takes it */
};

/* *why is a static text that says what is odd or what is wanted, "" for REFERENCE_GOOD. */
enum reference_verdict reference_check(enum csp csp, struct slice reference, const char **why);

/* Whether that has the form of AWS's regions. */
bool reference_is_aws_region(struct slice region);

#endif
