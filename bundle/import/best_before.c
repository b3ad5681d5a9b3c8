#include "bundle/import/best_before.h"

#include "bundle/archive/timestamp.h"

enum err_code best_before_check(const struct manifest *manifest, int64_t now, struct err *err)
{
    char clock_text[TIMESTAMP_SIZE], best_text[TIMESTAMP_SIZE], made_text[TIMESTAMP_SIZE];

    if (manifest->best_before == MANIFEST_TIME_NONE)
        return ERR_OK;
    timestamp_format(now, clock_text);
    timestamp_format(manifest->best_before, best_text);
    timestamp_format(manifest->created, made_text);
    if (now < CLOCK_MIN)
        return err_set(err, ERR_POLICY, "%s: the clock of this machine says %s, which cannot be: "
                       "whether the bundle, best before %s, is still good cannot be told",
                       manifest->uid.text, clock_text, best_text);
    if (manifest->created != MANIFEST_TIME_NONE && now < manifest->created)
        return err_set(err, ERR_POLICY, "%s: the clock of this machine says %s, and the bundle was "
                       "made at %s: whether it, best before %s, is still good cannot be told",
                       manifest->uid.text, clock_text, made_text, best_text);
    if (now > manifest->best_before)
        return err_set(err, ERR_POLICY, "%s: was best before %s, and the clock of this machine says "
                       "%s", manifest->uid.text, best_text, clock_text);
    return ERR_OK;
}
