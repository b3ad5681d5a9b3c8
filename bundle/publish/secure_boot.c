#include "bundle/publish/secure_boot.h"

#include <string.h>

#include "bundle/publish/problems.h"
#include "resolver/base/pem.h"
#include "resolver/base/quote.h"
#include "resolver/tls/x509.h"
#include "resolver/tls/x509_name.h"

#define ROLES 3
#define WORDS 3

static const char *const role_names[ROLES] = {"PK", "KEK", "db"};

/* How subjects name a role, in small letters; the last only as a word by itself. */
static const char *const role_words[ROLES][WORDS] = {
    {"platform key", "platform_key", "pk"},
    {"key exchange", "key_exchange", "kek"},
    {"signature database", "signature_database", "db"},
};

/* EFI_CERT_X509_GUID, with which a list of certificates begins (UEFI 2.10, 32.4.1). */
static const uint8_t list_mark[] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                    0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
/* EFI_CERT_TYPE_PKCS7_GUID, which follows the time and the lengths of a signed update. */
static const uint8_t update_mark[] = {0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
                                      0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7};
#define UPDATE_MARK_AT 24
static const char pem_mark[] = "-----BEGIN";

/* --- Names of files ------------------------------------------------------------------------------ */

static bool is_ending(struct slice ending)
{
    static const char *const endings[] = {"der", "cer", "crt", "pem"};

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (slice_is_nocase(ending, endings[i]))
            return true;
    }
    return false;
}

/* What may stand between the role and the ending: nothing, digits, or "-" and anything. */
static bool is_rest(struct slice rest)
{
    size_t digits = 0;

    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
        digits++;
    return digits == rest.len || rest.ptr[digits] == '-' || rest.ptr[digits] == '_';
}

enum secure_boot_role secure_boot_role_of(const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    struct slice stem;

    if (!dot || !is_ending(slice_text(dot + 1)))
        return SECURE_BOOT_NONE;
    stem = slice_of(file_name, (size_t)(dot - file_name));
    for (size_t i = 0; i < ROLES; i++) {
        size_t len = strlen(role_names[i]);

        if (stem.len >= len && slice_is_nocase(slice_part(stem, 0, len), role_names[i]) &&
            is_rest(slice_part(stem, len, stem.len)))
            return (enum secure_boot_role)i;
    }
    return SECURE_BOOT_NONE;
}

/* --- Files --------------------------------------------------------------------------------------- */

static bool has_at(struct slice bytes, size_t at, const uint8_t *mark, size_t len)
{
    return slice_equal(slice_part(bytes, at, len), slice_of(mark, len));
}

static enum err_code from_pem(struct slice bytes, struct arena *arena, struct slice *der,
                              struct err *err)
{
    struct pem pem;
    uint8_t *out;
    size_t len;

    if (pem_parse(bytes, &pem, err) != ERR_OK)
        return err->code;
    if (slice_ends(pem.label, "PRIVATE KEY"))
        return err_set(err, ERR_POLICY, "is a private key, which must never leave its place; want the "
                       "certificate");
    if (!slice_is(pem.label, "CERTIFICATE"))
        return err_set(err, ERR_FORMAT, "is %s in PEM; want a certificate", quote(pem.label).text);
    out = arena_alloc(arena, pem.body.len, err);
    if (!out || pem_decode(&pem, out, pem.body.len, &len, err) != ERR_OK)
        return err->code;
    *der = slice_of(out, len);
    return ERR_OK;
}

static enum err_code to_der(struct slice bytes, struct arena *arena, struct slice *der,
                            struct err *err)
{
    *der = bytes;
    if (bytes.len == 0)
        return err_set(err, ERR_FORMAT, "is empty; want a certificate");
    if (has_at(bytes, 0, list_mark, sizeof list_mark))
        return err_set(err, ERR_FORMAT, "is an EFI signature list (.esl); want the certificate in it "
                       "(sig-list-to-certs)");
    if (has_at(bytes, UPDATE_MARK_AT, update_mark, sizeof update_mark))
        return err_set(err, ERR_FORMAT, "is a signed update (.auth); want the certificate in it");
    /* SEQUENCE with a length of two octets: what the service looks for. */
    if (bytes.ptr[0] == 0x30)
        return ERR_OK;
    if (!memmem(bytes.ptr, bytes.len, pem_mark, sizeof pem_mark - 1))
        return err_set(err, ERR_FORMAT, "is no certificate, neither in DER nor in PEM (%s CERTIFICATE-----)",
                       pem_mark);
    return from_pem(bytes, arena, der, err);
}

