"""Small drives of our own: file systems on loop devices, one of them under a FUSE drive that can be made to hang."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from rig.writer import Failed, Skipped, needs, needs_root, until

MIB = 1 << 20
XFS_LEAST = 300  # MiB: mkfs.xfs makes no smaller one
MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
}


def sh(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


class Drive:
    """A file system in a file, mounted; what is beyond `free` MiB is filled with a ballast that stays."""

    def __init__(self, context, kind, free=64, options="defaults", backing=None):
        needs_root()
        needs(MKFS[kind][0], "losetup", "mount")
        if not os.path.exists("/dev/loop-control"):
            raise Skipped("no loop devices")
        self.path = context.work / "drive"
        self.path.mkdir()
        if backing is None:
            backing = context.work / "drive.img"
            with open(backing, "wb") as f:
                f.truncate((XFS_LEAST if kind == "xfs" else free) * MIB)
            sh(*MKFS[kind], str(backing))
        self.loop = sh("losetup", "--direct-io=on", "-f", "--show", str(backing))
        try:
            sh("mount", "-t", kind, "-o", options, self.loop, str(self.path))
        finally:
            subprocess.run(["losetup", "-d", self.loop], capture_output=True)  # goes when the mount goes
        context.on_exit(self.unmount)
        os.chmod(self.path, 0o755)
        if kind == "xfs":
            self.fill(free * MIB, "ballast")
        self.log = self.path / "log"

    def free(self):
        v = os.statvfs(self.path)
        return v.f_bavail * v.f_frsize

    def fill(self, leave, name="filling"):
        """Takes all room but `leave` bytes."""
        with open(self.path / name, "ab") as f:
            size = f.tell() + self.free() - leave
            if size > f.tell():
                os.posix_fallocate(f.fileno(), 0, size)

    def make_room(self, name="filling"):
        (self.path / name).unlink()
        fd = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(fd)  # blocks of a deleted file are free with the journal's next commit
        finally:
            os.close(fd)

    def unmount(self):
        subprocess.run(["umount", "-l", str(self.path)], capture_output=True)


class HangingDrive:
    """powercutd (tests/powercut) under a loop device with ext4: a drive that answers nothing while its process is stopped."""

    def __init__(self, context, size=64):
        needs_root()
        needs("make", "cc")
        if not os.path.exists("/dev/fuse"):
            raise Skipped("no /dev/fuse: the drive that hangs cannot be served")
        home = Path(__file__).resolve().parents[2] / "powercut"
        sh("make", "-s", "-C", str(home), "powercutd")
        image = context.work / "mkfs.img"
        with open(image, "wb") as f:
            f.truncate(size * MIB)
        sh(*MKFS["ext4"], str(image))
        served = context.work / "served"
        served.mkdir()
        self.daemon = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", str(home / "powercutd"), "-i", str(image),
                                        str(served), str(context.work / "sock"), str(size)])
        context.on_exit(self.stop)
        until(lambda: self._answers(context.work / "sock"), 10, "the FUSE drive answers")
        self.drive = Drive(context, "ext4", backing=served / "disk")
        self.served = served
        self.log = self.drive.log

    def _answers(self, path):
        if self.daemon.poll() is not None:
            raise Failed("the FUSE drive ended")
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(str(path))
                return True
            except OSError:
                return False

    def hang(self):
        self.daemon.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.daemon.send_signal(signal.SIGCONT)

    def stop(self):
        self.go_on()
        subprocess.run(["umount", "-l", str(self.served)], capture_output=True)
        try:
            self.daemon.wait(5)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()


def own_mounts():
    """Our mounts are seen by nobody else, and go when we end, however we end."""
    if os.geteuid() != 0 or os.environ.get("FAULTS_OWN_MOUNTS") or not shutil.which("unshare"):
        return
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0:
        os.environ["FAULTS_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])


def pause(seconds):
    """Lets a fault last: the length is the point, no wait for anything."""
    time.sleep(seconds)
