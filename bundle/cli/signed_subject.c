#include "bundle/cli/signed_subject.h"

#include <string.h>
#include <time.h>

#include "bundle/import/best_before.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

static enum err_code read_expired(const struct invocation *invocation, bool *is_warned,
                                  struct err *err)
{
    const char *how = invocation->values[OPT_EXPIRED];

    *is_warned = how && strcmp(how, "warn") == 0;
    if (!how || *is_warned || strcmp(how, "fail") == 0)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "--expired %s: want fail or warn", quote(slice_text(how)).text);
}

static enum err_code check_date(const struct invocation *invocation, const struct subject *subject,
                                bool is_warned, struct err *err)
{
    struct quoted path = quote_bare(slice_text(subject->paths[0]));

    if (best_before_check(subject->manifest, (int64_t)time(NULL), err) == ERR_OK)
        return ERR_OK;
    err_add(err, "%s", path.text);
    if (!is_warned)
        return err->code;
    say_warning(invocation, "%s", err->msg);
    return ERR_OK;
}

enum err_code signed_subject_open(struct session *session, const char *const *paths, size_t count,
                                  const struct subject_choice *choice, struct bundle_keys *keys,
                                  struct subject *subject, struct err *err)
{
    struct subject_choice trusting = *choice;
    bool is_warned;

    subject_init(subject);
    if (read_expired(session->invocation, &is_warned, err) != ERR_OK ||
        bundle_keys_read(session, keys, err) != ERR_OK)
        return err->code;
    if (keys->bundles.count == 0)
        return err_set(err, ERR_NO_KEY, "%s: no key to check the bundle with: give --key FILE or "
                       "--bundle-key FILE", quote_bare(slice_text(paths[0])).text);
    trusting.keys = &keys->bundles;
    if (subject_open(paths, count, &trusting, &session->arena, subject, err) != ERR_OK)
        return bundle_input_blame(&subject->input, err->code, err);
    if (!subject->layer || !subject->is_signed)
        return err_set(err, ERR_IO, "%s: changed while it was being read",
                       quote_bare(slice_text(paths[0])).text);
    return check_date(session->invocation, subject, is_warned, err);
}

enum err_code signed_subject_refuse(const struct invocation *invocation, const char *path,
                                    const enum option *options, struct err *err)
{
    for (size_t i = 0; options[i] != OPTION_COUNT; i++) {
        if (invocation->given[options[i]])
            return err_set(err, ERR_USAGE, "--%s is for bundles, and %s is a disk image: nothing in it "
                           "is signed", program_options[options[i]].name,
                           quote_bare(slice_text(path)).text);
    }
    return ERR_OK;
}
