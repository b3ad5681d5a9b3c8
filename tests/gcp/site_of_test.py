"""site_of_test.py - what every case of tests/gcp has: a folder, a Cloud, sealift and gcloud."""
import os
import shutil
import subprocess

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SEALIFT = os.path.join(ROOT, "build", "sealift")
USER_DATA = '{"stage": 1, "text": "ä,b=c|d^^e\\n  $HOME \'q\' \\"r\\""}\n\n'
FEATURES = ["UEFI_COMPATIBLE", "SEV_CAPABLE", "SEV_SNP_CAPABLE", "TDX_CAPABLE", "GVNIC"]


class Wrong(Exception):
    """What a case says when something is not as it must be."""


def check(is_right, text):
    if not is_right:
        raise Wrong(text)


def check_equal(have, want, what):
    check(have == want, f"{what}: have {have!r}, want {want!r}")


class Outcome:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"status {self.status}, out {self.out!r}, err {self.err!r}"


class Site:
    def __init__(self, gcp, folder):
        self.gcp, self.folder = gcp, folder
        self.last = None  # what the last program did
        self.environment = {**gcp.environment(folder), "PATH": os.path.dirname(shutil.which("gcloud"))
                            + ":/usr/local/bin:/usr/bin:/bin"}
        self.user_data = self.write("user data, first.json", USER_DATA.encode())

    def write(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)
        return os.path.join(self.folder, name)

    def run(self, *words, **environment):
        """Runs a program; of the environment, None takes a variable away."""
        merged = {**self.environment, **environment}
        self.last = Outcome(subprocess.run(words, cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
                                           capture_output=True, timeout=600, errors="replace",
                                           env={key: value for key, value in merged.items() if value is not None}))
        return self.last

    def sealift(self, *words, **environment):
        return self.run(SEALIFT, *words, **environment)

    def add_image(self, name="img", architecture="X86_64", features=FEATURES):
        self.gcp.images[name] = {
            "name": name, "id": "77", "status": "READY", "architecture": architecture,
            "selfLink": self.gcp.link(f"projects/{self.gcp.PROJECT}/global/images/{name}"),
            "guestOsFeatures": [{"type": feature} for feature in features]}

    def launch(self, *words, machine_type="n2d-standard-2", name="vm", **environment):
        before, after = (words, ()) if "--" not in words else \
            (words[:words.index("--")], words[words.index("--"):])
        return self.sealift("launch", "gcp", name, "--zone", self.gcp.ZONE, "--machine-type", machine_type,
                            "--image", "img", "--user-data", self.user_data, *before, *after, **environment)
