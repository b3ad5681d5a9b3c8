#include "bundle/cli/convert_source.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "bundle/import/best_before.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/source/file.h"

#define START 512
#define TAR_MAGIC_AT 257

/* --- A bundle? ---------------------------------------------------------------------------------- */

static bool is_layout(const char *path)
{
    char marker[PATH_MAX];

    return snprintf(marker, sizeof marker, "%s/oci-layout", path) < (int)sizeof marker &&
           access(marker, F_OK) == 0;
}

static enum err_code look_at(int fd, bool *answer, struct err *err)
{
    uint8_t start[START] = {0};
    struct image file;
    size_t size;

    if (image_of_file(&fd, &file, err) != ERR_OK)
        return err->code;
    size = file.size < START ? (size_t)file.size : START;
    if (image_read(&file, 0, start, size, err) != ERR_OK)
        return err->code;
    *answer = memcmp(start + TAR_MAGIC_AT, "ustar", 5) == 0 || bundle_parts_is(&file);
    return ERR_OK;
}

static enum err_code is_bundle(const char *path, bool *answer, struct err *err)
{
    enum err_code rc;
    int fd;

    *answer = is_layout(path);
    if (*answer)
        return ERR_OK;
    fd = file_open(path, err);
    if (fd < 0)
        return err->code;
    rc = look_at(fd, answer, err);
    close(fd);
    return rc == ERR_OK ? rc : err_add(err, "%s", quote_bare(slice_text(path)).text);
}

/* --- Opening ------------------------------------------------------------------------------------ */

static enum err_code check_date(const struct invocation *invocation, const struct manifest *manifest,
                                struct err *err)
{
    const char *how = invocation->values[OPT_EXPIRED];
    bool is_warned = how && strcmp(how, "warn") == 0;

    if (how && !is_warned && strcmp(how, "fail") != 0)
        return err_set(err, ERR_USAGE, "--expired %s: want fail or warn",
                       quote(slice_text(how)).text);
    if (best_before_check(manifest, (int64_t)time(NULL), err) == ERR_OK)
        return ERR_OK;
    if (!is_warned)
        return err->code;
    say_warning(invocation, "%s", err->msg);
    return ERR_OK;
}

static enum err_code open_bundle(struct session *session, const char *path,
                                 struct convert_source *source, struct err *err)
{
    const struct invocation *invocation = session->invocation;
    const struct subject_choice choice = {.uid = slice_text(invocation->values[OPT_UID]),
                                          .csp = slice_text(invocation->values[OPT_CSP]),
                                          .variant = slice_text(invocation->values[OPT_VARIANT]),
                                          .keys = &source->keys.bundles};
    enum err_code rc = bundle_keys_read(session, &source->keys, err);

    if (rc != ERR_OK)
        return rc;
    if (source->keys.bundles.count == 0)
        return err_set(err, ERR_NO_KEY, "%s: no key to check the bundle with: give --key FILE or "
                       "--bundle-key FILE", quote_bare(slice_text(path)).text);
    source->path = path;
    rc = subject_open(&source->path, 1, &choice, &session->arena, &source->subject, err);
    if (rc != ERR_OK)
        return bundle_input_blame(&source->subject.input, rc, err);
    if (!source->subject.layer || !source->subject.is_signed)
        return err_set(err, ERR_IO, "%s: changed while it was being read",
                       quote_bare(slice_text(path)).text);
    if (check_date(invocation, source->subject.manifest, err) != ERR_OK)
        return err->code == ERR_USAGE ? err->code
                                      : err_add(err, "%s", quote_bare(slice_text(path)).text);
    source->image = &source->subject.image;
    source->layer = source->subject.layer;
    return ERR_OK;
}

/* Nothing of a disk is signed, and there is but one image: who gives these thinks otherwise. */
static enum err_code check_options(const struct invocation *invocation, const char *path,
                                   struct err *err)
{
    static const struct {
        enum option option;
        const char *name;
    } rows[] = {{OPT_UID, "uid"},         {OPT_CSP, "csp"},
                {OPT_VARIANT, "variant"}, {OPT_KEY, "key"},
                {OPT_BUNDLE_KEY, "bundle-key"}, {OPT_THRESHOLD, "threshold"},
                {OPT_EXPIRED, "expired"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (invocation->given[rows[i].option])
            return err_set(err, ERR_USAGE, "--%s is for bundles, and %s is a disk image: nothing in it "
                           "is signed", rows[i].name, quote_bare(slice_text(path)).text);
    }
    return ERR_OK;
}

enum err_code convert_source_open(struct session *session, const char *path,
                                  struct convert_source *source, struct err *err)
{
    bool answer;

    memset(source, 0, sizeof *source);
    subject_init(&source->subject);
    source->disk.fd = -1;
    if (is_bundle(path, &answer, err) != ERR_OK)
        return err->code;
    if (answer)
        return open_bundle(session, path, source, err);
    if (check_options(session->invocation, path, err) != ERR_OK ||
        disk_input_open(path, &session->arena, &source->disk, err) != ERR_OK)
        return err->code;
    source->image = &source->disk.image;
    return ERR_OK;
}

enum err_code convert_source_unchanged(const struct convert_source *source, struct err *err)
{
    return source->layer ? bundle_input_unchanged(&source->subject.input, err)
                         : disk_input_check(&source->disk, err);
}

void convert_source_close(struct convert_source *source)
{
    subject_close(&source->subject);
    disk_input_close(&source->disk);
    memset(source, 0, sizeof *source);
    subject_init(&source->subject);
    source->disk.fd = -1;
}
