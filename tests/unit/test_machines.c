#include "bundle/publish/machines.h"

#include <string.h>

#include "tests/unit/test.h"

static const char *type_of(const char *machine_type, const char *type)
{
    const struct machine *machine = machines_find(slice_text(machine_type), type);

    return !machine ? "unknown" : machine->type ? machine->type : "none";
}

TEST(machines_have_their_kinds)
{
    static const struct {
        const char *machine, *asked, *want;
    } rows[] = {
        {"n2d-standard-2", NULL, "SEV_SNP"}, {"n2d-standard-2", "SEV", "SEV"},
        {"n2d-standard-2", "TDX", "unknown"}, {"c2d-highcpu-4", NULL, "SEV"},
        {"c2d-highcpu-4", "SEV_SNP", "unknown"}, {"c3d-standard-4", NULL, "SEV"},
        {"c4d-standard-4", NULL, "SEV"}, {"g4-standard-48", NULL, "SEV"},
        {"g4-standard-480", NULL, "unknown"}, {"g4-standard-4", NULL, "unknown"},
        {"c3-standard-4", NULL, "TDX"}, {"c3-highmem-4", NULL, "unknown"},
        {"a3-highgpu-1g", NULL, "TDX"}, {"a3-highgpu-1gx", NULL, "unknown"},
        {"a3-highgpu-8g", NULL, "unknown"}, {"t2a-standard-1", NULL, "none"},
        {"c4a-standard-1", NULL, "none"}, {"t2a-standard-1", "SEV", "unknown"},
        {"n2-standard-2", NULL, "unknown"}, {"n2d", NULL, "unknown"}, {"n2d-", NULL, "unknown"},
        {"n2dx-standard-2", NULL, "unknown"}, {"", NULL, "unknown"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_TEXT(rows[i].want, slice_text(type_of(rows[i].machine, rows[i].asked)));
}

TEST(machines_rows_are_dated)
{
    const struct machine *row;
    size_t count = 0;

    for (; (row = machines_get(count)); count++) {
        CHECK(row->date && row->source && row->disk && row->architecture);
        CHECK((row->type == NULL) == (row->feature == NULL));
        CHECK(!row->type || strcmp(row->type, "SEV_SNP") != 0 || row->cpu_platform);
        CHECK(machine_takes_disk(row, slice_text(row->disk)));
    }
    CHECK_NUMBER(10, count);
}

TEST(machines_take_their_disks)
{
    const struct machine *tdx = machines_find(SLICE("c3-standard-4"), NULL);

    CHECK(machine_takes_disk(tdx, SLICE("pd-ssd")));
    CHECK(!machine_takes_disk(tdx, SLICE("pd-standard")));
    CHECK(!machine_takes_disk(tdx, SLICE("pd-ss")));
    CHECK(machine_takes_disk(machines_find(SLICE("n2d-standard-2"), NULL), SLICE("pd-standard")));
}
