#include "bundle/publish/md5.h"

#include <assert.h>
#include <bearssl_hash.h>

static_assert(sizeof(br_md5_context) <= MD5_CONTEXT, "MD5_CONTEXT");

void md5_init(struct md5 *hash)
{
    br_md5_init((br_md5_context *)(void *)&hash->context);
}

void md5_update(struct md5 *hash, struct slice data)
{
    br_md5_update((br_md5_context *)(void *)&hash->context, data.ptr, data.len);
}

void md5_final(const struct md5 *hash, uint8_t digest[MD5_SIZE])
{
    br_md5_out((const br_md5_context *)(const void *)&hash->context, digest);
}
