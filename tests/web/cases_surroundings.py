"""What the user's machine and network bring: proxies, trust anchors, IPv6, http mirrors, configs."""
import os
import subprocess

import cases_proxy
import web
from web import KEYS, PATIENT, Server, Skip, contains, equal, fails, respond, succeeds

RESOLVE = ("resolve", "v2.8.0", "--csp", "gcp", *PATIENT)
TABLE = b'{"gcp": "image-1"}'


def proxied(world, connect_port, more=""):
    os.makedirs(world.path("proxy"), exist_ok=True)
    peer, port = cases_proxy.tinyproxy(world.path("proxy"), connect_port=connect_port, more=more)
    return peer, f"127.0.0.1:{port}", lambda: cases_proxy.read(world.path("proxy/proxy.log"))


def case_proxy_for_https(world):
    base = f"{world.mirror.https}/good-v2"
    peer, proxy, log = proxied(world, world.mirror.https_port)
    with peer:
        for name in ("HTTPS_PROXY", "https_proxy"):
            outcome = world.ask(*RESOLVE, "--repository", base, "--verbose", env={name: f"http://{proxy}"})
            succeeds(outcome)
            contains(outcome.err, "connected to the proxy at 127.0.0.1 port ")
        contains(log(), f"CONNECT localhost:{world.mirror.https_port} HTTP/1.1")
        tunnels = log().count("CONNECT")
        for no_proxy in ("localhost", "*", "example.org,localhost"):
            env = {"HTTPS_PROXY": f"http://{proxy}", "NO_PROXY": no_proxy}
            succeeds(world.ask(*RESOLVE, "--repository", base, env=env))
        env = {"HTTPS_PROXY": f"http://{proxy}", "no_proxy": "127.0.0.0/8"}
        address = base.replace("localhost", "127.0.0.1")
        succeeds(world.ask(*RESOLVE, "--repository", address, env=env))
        equal(log().count("CONNECT"), tunnels, "tunnels")


def case_proxy_with_credentials(world):
    base = f"{world.mirror.https}/good-v2"
    peer, proxy, _ = proxied(world, world.mirror.https_port, "BasicAuth user pass")
    with peer:
        ask = (*RESOLVE, "--repository", base, "--retries", "0", "--verbose")
        succeeds(world.ask(*ask, env={"HTTPS_PROXY": f"http://user:pass@{proxy}"}))
        for credentials, reason in (("", "asks for a user name and password (407 "),
                                    ("user:secret@", "refuses the user name and password it was given")):
            outcome = world.ask(*ask, env={"HTTPS_PROXY": f"http://{credentials}{proxy}"})
            equal(outcome.status, 10, "status")
            contains(outcome.message, f"{base}/images/v2.8.0.json: proxy {proxy} (HTTPS_PROXY): the proxy "
                                      + reason)
            equal("secret" in outcome.err, False, "password in the message")


def case_proxy_for_http(world):
    peer, proxy, log = proxied(world, 1)
    with peer:
        env = {"http_proxy": f"http://{proxy}"}
        succeeds(world.run(*RESOLVE, "--repository", f"{world.mirror.http}/good-v2", env=env))
        contains(log(), "GET http://127.0.0.1:")


def case_proxy_that_is_dead(world):
    base, port = f"{world.mirror.https}/good-v2", web.free_port()
    outcome = world.ask(*RESOLVE, "--repository", base, "--retries", "0",
                        env={"HTTPS_PROXY": f"http://127.0.0.1:{port}"})
    fails(outcome, 10, f"{base}/images/v2.8.0.json: proxy 127.0.0.1:{port} (HTTPS_PROXY): cannot connect: "
                       f"127.0.0.1 port {port}: Connection refused")


def case_trust_anchors(world):
    ask = (*RESOLVE, "--repository", f"{world.mirror.https}/good-v2")
    stranger = world.write("stranger.pem", "")
    subprocess.run([web.tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", world.path("stranger.key"), "-out",
                    stranger, "-subj", "/CN=Stranger", "-days", "2"], check=True, capture_output=True)
    succeeds(world.run(*ask, env={"SSL_CERT_FILE": world.mirror.ca}))
    succeeds(world.run(*ask, "--ca", world.mirror.ca, env={"SSL_CERT_FILE": "/nonexistent"}))
    succeeds(world.run(*ask, "--ca", world.mirror.ca, env={"SSL_CERT_FILE": stranger}))
    for args, env in ((("--ca", stranger), {"SSL_CERT_FILE": world.mirror.ca}), ((), {"SSL_CERT_FILE": stranger})):
        outcome = world.run(*ask, *args, env=env)
        equal(outcome.status, 10, "status")
        contains(outcome.message, 'TLS: certificate of "localhost": unknown issuer "CN=Test CA": ')


