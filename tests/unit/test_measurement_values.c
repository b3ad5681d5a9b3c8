/* The values of a set; test_measurements.c has them within documents. */
#include "resolver/core/measurement_values.h"

#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "tests/unit/test.h"

static enum err_code read_set(const char *text, struct measurement registers[REGISTER_COUNT],
                              size_t *size, struct err *err)
{
    const struct node *root;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(json_parse(slice_text(text), &arena, &root, err), *err);
    rc = measurement_values_read(root, registers, size, err);
    arena_clear(&arena);
    return rc;
}

TEST(measurement_values_read_a_map)
{
    struct measurement registers[REGISTER_COUNT];
    size_t size = 0;
    struct err err = {0};

    CHECK_OK(read_set("{\"1\":\"0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPss=\",\"23\":{\"expected\":"
                      "\"0000000000000000000000000000000000000000000000000000000000000001\","
                      "\"warnOnly\":true}}", registers, &size, &err), err);
    CHECK_NUMBER(32, size);
    CHECK(registers[1].is_set && !registers[1].warn_only && registers[1].expected[0] == 0xd0);
    CHECK(registers[23].warn_only && registers[23].expected[31] == 1 && !registers[0].is_set);
}

TEST(measurement_values_leave_nothing_on_failure)
{
    struct measurement registers[REGISTER_COUNT];
    size_t size = 1;
    struct err err = {0};

    CHECK_ERR(ERR_FORMAT, "line 1: register \"x\": want a number from 0 to 23",
              read_set("{\"4\":\"0000000000000000000000000000000000000000000000000000000000000001\","
                       "\"x\":\"\"}", registers, &size, &err), err);
    CHECK(size == 0 && !registers[4].is_set);
    size = 1;
    CHECK_ERR(ERR_FORMAT, "measurements: missing, want an object",
              measurement_values_read(NULL, registers, &size, &err), err);
    CHECK_NUMBER(0, size);
}
