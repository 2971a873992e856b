"""The folder a server watches holds whole versions only."""

import pytest

from keras_sep.export._version_folder import version_folder


def test_the_version_appears_when_it_is_whole_and_nothing_else_stays(tmp_path):
    with version_folder(tmp_path / "name" / "3") as folder:
        (folder / "saved_model.pb").write_text("new")
        assert not (tmp_path / "name" / "3").exists()
        # a server takes any numbered folder beside it for a version
        assert not any(item.name.isdecimal() for item in (tmp_path / "name").iterdir())
    assert [item.name for item in (tmp_path / "name").iterdir()] == ["3"]
    assert (tmp_path / "name" / "3" / "saved_model.pb").read_text() == "new"


@pytest.mark.parametrize("before", [None, "old"])
def test_a_failure_leaves_what_was_there_and_nothing_half_written(tmp_path, before):
    if before:
        (tmp_path / "1").mkdir()
        (tmp_path / "1" / "saved_model.pb").write_text(before)

    def fail_halfway():
        with version_folder(tmp_path / "1", overwrite=True) as folder:
            (folder / "saved_model.pb").write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail_halfway()
    assert [item.name for item in tmp_path.iterdir()] == (["1"] if before else [])
    if before:
        assert (tmp_path / "1" / "saved_model.pb").read_text() == before


def test_an_existing_version_is_refused_and_kept(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_text("old")
    with (
        pytest.raises(FileExistsError, match="/1: this version already exists"),
        version_folder(tmp_path / "1"),
    ):
        pytest.fail("the block must not run")
    assert (tmp_path / "1" / "saved_model.pb").read_text() == "old"


def test_an_existing_version_is_replaced_on_demand(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "stale").write_text("old")
    with version_folder(tmp_path / "1", overwrite=True) as folder:
        (folder / "saved_model.pb").write_text("new")
    assert [item.name for item in tmp_path.iterdir()] == ["1"]
    assert [item.name for item in (tmp_path / "1").iterdir()] == ["saved_model.pb"]


def test_an_empty_version_is_filled(tmp_path):
    (tmp_path / "1").mkdir()
    with version_folder(tmp_path / "1") as folder:
        (folder / "saved_model.pb").write_text("new")
    assert [item.name for item in (tmp_path / "1").iterdir()] == ["saved_model.pb"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_in_the_place_of_the_version_is_refused_and_kept(tmp_path, overwrite):
    (tmp_path / "1").write_text("a file")
    with (
        pytest.raises(FileExistsError, match="/1: a file is in the way of the export"),
        version_folder(tmp_path / "1", overwrite),
    ):
        pytest.fail("the block must not run")
    assert (tmp_path / "1").read_text() == "a file"


@pytest.mark.parametrize("version", ["v1", "latest", "1.0", "-1", "²"])
def test_a_version_is_a_number(tmp_path, version):
    with (
        pytest.raises(ValueError, match=f"must end in a version number.*{version}"),
        version_folder(tmp_path / version),
    ):
        pytest.fail("the block must not run")
    assert not any(tmp_path.iterdir())


@pytest.mark.fault
@pytest.mark.parametrize("overwrite", [False, True])
def test_of_two_exports_at_once_one_wins_unless_told(tmp_path, overwrite):
    def slower():
        with version_folder(tmp_path / "1", overwrite) as folder:
            (folder / "saved_model.pb").write_text("slower")
            with version_folder(tmp_path / "1") as other:
                (other / "saved_model.pb").write_text("quicker")

    if overwrite:
        slower()
    else:
        with pytest.raises(FileExistsError, match="/1: this version already exists"):
            slower()
    assert [item.name for item in tmp_path.iterdir()] == ["1"]
    text = (tmp_path / "1" / "saved_model.pb").read_text()
    assert text == ("slower" if overwrite else "quicker")
