"""A prefix in an object store as a folder, through fsspec (`s3://…`, `gs://…`, `memory://…`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import parsedate_to_datetime
from hashlib import sha256
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

from sat_sweep.errors import StoreUnavailable, UserError
from sat_sweep.home.addresses import redacted
from sat_sweep.home.folder import Bytes, Entry, Folder
from sat_sweep.home.store_errors import code_of, keep_broken_connections_quiet, may_pass, told_of

AT_A_TIME, IN_MEMORY = 16, 256
"""Files that are read at the same time, and those of which contents are kept waiting."""
PATIENCE = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between attempts at a write that must not be lost; after the last it is an error."""
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
"""What S3 answers where the condition of a write does not hold."""


S3_CLIENT = {"connect_timeout": 4, "read_timeout": 20, "retries": {"mode": "standard", "max_attempts": 2},
             "max_pool_connections": 2 * AT_A_TIME}
"""A server that is not there is noticed within seconds; botocore's own settings take minutes."""
S3_ATTEMPTS = 2
"""What s3fs makes of each of its own, instead of five."""
FIRST_ANSWER = 10.0
"""Seconds in which a store must answer when a command starts."""


def filesystem_of(uri: str) -> tuple[Any, str]:
    """The fsspec file system of `uri`, and the path in it; raises UserError where its client is not installed."""
    import fsspec

    options = {"config_kwargs": S3_CLIENT} if uri.startswith(("s3://", "s3a://")) else {}
    try:
        filesystem, root = fsspec.core.url_to_fs(uri, use_listings_cache=False, **options)  # others write there too
    except (ImportError, ValueError) as error:
        raise UserError(f"{redacted(uri)} cannot be used: {error}") from error
    if hasattr(filesystem, "call_s3"):
        filesystem.retries = S3_ATTEMPTS
        keep_broken_connections_quiet(filesystem.loop)
    return filesystem, str(root)


class Version(NamedTuple):
    """A stored file as it was at one time: its content, the store's mark for it, and its age in seconds."""

    content: bytes
    mark: str
    age: float


