"""Through real proxies: tinyproxy, squid."""
import os
import subprocess

from harness import Peer, client, contains, ends, equal, fails, free_port, nginx, succeeds, tool
from server import Server, respond

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 3600
LogLevel Connect
ConnectPort {connect_port}
Allow 127.0.0.1
{more}
"""

SQUID = """
http_port 127.0.0.1:{port}
pid_filename {folder}/squid.pid
cache_log {folder}/cache.log
access_log stdio:{folder}/access.log
cache deny all
coredump_dir {folder}
visible_hostname test
shutdown_lifetime 0 seconds
pinger_enable off
netdb_filename none
auth_param basic program {helper} {folder}/users
auth_param basic realm test
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
"""


def tinyproxy(folder, connect_port=443, more=""):
    program, port = tool("tinyproxy"), free_port()
    with open(f"{folder}/tinyproxy.conf", "w") as config:
        config.write(TINYPROXY.format(port=port, connect_port=connect_port, more=more))
    return Peer([program, "-d", "-c", f"{folder}/tinyproxy.conf"], port, f"{folder}/proxy.log"), port


def squid(folder):
    program, openssl, port = tool("squid"), tool("openssl"), free_port()
    helper = tool("basic_ncsa_auth", "/usr/lib/squid/basic_ncsa_auth",
                  "/usr/lib64/squid/basic_ncsa_auth")
    secret = subprocess.run([openssl, "passwd", "-apr1", "pa:ss@"], capture_output=True, text=True)
    os.chmod(folder, 0o777)
    with open(f"{folder}/users", "w") as users:
        users.write(f"user:{secret.stdout}")
    with open(f"{folder}/squid.conf", "w") as config:
        config.write(SQUID.format(port=port, folder=folder, helper=helper))
    return Peer([program, "-N", "-f", f"{folder}/squid.conf"], port, f"{folder}/proxy.log"), port


def origin():
    return Server(lambda connection, _: respond(connection, "200 OK", b"origin"))


def read(path):
    with open(path, errors="replace") as text:
        return text.read()


def case_tinyproxy_http(folder):
    peer, port = tinyproxy(folder)
    with peer, origin() as server:
        env = {"HTTP_PROXY": f"http://127.0.0.1:{port}"}
        outcome = client("--verbose", "get", server.url, server.url, env=env)
        succeeds(outcome, "originorigin")
        contains(outcome.notes[0], f"connected to the proxy at 127.0.0.1 port {port}")
        equal("via" in server.requests[0].headers, True, "went through the proxy")


def case_no_proxy_goes_straight(folder):
    peer, port = tinyproxy(folder)
    with peer, origin() as server:
        proxy = f"http://127.0.0.1:{port}"
        straight = ["*", "127.0.0.1", "x.example, 127.0.0.0/8", f"127.0.0.1:{server.port}"]
        around = ["", "x.example", "10.0.0.0/8", "127.0.0.1:1", "0.0.1"]
        for no_proxy in straight + around:
            succeeds(client("get", server.url, env={"http_proxy": proxy, "NO_PROXY": no_proxy}), "origin")
            equal("via" in server.requests[-1].headers, no_proxy in around, f"NO_PROXY={no_proxy}")


def case_http_proxy_in_a_cgi_program_is_ignored(_):
    with origin() as server:
        env = {"HTTP_PROXY": "http://127.0.0.1:1", "REQUEST_METHOD": "GET"}
        succeeds(client("get", server.url, env=env), "origin")


def case_tinyproxy_credentials(folder):
    peer, port = tinyproxy(folder, more="BasicAuth user pass")
    with peer, origin() as server:
        good = {"http_proxy": f"http://user:pass@127.0.0.1:{port}"}
        succeeds(client("get", server.url, env=good), "origin")
        equal("proxy-authorization" in server.requests[0].headers, False, "credentials at the origin")
        for proxy in (f"http://127.0.0.1:{port}", f"http://user:wrong@127.0.0.1:{port}"):
            outcome = client("--retries=0", "get", server.url, env={"http_proxy": proxy})
            ends(outcome, 10)
            contains(outcome.message, f"{server.url}: the ")
            contains(outcome.message, "401 Unauthorized" if "wrong" in proxy else
                     "(407 Proxy Authentication Required)")
            equal("wrong" in outcome.err, False, "password in the message")
        equal(len(server.requests), 1, "requests")


def case_tinyproxy_tunnel(folder):
    peer, origin_port = nginx(folder, with_tls=True)
    with open(f"{folder}/www/a", "w") as document:
        document.write("secret")
    with peer:
        proxy, port = tinyproxy(folder, connect_port=origin_port, more="BasicAuth user pass")
        with proxy:
            url = f"https://localhost:{origin_port}/a"
            run = ("--retries=0", f"--ca={folder}/ca.pem", "get", url)
            succeeds(client(*run, env={"HTTPS_PROXY": f"http://user:pass@127.0.0.1:{port}"}), "secret")
            contains(read(f"{folder}/proxy.log"), f"CONNECT localhost:{origin_port} HTTP/1.1")
            name = f"{url}: proxy 127.0.0.1:{port} (HTTPS_PROXY): the proxy "
            fails(client(*run, env={"https_proxy": f"http://127.0.0.1:{port}"}), 10,
                  name + "asks for a user name and password (407 Proxy Authentication Required)")
            fails(client(*run, env={"https_proxy": f"http://user:no@127.0.0.1:{port}"}), 10,
                  name + "refuses the user name and password it was given (401 Unauthorized)")
            succeeds(client(*run, env={"https_proxy": f"http://127.0.0.1:{port}",
                                       "no_proxy": "localhost"}), "secret")


def case_a_tunnel_that_is_not_allowed(folder):
    proxy, port = tinyproxy(folder, connect_port=1)
    with proxy:
        url = "https://localhost:2/"
        outcome = client("--retries=0", "get", url, env={"HTTPS_PROXY": f"http://127.0.0.1:{port}"})
        ends(outcome, 10)
        contains(outcome.message, f"{url}: proxy 127.0.0.1:{port} (HTTPS_PROXY): the proxy does not "
                                  "connect there (403 ")


def case_a_proxy_that_is_not_there(_):
    port = free_port()
    fails(client("--retries=0", "get", "http://h.test/", env={"HTTP_PROXY": f"http://127.0.0.1:{port}"}),
          10, f"http://h.test/: proxy 127.0.0.1:{port} (HTTP_PROXY): cannot connect: 127.0.0.1 port "
              f"{port}: Connection refused")
    fails(client("get", "http://h.test/", env={"HTTP_PROXY": "socks5://127.0.0.1:1"}), 2,
          "http://h.test/: HTTP_PROXY: only http:// proxies are supported")


def case_squid(folder):
    proxy, port = squid(folder)
    with proxy, origin() as server:
        good = {"http_proxy": f"http://user:pa%3Ass%40@127.0.0.1:{port}"}
        succeeds(client("get", server.url, server.url, env=good), "originorigin")
        equal("via" in server.requests[0].headers, True, "went through the proxy")
        equal("proxy-authorization" in server.requests[0].headers, False, "credentials at the origin")
        outcome = client("--retries=0", "get", server.url,
                         env={"http_proxy": f"http://127.0.0.1:{port}"})
        fails(outcome, 10, f"{server.url}: the proxy asks for a user name and password (407 Proxy "
                           "Authentication Required)")


def case_squid_tunnel(folder):
    os.makedirs(f"{folder}/origin")
    peer, origin_port = nginx(f"{folder}/origin", with_tls=True)
    with open(f"{folder}/origin/www/a", "w") as document:
        document.write("secret")
    with peer:
        proxy, port = squid(folder)
        with proxy:
            succeeds(client("--retries=0", f"--ca={folder}/origin/ca.pem", "get",
                            f"https://localhost:{origin_port}/a",
                            env={"HTTPS_PROXY": f"http://user:pa%3Ass%40@127.0.0.1:{port}"}), "secret")
