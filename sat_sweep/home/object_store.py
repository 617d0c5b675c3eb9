"""A prefix in an object store as a folder, through fsspec (`s3://…`, `gs://…`, `memory://…`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sat_sweep.home.folder import Bytes, Entry, Folder


class Version(NamedTuple):
    """A stored file as it was at one time: its content, the store's mark for it, and its age in seconds."""

    content: bytes
    mark: str
    age: float


class RemoteFolder(Folder):
    """A prefix in an object store, where a put is atomic and durable by itself."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self.filesystem, self.root = filesystem, root.rstrip("/")

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def read(self, key: str) -> bytearray | None:
        """See Folder."""
        try:
            return bytearray(self.filesystem.cat_file(self._path(key)))
        except FileNotFoundError:
            return None

    def write(self, key: str, *content: Bytes, durable: bool = False) -> None:
        """See Folder."""
        self.filesystem.pipe_file(self._path(key), b"".join(content))

    def exists(self, key: str) -> bool:
        """See Folder."""
        return bool(self.filesystem.exists(self._path(key)))

    def delete(self, key: str) -> None:
        """See Folder."""
        try:
            self.filesystem.rm_file(self._path(key))
        except FileNotFoundError:
            return

    def entries(self) -> Iterator[Entry]:
        """See Folder."""
        for path, info in self.filesystem.find(self.root, detail=True).items():
            key = path.removeprefix(self.root.lstrip("/")).removeprefix(self.root).lstrip("/")
            yield Entry(key, int(info["size"]), _modified(info))

    def children(self) -> list[str]:
        """See Folder."""
        if not self.filesystem.exists(self.root):
            return []
        return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in self.filesystem.ls(self.root, detail=False))

    def inside(self, key: str) -> RemoteFolder:
        """See Folder."""
        return RemoteFolder(self.filesystem, self._path(key))

    # Conditional writes, which leases are made of

    def version(self, key: str) -> Version | None:
        """The file at `key` as it is now, None if there is none."""
        try:
            return self._s3_version(key) if self._is_s3 else self._any_version(key)
        except FileNotFoundError:
            return None

    def replace(self, key: str, content: bytes, mark: str | None) -> str | None:
        """Write `content` if the file is still the one with `mark`, or still absent if that is None.

        Returns the new mark; None if somebody else was faster. On S3 the store decides. Elsewhere only creation is
        sure, and of two who replace at the same instant both may believe they did: whoever looks again, knows.
        """
        if not self._is_s3 and mark is not None:
            known = self.version(key)
            if known is None or known.mark != mark:
                return None
        try:
            return self._conditional_put(key, content, mark)
        except FileExistsError:
            return None
        except OSError as error:
            if _lost(error):
                return None
            raise

    @property
    def _is_s3(self) -> bool:
        return hasattr(self.filesystem, "call_s3")

    def _conditional_put(self, key: str, content: bytes, mark: str | None) -> str:
        replacing = {"IfMatch": mark} if self._is_s3 else {}
        condition = {"mode": "create"} if mark is None else replacing
        answer = self.filesystem.pipe_file(self._path(key), content, **condition)
        return str(answer["ETag"]) if self._is_s3 else sha256(content).hexdigest()

    def _s3_version(self, key: str) -> Version:
        """The age is told by the store's own clock, whatever ours says."""
        bucket, name, _ = self.filesystem.split_path(self._path(key))
        head = self.filesystem.call_s3("head_object", Bucket=bucket, Key=name)
        now = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        age = (now - head["LastModified"]).total_seconds()
        return Version(self.filesystem.cat_file(self._path(key)), head["ETag"], age)

    def _any_version(self, key: str) -> Version:
        content = self.filesystem.cat_file(self._path(key))
        modified = _modified(self.filesystem.info(self._path(key)))
        return Version(content, sha256(content).hexdigest(), time.time() - modified)


def _modified(info: Any) -> float:
    """Seconds since 1970, under whatever name the store has it."""
    modified = info.get("LastModified") or info.get("mtime") or info.get("created") or 0.0
    return modified.timestamp() if hasattr(modified, "timestamp") else float(modified)


def _lost(error: OSError) -> bool:
    """Whether S3 says that the condition of a write does not hold."""
    if isinstance(error, FileNotFoundError):
        return True
    response = getattr(error.__cause__, "response", None) or {}
    return response.get("Error", {}).get("Code") in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