def case_trust_anchors_that_cannot_be_read(world):
    base = f"{world.mirror.https}/good-v2"
    key, empty = world.write("key.pem", "-----BEGIN PRIVATE KEY-----\n"), world.write("empty.pem", "")
    for path, status, reason in (("/nonexistent.pem", 10, "/nonexistent.pem: No such file or directory"),
                                 (key, 3, f"{key}: no certificate in it"), (empty, 3, f"{empty}: no certificate in it"),
                                 (world.folder, 10, world.folder)):
        for args, env, said in ((("--ca", path), {}, ""), ((), {"SSL_CERT_FILE": path}, "SSL_CERT_FILE: ")):
            outcome = world.run(*RESOLVE, "--repository", base, *args, env=env)
            equal((outcome.status, outcome.out), (status, ""), f"outcome with {path}")
            contains(outcome.message, said + reason)


def case_trust_anchors_of_the_system(world):
    """Debian's path, with the mirror's CA among those that are there."""
    usual = "/etc/ssl/certs/ca-certificates.crt"
    if not web.has_mounts or not os.path.exists(usual):
        raise Skip(f"no mount namespace of our own, or no {usual}")
    with open(usual) as bundle, open(world.mirror.ca) as ca:
        world.write("bundle.crt", bundle.read() + ca.read())
    inside = ("unshare", "-m", "sh", "-c", f'mount --bind "$0" {usual} && exec "$@"',
              world.path("bundle.crt"))
    ask = (*RESOLVE, "--repository", f"{world.mirror.https}/good-v2")
    succeeds(world.run(*ask, under=inside))
    equal(world.run(*ask).status, 10, "status with the system's own")
    hidden = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs none /etc/ssl && exec "$@"', "sh")
    outcome = world.run(*ask, under=hidden)
    equal(outcome.status, 10, "status")
    contains(outcome.message, "no trust anchors: none of the system's usual bundles is here")


def case_ipv6(world):
    try:
        succeeds(world.ask(*RESOLVE, "--repository", f"{world.mirror.https6}/good-v2"))
    except AssertionError:
        if not os.path.exists("/proc/net/if_inet6"):
            raise Skip("no IPv6 here")
        raise
    outcome = world.run(*RESOLVE, "--repository", f"{world.mirror.http6}/good-v2", "--json")
    equal(outcome.json["location"].split("/constellation")[0], f"{world.mirror.http6}/good-v2", "location")


def case_http_is_marked(world):
    base = f"{world.mirror.http}/good-v2"
    outcome = world.run(*RESOLVE, "--repository", base, "--json")
    equal((outcome.status, outcome.json["cleartext"]), (0, True), "outcome")
    contains(outcome.err, f"the lookup table is unsigned, and came over http://: whoever can change {base} "
                          "can swap references")
    outcome = world.run(*RESOLVE, "--repository", base, "--table-key", f"{KEYS}/tables.pub", "--json")
    equal((outcome.status, outcome.json["cleartext"], outcome.err), (0, True, ""), "outcome when signed")
    outcome = world.ask(*RESOLVE, "--repository", f"{world.mirror.https}/good-v2", "--json")
    equal((outcome.json["cleartext"], "http://" in outcome.err), (False, False), "outcome of https")


def case_no_base_url(world):
    for url, status, reason in (("https://user:secret@h.test/", 3, "user name"),
                                ("https://h.test/?key=secret", 3, 'a base URL has no query ("?")'),
                                ("https://", 3, "host: empty"), ("https://h.test:99999/", 3, "port"),
                                ("ftp://h.test/", 2, "want a directory, file://, http:// or https://"),
                                ("https:/h.test/", 10, "https:/h.test"),
                                ("http://h .test/", 3, "")):
        outcome = world.run(*RESOLVE, "--repository", url)
        equal((outcome.status, outcome.out, "secret" in outcome.err), (status, "", False), f"outcome of {url}")
        contains(outcome.message, reason)


def case_where_the_url_comes_from(world):
    """--repository before repository: in the config before SEALIFT_REPOSITORY; and the URL of each is used."""
    def server():
        return Server(lambda connection, _: respond(connection, "200 OK", TABLE))

    with server() as option, server() as config, server() as variable:
        conf = world.write("c.yaml", f"image: v2.8.0\nrepository: {config.url}\nprovider:\n  gcp: {{}}\n")
        env = {"SEALIFT_REPOSITORY": variable.url}
        succeeds(world.run("resolve", "--config", conf, "--repository", option.url, *PATIENT, env=env), "image-1\n")
        equal([len(one.requests) for one in (option, config, variable)], [1, 0, 0], "requests")
        succeeds(world.run("resolve", "--config", conf, *PATIENT, env=env), "image-1\n")
        equal([len(one.requests) for one in (option, config, variable)], [1, 1, 0], "requests")
        succeeds(world.run(*RESOLVE, env=env), "image-1\n")
        equal([len(one.requests) for one in (option, config, variable)], [1, 1, 1], "requests")


def case_options_that_are_no_numbers(world):
    ask = ("resolve", "v2.8.0", "--csp", "gcp", "--repository", "http://127.0.0.1:1")
    for option, value, want in (("--retries", "101", "100"), ("--retries", "-1", "100"), ("--retries", "1x", "100"),
                                ("--timeout", "0", "3600"), ("--timeout", "1e9", "3600"),
                                ("--connect-timeout", "3601", "3600")):
        outcome = world.run(*ask, f"{option}={value}")
        equal((outcome.status, outcome.out), (2, ""), f"outcome of {option}={value}")
        contains(outcome.message, f"to {want}")
