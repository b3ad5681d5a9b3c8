#include "bundle/publish/machines.h"

#include <string.h>

#define DATE "2026-08"
#define SOURCE "cloud.google.com/confidential-computing: supported configurations"
#define DISKS_SOURCE "cloud.google.com/compute: disk types by machine series"

#define TDX_DISKS " pd-balanced pd-ssd hyperdisk-balanced "
#define HYPERDISKS " hyperdisk-balanced hyperdisk-extreme hyperdisk-throughput "

static const struct machine rows[] = {
    {"n2d", "", "SEV_SNP", "AMD Milan", "SEV_SNP_CAPABLE", "X86_64", "pd-balanced", NULL, DATE, SOURCE},
    {"n2d", "", "SEV", NULL, "SEV_CAPABLE", "X86_64", "pd-balanced", NULL, DATE, SOURCE},
    {"c2d", "", "SEV", NULL, "SEV_CAPABLE", "X86_64", "pd-balanced", NULL, DATE, SOURCE},
    {"c3d", "", "SEV", NULL, "SEV_CAPABLE", "X86_64", "pd-balanced", NULL, DATE, SOURCE},
    {"c4d", "", "SEV", NULL, "SEV_CAPABLE", "X86_64", "hyperdisk-balanced", HYPERDISKS, DATE,
     SOURCE "; " DISKS_SOURCE},
    {"g4", "standard-48", "SEV", NULL, "SEV_CAPABLE", "X86_64", "hyperdisk-balanced", NULL, DATE,
     SOURCE},
    {"c3", "standard-", "TDX", NULL, "TDX_CAPABLE", "X86_64", "pd-balanced", TDX_DISKS, DATE, SOURCE},
    {"a3", "highgpu-1g", "TDX", NULL, "TDX_CAPABLE", "X86_64", "pd-balanced", TDX_DISKS, DATE, SOURCE},
    {"t2a", "", NULL, NULL, NULL, "ARM64", "pd-balanced", NULL, DATE, SOURCE},
    {"c4a", "", NULL, NULL, NULL, "ARM64", "hyperdisk-balanced", HYPERDISKS, DATE,
     SOURCE "; " DISKS_SOURCE},
};

const struct machine *machines_get(size_t number)
{
    return number < sizeof rows / sizeof rows[0] ? &rows[number] : NULL;
}

/* Whether the row is for that machine type ("n2d-standard-2"). */
static bool fits(const struct machine *machine, struct slice machine_type)
{
    struct slice rest = machine_type, series = slice_cut(&rest, '-');
    size_t len = strlen(machine->shape);

    if (!slice_is(series, machine->series) || rest.len == 0)
        return false;
    return len == 0 || slice_is(rest, machine->shape) ||
           (machine->shape[len - 1] == '-' && slice_begins(rest, machine->shape));
}

const struct machine *machines_find(struct slice machine_type, const char *type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!fits(&rows[i], machine_type))
            continue;
        if (!type || (rows[i].type && strcmp(rows[i].type, type) == 0))
            return &rows[i];
    }
    return NULL;
}

bool machine_takes_disk(const struct machine *machine, struct slice disk)
{
    struct slice rest = slice_text(machine->disks);

    if (!machine->disks)
        return true;
    while (rest.len) {
        struct slice word = slice_cut(&rest, ' ');

        if (word.len && slice_equal(word, disk))
            return true;
    }
    return false;
}
