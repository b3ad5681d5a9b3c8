#include "tests/contract/tsv.h"

#include <stdio.h>

bool tsv_next(struct slice *rest, struct slice *fields, size_t count)
{
    struct slice line;

    do {
        if (rest->len == 0)
            return false;
        line = slice_cut(rest, '\n');
    } while (line.len == 0 || line.ptr[0] == '#');
    for (size_t i = 0; i < count; i++)
        fields[i] = slice_cut(&line, '\t');
    return true;
}

enum err_code tsv_code(struct slice name)
{
    for (enum err_code code = ERR_OK; code <= ERR_DIFFERS; code++) {
        if (slice_is(name, err_name(code)))
            return code;
    }
    return ERR_BUG;
}

const char *tsv_path(char out[256], const char *folder, struct slice name)
{
    snprintf(out, 256, "%s/%.*s", folder, (int)name.len, (const char *)name.ptr);
    return out;
}
