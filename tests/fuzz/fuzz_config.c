/*
 * fuzz_config.c - config_parse: what it accepts names a provider, and places that are there.
 */
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/yaml.h"
#include "resolver/core/config.h"
#include "tests/fuzz/fuzz.h"

#define MEMORY_MAX ((size_t)64 << 20)

static void check_config(struct slice bytes, const struct config *config, struct arena *arena)
{
    const struct node *node;
    struct err err;

    FUZZ_CHECK(config->csp > CSP_NONE && config->csp < CSP_COUNT);
    FUZZ_CHECK(slice_is(slice_text(config->measurements_path[2]), "measurements"));
    FUZZ_CHECK(config->csp == CSP_AWS || config->region.len == 0);
    FUZZ_CHECK(!variant_contradicts(config->csp, config->variant));
    FUZZ_CHECK(yaml_parse(bytes, arena, &node, &err) == ERR_OK);
    node = node_get(node_get(node, config->measurements_path[0]), config->measurements_path[1]);
    FUZZ_CHECK(node != NULL);
}

static enum err_code ask(struct slice bytes, enum csp csp)
{
    static const struct config zeroed;
    struct config config;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, MEMORY_MAX);
    rc = config_parse(bytes, csp, &arena, &config, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_NOT_FOUND || rc == ERR_AMBIGUOUS ||
               rc == ERR_LIMIT);
    if (rc) {
        FUZZ_CHECK(memcmp(&config, &zeroed, sizeof zeroed) == 0);
    } else {
        FUZZ_CHECK(csp == CSP_NONE || config.csp == csp);
        check_config(bytes, &config, &arena);
    }
    arena_clear(&arena);
    return rc;
}

static bool is_yaml(struct slice bytes)
{
    const struct node *root;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, MEMORY_MAX);
    if (yaml_parse(bytes, &arena, &root, &err))
        root = NULL;
    arena_clear(&arena);
    return root != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size);
    size_t good = 0;
    enum err_code rc = ask(bytes, CSP_NONE);

    if (rc && !is_yaml(bytes))
        return 0;
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++)
        good += ask(bytes, (enum csp)csp) == ERR_OK;
    /* Where no choice is needed, one provider is good at most; and then it is that one. */
    FUZZ_CHECK(rc != ERR_OK || good == 1);
    return 0;
}
