#include <string.h>

#include "bundle/publish/launch_plan.h"
#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define SHIELD \
    "\"shieldedInstanceConfig\":{\"enableSecureBoot\":true,\"enableVtpm\":true," \
    "\"enableIntegrityMonitoring\":true},"
#define DISKS(list) "\"disks\":[" list "],"
#define DISK DISKS("{\"boot\":true,\"source\":\"https://h/zones/z/disks/vm\"}")
#define BARE "{\"name\":\"vm\",\"machineType\":\"https://h/zones/z/machineTypes/n2d-standard-2\","
#define HEAD BARE DISK
#define POLICY "\"scheduling\":{\"onHostMaintenance\":\"TERMINATE\"},"
#define KIND "\"confidentialInstanceConfig\":{\"confidentialInstanceType\":\"SEV_SNP\"},"
#define DATA "\"metadata\":{\"items\":[{\"key\":\"x\",\"value\":\"y\"}," \
             "{\"key\":\"user-data\",\"value\":\"{\\\"a\\\":1}\\n\"}]}}"

static struct launch_request request = {
    .name = "vm", .machine_type = "n2d-standard-2", .image = "img",
    .user_data = {(const uint8_t *)"{\"a\":1}\n", 8}};

static enum err_code check(bool is_image, const char *type, const char *json, struct err *err)
{
    struct launch_plan plan = {.request = &request,
                               .machine = machines_find(SLICE("n2d-standard-2"), type),
                               .type = type};
    struct arena arena;
    const char *id;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 20);
    rc = is_image ? launch_check_image(&plan, slice_text(json), &arena, &id, err)
                  : launch_check_instance(&plan, slice_text(json), &arena, err);
    arena_clear(&arena);
    return rc;
}

TEST(launch_check_takes_what_was_asked_for)
{
    struct err err;

    CHECK_OK(check(false, "SEV_SNP", HEAD POLICY KIND SHIELD DATA, &err), err);
    CHECK_OK(check(false, NULL, HEAD POLICY SHIELD DATA, &err), err);
    CHECK_OK(check(false, "SEV", HEAD POLICY SHIELD
                   "\"confidentialInstanceConfig\":{\"enableConfidentialCompute\":true}," DATA, &err), err);
}

TEST(launch_check_names_each_difference)
{
    static const struct {
        const char *json, *message;
    } rows[] = {
        {HEAD KIND SHIELD DATA, "on host maintenance it would do nothing, want TERMINATE"},
        {HEAD POLICY SHIELD DATA, "confidential computing is nothing, want SEV_SNP"},
        {HEAD POLICY SHIELD "\"confidentialInstanceConfig\":{\"enableConfidentialCompute\":true}," DATA,
         "confidential computing is nothing, want SEV_SNP"},
        {HEAD POLICY KIND DATA, "Secure Boot is not on; the vTPM is not on; integrity monitoring is not on"},
        {HEAD POLICY KIND SHIELD "\"metadata\":{}}", "it has user data 0 times, want once"},
        {HEAD POLICY KIND SHIELD "\"metadata\":{\"items\":[{\"key\":\"user-data\",\"value\":\"{\\\"a\\\":1}\"}]}}",
         "its user data is not what was given"},
        {"{\"name\":\"vm-debug\",\"machineType\":\"https://h/n2d-standard-2\"," DISK POLICY KIND SHIELD DATA,
         "its name is \"vm-debug\""},
        {"{\"name\":\"vm\",\"machineType\":\"https://h/xn2d-standard-2\"," DISK POLICY KIND SHIELD DATA,
         "its machine type is \"https://h/xn2d-standard-2\""},
        {HEAD POLICY KIND SHIELD "\"metadata\":{\"items\":[{\"key\":\"user-data\",\"value\":\"{\\\"a\\\":1}\\n\"},"
         "{\"key\":\"user-data\",\"value\":\"{\\\"a\\\":1}\\n\"}]}}", "it has user data 2 times, want once"},
        {BARE POLICY KIND SHIELD DATA, "it has no disk, want one"},
        {BARE DISKS("{\"boot\":true,\"source\":\"h/disks/vm\"},{\"source\":\"h/disks/x\"}") POLICY KIND SHIELD DATA,
         "it has several disks, want one"},
        {BARE DISKS("{\"boot\":true,\"source\":\"h/disks/a-vm\"}") POLICY KIND SHIELD DATA,
         "its disk is \"h/disks/a-vm\", want vm to boot from"},
        {BARE DISKS("{\"boot\":false,\"source\":\"h/disks/vm\"}") POLICY KIND SHIELD DATA,
         "its disk is \"h/disks/vm\", want vm to boot from"},
    };
    struct err err;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_ERR(ERR_POLICY, rows[i].message, check(false, "SEV_SNP", rows[i].json, &err), err);
    CHECK_NUMBER(ERR_FORMAT, check(false, "SEV_SNP", "[]", &err));
    CHECK_NUMBER(ERR_FORMAT, check(false, "SEV_SNP", "", &err));
    /* Not booleans but texts: not on. */
    CHECK_NUMBER(ERR_POLICY, check(false, "SEV_SNP", HEAD POLICY KIND
        "\"shieldedInstanceConfig\":{\"enableSecureBoot\":\"true\",\"enableVtpm\":true,"
        "\"enableIntegrityMonitoring\":true}," DATA, &err));
}