static bool has_key(const struct secure_boot *keys, enum secure_boot_role role, struct slice der)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].role == role && slice_equal(keys->keys[i].der, der))
            return true;
    }
    return false;
}

static size_t count_of(const struct secure_boot *keys, enum secure_boot_role role)
{
    size_t count = 0;

    for (size_t i = 0; i < keys->count; i++)
        count += keys->keys[i].role == role;
    return count;
}

static enum err_code add(struct secure_boot *keys, const char *name, enum secure_boot_role role,
                         struct slice bytes, struct arena *arena, struct err *err)
{
    struct slice der;
    struct x509 cert;

    if (to_der(bytes, arena, &der, err) != ERR_OK || x509_parse(der, &cert, err) != ERR_OK)
        return err->code;
    if (has_key(keys, role, der))
        return ERR_OK;
    if (role == SECURE_BOOT_PK && count_of(keys, role) > 0)
        return err_set(err, ERR_USAGE, "a second PK; there can be one");
    if (keys->count == SECURE_BOOT_KEYS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d keys", SECURE_BOOT_KEYS_MAX);
    keys->keys[keys->count++] =
        (struct secure_boot_key){role, name, der, cert.subject, cert.issuer};
    return ERR_OK;
}

enum err_code secure_boot_add(struct secure_boot *keys, const char *name, enum secure_boot_role role,
                              struct slice bytes, struct arena *arena, struct err *err)
{
    if (add(keys, name, role, bytes, arena, err) == ERR_OK)
        return ERR_OK;
    return err_add(err, "%s", quote_bare(slice_text(name)).text);
}

/* --- Roles --------------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether text, from a name in quotes, has that word; as_word: with no letters around it. */
static bool has_word(const char *text, const char *word, bool as_word)
{
    size_t len = strlen(word), all = strlen(text);

    for (size_t at = 0; at + len <= all; at++) {
        if (slice_is_nocase(slice_of(text + at, len), word) &&
            (!as_word || ((at == 0 || !is_letter(text[at - 1])) && !is_letter(text[at + len]))))
            return true;
    }
    return false;
}

static bool names_role(const struct secure_boot_key *key, size_t role)
{
    struct quoted subject = x509_name_quote(key->subject);

    for (size_t i = 0; i < WORDS; i++) {
        if (has_word(subject.text, role_words[role][i], i == WORDS - 1))
            return true;
    }
    return false;
}

/* The one other role that the subject names; ROLES when it names its own, none, or several. */
static size_t named_role(const struct secure_boot_key *key)
{
    size_t found = ROLES;

    if (names_role(key, key->role))
        return ROLES;
    for (size_t i = 0; i < ROLES; i++) {
        if (!names_role(key, i))
            continue;
        if (found != ROLES)
            return ROLES;
        found = i;
    }
    return found;
}

static void check_two(const struct secure_boot_key *a, const struct secure_boot_key *b,
                      struct problems *problems)
{
    if (a->role < b->role && slice_equal(a->der, b->der))
        problems_add(problems, ERR_POLICY, "%s and %s are the same certificate",
                     quote_bare(slice_text(a->name)).text, quote_bare(slice_text(b->name)).text);
    else if (a->role < b->role && slice_equal(a->issuer, b->subject) &&
             !slice_equal(a->issuer, a->subject))
        problems_add(problems, ERR_POLICY, "%s was issued by %s: are they mixed up?",
                     quote_bare(slice_text(a->name)).text, quote_bare(slice_text(b->name)).text);
}

enum err_code secure_boot_check(const struct secure_boot *keys, struct err *err)
{
    struct problems problems = {0};

    for (size_t i = 0; i < ROLES; i++) {
        if (count_of(keys, (enum secure_boot_role)i) == 0)
            problems_add(&problems, ERR_USAGE, "no %s: want %s.der, .cer, .crt or .pem",
                         role_names[i], role_names[i]);
    }
    for (size_t i = 0; i < keys->count; i++) {
        const struct secure_boot_key *key = &keys->keys[i];
        size_t other = named_role(key);

        if (other != ROLES)
            problems_add(&problems, ERR_POLICY, "%s is given as the %s, and calls itself %s: mixed up?",
                         quote_bare(slice_text(key->name)).text, role_names[key->role],
                         x509_name_quote(key->subject).text);
        for (size_t j = 0; j < keys->count; j++)
            check_two(key, &keys->keys[j], &problems);
    }
    return problems_done(&problems, err);
}
