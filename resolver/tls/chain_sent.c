#include "resolver/tls/chain_sent.h"

#include <string.h>

void chain_sent_init(struct chain_sent *sent)
{
    sent->count = sent->total_bytes = sent->used_bytes = 0;
}

void chain_sent_begin(struct chain_sent *sent)
{
    if (sent->count < CHAIN_CERTS_MAX)
        sent->certs[sent->count] = slice_of(sent->bytes + sent->used_bytes, 0);
    sent->count++;
}

void chain_sent_append(struct chain_sent *sent, struct slice bytes)
{
    sent->total_bytes += bytes.len;
    if (sent->count == 0 || sent->count > CHAIN_CERTS_MAX || sent->total_bytes > CHAIN_BYTES_MAX)
        return;
    if (bytes.len > 0)
        memcpy(sent->bytes + sent->used_bytes, bytes.ptr, bytes.len);
    sent->used_bytes += bytes.len;
    sent->certs[sent->count - 1].len += bytes.len;
}
