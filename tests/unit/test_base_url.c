#include "bundle/import/base_url.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static void parse(const char *text, const char *want)
{
    struct slice base;
    struct err err;

    CHECK_OK(base_url_parse(slice_text(text), &base, &err), err);
    CHECK_TEXT(want, base);
}

static void refuse(const char *text, const char *message)
{
    struct slice base;
    struct err err;

    CHECK_ERR(ERR_USAGE, message, base_url_parse(slice_text(text), &base, &err), err);
    CHECK_NUMBER(0, base.len);
}

TEST(base_url_is_a_web_address)
{
    static char longest[BASE_URL_MAX + 2];

    parse("https://site.example", "https://site.example");
    parse("http://site.example:8080/a/b//", "http://site.example:8080/a/b");
    parse("https://x/~me", "https://x/~me");
    refuse("", "--base-url \"\": want http://HOST/... or https://HOST/...");
    refuse("ftp://x", "--base-url \"ftp://x\": want http://HOST/... or https://HOST/...");
    refuse("https:x", "--base-url \"https:x\": want http://HOST/... or https://HOST/...");
    refuse("https://", "--base-url \"https://\": has no host");
    refuse("https:///x", "--base-url \"https:///x\": has no host");
    refuse("https://x/?y", "--base-url \"https://x/?y\": only printable ASCII without spaces, \"?\" and "
           "\"#\" is allowed");
    refuse("https://x/#y", NULL);
    refuse("https://x/ y", NULL);
    refuse("https://x/\x7f", NULL);
    memset(longest, 'a', sizeof longest - 1);
    memcpy(longest, "https://", 8);
    refuse(longest, NULL);
    longest[BASE_URL_MAX] = '\0';
    parse(longest, longest);
}

static struct layer image(const char *title, enum csp csp, const char *variant)
{
    struct layer layer;

    memset(&layer, 0, sizeof layer);
    layer.kind = LAYER_IMAGE_ZSTD;
    layer.title = slice_text(title);
    layer.csp = csp;
    layer.variant = slice_text(variant);
    return layer;
}

TEST(base_url_finds_the_image_of_an_entry)
{
    struct layer layers[] = {image("any.raw.zst", CSP_QEMU, ""), image("tdx.raw.zst", CSP_QEMU, "qemu-tdx"),
                             image("other.raw.zst", CSP_QEMU, ""), image("os.raw", CSP_OPENSTACK, "qemu-vtpm"),
                             image("gcp.raw", CSP_GCP, ""), image("no.json", CSP_AWS, "")};
    struct manifest manifest = {.layers = layers, .layer_count = 6};

    layers[3].kind = LAYER_IMAGE_RAW;
    layers[5].kind = LAYER_TABLE;
    CHECK_TEXT("tdx.raw", base_url_path(&manifest, CSP_QEMU, SLICE("qemu-tdx")));
    CHECK_TEXT("any.raw", base_url_path(&manifest, CSP_QEMU, SLICE("qemu-vtpm")));
    CHECK_TEXT("os.raw", base_url_path(&manifest, CSP_OPENSTACK, SLICE("qemu-vtpm")));
    CHECK_TEXT("", base_url_path(&manifest, CSP_OPENSTACK, SLICE("qemu-tdx")));
    CHECK_TEXT("", base_url_path(&manifest, CSP_GCP, SLICE("gcp-sev-es")));
    CHECK_TEXT("", base_url_path(&manifest, CSP_AWS, SLICE("aws-nitro-tpm")));
}

TEST(base_url_is_joined_and_found_again)
{
    struct arena arena;
    struct slice url;
    struct err err;

    arena_init_heap(&arena, 4096);
    CHECK_OK(base_url_join(SLICE("https://x"), SLICE("a/b.raw"), &arena, &url, &err), err);
    CHECK_TEXT("https://x/a/b.raw", url);
    CHECK(base_url_has_path(url, SLICE("a/b.raw")));
    CHECK(base_url_has_path(url, SLICE("b.raw")));
    CHECK(!base_url_has_path(url, SLICE("/b.raw")));
    CHECK(!base_url_has_path(url, SLICE("")));
    CHECK(!base_url_has_path(SLICE("a/b.raw"), SLICE("a/b.raw")));
    CHECK(!base_url_has_path(SLICE("https://xa/b.raw"), SLICE("xa/c.raw")));
    arena_clear(&arena);
}
