#include "bundle/cli/table_publish_trust.h"

#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

enum err_code table_publish_trust(const struct invocation *invocation,
                                  const struct signature_files *files, const char *path,
                                  struct slice document, const struct keys *keys,
                                  const char *option, struct arena *arena,
                                  struct verified *verified, struct err *err)
{
    size_t others;

    memset(verified, 0, sizeof *verified);
    if (signature_files_check(files, document, arena, err) != ERR_OK)
        return err->code;
    if (keys->count == 0) {
        say_warning(invocation, "%s: its signatures were not checked: no --%s is given",
                    quote_bare(slice_text(path)).text, option);
        return ERR_OK;
    }
    if (signature_files_verify(files, document, keys, arena, verified, &others, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    if (others > 0)
        say_warning(invocation, "%s: signature files by keys that are not given were not checked",
                    quote_bare(slice_text(path)).text);
    return ERR_OK;
}
