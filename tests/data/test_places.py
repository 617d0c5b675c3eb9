"""Data at a URI are the same data: copied once, believed by their checksums, refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

from sat_sweep.config.loader import load_space
from sat_sweep.data import load
from sat_sweep.data.places import local_copy
from sat_sweep.errors import DataUnavailable, SpaceFileError, StoreUnavailable
from sat_sweep.home.files import open_folder
from sat_sweep.home.object_store import RemoteFolder
from tests.data.making import spec

LABELS = np.array([0, 1] * 8)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/sat-sweep/data"


@pytest.fixture(params=["memory", "s3"])
def bucket(request, tmp_path, monkeypatch):
    """The URI of an empty folder."""
    if request.param == "memory":
        return f"memory://{tmp_path.name}"
    for name, value in request.getfixturevalue("s3").items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{tmp_path.name}"


@pytest.fixture
def fetched(monkeypatch):
    """The keys that are fetched from now on."""
    fetch, keys = RemoteFolder.fetch, []

    def noted(self, places):
        keys.extend(places)
        fetch(self, places)

    monkeypatch.setattr(RemoteFolder, "fetch", noted)
    return keys


def upload(folder: Path, bucket: str) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            open_folder(bucket).write(path.relative_to(folder).as_posix(), path.read_bytes())


def archive(folder: Path, labels: np.ndarray = LABELS) -> Path:
    folder.mkdir(exist_ok=True)
    np.savez(folder / "a.npz", x_train=np.arange(16 * 3, dtype=np.float32).reshape(16, 3), y_train=labels)
    return folder / "a.npz"


def images(folder: Path) -> Path:
    for number, label in enumerate(LABELS):
        file = folder / ("cat", "dog")[label] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), 9 * number, np.uint8)).save(file)
    return folder


def table(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    cells = [path.read_bytes() for path in sorted(images(folder.parent / "drawn").rglob("*.png"))]
    pyarrow.parquet.write_table(pa.table({"image": cells, "label": sorted(LABELS)}), folder / "t.parquet")
    return folder / "t.parquet"


def test_an_archive_is_the_same_at_a_uri(tmp_path, bucket, fetched):
    file = archive(tmp_path / "here")
    upload(file.parent, bucket)
    there = spec("npz", path=f"{bucket}/a.npz")
    assert load(there).fingerprint == load(spec("npz", path=str(file))).fingerprint
    assert there.counts().train == 16
    assert fetched == ["a.npz"], "once"


def test_a_table_is_the_same_as_a_file_and_as_a_folder(tmp_path, bucket):
    file = table(tmp_path / "here")
    upload(file.parent, bucket)
    here = load(spec("parquet", train=str(file))).fingerprint
    for place in (f"{bucket}/t.parquet", bucket):
        assert load(spec("parquet", train=place)).fingerprint == here


def test_class_folders_are_the_same_below_a_prefix(tmp_path, bucket):
    upload(images(tmp_path / "here"), f"{bucket}/train")
    here = load(spec("image_folder", train=str(tmp_path / "here"))).fingerprint
    for place in (f"{bucket}/train", f"{bucket}/train/"):
        assert load(spec("image_folder", train=place)).fingerprint == here


def test_other_content_at_the_same_uri_is_fetched_anew(tmp_path, bucket, fetched):
    upload(archive(tmp_path / "here").parent, bucket)
    before = load(spec("npz", path=f"{bucket}/a.npz"))
    upload(archive(tmp_path / "here", 1 - LABELS).parent, bucket)
    assert load(spec("npz", path=f"{bucket}/a.npz")).fingerprint != before.fingerprint
    assert fetched == ["a.npz"] * 2


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_damaged_copy_is_made_again(tmp_path, bucket, fetched, cache, damage):
    upload(archive(tmp_path / "here").parent, bucket)
    copy = local_copy(f"{bucket}/a.npz")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:] if damage is None else damage)
    assert local_copy(f"{bucket}/a.npz").read_bytes() == whole
    assert fetched == ["a.npz"] * 2
    assert len(list(cache.iterdir())) == 1


def test_what_was_interrupted_is_no_copy(tmp_path, bucket, cache, monkeypatch):
    upload(archive(tmp_path / "here").parent, bucket)
    fetch = RemoteFolder.fetch

    def torn(self, places):
        fetch(self, places)
        (place,) = places.values()
        place.write_bytes(place.read_bytes()[:50])

    monkeypatch.setattr(RemoteFolder, "fetch", torn)
    with pytest.raises(DataUnavailable, match="has changed while it was read; try again"):
        local_copy(f"{bucket}/a.npz")
    assert list(cache.iterdir()) == []


def test_what_is_not_there_is_said_in_a_sentence(bucket):
    with pytest.raises(DataUnavailable, match=r"^\S+://\S+/no\.npz does not exist; say where the data lie$"):
        spec("npz", path=f"{bucket}/no.npz").source()


def test_messages_about_the_content_name_the_uri(tmp_path, bucket):
    open_folder(bucket).write("a.npz", b"no archive")
    with pytest.raises(DataUnavailable, match=rf"^{bucket}/a\.npz cannot be read as \.npz"):
        spec("npz", path=f"{bucket}/a.npz").counts()


def test_no_such_bucket_and_a_store_out_of_reach(s3, monkeypatch):
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreUnavailable, match="make the bucket, or correct its name"):
        spec("npz", path="s3://nowhere/a.npz").source()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StoreUnavailable, match="check AWS_ENDPOINT_URL and the network"):
        spec("npz", path="s3://bucket/a.npz").source()
    s3fs.S3FileSystem.clear_instance_cache()


SPACE = """
name: x
dataset: {{name: npz, path: '{}'}}
noise: {{kind: symmetric, rates: [0.2]}}
methods: [ce, sat]
model: {{name: mlp}}
vary: {{dataset.path: ['{}', b.npz]}}
"""


def test_a_uri_stays_as_it_is_and_a_path_is_taken_from_the_files_folder(tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text(SPACE.format("s3://bucket/data//a.npz", "s3://bucket/b.npz"))
    space = load_space(file)
    assert space.dataset.path == "s3://bucket/data//a.npz"
    assert space.model_dump(mode="json")["dataset"]["path"] == "s3://bucket/data//a.npz"
    assert space.vary["dataset.path"] == ("s3://bucket/b.npz", str(tmp_path / "b.npz"))


def test_a_password_in_a_uri_is_refused(tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text(SPACE.format("s3://me:secret@bucket/a.npz", "b.npz"))
    with pytest.raises(SpaceFileError, match="a password does not belong into a file") as refusal:
        load_space(file)
    assert "secret" not in str(refusal.value)
