#include "bundle/verify/place.h"

#include <string.h>

#include "tests/unit/test.h"

#define V1 "constellation/v1/ref/-/stream/stable/v2.2.0/image/"
#define V2 "constellation/v2/ref/-/stream/stable/v2.2.0/image/"

static enum err_code place_one(enum layer_kind kind, const char *title, struct place *place,
                               struct err *err)
{
    struct layer layers[2] = {{.kind = kind, .title = slice_text(title)},
                              {.kind = LAYER_OTHER, .title = SLICE("notes.txt")}};
    struct manifest manifest = {.layers = layers, .layer_count = 2};

    layers[0].blob.media_type = SLICE("text/plain");
    if (kind == LAYER_IMAGE_ZSTD || kind == LAYER_IMAGE_RAW) {
        layers[0].csp = CSP_AZURE;
        layers[0].variant = SLICE("azure-tdx");
    }
    CHECK_OK(uid_parse(SLICE("v2.2.0"), &manifest.uid, err), *err);
    return place_of_layer(&manifest, &layers[0], place, err);
}

TEST(place_knows_the_layouts)
{
    static const struct {
        enum layer_kind kind;
        const char *title;
        enum layout layout;
        enum csp csp;
    } good[] = {
        {LAYER_TABLE, "images/v2.2.0.json", LAYOUT_RFC, CSP_NONE},
        {LAYER_TABLE, V1 "info.json", LAYOUT_V1, CSP_NONE},
        {LAYER_TABLE, V2 "info.json", LAYOUT_V2, CSP_NONE},
        {LAYER_MEASUREMENTS_YAML, "measurements/aws/v2.2.0/measurements.yaml", LAYOUT_RFC, CSP_AWS},
        {LAYER_MEASUREMENTS_JSON, V1 "csp/qemu/measurements.json", LAYOUT_V1, CSP_QEMU},
        {LAYER_MEASUREMENTS_JSON, V2 "measurements.json", LAYOUT_V2, CSP_NONE},
        {LAYER_IMAGE_ZSTD, "images/v2.2.0/azure-azure-tdx.raw.zst", LAYOUT_RFC, CSP_NONE},
        {LAYER_IMAGE_RAW, V1 "csp/azure/image.raw", LAYOUT_V1, CSP_NONE},
        {LAYER_IMAGE_RAW, V1 "csp/azure/azure-tdx/image.raw", LAYOUT_V2, CSP_NONE},
        {LAYER_OTHER, "images/v2.2.0/sbom.json", LAYOUT_RFC, CSP_NONE},
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct place place;
        struct err err;

        CHECK_OK(place_one(good[i].kind, good[i].title, &place, &err), err);
        CHECK(place.layout == good[i].layout && place.csp == good[i].csp && !place.document);
    }
}

TEST(place_refuses_what_lies_elsewhere)
{
    static const struct {
        enum layer_kind kind;
        const char *title, *want;
    } bad[] = {
        {LAYER_TABLE, "images/v2.3.0.json",
         "images/v2.3.0.json: the lookup table of v2.2.0 belongs at images/v2.2.0.json"},
        {LAYER_MEASUREMENTS_YAML, "measurements/gcp/v2.3.0/measurements.yaml",
         "measurements/gcp/v2.3.0/measurements.yaml: measurements of v2.2.0 belong at "
         "measurements/gcp/v2.2.0/measurements.yaml"},
        {LAYER_IMAGE_ZSTD, "images/v2.2.0/azure.raw.zst",
         "images/v2.2.0/azure.raw.zst: such images of v2.2.0 belong at "
         "images/v2.2.0/azure-azure-tdx.raw"},
        {LAYER_SIGNATURE, "images/v2.2.0.json.sig",
         "images/v2.2.0.json.sig: is a signature of a file that v2.2.0 does not carry"},
        {LAYER_SIGNATURE, "notes.txt.0123456789abcdeF.sig",
         "notes.txt.0123456789abcdeF.sig: is a signature of a file that v2.2.0 does not carry"},
        {LAYER_SIGNATURE, "notes.txt.0123456789abcde.sig",
         "notes.txt.0123456789abcde.sig: is a signature of a file that v2.2.0 does not carry"},
        {LAYER_OTHER, "images/v2.3.0.json",
         "images/v2.3.0.json: lies where the resolver looks for something else than "
         "\"text/plain\""},
        {LAYER_OTHER, "Images/V2.json",
         "Images/V2.json: lies where the resolver looks for something else than \"text/plain\""},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct place place;
        struct err err;

        CHECK_ERR(ERR_FORMAT, bad[i].want, place_one(bad[i].kind, bad[i].title, &place, &err), err);
        CHECK(place.layout == 0 && !place.document);
    }
}

