#include "bundle/table/reference_check.h"

#include "resolver/net/url.h"

#define GCP_NAME_MAX 63
#define PARTS_MAX 12

/* Patterns of segments: "*" is any name, "#" a version, "@" a UUID, "0" a number, other text itself in any
 * case. */
struct form {
    const char *segments[PARTS_MAX];
    const char *odd; /* NULL: good */
};

#define COMPUTE "providers", "microsoft.compute"
#define OF_GALLERY "gives whatever version is the newest; name one (/versions/1.2.3)"

static const struct form azure_forms[] = {
    {{"communitygalleries", "*", "images", "*", "versions", "#"}, NULL},
    {{"sharedgalleries", "*", "images", "*", "versions", "#"}, NULL},
    {{"subscriptions", "@", "resourcegroups", "*", COMPUTE, "galleries", "*", "images", "*",
      "versions", "#"},
     NULL},
    {{"subscriptions", "@", "resourcegroups", "*", COMPUTE, "images", "*"}, NULL},
    {{"communitygalleries", "*", "images", "*"}, OF_GALLERY},
    {{"communitygalleries", "*", "images", "*", "versions", "latest"}, OF_GALLERY},
    {{"sharedgalleries", "*", "images", "*"}, OF_GALLERY},
    {{"sharedgalleries", "*", "images", "*", "versions", "latest"}, OF_GALLERY},
    {{"subscriptions", "@", "resourcegroups", "*", COMPUTE, "galleries", "*", "images", "*"},
     OF_GALLERY},
    {{"subscriptions", "@", "resourcegroups", "*", COMPUTE, "galleries", "*", "images", "*",
      "versions", "latest"},
     OF_GALLERY},
};

#define OF_FAMILY "gives whatever image of the family is the newest; name the image"
#define OF_NUMBER "names the project by its number; give its id, which people can read"
#define OF_PROJECT "is looked for in the caller's project; give projects/PROJECT/global/images/NAME"

static const struct form gcp_forms[] = {
    {{"projects", "*", "global", "images", "*"}, NULL},
    {{"projects", "*", "global", "images", "family", "*"}, OF_FAMILY},
    {{"projects", "0", "global", "images", "*"}, OF_NUMBER},
    {{"projects", "0", "global", "images", "family", "*"}, OF_FAMILY},
    {{"global", "images", "*"}, OF_PROJECT},
    {{"global", "images", "family", "*"}, OF_FAMILY},
    {{"*"}, OF_PROJECT},
};

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f');
}

static bool is_hex_nocase(uint8_t byte)
{
    return is_hex(byte) || (byte >= 'A' && byte <= 'F');
}

