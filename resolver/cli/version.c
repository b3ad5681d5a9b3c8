#include "resolver/cli/version.h"

#include "resolver/crypto/crypto.h"
#include "resolver/crypto/sha256.h"

void version_print(const char *program, struct buf *out)
{
    buf_add_format(out, "%s %s\n", program, SEALIFT_VERSION);
    buf_add_text(out, "signatures: ");
    for (size_t i = 0; crypto_backends[i]; i++)
        buf_add_format(out, "%s%s", i ? " and " : "", crypto_backends[i]->name);
    buf_add_format(out, "\nSHA-256: %s\nlibraries: %s\n", sha256_name(), program_libraries);
}
