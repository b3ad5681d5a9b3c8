#include "resolver/core/uid.h"

#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/base/quote.h"

static const char *const release_streams[] = {"stable", "console", "debug", NULL};
static const char *const branch_streams[] = {"nightly", "console", "debug", NULL};

static bool is_alphanumeric(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool is_release_ref(struct slice ref)
{
    return slice_is(ref, "-");
}

static enum err_code check_ref(struct slice ref, struct err *err)
{
    if (ref.len == 0)
        return err_set(err, ERR_FORMAT, "the ref is empty");
    if (slice_begins(ref, "refs-heads"))
        return err_set(err, ERR_FORMAT, "the ref begins with \"refs-heads\": give the branch alone");
    for (size_t i = 0; i < ref.len; i++) {
        if (!is_alphanumeric((char)ref.ptr[i]) && ref.ptr[i] != '-')
            return err_set(err, ERR_FORMAT, "a ref has letters, digits and hyphens alone");
    }
    return ERR_OK;
}

static enum err_code check_stream(struct slice ref, struct slice stream, struct err *err)
{
    bool is_release = is_release_ref(ref);
    const char *const *known = is_release ? release_streams : branch_streams;

    for (; *known; known++) {
        if (slice_is(stream, *known))
            return ERR_OK;
    }
    return err_set(err, ERR_FORMAT, "stream %s: want %s, console or debug on ref %s",
                   quote(stream).text, is_release ? "stable" : "nightly", quote(ref).text);
}

static enum err_code too_long(struct err *err)
{
    return err_set(err, ERR_FORMAT, "longer than %d characters", UID_MAX);
}

static void copy_text(char out[UID_MAX + 1], struct slice text)
{
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
}

/* The shortest form; one that is too long does not fit into text. */
static enum err_code make_text(struct uid *uid, struct err *err)
{
    struct buf text;

    buf_init_fixed(&text, uid->text, sizeof uid->text);
    if (strcmp(uid->ref, "-") != 0) {
        buf_add_text(&text, "ref/");
        buf_add_text(&text, uid->ref);
        buf_add_byte(&text, '/');
    }
    /* Only ref "-" has a stream "stable". */
    if (strcmp(uid->stream, "stable") != 0) {
        buf_add_text(&text, "stream/");
        buf_add_text(&text, uid->stream);
        buf_add_byte(&text, '/');
    }
    buf_add_text(&text, uid->version);
    buf_add_byte(&text, '\0');
    if (text.failed)
        return too_long(err);
    return ERR_OK;
}

static enum err_code check_parts(struct slice ref, struct slice stream, struct slice version,
                                 struct err *err)
{
    struct semver ignored;

    if (ref.len > UID_MAX || version.len > UID_MAX)
        return too_long(err);
    if (check_ref(ref, err) || check_stream(ref, stream, err))
        return err->code;
    if (semver_parse(version, &ignored, err))
        return err_add(err, "version %s", quote(version).text);
    return ERR_OK;
}

enum err_code uid_from_parts(struct slice ref, struct slice stream, struct slice version,
                             struct uid *uid, struct err *err)
{
    memset(uid, 0, sizeof *uid);
    if (check_parts(ref, stream, version, err))
        return err->code;
    copy_text(uid->ref, ref);
    copy_text(uid->stream, stream);
    copy_text(uid->version, version);
    if (make_text(uid, err))
        memset(uid, 0, sizeof *uid);
    return uid->text[0] ? ERR_OK : err->code;
}

/* Cuts "ref/R/stream/S/V", "stream/S/V" or "V" into its parts. */
static enum err_code cut_parts(struct slice text, struct slice *ref, struct slice *stream,
                               struct slice *version, struct err *err)
{
    struct slice rest = text;

    *ref = SLICE("-");
    *stream = SLICE("stable");
    if (slice_begins(rest, "ref/")) {
        slice_cut(&rest, '/');
        *ref = slice_cut(&rest, '/');
        if (!slice_begins(rest, "stream/"))
            return err_set(err, ERR_FORMAT, "\"ref/REF/\" is followed by \"stream/STREAM/VERSION\"");
    }
    if (slice_begins(rest, "stream/")) {
        slice_cut(&rest, '/');
        *stream = slice_cut(&rest, '/');
    }
    *version = rest;
    return ERR_OK;
}

enum err_code uid_parse(struct slice text, struct uid *uid, struct err *err)
{
    struct slice ref, stream, version;

    memset(uid, 0, sizeof *uid);
    if (text.len == 0)
        return err_set(err, ERR_FORMAT, "uid: empty; want a version such as v2.2.0");
    if (cut_parts(text, &ref, &stream, &version, err) ||
        uid_from_parts(ref, stream, version, uid, err))
        return err_add(err, "uid %s", quote(text).text);
    return ERR_OK;
}

bool uid_equal(const struct uid *a, const struct uid *b)
{
    return strcmp(a->text, b->text) == 0;
}

int uid_compare(const struct uid *a, const struct uid *b)
{
    struct semver a_version, b_version;
    struct err ignored;
    int order = strcmp(a->ref, b->ref);

    if (order == 0)
        order = strcmp(a->stream, b->stream);
    if (order != 0)
        return order;
    if (semver_parse(slice_text(a->version), &a_version, &ignored) ||
        semver_parse(slice_text(b->version), &b_version, &ignored))
        return strcmp(a->version, b->version);
    return semver_compare(&a_version, &b_version);
}

void uid_file_name(const struct uid *uid, char out[UID_MAX + 1])
{
    size_t i;

    for (i = 0; uid->text[i]; i++) {
        char byte = uid->text[i];

        out[i] = is_alphanumeric(byte) || byte == '.' || byte == '-' ? byte : '_';
    }
    out[i] = '\0';
}
