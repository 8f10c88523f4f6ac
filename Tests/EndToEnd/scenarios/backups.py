"""A backup is made while the server works, and what is restored from it serves all that was acknowledged before."""

import random
import signal
import subprocess
import threading
import time

from harness import clients, packages, places, wire
from harness.report import eventually, expect, scenario
from harness.server import Server


def wheelhouse(*arguments, check=True):
    command = [str(places.binary()), *(str(word) for word in arguments)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if check:
        expect(result.returncode == 0, f"wheelhouse {' '.join(command[1:])}: {result.returncode}: {result.stderr}")
    return result


class Uploads:
    """Threads that publish, one wheel after another, until they are stopped."""

    def __init__(self, server, token):
        self.server, self.token, self.acknowledged, self.isStopping = server, token, [], False
        self.threads = [threading.Thread(target=self.run, args=(seed,)) for seed in range(3)]

    def run(self, seed):
        name, number = packages.fresh("backup"), 0
        while not self.isStopping:
            number += 1
            archive = packages.wheel(name, f"1.{number}", payload_bytes=(500, 20_000, 200_000)[number % 3])
            if wire.upload(self.server.port, self.token, archive).status == 200:
                self.acknowledged.append(archive)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.isStopping = True
        for thread in self.threads:
            thread.join()


@scenario("a backup during uploads has all that was acknowledged before it; killed ones leave the one before whole")
def backed_up(world):
    backup, restored = places.scratch("backup") / "copy", places.scratch("restored") / "data"
    with Server() as server:
        token, killed = server.create_token("robot", "--may", "read,upload"), 0
        with Uploads(server, token) as uploads:
            for number in range(10):
                eventually("nothing is uploaded", lambda: len(uploads.acknowledged) > 5 * number)
                if number % 3 == 0:
                    sure = list(uploads.acknowledged)
                    wheelhouse("backup", backup, "--data", server.data)
                    continue
                command = [str(places.binary()), "backup", str(backup), "--data", str(server.data)]
                other = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(random.Random(number).uniform(0.005, 0.06))  # so that the kill comes at any moment of it
                other.kill()
                code = other.wait()
                expect(code in (0, -signal.SIGKILL), f"a backup ends with {code}")
                killed += code != 0
                # Which is the one before, or this one.
                found = wheelhouse("verify", "--data", backup).stdout
                expect(" 0 damaged, 0 missing" in found, found)
        expect(killed > 0, "no backup was killed")
        # Of the last whole one.
        wheelhouse("restore", backup, "--data", restored)
    expect(" 0 damaged, 0 missing" in wheelhouse("verify", "--data", restored).stdout, "verify")
    with Server(data=restored) as server:
        for archive in sure:
            problem = wire.problem_with(server, archive)
            expect(not problem, f"{archive.filename}: {problem}")
        archive = packages.wheel(packages.fresh("later"))
        expect(wire.upload(server.port, token, archive).status == 200, "the token does not work any more")
        with clients.Workplace() as work:
            python = work.new_environment(client="pip")
            work.run(python, "-m", "pip", "install", "--index-url", server.simple_url, sure[0].name)
        later = server.administer("backup", str(backup), check=False)
        expect(later.returncode == 0, f"a restored index does not go on with its backup: {later.stderr}")
    world.report.figure("backup", f"{len(sure)} uploads, {killed} backups killed")
    places.remove(backup.parent)
    places.remove(restored.parent)


@scenario("what cannot be backed up or restored says why, and touches nothing")
def refused(world):
    with Server() as server:
        expect(wire.upload(server.port, server.admin_token(), packages.wheel(packages.fresh("mine"))).status == 200, "")
        folder = places.scratch("refused")
        wheelhouse("backup", folder / "backup", "--data", server.data)
        with Server() as other:
            words = {
                ("backup", folder / "backup", "--data", other.data): "it holds another index",
                ("backup", server.data, "--data", server.data): "it is the data folder itself",
                ("backup", other.data, "--data", server.data): "it is in use by another process",
                ("restore", folder / "backup", "--data", server.data): "it has a catalog already",
                ("restore", folder / "no", "--data", folder / "new"): "is not a data folder",
                ("backup", places.scratch("refused"), "--data", folder / "no"): "is not a data folder",
            }
            for command, reason in words.items():
                result = wheelhouse(*command, check=False)
                expect(result.returncode == 1 and reason in result.stderr, f"{command}: {result.returncode} {result.stderr}")
        for words in (("backup",), ("backup", "--all", "x"), ("backup", "a", "b"), ("restore", "./a", "./b")):
            result = wheelhouse(*words, check=False)
            expect(result.returncode == 2 and "FOLDER" not in result.stdout, f"{words}: {result.returncode} {result.stderr}")
        expect(server.administer("verify").returncode == 0, "verify")
        places.remove(folder)
