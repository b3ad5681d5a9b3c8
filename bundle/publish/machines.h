/*
 * machines.h - which machine series of GCP have which kind of confidential computing.
 *
 * In the flow:  --machine-type, --confidential-compute-type -> [machines] -> launch_plan
 * Data:         one table in machines.c, each row with its date and source. Offers change: what is not
 *               in the table is unknown, not impossible.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_MACHINES_H
#define SEALIFT_BUNDLE_PUBLISH_MACHINES_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/base/slice.h"

struct machine {
    const char *series;       /* "n2d" */
    const char *shape;        /* what the rest of the type begins with, or is; "" for any */
    const char *type;         /* "SEV_SNP", as --confidential-compute-type has it; NULL: none */
    const char *cpu_platform; /* --min-cpu-platform, or NULL */
    const char *feature;      /* what the image must have, or NULL */
    const char *architecture; /* of the image: "X86_64", "ARM64" */
    const char *disk;         /* the type of the boot disk when none is chosen */
    const char *disks;        /* all that it takes, each between blanks; NULL: not known */
    const char *date, *source;
};

/* The rows in their order: of a series' rows the first is its default. NULL at the end. */
const struct machine *machines_get(size_t number);

/* The row for that machine type with that kind (NULL: its default); NULL when there is none. */
const struct machine *machines_find(struct slice machine_type, const char *type);

/* Whether a disk type is among those that the machine takes (yes, when that is not known). */
bool machine_takes_disk(const struct machine *machine, struct slice disk);

#endif
