"""A log that grows for years."""

from hil.monitor.logs import trim


def test_a_large_log_is_put_aside_and_its_writer_goes_on(tmp_path):
    path = tmp_path / "twin.log"
    (tmp_path / "loop.log").write_bytes(b"short")
    with path.open("ab", buffering=0) as writer:
        writer.write(b"a" * 2000)
        assert trim(tmp_path, 1000) == ["twin.log"]
        assert trim(tmp_path, 1000) == []
        writer.write(b"b" * 10)
        assert path.read_bytes() == b"b" * 10
    assert (tmp_path / "twin.log.1").read_bytes() == b"a" * 2000
    assert (tmp_path / "loop.log").read_bytes() == b"short"