#define FEATURES(more) "\"guestOsFeatures\":[{\"type\":\"UEFI_COMPATIBLE\"}" more "]}"

TEST(launch_check_looks_at_images)
{
    static const struct {
        const char *json, *message;
    } rows[] = {
        {"{\"id\":\"7\",\"status\":\"READY\"," FEATURES(""), "image img: lacks SEV_SNP_CAPABLE"},
        {"{\"id\":\"7\",\"status\":\"READY\"," FEATURES(",{\"type\":\"SEV_CAPABLE\"}"), "image img: lacks SEV_SNP_CAPABLE"},
        {"{\"id\":\"7\",\"status\":\"READY\"," FEATURES(",{\"type\":\"SEV_SNP_CAPABLE\"},{\"type\":\"SEV_LIVE_MIGRATABLE\"}"),
         "image img: has SEV_LIVE_MIGRATABLE: its memory could be moved while it runs"},
        {"{\"id\":\"7\",\"status\":\"PENDING\"," FEATURES(",{\"type\":\"SEV_SNP_CAPABLE\"}"),
         "image img: its status is \"PENDING\", want READY"},
        {"{\"id\":\"7\",\"status\":\"READY\",\"architecture\":\"ARM64\"," FEATURES(",{\"type\":\"SEV_SNP_CAPABLE\"}"),
         "image img: is for \"ARM64\", and n2d-standard-2 is X86_64"},
        {"{\"id\":\"7\",\"status\":\"READY\",\"guestOsFeatures\":[{\"type\":\"SEV_SNP_CAPABLE\"}]}",
         "image img: lacks UEFI_COMPATIBLE, so there is no Secure Boot"},
    };
    struct err err;

    CHECK_OK(check(true, "SEV_SNP", "{\"id\":\"7\",\"status\":\"READY\",\"architecture\":\"X86_64\","
                   FEATURES(",{\"type\":\"SEV_SNP_CAPABLE\"}"), &err), err);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_ERR(ERR_POLICY, rows[i].message, check(true, "SEV_SNP", rows[i].json, &err), err);
    CHECK_ERR(ERR_FORMAT, "image img: gcloud does not say its id",
              check(true, "SEV_SNP", "{\"status\":\"READY\"," FEATURES(",{\"type\":\"SEV_SNP_CAPABLE\"}"), &err),
              err);
}

static enum err_code check_disk(const char *json, struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 20);
    rc = launch_check_disk("77", slice_text(json), &arena, err);
    arena_clear(&arena);
    return rc;
}

TEST(launch_check_compares_what_the_boot_disk_was_made_of)
{
    struct err err;

    CHECK_OK(check_disk("{\"sourceImage\":\"h/images/x\",\"sourceImageId\":\"77\"}", &err), err);
    CHECK_ERR(ERR_POLICY, "its boot disk was made of the image \"h/images/img\" with the id \"770\", want id 77",
              check_disk("{\"sourceImage\":\"h/images/img\",\"sourceImageId\":\"770\"}", &err), err);
    CHECK_ERR(ERR_POLICY, "its boot disk was made of the image nothing with the id nothing, want id 77",
              check_disk("{}", &err), err);
    CHECK_NUMBER(ERR_FORMAT, check_disk("[]", &err));
}