TEST(place_keeps_others_from_where_the_resolver_looks)
{
    static const char *const bad[] = {
        "images/x.json",
        "images/v2.2.0/gcp.raw",
        "images/v2.2.0/GCP.RAW.ZST",
        V1 "csp/gcp/image.RAW.zst",
        V1 "csp/gcp/gcp-sev-es/image.raw.ZST",
        "images/v2.2.0.json.upstream",
        "IMAGES/V2.2.0.JSON.Upstream",
        V1 "info.json.upstream",
        "v2.2.0.json",
        "stream_debug_v2.2.0.json",
        "ref_feat-x_stream_debug_v2.2.0.json",
        "constellation_v2_ref_-_stream_stable_v2.2.0_image_info.json",
        "measurements/gcp/v9/measurements.yaml",
        V1 "info.json",
        V2 "measurements.json",
        V1 "csp/gcp/measurements.json",
        V1 "csp/gcp/image.raw",
        V1 "csp/gcp/gcp-sev-es/image.raw",
        "constellation/v1/ref/-/stream/stable/versions/latest/image.json",
        "constellation/v1/ref/-/stream/stable/versions/major/v2/image.json",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct place place;
        struct err err;

        CHECK_NUMBER(ERR_FORMAT, place_one(LAYER_OTHER, bad[i], &place, &err));
    }
}

TEST(place_finds_what_is_signed)
{
    static const char *const titles[] = {"notes.txt.sig", "notes.txt.sigstore.json",
                                         "notes.txt.0123456789abcdef.sig",
                                         "notes.txt.0123456789abcdef.sigstore.json"};

    for (size_t i = 0; i < 4; i++) {
        struct place place;
        struct err err;

        CHECK_OK(place_one(LAYER_SIGNATURE, titles[i], &place, &err), err);
        CHECK(place.document != NULL);
    }
}

TEST(place_names_images)
{
    char name[LAYOUT_NAME_MAX];
    struct uid uid;
    struct err err;

    CHECK_OK(uid_parse(SLICE("ref/feat-x/stream/debug/v2.3.0"), &uid, &err), err);
    place_image_name(LAYOUT_RFC, &uid, CSP_GCP, SLICE("gcp-sev-es"), name);
    CHECK_TEXT("images/ref_feat-x_stream_debug_v2.3.0/gcp-gcp-sev-es.raw", slice_text(name));
    place_image_name(LAYOUT_RFC, &uid, CSP_GCP, slice_of(NULL, 0), name);
    CHECK_TEXT("images/ref_feat-x_stream_debug_v2.3.0/gcp.raw", slice_text(name));
    place_image_name(LAYOUT_V1, &uid, CSP_GCP, SLICE("gcp-sev-es"), name);
    CHECK_TEXT("constellation/v1/ref/feat-x/stream/debug/v2.3.0/image/csp/gcp/image.raw",
               slice_text(name));
    place_image_name(LAYOUT_V2, &uid, CSP_GCP, SLICE("gcp-sev-es"), name);
    CHECK_TEXT("constellation/v1/ref/feat-x/stream/debug/v2.3.0/image/csp/gcp/gcp-sev-es/image.raw",
               slice_text(name));
}
