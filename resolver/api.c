/* api.c - sealift.h on top of core/: types translated, nothing decided. */
#include "resolver/sealift.h"

#include <string.h>

#include "resolver/api_values.h"
#include "resolver/core/find.h"
#include "resolver/core/measurements.h"
#include "resolver/core/select.h"

struct sealift_memory {
    struct arena arena;
    size_t refused_bytes; /* what a source asked for last and did not get; 0 when nothing was refused */
};

/* A caller's source seen as one of ours. */
struct adapter {
    const struct sealift_source *outer;
    struct source source;
};

void *sealift_alloc(struct sealift_memory *memory, size_t size)
{
    struct err ignored;
    void *area = arena_alloc(&memory->arena, size, &ignored);

    if (!area)
        memory->refused_bytes = size;
    return area;
}

static enum err_code get(void *ctx, const char *name, size_t max_bytes, struct arena *arena,
                         enum source_answer *answer, struct slice *bytes, struct err *err)
{
    const struct adapter *adapter = ctx;
    struct sealift_bytes document = {NULL, 0};
    /* The arena of every call made here is that of a struct sealift_memory, its first member. */
    struct sealift_memory *memory = (struct sealift_memory *)(void *)arena;
    enum sealift_answer found;

    *answer = SOURCE_ABSENT;
    *bytes = (struct slice){NULL, 0};
    memory->refused_bytes = 0;
    found = adapter->outer->get(adapter->outer->context, name, max_bytes, memory, &document);
    if (found == SEALIFT_ABSENT)
        return ERR_OK;
    if (found != SEALIFT_FOUND && memory->refused_bytes)
        return err_set(err, ERR_LIMIT, "%s/%s: the memory has no room for %zu bytes",
                       adapter->source.base, name, memory->refused_bytes);
    if (found != SEALIFT_FOUND)
        return err_set(err, ERR_IO, "%s/%s: the source failed", adapter->source.base, name);
    if (document.size > max_bytes)
        return err_set(err, ERR_LIMIT, "%s/%s: %zu bytes, at most %zu are allowed",
                       adapter->source.base, name, document.size, max_bytes);
    *answer = SOURCE_FOUND;
    *bytes = slice_of(document.data, document.size);
    return ERR_OK;
}

static const struct source *adapt(const struct sealift_source *outer, struct adapter *adapter)
{
    if (!outer)
        return NULL;
    adapter->outer = outer;
    adapter->source =
        (struct source){.ctx = adapter, .base = outer->name ? outer->name : "source", .get = get};
    return &adapter->source;
}

static void fill_signers(const struct verified *verified, struct sealift_signers *signers)
{
    memset(signers, 0, sizeof *signers);
    for (size_t i = 0; i < verified->signer_count; i++)
        signers->index[signers->count++] = verified->signers[i]->place;
}

static enum err_code parse_request(const struct sealift_request *outer, struct request *request,
                                   struct err *err)
{
    return request_parse(slice_text(outer->uid), slice_text(outer->csp), slice_text(outer->region),
                         slice_text(outer->variant), request, err);
}

static enum err_code resolve(const struct sealift_request *outer, const struct finder *finder,
                             const struct sealift_keys *table_keys, struct arena *arena,
                             struct sealift_reference *reference, struct err *err)
{
    const struct table_entry *entry;
    struct found_table *found = arena_alloc(arena, sizeof *found, err);
    struct request request;
    struct keys keys;

    if (!found || parse_request(outer, &request, err) ||
        api_values_keys(table_keys, arena, &keys, err) ||
        find_table(finder, &request.uid, &keys, arena, found, err) ||
        select_entry(&found->table, &request, &entry, err))
        return err->code;
    fill_signers(&found->verified, &reference->signers);
    reference->is_local = found->origin.is_local;
    reference->reference = arena_copy(arena, entry_reference(entry), err);
    reference->variant = arena_copy(arena, entry_variant(entry), err);
    reference->region = arena_copy(arena, entry_region(entry), err);
    reference->document = found->origin.name;
    return reference->reference && reference->variant && reference->region ? ERR_OK : ERR_LIMIT;
}

int sealift_resolve(const struct sealift_request *request, const struct sealift_source *local,
                    const struct sealift_source *repository, const struct sealift_keys *table_keys,
                    void *memory, size_t memory_size, struct sealift_reference *reference,
                    struct sealift_error *error)
{
    struct adapter adapters[2];
    struct finder finder = {.local = adapt(local, &adapters[0]),
                            .repository = adapt(repository, &adapters[1]),
                            .layout = -1};
    struct sealift_memory area;
    struct err err;