static bool is_letter(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool all(struct slice text, bool (*is)(uint8_t))
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is(text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

/* Three numbers joined by points. */
static bool is_version(struct slice text)
{
    for (int part = 0; part < 3; part++) {
        struct slice number = slice_cut(&text, '.');

        if (!all(number, is_digit) || (part < 2 && !text.ptr))
            return false;
    }
    return text.ptr == NULL;
}

/* Letters, digits and . _ - ( ), as Azure's names; GCP's are checked by is_gcp_name. */
static bool is_name_byte(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '.' || byte == '_' || byte == '-' || byte == '(' || byte == ')';
}

static bool is_azure_name(struct slice text)
{
    return all(text, is_name_byte) && text.ptr[0] != '.' && text.ptr[text.len - 1] != '.';
}

/* RFC 1035's label; a project may have a domain before it ("example.com:name"). */
static bool is_gcp_name(struct slice text)
{
    struct slice rest = text;
    struct slice domain = slice_cut(&rest, ':');
    struct slice label = rest.ptr ? rest : text;

    if ((rest.ptr && !is_azure_name(domain)) || label.len == 0 || label.len > GCP_NAME_MAX ||
        label.ptr[0] < 'a' || label.ptr[0] > 'z' || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_digit(label.ptr[i]) && label.ptr[i] != '-' &&
            (label.ptr[i] < 'a' || label.ptr[i] > 'z'))
            return false;
    }
    return true;
}

/* RFC 9562: 8-4-4-4-12 hexadecimal digits. */
static bool is_uuid(struct slice text)
{
    static const size_t lengths[] = {8, 4, 4, 4, 12};

    for (size_t i = 0; i < 5; i++) {
        struct slice part = slice_cut(&text, '-');

        if (part.len != lengths[i] || !all(part, is_hex_nocase))
            return false;
    }
    return text.ptr == NULL;
}

static bool segment_fits(struct slice segment, const char *pattern, bool (*is_name)(struct slice))
{
    if (slice_is(slice_text(pattern), "*"))
        return is_name(segment);
    if (slice_is(slice_text(pattern), "#"))
        return is_version(segment);
    if (slice_is(slice_text(pattern), "@"))
        return is_uuid(segment);
    if (slice_is(slice_text(pattern), "0"))
        return all(segment, is_digit);
    return slice_is_nocase(segment, pattern);
}

static bool fits(struct slice path, const struct form *form, bool (*is_name)(struct slice))
{
    for (size_t i = 0; i < PARTS_MAX && form->segments[i]; i++) {
        if (!path.ptr || !segment_fits(slice_cut(&path, '/'), form->segments[i], is_name))
            return false;
    }
    return path.ptr == NULL;
}

static enum reference_verdict match(struct slice path, const struct form *forms, size_t count,
                                    bool (*is_name)(struct slice), const char **why)
{
    for (size_t i = 0; i < count; i++) {
        if (!fits(path, &forms[i], is_name))
            continue;
        *why = forms[i].odd ? forms[i].odd : "";
        return forms[i].odd ? REFERENCE_ODD : REFERENCE_GOOD;
    }
    return REFERENCE_BAD;
}

static enum reference_verdict check_aws(struct slice reference, const char **why)
{
    struct slice id = slice_part(reference, 4, reference.len);

    if (slice_begins(reference, "ami-") && (id.len == 8 || id.len == 17) && all(id, is_hex))
        return REFERENCE_GOOD;
    if (slice_begins(reference, "resolve:ssm:") && reference.len > sizeof "resolve:ssm:" - 1) {
        *why = "gives whatever the parameter says then; name the image (ami-...)";
        return REFERENCE_ODD;
    }
    *why = "want an AMI id: ami- and 17 (or 8) hexadecimal digits";
    return REFERENCE_BAD;
}

/* PUBLISHER:OFFER:SKU:VERSION */
static enum reference_verdict check_urn(struct slice urn, const char **why)
{
    struct slice part;

    for (int i = 0; i < 3; i++) {
        part = slice_cut(&urn, ':');
        if (!is_azure_name(part) || !urn.ptr)
            return REFERENCE_BAD;
    }
    if (slice_is_nocase(urn, "latest")) {
        *why = "gives whatever version is the newest; name one (1.2.3)";
        return REFERENCE_ODD;
    }
    if (!is_version(urn))
        return REFERENCE_BAD;
    *why = "";
    return REFERENCE_GOOD;
}

static enum reference_verdict check_azure(struct slice reference, const char **why)
{
    *why = "want the path of a gallery image (/CommunityGalleries/..., /SharedGalleries/..., "
           "/subscriptions/UUID/...) with a version of three numbers";
    if (!slice_begins(reference, "/"))
        return check_urn(reference, why);
    return match(slice_part(reference, 1, reference.len), azure_forms,
                 sizeof azure_forms / sizeof azure_forms[0], is_azure_name, why);
}

static enum reference_verdict check_gcp(struct slice reference, const char **why)
{
    static const char *const bases[] = {"https://www.googleapis.com/compute/v1/",
                                        "https://www.googleapis.com/compute/beta/",
                                        "https://compute.googleapis.com/compute/v1/",
                                        "https://compute.googleapis.com/compute/beta/"};
    struct slice path = reference;

    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        struct slice base = slice_text(bases[i]);

        if (slice_begins(reference, bases[i]))
            path = slice_part(reference, base.len, reference.len);
    }
    *why = "want projects/PROJECT/global/images/NAME, or the same as a URL of Compute Engine";
    return match(path, gcp_forms, sizeof gcp_forms / sizeof gcp_forms[0], is_gcp_name, why);
}

static enum reference_verdict check_url(enum csp csp, struct slice reference, const char **why)
{
    struct err err;
    struct url url;

    if (csp == CSP_OPENSTACK && is_uuid(reference)) {
        *why = "is an image of one OpenStack alone; others want a URL";
        return REFERENCE_ODD;
    }
    if (url_parse(reference, &url, &err) != ERR_OK || url.path.len < 2) {
        *why = "want the https URL of an image, without a password or fragment in it";
        return REFERENCE_BAD;
    }
    if (url.scheme == URL_HTTPS)
        return REFERENCE_GOOD;
    *why = "is fetched over http: whoever is on the way can change it";
    return REFERENCE_ODD;
}

enum reference_verdict reference_check(enum csp csp, struct slice reference, const char **why)
{
    *why = "";
    switch (csp) {
    case CSP_AWS:
        return check_aws(reference, why);
    case CSP_AZURE:
        return check_azure(reference, why);
    case CSP_GCP:
        return check_gcp(reference, why);
    default:
        return check_url(csp, reference, why);
    }
}

/* "us-east-1", "us-gov-west-1": words of small letters, joined by hyphens, and a number. */
bool reference_is_aws_region(struct slice region)
{
    size_t words = 0;

    while (region.ptr) {
        struct slice word = slice_cut(&region, '-');

        if (!region.ptr)
            return words >= 2 && all(word, is_digit);
        if (!all(word, is_letter))
            return false;
        words++;
    }
    return false;
}
