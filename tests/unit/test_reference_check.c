#include "bundle/table/reference_check.h"

#include "tests/unit/test.h"

struct example {
    enum csp csp;
    enum reference_verdict want;
    const char *reference;
};

#define GALLERY "/subscriptions/01234567-89ab-CDEF-0123-456789abcdef/resourceGroups/my_rg-(1)/providers/Microsoft.Compute"
#define GOOGLE "https://www.googleapis.com/compute/v1/"
#define GLANCE "01234567-89ab-cdef-0123-456789abcdef"

static const struct example examples[] = {
    {CSP_AWS, REFERENCE_GOOD, "ami-0123456789abcdef0"},
    {CSP_AWS, REFERENCE_GOOD, "ami-01234567"},
    {CSP_AWS, REFERENCE_ODD, "resolve:ssm:/images/mine"},
    {CSP_AWS, REFERENCE_BAD, "resolve:ssm:"},
    {CSP_AWS, REFERENCE_BAD, "ami-123"},
    {CSP_AWS, REFERENCE_BAD, "ami-"},
    {CSP_AWS, REFERENCE_BAD, "ami-0123456789abcdef"},
    {CSP_AWS, REFERENCE_BAD, "ami-0123456789abcdef01"},
    {CSP_AWS, REFERENCE_BAD, "ami-0123456789ABCDEF0"},
    {CSP_AWS, REFERENCE_BAD, "ami-0123456g"},
    {CSP_AWS, REFERENCE_BAD, "AMI-01234567"},
    {CSP_AWS, REFERENCE_BAD, "i-0123456789abcdef0"},
    {CSP_AZURE, REFERENCE_GOOD, "/CommunityGalleries/g-1/Images/i.x_y/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_GOOD, "/communityGalleries/g/images/i/versions/0.0.1"},
    {CSP_AZURE, REFERENCE_GOOD, "/SharedGalleries/s-G/Images/i/Versions/10.20.30"},
    {CSP_AZURE, REFERENCE_GOOD, GALLERY "/galleries/g/images/i/versions/2.8.0"},
    {CSP_AZURE, REFERENCE_GOOD, GALLERY "/images/i"},
    {CSP_AZURE, REFERENCE_GOOD, "pub:offer:sku:1.2.3"},
    {CSP_AZURE, REFERENCE_ODD, "pub:offer:sku:latest"},
    {CSP_AZURE, REFERENCE_ODD, "/CommunityGalleries/g/Images/i"},
    {CSP_AZURE, REFERENCE_ODD, "/CommunityGalleries/g/Images/i/Versions/latest"},
    {CSP_AZURE, REFERENCE_ODD, "/SharedGalleries/g/Images/i"},
    {CSP_AZURE, REFERENCE_ODD, "/SharedGalleries/g/Images/i/Versions/Latest"},
    {CSP_AZURE, REFERENCE_ODD, GALLERY "/galleries/g/images/i"},
    {CSP_AZURE, REFERENCE_ODD, GALLERY "/galleries/g/images/i/versions/latest"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/g/Images/i/Versions/2.8"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/g/Images/i/Versions/2.8.0.1"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/g/Images/i/Versions/v2.8.0"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/g/Images/i/Versions/2..0"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/g/Images/i/Versions/2.8.0/"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/g/Images/i/Versions"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries//Images/i/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_BAD, "CommunityGalleries/g/Images/i/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_BAD, "/OtherGalleries/g/Images/i/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_BAD, GALLERY "/galleries/g/images/i/versions"},
    {CSP_AZURE, REFERENCE_BAD, GALLERY "/disks/d"},
    {CSP_AZURE, REFERENCE_BAD, "azure-cvm-123"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/../Images/i/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/.g/Images/i/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/g./Images/i/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_BAD, "/CommunityGalleries/<g>/Images/i/Versions/2.8.0"},
    {CSP_AZURE, REFERENCE_BAD,
     "/subscriptions/mine/resourceGroups/rg/providers/Microsoft.Compute/images/i"},
    {CSP_AZURE, REFERENCE_BAD, "pub:offer:sku"},
    {CSP_AZURE, REFERENCE_BAD, "pub:offer:sku:1.2"},
    {CSP_AZURE, REFERENCE_BAD, "pub::sku:1.2.3"},
    {CSP_AZURE, REFERENCE_BAD, "/"},
    {CSP_GCP, REFERENCE_GOOD, "projects/my-project-1/global/images/v2-8-0"},
    {CSP_GCP, REFERENCE_GOOD, "projects/example.com:my-project/global/images/a"},
    {CSP_GCP, REFERENCE_GOOD, GOOGLE "projects/p/global/images/i"},
    {CSP_GCP, REFERENCE_GOOD,
     "https://compute.googleapis.com/compute/v1/projects/p/global/images/i"},
    {CSP_GCP, REFERENCE_GOOD, "https://www.googleapis.com/compute/beta/projects/p/global/images/i"},
    {CSP_GCP, REFERENCE_ODD, "projects/123456789012/global/images/i"},
    {CSP_GCP, REFERENCE_ODD, "projects/123456789012/global/images/family/f"},
    {CSP_GCP, REFERENCE_BAD, "projects/1a/global/images/i"},
    {CSP_GCP, REFERENCE_ODD, "projects/p/global/images/family/f"},
    {CSP_GCP, REFERENCE_ODD, GOOGLE "projects/p/global/images/family/f"},
    {CSP_GCP, REFERENCE_ODD, "global/images/i"},
    {CSP_GCP, REFERENCE_ODD, "gcp-image-123"},
    {CSP_GCP, REFERENCE_BAD, "projects/p/global/images/V2"},
    {CSP_GCP, REFERENCE_BAD, "projects/p/global/images/2v"},
    {CSP_GCP, REFERENCE_BAD, "projects/p/global/images/v2.8.0"},
    {CSP_GCP, REFERENCE_BAD, "projects/p/global/images/v2-"},
    {CSP_GCP, REFERENCE_BAD, "projects/p/global/images/"},
    {CSP_GCP, REFERENCE_BAD, "projects/p/global/images"},
    {CSP_GCP, REFERENCE_BAD, "projects/p/zones/z/disks/d"},
    {CSP_GCP, REFERENCE_BAD, "/projects/p/global/images/i"},
    {CSP_GCP, REFERENCE_BAD, "projects//global/images/i"},
    {CSP_GCP, REFERENCE_BAD, "https://www.example/compute/v1/projects/p/global/images/i"},
    {CSP_GCP, REFERENCE_BAD,
     "a123456789012345678901234567890123456789012345678901234567890123"}, /* 64 characters */
    {CSP_OPENSTACK, REFERENCE_GOOD, "https://images.example/o.raw"},
    {CSP_OPENSTACK, REFERENCE_ODD, GLANCE},
    {CSP_OPENSTACK, REFERENCE_BAD, GLANCE "-0"},
    {CSP_OPENSTACK, REFERENCE_BAD, "01234567-89ab-cdef-0123-456789abcde"},
    {CSP_QEMU, REFERENCE_GOOD, "https://images.example:8443/a/q.raw?x=1"},
    {CSP_QEMU, REFERENCE_ODD, "http://10.0.0.1/q.raw"},
    {CSP_QEMU, REFERENCE_BAD, GLANCE},
    {CSP_QEMU, REFERENCE_BAD, "https://images.example"},
    {CSP_QEMU, REFERENCE_BAD, "https://images.example/"},
    {CSP_QEMU, REFERENCE_BAD, "https://user:secret@images.example/q.raw"},
    {CSP_QEMU, REFERENCE_BAD, "file:///srv/q.raw"},
    {CSP_QEMU, REFERENCE_BAD, "ami-01234567"},
};

TEST(reference_check_knows_every_provider)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *example = &examples[i];
        const char *why = NULL;

        CHECK_TEXT(example->reference, slice_text(example->reference));
        if (example->want !=
            reference_check(example->csp, test_guarded(slice_text(example->reference)), &why))
            CHECK_TEXT(example->reference, slice_text(why));
        CHECK((example->want == REFERENCE_GOOD) == (why && why[0] == '\0'));
    }
}

TEST(reference_check_knows_regions)
{
    static const char *const good[] = {"us-east-1", "us-gov-west-1", "ap-southeast-12"};
    static const char *const bad[] = {"", "mars", "us-east1", "US-EAST-1", "us-east-", "us--1",
                                      "us-1", "-east-1", "us-east-1-", "us-east-1a", "us_east-1"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(reference_is_aws_region(test_guarded(slice_text(good[i]))));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!reference_is_aws_region(test_guarded(slice_text(bad[i]))));
}
