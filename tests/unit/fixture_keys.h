/*
 * fixture_keys.h - sets of the public keys in fixtures/keys, by their names without ".pem".
 */
#ifndef SEALIFT_TESTS_FIXTURE_KEYS_H
#define SEALIFT_TESTS_FIXTURE_KEYS_H

#include <stdio.h>

#include "resolver/core/keys.h"
#include "tests/unit/test.h"

/* Adds the keys of `names`, which are separated by blanks; each is called by its name. */
static inline void fixture_keys_add(struct keys *keys, struct arena *arena, const char *names)
{
    struct slice rest = slice_text(names);

    while (rest.len) {
        struct err err;
        const char *name = arena_copy(arena, slice_cut(&rest, ' '), &err);
        char path[256];

        snprintf(path, sizeof path, "fixtures/keys/%s.pem", name);
        CHECK_OK(keys_add(keys, test_file(path), name, arena, &err), err);
    }
}

/* The key of that name in the set, or NULL. */
static inline const struct key *fixture_key(const struct keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (slice_is(slice_text(keys->list[i]->name), name))
            return keys->list[i];
    }
    return NULL;
}

#endif
