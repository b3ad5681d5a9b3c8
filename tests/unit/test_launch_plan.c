#include "bundle/publish/launch_plan.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static struct launch_request good(void)
{
    return (struct launch_request){.name = "vm",
                                   .zone = "us-central1-a",
                                   .machine_type = "n2d-standard-2",
                                   .image = "img",
                                   .user_data_path = "data.json",
                                   .user_data = SLICE("{}")};
}

static enum err_code plan_it(const struct launch_request *request, struct launch_plan *plan,
                             struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 20);
    rc = launch_plan_make(request, &arena, plan, err);
    arena_clear(&arena);
    return rc;
}

/* The last word that begins so decides in gcloud, and there must be one alone. */
static size_t count_words(const struct command *command, const char *word)
{
    size_t count = 0;

    for (size_t i = 0; i < command->count; i++)
        count += strcmp(command->words[i], word) == 0;
    return count;
}

TEST(launch_plan_always_has_what_protects)
{
    static const char *const machines[] = {"n2d-standard-2", "c2d-standard-2", "c3d-standard-2",
                                           "c4d-standard-2", "c3-standard-4", "a3-highgpu-1g",
                                           "t2a-standard-1", "c4a-standard-1", "n9-standard-1"};
    static const char *const wanted[] = {
        "--maintenance-policy=TERMINATE", "--shielded-secure-boot", "--shielded-vtpm",
        "--shielded-integrity-monitoring"};

    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        struct launch_request request = good();
        struct launch_plan plan;
        struct arena arena;
        struct err err;

        arena_init_heap(&arena, 1 << 20);
        request.machine_type = machines[i];
        request.allow_plain = machines[i][0] == 't' || strncmp(machines[i], "c4a", 3) == 0;
        request.type = machines[i][1] == '9' ? "TDX" : NULL;
        CHECK_OK(launch_plan_make(&request, &arena, &plan, &err), err);
        CHECK((plan.type != NULL) == !request.allow_plain);
        for (size_t j = 0; j < sizeof wanted / sizeof wanted[0]; j++)
            CHECK_NUMBER(1, count_words(&plan.create, wanted[j]));
        CHECK_NUMBER(1, count_words(&plan.create, "--metadata-from-file=user-data=data.json"));
        arena_clear(&arena);
    }
}

TEST(launch_plan_checks_names)
{
    static const char *const bad_names[] = {"", "1a", "a-", "A", "a_b", "a.b", "-a", "a b"};
    static const char *const bad_zones[] = {"", "a", "us-central1", "us-central1-", "us-central-a",
                                            "us-central1-A", "us-central1-1"};
    static const char *const bad_projects[] = {"short", "1project", "project-", "Project-1", ":project",
                                               "a project", "a-project-of-more-than-thirty-c"};
    static const char *const bad_images[] = {"", "/a", "a/b", "-i", "i;x", "projects/p/global/images/",
                                             "i x", "--x"};
    struct launch_request request;
    struct launch_plan plan;
    struct err err;

#define REFUSE(list, field)                                          \
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {      \
        request = good();                                            \
        request.field = list[i];                                     \
        CHECK_NUMBER(ERR_USAGE, plan_it(&request, &plan, &err));     \
        CHECK(plan.request == NULL);                                 \
    }
    REFUSE(bad_names, name)
    REFUSE(bad_zones, zone)
    REFUSE(bad_projects, project)
    REFUSE(bad_images, image)
#undef REFUSE
    request = good();
    request.name = "a23456789012345678901234567890123456789012345678901234567890123";
    request.project = "example.com:project-1";
    request.image = "https://www.googleapis.com/compute/v1/projects/p/global/images/i-1";
    CHECK_OK(plan_it(&request, &plan, &err), err);
    request.name = "a234567890123456789012345678901234567890123456789012345678901234";
    CHECK_NUMBER(ERR_USAGE, plan_it(&request, &plan, &err));
}

TEST(launch_plan_passes_policy_over_usage)
{
    const char *extra[] = {"--maintenance-policy=MIGRATE"};
    struct launch_request request = good();
    struct launch_plan plan;
    struct err err;

    request.name = "A";
    request.extra = extra;
    request.extra_count = 1;
    CHECK_NUMBER(ERR_POLICY, plan_it(&request, &plan, &err));
    CHECK(strstr(err.msg, "name \"A\"") && strstr(err.msg, "MIGRATE"));
}

TEST(launch_plan_takes_paths_with_commas)
{
    struct launch_request request = good();
    struct launch_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    request.user_data_path = "a,b";
    CHECK_OK(launch_plan_make(&request, &arena, &plan, &err), err);
    CHECK_NUMBER(1, count_words(&plan.create, "--metadata-from-file=^|^user-data=a,b"));
    request.user_data_path = ",|#;+~%";
    CHECK_NUMBER(ERR_USAGE, launch_plan_make(&request, &arena, &plan, &err));
    CHECK_NUMBER(0, plan.create.count);
    arena_clear(&arena);
}
