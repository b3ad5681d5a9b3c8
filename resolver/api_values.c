#include "resolver/api_values.h"

#include <string.h>

int api_values_report(const struct err *err, struct sealift_error *error)
{
    error->status = err_exit_status(err->code);
    memcpy(error->message, err->msg, sizeof error->message);
    return error->status;
}

int api_values_succeed(struct sealift_error *error)
{
    memset(error, 0, sizeof *error);
    return SEALIFT_OK;
}

enum err_code api_values_keys(const struct sealift_keys *outer, struct arena *arena,
                              struct keys *keys, struct err *err)
{
    memset(keys, 0, sizeof *keys);
    if (!outer)
        return ERR_OK;
    keys->threshold = outer->threshold;
    for (size_t i = 0; i < outer->count; i++) {
        if (keys_add(keys, slice_of(outer->pem[i].data, outer->pem[i].size), "", arena, err))
            return err_add(err, "key %zu", i);
    }
    return ERR_OK;
}