    memset(reference, 0, sizeof *reference);
    arena_init_fixed(&area.arena, memory, memory_size);
    if (resolve(request, &finder, table_keys, &area.arena, reference, &err)) {
        memset(reference, 0, sizeof *reference);
        return api_values_report(&err, error);
    }
    return api_values_succeed(error);
}

static void fill_registers(const struct measurements *inner,
                           struct sealift_measurements *measurements)
{
    measurements->register_size = inner->size_bytes;
    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        measurements->registers[i].is_set = inner->registers[i].is_set;
        measurements->registers[i].warn_only = inner->registers[i].warn_only;
        memcpy(measurements->registers[i].expected, inner->registers[i].expected,
               REGISTER_SIZE_MAX);
    }
}

static enum err_code measure(const struct sealift_request *outer, const struct finder *finder,
                             const struct sealift_keys *outer_keys, struct arena *arena,
                             struct sealift_measurements *measurements, struct err *err)
{
    struct origin *origin = arena_alloc(arena, sizeof *origin, err);
    struct measurements inner;
    struct verified verified;
    struct request request;
    struct keys keys;

    if (!origin || parse_request(outer, &request, err) ||
        api_values_keys(outer_keys, arena, &keys, err) ||
        find_measurements(finder, &request.uid, request.csp, &keys, arena, &verified, origin, err))
        return err->code;
    if (measurements_parse(&verified, &request, arena, &inner, err))
        return err_add(err, "%s", origin->name);
    fill_signers(&verified, &measurements->signers);
    fill_registers(&inner, measurements);
    measurements->document = origin->name;
    measurements->variant = arena_copy(arena, inner.variant, err);
    return measurements->variant ? ERR_OK : ERR_LIMIT;
}

int sealift_measurements(const struct sealift_request *request,
                         const struct sealift_source *repository, const struct sealift_keys *keys,
                         void *memory, size_t memory_size,
                         struct sealift_measurements *measurements, struct sealift_error *error)
{
    struct adapter adapter;
    struct finder finder = {.repository = adapt(repository, &adapter), .layout = -1};
    struct sealift_memory area;
    struct err err;

    memset(measurements, 0, sizeof *measurements);
    arena_init_fixed(&area.arena, memory, memory_size);
    if (measure(request, &finder, keys, &area.arena, measurements, &err)) {
        memset(measurements, 0, sizeof *measurements);
        return api_values_report(&err, error);
    }
    return api_values_succeed(error);
}

static enum err_code verify(struct slice document, const struct sealift_bytes *signatures,
                            size_t signature_count, const struct sealift_keys *outer_keys,
                            struct arena *arena, struct sealift_signers *signers, struct err *err)
{
    struct evidence *evidence;
    struct verified verified;
    struct keys keys;

    if (signature_count > KEYS_MAX)
        return err_set(err, ERR_LIMIT, "%zu signatures, at most %d are read", signature_count,
                       KEYS_MAX);
    evidence = arena_array(arena, signature_count, sizeof *evidence, err);
    if (!evidence || api_values_keys(outer_keys, arena, &keys, err))
        return err->code;
    for (size_t i = 0; i < signature_count; i++)
        evidence[i] = (struct evidence){.name = "signature",
                                        .bytes = slice_of(signatures[i].data, signatures[i].size)};
    if (verify_bytes(document, evidence, signature_count, &keys, arena, &verified, err))
        return err->code;
    fill_signers(&verified, signers);
    return ERR_OK;
}

int sealift_verify(struct sealift_bytes document, const struct sealift_bytes *signatures,
                   size_t signature_count, const struct sealift_keys *keys, void *memory,
                   size_t memory_size, struct sealift_signers *signers, struct sealift_error *error)
{
    struct arena arena;
    struct err err;

    memset(signers, 0, sizeof *signers);
    arena_init_fixed(&arena, memory, memory_size);
    if (verify(slice_of(document.data, document.size), signatures, signature_count, keys, &arena,
               signers, &err))
        return api_values_report(&err, error);
    return api_values_succeed(error);
}

const char *sealift_status_name(int status)
{
    for (int code = ERR_OK; code <= ERR_DIFFERS; code++) {
        if (err_exit_status((enum err_code)code) == status)
            return err_name((enum err_code)code);
    }
    return err_name(ERR_BUG);
}

const char *sealift_version(void)
{
    return SEALIFT_VERSION;
}