class RemoteFolder(Folder):
    """A prefix in an object store, where a put is atomic and durable by itself.

    Raises StoreUnavailable, naming `place`, where the store cannot be reached or refuses. `permit` is called before
    everything is written or deleted that has no condition, and raises where this process may not.
    """

    distant = True

    def __init__(self, filesystem: Any, root: str, place: str = "", permit: Callable[[], None] = lambda: None) -> None:
        self.filesystem, self.root, self.permit = filesystem, root.rstrip("/"), permit
        self.place = place or filesystem.unstrip_protocol(self.root)

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def check(self) -> None:
        """See Folder; a store that takes longer than FIRST_ANSWER counts as out of reach."""
        with told_of(self.place):
            if self._is_s3:
                bucket, prefix, _ = self.filesystem.split_path(self.root)
                self.filesystem.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=1,
                                        timeout=FIRST_ANSWER)

    @property
    def _whole(self) -> dict[str, int]:
        """How s3fs reads an object in one request, where it would ask for the size first; before it could, it did."""
        known = self._is_s3 and "max_concurrency" in signature(self.filesystem._cat_file).parameters
        return {"max_concurrency": 1} if known else {}

    def read(self, key: str) -> bytearray | None:
        """See Folder."""
        try:
            with told_of(self.place):
                return bytearray(self.filesystem.cat_file(self._path(key), **self._whole))
        except FileNotFoundError:
            return None

    def read_all(self, keys: Sequence[str]) -> Iterator[tuple[str, bytearray | None]]:
        """See Folder; many at a time."""
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            for begin in range(0, len(keys), IN_MEMORY):
                some = keys[begin:begin + IN_MEMORY]
                yield from zip(some, threads.map(self.read, some), strict=True)

    def write(self, key: str, *content: Bytes, durable: bool = False) -> str:
        """See Folder; what is `durable` is tried again for a minute while the store is away."""
        whole = b"".join(content)
        for seconds in PATIENCE if durable else ():
            try:
                return self.put(key, whole)
            except StoreUnavailable as error:
                if not may_pass(error):
                    raise
            time.sleep(seconds)
        return self.put(key, whole)

    def put(self, key: str, content: bytes) -> str:
        """Write, in one attempt; the mark that a listing then shows, "" where the store does not tell."""
        self.permit()
        with told_of(self.place):
            answer = self.filesystem.pipe_file(self._path(key), content)
            return _mark(answer or {} if self._is_s3 else self.filesystem.info(self._path(key)))

    def exists(self, key: str) -> bool:
        """See Folder."""
        with told_of(self.place):
            if not self._is_s3:
                return bool(self.filesystem.exists(self._path(key)))
            try:
                self._head(key)  # one request, where `exists` looks for folders of that name as well
                return True
            except FileNotFoundError:
                return False

    def delete(self, key: str) -> None:
        """See Folder."""
        self.permit()
        with told_of(self.place), suppress(FileNotFoundError):
            self.filesystem.rm_file(self._path(key))

    def delete_all(self, keys: Sequence[str]) -> None:
        """See Folder; many at a time."""
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            list(threads.map(self.delete, keys))

    def entries(self) -> Iterator[Entry]:
        """See Folder."""
        with told_of(self.place):
            found = self.filesystem.find(self.root, detail=True)
        for path, info in found.items():
            key = path.removeprefix(self.root.lstrip("/")).removeprefix(self.root).lstrip("/")
            yield Entry(key, int(info["size"]), _modified(info), _mark(info))

    def entry(self, key: str) -> Entry | None:
        """The file at `key` as a listing would show it, None if there is none."""
        try:
            with told_of(self.place):
                info = self._head(key) if self._is_s3 else self.filesystem.info(self._path(key))
        except FileNotFoundError:
            return None
        if info.get("type") == "directory":
            return None
        return Entry(key, int(info.get("ContentLength", info.get("size", 0))), _modified(info), _mark(info))

    def fetch(self, places: Mapping[str, Path]) -> None:
        """Copy files, of any size and many at a time, from their keys to `places`; parents are made."""
        def one(key: str) -> None:
            places[key].parent.mkdir(parents=True, exist_ok=True)
            with told_of(self.place):
                self.filesystem.get_file(self._path(key), str(places[key]))

        with ThreadPoolExecutor(AT_A_TIME) as threads:
            list(threads.map(one, places))

    def children(self) -> list[str]:
        """See Folder."""
        try:
            with told_of(self.place):
                found = self.filesystem.ls(self.root, detail=False)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in found)

    def inside(self, key: str) -> RemoteFolder:
        """See Folder."""
        return RemoteFolder(self.filesystem, self._path(key), self.place, self.permit)

    # Conditional writes, which leases are made of

    def version(self, key: str) -> Version | None:
        """The file at `key` as it is now, None if there is none."""
        try:
            with told_of(self.place):
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
            with told_of(self.place):
                return self._conditional_put(key, content, mark)
        except (FileExistsError, FileNotFoundError):
            return None
        except StoreUnavailable as error:
            if code_of(error.__cause__ or error) in _LOST:
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
        head = self._head(key)
        now = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        age = (now - head["LastModified"]).total_seconds()
        return Version(self.filesystem.cat_file(self._path(key), **self._whole), head["ETag"], age)

    def _head(self, key: str) -> Any:
        bucket, name, _ = self.filesystem.split_path(self._path(key))
        return self.filesystem.call_s3("head_object", Bucket=bucket, Key=name)

    def _any_version(self, key: str) -> Version:
        content = self.filesystem.cat_file(self._path(key))
        modified = _modified(self.filesystem.info(self._path(key)))
        return Version(content, sha256(content).hexdigest(), time.time() - modified)


def _modified(info: Any) -> float:
    """Seconds since 1970, under whatever name the store has it."""
    modified = info.get("LastModified") or info.get("mtime") or info.get("created") or 0.0
    return modified.timestamp() if hasattr(modified, "timestamp") else float(modified)


def _mark(info: Any) -> str:
    """What tells one content of a file from another; "" where nothing does."""
    if tag := info.get("ETag") or info.get("etag") or info.get("md5Hash"):
        return str(tag).strip('"')
    modified = _modified(info)
    return f"{info['size']}-{modified}" if modified else ""
